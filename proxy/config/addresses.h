// Where to listen and where to connect to, as text.
//
// As in libpq, a host that begins with '/' is the directory of a Unix-domain socket, and
// the port is part of the socket file's name: /run/pgmoat/.s.PGSQL.6432.
//
// Knows no YAML, no lines and no sockets.  Errors: ValueError, "what; remedy".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/config/values.h"

namespace pgmoat::config {

struct Address {
  std::string host;  // without brackets; a directory for a Unix-domain socket
  std::uint16_t port = 0;
};

// "127.0.0.1:6432", "[::1]:6432", "localhost:6432".
Address ParseAddress(std::string_view text);
// Likewise, or "/run/pgmoat/.s.PGSQL.6432".
Address ParseListenAddress(std::string_view text);

[[nodiscard]] bool IsHostName(std::string_view text);  // a name or an IPv4 address
[[nodiscard]] bool IsIpv6(std::string_view text);      // by its characters only
// Nothing unless `text` is a number from 0 to 65535.
std::optional<std::uint16_t> PortNumber(std::string_view text);
// What a socket's address has room for (sockaddr_un, less the final zero).
[[nodiscard]] bool FitsUnixAddress(std::string_view directory, std::uint16_t port);

}  // namespace pgmoat::config
