// SIGINT, SIGTERM and SIGHUP as something to look at between two steps, so that a
// transaction that is open can be rolled back in an orderly way.
//
// Threads: the main one, before others are made.
#pragma once

#include <signal.h>

#include <chrono>

namespace pgmoat::database {

// While it lives, these signals do not end the program; the second one does.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  // The name of the one that came, "SIGINT"; null: none.
  [[nodiscard]] static const char* Came();

  // Until `descriptor` is ready for `events` (of poll), a signal comes that has not come
  // before, or the time is over.  True: ready.
  [[nodiscard]] bool Wait(int descriptor, short events, std::chrono::milliseconds time) const;

 private:
  sigset_t before_{};
};

}  // namespace pgmoat::database
