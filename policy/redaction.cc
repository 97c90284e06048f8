#include "policy/redaction.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "policy/literals.h"
#include "policy/raw_tree.h"
#include "policy/tokens.h"
#include "policy/utf8.h"

namespace pgmoat::policy {

namespace {

constexpr std::string_view kHidden = "'***'";

// What comes in place of an expression's literal.
enum class Style {
  kNumbered,  // $n
  kPlain,     // '***' and 0: where the grammar wants a literal after all (FETCH FIRST +5 ROWS)
};

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool IsWordPart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

// The number of the highest $n; nothing where counting on would leave an int4.
std::optional<std::uint32_t> HighestParameter(std::string_view text,
                                              const std::vector<Token>& tokens) {
  constexpr std::size_t kMostDigits = 9;
  std::uint32_t highest = 0;
  for (const Token& token : tokens) {
    if (token.kind != TokenKind::kParameter) continue;
    const std::string_view digits = text.substr(token.begin + 1, token.end - token.begin - 1);
    if (digits.size() > kMostDigits) return std::nullopt;
    std::uint32_t number = 0;
    for (const char c : digits) {
      number = number * 10 + static_cast<std::uint32_t>(c - '0');
    }
    highest = std::max(highest, number);
  }
  return highest;
}

// The text again, token by token, with what is to go replaced.
class Rewriter {
 public:
  Rewriter(std::string_view source, const std::vector<Token>& tokens,
           const std::vector<Place>& places, Redaction what)
      : text_(source), tokens_(tokens), places_(places), what_(what) {}

  // False: the tree's places are not the scanner's.
  bool Run(Style style, std::uint32_t highest_parameter) {
    style_ = style;
    parameter_ = highest_parameter;
    out_.clear();
    out_.reserve(text_.size() + 16);
    std::size_t end = 0;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      const Token& token = tokens_[i];
      CopyGap(end, token.begin);
      if (!PlaceOf(token)) return false;
      if (token.kind == TokenKind::kMinus) {
        WriteMinus(i);
      } else {
        Write(token);
      }
      end = token.end;
    }
    CopyGap(end, text_.size());
    return next_place_ == places_.size() && !signed_ && secrets_ahead_ == 0;
  }

  [[nodiscard]] bool changed() const { return changed_; }
  [[nodiscard]] std::string& out() { return out_; }

 private:
  // Between two tokens.  A comment may repeat what is hidden; it leaves a space, so that
  // nothing joins.
  void CopyGap(std::size_t begin, std::size_t end) {
    const std::string_view gap = text_.substr(begin, end - begin);
    if (std::all_of(gap.begin(), gap.end(), IsSpace)) {
      out_.append(gap);
      return;
    }
    changed_ |= what_ == Redaction::kLiterals;
    if (begin > 0 && end < text_.size()) out_.push_back(' ');
  }

  // What the tree says of the token, into `treatment_`.
  bool PlaceOf(const Token& token) {
    has_treatment_ = false;
    if (signed_ && (token.kind == TokenKind::kNumber || token.kind == TokenKind::kString)) {
      has_treatment_ = true;
      treatment_ = signed_treatment_;
      signed_ = false;
    }
    for (; next_place_ < places_.size(); ++next_place_) {
      const Place& place = places_[next_place_];
      if (place.at > token.begin) break;
      if (place.treatment == Treatment::kNextString) {
        ++secrets_ahead_;
        continue;
      }
      if (place.at < token.begin) return false;
      has_treatment_ = true;
      treatment_ = place.treatment;
    }
    return true;
  }

  void Write(const Token& token) {
    switch (token.kind) {
      case TokenKind::kString: {
        const bool secret = secrets_ahead_ > 0;
        if (secret) --secrets_ahead_;
        WriteString(token, secret);
        return;
      }
      case TokenKind::kNumber:
        WriteNumber(token);
        return;
      case TokenKind::kMinus:
      case TokenKind::kParameter:
        Copy(token);
        return;
      case TokenKind::kOther:
        if (has_treatment_ && IsHidden(treatment_)) {
          Replace(kHidden);
        } else {
          Copy(token);
        }
        return;
    }
  }

  // The parser has the place of a constant at the sign before it: of - 'x', which is an
  // operator and a string; and of -5, - -5 and -(5), which are one constant each, so that the
  // sign goes with the number.
  void WriteMinus(std::size_t index) {
    if (has_treatment_) {
      std::size_t next = index + 1;
      while (next < tokens_.size() &&
             (tokens_[next].kind == TokenKind::kMinus || text_[tokens_[next].begin] == '(')) {
        ++next;
      }
      const TokenKind constant = next < tokens_.size() ? tokens_[next].kind : TokenKind::kOther;
      // Otherwise it is - true.
      signed_ = constant == TokenKind::kNumber || constant == TokenKind::kString;
      signed_treatment_ = treatment_;
      drops_sign_ = constant == TokenKind::kNumber && Replaces(treatment_);
    }
    if (!signed_ || !drops_sign_) Copy(tokens_[index]);
  }

  void WriteString(const Token& token, bool secret) {
    if (what_ == Redaction::kSecrets) {
      secret |= has_treatment_ &&
                (treatment_ == Treatment::kHide || treatment_ == Treatment::kHideString);
      if (secret) {
        Replace(kHidden);
      } else {
        Copy(token);
      }
      return;
    }
    if (has_treatment_ && treatment_ == Treatment::kParameter && style_ == Style::kNumbered) {
      ReplaceByParameter();
    } else {
      Replace(kHidden);
    }
  }

  void WriteNumber(const Token& token) {
    if (!has_treatment_ || !Replaces(treatment_)) {
      Copy(token);
    } else if (IsHidden(treatment_)) {
      Replace(kHidden);
    } else if (style_ == Style::kNumbered && treatment_ != Treatment::kQuoted) {
      ReplaceByParameter();
    } else {
      Replace("0");
    }
  }

  // Whatever stands there, be it a bare word.
  [[nodiscard]] bool IsHidden(Treatment treatment) const {
    return treatment == Treatment::kHide ||
           (treatment == Treatment::kHideLiteral && what_ == Redaction::kLiterals);
  }

  // A number that is treated so does not stay.
  [[nodiscard]] bool Replaces(Treatment treatment) const {
    if (IsHidden(treatment)) return true;
    return what_ == Redaction::kLiterals && treatment != Treatment::kKeep;
  }

  // Two strings that are two in the text ($$a$$ 'b') would become one where nothing is
  // between them, or a line end.
  void PartStrings() {
    std::size_t end = out_.size();
    while (end > 0 && IsSpace(out_[end - 1])) --end;
    if (end == 0 || out_[end - 1] != '\'') return;
    out_.resize(end);
    out_.push_back(' ');
  }

  void Copy(const Token& token) {
    const std::string_view text = text_.substr(token.begin, token.end - token.begin);
    // 'a'b would become $1b.
    const char first = text.front();
    if (first == '\'') {
      PartStrings();
    } else if (replaced_to_ == out_.size() && replaced_to_ > 0 &&
               (IsWordPart(first) || first == '"')) {
      out_.push_back(' ');
    }
    out_.append(text);
    is_nchar_ = text == "N" || text == "n";
  }

  void Replace(std::string_view by) {
    changed_ = true;
    // N'…' is cut behind the N, and stays one.
    const bool nchar = by == kHidden && is_nchar_;
    if (by == kHidden) PartStrings();
    if (!out_.empty() && IsWordPart(out_.back()) && !nchar) out_.push_back(' ');
    out_.append(by);
    replaced_to_ = out_.size();
    is_nchar_ = false;
  }

  void ReplaceByParameter() { Replace("$" + std::to_string(++parameter_)); }

  const std::string_view text_;
  const std::vector<Token>& tokens_;
  const std::vector<Place>& places_;
  const Redaction what_;
  Style style_ = Style::kNumbered;
  std::uint32_t parameter_ = 0;

  std::string out_;
  bool changed_ = false;
  std::size_t replaced_to_ = 0;  // the end of what was put in last, in out_
  bool is_nchar_ = false;        // the last token is the N of N'…'

  std::size_t next_place_ = 0;
  bool has_treatment_ = false;
  Treatment treatment_ = Treatment::kKeep;  // of the token being written
  int secrets_ahead_ = 0;                   // so many strings from here are secrets
  bool signed_ = false;                     // a sign was read, its constant not yet
  bool drops_sign_ = false;
  Treatment signed_treatment_ = Treatment::kKeep;
};

bool Parses(const std::string& sql) { return RawTree(sql.c_str()).status() == RawParse::kOk; }

// What the tree and the scanner say of a text.
struct Reading {
  std::vector<Token> tokens;
  std::vector<Place> places;

  // Scratch space, per thread.  What a long text took is given back.
  void Shrink() {
    constexpr std::size_t kKept = 4'096;
    if (tokens.capacity() > kKept) std::vector<Token>().swap(tokens);
    if (places.capacity() > kKept) std::vector<Place>().swap(places);
  }
};

bool Read(const std::string& sql, Redaction what, Reading& reading) {
  const RawTree tree(sql.c_str());
  if (tree.status() != RawParse::kOk) return false;
  if (FindPlaces(tree, reading.places) != PlacesResult::kDone) return false;
  const bool looks = what == Redaction::kLiterals || !reading.places.empty();
  if (looks) ReadTokens(tree, sql.c_str(), reading.tokens);
  return true;
}

// Of text that is UTF-8; `sql` is the same as a C string.
std::optional<std::string> Redacted(std::string sql, Redaction what, Reading& reading) {
  if (!Read(sql, what, reading)) return std::nullopt;
  if (what == Redaction::kSecrets && reading.places.empty()) return sql;
  const auto highest = HighestParameter(sql, reading.tokens);
  if (!highest) return std::nullopt;
  for (const Style style : {Style::kNumbered, Style::kPlain}) {
    Rewriter rewriter(sql, reading.tokens, reading.places, what);
    if (!rewriter.Run(style, *highest)) return std::nullopt;
    if (!rewriter.changed()) return sql;
    if (Parses(rewriter.out())) return std::move(rewriter.out());
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> Redact(std::string_view text, Redaction what) {
  if (!IsReadableUtf8(text)) return std::nullopt;
  thread_local Reading reading;
  auto redacted = Redacted(std::string(text), what, reading);
  reading.Shrink();
  return redacted;
}

}  // namespace pgmoat::policy
