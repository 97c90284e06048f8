// The JSON Schema of a line (schema.json), as `pgmoat audit schema` prints it.
#pragma once

#include <string_view>

namespace pgmoat::audit {

[[nodiscard]] std::string_view JsonSchema();

}  // namespace pgmoat::audit
