#include "proxy/audit/reading/record_fields.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace pgmoat::audit {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Of numbers, true, false, null.
bool IsWord(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' ||
         c == 'E';
}

// Walks over JSON; each function takes from the front and is false where that is not there.
class Skimmer {
 public:
  explicit Skimmer(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  bool Take(char c) {
    SkipSpace();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  // With its quotes.
  bool TakeString(std::string_view& text) {
    const char* begin = at_;
    if (!Take('"')) return false;
    begin = at_ - 1;
    while (at_ < end_) {
      const auto* quote =
          static_cast<const char*>(std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_)));
      if (quote == nullptr) return false;
      const char* slash = quote;
      while (slash > at_ && slash[-1] == '\\') --slash;
      at_ = quote + 1;
      if ((quote - slash) % 2 != 0) continue;  // it is escaped
      text = {begin, static_cast<std::size_t>(at_ - begin)};
      return true;
    }
    return false;
  }

  bool TakeValue(std::string_view& value) {
    SkipSpace();
    if (at_ == end_) return false;
    if (*at_ == '"') return TakeString(value);
    const char* begin = at_;
    const bool taken = *at_ == '{' || *at_ == '[' ? SkipNested() : SkipWord();
    value = {begin, static_cast<std::size_t>(at_ - begin)};
    return taken;
  }

  bool AtEnd() {
    SkipSpace();
    return at_ == end_;
  }

 private:
  void SkipSpace() {
    while (at_ < end_ && IsSpace(*at_)) ++at_;
  }

  bool SkipWord() {
    const char* begin = at_;
    while (at_ < end_ && IsWord(*at_)) ++at_;
    return at_ > begin;
  }

  bool SkipNested() {
    std::size_t depth = 0;
    while (at_ < end_) {
      const char c = *at_;
      if (c == '"') {
        std::string_view ignored;
        if (!TakeString(ignored)) return false;
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
  }

  const char* at_;
  const char* end_;
};

bool IsPlain(char c) { return c >= 0x20 && c < 0x7f && c != '\\'; }

// False: it is no JSON.
bool Parse(std::string_view text, Json& value) {
  if (text[0] == '"') {
    const std::string_view inside = text.substr(1, text.size() - 2);
    if (std::all_of(inside.begin(), inside.end(), IsPlain)) {
      value = inside;
      return true;
    }
  }
  value = Json::parse(text, nullptr, false);
  return !value.is_discarded();
}

}  // namespace

std::optional<Json> ReadFields(std::string_view line, const std::vector<std::string>& wanted) {
  Json record = Json::object();
  Skimmer skimmer(line);
  if (!skimmer.Take('{')) return {};
  bool more = !skimmer.Take('}');
  while (more) {
    std::string_view name;
    std::string_view text;
    if (!skimmer.TakeString(name) || !skimmer.Take(':') || !skimmer.TakeValue(text)) return {};
    name = name.substr(1, name.size() - 2);
    const auto found = std::find(wanted.begin(), wanted.end(), name);
    if (found != wanted.end()) {
      Json value;
      if (!Parse(text, value)) return {};
      record[*found] = std::move(value);
    }
    more = skimmer.Take(',');
    if (!more && !skimmer.Take('}')) return {};
  }
  if (!skimmer.AtEnd()) return {};
  return record;
}

}  // namespace pgmoat::audit
