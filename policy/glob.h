// Shell-style patterns, as a config has them.
#pragma once

#include <string_view>

namespace pgmoat::policy {

// '*' any run of characters, '?' one (of UTF-8).  Case-sensitive, as names in
// PostgreSQL are.
bool GlobMatches(std::string_view pattern, std::string_view text);

}  // namespace pgmoat::policy
