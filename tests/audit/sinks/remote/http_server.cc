#include "tests/audit/sinks/remote/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace pgmoat::audit {
namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string Unpack(const std::string& packed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string text(std::size_t{32} << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END) << "not gzip";
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

HttpRequest ParseHead(const std::string& head) {
  HttpRequest request;
  const std::size_t target = head.find(' ') + 1;
  request.target = head.substr(target, head.find(' ', target) - target);
  for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
    const std::size_t end = std::min(head.find("\r\n", at), head.size());
    const std::size_t colon = head.find(": ", at);
    if (colon < end) {
      request.headers[Lower(head.substr(at, colon - at))] =
          head.substr(colon + 2, end - colon - 2);
    }
    at = end + 2;
  }
  return request;
}

std::string Text(const HttpReply& reply) {
  std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " As asked\r\n";
  for (const auto& [name, value] : reply.headers) text += name + ": " + value + "\r\n";
  if (reply.status == 204) return text + "\r\n";
  return text + "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n" +
         reply.body;
}

}  // namespace

TestCertificate MakeCertificate(const std::filesystem::path& directory,
                                const std::string& name) {
  const TestCertificate made{directory / "server.crt", directory / "server.key"};
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      "-subj /CN=test -addext subjectAltName=" +
      name + " -keyout " + made.key.string() + " -out " + made.certificate.string() +
      " 2>/dev/null";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  return made;
}

// One connection's bytes, plain or TLS.
class HttpServer::Peer {
 public:
  Peer(int descriptor, SSL_CTX* context) : descriptor_(descriptor) {
    if (context == nullptr) return;
    tls_ = SSL_new(context);
    SSL_set_fd(tls_, descriptor);
    good_ = SSL_accept(tls_) == 1;
  }
  ~Peer() {
    SSL_free(tls_);
    ::shutdown(descriptor_, SHUT_RDWR);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  [[nodiscard]] bool good() const { return good_; }

  // Appends what has come; false at the end.
  bool Read(std::string& buffer) {
    char bytes[16384];
    const long count = tls_ != nullptr ? SSL_read(tls_, bytes, sizeof bytes)
                                       : ::recv(descriptor_, bytes, sizeof bytes, 0);
    if (count > 0) buffer.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
  }

  void Write(const std::string& text) {
    if (tls_ != nullptr) {
      SSL_write(tls_, text.data(), static_cast<int>(text.size()));
    } else {
      (void)!::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
    }
  }

 private:
  int descriptor_;
  SSL* tls_ = nullptr;
  bool good_ = true;
};

HttpServer::HttpServer(Handler handler, const TestCertificate* tls, CutRequest cut_request)
    : handler_(std::move(handler)), cut_request_(std::move(cut_request)) {
  ::signal(SIGPIPE, SIG_IGN);  // as pgmoat does; a client that gives up raises it here too
  if (tls != nullptr) {
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate_file(context_, tls->certificate.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_, tls->key.c_str(), SSL_FILETYPE_PEM);
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(::listen(listener_, 16), 0);
  EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length), 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

HttpServer::~HttpServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int descriptor : descriptors_) ::shutdown(descriptor, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  for (const int descriptor : descriptors_) ::close(descriptor);
  ::close(listener_);
  SSL_CTX_free(context_);
}

std::string HttpServer::Url(const std::string& path) const {
  return (context_ != nullptr ? "https://localhost:" : "http://127.0.0.1:") +
         std::to_string(port_) + path;
}

std::vector<HttpRequest> HttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void HttpServer::Accept() {
  while (!stopping_) {
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) continue;
    const std::lock_guard lock(mutex_);
    ++connections_;
    descriptors_.push_back(descriptor);
    threads_.emplace_back([this, descriptor] { Serve(descriptor); });
  }
}

void HttpServer::Serve(int descriptor) {
  Peer peer(descriptor, context_);
  std::string buffer;
  while (peer.good()) {
    std::size_t end = 0;
    while ((end = buffer.find("\r\n\r\n")) == std::string::npos) {
      if (!peer.Read(buffer)) return;
    }
    HttpRequest request = ParseHead(buffer.substr(0, end + 2));
    buffer.erase(0, end + 4);
    if (cut_request_ && cut_request_()) return;
    const std::size_t length = std::stoul(request.headers["content-length"]);
    while (buffer.size() < length) {
      if (!peer.Read(buffer)) return;
    }
    request.body = buffer.substr(0, length);
    buffer.erase(0, length);
    if (request.headers["content-encoding"] == "gzip") request.body = Unpack(request.body);
    HttpReply reply;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      reply = handler_(request);
    }
    while (reply.silent && peer.Read(buffer)) buffer.clear();
    const std::string text = Text(reply);
    peer.Write(reply.cut ? text.substr(0, reply.body.empty() ? 0 : text.size() / 2) : text);
    if (reply.cut || reply.silent) return;
  }
}

}  // namespace pgmoat::audit
