// Files that grow, are rotated, truncated, deleted, while they are read.
#include "proxy/audit/reading/following.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "../temporary_directory.h"
#include "chain.h"
#include "proxy/audit/reading/last_lines.h"

namespace pgmoat::audit {
namespace {

void Append(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::app) << text;
}

LineList Polled(Followed& followed) {
  LineList lines;
  followed.Poll([&](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

TEST(FollowedFile, GivesWholeLinesOnly) {
  TemporaryDirectory directory;
  PutContents(directory / "a", "one\ntw");
  FollowedFile file(directory / "a");
  EXPECT_EQ(Polled(file), LineList{"one"});
  EXPECT_EQ(Polled(file), LineList{});
  Append(directory / "a", "o\nthree\nfo");
  EXPECT_EQ(Polled(file), (LineList{"two", "three"}));
}

TEST(FollowedFile, WaitsForAFileThatIsNotThere) {
  TemporaryDirectory directory;
  FollowedFile file(directory / "a");
  EXPECT_EQ(Polled(file), LineList{});
  PutContents(directory / "a", "one\n");
  EXPECT_EQ(Polled(file), LineList{"one"});
  std::filesystem::remove(directory / "a");
  EXPECT_EQ(Polled(file), LineList{});
  PutContents(directory / "a", "two\n");
  EXPECT_EQ(Polled(file), LineList{"two"});
}

TEST(FollowedFile, BeginsAgainAfterTruncation) {
  TemporaryDirectory directory;
  PutContents(directory / "a", "one\ntwo\nthr");
  FollowedFile file(directory / "a");
  EXPECT_EQ(Polled(file), (LineList{"one", "two"}));
  std::filesystem::resize_file(directory / "a", 0);
  Append(directory / "a", "new\n");
  EXPECT_EQ(Polled(file), LineList{"new"});
}

TEST(FollowedFile, ReadsTheRestOfARotatedFileThenTheNewOne) {
  TemporaryDirectory directory;
  PutContents(directory / "a", "one\n");
  FollowedFile file(directory / "a");
  EXPECT_EQ(Polled(file), LineList{"one"});
  Append(directory / "a", "two\n");
  std::filesystem::rename(directory / "a", directory / "a.20261127T000000Z");
  EXPECT_EQ(Polled(file), LineList{"two"});
  PutContents(directory / "a", "three\n");
  EXPECT_EQ(Polled(file), LineList{"three"});
}

TEST(FollowedFile, MissesNothingWhenSeveralRotationsComeBetweenTwoLooks) {
  TemporaryDirectory directory;
  WriteZstd(directory / "a.20261127T000000Z.zst", "long ago\n");
  PutContents(directory / "a", "one\n");
  FollowedFile file(directory / "a");
  EXPECT_EQ(Polled(file), LineList{"one"});
  Append(directory / "a", "two\n");
  // Rotated and compressed; so was the next; the one after is only renamed.
  WriteZstd(directory / "a.20261127T000001Z.zst", Contents(directory / "a"));
  std::filesystem::remove(directory / "a");
  WriteGzip(directory / "a.20261127T000002Z.gz", "three\n");
  PutContents(directory / "a.20261127T000002Z-1", "four\n");
  PutContents(directory / "a", "five\n");
  EXPECT_EQ(Polled(file), (LineList{"two", "three", "four", "five"}));
  Append(directory / "a", "six\n");
  EXPECT_EQ(Polled(file), LineList{"six"});
}

TEST(FollowedFile, RotationUnderAWriterThatDoesNotWait) {
  constexpr int kLines = 2'000;
  TemporaryDirectory directory;
  const std::filesystem::path live = directory / "a";
  PutContents(live, "");
  FollowedFile file(live);
  std::thread writer([&] {
    std::ofstream out(live, std::ios::binary | std::ios::app);
    for (int i = 0; i < kLines; ++i) {
      out << i << '\n' << std::flush;
      if (i % 50 != 49) continue;
      out.close();
      char name[40];
      std::snprintf(name, sizeof name, "a.20261127T%06dZ", i);
      std::filesystem::rename(live, directory / name);
      out.open(live, std::ios::binary | std::ios::app);
    }
  });
  LineList lines;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (lines.size() < kLines && std::chrono::steady_clock::now() < deadline) {
    for (std::string& line : Polled(file)) lines.push_back(std::move(line));
  }
  writer.join();
  ASSERT_EQ(lines.size(), static_cast<std::size_t>(kLines));
  for (int i = 0; i < kLines; ++i) {
    ASSERT_EQ(lines[static_cast<std::size_t>(i)], std::to_string(i));
  }
}

TEST(FollowedSpool, GoesOnInTheNextFile) {
  TemporaryDirectory directory;
  PutContents(directory / "00.jsonl", "zero\n");
  PutContents(directory / "05.jsonl", "one\n");
  FollowedSpool spool(directory.path());
  EXPECT_EQ(spool.Older(), std::vector<std::filesystem::path>{directory / "00.jsonl"});
  EXPECT_EQ(Polled(spool), LineList{"one"});
  Append(directory / "05.jsonl", "two\n");
  PutContents(directory / "13.jsonl", "three\n");
  EXPECT_EQ(Polled(spool), (LineList{"two", "three"}));
  // Given up, since all sinks have it.
  std::filesystem::remove(directory / "05.jsonl");
  std::filesystem::remove(directory / "13.jsonl");
  PutContents(directory / "19.jsonl", "four\n");
  EXPECT_EQ(Polled(spool), LineList{"four"});
}

TEST(FollowedSpool, WaitsForADirectoryThatIsNotThere) {
  TemporaryDirectory directory;
  FollowedSpool spool(directory / "spool");
  EXPECT_EQ(Polled(spool), LineList{});
  std::filesystem::create_directory(directory / "spool");
  PutContents(directory / "spool" / "0.jsonl", "one\n");
  EXPECT_EQ(Polled(spool), LineList{"one"});
}

class LastLinesTest : public testing::Test {
 protected:
  // Lines from `first` to before `end`, each of about `bytes` bytes.
  static std::string Numbered(int first, int end, std::size_t bytes = 20) {
    std::string text;
    for (int i = first; i < end; ++i) {
      text += "{\"login\":\"" + std::string(i % 100 == 0 ? "rare" : "usual") +
              "\",\"n\":" + std::to_string(i) + ",\"x\":\"" + std::string(bytes, 'x') + "\"}\n";
    }
    return text;
  }
  static std::vector<int> Numbers(const std::deque<std::string>& lines) {
    std::vector<int> numbers;
    for (const std::string& line : lines) numbers.push_back(Json::parse(line)["n"].get<int>());
    return numbers;
  }
  TemporaryDirectory directory_;
};

TEST_F(LastLinesTest, AreReadFromTheEnd) {
  PutContents(directory_ / "a", Numbered(0, 5'000, 1'000));  // 5 MB
  FollowedFile file(directory_ / "a");
  Filter all({});
  EXPECT_EQ(Numbers(LastLines(&file, {}, all, 3)), (std::vector<int>{4997, 4998, 4999}));
  FilterOptions options;
  options.logins = {"rare"};
  Filter rare(options);
  EXPECT_EQ(Numbers(LastLines(&file, {}, rare, 3)), (std::vector<int>{4700, 4800, 4900}));
  EXPECT_EQ(LastLines(&file, {}, rare, 1'000).size(), 50U);
  EXPECT_EQ(LastLines(&file, {}, all, kAllLines).size(), 5'000U);
  EXPECT_EQ(Polled(file), LineList{}) << "it was read to its end";
}

TEST_F(LastLinesTest, ComeFromOlderFilesAsFarAsTheyAreNeeded) {
  WriteZstd(directory_ / "1.zst", Numbered(0, 10));
  WriteGzip(directory_ / "2.gz", Numbered(10, 20));
  PutContents(directory_ / "3", Numbered(20, 22));
  FollowedFile file(directory_ / "3");
  Filter all({});
  const std::vector<std::filesystem::path> older = {directory_ / "1.zst", directory_ / "2.gz"};
  EXPECT_EQ(Numbers(LastLines(&file, older, all, 4)), (std::vector<int>{18, 19, 20, 21}));
  EXPECT_EQ(Numbers(LastLines(&file, older, all, 13)).front(), 9);
  EXPECT_EQ(LastLines(&file, older, all, 100).size(), 22U);
  EXPECT_EQ(Numbers(LastLines(nullptr, older, all, 2)), (std::vector<int>{18, 19}));
}

TEST_F(LastLinesTest, NoneLeaveOnlyWhatComes) {
  PutContents(directory_ / "a", Numbered(0, 5));
  FollowedFile file(directory_ / "a");
  Filter all({});
  EXPECT_TRUE(LastLines(&file, {}, all, 0).empty());
  Append(directory_ / "a", "new\n");
  EXPECT_EQ(Polled(file), LineList{"new"});
}

TEST_F(LastLinesTest, ALineThatBeginsExactlyWhereItIsReadFromIsTaken) {
  PutContents(directory_ / "a", "one\ntwo\nthree\n");
  GrowingFile file;
  ASSERT_TRUE(file.Open(directory_ / "a"));
  const auto from = [&](std::uint64_t bytes) {
    LineList lines;
    file.Rewind(bytes);
    file.Drain([&](std::string_view line) { lines.emplace_back(line); });
    return lines;
  };
  EXPECT_EQ(from(0), LineList{});
  EXPECT_EQ(from(5), LineList{});
  EXPECT_EQ(from(6), LineList{"three"});
  EXPECT_EQ(from(9), LineList{"three"});
  EXPECT_EQ(from(10), (LineList{"two", "three"}));
  EXPECT_EQ(from(14), (LineList{"one", "two", "three"}));
  EXPECT_EQ(from(1'000), (LineList{"one", "two", "three"}));
}

}  // namespace
}  // namespace pgmoat::audit
