#include "proxy/audit/sinks/connection.h"

#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "proxy/audit/sinks/tls_client.h"

namespace pgmoat::audit {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kConnectWithin{5'000};
constexpr milliseconds kFarewellWithin{500};

int MillisecondsUntil(Clock::time_point when) {
  const auto left = std::chrono::duration_cast<milliseconds>(when - Clock::now()).count();
  return static_cast<int>(std::max<milliseconds::rep>(left, 0));
}

std::string Reason(int error) { return std::generic_category().message(error); }

bool WouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

int SocketError(int descriptor) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

struct Connected {
  int descriptor = -1;
  int error = 0;
};

// Waits for a connection that is being made.
int FinishConnect(int descriptor, Clock::time_point deadline) {
  pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
  while (true) {
    const int polled = ::poll(&ready, 1, MillisecondsUntil(deadline));
    if (polled > 0) return SocketError(descriptor);
    if (polled == 0) return ETIMEDOUT;
    if (errno != EINTR) return errno;
  }
}

Connected Connect(int family, int type, const sockaddr* address, socklen_t size) {
  const int descriptor = ::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return {-1, errno};
  int error = ::connect(descriptor, address, size) == 0 ? 0 : errno;
  if (error == EINPROGRESS) error = FinishConnect(descriptor, Clock::now() + kConnectWithin);
  if (error == 0) return {descriptor, 0};
  ::close(descriptor);
  return {-1, error};
}

Connected ConnectUnix(const Endpoint& endpoint) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = endpoint.socket.string();
  if (path.size() >= sizeof address.sun_path) return {-1, ENAMETOOLONG};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int type = endpoint.kind == Endpoint::Kind::kUnixStream ? SOCK_STREAM : SOCK_DGRAM;
  return Connect(AF_UNIX, type, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// The first address that answers.
Connected ConnectInternet(const Endpoint& endpoint, std::string& trouble) {
  addrinfo hints{};
  hints.ai_socktype = endpoint.kind == Endpoint::Kind::kTcp ? SOCK_STREAM : SOCK_DGRAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int looked_up = ::getaddrinfo(endpoint.host.c_str(),
                                      std::to_string(endpoint.port).c_str(), &hints, &found);
  if (looked_up != 0) {
    trouble = ::gai_strerror(looked_up);
    return {};
  }
  Connected connected{-1, EHOSTUNREACH};
  for (const addrinfo* at = found; at != nullptr && connected.descriptor < 0;
       at = at->ai_next) {
    connected = Connect(at->ai_family, at->ai_socktype, at->ai_addr, at->ai_addrlen);
  }
  ::freeaddrinfo(found);
  return connected;
}

// Notices a peer that has vanished: unanswered data within the stall limit, silence by
// and by.
void SetTcpOptions(int descriptor) {
  const int on = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int idle_seconds = 30;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
}

}  // namespace

std::string Endpoint::Name() const {
  if (kind == Kind::kUnixStream || kind == Kind::kUnixDatagram) return socket.string();
  const bool brackets = host.find(':') != std::string::npos;
  return (brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Connection::Opened Connection::Open(const Endpoint& endpoint) {
  const bool internet =
      endpoint.kind == Endpoint::Kind::kTcp || endpoint.kind == Endpoint::Kind::kUdp;
  std::string trouble;
  const Connected connected =
      internet ? ConnectInternet(endpoint, trouble) : ConnectUnix(endpoint);
  if (connected.descriptor < 0) {
    if (trouble.empty()) trouble = Reason(connected.error);
    return {nullptr, "cannot connect to " + endpoint.Name() + ": " + trouble, connected.error};
  }
  if (endpoint.kind == Endpoint::Kind::kTcp) SetTcpOptions(connected.descriptor);
  std::unique_ptr<Connection> connection(new Connection(endpoint, connected.descriptor));
  if (endpoint.tls.enabled) {
    if (std::string error = connection->Handshake(); !error.empty()) {
      return {nullptr, "no TLS with " + endpoint.Name() + ": " + error, 0};
    }
  }
  return {std::move(connection), {}, 0};
}

Connection::Connection(const Endpoint& endpoint, int descriptor)
    : endpoint_(endpoint), descriptor_(descriptor) {}

Connection::~Connection() {
  if (!broken_) Farewell();
  ::close(descriptor_);
}

// close() with unread input makes the kernel send a reset, at which the peer's kernel
// drops what the peer has not read yet: so read until the peer has closed, too.
void Connection::Farewell() {
  if (endpoint_.kind == Endpoint::Kind::kUdp ||
      endpoint_.kind == Endpoint::Kind::kUnixDatagram) {
    return;
  }
  if (tls_) {
    SSL_shutdown(tls_.get());
    if (!Flush().empty()) return;
  }
  ::shutdown(descriptor_, SHUT_WR);
  const auto deadline = Clock::now() + kFarewellWithin;
  pollfd ready{.fd = descriptor_, .events = POLLIN, .revents = 0};
  char dropped[4096];
  while (::poll(&ready, 1, MillisecondsUntil(deadline)) > 0) {
    if (::recv(descriptor_, dropped, sizeof dropped, MSG_DONTWAIT) <= 0) return;
  }
}

// TLS works on memory; the socket is always ours to send on, with our deadlines and without
// a SIGPIPE.
std::string Connection::Handshake() {
  broken_ = true;  // until it is made
  std::string error;
  tls_ = MakeTlsClient(endpoint_.tls, endpoint_.host, error);
  if (!tls_) return error;
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  if (in == nullptr || out == nullptr) {
    BIO_free(in);
    BIO_free(out);
    return TakeTlsReason();
  }
  SSL_set_bio(tls_.get(), in, out);
  const auto deadline = Clock::now() + kConnectWithin;
  in_handshake_ = true;
  while (true) {
    const int result = SSL_do_handshake(tls_.get());
    const int wants = SSL_get_error(tls_.get(), result);
    std::string problem = result == 1 || wants == SSL_ERROR_WANT_READ ? "" : TlsProblem(result);
    error = Flush();
    if (!problem.empty()) return problem;
    if (!error.empty()) return error;
    if (result == 1) break;
    pollfd ready{.fd = descriptor_, .events = POLLIN, .revents = 0};
    const int polled = ::poll(&ready, 1, MillisecondsUntil(deadline));
    if (polled == 0) return Reason(ETIMEDOUT);
    if (polled > 0) error = ReadInput();
    if (!error.empty()) return error;
  }
  in_handshake_ = false;
  broken_ = false;
  return {};
}

std::string Connection::TlsProblem(int result) const {
  const int kind = SSL_get_error(tls_.get(), result);
  const long verified = SSL_get_verify_result(tls_.get());
  if (kind == SSL_ERROR_SSL && endpoint_.tls.verify && verified != X509_V_OK) {
    ERR_clear_error();
    return std::string("its certificate is not accepted: ") +
           X509_verify_cert_error_string(verified);
  }
  return TakeTlsReason();
}

// What TLS has to say to the peer.
std::string Connection::Flush() {
  BIO* out = SSL_get_wbio(tls_.get());
  char* data = nullptr;
  const long bytes = BIO_get_mem_data(out, &data);
  if (bytes <= 0) return {};
  std::string error = SendRaw({data, static_cast<std::size_t>(bytes)});
  BIO_reset(out);
  return error;
}

std::string Connection::Send(std::string_view bytes) {
  std::string error;
  if (!tls_) {
    error = SendRaw(bytes);
  } else if (!bytes.empty()) {
    ERR_clear_error();
    const int written = SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
    error = written > 0 ? Flush() : TlsProblem(written);
  }
  if (!error.empty()) broken_ = true;
  return error.empty() ? error : endpoint_.Name() + ": " + error;
}

std::string Connection::SendRaw(std::string_view bytes) {
  auto deadline = Clock::now() + kStall;
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      deadline = Clock::now() + kStall;
      continue;
    }
    if (errno == EINTR) continue;
    if (!WouldBlock(errno)) return Reason(errno);
    pollfd ready{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    const int polled = ::poll(&ready, 1, MillisecondsUntil(deadline));
    if (polled == 0) return "the peer takes nothing any more";
    if (polled < 0 && errno != EINTR) return Reason(errno);
  }
  return {};
}

std::string Connection::AwaitAcknowledged() {
  if (endpoint_.kind == Endpoint::Kind::kUdp) return Check();
  auto deadline = Clock::now() + kStall;
  int before = -1;
  int wait_milliseconds = 0;  // first only look: on a short way it is there already
  while (true) {
    if (std::string error = Check(); !error.empty()) return error;
    int waiting = 0;
    if (::ioctl(descriptor_, SIOCOUTQ, &waiting) != 0) waiting = 0;  // cannot be told
    if (waiting == 0) return Check();
    if (waiting != before) deadline = Clock::now() + kStall;
    before = waiting;
    if (Clock::now() >= deadline) {
      broken_ = true;
      return endpoint_.Name() + ": the peer does not acknowledge what it was sent";
    }
    pollfd ready{.fd = descriptor_, .events = POLLIN, .revents = 0};
    wait_milliseconds = std::min(wait_milliseconds + 1, 10);
    ::poll(&ready, 1, wait_milliseconds);
  }
}

std::string Connection::Check() {
  std::string error;
  if (endpoint_.kind == Endpoint::Kind::kUdp ||
      endpoint_.kind == Endpoint::Kind::kUnixDatagram) {
    const int code = SocketError(descriptor_);
    if (code != 0) error = Reason(code);
  } else {
    error = ReadInput();
  }
  if (!error.empty()) broken_ = true;
  return error.empty() ? error : endpoint_.Name() + ": " + error;
}

// Protocols of one direction: nothing that the peer says means anything but for TLS.
std::string Connection::ReadInput() {
  char input[16384];
  while (true) {
    const ssize_t got = ::recv(descriptor_, input, sizeof input, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return WouldBlock(errno) ? std::string{} : Reason(errno);
    if (got == 0) return "the peer has closed the connection";
    if (!tls_) continue;
    BIO_write(SSL_get_rbio(tls_.get()), input, static_cast<int>(got));
    if (in_handshake_) return {};
    ERR_clear_error();
    char dropped[1024];
    int read = 1;
    while (read > 0) read = SSL_read(tls_.get(), dropped, sizeof dropped);
    const int wants = SSL_get_error(tls_.get(), read);
    if (wants == SSL_ERROR_ZERO_RETURN) return "the peer has closed the connection";
    if (wants != SSL_ERROR_WANT_READ) return TlsProblem(read);
    if (std::string error = Flush(); !error.empty()) return error;
  }
}

}  // namespace pgmoat::audit
