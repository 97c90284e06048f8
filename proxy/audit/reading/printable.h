// Text from clients on a person's terminal.  What a client sends must not move the cursor,
// change colours, retitle the window, or look like other text than it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pgmoat::audit {

// Control characters (C0, DEL, C1), what turns the direction of text around, what is
// invisible, and bytes that are no UTF-8 are shown as escapes: \n, \x1b, \u{202e}.
std::string Printable(std::string_view text);

// The same for JSON without line breaks, which stays equal JSON: \u009b.
std::string PrintableJson(std::string_view json);

// Columns of a terminal that printable text takes.
std::size_t Columns(std::string_view printable);

// Cut to `columns`, with "…" at the end when something is missing.
std::string Cut(std::string_view printable, std::size_t columns);

}  // namespace pgmoat::audit
