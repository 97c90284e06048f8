// Options that every TCP socket of the proxy has.
#pragma once

namespace pgmoat::net {

// TCP_NODELAY, because a query is often smaller than a segment and its answer is
// waited for; SO_KEEPALIVE, so that a peer that vanished is noticed.  Failures do not
// matter (the socket may not be TCP).
void SetSocketOptions(int fd);

}  // namespace pgmoat::net
