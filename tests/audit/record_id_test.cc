#include "proxy/audit/record_id.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace pgmoat::audit {
namespace {

using std::chrono::system_clock;

TEST(IdSource, IdsAre26CharactersOfCrockfordsBase32) {
  IdSource ids;
  const std::string id = ids.Next(system_clock::now()).Text();
  EXPECT_EQ(id.size(), 26U);
  EXPECT_EQ(id.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ"), std::string::npos);
}

// The example of the ULID specification: 1469918176385 ms is "01ARYZ6S41".
TEST(IdSource, FirstTenCharactersAreTheMillisecondsOfAUlid) {
  IdSource ids;
  const std::string id =
      ids.Next(system_clock::time_point(std::chrono::milliseconds(1469918176385))).Text();
  EXPECT_EQ(id.substr(0, 10), "01ARYZ6S41");
}

TEST(IdSource, LaterMicrosecondIsGreater) {
  IdSource ids;
  const system_clock::time_point time{std::chrono::milliseconds(1469918176385)};
  const std::string first = ids.Next(time).Text();
  const std::string second = ids.Next(time + std::chrono::microseconds(1)).Text();
  EXPECT_LT(first, second);
  EXPECT_EQ(first.substr(0, 10), second.substr(0, 10));
}

TEST(IdSource, ClockSetBackStillGrows) {
  IdSource ids;
  const system_clock::time_point time{std::chrono::milliseconds(1469918176385)};
  std::string last = ids.Next(time).Text();
  for (int i = 0; i < 1000; ++i) {
    const std::string next = ids.Next(time - std::chrono::hours(i)).Text();
    EXPECT_LT(last, next);
    last = next;
  }
}

TEST(IdSource, LastThirteenCharactersOfIdsOfOneInstantDiffer) {
  const system_clock::time_point time{std::chrono::milliseconds(1469918176385)};
  std::set<std::string> tails;
  for (int i = 0; i < 10'000; ++i) {
    IdSource fresh;  // the same tick each time: only the random part differs
    tails.insert(fresh.Next(time).Text().substr(13));
  }
  EXPECT_EQ(tails.size(), 10'000U);
}

TEST(IdSource, SourcesOfSeveralThreadsMakeNoIdTwice) {
  constexpr std::size_t kThreads = 8;
  constexpr std::size_t kEach = 20'000;
  const system_clock::time_point time{std::chrono::milliseconds(1469918176385)};
  std::vector<std::vector<std::string>> made(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : made) {
      threads.emplace_back([&mine, time] {
        IdSource ids;  // the same ticks as the others': only the random part differs
        for (std::size_t i = 0; i < kEach; ++i) mine.push_back(ids.Next(time).Text());
      });
    }
  }
  std::set<std::string> all;
  for (const auto& mine : made) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(all.size(), kThreads * kEach);
}

TEST(RecordId, TextHasEachBitInItsPlace) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  for (unsigned bit = 0; bit < 128; ++bit) {  // 0 is the last
    session::RecordId id;
    id.bytes[15 - bit / 8] = static_cast<std::uint8_t>(1U << bit % 8);
    std::string expected(26, '0');
    expected[25 - bit / 5] = kAlphabet[1U << bit % 5];
    EXPECT_EQ(id.Text(), expected) << bit;
  }
}

TEST(RecordId, NoneHasNoText) {
  EXPECT_TRUE(session::RecordId().IsNull());
  EXPECT_EQ(session::RecordId().Text(), "");
}

}  // namespace
}  // namespace pgmoat::audit
