// One listening socket.
//
// Out of descriptors (EMFILE): existing sessions go on; a descriptor held in reserve
// takes the waiting client, tells it 53300 and closes, then the acceptor pauses.
//
// Threads: the thread of its io_context.
// Errors:  the constructor throws std::runtime_error: "cannot listen on
//   127.0.0.1:6432: address already in use; is another pgmoat running?"
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "policy/rules.h"
#include "proxy/net/stream.h"
#include "proxy/net/unique_fd.h"

namespace pgmoat::net {

class Acceptor {
 public:
  // `address`: the peer's, "127.0.0.1:53212" or "[::1]:53212".
  using OnClient =
      std::function<void(UniqueFd fd, std::string address, const policy::IpAddress& ip)>;

  // Binds and listens; `shown` is the address as the config has it.
  Acceptor(asio::io_context& io, const asio::ip::tcp::endpoint& endpoint,
           const std::string& shown, OnClient on_client);

  void Start();
  void Close();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void Wait();
  void AcceptAll();
  void OnFailure(int error_number);
  void RefuseOne();

  asio::steady_timer pause_;
  asio::posix::stream_descriptor socket_;
  std::string shown_;
  OnClient on_client_;
  std::uint16_t port_ = 0;
  UniqueFd reserve_;
  bool complained_ = false;  // about being out of descriptors; once per shortage
};

}  // namespace pgmoat::net
