// What sqlcommenter (https://google.github.io/sqlcommenter/spec) puts into a statement:
//
//   SELECT 1 /*controller='orders',traceparent='00-5bd66ef5…-01'*/
//
// The client wrote it: nothing may rest on it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgmoat::audit {

using Tags = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kMaxTags = 16;
inline constexpr std::size_t kMaxTagNameBytes = 64;
inline constexpr std::size_t kMaxTagValueBytes = 512;  // tracestate's own limit

// Of the comment at the end of `text`, or else of the one at its beginning, decoded, in
// their order.  None when anything about it is not as it should be: an unknown form, a name
// twice, more or longer than the limits.
[[nodiscard]] Tags ReadTags(std::string_view text);

// Appends `,"tags":{…}`, or nothing.
void AppendTags(std::string_view statement, std::string& json);

}  // namespace pgmoat::audit
