// The `environments` section: upstreams, which connections are theirs, who may come in.
//
// Private to proxy/config.  Errors: ConfigError.
#pragma once

#include <vector>

#include "proxy/config/config.h"
#include "proxy/config/roles.h"
#include "proxy/config/section.h"

namespace pgmoat::config {

// Adds one environment to `config`, whose listeners and limits are read already.
void ReadEnvironment(const Item::Entry& entry, const std::vector<Role>& roles, Config& config);

}  // namespace pgmoat::config
