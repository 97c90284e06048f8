// Reads long statements off the event loops (design 3.1), so that one client's 10 MB
// statement does not stall the others of its worker.
//
// Threads: its own, fixed for its lifetime: libpg_query keeps thread-local state.
//   Judge() may be called on any thread.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <string>

#include "policy/facts.h"

namespace pgmoat::net {

class JudgePool {
 public:
  // Called on a thread of the pool.
  using Done = std::function<void(policy::TextFacts facts)>;

  explicit JudgePool(std::size_t threads) : pool_(threads) {}
  // Drops what has not begun and waits for the rest.
  ~JudgePool();

  void Judge(std::shared_ptr<const std::string> text, Done done);

 private:
  boost::asio::thread_pool pool_;
};

}  // namespace pgmoat::net
