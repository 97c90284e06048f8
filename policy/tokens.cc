#include "policy/tokens.h"

#include <cassert>
#include <cstring>

extern "C" {
#include "parser/scanner.h"
}

namespace pgmoat::policy {

namespace {

// The scanner's token codes; the parser of every release begins with these (scanner.h).
enum Code : int {
  kIdent = 258,
  kUnicodeIdent = 259,
  kFloat = 260,
  kString = 261,
  kUnicodeString = 262,
  kBits = 263,
  kHexBits = 264,
  kInteger = 266,
  kParameter = 267,
};

// libpg_query's scanner has a field more than the server's headers tell (where a token
// ends).
struct ScannerState {
  core_yy_extra_type known = {};
  std::byte more[256] = {};
};

TokenKind KindOf(int code) {
  switch (code) {
    case kString:
    case kUnicodeString:
    case kBits:
    case kHexBits:
      return TokenKind::kString;
    case kInteger:
    case kFloat:
      return TokenKind::kNumber;
    case kParameter:
      return TokenKind::kParameter;
    case '-':
      return TokenKind::kMinus;
    default:
      return TokenKind::kOther;
  }
}

bool IsUescape(std::string_view word) {
  constexpr std::string_view kUescape = "uescape";
  if (word.size() != kUescape.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if ((word[i] | 0x20) != kUescape[i]) return false;
  }
  return true;
}

// U&'…' UESCAPE '!' and U&"…" UESCAPE '!': what the parser puts together.
class Unicode {
 public:
  // True: the token belongs to the one before it, or is an identifier's escape character
  // and no literal.
  bool Take(int code, const char* text, Token& token, std::vector<Token>& tokens) {
    const std::size_t length = token.end - token.begin;
    if (step_ == Step::kLiteral || step_ == Step::kIdentifier) {
      if (IsUescape({text + token.begin, length})) {
        const bool literal = step_ == Step::kLiteral;
        step_ = literal ? Step::kLiteralEscape : Step::kIdentifierEscape;
        return literal;
      }
    } else if (step_ == Step::kLiteralEscape) {
      tokens.back().end = token.end;
      step_ = Step::kNone;
      return true;
    } else if (step_ == Step::kIdentifierEscape) {
      token.kind = TokenKind::kOther;
      step_ = Step::kNone;
      return false;
    }
    step_ = code == kUnicodeString  ? Step::kLiteral
            : code == kUnicodeIdent ? Step::kIdentifier
                                    : Step::kNone;
    return false;
  }

 private:
  enum class Step { kNone, kLiteral, kIdentifier, kLiteralEscape, kIdentifierEscape };
  Step step_ = Step::kNone;
};

}  // namespace

void ReadTokens([[maybe_unused]] const RawTree& tree, const char* sql,
                std::vector<Token>& tokens) {
  assert(tree.status() == RawParse::kOk);
  tokens.clear();
  ScannerState state;
  core_yyscan_t scanner = scanner_init(sql, &state.known, &ScanKeywords, ScanKeywordTokens);
  Unicode unicode;
  core_YYSTYPE value = {};
  int at = 0;
  while (const int code = core_yylex(&value, &at, scanner)) {
    // The scanner puts a NUL behind the token that it has just read.
    const char* text = state.known.scanbuf + at;
    const auto begin = static_cast<std::size_t>(at);
    Token token{KindOf(code), begin, begin + std::strlen(text)};
    // Those of libpg_query give comments as tokens.
    const bool comment = (text[0] == '-' && text[1] == '-') ||  //
                         (text[0] == '/' && text[1] == '*');
    if (comment || unicode.Take(code, sql, token, tokens)) continue;
    tokens.push_back(token);
  }
  scanner_finish(scanner);
}

}  // namespace pgmoat::policy
