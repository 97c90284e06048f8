// Threads of the sinks leave signals to the main thread.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace pgmoat::audit {

// While it lives, threads that are made have every signal blocked.  SIGXFSZ and SIGPIPE,
// which are sent to the thread that writes, then leave write() to say EFBIG and EPIPE.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace pgmoat::audit
