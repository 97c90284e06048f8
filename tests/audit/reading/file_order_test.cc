#include "proxy/audit/reading/file_order.h"

#include <gtest/gtest.h>

#include "../temporary_directory.h"

namespace pgmoat::audit {
namespace {

using Paths = std::vector<std::filesystem::path>;

TEST(FileOrder, RotatedFilesComeByTheirStampsThenByTheirNumbers) {
  TemporaryDirectory directory;
  const char* const rotated[] = {
      "audit.jsonl.20261126T000000Z.zst",
      "audit.jsonl.20261126T120000Z-2.gz",
      "audit.jsonl.20261126T120000Z-10",
      "audit.jsonl.20261127T000000Z",
  };
  for (const char* other :
       {"audit.jsonl", "audit.jsonl.journal", "audit.jsonl.tmp", "other.jsonl.20261126T000000Z",
        "audit.jsonl.20261126T000000Z.part", "audit.jsonl.20261126T000000Z-x"}) {
    PutContents(directory / other, "x");
  }
  Paths expected;
  for (const char* name : rotated) {
    PutContents(directory / name, "x");
    expected.push_back(directory / name);
  }
  EXPECT_EQ(RotatedFilesOf(directory / "audit.jsonl"), expected);
  EXPECT_EQ(RotatedFilesOf(directory / "no" / "such.jsonl"), Paths());
}

TEST(FileOrder, WhileAFileIsBeingCompressedTheWholeOneIsTaken) {
  TemporaryDirectory directory;
  PutContents(directory / "a.20261126T000000Z", "x");
  PutContents(directory / "a.20261126T000000Z.zst", "x");
  EXPECT_EQ(RotatedFilesOf(directory / "a"), Paths{directory / "a.20261126T000000Z"});
}

TEST(FileOrder, FilesOfOneSinkAreSortedWithTheLiveOneLast) {
  const Paths sorted = {"/x/a.jsonl.20261126T000000Z.gz", "/x/a.jsonl.20261127T000000Z",
                        "/x/a.jsonl.20261127T000000Z-1", "/x/a.jsonl"};
  Paths files = {sorted[3], sorted[1], sorted[2], sorted[0]};
  EXPECT_EQ(InOrder(files), sorted);
}

TEST(FileOrder, FilesOfSeveralSinksStayAsTheyAre) {
  const Paths files = {"b.jsonl", "a.jsonl.20261127T000000Z", "a.jsonl"};
  EXPECT_EQ(InOrder(files), files);
  const Paths named = {"monday.jsonl", "august.jsonl"};
  EXPECT_EQ(InOrder(named), named);
}

TEST(FileOrder, SpoolFilesComeByPosition) {
  TemporaryDirectory directory;
  const Paths sorted = {directory / "0.jsonl", directory / "9.jsonl", directory / "10.jsonl"};
  for (const auto& file : sorted) PutContents(file, "x");
  PutContents(directory / "x.jsonl", "x");
  PutContents(directory / "11.tmp", "x");
  EXPECT_EQ(SpoolFilesOf(directory.path()), sorted);
}

}  // namespace
}  // namespace pgmoat::audit
