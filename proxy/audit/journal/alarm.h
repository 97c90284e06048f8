// How the journal's thread sleeps: for a while, or until somebody writes.
//
//   thread                            worker
//   asleep = true                     writes a record
//   BarrierEverywhere()               asleep?  then Ring()
//   anything written?  else Sleep()
//
// Neither may miss the other.  Each writes first and reads then, and between the two a
// processor may go on reading before others see what it wrote.  A fence on both sides would
// forbid that, and each record would pay for it.  So the thread, which sleeps seldom, has the
// kernel put one into whatever runs: membarrier(2).  What a worker did before that fence the
// thread sees, and behind it the worker sees `asleep`.
#pragma once

#include <semaphore.h>

#include <chrono>
#include <optional>

namespace pgmoat::audit {

// POSIX's semaphore: that of the standard library may sleep for ever in GCC 12 (its PR 104928).
//
// Threads: one sleeps, any rings.
class Alarm {
 public:
  Alarm() { ::sem_init(&rung_, 0, 0); }
  ~Alarm() { ::sem_destroy(&rung_); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  // No lock, and no system call unless the thread sleeps.
  void Ring() { ::sem_post(&rung_); }
  // Until it was rung since the last return, or the time is over.
  void Sleep(std::optional<std::chrono::milliseconds> at_most);

 private:
  sem_t rung_;
};

// A full fence in every thread of the process that runs.  False: the kernel does not know how.
[[nodiscard]] bool BarrierEverywhere();

}  // namespace pgmoat::audit
