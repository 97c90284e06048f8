// --since and --until: points in time as people give them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace pgmoat::audit {

// "10m", "1h30m", "2d" (ago); "2026-11-27", "2026-11-27T19:00", "2026-11-27T19:00:00.5Z": UTC.
// Returns what compares, as text, with a line's time without its 'Z': trailing zeros and the
// rest of an even second are dropped.
// Throws std::invalid_argument: what is wrong, and what to write.
std::string TimeBound(std::string_view text, std::chrono::system_clock::time_point now);

}  // namespace pgmoat::audit
