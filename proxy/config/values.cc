#include "proxy/config/values.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <optional>

namespace pgmoat::config {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// All of `text` is digits and fits; otherwise nothing.
std::optional<std::uint64_t> Digits(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || stop != end || !IsDigit(text.front())) return {};
  return number;
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// A number and one of `units`, multiplied; nothing when it is not that or too large.
template <std::size_t N>
std::optional<std::uint64_t> WithUnit(std::string_view text, const Unit (&units)[N]) {
  const auto number_end = std::find_if_not(text.begin(), text.end(), IsDigit);
  const auto number_length = static_cast<std::size_t>(number_end - text.begin());
  const auto number = Digits(text.substr(0, number_length));
  std::string_view unit_name = text.substr(number_length);
  while (unit_name.starts_with(' ')) unit_name.remove_prefix(1);
  for (const Unit& unit : units) {
    if (unit.name != unit_name) continue;
    if (!number || *number > std::numeric_limits<std::int64_t>::max() / unit.factor) return {};
    return *number * unit.factor;
  }
  return {};
}

// Optimal string alignment: one for an insertion, a deletion, a substitution, or two
// neighbours swapped.
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  std::iota(d[0].begin(), d[0].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1,
                          d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::uint64_t ParseNumber(std::string_view text) {
  const auto number = Digits(text);
  if (!number) throw ValueError(Quoted(text) + " is not a whole number; write digits only");
  return *number;
}

std::size_t ParseSize(std::string_view text) {
  static constexpr Unit kUnits[] = {{"", 1},
                                    {"B", 1},
                                    {"KiB", std::uint64_t{1} << 10},
                                    {"MiB", std::uint64_t{1} << 20},
                                    {"GiB", std::uint64_t{1} << 30}};
  const auto bytes = WithUnit(text, kUnits);
  if (!bytes) throw ValueError(Quoted(text) + " is not a size; write it as 64KiB or 16MiB");
  return *bytes;
}

std::chrono::milliseconds ParseDuration(std::string_view text) {
  static constexpr Unit kUnits[] = {
      {"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  const auto milliseconds = WithUnit(text, kUnits);
  // A century: beyond it timers overflow and nobody means it.
  if (!milliseconds || *milliseconds > 36'500ULL * 86'400'000) {
    throw ValueError(Quoted(text) +
                     " is not a duration; write it as 500ms, 30s, 5min, 1h or 90d");
  }
  return std::chrono::milliseconds(*milliseconds);
}

std::string_view Nearest(std::string_view wrong, const std::vector<std::string_view>& names) {
  // A key of a thousand letters is near to nothing, and the table would be large.
  if (wrong.size() > 64) return "";
  std::string_view nearest;
  std::size_t least = 0;
  for (const std::string_view name : names) {
    const std::size_t distance = EditDistance(wrong, name);
    const std::size_t tolerated = std::max<std::size_t>(1, name.size() / 3);
    if (distance <= tolerated && (nearest.empty() || distance < least)) {
      nearest = name;
      least = distance;
    }
  }
  return nearest;
}

std::string Joined(const std::vector<std::string_view>& names) {
  std::string joined;
  for (const std::string_view name : names) {
    if (!joined.empty()) joined += ", ";
    joined += name;
  }
  return joined;
}

std::string Suggestion(std::string_view wrong, const std::vector<std::string_view>& names) {
  const std::string_view nearest = Nearest(wrong, names);
  if (!nearest.empty()) return "did you mean " + Quoted(nearest) + "?";
  return "choose one of " + Joined(names);
}

}  // namespace pgmoat::config
