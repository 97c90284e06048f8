#include "proxy/audit/line_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

TEST(LineFile, NewFileIsForItsOwnerOnly) {
  const TemporaryDirectory directory;
  const LineFile file(directory / "audit.jsonl");
  struct stat status {};
  ASSERT_EQ(::stat((directory / "audit.jsonl").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(LineFile, MissingDirectoryNamesFileAndReason) {
  const TemporaryDirectory directory;
  const auto path = directory / "no" / "audit.jsonl";
  try {
    const LineFile file(path);
    FAIL() << "opened";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(), "audit file '" + path.string() +
                                "': cannot be opened for appending: No such file or directory");
  }
}

TEST(LineFile, DirectoryInPlaceOfTheFileIsRefused) {
  const TemporaryDirectory directory;
  EXPECT_THROW(LineFile file(directory.path()), std::runtime_error);
}

TEST(LineFile, WholeLinesOfAnEarlierRunStay) {
  const TemporaryDirectory directory;
  PutContents(directory / "a", "{\"v\":1}\n");
  LineFile file(directory / "a");
  EXPECT_EQ(file.Write("{\"v\":2}\n").error, 0);
  EXPECT_EQ(file.removed_bytes(), 0U);
  EXPECT_EQ(Contents(directory / "a"), "{\"v\":1}\n{\"v\":2}\n");
}

TEST(LineFile, UnfinishedLineOfOursIsRemoved) {
  const TemporaryDirectory directory;
  PutContents(directory / "a", "{\"v\":1}\n{\"v\":1,\"id\":\"01");
  LineFile file(directory / "a");
  EXPECT_EQ(file.removed_bytes(), 15U);
  EXPECT_EQ(file.Write("{\"v\":2}\n").error, 0);
  EXPECT_EQ(Contents(directory / "a"), "{\"v\":1}\n{\"v\":2}\n");
}

TEST(LineFile, UnfinishedLineCutAtAnyByteIsRemoved) {
  const TemporaryDirectory directory;
  const std::string line = "{\"v\":1,\"id\":\"01ABC\"}";
  for (std::size_t cut = 1; cut <= line.size(); ++cut) {
    PutContents(directory / "a", "{}\n" + line.substr(0, cut));
    const LineFile file(directory / "a");
    EXPECT_EQ(file.removed_bytes(), cut);
    EXPECT_EQ(Contents(directory / "a"), "{}\n") << cut;
  }
}

TEST(LineFile, LongUnfinishedLineIsRemovedWhole) {
  const TemporaryDirectory directory;
  PutContents(directory / "a", "{}\n{\"v\":1," + std::string(100'000, 'x'));
  const LineFile file(directory / "a");
  EXPECT_EQ(Contents(directory / "a"), "{}\n");
}

TEST(LineFile, TextOfSomebodyElseIsKeptAndClosed) {
  const TemporaryDirectory directory;
  PutContents(directory / "a", "root:x:0:0");
  LineFile file(directory / "a");
  EXPECT_EQ(file.removed_bytes(), 0U);
  EXPECT_EQ(file.Write("{\"v\":2}\n").error, 0);
  EXPECT_EQ(Contents(directory / "a"), "root:x:0:0\n{\"v\":2}\n");
}

TEST(LineFile, CutBackTakesOffWhatWasWrittenLast) {
  const TemporaryDirectory directory;
  LineFile file(directory / "a");
  EXPECT_EQ(file.Write("{}\n{\"v").error, 0);
  EXPECT_TRUE(file.CutBack(3));
  EXPECT_EQ(Contents(directory / "a"), "{}\n");
}

TEST(LineFile, CutBackLeavesTextOfAnotherWriterAlone) {
  const TemporaryDirectory directory;
  LineFile file(directory / "a");
  EXPECT_EQ(file.Write("{}\n{\"v").error, 0);
  LineFile other(directory / "a");  // mends the tail first
  EXPECT_EQ(other.Write("{\"other\":1}\n").error, 0);
  EXPECT_FALSE(file.CutBack(3));
  EXPECT_EQ(Contents(directory / "a"), "{}\n{\"other\":1}\n");
}

TEST(LineFile, FullDeviceIsAnErrorWithNothingWritten) {
  LineFile file("/dev/full");
  const LineFile::Result result = file.Write("{}\n");
  EXPECT_EQ(result.error, ENOSPC);
  EXPECT_EQ(result.bytes, 0U);
}

TEST(LineFile, FifoWithoutReaderIsRefusedAtOnce) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
  EXPECT_THROW(LineFile file(directory / "fifo"), std::runtime_error);
}

TEST(LineFile, FifoWhoseReaderStallsTimesOutAndKeepsCount) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
  const int reader = ::open((directory / "fifo").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  LineFile file(directory / "fifo");
  const std::string text(std::size_t{1} << 20, 'x');
  const LineFile::Result result = file.Write(text);
  EXPECT_EQ(result.error, ETIMEDOUT);
  EXPECT_GT(result.bytes, 0U);
  EXPECT_LT(result.bytes, text.size());
  ::close(reader);
}

TEST(LineFile, DeletedFileIsNoticed) {
  const TemporaryDirectory directory;
  const LineFile file(directory / "a");
  EXPECT_FALSE(file.Deleted());
  std::filesystem::remove(directory / "a");
  EXPECT_TRUE(file.Deleted());
}

}  // namespace
}  // namespace pgmoat::audit
