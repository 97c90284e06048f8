#include "proxy/audit/reading/time_bound.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <stdexcept>

namespace pgmoat::audit {
namespace {

using std::chrono::nanoseconds;
using Time = std::chrono::sys_time<nanoseconds>;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<nanoseconds> Unit(std::string_view name) {
  struct Named {
    std::string_view name;
    nanoseconds length;
  };
  using std::chrono::hours;
  static constexpr auto kUnits = std::to_array<Named>({
      {"ms", std::chrono::milliseconds(1)},
      {"s", std::chrono::seconds(1)},
      {"m", std::chrono::minutes(1)},
      {"min", std::chrono::minutes(1)},
      {"h", hours(1)},
      {"d", hours(24)},
      {"w", hours(24 * 7)},
  });
  for (const Named& unit : kUnits) {
    if (unit.name == name) return unit.length;
  }
  return {};
}

// "1h30m".  Nothing: it is not that.
std::optional<nanoseconds> ReadDuration(std::string_view text) {
  nanoseconds sum{0};
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0 || number > 1'000'000) return {};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::size_t letters = 0;
    while (letters < text.size() && !IsDigit(text[letters])) ++letters;
    const auto unit = Unit(text.substr(0, letters));
    // A century is more than any trail, and far from where nanoseconds overflow.
    if (!unit || number > std::chrono::hours(24 * 36'500) / *unit) return {};
    sum += number * *unit;
    if (sum > std::chrono::hours(24 * 36'500)) return {};
    text.remove_prefix(letters);
  }
  return sum;
}

// `digits` digits at the front, then whatever the next field needs.
bool Take(std::string_view& text, std::size_t digits, int& value) {
  if (text.size() < digits) return false;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!IsDigit(text[i])) return false;
  }
  std::from_chars(text.data(), text.data() + digits, value);
  text.remove_prefix(digits);
  return true;
}

bool Take(std::string_view& text, char expected) {
  if (text.empty() || text[0] != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<nanoseconds> ReadTimeOfDay(std::string_view& text) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t fraction = 0;
  if (!Take(text, 2, hour) || !Take(text, ':') || !Take(text, 2, minute)) return {};
  if (Take(text, ':') && !Take(text, 2, second)) return {};
  if (Take(text, '.')) {
    std::int64_t scale = 100'000'000;
    if (text.empty() || !IsDigit(text[0])) return {};
    for (; !text.empty() && IsDigit(text[0]); text.remove_prefix(1), scale /= 10) {
      fraction += (text[0] - '0') * scale;
    }
  }
  if (hour > 23 || minute > 59 || second > 60) return {};
  return std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + nanoseconds(fraction);
}

std::optional<Time> ReadTime(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!Take(text, 4, year) || !Take(text, '-') || !Take(text, 2, month) || !Take(text, '-') ||
      !Take(text, 2, day)) {
    return {};
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || year < 1970 || year > 2200) return {};
  nanoseconds of_day{0};
  if (Take(text, 'T') || Take(text, ' ')) {
    const auto read = ReadTimeOfDay(text);
    if (!read) return {};
    of_day = *read;
  }
  Take(text, 'Z');
  if (!text.empty()) return {};
  return Time(std::chrono::sys_days(date)) + of_day;
}

std::string Text(Time time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss<nanoseconds> of_day(time - days);
  char text[48];
  const int size = std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%09d", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(of_day.hours().count()), static_cast<int>(of_day.minutes().count()),
      static_cast<int>(of_day.seconds().count()),
      static_cast<int>(of_day.subseconds().count()));
  std::string result(text, static_cast<std::size_t>(size));
  result.erase(result.find_last_not_of('0') + 1);
  if (result.ends_with('.')) result.pop_back();
  return result;
}

}  // namespace

std::string TimeBound(std::string_view text, std::chrono::system_clock::time_point now) {
  if (const auto time = ReadTime(text)) return Text(*time);
  if (const auto ago = ReadDuration(text); ago && !text.empty()) {
    return Text(std::chrono::time_point_cast<nanoseconds>(now) - *ago);
  }
  throw std::invalid_argument("'" + std::string(text) +
                              "' is no time; write 10m, 2h or 1d for that long ago, or a time "
                              "in UTC: 2026-11-27T19:00Z");
}

}  // namespace pgmoat::audit
