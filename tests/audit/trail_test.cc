#include "proxy/audit/trail.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "proxy/audit/reading/trail_line.h"
#include "tests/audit/some_records.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

using nlohmann::json;
using session::AuditEnd;
using session::AuditRecord;
using session::AuditTicket;
using session::Outcome;

bool Eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // between two looks
  }
  return true;
}

AuditEnd Ended() {
  AuditEnd end;
  end.duration = std::chrono::nanoseconds(1000);
  return end;
}

AuditTicket Begin(session::AuditTrail& lane, const std::string& text) {
  AuditRecord record = Statement(text);
  record.outcome = Outcome::kRunning;
  record.time = std::chrono::system_clock::now();
  record.id = lane.NewId(record.time);
  return lane.Begin(record);
}

FileSinkOptions OfFile(std::filesystem::path path) {
  FileSinkOptions options;
  options.path = std::move(path);
  return options;
}

class TrailTest : public testing::Test {
 protected:
  TrailOptions Options() const {
    TrailOptions options;
    options.directory = directory / "journal";
    options.lanes = 2;
    options.segment_bytes = std::size_t{64} << 10;
    options.version = "0.1.0";
    options.sinks = {FileSink("file")};
    return options;
  }
  SinkOptions FileSink(const std::string& name) const {
    SinkOptions sink;
    sink.name = name;
    sink.options = OfFile(FileOf(name));
    return sink;
  }
  std::filesystem::path FileOf(const std::string& name) const {
    return directory / (name + ".jsonl").c_str();
  }

  // Each proved to follow the one before.
  std::vector<json> Proved(const std::string& sink = "file") const {
    std::vector<json> lines;
    LineHash before{};
    for (const std::string& line : Lines(Contents(FileOf(sink)))) {
      const auto read = ReadTrailLine(line);
      EXPECT_TRUE(read && ContinuesFrom(*read, before)) << line;
      if (!read) break;
      before = read->hash;
      lines.push_back(json::parse(line));
    }
    return lines;
  }

  const TemporaryDirectory directory;
};

TEST_F(TrailTest, WhatSessionsTellIsInTheFileWhenItEnds) {
  {
    Trail trail(Options());
    EXPECT_TRUE(trail.Healthy());
    for (std::size_t lane = 0; lane < 2; ++lane) {
      const AuditTicket ticket = Begin(trail.Lane(lane), "SELECT " + std::to_string(lane));
      ASSERT_NE(ticket, 0U);
      trail.Lane(lane).End(ticket, Ended());
    }
    trail.NoteReload(8);
  }
  std::multiset<std::string> seen;
  for (const json& line : Proved()) {
    seen.insert(line["event"] == "statement" ? line["statement"] : line["event"]);
  }
  EXPECT_EQ(seen, (std::multiset<std::string>{"start", "checkpoint", "SELECT 0", "SELECT 1",
                                              "reload", "stop", "checkpoint"}));
}

TEST_F(TrailTest, LinesReachTheFileWhileItRuns) {
  Trail trail(Options());
  trail.Lane(0).End(Begin(trail.Lane(0), "SELECT 42"), Ended());
  EXPECT_TRUE(Eventually(
      [&] { return Contents(FileOf("file")).find("SELECT 42") != std::string::npos; }));
  EXPECT_TRUE(Eventually([&] { return trail.Sinks().at(0).lag_lines == 0; }));
  EXPECT_TRUE(Eventually([&] { return trail.JournalLagBytes() == 0; }));
  EXPECT_FALSE(trail.Sinks().at(0).failing);
}

TEST_F(TrailTest, TheChainGoesOnOverRestarts) {
  for (int i = 0; i < 4; ++i) {
    Trail trail(Options());
    trail.Lane(0).End(Begin(trail.Lane(0), "SELECT 1"), Ended());
  }
  const auto lines = Proved();
  ASSERT_EQ(lines.size(), 20U);
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i]["seq"], i + 1);
}

TEST_F(TrailTest, ManySegmentsOfBothLanesAreReadToTheirEnd) {
  constexpr int kStatements = 3000;
  {
    Trail trail(Options());
    std::vector<std::thread> workers;
    for (std::size_t lane = 0; lane < 2; ++lane) {
      workers.emplace_back([&trail, lane] {
        session::AuditTrail& own = trail.Lane(lane);
        for (int i = 0; i < kStatements; ++i) {
          ASSERT_TRUE(Eventually([&] { return own.Healthy(); }));
          own.End(Begin(own, "SELECT " + std::to_string(i)), Ended());
        }
      });
    }
    for (std::thread& worker : workers) worker.join();
  }
  std::set<std::string> ids;
  for (const json& line : Proved()) {
    EXPECT_NE(line["event"], "gap") << line.dump();
    if (line["event"] == "statement") ids.insert(line["id"]);
  }
  EXPECT_EQ(ids.size(), 2U * kStatements);
}

TEST_F(TrailTest, EachSinkHasAllAndANewOneBeginsWithWhatIsThere) {
  TrailOptions options = Options();
  options.sinks.push_back(FileSink("other"));
  {
    Trail trail(options);
    trail.Lane(0).End(Begin(trail.Lane(0), "SELECT 1"), Ended());
  }
  EXPECT_EQ(Contents(FileOf("file")), Contents(FileOf("other")));
  EXPECT_EQ(Proved().size(), 5U);
}

TEST_F(TrailTest, ASinkThatTheConfigHasNoMoreHoldsNothing) {
  TrailOptions options = Options();
  options.sinks.push_back(FileSink("other"));
  { const Trail trail(options); }
  ASSERT_TRUE(std::filesystem::exists(options.directory / "cursors" / "other"));
  { const Trail trail(Options()); }
  EXPECT_FALSE(std::filesystem::exists(options.directory / "cursors" / "other"));
}

// What was delivered is room, although its file is still there.
TEST_F(TrailTest, StartsAgainWithASpoolFileThatIsLongerThanTheSpoolMayBe) {
  TrailOptions options = Options();
  options.segment_bytes = std::size_t{1} << 20;
  {
    Trail trail(options);
    for (int i = 0; i < 2000; ++i) {
      trail.Lane(0).End(Begin(trail.Lane(0), std::string(1000, ' ') + "SELECT 1"), Ended());
    }
  }
  ASSERT_GT(std::filesystem::file_size(FileOf("file")), std::size_t{1} << 20);
  options.max_spool_bytes = std::size_t{1} << 20;
  const std::size_t before = Proved().size();
  Trail trail(options);
  EXPECT_TRUE(Eventually([&] { return trail.Sinks().at(0).lag_lines == 0; }));
  EXPECT_TRUE(Eventually([&] { return Proved().size() > before; }));
}

TEST_F(TrailTest, WhileASinkFailsItsLinesWaitAndTheOtherGoesOn) {
  TrailOptions options = Options();
  SinkOptions dead;
  dead.name = "dead";
  StreamSinkOptions stream;
  stream.socket = directory / "nobody.sock";
  dead.options = stream;
  options.sinks.push_back(dead);
  std::mutex mutex;
  std::vector<std::string> failed;
  options.on_sink_failure = [&](const std::string& name) {
    const std::lock_guard lock(mutex);
    failed.push_back(name);
  };
  Trail trail(options);
  trail.Lane(0).End(Begin(trail.Lane(0), "SELECT 42"), Ended());
  EXPECT_TRUE(Eventually(
      [&] { return Contents(FileOf("file")).find("SELECT 42") != std::string::npos; }));
  EXPECT_TRUE(Eventually([&] {
    const SinkState state = trail.Sinks().at(1);
    return state.failing && state.lag_lines >= 3;
  }));
  EXPECT_EQ(trail.Sinks().at(1).name, "dead");
  const std::lock_guard lock(mutex);
  ASSERT_FALSE(failed.empty());
  EXPECT_EQ(failed[0], "dead");
}

TEST_F(TrailTest, AFullSpoolMakesItUnhealthyUntilTheSinkIsBack) {
  TrailOptions options = Options();
  options.max_spool_bytes = 100'000;
  const std::filesystem::path socket = directory / "away";
  std::filesystem::create_directory(directory / "away");
  SinkOptions late;
  late.name = "late";
  late.options = OfFile(directory / "away" / "late.jsonl");
  options.sinks = {late};
  std::vector<std::string> ids;
  std::filesystem::path moved = directory / "moved";
  {
    Trail trail(options);
    ASSERT_TRUE(Eventually([&] { return trail.Sinks().at(0).lag_lines == 0; }));
    // The file is deleted, and cannot be made anew.
    std::filesystem::remove(socket / "late.jsonl");
    std::filesystem::rename(socket, moved);
    PutContents(socket, "");
    session::AuditTrail& lane = trail.Lane(0);
    ASSERT_TRUE(Eventually([&] {
      for (int i = 0; i < 100 && lane.Healthy(); ++i) {
        lane.End(Begin(lane, std::string(500, ' ')), Ended());
      }
      return !lane.Healthy();
    }));
    EXPECT_FALSE(trail.Healthy());
    std::filesystem::remove(socket);
    std::filesystem::rename(moved, socket);
    EXPECT_TRUE(Eventually([&] { return trail.Healthy(); })) << "without a restart";
  }
}

TEST_F(TrailTest, ADirectoryOrAFileThatCannotBeUsedIsNamed) {
  const auto refusal = [](TrailOptions options) -> std::string {
    try {
      const Trail trail(std::move(options));
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  TrailOptions options = Options();
  options.directory = directory / "no" / "such";
  EXPECT_NE(refusal(options).find(options.directory.string()), std::string::npos);
  options = Options();
  options.signing_key = directory / "no.key";
  EXPECT_NE(refusal(options).find("no.key"), std::string::npos);
  options = Options();
  options.sinks.push_back(FileSink("no/such"));
  EXPECT_NE(refusal(options).find("no/such"), std::string::npos);
  EXPECT_EQ(refusal(Options()), "") << "and none of that leaves anything behind";
}

TEST_F(TrailTest, ASecondProcessMayNotHaveTheDirectory) {
  const Trail trail(Options());
  EXPECT_THROW(Trail{Options()}, std::runtime_error);
}

// Begins and ends statements as long as it lives; tells each that was begun.
[[noreturn]] void RunUntilKilled(TrailOptions options, std::size_t from, int tell) {
  Trail trail(std::move(options));
  session::AuditTrail& lane = trail.Lane(0);
  for (std::size_t i = from;; ++i) {
    while (!lane.Healthy()) std::this_thread::yield();
    const AuditTicket ticket = Begin(lane, "SELECT " + std::to_string(i));
    if (ticket == 0 || ::write(tell, &i, sizeof i) != sizeof i) ::_exit(1);
    lane.End(ticket, Ended());
  }
}

TEST_F(TrailTest, WhatWasBegunSurvivesAKill) {
  std::mt19937 random(3);
  std::size_t next = 0;
  for (int round = 0; round < 12; ++round) {
    int tells[2];
    ASSERT_EQ(::pipe(tells), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) RunUntilKilled(Options(), next, tells[1]);
    ::close(tells[1]);
    std::size_t told = next;
    for (std::size_t reads = 1 + random() % 2000; reads > 0; --reads) {
      ASSERT_EQ(::read(tells[0], &told, sizeof told), static_cast<ssize_t>(sizeof told));
    }
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    while (::read(tells[0], &told, sizeof told) == static_cast<ssize_t>(sizeof told)) continue;
    ::close(tells[0]);
    next = told + 1;
  }
  { const Trail last(Options()); }
  std::set<std::string> statements;
  for (const std::string& line : Lines(Contents(FileOf("file")))) {
    const json parsed = json::parse(line);
    EXPECT_NE(parsed["event"], "gap") << line;
    if (parsed["event"] == "statement") statements.insert(parsed["statement"]);
  }
  for (std::size_t i = 0; i < next; ++i) {
    ASSERT_TRUE(statements.contains("SELECT " + std::to_string(i))) << i << " of " << next;
  }
}

}  // namespace
}  // namespace pgmoat::audit
