#include "proxy/audit/sinks/file_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdexcept>

#include "proxy/audit/sinks/file_rotation.h"
#include "tests/audit/sinks/trail_lines.h"
#include "tests/audit/sinks/unpacked.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

using Compression = FileSinkOptions::Compression;

// A file sink whose requests for checkpoints are counted.
struct TestedSink {
  explicit TestedSink(const FileSinkOptions& options)
      : sink(MakeFileSink(options, [this] { ++requests; })) {}

  // All of it, without an error.
  void Take(const std::string& lines) const {
    const Sink::Result result = sink->Deliver(lines);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.bytes, lines.size());
  }

  std::size_t requests = 0;
  std::unique_ptr<Sink> sink;
};

// The files' contents in the order of their names, the current one last.
std::vector<std::string> AllFiles(const std::filesystem::path& file) {
  std::vector<std::string> contents;
  for (const RotatedFile& rotated : RotatedFiles(file))
    contents.push_back(Unpacked(rotated.path));
  contents.push_back(Contents(file));
  return contents;
}

TEST(FileSink, LinesAreAppendedToWhatIsThere) {
  const TemporaryDirectory directory;
  PutContents(directory / "a", StatementLine(1));
  const TestedSink tested({.path = directory / "a"});
  tested.Take(StatementLine(2));
  tested.Take(StatementLine(3));
  EXPECT_EQ(Contents(directory / "a"), StatementLines(1, 3));
}

TEST(FileSink, FileThatCannotBeOpenedIsNamedAtTheStart) {
  const TemporaryDirectory directory;
  EXPECT_THROW(TestedSink({.path = directory / "no" / "a"}), std::runtime_error);
}

TEST(FileSink, KilledAtAnyByteTheFileHasEachLineOnce) {
  const TemporaryDirectory directory;
  const std::string batch = StatementLines(2, 3);
  for (std::size_t cut = 0; cut <= batch.size(); ++cut) {
    // The process before was killed in the batch, and its cursor still is at its beginning.
    PutContents(directory / "a", StatementLine(1) + batch.substr(0, cut));
    const TestedSink tested({.path = directory / "a"});
    tested.Take(batch);
    tested.Take(StatementLine(5));
    ASSERT_EQ(Contents(directory / "a"), StatementLines(1, 5)) << cut;
  }
}

TEST(FileSink, LinesThatComeAgainLaterAreWritten) {
  const TemporaryDirectory directory;
  PutContents(directory / "a", StatementLine(1));
  const TestedSink tested({.path = directory / "a"});
  tested.Take(StatementLine(2));
  tested.Take(StatementLines(1, 2));
  EXPECT_EQ(Contents(directory / "a"), StatementLines(1, 2) + StatementLines(1, 2));
}

TEST(FileSink, DeletedFileIsMadeAnew) {
  const TemporaryDirectory directory;
  const TestedSink tested({.path = directory / "a"});
  tested.Take(StatementLine(1));
  std::filesystem::remove(directory / "a");
  tested.Take(StatementLine(2));
  EXPECT_EQ(Contents(directory / "a"), StatementLine(2));
  std::filesystem::remove(directory / "a");
  EXPECT_EQ(tested.sink->Idle(), "");
  EXPECT_TRUE(std::filesystem::exists(directory / "a"));
}

TEST(FileSink, DeletedDirectoryIsAnErrorUntilItIsBack) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "d");
  const TestedSink tested({.path = directory / "d" / "a"});
  std::filesystem::remove_all(directory / "d");
  const Sink::Result result = tested.sink->Deliver(StatementLine(1));
  EXPECT_EQ(result.bytes, 0U);
  EXPECT_EQ(result.error, "audit file '" + (directory / "d" / "a").string() +
                              "' cannot be opened: No such file or directory");
  std::filesystem::create_directory(directory / "d");
  tested.Take(StatementLine(1));
  EXPECT_EQ(Contents(directory / "d" / "a"), StatementLine(1));
}

TEST(FileSink, ReopenAfterLogrotateWritesTheNewFileAndAsksForACheckpoint) {
  const TemporaryDirectory directory;
  const TestedSink tested({.path = directory / "a"});
  tested.Take(StatementLine(1));
  std::filesystem::rename(directory / "a", directory / "a.1");
  tested.Take(StatementLine(2));
  EXPECT_EQ(tested.sink->Reopen(), "");
  EXPECT_EQ(tested.requests, 1U);
  tested.Take(CheckpointLine(3));
  EXPECT_EQ(Contents(directory / "a.1"), StatementLines(1, 2));
  EXPECT_EQ(Contents(directory / "a"), CheckpointLine(3));
}

TEST(FileSink, ReopenThatFailsKeepsTheOldFile) {
  const TemporaryDirectory directory;
  const TestedSink tested({.path = directory / "a"});
  std::filesystem::rename(directory / "a", directory / "old");
  std::filesystem::create_directory(directory / "a");
  EXPECT_EQ(tested.sink->Reopen(), "audit file '" + (directory / "a").string() +
                                       "' cannot be opened: Is a directory; the old file stays "
                                       "in use");
  tested.Take(StatementLine(1));
  EXPECT_EQ(Contents(directory / "old"), StatementLine(1));
}

TEST(FileSink, FullDeviceIsAnErrorWithTheName) {
  const TestedSink tested({.path = "/dev/full"});
  const Sink::Result result = tested.sink->Deliver(StatementLine(1));
  EXPECT_EQ(result.bytes, 0U);
  EXPECT_EQ(result.error, "audit file '/dev/full' cannot be written: No space left on device");
}

TEST(FileSink, FifoWithoutReaderIsWaitedFor) {
  const TemporaryDirectory directory;
  ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
  const TestedSink tested({.path = directory / "fifo", .rotate_bytes = 1});
  EXPECT_EQ(tested.sink->Deliver(StatementLine(1)).bytes, 0U);
  const int reader = ::open((directory / "fifo").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  tested.Take(StatementLine(1) + CheckpointLine(2) + StatementLine(3));
  std::string read(4096, '\0');
  read.resize(static_cast<std::size_t>(::read(reader, read.data(), read.size())));
  EXPECT_EQ(read, StatementLine(1) + CheckpointLine(2) + StatementLine(3));
  ::close(reader);
}

// A file size limit is a disk that is full at that byte.
class SizeLimit {
 public:
  explicit SizeLimit(std::size_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST(FileSink, DiskFullAtAnyByteLeavesWholeLinesAndGoesOn) {
  const TemporaryDirectory directory;
  const std::string lines = StatementLines(1, 3);
  const std::size_t line = StatementLine(1).size();
  for (std::size_t full = 0; full < lines.size(); ++full) {
    std::filesystem::remove(directory / "a");
    const TestedSink tested({.path = directory / "a"});
    Sink::Result result;
    {
      const SizeLimit limit(full);
      result = tested.sink->Deliver(lines);
    }
    ASSERT_EQ(result.bytes, full / line * line) << full;
    ASSERT_EQ(result.error, "audit file '" + (directory / "a").string() +
                                "' cannot be written: File too large");
    ASSERT_EQ(Contents(directory / "a"), lines.substr(0, result.bytes)) << full;
    tested.Take(lines.substr(result.bytes));
    ASSERT_EQ(Contents(directory / "a"), lines) << full;
  }
}

TEST(FileSinkRotation, BySizeAsksOnceAndRotatesBeforeTheCheckpoint) {
  const TemporaryDirectory directory;
  const TestedSink tested({.path = directory / "a", .rotate_bytes = 600});
  tested.Take(StatementLines(1, 2));
  EXPECT_EQ(tested.requests, 0U);
  tested.Take(StatementLines(3, 2));
  tested.Take(StatementLines(5, 1));
  EXPECT_EQ(tested.requests, 1U);
  tested.Take(StatementLine(6) + CheckpointLine(7) + StatementLine(8));
  const std::vector<std::string> expected{StatementLines(1, 6),
                                          CheckpointLine(7) + StatementLine(8)};
  EXPECT_EQ(AllFiles(directory / "a"), expected);
  struct stat status {};
  ASSERT_EQ(::stat((directory / "a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(FileSinkRotation, CheckpointsThatComeEarlyDoNotRotate) {
  const TemporaryDirectory directory;
  const TestedSink tested({.path = directory / "a", .rotate_bytes = 1 << 20});
  const std::string lines = CheckpointLine(1) + StatementLine(2) + CheckpointLine(3);
  tested.Take(lines);
  EXPECT_EQ(AllFiles(directory / "a"), std::vector<std::string>{lines});
}

TEST(FileSinkRotation, EveryRotatedFileBeginsWithACheckpointWithinOneBatch) {
  const TemporaryDirectory directory;
  const TestedSink tested({.path = directory / "a", .rotate_bytes = 700});
  std::string lines = CheckpointLine(1);
  for (std::uint64_t seq = 2; seq < 42; ++seq) {
    lines += seq % 5 == 0 ? CheckpointLine(seq) : StatementLine(seq);
  }
  tested.Take(lines);
  std::string all;
  const auto files = AllFiles(directory / "a");
  EXPECT_GE(files.size(), 5U);
  for (const std::string& file : files) {
    EXPECT_NE(file.substr(0, file.find('\n')).find("\"event\":\"checkpoint\""),
              std::string::npos);
    all += file;
  }
  EXPECT_EQ(all, lines);
}

TEST(FileSinkRotation, TagThatLooksLikeACheckpointIsNone) {
  const TemporaryDirectory directory;
  const TestedSink tested({.path = directory / "a", .rotate_bytes = 1});
  const std::string lines =
      StatementLine(1) + StatementLine(2, "SELECT 2", R"(,"tags":{"event":"checkpoint"})");
  tested.Take(lines);
  EXPECT_EQ(AllFiles(directory / "a"), std::vector<std::string>{lines});
}

TEST(FileSinkRotation, ByTimeRotatesAFileThatBeganInAnEarlierPeriod) {
  const TemporaryDirectory directory;
  PutContents(directory / "a", CheckpointLine(1, "2020-02-29T23:59:59.1Z") + StatementLine(2));
  const TestedSink tested({.path = directory / "a", .rotate_every = std::chrono::hours{24}});
  EXPECT_EQ(tested.sink->Idle(), "");
  EXPECT_EQ(tested.requests, 1U);
  const std::string now =
      RotationStamp(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
  const std::string time = now.substr(0, 4) + "-" + now.substr(4, 2) + "-" + now.substr(6, 2) +
                           "T" + now.substr(9, 2) + ":" + now.substr(11, 2) + ":" +
                           now.substr(13, 2) + ".000000001Z";
  tested.Take(CheckpointLine(3, time) + StatementLine(4));
  EXPECT_EQ(AllFiles(directory / "a").size(), 2U);
  tested.Take(CheckpointLine(5, time));
  EXPECT_EQ(AllFiles(directory / "a").size(), 2U);
}

TEST(FileSinkRotation, FileOfOneLineIsNotRotatedByTime) {
  const TemporaryDirectory directory;
  PutContents(directory / "a", CheckpointLine(1, "2020-02-29T23:59:59.1Z"));
  const TestedSink tested({.path = directory / "a", .rotate_every = std::chrono::hours{24}});
  EXPECT_EQ(tested.sink->Idle(), "");
  EXPECT_EQ(tested.requests, 0U);
}

TEST(FileSinkRotation, RotatedFilesAreCompressedAndTheOldestRemoved) {
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    const TemporaryDirectory directory;
    FileSinkOptions options{.path = directory / "a", .rotate_bytes = 1};
    options.compression = compression;
    options.keep_files = 2;
    const TestedSink tested(options);
    for (std::uint64_t seq = 1; seq < 9; seq += 2) {
      tested.Take(CheckpointLine(seq) + StatementLine(seq + 1));
    }
    EXPECT_TRUE(Eventually([&] {
      const auto files = RotatedFiles(directory / "a");
      return files.size() == 2 && files[0].compressed && files[1].compressed &&
             !files[0].temporary && !files[1].temporary;
    }));
    const std::vector<std::string> expected{CheckpointLine(3) + StatementLine(4),
                                            CheckpointLine(5) + StatementLine(6),
                                            CheckpointLine(7) + StatementLine(8)};
    EXPECT_EQ(AllFiles(directory / "a"), expected);
  }
}

TEST(FileSinkRotation, WhenItFailsTheFileGrowsOnAndIdleTellsOnce) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "d");
  const TestedSink tested({.path = directory / "d" / "a", .rotate_bytes = 1});
  tested.Take(StatementLines(1, 2));
  // The directory has gone elsewhere with the file: there can be no new one at its path.
  std::filesystem::rename(directory / "d", directory / "e");
  tested.Take(CheckpointLine(3) + StatementLine(4));
  EXPECT_EQ(Contents(directory / "e" / "a"),
            StatementLines(1, 2) + CheckpointLine(3) + StatementLine(4));
  EXPECT_NE(tested.sink->Idle().find("cannot be rotated and grows on"), std::string::npos);
  // Who keeps rotated files in order may miss the directory by then, and says so, too.
  EXPECT_EQ(tested.sink->Idle().find("cannot be rotated and grows on"), std::string::npos);
}

TEST(FileSinkRotation, KilledBetweenRotationsNothingIsMissing) {
  const TemporaryDirectory directory;
  FileSinkOptions options{.path = directory / "a", .rotate_bytes = 1};
  {
    const TestedSink tested(options);
    tested.Take(CheckpointLine(1) + StatementLine(2) + CheckpointLine(3));
  }
  // As if killed after the rename.
  std::filesystem::rename(directory / "a", NextRotatedName(directory / "a", {}));
  const TestedSink tested(options);
  tested.Take(StatementLine(4));
  const std::vector<std::string> expected{CheckpointLine(1) + StatementLine(2),
                                          CheckpointLine(3), StatementLine(4)};
  EXPECT_EQ(AllFiles(directory / "a"), expected);
}

}  // namespace
}  // namespace pgmoat::audit
