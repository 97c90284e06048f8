// Options that every TCP socket of the proxy has.
#pragma once

#include "proxy/config/config.h"

namespace pgmoat::net {

// TCP_NODELAY, because a query is often smaller than a segment and its answer is
// waited for; SO_KEEPALIVE, so that a peer that vanished is noticed, as soon as `options`
// say.  Failures do not matter (the socket may not be TCP).
void SetSocketOptions(int fd, const config::TcpOptions& options);

}  // namespace pgmoat::net
