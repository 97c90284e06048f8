#include "proxy/audit/reading/line_reader.h"

#include <gtest/gtest.h>

#include "../temporary_directory.h"
#include "chain.h"

namespace pgmoat::audit {
namespace {

LineList AllLines(const std::filesystem::path& file) {
  LineReader reader(file);
  LineList lines;
  std::string_view line;
  while (reader.Next(line)) {
    lines.emplace_back(line);
    EXPECT_EQ(reader.number(), lines.size());
  }
  return lines;
}

// Lines of all lengths around the reader's block, 4 MiB of them.
LineList ManyLines() {
  LineList lines;
  for (std::size_t i = 0; i < 40; ++i)
    lines.emplace_back(i * 7919, static_cast<char>('a' + i % 26));
  return lines;
}

TEST(LineReader, GivesTheLinesOfPlainAndCompressedFiles) {
  TemporaryDirectory directory;
  const LineList lines = ManyLines();
  PutContents(directory / "plain", Joined(lines));
  WriteGzip(directory / "gzip", Joined(lines));
  WriteZstd(directory / "zstd", Joined(lines));
  for (const char* name : {"plain", "gzip", "zstd"}) {
    EXPECT_TRUE(AllLines(directory / name) == lines) << name;
  }
  EXPECT_FALSE(IsCompressed(directory / "plain"));
  EXPECT_TRUE(IsCompressed(directory / "gzip"));
  EXPECT_TRUE(IsCompressed(directory / "zstd"));
  EXPECT_FALSE(IsCompressed(directory / "none"));
}

TEST(LineReader, ReadsConcatenatedCompressedFilesAsOne) {
  TemporaryDirectory directory;
  WriteGzip(directory / "1", "one\ntw");
  WriteGzip(directory / "2", "o\n");
  WriteZstd(directory / "3", "one\ntw");
  WriteZstd(directory / "4", "o\n");
  PutContents(directory / "gzip", Contents(directory / "1") + Contents(directory / "2"));
  PutContents(directory / "zstd", Contents(directory / "3") + Contents(directory / "4"));
  const LineList lines = {"one", "two"};
  EXPECT_EQ(AllLines(directory / "gzip"), lines);
  EXPECT_EQ(AllLines(directory / "zstd"), lines);
}

TEST(LineReader, TellsALastLineWithoutAnEnd) {
  TemporaryDirectory directory;
  PutContents(directory / "a", "one\n\ntwo");
  LineReader reader(directory / "a");
  std::string_view line;
  ASSERT_TRUE(reader.Next(line));
  ASSERT_TRUE(reader.Next(line));
  EXPECT_EQ(line, "");
  EXPECT_TRUE(reader.complete());
  ASSERT_TRUE(reader.Next(line));
  EXPECT_EQ(line, "two");
  EXPECT_FALSE(reader.complete());
  EXPECT_FALSE(reader.Next(line));
}

TEST(LineReader, AnEmptyFileHasNoLines) {
  TemporaryDirectory directory;
  PutContents(directory / "a", "");
  EXPECT_TRUE(AllLines(directory / "a").empty());
}

TEST(LineReader, ACompressedFileCutAnywhereIsAnErrorThatNamesIt) {
  TemporaryDirectory directory;
  const std::string text = Joined({50, "a line of which there are many"});
  WriteGzip(directory / "gzip", text);
  WriteZstd(directory / "zstd", text);
  for (const char* name : {"gzip", "zstd"}) {
    const std::string whole = Contents(directory / name);
    for (std::size_t size = 4; size < whole.size(); ++size) {
      PutContents(directory / "cut", whole.substr(0, size));
      try {
        AllLines(directory / "cut");
        ADD_FAILURE() << name << " cut after " << size;
      } catch (const ReadError& error) {
        EXPECT_TRUE(std::string(error.what()).find("cut: cannot be read") != std::string::npos)
            << error.what();
      }
    }
  }
}

TEST(LineReader, DamagedGzipIsAnError) {
  TemporaryDirectory directory;
  WriteGzip(directory / "a", Joined({50, "a line of which there are many"}));
  std::string damaged = Contents(directory / "a");
  damaged[damaged.size() - 6] = static_cast<char>(damaged[damaged.size() - 6] ^ 1);  // its CRC
  PutContents(directory / "a", damaged);
  EXPECT_THROW(AllLines(directory / "a"), ReadError);
}

TEST(LineReader, AMissingFileIsAnErrorThatNamesIt) {
  EXPECT_THROW(LineReader("/no/such/file"), ReadError);
}

}  // namespace
}  // namespace pgmoat::audit
