// Ids of audit records: a ULID in its text form, 26 characters of Crockford's base 32.
//
//   bits  127 ........ 80 | 79 ............ 64 | 63 ......... 0
//         milliseconds    | 1/65536 of a       | random
//         since 1970      | millisecond        |
//
// Any ULID library reads the time off the first ten characters.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace pgmoat::audit {

// Makes ids that grow from call to call, over all threads of the process, also when the
// system's clock is set back.  The 64 random bits come from OpenSSL: an id seen in one
// error does not help to guess another.
//
// Threads: any; no lock.
// Errors:  throws std::runtime_error when the system has no randomness to give.
class IdSource {
 public:
  std::string Next() { return Next(std::chrono::system_clock::now()); }
  std::string Next(std::chrono::system_clock::time_point now);

 private:
  std::atomic<std::uint64_t> last_tick_{0};
};

}  // namespace pgmoat::audit
