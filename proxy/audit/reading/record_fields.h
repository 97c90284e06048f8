// Some fields of a record, without parsing the rest of it.
//
// A record has some thirty fields, and a question is about a few.  The others are skimmed:
// brackets, quotes and commas must be in their places, but what is between quotes is not
// looked at.  That is five to ten times as fast as parsing all.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmoat::audit {

using Json = nlohmann::json;

// An object with those of the `wanted` fields that `line` has.  Of a name that comes twice
// the last one counts.  Nothing: `line` is no JSON object.
std::optional<Json> ReadFields(std::string_view line, const std::vector<std::string>& wanted);

}  // namespace pgmoat::audit
