#include "policy/rules.h"

#include <gtest/gtest.h>

namespace pgmoat::policy {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;

constexpr IpAddress Ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d};
}

TEST(Network, ContainsWhatSharesItsPrefix) {
  const Network net{Ipv4(10, 1, 128, 0), 96 + 17};
  EXPECT_TRUE(net.Contains(Ipv4(10, 1, 128, 1)));
  EXPECT_TRUE(net.Contains(Ipv4(10, 1, 255, 255)));
  EXPECT_FALSE(net.Contains(Ipv4(10, 1, 127, 255)));
  EXPECT_FALSE(net.Contains(Ipv4(10, 2, 128, 1)));
}

TEST(Network, WholeBytesAndSingleAddresses) {
  EXPECT_TRUE((Network{Ipv4(10, 0, 0, 0), 104}.Contains(Ipv4(10, 200, 1, 2))));
  EXPECT_FALSE((Network{Ipv4(10, 0, 0, 0), 104}.Contains(Ipv4(11, 0, 0, 0))));
  EXPECT_TRUE((Network{Ipv4(10, 0, 0, 7), 128}.Contains(Ipv4(10, 0, 0, 7))));
  EXPECT_FALSE((Network{Ipv4(10, 0, 0, 7), 128}.Contains(Ipv4(10, 0, 0, 6))));
  EXPECT_TRUE((Network{{}, 0}.Contains(Ipv4(1, 2, 3, 4))));
}

// 2026-11-21 is a Saturday.
constexpr auto kSaturday = sys_days(std::chrono::year(2026) / std::chrono::November / 21);

TEST(TimeWindow, OfSomeDays) {
  const TimeWindow weekend{0b110'0000, hours(8), hours(18)};
  EXPECT_TRUE(weekend.Contains(kSaturday + hours(8)));
  EXPECT_TRUE(weekend.Contains(kSaturday + hours(17) + minutes(59)));
  EXPECT_FALSE(weekend.Contains(kSaturday + hours(18)));
  EXPECT_FALSE(weekend.Contains(kSaturday + hours(7)));
  EXPECT_FALSE(weekend.Contains(kSaturday - hours(12)));  // Friday noon
}

TEST(TimeWindow, PastMidnightBelongsToTheDayItBeganOn) {
  const TimeWindow friday_night{0b001'0000, hours(22), hours(6)};
  EXPECT_TRUE(friday_night.Contains(kSaturday - hours(1)));
  EXPECT_TRUE(friday_night.Contains(kSaturday + hours(5)));
  EXPECT_FALSE(friday_night.Contains(kSaturday + hours(6)));
  EXPECT_FALSE(friday_night.Contains(kSaturday + hours(23)));
  EXPECT_FALSE(friday_night.Contains(kSaturday - hours(20)));  // Friday, before dawn
}

TEST(TimeWindow, AllDay) { EXPECT_TRUE(TimeWindow{}.Contains(kSaturday + hours(23))); }

TEST(Intern, KeepsOneCopy) {
  const std::string once = "reporting.no-salaries";
  const std::string_view first = Intern(once);
  EXPECT_NE(first.data(), once.data());
  EXPECT_EQ(Intern(std::string(once)).data(), first.data());
}

Rules Readonly(std::vector<OwnRule> own) {
  Rules rules;
  rules.own = std::move(own);
  return rules;
}

TEST(ReadOnlyWall, StandsForReadonlyUnlessARuleLetsWritesThrough) {
  EXPECT_TRUE(Readonly({}).ReadOnlyWall());
  OwnRule rule;
  rule.effect = Effect::kAllow;
  rule.match.kinds = {Kind::kInsert};
  EXPECT_FALSE(Readonly({rule}).ReadOnlyWall());
  rule.effect = Effect::kDeny;
  EXPECT_TRUE(Readonly({rule}).ReadOnlyWall());
  rule.effect = Effect::kLog;
  EXPECT_FALSE(Readonly({rule}).ReadOnlyWall());
  rule.match.kinds = {Kind::kRead};
  EXPECT_TRUE(Readonly({rule}).ReadOnlyWall());
  rule.match.kinds = {};
  rule.match.functions = {"app.*"};
  EXPECT_TRUE(Readonly({rule}).ReadOnlyWall());
}

TEST(ReadOnlyWall, FallsWithEnforce) {
  Rules rules = Readonly({});
  rules.enforce = false;
  EXPECT_FALSE(rules.ReadOnlyWall());
  EXPECT_FALSE(rules.Restricted());
}

}  // namespace
}  // namespace pgmoat::policy
