// The event loop of one worker: sockets, timers, and work from other threads.
//
//   epoll_wait ──> notes the news of each socket (Readiness)
//        then:     Post()ed functions, timers that are due,
//                  whoever waits for a socket that has news, new or old
//
// Why not Asio's, which the rest of the program uses: it tells the kernel anew of each wait
// (epoll_ctl), or begins each read with one that finds nothing: two more system calls per round
// trip, and 10 to 20 % more CPU in a bare relay (bench/README.md, "Event loops").
// Here a socket is registered once, edge-triggered: the kernel tells each arrival, and
// Readiness keeps what it said until a read or a write has found the end of it.
//
// A handler is never called from inside the call that begins a wait, and what it holds is never
// let go of in the middle of another call: Close() and Cancel() leave that to the end of the
// turn, as may others (AtEndOfTurn).
//
// Threads: Post and Stop may be called on any; everything else on the loop's.
// Errors:  constructors throw std::system_error; a handler must not throw.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <boost/function.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "proxy/net/unique_fd.h"

namespace pgmoat::net {

class EventLoop;

// What the kernel has said of one descriptor, and who waits for it.
class Readiness : public boost::intrusive::list_base_hook<> {
 public:
  // Keeps a function object of two pointers and a number without allocating.
  using Handler = boost::function<void()>;

  Readiness(EventLoop& loop, int fd);
  ~Readiness() { Close(); }
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  // Once each; also where there has been news that nobody waited for.
  void WaitReadable(Handler handler);
  void WaitWritable(Handler handler);

  // A read or a write found the end: what comes now is news.
  void Exhausted() { readable_ = false; }
  void Full() { writable_ = false; }
  // There is something to read that the kernel does not know of.
  void ExpectNews() { readable_ = true; }
  // A read that did not fill its buffer has not emptied the socket for sure: the peer has ended
  // its direction, or has sent urgent data, where a read stops (tcp(7)).
  [[nodiscard]] bool doubtful() const { return doubtful_; }

  // Before the descriptor is closed.  Who waits is forgotten.
  void Close();

 private:
  friend class EventLoop;
  enum class What : std::uint8_t { kReadable, kWritable };

  void Note(std::uint32_t events);
  void Fire(What what);  // may destroy *this
  void Rouse();

  EventLoop* loop_;  // null: closed
  Handler on_readable_;
  Handler on_writable_;
  bool readable_ = false;
  bool writable_ = false;
  bool doubtful_ = false;
  bool roused_ = false;  // is in the loop's list
};

// Calls once, unless it is cancelled or destroyed before.  In milliseconds.
class Timer {
 public:
  explicit Timer(EventLoop& loop) : loop_(loop) {}
  ~Timer() { Cancel(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Instead of what it was to call before.
  void Start(std::chrono::milliseconds after, std::function<void()> then);
  void Cancel();

 private:
  friend class EventLoop;
  using Queue = std::multimap<std::chrono::steady_clock::time_point, Timer*>;

  EventLoop& loop_;
  std::function<void()> then_;
  Queue::iterator place_{};  // while then_
};

class EventLoop {
 public:
  EventLoop();
  // Forgets who waits, uncalled.
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Until Stop().
  void Run();
  // Waits for something to do and does it.
  void RunOnce();
  void Stop();

  // In a later turn.
  void Post(std::function<void()> f);
  // Keeps `f` and calls it when nothing else of the loop's is running.
  void AtEndOfTurn(std::function<void()> f) { at_end_of_turn_.push_back(std::move(f)); }
  // Calls `work` on another thread, one at a time, and what it returns here.  For what may
  // take long and holds nothing of this thread's.
  void RunElsewhere(std::function<std::function<void()>()> work);

 private:
  friend class Readiness;
  friend class Timer;
  void Add(Readiness& readiness, int fd);
  void Remove(Readiness& readiness);
  [[nodiscard]] int TimeoutMs() const;
  void RunPosted();
  void RunTimers();
  void RunRoused();
  void EndTurn();

  UniqueFd epoll_;
  UniqueFd wake_;
  bool stopped_ = false;
  boost::intrusive::list<Readiness, boost::intrusive::constant_time_size<false>> all_;
  // Have news to tell.  Null, where the Readiness is no more.
  std::vector<Readiness*> roused_;
  std::vector<Readiness*> rousing_;  // in this turn
  std::vector<std::function<void()>> at_end_of_turn_;
  Timer::Queue timers_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;  // mutex_
  std::unique_ptr<boost::asio::thread_pool> elsewhere_;
};

}  // namespace pgmoat::net
