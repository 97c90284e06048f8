// A config as the sockets need it: TLS files are read, the rest is shared.
//
// Lifetime: made whole or not at all, then immutable; a reload makes a new one
//   (design 3.8).  Each worker holds the newest, and connections being made hold theirs.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "proxy/auth/identity.h"
#include "proxy/config/config.h"
#include "proxy/net/tls_context.h"
#include "proxy/session/session.h"

namespace pgmoat::net {

struct ListenerSettings {
  std::string address;  // as in the config
  session::ClientTls client_tls = session::ClientTls::kDisable;
  TlsContext tls;
};

struct UpstreamSettings {
  config::Upstream upstream;
  TlsContext tls;
  config::TcpOptions tcp = {};
};

struct Settings {
  std::shared_ptr<const auth::Directory> directory;
  std::vector<ListenerSettings> listeners;
  std::vector<std::shared_ptr<const UpstreamSettings>> upstreams;  // one per environment
  config::Limits limits;
  config::TcpOptions tcp;
};

// Throws std::runtime_error when a TLS file cannot be used.
std::shared_ptr<const Settings> MakeSettings(const config::Config& config);

// The upstreams that a connection to `listener` may end up at, each once.
std::vector<std::shared_ptr<const UpstreamSettings>> ReachableUpstreams(
    const Settings& settings, const std::string& listener);

}  // namespace pgmoat::net
