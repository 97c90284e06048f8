#include "proxy/audit/sinks/file_rotation.h"

#include <gtest/gtest.h>

#include "proxy/audit/sinks/file_compression.h"
#include "proxy/audit/sinks/file_housekeeper.h"
#include "tests/audit/sinks/trail_lines.h"
#include "tests/audit/sinks/unpacked.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

using std::chrono::sys_seconds;
using Compression = FileSinkOptions::Compression;

constexpr sys_seconds kNoon{std::chrono::seconds{1'795'176'000}};  // 2026-11-20T12:00:00Z

std::string Names(const std::filesystem::path& file) {
  std::string names;
  for (const RotatedFile& rotated : RotatedFiles(file)) {
    names += rotated.path.filename().string() + "\n";
  }
  return names;
}

TEST(FileRotation, StampsReadBackAndOthersAreNone) {
  EXPECT_EQ(RotationStamp(kNoon), "20261120T120000Z");
  EXPECT_EQ(ParseRotationStamp("20261120T120000Z"), kNoon);
  for (const char* text : {"", "20261120T120000", "20261120T120000z", "20261120 120000Z",
                           "20261320T120000Z", "20261131T120000Z", "2026 120T120000Z"}) {
    EXPECT_FALSE(ParseRotationStamp(text)) << text;
  }
}

TEST(FileRotation, OnlyOwnNamesAreRotatedFiles) {
  const TemporaryDirectory directory;
  for (const char* name :
       {"a", "a.20261120T120000Z", "a.20261120T120001Z.gz", "a.20261120T120002Z.zst",
        "a.20261120T120002Z.zst.tmp", "a.20261120T120003Z.bak", "a.1", "a.gz", "a.old",
        "b.20261120T120000Z", "a.20261120T120004Z.tmp", "aa.20261120T120000Z"}) {
    PutContents(directory / name, "");
  }
  EXPECT_EQ(Names(directory / "a"),
            "a.20261120T120000Z\na.20261120T120001Z.gz\na.20261120T120002Z.zst\n"
            "a.20261120T120002Z.zst.tmp\n");
}

TEST(FileRotation, NamesSortAlsoWithinASecondAndWhenTheClockGoesBack) {
  const TemporaryDirectory directory;
  const auto file = directory / "a";
  EXPECT_EQ(NextRotatedName(file, kNoon), file.string() + ".20261120T120000Z");
  PutContents(file.string() + ".20261120T120000Z.gz", "");
  EXPECT_EQ(NextRotatedName(file, kNoon), file.string() + ".20261120T120001Z");
  EXPECT_EQ(NextRotatedName(file, kNoon - std::chrono::hours{5}),
            file.string() + ".20261120T120001Z");
}

class Compressed : public testing::TestWithParam<Compression> {};

TEST_P(Compressed, FileIsReplacedByOneThatUnpacksToIt) {
  const TemporaryDirectory directory;
  for (const std::size_t lines : {0U, 1U, 5000U}) {
    const std::string text = StatementLines(1, lines);
    PutContents(directory / "a", text);
    const std::atomic<bool> stop{false};
    EXPECT_EQ(CompressFile(directory / "a", GetParam(), stop), "");
    EXPECT_FALSE(std::filesystem::exists(directory / "a"));
    EXPECT_EQ(Unpacked((directory / "a").string() + CompressionSuffix(GetParam())), text);
  }
}

TEST_P(Compressed, WhenStoppedThePlainFileStaysAlone) {
  const TemporaryDirectory directory;
  PutContents(directory / "a", "{}\n");
  const std::atomic<bool> stop{true};
  EXPECT_EQ(CompressFile(directory / "a", GetParam(), stop), "");
  EXPECT_EQ(Contents(directory / "a"), "{}\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST_P(Compressed, FailureNamesTheFileAndKeepsIt) {
  const TemporaryDirectory directory;
  PutContents(directory / "a", "{}\n");
  const std::string suffix = CompressionSuffix(GetParam());
  std::filesystem::create_directory((directory / "a").string() + suffix + ".tmp");
  const std::atomic<bool> stop{false};
  const std::string error = CompressFile(directory / "a", GetParam(), stop);
  EXPECT_EQ(error, "audit file '" + (directory / "a").string() +
                       "' cannot be compressed: cannot open '" + (directory / "a").string() +
                       suffix + ".tmp': Is a directory");
  EXPECT_EQ(Contents(directory / "a"), "{}\n");
}

INSTANTIATE_TEST_SUITE_P(Both, Compressed,
                         testing::Values(Compression::kGzip, Compression::kZstd));

TEST(FileHousekeeper, FinishesWhatAKilledProcessLeft) {
  const TemporaryDirectory directory;
  PutContents(directory / "a.20261120T120000Z", "{\"v\":2}\n");  // not begun
  PutContents(directory / "a.20261120T120001Z", "{\"v\":2}\n");  // in the middle
  PutContents(directory / "a.20261120T120001Z.gz.tmp", "\x1f");
  PutContents(directory / "a.20261120T120002Z", "{\"v\":2}\n");  // not removed yet
  PutContents(directory / "a.20261120T120002Z.gz", "whole");
  FileSinkOptions options{.path = directory / "a"};
  options.compression = Compression::kGzip;
  FileHousekeeper housekeeper(options);
  EXPECT_TRUE(Eventually([&] {
    return Names(directory / "a") ==
           "a.20261120T120000Z.gz\na.20261120T120001Z.gz\na.20261120T120002Z.gz\n";
  })) << Names(directory / "a");
  EXPECT_EQ(Unpacked(directory / "a.20261120T120001Z.gz"), "{\"v\":2}\n");
  EXPECT_EQ(Contents(directory / "a.20261120T120002Z.gz"), "whole");
  EXPECT_EQ(housekeeper.TakeTrouble(), "");
}

TEST(FileHousekeeper, KeepsTheNewestAndWhatIsNotOurs) {
  const TemporaryDirectory directory;
  for (const char* name : {"a", "a.20261120T120000Z.zst", "a.20261120T120001Z.zst",
                           "a.20261120T120002Z", "a.bak", "a.1"}) {
    PutContents(directory / name, "");
  }
  const FileHousekeeper housekeeper({.path = directory / "a", .keep_files = 2});
  EXPECT_TRUE(Eventually([&] {
    return Names(directory / "a") == "a.20261120T120001Z.zst\na.20261120T120002Z\n";
  })) << Names(directory / "a");
  for (const char* name : {"a", "a.bak", "a.1"}) {
    EXPECT_TRUE(std::filesystem::exists(directory / name)) << name;
  }
}

TEST(FileHousekeeper, RemovesWhatIsTooOld) {
  const TemporaryDirectory directory;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto file = directory / "a";
  const auto young = file.string() + "." + RotationStamp(now - std::chrono::hours{1});
  PutContents(file.string() + "." + RotationStamp(now - std::chrono::hours{3}), "");
  PutContents(young, "");
  const FileHousekeeper housekeeper({.path = file, .keep_for = std::chrono::hours{2}});
  EXPECT_TRUE(Eventually([&] {
    return Names(file) == std::filesystem::path(young).filename().string() + "\n";
  })) << Names(file);
}

TEST(FileHousekeeper, TellsOnceWhatItCannotDo) {
  const TemporaryDirectory directory;
  PutContents(directory / "a.20261120T120000Z", "");
  std::filesystem::create_directories(directory / "a.20261120T120000Z.gz.tmp" / "full");
  FileSinkOptions options{.path = directory / "a"};
  options.compression = Compression::kGzip;
  FileHousekeeper housekeeper(options);
  std::string trouble;
  EXPECT_TRUE(Eventually([&] { return !(trouble = housekeeper.TakeTrouble()).empty(); }));
  EXPECT_NE(trouble.find("a.20261120T120000Z.gz.tmp"), std::string::npos) << trouble;
}

}  // namespace
}  // namespace pgmoat::audit
