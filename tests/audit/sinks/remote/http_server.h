// An HTTP server for tests, plain or TLS, that can misbehave in every way a test asks for.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace pgmoat::audit {

struct HttpRequest {
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;                            // unpacked
};

struct HttpReply {
  int status = 204;
  std::string body = {};
  std::map<std::string, std::string> headers = {};
  bool cut = false;     // closes instead of answering, or in the middle of the answer
  bool silent = false;  // reads on, and never answers
};

// A key and a certificate that signs itself, made by openssl.
struct TestCertificate {
  std::filesystem::path certificate;
  std::filesystem::path key;
};
TestCertificate MakeCertificate(const std::filesystem::path& directory,
                                const std::string& name);  // "DNS:localhost,IP:127.0.0.1"

class HttpServer {
 public:
  // Called on a connection's thread, one request at a time over all connections.
  using Handler = std::function<HttpReply(const HttpRequest&)>;
  // Whether the connection is to be cut after a part of the request's body; may be empty.
  using CutRequest = std::function<bool()>;

  explicit HttpServer(Handler handler, const TestCertificate* tls = nullptr,
                      CutRequest cut_request = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string Url(const std::string& path = "/") const;
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] std::vector<HttpRequest> requests() const;

 private:
  class Peer;

  void Accept();
  void Serve(int descriptor);

  const Handler handler_;
  const CutRequest cut_request_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;  // of what follows
  std::vector<HttpRequest> requests_;
  std::vector<int> descriptors_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace pgmoat::audit
