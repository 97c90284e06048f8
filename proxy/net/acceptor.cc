#include "proxy/net/acceptor.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include "protocol/message_writer.h"
#include "proxy/net/errors.h"

namespace pgmoat::net {
namespace {

constexpr std::chrono::milliseconds kPause{100};
// Accepts per wakeup before a reload or a timer has its turn.
constexpr int kAcceptsPerTurn = 64;

using TcpAddress = asio::ip::tcp::endpoint;

bool IsUnix(const SocketAddress& address) { return address.data()->sa_family == AF_UNIX; }

// Of one that is not IsUnix.
TcpAddress ToTcp(const SocketAddress& address) {
  TcpAddress tcp;
  std::memcpy(tcp.data(), address.data(), std::min(tcp.capacity(), address.size()));
  return tcp;
}

std::string Show(const TcpAddress& endpoint) {
  const std::string host = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

policy::IpAddress IpOf(const asio::ip::address& address) {
  const asio::ip::address_v6 v6 =
      address.is_v6() ? address.to_v6()
                      : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4());
  return v6.to_bytes();
}

// 0 or an errno.
int BindTcp(int fd, const SocketAddress& address) {
  const int on = 1;
  // A restart must not wait for the old connections' TIME_WAIT.
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.data()->sa_family == AF_INET6) {
    ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  const int done = ::bind(fd, address.data(), static_cast<socklen_t>(address.size()));
  return done == 0 ? 0 : errno;
}

[[noreturn]] void ThrowCannotListen(const std::string& shown, int error_number) {
  std::string text = "cannot listen on " + shown + ": " + SystemReason(error_number);
  if (error_number == EADDRINUSE) text += "; is another pgmoat running?";
  if (error_number == EACCES) {
    text += shown.starts_with('/') ? "; the socket's directory must be writable for pgmoat"
                                   : "; ports below 1024 need CAP_NET_BIND_SERVICE";
  }
  throw std::runtime_error(text);
}

UniqueFd OpenReserve() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

Acceptor::Acceptor(asio::io_context& io, const SocketAddress& address, const std::string& shown,
                   unsigned permissions, OnClient on_client)
    : pause_(io), socket_(io), shown_(shown), on_client_(std::move(on_client)) {
  UniqueFd fd(
      ::socket(address.data()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) ThrowCannotListen(shown, errno);
  const int failed =
      IsUnix(address) ? file_.Bind(fd.get(), shown, permissions) : BindTcp(fd.get(), address);
  if (failed != 0) ThrowCannotListen(shown, failed);
  if (::listen(fd.get(), SOMAXCONN) != 0) ThrowCannotListen(shown, errno);
  SocketAddress bound;
  auto size = static_cast<socklen_t>(bound.capacity());
  if (!IsUnix(address) && ::getsockname(fd.get(), bound.data(), &size) == 0) {
    bound.resize(size);
    port_ = ToTcp(bound).port();
  }
  socket_.assign(fd.get());
  [[maybe_unused]] const int owned = fd.Release();
  reserve_ = OpenReserve();
}

void Acceptor::Start() { Wait(); }

void Acceptor::Close() {
  pause_.cancel();
  boost::system::error_code ignored;
  socket_.close(ignored);
  file_.Remove();
}

void Acceptor::Wait() {
  socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [this](boost::system::error_code cancelled) {
                       if (!cancelled) AcceptAll();
                     });
}

void Acceptor::AcceptAll() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    SocketAddress peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    UniqueFd fd(
        ::accept4(socket_.native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.valid()) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return OnFailure(errno);
      break;
    }
    complained_ = false;
    if (IsUnix(peer)) {
      std::string described = DescribeUnixPeer(fd.get());
      on_client_(std::move(fd), std::move(described), IpOf(asio::ip::address_v6::loopback()));
      continue;
    }
    peer.resize(size);
    const TcpAddress tcp = ToTcp(peer);
    on_client_(std::move(fd), Show(tcp), IpOf(tcp.address()));
  }
  Wait();
}

void Acceptor::OnFailure(int error_number) {
  if (!std::exchange(complained_, true)) {
    spdlog::error("cannot accept on {}: {}; existing sessions go on", shown_,
                  SystemReason(error_number));
  }
  if (IsOutOfDescriptors(error_number)) {
    for (int i = 0; i < kAcceptsPerTurn && RefuseOne(); ++i) {
    }
  }
  // The listening socket stays readable: without a pause this loop would burn a core.
  pause_.expires_after(kPause);
  pause_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) Wait();
  });
}

bool Acceptor::RefuseOne() {
  reserve_.Reset();
  UniqueFd fd(
      ::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  const bool found = fd.valid();
  if (found) {
    std::vector<std::byte> error;
    protocol::MessageWriter(error, protocol::BackendType::kErrorResponse)
        .Byte1('S')
        .String("FATAL")
        .Byte1('V')
        .String("FATAL")
        .Byte1('C')
        .String("53300")
        .Byte1('M')
        .String("pgmoat is out of file descriptors")
        .Byte1(0);
    [[maybe_unused]] const ssize_t sent =
        ::send(fd.get(), error.data(), error.size(), MSG_NOSIGNAL);
    ::shutdown(fd.get(), SHUT_WR);
    // Its startup packet is here already or never looked at: unread, it would make the
    // close a reset, which may overtake the error.
    std::array<std::byte, 16384> ignored;
    [[maybe_unused]] const ssize_t dropped =
        ::recv(fd.get(), ignored.data(), ignored.size(), MSG_DONTWAIT);
  }
  fd.Reset();
  reserve_ = OpenReserve();
  return found;
}

}  // namespace pgmoat::net
