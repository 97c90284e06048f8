// A disk without room, a directory that cannot be written.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <mutex>
#include <thread>

#include "tests/audit/journal/records.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

using namespace test;

constexpr std::size_t kSegmentBytes = 64 << 10;

// Files may not grow beyond it: the kernel refuses as it does when a disk is full.
class FileSizeLimit {
 public:
  FileSizeLimit() {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    ignored_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, ignored_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  void Set(std::size_t bytes) { ::setrlimit(RLIMIT_FSIZE, Limit(bytes)); }
  void Lift() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  const rlimit* Limit(std::size_t bytes) {
    limit_ = before_;
    limit_.rlim_cur = bytes;
    return &limit_;
  }
  rlimit before_{};
  rlimit limit_{};
  void (*ignored_)(int) = nullptr;
};

JournalOptions Options(const std::filesystem::path& directory) {
  JournalOptions options;
  options.directory = directory;
  options.segment_bytes = kSegmentBytes;
  options.sync = JournalSync::kNone;
  return options;
}

std::string RefusalOf(const JournalOptions& options) {
  try {
    const Journal journal(options);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(JournalOnAFullDisk, DoesNotStartAndNamesTheFile) {
  const TemporaryDirectory directory;
  const JournalOptions options = Options(directory / "journal");
  {
    FileSizeLimit limit;
    limit.Set(kSegmentBytes / 2);
    const std::string refusal = RefusalOf(options);
    EXPECT_NE(refusal.find(options.directory.string()), std::string::npos) << refusal;
    EXPECT_NE(refusal.find(".segment' cannot be made: File too large"), std::string::npos)
        << refusal;
  }
  // Nothing of the attempt is in the way of the next.
  EXPECT_EQ(RefusalOf(options), "");
}

TEST(JournalOnAFullDisk, SaysSoAndGoesOnWhenThereIsRoom) {
  const TemporaryDirectory directory;
  std::mutex mutex;
  std::vector<std::string> messages;
  JournalOptions options = Options(directory / "journal");
  options.max_bytes = 100 * kSegmentBytes;
  options.on_message = [&](const std::string& message) {
    const std::lock_guard lock(mutex);
    messages.push_back(message);
  };
  const auto last = [&](const std::string& part) {
    const std::lock_guard lock(mutex);
    return !messages.empty() && messages.back().find(part) != std::string::npos;
  };
  FileSizeLimit limit;
  Journal journal(options);
  session::AuditTrail& lane = journal.Lane(0);
  limit.Set(kSegmentBytes / 2);
  const auto subject = Subject("s");
  std::uint64_t appended = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!last("File too large") && std::chrono::steady_clock::now() < deadline) {
    for (int i = 0; i < 50; ++i) {
      lane.Append(Statement(Id(1, ++appended), subject, Text(std::string(100, 't'))));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(last("it takes no more records until there is room"));
  EXPECT_FALSE(journal.Healthy());
  limit.Lift();
  while (!last("takes records again") && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(journal.Healthy());
  lane.Append(Statement(Id(1, ++appended), subject, Text("SELECT 1")));
  std::uint64_t accounted = 0;
  JournalEntry entry;
  while (journal.source().Next(entry)) {
    if (entry.kind != JournalEntry::Kind::kRecord) continue;
    const bool gap = entry.record.event == session::AuditEvent::kGap;
    accounted += gap ? entry.record.rows_affected : 1;
  }
  EXPECT_EQ(accounted, appended);
}

TEST(JournalDirectory, ThatCannotBeMadeIsNamed) {
  const TemporaryDirectory directory;
  const std::filesystem::path missing = directory / "no" / "journal";
  const std::string refusal = RefusalOf(Options(missing));
  EXPECT_EQ(refusal, "audit journal '" + missing.string() +
                         "' cannot be made: No such file or directory");
}

TEST(JournalDirectory, ThatIsAFileIsNamed) {
  const TemporaryDirectory directory;
  PutContents(directory / "journal", "a file");
  const std::string refusal = RefusalOf(Options(directory / "journal"));
  EXPECT_NE(refusal.find("journal' cannot be written: Not a directory"), std::string::npos)
      << refusal;
}

// Root may write everywhere: a child that is somebody else.
TEST(JournalDirectory, ThatCannotBeWrittenIsNamed) {
  const TemporaryDirectory directory;
  const std::filesystem::path path = directory / "journal";
  std::filesystem::create_directory(path);
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(path, std::filesystem::perms(0555));
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65'534) != 0) ::_exit(3);
    const std::string refusal = RefusalOf(Options(path));
    const bool named = refusal.find(path.string() + "' cannot be written: Permission denied") !=
                       std::string::npos;
    ::_exit(named ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace pgmoat::audit
