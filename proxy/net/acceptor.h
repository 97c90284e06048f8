// One listening socket: TCP, or a Unix-domain socket with its file.
//
// Out of descriptors (EMFILE): existing sessions go on; a descriptor held in reserve
// takes the waiting client, tells it 53300 and closes, then the acceptor pauses.
//
// Threads: the thread of its io_context.
// Errors:  the constructor throws std::runtime_error: "cannot listen on
//   127.0.0.1:6432: address already in use; is another pgmoat running?"
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "policy/rules.h"
#include "proxy/net/unique_fd.h"
#include "proxy/net/unix_socket.h"

namespace pgmoat::net {

namespace asio = boost::asio;

class Acceptor {
 public:
  // `address`: the peer's, "127.0.0.1:53212", "[::1]:53212" or "[local] uid 1000 pid 4711".
  // `ip`: behind a Unix-domain socket ::1, since the client is on this machine.
  using OnClient =
      std::function<void(UniqueFd fd, std::string address, const policy::IpAddress& ip)>;

  // Binds and listens; `shown` is the address as the config has it, `permissions` those of
  // a Unix-domain socket's file.
  Acceptor(asio::io_context& io, const SocketAddress& address, const std::string& shown,
           unsigned permissions, OnClient on_client);

  void Start();
  // Takes the socket's file away, too.
  void Close();
  // Of a Unix-domain socket 0.
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void Wait();
  void AcceptAll();
  void OnFailure(int error_number);
  // False when nobody waits.
  bool RefuseOne();

  asio::steady_timer pause_;
  asio::posix::stream_descriptor socket_;
  std::string shown_;
  OnClient on_client_;
  std::uint16_t port_ = 0;
  UnixSocketFile file_;
  UniqueFd reserve_;
  bool complained_ = false;  // about being out of descriptors; once per shortage
};

}  // namespace pgmoat::net
