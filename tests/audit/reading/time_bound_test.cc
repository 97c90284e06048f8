#include "proxy/audit/reading/time_bound.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pgmoat::audit {
namespace {

// 2026-11-27T19:45:00Z
const std::chrono::system_clock::time_point kNow{
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 27) + std::chrono::hours(19) +
    std::chrono::minutes(45)};

std::string Bound(std::string_view text) { return TimeBound(text, kNow); }

TEST(TimeBound, ADurationIsAgo) {
  EXPECT_EQ(Bound("10m"), "2026-11-27T19:35:00");
  EXPECT_EQ(Bound("10min"), "2026-11-27T19:35:00");
  EXPECT_EQ(Bound("1h30m"), "2026-11-27T18:15:00");
  EXPECT_EQ(Bound("90s"), "2026-11-27T19:43:30");
  EXPECT_EQ(Bound("500ms"), "2026-11-27T19:44:59.5");
  EXPECT_EQ(Bound("30d"), "2026-10-28T19:45:00");
  EXPECT_EQ(Bound("2w"), "2026-11-13T19:45:00");
}

TEST(TimeBound, ATimeIsUtc) {
  EXPECT_EQ(Bound("2026-11-27"), "2026-11-27T00:00:00");
  EXPECT_EQ(Bound("2026-11-27T19:00"), "2026-11-27T19:00:00");
  EXPECT_EQ(Bound("2026-11-27T19:00Z"), "2026-11-27T19:00:00");
  EXPECT_EQ(Bound("2026-11-27 19:00:01"), "2026-11-27T19:00:01");
  EXPECT_EQ(Bound("2026-11-27T19:00:01.120Z"), "2026-11-27T19:00:01.12");
  EXPECT_EQ(Bound("2026-11-27T19:00:01.123456789Z"), "2026-11-27T19:00:01.123456789");
}

TEST(TimeBound, AnythingElseIsAnError) {
  for (const char* text : {"",
                           "10",
                           "m",
                           "10x",
                           "-10m",
                           "10m-",
                           "1 h",
                           "99999999999w",
                           "9000000000000000000d",
                           "2026",
                           "2026-11",
                           "2026-13-01",
                           "2026-02-30",
                           "2026-11-27T",
                           "2026-11-27T19",
                           "2026-11-27T24:00",
                           "2026-11-27T19:60",
                           "2026-11-27T19:00:",
                           "2026-11-27T19:00:00.",
                           "2026-11-27T19:00+01:00",
                           "2026-11-27T19:00ZZ",
                           "1899-01-01",
                           "yesterday"}) {
    EXPECT_THROW(Bound(text), std::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace pgmoat::audit
