#include "proxy/audit/writer.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <future>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

using nlohmann::json;
using session::AuditRecord;

// What the callbacks said, for a test to wait for.
class Heard {
 public:
  WriterOptions Options(std::filesystem::path file) {
    WriterOptions options;
    options.file = std::move(file);
    options.on_written = [this](std::size_t records) { Change([&] { written += records; }); };
    options.on_lost = [this](std::size_t records) { Change([&] { lost += records; }); };
    options.on_health = [this](bool healthy) { Change([&] { health.push_back(healthy); }); };
    options.on_message = [this](const std::string& message) {
      Change([&] { messages.push_back(message); });
    };
    return options;
  }
  template <typename Predicate>
  void Await(Predicate predicate) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(30), predicate));
  }

  std::size_t written = 0;
  std::size_t lost = 0;
  std::vector<bool> health;
  std::vector<std::string> messages;

 private:
  template <typename F>
  void Change(F change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
};

AuditRecord Record(Writer& writer, const std::string& statement) {
  AuditRecord record;
  record.id = writer.NewId();
  record.time = std::chrono::system_clock::now();
  auto text = std::make_shared<session::AuditedText>();
  text->text = statement;
  text->full_bytes = statement.size();
  record.text = std::move(text);
  record.protocol_event = "Query";
  return record;
}

std::vector<json> Records(const std::filesystem::path& file) {
  std::vector<json> records;
  for (const std::string& line : Lines(Contents(file))) records.push_back(json::parse(line));
  return records;
}

// A disk with `bytes` of room: writes past it get EFBIG, after a partial write where the
// limit falls inside one, as ENOSPC does.
class FullDisk {
 public:
  explicit FullDisk(std::size_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit small = before_;
    small.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() { Free(); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  void Free() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST(Writer, RecordsAreWrittenInOrder) {
  const TemporaryDirectory directory;
  Heard heard;
  Writer writer(heard.Options(directory / "a"));
  for (int i = 0; i < 1000; ++i) {
    writer.Append(Record(writer, "SELECT " + std::to_string(i)));
  }
  writer.Flush();
  const std::vector<json> records = Records(directory / "a");
  ASSERT_EQ(records.size(), 1000U);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i]["statement"], "SELECT " + std::to_string(i));
    if (i > 0) {
      EXPECT_LT(records[i - 1]["id"], records[i]["id"]);
    }
  }
  heard.Await([&] { return heard.written == 1000; });
  EXPECT_TRUE(writer.Healthy());
  EXPECT_TRUE(heard.health.empty());
}

TEST(Writer, DestructorWritesWhatIsQueued) {
  const TemporaryDirectory directory;
  {
    Writer writer({.file = directory / "a"});
    for (int i = 0; i < 5000; ++i) writer.Append(Record(writer, "SELECT 1"));
  }
  EXPECT_EQ(Records(directory / "a").size(), 5000U);
}

TEST(Writer, FlushWithNothingQueuedReturns) {
  const TemporaryDirectory directory;
  Writer writer({.file = directory / "a"});
  writer.Flush();
  EXPECT_EQ(Contents(directory / "a"), "");
}

TEST(Writer, RecordIsWrittenWithoutFlush) {
  const TemporaryDirectory directory;
  Heard heard;
  Writer writer(heard.Options(directory / "a"));
  for (std::size_t i = 1; i <= 20; ++i) {
    writer.Append(Record(writer, "SELECT 1"));
    heard.Await([&] { return heard.written == i; });
  }
  EXPECT_EQ(Records(directory / "a").size(), 20U);
}

TEST(Writer, ManyThreadsAppendWholeLinesInTheirOwnOrder) {
  constexpr int kThreads = 8;
  constexpr int kEach = 5000;
  const TemporaryDirectory directory;
  {
    Writer writer({.file = directory / "a"});
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&writer, t] {
        for (int i = 0; i < kEach; ++i) {
          AuditRecord record = Record(writer, std::to_string(t));
          record.rows = static_cast<std::uint64_t>(i);
          writer.Append(std::move(record));
          if (i % 1000 == 0) writer.Flush();
        }
      });
    }
  }
  std::vector<int> next(kThreads, 0);
  const std::vector<json> records = Records(directory / "a");
  EXPECT_EQ(records.size(), static_cast<std::size_t>(kThreads * kEach));
  for (const json& record : records) {
    int& expected = next[std::stoul(record["statement"].get<std::string>())];
    ASSERT_EQ(record["rows"], expected);
    ++expected;
  }
}

TEST(Writer, FileThatCannotBeOpenedThrows) {
  EXPECT_THROW(Writer({.file = "/nonexistent/directory/audit.jsonl"}), std::runtime_error);
}

TEST(Writer, FullDeviceIsUnhealthyAndLosesItsRecordsOnlyAtTheEnd) {
  Heard heard;
  {
    Writer writer(heard.Options("/dev/full"));
    EXPECT_TRUE(writer.Healthy());
    writer.Append(Record(writer, "SELECT 1"));
    writer.Append(Record(writer, "SELECT 2"));
    writer.Flush();
    EXPECT_FALSE(writer.Healthy());
    heard.Await([&] { return heard.messages.size() == 1; });
    EXPECT_EQ(heard.messages[0],
              "audit file '/dev/full' cannot be written: No space left on device; records wait "
              "in memory");
    EXPECT_EQ(heard.lost, 0U);
  }
  EXPECT_EQ(heard.lost, 2U);
  EXPECT_EQ(heard.written, 0U);
}

TEST(Writer, FullDiskKeepsRecordsAndRecoversByItself) {
  const TemporaryDirectory directory;
  Heard heard;
  Writer writer(heard.Options(directory / "a"));
  FullDisk disk(1000);  // falls inside a line
  for (int i = 0; i < 100; ++i) {
    writer.Append(Record(writer, "SELECT " + std::to_string(i)));
  }
  writer.Flush();
  EXPECT_FALSE(writer.Healthy());
  EXPECT_EQ(Contents(directory / "a").size(), 1000U);

  disk.Free();
  heard.Await([&] { return heard.health == std::vector<bool>{false, true}; });
  writer.Flush();
  EXPECT_TRUE(writer.Healthy());
  const std::vector<json> records = Records(directory / "a");
  ASSERT_EQ(records.size(), 100U);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i]["statement"], "SELECT " + std::to_string(i));
  }
  heard.Await([&] { return heard.messages.size() == 2; });
  EXPECT_EQ(heard.messages[1],
            "audit file '" + (directory / "a").string() + "' is written again");
}

TEST(Writer, FullDiskAtEveryByteNeverTearsALine) {
  const TemporaryDirectory directory;
  std::size_t line_bytes = 0;
  {
    Writer writer({.file = directory / "measure"});
    writer.Append(Record(writer, "SELECT 1"));
    writer.Flush();
    line_bytes = Contents(directory / "measure").size();
  }
  for (std::size_t room = 0; room <= 2 * line_bytes; ++room) {
    const auto path = directory.path() / std::to_string(room);
    Writer writer({.file = path});
    {
      const FullDisk disk(room);
      writer.Append(Record(writer, "SELECT 1"));
      writer.Append(Record(writer, "SELECT 2"));
      writer.Flush();
      EXPECT_EQ(writer.Healthy(), room == 2 * line_bytes) << room;
    }
    writer.Flush();
    EXPECT_EQ(Records(path).size(), 2U) << room;
  }
}

TEST(Writer, DestructorOnAFullDiskLeavesWholeLines) {
  const TemporaryDirectory directory;
  Heard heard;
  {
    const FullDisk disk(1000);
    Writer writer(heard.Options(directory / "a"));
    for (int i = 0; i < 10; ++i) writer.Append(Record(writer, "SELECT 1"));
    writer.Flush();
  }
  const std::size_t whole = Records(directory / "a").size();
  EXPECT_GT(whole, 0U);
  EXPECT_LT(whole, 10U);
  EXPECT_EQ(heard.lost, 10U - whole);
}

TEST(Writer, QueueThreeQuartersFullIsUnhealthyWithoutLoss) {
  Heard heard;
  WriterOptions options = heard.Options("/dev/full");
  options.max_queued_bytes = 100'000;
  Writer writer(std::move(options));
  writer.Append(Record(writer, std::string(80'000, 'x')));
  EXPECT_FALSE(writer.Healthy());
}

TEST(Writer, RecordsPastTheBoundBecomeAGapWhereTheyAreMissing) {
  const TemporaryDirectory directory;
  Heard heard;
  WriterOptions options = heard.Options(directory / "a");
  options.max_queued_bytes = 100'000;
  Writer writer(std::move(options));
  FullDisk disk(10);
  const std::string long_statement(10'000, 'x');
  int appended = 0;
  for (; appended < 30; ++appended) writer.Append(Record(writer, long_statement));
  writer.Flush();
  EXPECT_FALSE(writer.Healthy());

  disk.Free();
  heard.Await([&] { return !heard.health.empty() && heard.health.back(); });
  writer.Append(Record(writer, "SELECT 'after'"));
  writer.Flush();
  EXPECT_TRUE(writer.Healthy());

  const std::vector<json> records = Records(directory / "a");
  std::size_t kept = 0;
  std::size_t lost = 0;
  for (const json& record : records) {
    if (record["event"] == "gap") {
      lost += record["lost_records"].get<std::size_t>();
      EXPECT_EQ(kept, 9U);  // behind the last that fitted, before what came after
    } else {
      ++kept;
    }
  }
  EXPECT_EQ(kept, 9U + 1U);
  EXPECT_EQ(lost, 21U);
  EXPECT_EQ(records.back()["statement"], "SELECT 'after'");
  heard.Await([&] { return heard.lost == 21; });
}

TEST(Writer, ReopenGoesOnInANewFileAfterARename) {
  const TemporaryDirectory directory;
  Writer writer({.file = directory / "a"});
  writer.Append(Record(writer, "SELECT 'old'"));
  writer.Flush();
  std::filesystem::rename(directory / "a", directory / "a.1");
  writer.Append(Record(writer, "SELECT 'still old'"));
  writer.Flush();
  EXPECT_EQ(writer.Reopen(), "");
  writer.Append(Record(writer, "SELECT 'new'"));
  writer.Flush();
  EXPECT_EQ(Records(directory / "a.1").size(), 2U);
  const std::vector<json> records = Records(directory / "a");
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0]["statement"], "SELECT 'new'");
}

TEST(Writer, ReopenOfTheSameFileUnderLoadLosesNothing) {
  const TemporaryDirectory directory;
  {
    Writer writer({.file = directory / "a"});
    std::jthread appender([&] {
      for (int i = 0; i < 20'000; ++i) writer.Append(Record(writer, "SELECT 1"));
    });
    for (int i = 0; i < 200; ++i) EXPECT_EQ(writer.Reopen(), "");
  }
  EXPECT_EQ(Records(directory / "a").size(), 20'000U);
}

TEST(Writer, ReopenWithALineHalfWrittenMovesItToTheNewFile) {
  const TemporaryDirectory directory;
  Writer writer({.file = directory / "a"});
  FullDisk disk(1000);
  for (int i = 0; i < 10; ++i) writer.Append(Record(writer, "SELECT 1"));
  writer.Flush();
  std::filesystem::rename(directory / "a", directory / "a.1");
  disk.Free();
  EXPECT_EQ(writer.Reopen(), "");
  writer.Flush();
  EXPECT_EQ(Records(directory / "a.1").size() + Records(directory / "a").size(), 10U);
}

TEST(Writer, ReopenThatFailsSaysWhyAndKeepsTheOldFile) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "d");
  Writer writer({.file = directory / "d" / "a"});
  writer.Append(Record(writer, "SELECT 1"));
  writer.Flush();
  std::filesystem::rename(directory / "d", directory / "e");
  EXPECT_EQ(writer.Reopen(),
            "audit file '" + (directory / "d" / "a").string() +
                "': cannot be opened for appending: No such file or directory");
  writer.Append(Record(writer, "SELECT 2"));
  writer.Flush();
  EXPECT_TRUE(writer.Healthy());
  EXPECT_EQ(Records(directory / "e" / "a").size(), 2U);
}

TEST(Writer, DeletedFileIsMadeAnew) {
  const TemporaryDirectory directory;
  Writer writer({.file = directory / "a"});
  writer.Append(Record(writer, "SELECT 1"));
  writer.Flush();
  std::filesystem::remove(directory / "a");
  writer.Append(Record(writer, "SELECT 2"));
  writer.Flush();
  const std::vector<json> records = Records(directory / "a");
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0]["statement"], "SELECT 2");
}

TEST(Writer, DirectoryThatIsGoneIsUnhealthyUntilItIsBack) {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "d");
  Heard heard;
  Writer writer(heard.Options(directory / "d" / "a"));
  std::filesystem::remove_all(directory / "d");
  writer.Append(Record(writer, "SELECT 1"));
  writer.Flush();
  EXPECT_FALSE(writer.Healthy());
  std::filesystem::create_directory(directory / "d");
  writer.Flush();
  EXPECT_TRUE(writer.Healthy());
  EXPECT_EQ(Records(directory / "d" / "a").size(), 1U);
}

TEST(Writer, UnfinishedLineOfAKilledProcessBecomesAGap) {
  const TemporaryDirectory directory;
  PutContents(directory / "a", "{\"v\":1,\"id\":\"0\"}\n{\"v\":1,\"id\":\"01");
  Writer writer({.file = directory / "a"});
  writer.Append(Record(writer, "SELECT 1"));
  writer.Flush();
  const std::vector<json> records = Records(directory / "a");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[1]["event"], "gap");
  EXPECT_EQ(records[1]["lost_records"], 1);
  EXPECT_EQ(records[2]["statement"], "SELECT 1");
}

}  // namespace
}  // namespace pgmoat::audit
