// How far a sink is behind the spool, in time and in lines.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string_view>

#include "proxy/audit/spool.h"

namespace pgmoat::audit {

[[nodiscard]] std::uint64_t CountLines(std::string_view lines);

// When the stream's end was seen where.  A position that is behind an end has been behind
// since the first look that saw one beyond it.
//
// Threads: one at a time.   Memory: some hundred looks; older ones become coarser.
class TimeBehind {
 public:
  using Clock = std::chrono::steady_clock;

  void See(std::uint64_t end, Clock::time_point now);
  void Delivered(std::uint64_t position);
  // Zero: nothing that was seen is not delivered.  At least 1 ms otherwise.
  [[nodiscard]] std::chrono::milliseconds At(Clock::time_point now) const;

 private:
  struct Look {
    std::uint64_t end;
    Clock::time_point when;
  };
  void Thin();

  std::deque<Look> looks_;
};

// Counts the lines of the spool that are not delivered: only when it is asked, and only
// those that it has not counted before.
//
// Threads: any.
class LinesBehind {
 public:
  // `position` and `delivered`, the lines before it, are of the same moment.  Exact unless
  // more than kMostBytes are new since the last call; then the rest is estimated.
  std::uint64_t Count(const Spool& spool, std::uint64_t position, std::uint64_t delivered);

 private:
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20;

  std::mutex mutex_;
  std::uint64_t counted_to_ = 0;     // a position
  std::uint64_t counted_lines_ = 0;  // before it, by the measure of `delivered`
};

}  // namespace pgmoat::audit
