#include "proxy/audit/sinks/tls_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <utility>

namespace pgmoat::audit {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeContext>;

// A key with a passphrase is an error, not a question on the terminal.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) { return -1; }

// Made anew for each connection, so that renewed certificates are used.
TlsContext MakeContext(const SinkTls& tls, std::string& error) {
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) {
    error = TakeTlsReason();
    return nullptr;
  }
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_default_passwd_cb(context.get(), NoPassphrase);
  SSL_CTX_set_verify(context.get(), tls.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  const bool trust = tls.ca_file.empty()
                         ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                         : SSL_CTX_load_verify_file(context.get(), tls.ca_file.c_str()) == 1;
  if (!trust) {
    error = "CA file '" + tls.ca_file.string() + "' cannot be used: " + TakeTlsReason();
    return nullptr;
  }
  if (tls.certificate.empty()) return context;
  if (SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate.c_str()) != 1) {
    error = "certificate '" + tls.certificate.string() + "' cannot be used: " + TakeTlsReason();
  } else if (SSL_CTX_use_PrivateKey_file(context.get(), tls.key.c_str(), SSL_FILETYPE_PEM) !=
             1) {
    error = "key '" + tls.key.string() + "' cannot be used: " + TakeTlsReason();
  }
  return error.empty() ? std::move(context) : nullptr;
}

bool IsAddress(const std::string& host) {
  unsigned char buffer[sizeof(in6_addr)];
  return ::inet_pton(AF_INET, host.c_str(), buffer) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), buffer) == 1;
}

// Whom the certificate is to name.
bool SetPeerName(SSL* tls, const std::string& host, bool verify) {
  if (IsAddress(host)) {
    return !verify || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str()) == 1;
  }
  if (SSL_set_tlsext_host_name(tls, host.c_str()) != 1) return false;
  return !verify || SSL_set1_host(tls, host.c_str()) == 1;
}

}  // namespace

std::string TakeTlsReason() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = error != 0 ? ERR_reason_error_string(error) : nullptr;
  return reason != nullptr ? reason : "the connection was ended";
}

TlsClient MakeTlsClient(const SinkTls& tls, const std::string& host, std::string& error) {
  const TlsContext context = MakeContext(tls, error);
  if (!context) return nullptr;
  TlsClient client(SSL_new(context.get()));
  if (!client || !SetPeerName(client.get(), host.empty() ? "localhost" : host, tls.verify)) {
    error = TakeTlsReason();
    return nullptr;
  }
  SSL_set_connect_state(client.get());
  return client;
}

}  // namespace pgmoat::audit
