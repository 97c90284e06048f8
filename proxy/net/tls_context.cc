#include "proxy/net/tls_context.h"

#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <cstring>
#include <stdexcept>

#include "proxy/net/errors.h"

namespace pgmoat::net {
namespace {

TlsContext NewContext(const SSL_METHOD* method) {
  TlsContext context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context) throw std::runtime_error("cannot set up TLS: " + TlsReason("out of memory"));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // No tickets, as the server: libpq never resumes, and each ticket is a record more.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  // Header and body of a record in one system call.
  SSL_CTX_set_read_ahead(context.get(), 1);
  return context;
}

constexpr unsigned char kAlpn[] = "\x0apostgresql";
constexpr unsigned int kAlpnSize = sizeof kAlpn - 1;

// libpq 17 offers "postgresql".  As the server: a client that offers other protocols only is
// led here by somebody who wants it to take us for something else.
int SelectAlpn(SSL*, const unsigned char** out, unsigned char* out_size,
               const unsigned char* in, unsigned int in_size, void*) {
  unsigned char* selected = nullptr;
  const int result = SSL_select_next_proto(&selected, out_size, kAlpn, kAlpnSize, in, in_size);
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

[[noreturn]] void ThrowFile(const char* what, const std::filesystem::path& file) {
  throw std::runtime_error(std::string("cannot use ") + what + " " + file.string() + ": " +
                           TlsReason("unknown reason"));
}

void UseCertificate(SSL_CTX* context, const std::filesystem::path& certificate,
                    const std::filesystem::path& key) {
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    ThrowFile("certificate", certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    ThrowFile("key", key);
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    throw std::runtime_error("key " + key.string() + " does not belong to certificate " +
                             certificate.string());
  }
}

bool IsAddress(const std::string& host) {
  boost::system::error_code failed;
  boost::asio::ip::make_address(host, failed);
  return !failed;
}

}  // namespace

TlsContext MakeListenerTls(const config::ListenerTls& settings) {
  if (settings.mode == config::ClientTlsMode::kDisable) return nullptr;
  TlsContext context = NewContext(TLS_server_method());
  UseCertificate(context.get(), settings.certificate, settings.key);
  SSL_CTX_set_alpn_select_cb(context.get(), SelectAlpn, nullptr);
  return context;
}

TlsContext MakeUpstreamTls(const config::Upstream& upstream) {
  using config::SslMode;
  if (upstream.sslmode == SslMode::kDisable) return nullptr;
  TlsContext context = NewContext(TLS_client_method());
  const bool must_verify =
      upstream.sslmode == SslMode::kVerifyCa || upstream.sslmode == SslMode::kVerifyFull;
  if (!upstream.sslrootcert.empty()) {
    if (SSL_CTX_load_verify_locations(context.get(), upstream.sslrootcert.c_str(), nullptr) !=
        1) {
      ThrowFile("sslrootcert", upstream.sslrootcert);
    }
  } else if (must_verify && SSL_CTX_set_default_verify_paths(context.get()) != 1) {
    throw std::runtime_error("cannot use the system's certificate store: " +
                             TlsReason("unknown reason"));
  }
  const bool verify = must_verify || !upstream.sslrootcert.empty();
  SSL_CTX_set_verify(context.get(), verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!upstream.sslcert.empty())
    UseCertificate(context.get(), upstream.sslcert, upstream.sslkey);
  // Returns 0 when it worked.
  if (SSL_CTX_set_alpn_protos(context.get(), kAlpn, kAlpnSize) != 0) {
    throw std::runtime_error("cannot set up TLS: " + TlsReason("out of memory"));
  }
  return context;
}

bool ExpectHost(SSL* ssl, const config::Upstream& upstream) {
  const bool is_address = IsAddress(upstream.host);
  if (!is_address && SSL_set_tlsext_host_name(ssl, upstream.host.c_str()) != 1) return false;
  if (upstream.sslmode != config::SslMode::kVerifyFull) return true;
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl);
  if (is_address) return X509_VERIFY_PARAM_set1_ip_asc(expected, upstream.host.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(expected, upstream.host.data(), upstream.host.size()) == 1;
}

bool HasPostgresqlAlpn(const SSL* ssl) {
  const unsigned char* selected = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &selected, &size);
  // The list has one name, behind its length.
  return size == kAlpnSize - 1 && std::memcmp(selected, kAlpn + 1, size) == 0;
}

bool ShowsCertificateOf(const SSL* client, const SSL* server) {
  if (client == nullptr || server == nullptr) return false;
  const X509* ours = SSL_get_certificate(client);
  const X509* theirs = SSL_get0_peer_certificate(server);
  return ours != nullptr && theirs != nullptr && X509_cmp(ours, theirs) == 0;
}

std::string CertificateReason(const SSL* ssl) {
  const long result = SSL_get_verify_result(ssl);
  if (result == X509_V_OK || SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE) return "";
  return std::string("certificate verify failed: ") + X509_verify_cert_error_string(result);
}

}  // namespace pgmoat::net
