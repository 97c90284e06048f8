// The tokens of a text, as the server's own scanner cuts them: where each literal begins
// and ends.  Private to policy/.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "policy/raw_tree.h"

namespace pgmoat::policy {

enum class TokenKind {
  kString,  // in all its forms, bit strings and UESCAPE included; N'…' without the N
  kNumber,  // without its sign
  kParameter,
  kMinus,
  kOther,
};

struct Token {
  TokenKind kind = TokenKind::kOther;
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Replaces what `tokens` held.  Comments are no tokens: between two tokens stand spaces
// and comments, nothing else.
//
// `tree` must be of `sql` and have parsed: the scanner leaves by longjmp at an error, with
// nobody to catch it, and what the parser took has none.
void ReadTokens(const RawTree& tree, const char* sql, std::vector<Token>& tokens);

}  // namespace pgmoat::policy
