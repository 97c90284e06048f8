// libpg_query's fingerprint: the same for statements that differ in their literals only.
// pganalyze and other tools that use libpg_query compute the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pgmoat::policy {

// Nothing for text that does not parse, is longer than 64 KiB, or is deeper than what the
// library's recursion can take (design 3.1).
//
// Threads: any fixed one.
[[nodiscard]] std::optional<std::uint64_t> Fingerprint(std::string_view text);

}  // namespace pgmoat::policy
