#include "proxy/audit/journal/alarm.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace pgmoat::audit {

void Alarm::Sleep(std::optional<std::chrono::milliseconds> at_most) {
  if (!at_most) {
    while (::sem_wait(&rung_) != 0 && errno == EINTR) continue;
  } else {
    timespec until{};
    ::clock_gettime(CLOCK_MONOTONIC, &until);
    const auto ns = std::chrono::nanoseconds(*at_most).count() + until.tv_nsec;
    until.tv_sec += ns / 1'000'000'000;
    until.tv_nsec = ns % 1'000'000'000;
    while (::sem_clockwait(&rung_, CLOCK_MONOTONIC, &until) != 0 && errno == EINTR) continue;
  }
  // Who rang several times is served by one return.
  while (::sem_trywait(&rung_) == 0) continue;
}

bool BarrierEverywhere() {
  // Asked for once by the process; in one with threads that takes some milliseconds.
  static const bool known =
      ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return known && ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
}

}  // namespace pgmoat::audit
