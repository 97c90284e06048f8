#include "proxy/net/socket_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdint>

namespace pgmoat::net {

namespace {

// 0 stands for the system's own.
void SetTcp(int fd, int option, std::int64_t value) {
  const int number = static_cast<int>(value);
  if (number > 0) ::setsockopt(fd, IPPROTO_TCP, option, &number, sizeof number);
}

}  // namespace

void SetSocketOptions(int fd, const config::TcpOptions& options) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  SetTcp(fd, TCP_KEEPIDLE, options.keepalives_idle.count());
  SetTcp(fd, TCP_KEEPINTVL, options.keepalives_interval.count());
  SetTcp(fd, TCP_KEEPCNT, options.keepalives_count);
  SetTcp(fd, TCP_USER_TIMEOUT, options.user_timeout.count());
}

}  // namespace pgmoat::net
