#include "tests/fuzz/disguise.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace pgmoat::fuzz {

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsHigh(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool BeginsName(char c) { return IsLetter(c) || IsHigh(c) || c == '_'; }
bool IsInName(char c) { return BeginsName(c) || IsDigit(c) || c == '$'; }
// \v is none before release 16.
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool IsPlain(char c) { return IsSpace(c) || (c > ' ' && c < 0x7F); }

class Tailor {
 public:
  Tailor(std::string_view sql, std::uint32_t seed) : sql_(sql), state_(seed) {}

  std::string Run() {
    while (at_ < sql_.size() && Step()) {
    }
    out_.append(sql_.substr(at_));
    return std::move(out_);
  }

 private:
  static constexpr std::size_t kNone = std::string_view::npos;

  [[nodiscard]] char Peek(std::size_t ahead = 0) const {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }

  std::uint32_t Random(std::uint32_t below) {
    state_ = state_ * 1'664'525U + 1'013'904'223U;
    return (state_ >> 16) % below;
  }

  // One token, or what lies between two.  False: the rest stays as it is.
  bool Step() {
    if (const std::size_t end = EndOfGap(); end != at_) return end != kNone && Gap(end);
    const char c = Peek();
    if (c == '\'') return Quoted(at_, /*backslashes=*/false);
    if (c == '"') return Quoted(at_, /*backslashes=*/false);
    if (c == '$') return Dollar();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return Number();
    if (BeginsName(c)) return Name();
    return Keep(at_ + 1);
  }

  bool Keep(std::size_t end) {
    out_.append(sql_.substr(at_, end - at_));
    after_string_ = false;
    at_ = end;
    return true;
  }

  // --- white space and comments ---

  // kNone: a comment without end.
  [[nodiscard]] std::size_t EndOfGap() const {
    std::size_t at = at_;
    while (at < sql_.size()) {
      if (IsSpace(sql_[at])) {
        ++at;
      } else if (sql_.substr(at, 2) == "--") {
        at = std::min(sql_.find_first_of("\n\r", at), sql_.size());
      } else if (sql_.substr(at, 2) == "/*") {
        at = EndOfComment(at);
        if (at == kNone) return kNone;
      } else {
        break;
      }
    }
    return at;
  }

  [[nodiscard]] std::size_t EndOfComment(std::size_t at) const {
    std::size_t depth = 0;
    while (at + 1 < sql_.size()) {
      const std::string_view two = sql_.substr(at, 2);
      if (two == "/*") {
        ++depth;
        at += 2;
      } else if (two == "*/") {
        at += 2;
        if (--depth == 0) return at;
      } else {
        ++at;
      }
    }
    return kNone;
  }

  bool Gap(std::size_t end) {
    // Two strings with a line break between them are one string; so is what the gap holds
    // part of the text's encoding.
    const bool joins = after_string_ && end < sql_.size() && sql_[end] == '\'';
    const std::string_view gap = sql_.substr(at_, end - at_);
    bool plain = true;
    for (const char c : gap) plain &= IsPlain(c);
    if (joins || !plain) return Keep(end);
    // With space at both ends: next to an operator a comment's dashes would be part of it.
    constexpr std::string_view kGaps[] = {" ",
                                          "\n",
                                          "\t \f\r\n",
                                          " /* DROP TABLE t; */ ",
                                          " -- ' \" $$ /* \n",
                                          " /* /* nested */ -- */ ",
                                          "\r\n--\n",
                                          " /*' SELECT pg_sleep(1) '*/\t"};
    out_.append(kGaps[Random(std::size(kGaps))]);
    after_string_ = false;
    at_ = end;
    return true;
  }

  // --- quotes ---

  // From the quote at `quote`; what stands between at_ and it is its prefix.
  bool Quoted(std::size_t quote, bool backslashes) {
    const char mark = sql_[quote];
    std::size_t at = quote + 1;
    for (;; ++at) {
      if (at >= sql_.size()) return false;
      if (backslashes && sql_[at] == '\\') {
        ++at;
      } else if (sql_[at] == mark) {
        if (at + 1 >= sql_.size() || sql_[at + 1] != mark) break;
        ++at;
      }
    }
    // E'a' 'b' goes on with backslashes after the line break.
    if (backslashes && !EndsHere(at + 1)) return false;
    Keep(at + 1);
    after_string_ = mark == '\'';
    return true;
  }

  // No other string follows, however far away.
  [[nodiscard]] bool EndsHere(std::size_t at) const {
    while (at < sql_.size() && IsSpace(sql_[at])) ++at;
    return at >= sql_.size() || (sql_[at] != '\'' && sql_[at] != '-');
  }

  bool Dollar() {
    std::size_t at = at_ + 1;
    if (at < sql_.size() && BeginsName(sql_[at])) {
      while (at < sql_.size() && IsInName(sql_[at]) && sql_[at] != '$') ++at;
    }
    if (at >= sql_.size() || sql_[at] != '$') return Keep(at_ + 1);  // $1
    const std::string_view tag = sql_.substr(at_, at + 1 - at_);
    const std::size_t end = sql_.find(tag, at + 1);
    return end != kNone && Keep(end + tag.size());
  }

  // --- names and numbers ---

  bool Name() {
    std::size_t end = at_;
    while (end < sql_.size() && IsInName(sql_[end])) ++end;
    const char next = end < sql_.size() ? sql_[end] : '\0';
    if (end - at_ == 1) {
      const char c = Peek();
      const bool prefix = c == 'e' || c == 'E' || c == 'b' || c == 'B' || c == 'x' ||
                          c == 'X' || c == 'n' || c == 'N';
      if (prefix && next == '\'') return Quoted(end, c == 'e' || c == 'E');
      const char behind = end + 1 < sql_.size() ? sql_[end + 1] : '\0';
      if ((c == 'u' || c == 'U') && next == '&' && (behind == '\'' || behind == '"')) {
        return Quoted(end + 1, false);
      }
    }
    const std::uint32_t how = Random(4);
    for (std::size_t at = at_; at < end; ++at) {
      const bool flips = IsLetter(sql_[at]) && (how == 0 || (how == 1 && Random(2) == 0));
      out_ += flips ? static_cast<char>(sql_[at] ^ 0x20) : sql_[at];
    }
    after_string_ = false;
    at_ = end;
    return true;
  }

  // With the letters that follow, whatever a release makes of them.
  bool Number() {
    std::size_t end = at_;
    while (end < sql_.size() && (IsInName(sql_[end]) || sql_[end] == '.')) ++end;
    const char next = end < sql_.size() ? sql_[end] : '\0';
    const bool doubtful = next == '\'' || next == '"' || next == '&' ||
                          sql_.substr(at_, end - at_).find('$') != kNone;
    return !doubtful && Keep(end);
  }

  std::string_view sql_;
  std::uint32_t state_;
  std::size_t at_ = 0;
  bool after_string_ = false;  // the last token was a string constant
  std::string out_;
};

}  // namespace

std::string Disguise(std::string_view sql, std::uint32_t seed) {
  return Tailor(sql, seed).Run();
}

}  // namespace pgmoat::fuzz
