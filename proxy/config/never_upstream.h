// What an environment's upstream must not be: a production that leads to the developer's own
// machine is a slip that nobody notices until the wrong database has changed.
//
//   localhost            also by its addresses (127.0.0.0/8, ::1, 0.0.0.0) and Unix sockets
//   127.0.0.0/8          networks and addresses, in any spelling that a resolver takes
//   "*.dev.example"      names; '*' and '?' as in logins
//
// Names are compared, not looked up: what a DNS server says may be another thing tomorrow.
//
// Private to proxy/config.  Errors: ConfigError.
#pragma once

#include "proxy/config/section.h"

namespace pgmoat::config {

// `never` is the list, `upstream_item` where the upstream stands.
void CheckNeverUpstream(const Item& never, const Item& upstream_item, const Upstream& upstream,
                        const std::string& environment);

}  // namespace pgmoat::config
