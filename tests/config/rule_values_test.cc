#include "proxy/config/rule_values.h"

#include <gtest/gtest.h>

#include <string>

#include "proxy/config/values.h"

namespace pgmoat::config {
namespace {

using namespace std::chrono_literals;
using policy::IpAddress;

template <typename F>
std::string Complaint(F parse) {
  try {
    parse();
  } catch (const ValueError& error) {
    return error.what();
  }
  return "";
}

TEST(ParseIpAddress, BothFamiliesInNetworkOrder) {
  EXPECT_EQ(ParseIpAddress("192.0.2.7"),
            (IpAddress{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 7}));
  EXPECT_EQ(ParseIpAddress("2001:db8::1"),
            (IpAddress{0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(ParseIpAddress("::ffff:192.0.2.7"), ParseIpAddress("192.0.2.7"));
}

TEST(ParseIpAddress, AnythingElseIsRefused) {
  for (const char* text : {"", "localhost", "192.0.2", "192.0.2.256", "010.0.0.1", "fe80::1%lo",
                           "192.0.2.7/32", "192.0.2.7 ", "[::1]", "1"}) {
    EXPECT_EQ(Complaint([&] { ParseIpAddress(text); }),
              "'" + std::string(text) +
                  "' is not an IP address; write it as 192.0.2.7 or 2001:db8::1");
  }
}

TEST(ParseNetwork, PrefixesOfBothFamilies) {
  const policy::Network v4 = ParseNetwork("192.0.2.0/24");
  EXPECT_EQ(v4.prefix_bits, 120U);
  EXPECT_TRUE(v4.Contains(ParseIpAddress("192.0.2.255")));
  EXPECT_FALSE(v4.Contains(ParseIpAddress("192.0.3.0")));
  EXPECT_FALSE(v4.Contains(ParseIpAddress("2001:db8::1")));
  const policy::Network v6 = ParseNetwork("2001:db8::/33");
  EXPECT_TRUE(v6.Contains(ParseIpAddress("2001:db8:7fff::1")));
  EXPECT_FALSE(v6.Contains(ParseIpAddress("2001:db8:8000::1")));
}

TEST(ParseNetwork, EverythingOfAFamily) {
  const policy::Network v4 = ParseNetwork("0.0.0.0/0");
  EXPECT_TRUE(v4.Contains(ParseIpAddress("203.0.113.9")));
  EXPECT_FALSE(v4.Contains(ParseIpAddress("2001:db8::1")));
  EXPECT_TRUE(ParseNetwork("::/0").Contains(ParseIpAddress("203.0.113.9")));
}

TEST(ParseNetwork, OneAddressNeedsNoPrefix) {
  const policy::Network one = ParseNetwork("192.0.2.7");
  EXPECT_EQ(one.prefix_bits, 128U);
  EXPECT_TRUE(one.Contains(ParseIpAddress("192.0.2.7")));
  EXPECT_FALSE(one.Contains(ParseIpAddress("192.0.2.6")));
  EXPECT_EQ(ParseNetwork("2001:db8::1").prefix_bits, 128U);
  EXPECT_EQ(ParseNetwork("192.0.2.7/32").prefix_bits, 128U);
}

TEST(ParseNetwork, BitsBehindThePrefixAreAnErrorThatSaysTheNetwork) {
  EXPECT_EQ(Complaint([] { ParseNetwork("10.1.2.3/8"); }),
            "'10.1.2.3/8' has bits set behind its prefix; write 10.0.0.0/8 for the network, or "
            "10.1.2.3 for the one address");
  EXPECT_EQ(Complaint([] { ParseNetwork("2001:db8::1/32"); }),
            "'2001:db8::1/32' has bits set behind its prefix; write 2001:db8::/32 for the "
            "network, or 2001:db8::1 for the one address");
}

TEST(ParseNetwork, AnythingElseIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("/8"), std::string("10.0.0.0/"), std::string("10.0.0.0/33"),
        std::string("10.0.0.0/-1"), std::string("10.0.0.0/8x"), std::string("10/8"),
        std::string("::/129"), std::string("fe80::%lo/64"), std::string("10.0.0.0/8/8"),
        std::string("10.0.0.0/255.0.0.0"), std::string("10.0.0.0/4294967304"),
        "10.0.0.0/" + std::string(30, '9'), "10.0.0.0/" + std::string(1000, '8')}) {
    EXPECT_EQ(Complaint([&] { ParseNetwork(text); }),
              "'" + text + "' is not a network; write it as 192.0.2.0/24 or 2001:db8::/32");
  }
}

TEST(ParseTimeOfDay, HoursAndMinutes) {
  EXPECT_EQ(ParseTimeOfDay("00:00", false), 0min);
  EXPECT_EQ(ParseTimeOfDay("08:05", false), 8h + 5min);
  EXPECT_EQ(ParseTimeOfDay("23:59", true), 23h + 59min);
  EXPECT_EQ(ParseTimeOfDay("24:00", true), 24h);
}

TEST(ParseTimeOfDay, AnythingElseIsRefused) {
  for (const char* text : {"", "8", "8:00", "08:0", "08:000", "08.00", "24:00", "23:60",
                           "-1:00", "ab:cd", "08:00Z", ":", "08:"}) {
    EXPECT_EQ(
        Complaint([&] { ParseTimeOfDay(text, false); }),
        "'" + std::string(text) + "' is not a time of day; write it in UTC, as 08:00 or 18:30");
  }
  EXPECT_NE(Complaint([] { ParseTimeOfDay("24:01", true); }), "");
}

TEST(ParseUtc, TimesOfRfc3339) {
  const auto evening = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + 18h + 30min;
  EXPECT_EQ(ParseUtc("2026-11-21T18:30:00Z"), evening);
  EXPECT_EQ(ParseUtc("2026-11-21T18:30:07.999+00:00"), evening + 7s);
  EXPECT_EQ(ParseUtc("2024-02-29T00:00:00Z"),
            std::chrono::sys_days(std::chrono::year(2024) / 2 / 29));
}

TEST(ParseUtc, AnythingElseIsRefused) {
  for (const char* text :
       {"", "now", "2026-11-21", "2026-11-21T18:30Z", "2026-11-21 18:30:00Z",
        "2026-11-21T18:30:00", "2026-11-21T18:30:00+01:00", "2026-11-21T18:30:00.Z",
        "2026-11-21T24:00:00Z", "2026-11-21T18:60:00Z", "2026-11-21T18:30:60Z",
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "1969-12-31T23:59:59Z",
        "9999-01-01T00:00:00Z", "2026-11-21T18:30:00ZZ"}) {
    EXPECT_EQ(Complaint([&] { ParseUtc(text); }),
              "'" + std::string(text) +
                  "' is not a time of 1970 to 2199; write it in UTC, as 2026-11-21T18:30:00Z");
  }
}

TEST(ParseDays, OneAndSeveral) {
  EXPECT_EQ(ParseDays("mon"), 0x01);
  EXPECT_EQ(ParseDays("sun"), 0x40);
  EXPECT_EQ(ParseDays("weekdays") | ParseDays("weekend"), 0x7F);
  EXPECT_EQ(
      Complaint([] { ParseDays("tuesday"); }),
      "'tuesday' is not a day; choose one of mon, tue, wed, thu, fri, sat, sun, weekdays, "
      "weekend");
  EXPECT_EQ(Complaint([] { ParseDays("weekday"); }),
            "'weekday' is not a day; did you mean 'weekdays'?");
}

TEST(ParseKind, EveryKindByItsName) {
  for (unsigned i = 0; i < static_cast<unsigned>(policy::Kind::kCount); ++i) {
    const auto kind = static_cast<policy::Kind>(i);
    EXPECT_EQ(ParseKind(policy::KindName(kind)), policy::KindSet{kind});
  }
}

TEST(ParseKind, MisspeltOnesHaveASuggestion) {
  EXPECT_EQ(Complaint([] { ParseKind("trunkate"); }),
            "'trunkate' is not a kind of statement; did you mean 'truncate'?");
  EXPECT_EQ(Complaint([] { ParseKind("dll"); }),
            "'dll' is not a kind of statement; did you mean 'ddl'?");
  EXPECT_EQ(Complaint([] { ParseKind("alter-additive"); }),
            "'alter-additive' is not a kind of statement; did you mean 'alter_additive'?");
}

}  // namespace
}  // namespace pgmoat::config
