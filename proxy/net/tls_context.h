// TLS settings of a listener or an upstream, made once per config and shared by
// all their connections.
//
// Secrets: a private key is read from its file into OpenSSL and never leaves it.
// Threads: a context is immutable once made; SSL_new may be called on any thread.
// Errors:  the makers throw std::runtime_error naming the file and the reason.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "proxy/config/config.h"

namespace pgmoat::net {

using TlsContext = std::shared_ptr<SSL_CTX>;

enum class TlsRole { kServer, kClient };

// Null when the listener has TLS disabled.
TlsContext MakeListenerTls(const config::ListenerTls& settings);

// Null when the upstream has TLS disabled.
//
// As libpq: `prefer` and `require` encrypt without asking who is there, unless
// sslrootcert names the authorities to trust; `verify-ca` checks the chain,
// `verify-full` the name too.
TlsContext MakeUpstreamTls(const config::Upstream& upstream);

// Before the handshake: the name to ask for (SNI) and, with verify-full, to insist
// on.  False when OpenSSL refuses the name.
[[nodiscard]] bool ExpectHost(SSL* ssl, const config::Upstream& upstream);

// After a handshake: both sides said that they speak PostgreSQL's protocol (ALPN, RFC 7301).
[[nodiscard]] bool HasPostgresqlAlpn(const SSL* ssl);

// After both handshakes: what we showed the client is what the server showed us.  False
// where either has no TLS (null).
[[nodiscard]] bool ShowsCertificateOf(const SSL* client, const SSL* server);

// After a handshake that failed, when the peer's certificate was why:
// "certificate verify failed: self-signed certificate".  Otherwise empty.
std::string CertificateReason(const SSL* ssl);

}  // namespace pgmoat::net
