#include "proxy/migrations/database/interrupts.h"

#include <poll.h>

#include <cstddef>

namespace pgmoat::database {
namespace {

volatile sig_atomic_t came = 0;

struct Watched {
  int number;
  const char* name;
};
constexpr Watched kWatched[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}};

void Remember(int number) { came = number; }

sigset_t WatchedSet() {
  sigset_t set;
  sigemptyset(&set);
  for (const Watched& watched : kWatched) sigaddset(&set, watched.number);
  return set;
}

}  // namespace

Interrupts::Interrupts() {
  came = 0;
  struct sigaction action {};
  action.sa_handler = Remember;
  // SA_RESETHAND: whoever asks twice does not want to wait for us.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const Watched& watched : kWatched) {
    struct sigaction current {};
    sigaction(watched.number, nullptr, &current);
    // nohup, or a shell's background job: stays ignored.
    if (current.sa_handler != SIG_IGN) sigaction(watched.number, &action, nullptr);
  }
  // Delivered in Wait only: between a look at `came` and a sleep there is no gap.
  const sigset_t blocked = WatchedSet();
  sigprocmask(SIG_BLOCK, &blocked, &before_);
}

Interrupts::~Interrupts() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (const Watched& watched : kWatched) {
    struct sigaction current {};
    sigaction(watched.number, nullptr, &current);
    if (current.sa_handler == Remember) sigaction(watched.number, &action, nullptr);
  }
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

const char* Interrupts::Came() {
  for (const Watched& watched : kWatched) {
    if (watched.number == came) return watched.name;
  }
  return nullptr;
}

bool Interrupts::Wait(int descriptor, short events, std::chrono::milliseconds time) const {
  pollfd wanted{descriptor, events, 0};
  const timespec timeout{
      static_cast<time_t>(time.count() / 1000),
      static_cast<decltype(timespec::tv_nsec)>(time.count() % 1000 * 1'000'000)};
  return ::ppoll(&wanted, 1, &timeout, &before_) > 0;
}

}  // namespace pgmoat::database
