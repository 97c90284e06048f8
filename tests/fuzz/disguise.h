// The same SQL in other clothes: white space, comments and the letter case of what is not
// quoted are changed, and nothing else that PostgreSQL's lexer would tell apart.
//
// Knows string constants ('…', E'…', U&'…', B, X, N), quoted identifiers, dollar quotes and
// nested comments.  When in doubt it leaves what follows as it is: a change that is not made
// proves nothing, one that changes the meaning would raise a false alarm.
//
// PostgreSQL documentation, section "Lexical Structure".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pgmoat::fuzz {

// The same for the same `seed`.
std::string Disguise(std::string_view sql, std::uint32_t seed);

}  // namespace pgmoat::fuzz
