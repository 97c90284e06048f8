// What the parser has against a text, for people who wrote it themselves.  Never for a
// client: the parser's words may repeat a literal.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pgmoat::policy {

struct ParseError {
  std::string message;     // syntax error at or near "FORM"
  std::size_t offset = 0;  // in the text, in bytes
};

// Nothing for a text that parses.  `text` is UTF-8 without NUL.
//
// Threads: any fixed one (libpg_query's state).
[[nodiscard]] std::optional<ParseError> FindParseError(std::string_view text);

}  // namespace pgmoat::policy
