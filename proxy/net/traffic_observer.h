// What the sockets count.  The registry behind it lives in proxy/admin/.
#pragma once

#include <chrono>
#include <cstddef>

namespace pgmoat::net {

enum class Direction { kClientToServer, kServerToClient };

// Threads: called on worker threads, at the same time; lock-free.
class TrafficObserver {
 public:
  virtual ~TrafficObserver() = default;
  virtual void Connected() = 0;  // a client was accepted
  virtual void Disconnected() = 0;
  virtual void Forwarded(Direction direction, std::size_t bytes) = 0;
  // From the moment bytes were read off one socket to the moment they were handed to
  // the other: what the proxy adds.
  virtual void AddedLatency(std::chrono::nanoseconds latency) = 0;
};

}  // namespace pgmoat::net
