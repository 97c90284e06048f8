#include "proxy/audit/sinks/sink_lag.h"

#include <algorithm>
#include <exception>

#include "proxy/audit/sinks/sink.h"

namespace pgmoat::audit {
namespace {

constexpr std::size_t kMostLooks = 512;

}  // namespace

// By memchr, which is many times quicker than std::count where lines are long.
std::uint64_t CountLines(std::string_view lines) {
  std::uint64_t count = 0;
  std::size_t at = 0;
  while ((at = lines.find('\n', at)) != std::string_view::npos) {
    ++count;
    ++at;
  }
  return count;
}

void TimeBehind::See(std::uint64_t end, Clock::time_point now) {
  if (!looks_.empty() && looks_.back().end >= end) return;
  looks_.push_back({end, now});
  if (looks_.size() > kMostLooks) Thin();
}

void TimeBehind::Delivered(std::uint64_t position) {
  while (!looks_.empty() && looks_.front().end <= position) looks_.pop_front();
}

std::chrono::milliseconds TimeBehind::At(Clock::time_point now) const {
  using std::chrono::milliseconds;
  if (looks_.empty()) return milliseconds{0};
  return std::max(milliseconds{1},
                  std::chrono::duration_cast<milliseconds>(now - looks_.front().when));
}

// Of each two, one: with the end of the later and the time of the earlier.
void TimeBehind::Thin() {
  std::deque<Look> fewer;
  for (std::size_t i = 0; i + 1 < looks_.size(); i += 2) {
    fewer.push_back({looks_[i + 1].end, looks_[i].when});
  }
  if (looks_.size() % 2 == 1) fewer.push_back(looks_.back());
  looks_.swap(fewer);
}

std::uint64_t LinesBehind::Count(const Spool& spool, std::uint64_t position,
                                 std::uint64_t delivered) {
  const std::lock_guard one_counts(mutex_);
  if (counted_to_ < position) {
    counted_to_ = position;
    counted_lines_ = delivered;
  }
  const std::uint64_t end = spool.end();
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
  try {
    while (counted_to_ + bytes < end && bytes < kMostBytes) {
      const Spool::Piece piece = spool.Read(counted_to_ + bytes, kBatchBytes);
      if (piece.lines.empty()) break;
      lines += CountLines(piece.lines);
      bytes += piece.lines.size();
    }
  } catch (const std::exception&) {
    // Who delivers reports it; what is counted is counted.
  }
  counted_to_ += bytes;
  counted_lines_ += lines;
  std::uint64_t behind = counted_lines_ - std::min(counted_lines_, delivered);
  if (counted_to_ < end && bytes > 0) behind += (end - counted_to_) * lines / bytes;
  return behind;
}

}  // namespace pgmoat::audit
