#include "proxy/audit/spool.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/audit/spool_lines.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

constexpr std::uint64_t kPlenty = std::uint64_t{1} << 40;
constexpr std::size_t kFileBytes = std::size_t{16} << 20;

std::string LineOf(std::size_t number, std::size_t bytes = 0) {
  std::string line = "{\"n\":" + std::to_string(number) + "}";
  if (line.size() < bytes) line.append(bytes - line.size(), ' ');
  return line + "\n";
}

std::size_t FilesIn(const std::filesystem::path& directory) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(directory), {}));
}

std::filesystem::path OnlyFileOf(const std::filesystem::path& directory) {
  return std::filesystem::directory_iterator(directory)->path();
}

// No file may become longer while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::size_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  sighandler_t handler_;
  rlimit before_{};
};

class SpoolTest : public testing::Test {
 protected:
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory / "spool";
};

TEST_F(SpoolTest, NewOneIsEmpty) {
  const Spool spool(path, kPlenty);
  EXPECT_EQ(spool.begin(), 0U);
  EXPECT_EQ(spool.end(), 0U);
  EXPECT_TRUE(spool.Read(0, 100).lines.empty());
  EXPECT_EQ(spool.LastLine(), "");
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_all);
}

TEST_F(SpoolTest, LinesComeBackInPiecesOfAnySizeAlsoAfterARestart) {
  std::string all;
  for (const bool restarted : {false, true}) {
    Spool spool(path, kPlenty);
    for (std::size_t i = 0; !restarted && i < 50; ++i) {
      const std::string lines = LineOf(i, i) + LineOf(i);
      ASSERT_TRUE(spool.Append(lines));
      all += lines;
    }
    EXPECT_EQ(spool.end(), all.size());
    EXPECT_EQ(spool.LastLine(), "{\"n\":49}");
    for (const std::size_t piece : {1U, 8U, 9U, 60U, 1000U, 100'000U}) {
      EXPECT_EQ(TextOf(spool, 0, piece), all) << piece;
    }
  }
}

TEST_F(SpoolTest, APieceIsWholeLinesAtLeastOne) {
  Spool spool(path, kPlenty);
  ASSERT_TRUE(spool.Append("{\"a\":1}\n{\"b\":2}\n"));
  EXPECT_EQ(spool.Read(0, 1).lines, "{\"a\":1}\n");
  EXPECT_EQ(spool.Read(0, 15).lines, "{\"a\":1}\n");
  EXPECT_EQ(spool.Read(0, 16).lines, "{\"a\":1}\n{\"b\":2}\n");
  EXPECT_EQ(spool.Read(8, 100).lines, "{\"b\":2}\n");
}

TEST_F(SpoolTest, TakenLinesAreReadAsAppendedOnesAndThePiecesStay) {
  Spool spool(path, kPlenty);
  std::string lines;
  std::string all;
  std::vector<Spool::Piece> pieces;
  // More than is remembered, so that memory is used again while pieces are held.
  for (std::size_t i = 0; i < 100; ++i) {
    // Large ones and, in as much memory, small ones.
    const std::size_t count = i % 4 == 3 ? 1 : 1000;
    for (std::size_t j = 0; j < count; ++j) lines += LineOf(i * 1000 + j, 50);
    const std::uint64_t position = all.size();
    all += lines;
    ASSERT_TRUE(spool.Take(lines, count));
    EXPECT_EQ(lines, "");
    const Spool::Piece piece = spool.Read(position, 1 << 20);
    EXPECT_EQ(piece.count, count);
    if (i % 7 == 0) pieces.push_back(piece);
  }
  std::size_t held = 0;
  for (const Spool::Piece& piece : pieces) {
    held = all.find(piece.lines, held);
    ASSERT_NE(held, std::string::npos);
  }
  EXPECT_TRUE(TextOf(spool, 0, 100'000) == all);
  EXPECT_EQ(spool.Read(all.size() - 10, 1).count, 0U) << "a part is not counted";
}

TEST_F(SpoolTest, APositionThatIsNotThereIsTakenForTheBeginning) {
  Spool spool(path, kPlenty);
  ASSERT_TRUE(spool.Append(LineOf(1)));
  EXPECT_EQ(spool.Read(1000, 100).lines, LineOf(1));
}

TEST_F(SpoolTest, APieceOutlivesWhatItWasReadFrom) {
  auto spool = std::make_unique<Spool>(path, kPlenty);
  ASSERT_TRUE(spool->Append(LineOf(1)));
  const Spool::Piece piece = spool->Read(0, 100);
  spool.reset();
  EXPECT_EQ(piece.lines, LineOf(1));
}

TEST_F(SpoolTest, ATornTailIsCutWhereverItIsTorn) {
  const std::string whole = LineOf(1) + LineOf(2);
  const std::string torn = LineOf(3);
  for (std::size_t bytes = 0; bytes < torn.size(); ++bytes) {
    std::filesystem::remove_all(path);
    {
      Spool spool(path, kPlenty);
      ASSERT_TRUE(spool.Append(whole + torn));
    }
    std::filesystem::resize_file(OnlyFileOf(path), whole.size() + bytes);
    Spool spool(path, kPlenty);
    ASSERT_EQ(spool.end(), whole.size()) << bytes;
    ASSERT_EQ(spool.LastLine(), "{\"n\":2}");
    ASSERT_TRUE(spool.Append(LineOf(4)));
    ASSERT_EQ(TextOf(spool, 0), whole + LineOf(4));
    ASSERT_EQ(Contents(OnlyFileOf(path)), whole + LineOf(4));
  }
}

TEST_F(SpoolTest, AWriteThatGetsOnlyHalfwayLeavesNothing) {
  const std::string before = LineOf(1);
  const std::string lines = LineOf(2) + LineOf(3);
  for (std::size_t room = 0; room < lines.size(); ++room) {
    std::filesystem::remove_all(path);
    Spool spool(path, kPlenty);
    ASSERT_TRUE(spool.Append(before));
    {
      const FileSizeLimit limit(before.size() + room);
      ASSERT_FALSE(spool.Append(lines)) << room;
    }
    ASSERT_NE(spool.error(), "");
    ASSERT_EQ(spool.end(), before.size());
    ASSERT_EQ(Contents(OnlyFileOf(path)), before);
    ASSERT_TRUE(spool.Append(lines));
    ASSERT_EQ(spool.error(), "");
    ASSERT_EQ(Contents(OnlyFileOf(path)), before + lines);
    ASSERT_EQ(TextOf(spool, 0), before + lines);
  }
}

TEST_F(SpoolTest, TakesNoMoreThanItMayUntilSomeIsReleased) {
  Spool spool(path, 3 * LineOf(1).size());
  for (std::size_t i = 0; i < 3; ++i) ASSERT_TRUE(spool.Append(LineOf(i)));
  EXPECT_FALSE(spool.Append(LineOf(3)));
  EXPECT_NE(spool.error().find("audit.max_spool_size"), std::string::npos) << spool.error();
  EXPECT_EQ(TextOf(spool, 0), LineOf(0) + LineOf(1) + LineOf(2));
  spool.Release(LineOf(0).size());
  EXPECT_TRUE(spool.Append(LineOf(3)));
  EXPECT_FALSE(spool.Append(LineOf(4)));
}

TEST_F(SpoolTest, WhatIsLargerThanItMayBeGoesWhenNothingElseIsThere) {
  Spool spool(path, 10);
  EXPECT_TRUE(spool.Append(LineOf(1, 100)));
  EXPECT_FALSE(spool.Append(LineOf(2)));
}

TEST_F(SpoolTest, ReadsOverFilesAndDeletesThoseThatAreReleased) {
  const std::size_t bytes = std::size_t{1} << 20;
  std::string all;
  {
    Spool spool(path, kPlenty);
    for (std::size_t i = 0; i < 40; ++i) {
      const std::string line = LineOf(i, bytes);
      ASSERT_TRUE(spool.Append(line));
      all += line;
    }
    EXPECT_EQ(FilesIn(path), 3U);
    EXPECT_TRUE(TextOf(spool, 0, std::size_t{256} << 10) == all);
    spool.Release(20 * (bytes + 1));
    EXPECT_EQ(FilesIn(path), 2U);
    EXPECT_TRUE(TextOf(spool, spool.begin()) == all.substr(20 * (bytes + 1)));
    spool.Release(spool.end());
    EXPECT_EQ(FilesIn(path), 1U);
    EXPECT_EQ(spool.begin(), spool.end());
  }
  Spool spool(path, kPlenty);
  EXPECT_EQ(spool.end(), all.size()) << "positions stay";
  EXPECT_EQ(spool.LastLine() + "\n", LineOf(39, bytes));
  EXPECT_LE(spool.begin(), all.size());
  EXPECT_GT(spool.begin(), 2 * kFileBytes - bytes);
}

TEST_F(SpoolTest, AReleaseBehindTheEndReleasesUpToIt) {
  Spool spool(path, kPlenty);
  ASSERT_TRUE(spool.Append(LineOf(1)));
  spool.Release(1000);
  EXPECT_EQ(spool.begin(), LineOf(1).size());
  ASSERT_TRUE(spool.Append(LineOf(2)));
  EXPECT_EQ(TextOf(spool, spool.begin()), LineOf(2));
}

TEST_F(SpoolTest, TheLastLineStaysAlsoWhereTheNextFileCouldNotBeWritten) {
  const std::string large = LineOf(1, kFileBytes);
  {
    Spool spool(path, kPlenty);
    ASSERT_TRUE(spool.Append(large));
    {
      const FileSizeLimit limit(0);
      ASSERT_FALSE(spool.Append(LineOf(2)));
    }
    spool.Release(spool.end());
  }
  Spool spool(path, kPlenty);
  EXPECT_TRUE(spool.LastLine() + "\n" == large);
  EXPECT_EQ(spool.end(), large.size());
  ASSERT_TRUE(spool.Append(LineOf(2)));
  EXPECT_EQ(spool.LastLine() + "\n", LineOf(2));
}

TEST_F(SpoolTest, AFileThatIsMissingCutsOffWhatIsBeforeIt) {
  const std::size_t bytes = std::size_t{1} << 20;
  {
    Spool spool(path, kPlenty);
    for (std::size_t i = 0; i < 40; ++i) ASSERT_TRUE(spool.Append(LineOf(i, bytes)));
  }
  std::filesystem::remove(path / "00000000000016777232.jsonl");
  ASSERT_EQ(FilesIn(path), 2U);
  Spool spool(path, kPlenty);
  EXPECT_EQ(spool.begin(), 2 * 16 * (bytes + 1));
  EXPECT_EQ(spool.end(), 40 * (bytes + 1));
}

TEST_F(SpoolTest, ADirectoryThatCannotBeMadeIsNamed) {
  PutContents(directory / "file", "");
  try {
    const Spool spool(directory / "file" / "spool", kPlenty);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find((directory / "file").string()), std::string::npos);
  }
}

TEST_F(SpoolTest, AReaderSeesEachLineOnceWhileOthersAreAppended) {
  constexpr std::size_t kLines = 20'000;
  Spool spool(path, kPlenty);
  std::thread writer([&] {
    for (std::size_t i = 0; i < kLines; ++i) EXPECT_TRUE(spool.Append(LineOf(i)));
  });
  std::uint64_t position = 0;
  std::string got;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::ptrdiff_t lines = 0;
  while (lines < static_cast<std::ptrdiff_t>(kLines) &&
         std::chrono::steady_clock::now() < deadline) {
    spool.WaitBeyond(position, std::chrono::milliseconds(1000));
    const Spool::Piece piece = spool.Read(position, 4096);
    got += piece.lines;
    lines += std::count(piece.lines.begin(), piece.lines.end(), '\n');
    position += piece.lines.size();
    spool.Release(position);
  }
  writer.join();
  std::string wanted;
  for (std::size_t i = 0; i < kLines; ++i) wanted += LineOf(i);
  EXPECT_TRUE(got == wanted);
}

TEST_F(SpoolTest, AWaitEndsWhenItIsWoken) {
  Spool spool(path, kPlenty);
  std::atomic<bool> woken{false};
  std::thread waiter([&] {
    spool.WaitBeyond(0, std::chrono::minutes(5));
    woken = true;
  });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  // The waiter may not wait yet.
  while (!woken && std::chrono::steady_clock::now() < deadline) {
    spool.Wake();
    std::this_thread::yield();
  }
  EXPECT_TRUE(woken);
  waiter.join();
}

// Appends as long as it lives, and tells after each line that the spool has it.
[[noreturn]] void AppendUntilKilled(const std::filesystem::path& path, std::size_t from,
                                    int tell) {
  Spool spool(path, kPlenty);
  for (std::size_t i = from;; ++i) {
    if (!spool.Append(LineOf(i, i % 3000))) ::_exit(1);
    if (::write(tell, &i, sizeof i) != sizeof i) ::_exit(2);
  }
}

TEST_F(SpoolTest, WhatWasTakenSurvivesAKill) {
  std::mt19937 random(1);
  std::size_t next = 0;
  for (int round = 0; round < 20; ++round) {
    int tells[2];
    ASSERT_EQ(::pipe(tells), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) AppendUntilKilled(path, next, tells[1]);
    ::close(tells[1]);
    std::size_t told = 0;
    for (std::size_t reads = 1 + random() % 200; reads > 0; --reads) {
      ASSERT_EQ(::read(tells[0], &told, sizeof told), static_cast<ssize_t>(sizeof told));
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    while (::read(tells[0], &told, sizeof told) == static_cast<ssize_t>(sizeof told)) continue;
    ::close(tells[0]);
    const Spool spool(path, kPlenty);
    const std::vector<std::string> lines = LinesOf(spool);
    ASSERT_GT(lines.size(), told);
    for (std::size_t i = next; i < lines.size(); ++i) {
      ASSERT_EQ(lines[i] + "\n", LineOf(i, i % 3000));
    }
    next = lines.size();
  }
}

}  // namespace
}  // namespace pgmoat::audit
