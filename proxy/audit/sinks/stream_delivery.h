// Delivers over a byte stream whose receiver answers nothing: plain TCP, TLS, a Unix
// socket.  Knows connections and bytes; knows neither syslog nor JSON.
//
// Delivered: the peer's kernel has acknowledged all bytes.
// Not enough: a peer that is killed takes with it what its kernel had and it had not read.
//   So what was sent in the last kDoubtFor, at most kDoubtBytes, is kept, and after a
//   break is sent again ahead of everything else: the receiver may see lines twice.
//
// Threads: one.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>

#include "proxy/audit/sinks/connection.h"

namespace pgmoat::audit {

class StreamDelivery {
 public:
  static constexpr std::chrono::seconds kDoubtFor{10};
  static constexpr std::size_t kDoubtBytes = std::size_t{1} << 20;

  // Connects when it is used.
  explicit StreamDelivery(Endpoint endpoint);

  // Whole frames.  Returns why they are not delivered, or nothing; after an error the
  // connection is given up and all of `frames` is to be offered again.
  [[nodiscard]] std::string Deliver(std::string frames);

  // When there is nothing to deliver: a peer that has gone is connected to again, and gets
  // what it may have lost.
  [[nodiscard]] std::string Idle();

  // errno of the latest attempt to connect.
  [[nodiscard]] int connect_error() const { return connect_error_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Sent {
    Clock::time_point when;
    std::string frames;
  };

  std::string EnsureConnected();
  std::string Hand(const std::string& frames);
  void Keep(std::string frames);
  void ForgetOld();

  const Endpoint endpoint_;
  std::unique_ptr<Connection> connection_;
  std::deque<Sent> in_doubt_;  // oldest first
  std::size_t in_doubt_bytes_ = 0;
  int connect_error_ = 0;
};

}  // namespace pgmoat::audit
