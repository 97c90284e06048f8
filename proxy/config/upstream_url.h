// An environment's upstream: postgres://HOST[:PORT][?…], with libpq's words and meanings.
//
//   host, port     also of a Unix-domain socket: postgres:///?host=/run/postgresql, or
//                  postgres://%2Frun%2Fpostgresql
//   sslmode        disable, prefer, require, verify-ca, verify-full
//   sslrootcert    the authorities to trust; "system": the system's store
//   sslcert, sslkey  what pgmoat shows when the server asks who it is
//   sslnegotiation postgres (ask first), direct (PostgreSQL 17)
//
// Knows no YAML, no lines and no sockets.
// Errors:  ValueError, "what; remedy".
// Secrets: no error repeats any part of the text but a parameter's name: people put
//   passwords there, and that is one of the errors.
#pragma once

#include <string_view>

#include "proxy/config/config.h"

namespace pgmoat::config {

Upstream ParseUpstream(std::string_view text);

std::string_view SslModeName(SslMode mode);

}  // namespace pgmoat::config
