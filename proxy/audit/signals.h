// Threads of the audit trail leave signals to the main thread.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace pgmoat::audit {

// While it lives, threads that are made have every signal blocked.  SIGXFSZ and SIGPIPE,
// which are sent to the thread that writes, then leave write() to say EFBIG and EPIPE.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace pgmoat::audit
