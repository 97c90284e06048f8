// Carries one CancelRequest: a client's to every upstream it may be meant for, one of our
// own to the server of a session.
//
// Server keys reach the clients unchanged (design 3.6), so the proxy need not know
// whose query it is: the server that made the key acts on it, others ignore it.
//
// A server closes the connection after it has signalled the backend; only then does
// the client's connection close, so that a client that waits for that (libpq does)
// knows that its cancel was delivered.
//
// Lifetime: keeps itself alive until `done` was called.
// Threads:  the thread of its event loop.
// Errors:   none are reported: the protocol has no answer to a CancelRequest.  `done` is
//   told whether every upstream took it, which its closing the connection shows.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "proxy/net/connector.h"
#include "proxy/net/settings.h"

namespace pgmoat::net {

class CancelForwarder : public std::enable_shared_from_this<CancelForwarder> {
 public:
  CancelForwarder(EventLoop& loop, std::vector<std::byte> request,
                  std::function<void(bool delivered)> done);

  // `timeout` bounds the whole.
  void Start(const std::vector<std::shared_ptr<const UpstreamSettings>>& upstreams,
             std::chrono::milliseconds timeout);
  // Likewise, to one upstream at a known address.
  void StartAt(std::shared_ptr<const UpstreamSettings> upstream, const SocketAddress& address,
               std::chrono::milliseconds timeout);

 private:
  void Connect(std::shared_ptr<const UpstreamSettings> upstream, const SocketAddress* address,
               std::chrono::milliseconds timeout);
  void StartTimer(std::chrono::milliseconds timeout);
  void Deliver(const std::shared_ptr<Stream>& stream);
  void AwaitEnd(const std::shared_ptr<Stream>& stream);
  void GiveUp(Stream& stream);
  void OneEnded(bool delivered);

  EventLoop& loop_;
  std::vector<std::byte> request_;
  std::function<void(bool)> done_;
  Timer timer_;
  std::vector<std::shared_ptr<Stream>> streams_;
  std::size_t pending_ = 0;
  bool delivered_ = true;
};

}  // namespace pgmoat::net
