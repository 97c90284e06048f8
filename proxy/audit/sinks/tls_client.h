// The client's side of a TLS connection as a sink's options want it.
//
// Secrets: the key is read from its file; no error quotes it.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "proxy/audit/sinks/sink_options.h"

namespace pgmoat::audit {

struct FreeTls {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using TlsClient = std::unique_ptr<SSL, FreeTls>;

// Ready for its handshake; without a transport.  `host` is whom the peer's certificate is to
// name, unless `verify` is false; empty: localhost.  Files are read anew each time, so that
// renewed certificates are used.  Null: `error` says why.
[[nodiscard]] TlsClient MakeTlsClient(const SinkTls& tls, const std::string& host,
                                      std::string& error);

// The latest reason that OpenSSL has for this thread; forgets it and all before.
[[nodiscard]] std::string TakeTlsReason();

}  // namespace pgmoat::audit
