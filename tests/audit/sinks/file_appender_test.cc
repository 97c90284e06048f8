#include "proxy/audit/sinks/file_appender.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

TEST(FileAppender, NewFileIsForItsOwnerOnly) {
  const TemporaryDirectory directory;
  const FileAppender file(directory / "audit.jsonl");
  struct stat status {};
  ASSERT_EQ(::stat((directory / "audit.jsonl").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(FileAppender, MissingDirectoryNamesFileAndReason) {
  const TemporaryDirectory directory;
  const auto path = directory / "no" / "audit.jsonl";
  try {
    const FileAppender file(path);
    FAIL() << "opened";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.what(),
              "audit file '" + path.string() + "' cannot be opened: No such file or directory");
  }
}

TEST(FileAppender, DirectoryInPlaceOfTheFileIsRefused) {
  const TemporaryDirectory directory;
  EXPECT_THROW(FileAppender file(directory.path()), std::system_error);
}

TEST(FileAppender, WholeLinesOfAnEarlierRunStay) {
  const TemporaryDirectory directory;
  PutContents(directory / "a", "{\"v\":1}\n");
  FileAppender file(directory / "a");
  EXPECT_EQ(file.Append("{\"v\":2}\n").error, 0);
  EXPECT_EQ(Contents(directory / "a"), "{\"v\":1}\n{\"v\":2}\n");
}

TEST(FileAppender, UnfinishedLineOfOursCutAtAnyByteIsRemoved) {
  const TemporaryDirectory directory;
  const std::string line = "{\"v\":2,\"id\":\"01ABC\"}";
  for (std::size_t cut = 1; cut <= line.size(); ++cut) {
    PutContents(directory / "a", "{}\n" + line.substr(0, cut));
    const FileAppender file(directory / "a");
    EXPECT_EQ(Contents(directory / "a"), "{}\n") << cut;
  }
}

TEST(FileAppender, LongUnfinishedLineIsRemovedWhole) {
  const TemporaryDirectory directory;
  PutContents(directory / "a", "{}\n{\"v\":2," + std::string(100'000, 'x'));
  const FileAppender file(directory / "a");
  EXPECT_EQ(Contents(directory / "a"), "{}\n");
}

TEST(FileAppender, UnfinishedLineThatIsAllOfTheFileIsRemoved) {
  const TemporaryDirectory directory;
  PutContents(directory / "a", "{\"v\":2," + std::string(50'000, 'x'));
  const FileAppender file(directory / "a");
  EXPECT_EQ(Contents(directory / "a"), "");
}

TEST(FileAppender, TextOfSomebodyElseIsKeptAndClosed) {
  const TemporaryDirectory directory;
  for (const std::string& text : {std::string("root:x:0:0"), std::string(17 << 20, 'x')}) {
    PutContents(directory / "a", text);
    FileAppender file(directory / "a");
    EXPECT_EQ(file.Append("{\"v\":2}\n").error, 0);
    EXPECT_TRUE(Contents(directory / "a") == text + "\n{\"v\":2}\n") << text.size();
  }
}

TEST(FileAppender, FullDeviceIsAnErrorWithNothingWritten) {
  FileAppender file("/dev/full");
  const FileAppender::Result result = file.Append("{}\n");
  EXPECT_EQ(result.error, ENOSPC);
  EXPECT_EQ(result.bytes, 0U);
  EXPECT_EQ(file.Sync(), 0);
}

TEST(FileAppender, FifoWithoutReaderIsRefusedAtOnce) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
  try {
    const FileAppender file(directory / "fifo");
    FAIL() << "opened";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ENXIO);
  }
}

TEST(FileAppender, FifoWhoseReaderStallsTimesOutWithWholeLinesCounted) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
  const int reader = ::open((directory / "fifo").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  FileAppender file(directory / "fifo");
  std::string lines;
  while (lines.size() < std::size_t{1} << 20) lines += std::string(999, 'x') + "\n";
  const FileAppender::Result result = file.Append(lines);
  EXPECT_EQ(result.error, ETIMEDOUT);
  EXPECT_GT(result.bytes, 0U);
  EXPECT_LT(result.bytes, lines.size());
  EXPECT_EQ(result.bytes % 1000, 0U);
  ::close(reader);
}

TEST(FileAppender, AfterAStallOtherLinesBeginALineOfTheirOwn) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
  const int reader = ::open((directory / "fifo").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  FileAppender file(directory / "fifo");
  EXPECT_EQ(file.Append(std::string(1 << 20, 'x') + "\n").error, ETIMEDOUT);
  std::string read(1 << 20, '\0');
  const ssize_t torn = ::read(reader, read.data(), read.size());
  ASSERT_GT(torn, 0);
  EXPECT_EQ(file.Append("{}\n").bytes, 3U);
  EXPECT_EQ(::read(reader, read.data(), read.size()), 4);
  EXPECT_EQ(read.substr(0, 4), "\n{}\n");
  ::close(reader);
}

TEST(FileAppender, DeletedOrMovedFileIsNoticed) {
  const TemporaryDirectory directory;
  const FileAppender file(directory / "a");
  EXPECT_FALSE(file.Deleted());
  EXPECT_FALSE(file.Moved());
  std::filesystem::rename(directory / "a", directory / "b");
  EXPECT_FALSE(file.Deleted());
  EXPECT_TRUE(file.Moved());
  std::filesystem::remove(directory / "b");
  EXPECT_TRUE(file.Deleted());
}

}  // namespace
}  // namespace pgmoat::audit
