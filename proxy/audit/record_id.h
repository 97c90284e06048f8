// Ids of audit records (session::RecordId, a ULID):
//
//   bits  127 ........ 80 | 79 ............ 64 | 63 ......... 0
//         milliseconds    | 1/65536 of a       | random
//         since 1970      | millisecond        |
//
// Any ULID library reads the time off the first ten characters.
#pragma once

#include <chrono>
#include <cstdint>

#include "proxy/session/audit_trail.h"

namespace pgmoat::audit {

// Makes ids that grow from call to call, also when the system's clock is set back.  The 64
// random bits come from OpenSSL: an id seen in one error does not help to guess another, and
// no two sources, of whatever replica, make the same.
//
// Threads: one.
// Errors:  throws std::runtime_error when the system has no randomness to give.
class IdSource {
 public:
  session::RecordId Next(std::chrono::system_clock::time_point now);

 private:
  std::uint64_t last_tick_ = 0;
};

}  // namespace pgmoat::audit
