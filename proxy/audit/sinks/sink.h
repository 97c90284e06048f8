// One place that the trail goes to, by one way: a file, a syslog server, a Kafka topic …
// Knows how to hand lines over and when they are safe there; knows no journal, no cursor,
// no back-off (sink_runner.h).
//
// Threads:  one, its runner's; Deliver may block it for some seconds, not longer.
// Delivery: at least once.  After an error the runner offers the same lines again.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pgmoat::audit {

class Sink {
 public:
  virtual ~Sink() = default;

  struct Result {
    std::size_t bytes = 0;  // of the front of the lines that are safe, or, where the sink
                            // Settles(), that Settle will make so: whole lines
    std::string error;      // why not all; empty when all are.  Without secrets.
  };
  // `lines`: whole lines of JSON, each with its '\n'; at most kBatchBytes unless one line
  // alone is longer.  The first call for a sink that Settles() has up to kUnsettledBytes: all
  // that a process before this one may have delivered and not settled.
  [[nodiscard]] virtual Result Deliver(std::string_view lines) = 0;

  // True: what Deliver took is safe behind the next Settle only, and it is all the same to
  // the sink whether Deliver gets much or little.  A disk is synced so: seldom, and for all
  // that was written since.
  [[nodiscard]] virtual bool Settles() const { return false; }
  // Returns an error as above: all that was delivered since the Settle before is offered
  // again; or nothing.
  [[nodiscard]] virtual std::string Settle() { return {}; }

  // Called when there is nothing to deliver, about once a second: the time to rotate by
  // age, to notice a deleted file, to ping.  Returns an error as above, or nothing.
  virtual std::string Idle() { return {}; }

  // SIGHUP: opens anew what logrotate may have moved.  Returns why it could not.
  virtual std::string Reopen() { return {}; }
};

inline constexpr std::size_t kBatchBytes = std::size_t{1} << 20;
// At most so much is delivered and not settled.
inline constexpr std::size_t kUnsettledBytes = std::size_t{4} << 20;

}  // namespace pgmoat::audit
