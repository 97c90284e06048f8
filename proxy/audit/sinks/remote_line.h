// What a remote sink reads of a line.
//
// A line that is not what the trail writes is no reason to fail: the sink hands it on with
// fewer fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmoat::audit {

// Each line without its '\n'.  Borrows.
[[nodiscard]] std::vector<std::string_view> SplitLines(std::string_view lines);

// The value of a string member of the line's own object.  Reads no further than that.
[[nodiscard]] std::optional<std::string> StringField(std::string_view line,
                                                     std::string_view key);

// "2026-11-27T19:45:00.123456789Z" as nanoseconds since 1970; none for anything else.
[[nodiscard]] std::optional<std::int64_t> UnixNanoseconds(std::string_view time);

}  // namespace pgmoat::audit
