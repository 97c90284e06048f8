// Where a statement really begins: the parser counts the comments before it as its own.
#pragma once

#include <cstddef>
#include <string_view>

namespace pgmoat::policy {

// The first byte from `at` on that is neither space nor comment, as the server's scanner
// has them; the text's end when there is none.
[[nodiscard]] std::size_t FirstWord(std::string_view text, std::size_t at);

// Where the comment ends that begins at `at` ("--" or "/*"); those in /* */ nest.
[[nodiscard]] std::size_t EndOfComment(std::string_view text, std::size_t at);

}  // namespace pgmoat::policy
