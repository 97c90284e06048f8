// A text as its tokens, so that the same statement is the same bytes however it is laid out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmoat::policy {

// The canonical text of each statement of `text`, in order, as TextFacts has them: its
// tokens as the server's scanner cuts them, one space between two, without comments and the
// semicolon; what stands in a token stays byte for byte.  Nothing for a text that does not
// parse.
//
// Threads: any fixed one (libpg_query's state).
[[nodiscard]] std::optional<std::vector<std::string>> CanonicalStatements(
    std::string_view text);

}  // namespace pgmoat::policy
