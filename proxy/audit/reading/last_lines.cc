#include "proxy/audit/reading/last_lines.h"

#include <iterator>

#include "proxy/audit/reading/line_reader.h"

namespace pgmoat::audit {
namespace {

constexpr std::uint64_t kFirstBytes = std::uint64_t{1} << 20;

class LastPicked {
 public:
  LastPicked(Filter& filter, std::size_t count) : filter_(filter), count_(count) {}

  void Offer(std::string_view line) {
    if (!filter_.Pick(line)) return;
    if (lines_.size() == count_) lines_.pop_front();
    lines_.emplace_back(line);
  }
  std::deque<std::string>& lines() { return lines_; }

 private:
  Filter& filter_;
  std::size_t count_;
  std::deque<std::string> lines_;
};

}  // namespace

std::deque<std::string> LastLines(Followed* followed,
                                  const std::vector<std::filesystem::path>& older,
                                  Filter& filter, std::size_t count) {
  if (count == 0 && followed != nullptr) {
    // Nothing of what is there; a line that is being written is new.
    followed->Rewind(0);
    return {};
  }
  std::deque<std::string> lines;
  // Eight times as much each time: reading again costs a seventh of what is read last.
  for (std::uint64_t bytes = kFirstBytes; followed != nullptr; bytes *= 8) {
    const bool all = followed->Rewind(count == kAllLines ? UINT64_MAX : bytes);
    LastPicked picked(filter, count);
    followed->Poll([&](std::string_view line) { picked.Offer(line); });
    lines = std::move(picked.lines());
    if (all || lines.size() == count) break;
  }
  for (auto file = older.rbegin(); file != older.rend() && lines.size() < count; ++file) {
    LastPicked picked(filter, count - lines.size());
    LineReader reader(*file);
    std::string_view line;
    while (reader.Next(line)) picked.Offer(line);
    lines.insert(lines.begin(), std::make_move_iterator(picked.lines().begin()),
                 std::make_move_iterator(picked.lines().end()));
  }
  return lines;
}

}  // namespace pgmoat::audit
