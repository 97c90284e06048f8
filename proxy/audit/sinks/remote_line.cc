#include "proxy/audit/sinks/remote_line.h"

#include <charconv>
#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace pgmoat::audit {
namespace {

using Json = nlohmann::json;

// Stops the parser (a callback that returns false) as soon as it knows.
class FieldFinder final : public nlohmann::json_sax<Json> {
 public:
  explicit FieldFinder(std::string_view wanted) : wanted_(wanted) {}

  std::optional<std::string> found;

  bool null() override { return Other(); }
  bool boolean(bool /*value*/) override { return Other(); }
  bool number_integer(number_integer_t /*value*/) override { return Other(); }
  bool number_unsigned(number_unsigned_t /*value*/) override { return Other(); }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    return Other();
  }
  bool binary(binary_t& /*value*/) override { return Other(); }
  bool string(string_t& value) override {
    if (!next_is_wanted_) return true;
    found = std::move(value);
    return false;
  }
  bool start_object(std::size_t /*members*/) override {
    ++depth_;
    return Other();
  }
  bool key(string_t& name) override {
    next_is_wanted_ = depth_ == 1 && name == wanted_;
    return true;
  }
  bool end_object() override { return --depth_ >= 0; }
  bool start_array(std::size_t /*elements*/) override {
    ++depth_;
    return Other();
  }
  bool end_array() override { return --depth_ >= 0; }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*problem*/) override {
    return false;
  }

 private:
  // A value that is no string: the wanted member has none, then.
  bool Other() { return !next_is_wanted_; }

  const std::string_view wanted_;
  int depth_ = 0;
  bool next_is_wanted_ = false;
};

// Digits only: from_chars alone would take a sign.
bool ReadDigits(std::string_view text, std::size_t at, std::size_t count, int& value) {
  if (at + count > text.size()) return false;
  const std::string_view digits = text.substr(at, count);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return false;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return true;
}

// ".123456789" and shorter; nothing at all is 0.
std::optional<int> FractionNanoseconds(std::string_view fraction) {
  if (fraction.empty()) return 0;
  int value = 0;
  const std::size_t digits = fraction.size() - 1;
  if (fraction[0] != '.' || digits == 0 || digits > 9) return std::nullopt;
  if (!ReadDigits(fraction, 1, digits, value)) return std::nullopt;
  for (std::size_t i = digits; i < 9; ++i) value *= 10;
  return value;
}

}  // namespace

std::vector<std::string_view> SplitLines(std::string_view lines) {
  std::vector<std::string_view> split;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    split.push_back(lines.substr(0, end));
    if (end == std::string_view::npos) break;
    lines.remove_prefix(end + 1);
  }
  return split;
}

std::optional<std::string> StringField(std::string_view line, std::string_view key) {
  FieldFinder finder(key);
  Json::sax_parse(line, &finder);
  return std::move(finder.found);
}

std::optional<std::int64_t> UnixNanoseconds(std::string_view time) {
  constexpr std::size_t kSeconds = std::string_view("2026-11-27T19:45:00").size();
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool read = ReadDigits(time, 0, 4, year) && ReadDigits(time, 5, 2, month) &&
                    ReadDigits(time, 8, 2, day) && ReadDigits(time, 11, 2, hour) &&
                    ReadDigits(time, 14, 2, minute) && ReadDigits(time, 17, 2, second);
  if (!read || !time.ends_with('Z') || time[4] != '-' || time[7] != '-' || time[10] != 'T' ||
      time[13] != ':' || time[16] != ':') {
    return std::nullopt;
  }
  const auto fraction = FractionNanoseconds(time.substr(kSeconds, time.size() - kSeconds - 1));
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  // Nanoseconds in 64 bits reach from 1678 to 2261.
  if (!fraction || !date.ok() || year < 1970 || year > 2261 || hour > 23 || minute > 59 ||
      second > 60) {
    return std::nullopt;
  }
  const std::chrono::nanoseconds since =
      std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(hour) +
      std::chrono::minutes(minute) + std::chrono::seconds(second) +
      std::chrono::nanoseconds(*fraction);
  return since.count();
}

}  // namespace pgmoat::audit
