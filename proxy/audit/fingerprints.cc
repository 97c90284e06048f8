#include "proxy/audit/fingerprints.h"

#include <array>
#include <utility>

#include "policy/fingerprint.h"

namespace pgmoat::audit {
namespace {

enum Class : std::uint8_t { kOther, kSpace, kName, kDigit, kQuote, kDoubleQuote, kMark };

// As in PostgreSQL's scan.l.  kMark: '-', '/', '$', '[', which begin something.
constexpr std::array<Class, 256> kClasses = [] {
  std::array<Class, 256> classes{};
  for (const char c : {' ', '\t', '\n', '\r', '\f', '\v'}) {
    classes[static_cast<unsigned char>(c)] = kSpace;
  }
  for (unsigned c = 'a'; c <= 'z'; ++c) classes[c] = classes[c - 32] = kName;
  for (unsigned c = 0x80; c < 0x100; ++c) classes[c] = kName;
  classes['_'] = kName;
  for (unsigned c = '0'; c <= '9'; ++c) classes[c] = kDigit;
  classes['\''] = kQuote;
  classes['"'] = kDoubleQuote;
  for (const char c : {'-', '/', '$', '['}) classes[static_cast<unsigned char>(c)] = kMark;
  return classes;
}();

Class ClassOf(char c) { return kClasses[static_cast<unsigned char>(c)]; }

constexpr policy::KindSet kOnRows{policy::Kind::kRead, policy::Kind::kInsert,
                                  policy::Kind::kUpdate, policy::Kind::kDelete};

// Walks over a text and copies it but for the literals.  Each step returns false where
// equal keys might not mean equal trees.
class Walk {
 public:
  Walk(std::string_view text, std::string& key) : text_(text), key_(key) {}

  bool Run() {
    while (at_ < text_.size()) {
      bool sound = true;
      switch (ClassOf(text_[at_])) {
        case kName:
          sound = Name();
          break;
        case kDigit:
          sound = Number();
          break;
        case kQuote:
          sound = String();
          break;
        case kDoubleQuote:
          sound = QuotedName();
          break;
        case kMark:
          sound = Mark();
          break;
        case kSpace:
        case kOther:
          while (at_ < text_.size() && ClassOf(text_[at_]) <= kSpace) ++at_;
          break;
      }
      if (!sound) return false;
    }
    key_.append(text_, copied_, at_ - copied_);
    return true;
  }

 private:
  [[nodiscard]] char Peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] char Before() const { return at_ > 0 ? text_[at_ - 1] : ' '; }

  // 0x1F and 1_000 (PostgreSQL 16), 1a and 1..2 are left alone.
  [[nodiscard]] bool EndsHere() const {
    const char c = Peek();
    return ClassOf(c) != kName && ClassOf(c) != kDigit && c != '$' && c != '.';
  }

  bool Name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           (ClassOf(text_[at_]) == kName || ClassOf(text_[at_]) == kDigit || text_[at_] == '$'))
      ++at_;
    return !IsFloat(text_.substr(begin, at_ - begin));
  }

  static bool IsFloat(std::string_view name) {
    constexpr std::string_view kFloat = "float";
    if (name.size() != kFloat.size()) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
      if ((name[i] | 0x20) != kFloat[i]) return false;
    }
    return true;
  }

  void Digits() {
    while (ClassOf(Peek()) == kDigit) ++at_;
  }

  // What stood from `begin` to here becomes `instead`.
  void Replace(std::size_t begin, std::string_view instead) {
    key_.append(text_, copied_, begin - copied_);
    key_ += instead;
    copied_ = at_;
  }

  bool Number() {
    const std::size_t begin = at_;
    Digits();
    if (Peek() == '.') {
      ++at_;
      Digits();
    }
    if ((Peek() | 0x20) == 'e') {
      const std::size_t sign = Peek(1) == '+' || Peek(1) == '-' ? 1 : 0;
      if (ClassOf(Peek(1 + sign)) != kDigit) return false;
      at_ += 1 + sign;
      Digits();
    }
    Replace(begin, "0");
    return EndsHere();
  }

  // E'', B'', X'', N'' and U&'' have rules of their own.
  [[nodiscard]] bool Prefixed() const {
    const char c = Before();
    return ClassOf(c) == kName || ClassOf(c) == kDigit || c == '$' || c == '&';
  }

  bool String() {
    if (Prefixed()) return false;
    const std::size_t begin = at_;
    do {  // '' inside of it begins as if it were another
      const std::size_t end = text_.find('\'', at_ + 1);
      if (end == std::string_view::npos) return false;
      at_ = end + 1;
    } while (Peek() == '\'');
    Replace(begin, "''");
    return true;
  }

  bool QuotedName() {
    if (Prefixed()) return false;
    const std::size_t end = text_.find('"', at_ + 1);
    if (end == std::string_view::npos) return false;
    at_ = end + 1;
    // "a""b" goes on as if it were a name of its own, and is copied all the same; only a
    // prefix is looked for in vain.
    return true;
  }

  bool Mark() {
    const char c = text_[at_];
    if (c == '-' && Peek(1) == '-') return false;
    if (c == '/' && Peek(1) == '*') return Comment();
    if (c == '$' && ClassOf(Peek(1)) != kDigit) return false;  // $tag$
    ++at_;
    if (c == '$') Digits();
    if (c == '[') {
      while (ClassOf(Peek()) == kSpace && at_ < text_.size()) ++at_;
      // A comment could stand between the two.
      return ClassOf(Peek()) != kDigit && Peek() != '/';
    }
    return true;
  }

  // Only space to the grammar.  Nested ones are rare.
  bool Comment() {
    const std::size_t end = text_.find("*/", at_ + 2);
    if (end == std::string_view::npos) return false;
    if (text_.substr(at_ + 2, end - at_ - 2).find("/*") != std::string_view::npos) return false;
    const std::size_t begin = std::exchange(at_, end + 2);
    Replace(begin, "/**/");
    return true;
  }

  std::string_view text_;
  std::string& key_;
  std::size_t at_ = 0;
  std::size_t copied_ = 0;  // what stands before it is in the key
};

}  // namespace

bool AppendWithoutLiterals(std::string_view text, std::string& key) {
  return Walk(text, key).Run();
}

std::optional<std::uint64_t> Fingerprints::Of(const session::AuditedText& text) {
  if (text.truncated || text.text.empty()) return std::nullopt;
  const bool on_rows = !text.kinds.Empty() && kOnRows.HasAll(text.kinds);
  key_.clear();
  if (!on_rows || text.text.size() > 2 * kMaxKeyBytes ||
      !AppendWithoutLiterals(text.text, key_) || key_.size() > kMaxKeyBytes) {
    return policy::Fingerprint(text.text);
  }
  if (const auto known = young_.find(key_); known != young_.end()) return known->second;
  std::optional<std::uint64_t> fingerprint;
  if (const auto known = old_.find(key_); known != old_.end()) {
    fingerprint = known->second;
  } else {
    fingerprint = policy::Fingerprint(text.text);
  }
  if (!fingerprint) return std::nullopt;
  if (young_.size() >= kGeneration) {
    old_ = std::move(young_);
    young_.clear();
  }
  young_.emplace(key_, *fingerprint);
  return fingerprint;
}

}  // namespace pgmoat::audit
