// Reads and judges long statements off the event loops (design 3.1), so that one client's
// 10 MB statement does not stall the others of its worker.  What it made is freed here, too:
// a text of a million names takes its time.
//
// Threads: its own, fixed for its lifetime: libpg_query keeps thread-local state.
//   Judge() may be called on any thread.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>

#include "proxy/session/judged_text.h"
#include "proxy/session/output.h"

namespace pgmoat::net {

class JudgePool {
 public:
  // Called on a thread of the pool.
  using Done = std::function<void(session::JudgedTextPtr text)>;

  explicit JudgePool(std::size_t threads)
      : pool_(std::make_shared<boost::asio::thread_pool>(threads)) {}
  // Drops what has not begun and waits for the rest.  Texts that are freed later are freed
  // by who holds them.
  ~JudgePool();

  void Judge(session::JudgeWork work, Done done);

 private:
  std::shared_ptr<boost::asio::thread_pool> pool_;  // shared with the texts that it made
};

}  // namespace pgmoat::net
