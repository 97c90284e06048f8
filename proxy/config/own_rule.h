// The `rules` list of one of the config's own roles.
//
// Private to proxy/config.  Errors: ConfigError.
#pragma once

#include <string>
#include <vector>

#include "policy/rules.h"
#include "proxy/config/section.h"

namespace pgmoat::config {

// In the file's order.  Ids are "role.name", or "role.3" for the third when it has no name.
std::vector<policy::OwnRule> ReadOwnRules(const Item& list, const std::string& role);

}  // namespace pgmoat::config
