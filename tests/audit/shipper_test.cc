#include "proxy/audit/shipper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "proxy/audit/reading/keys.h"
#include "proxy/audit/reading/trail_line.h"
#include "tests/audit/fake_journal.h"
#include "tests/audit/some_records.h"
#include "tests/audit/spool_lines.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

using nlohmann::json;
using session::AuditEnd;
using session::AuditEvent;
using session::AuditRecord;
using session::Outcome;

bool Eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

AuditEnd Ended(Outcome outcome = Outcome::kOk) {
  AuditEnd end;
  end.outcome = outcome;
  end.duration = std::chrono::nanoseconds(1000);
  return end;
}

class ShipperTest : public testing::Test {
 protected:
  void Start(ShipperOptions options = {}) {
    shipper = std::make_unique<Shipper>(journal, *spool, std::move(options));
  }
  void Stop() { shipper.reset(); }

  // All lines, each proved to follow the one before.
  std::vector<json> Proved() const {
    std::vector<json> lines;
    LineHash before{};
    for (const std::string& line : LinesOf(*spool)) {
      const auto read = ReadTrailLine(line);
      EXPECT_TRUE(read && ContinuesFrom(*read, before)) << line;
      if (!read) break;
      EXPECT_EQ(read->seq, lines.size() + 1);
      EXPECT_EQ(read->prev.value_or(before), before);
      before = read->hash;
      lines.push_back(json::parse(line));
    }
    return lines;
  }
  std::vector<json> Proved(const std::string& event) const {
    std::vector<json> lines = Proved();
    std::erase_if(lines, [&](const json& line) { return line["event"] != event; });
    return lines;
  }
  std::string Events() const {
    std::string events;
    for (const json& line : Proved()) {
      events += (events.empty() ? "" : " ") + line["event"].get<std::string>();
    }
    return events;
  }

  const TemporaryDirectory directory;
  std::unique_ptr<Spool> spool = std::make_unique<Spool>(directory / "spool", 1 << 30);
  FakeJournal journal;
  std::unique_ptr<Shipper> shipper;
};

TEST_F(ShipperTest, SleepsWhileTheJournalIsQuietAndShipsWhatEndsIt) {
  Start();
  for (std::size_t i = 0; i < 3; ++i) {
    journal.TellQuiet(true);
    const std::size_t looks = journal.asked_in_vain();
    ASSERT_TRUE(Eventually([&] { return journal.asked_in_vain() > looks; }));
    journal.Record(Statement());
    journal.TellQuiet(false);
    ASSERT_TRUE(Eventually([&] { return journal.committed() == i + 1; }));
  }
  journal.TellQuiet(true);
  Stop();
  EXPECT_EQ(Proved("statement").size(), 3U);
}

TEST_F(ShipperTest, AnswersRequestsAndLastRecordsWhileTheJournalIsQuiet) {
  Start();
  journal.TellQuiet(true);
  shipper->NoteReload(7);
  ASSERT_TRUE(Eventually([&] { return !Proved("reload").empty(); }));
  journal.Record(Statement());
  Stop();
  EXPECT_EQ(Proved("statement").size(), 1U);
}

TEST_F(ShipperTest, TellsOfItsStartAndItsEnd) {
  ShipperOptions options;
  options.version = "0.1.0";
  options.policy_version = 0xab;
  Start(std::move(options));
  Stop();
  EXPECT_EQ(Events(), "start checkpoint stop checkpoint");
  EXPECT_EQ(Proved()[0]["version"], "0.1.0");
  EXPECT_EQ(Proved()[0]["policy_version"], "00000000000000ab");
  EXPECT_EQ(Proved()[0]["prev"], std::string(64, '0'));
}

TEST_F(ShipperTest, TheChainGoesOnAfterARestart) {
  for (int i = 0; i < 3; ++i) {
    Start();
    journal.Record(Statement());
    Stop();
    spool = std::make_unique<Spool>(directory / "spool", 1 << 30);
  }
  EXPECT_EQ(Proved().size(), 15U);
  EXPECT_EQ(Proved("statement").size(), 3U);
}

TEST_F(ShipperTest, DoesNotGoOnBehindALineThatIsNotOurs) {
  ASSERT_TRUE(spool->Append("{\"v\":2,\"seq\":1}\n"));
  EXPECT_THROW(Start(), std::runtime_error);
}

TEST_F(ShipperTest, ABeginningAndItsEndAreOneLine) {
  AuditEnd end = Ended(Outcome::kError);
  end.rows_affected = 5;
  end.rows_returned = 6;
  end.bytes_returned = 7;
  end.sqlstate = "23505";
  end.transaction = 9;
  end.transaction_status = 'E';
  journal.Begin(1, Statement());
  journal.Begin(2, Statement("SELECT 2"));
  journal.End(1, end);
  journal.End(2, Ended());
  Start();
  Stop();
  const auto lines = Proved("statement");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["id"], SomeId().Text());
  EXPECT_EQ(lines[0]["outcome"], "error");
  EXPECT_EQ(lines[0]["rows_affected"], 5);
  EXPECT_EQ(lines[0]["rows_returned"], 6);
  EXPECT_EQ(lines[0]["bytes_returned"], 7);
  EXPECT_EQ(lines[0]["sqlstate"], "23505");
  EXPECT_EQ(lines[0]["transaction"], 9);
  EXPECT_EQ(lines[0]["transaction_status"], "failed_transaction");
  EXPECT_EQ(lines[0]["duration_us"], 1.0);
  EXPECT_EQ(lines[0]["proxy_us"], 8.9);
  EXPECT_EQ(lines[1]["statement"], "SELECT 2");
  EXPECT_EQ(lines[1]["outcome"], "ok");
}

TEST_F(ShipperTest, TheSameTicketOfTwoLanesIsTwoStatements) {
  journal.Begin(1, Statement("SELECT 1"), 0);
  journal.Begin(1, Statement("SELECT 2"), 1);
  journal.End(1, Ended(), 1);
  journal.End(1, Ended(), 0);
  Start();
  Stop();
  const auto lines = Proved("statement");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["statement"], "SELECT 2");
  EXPECT_EQ(lines[1]["statement"], "SELECT 1");
}

TEST_F(ShipperTest, ALimitThatEndedAStatementIsItsRule) {
  AuditEnd end = Ended(Outcome::kDenied);
  end.id = SomeId(77);
  end.rule = "limits.max_rows";
  end.reason = "too many rows";
  AuditRecord begun = Statement();
  begun.would_deny = true;
  begun.rule = "readonly.write";
  journal.Begin(1, begun);
  journal.End(1, end);
  Start();
  Stop();
  const auto lines = Proved("statement");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["id"], SomeId(77).Text());
  EXPECT_EQ(lines[0]["rule"], "limits.max_rows");
  EXPECT_EQ(lines[0]["decision"], "deny");
}

TEST_F(ShipperTest, EachStatementOfAQueryIsALineWithAnIdOfItsOwn) {
  for (int round = 0; round < 2; ++round) {
    journal.Begin(1, Statement("SELECT 1; SELECT 2; SELECT 3"));
    for (std::uint32_t i = 0; i < 3; ++i) {
      AuditEnd end = Ended();
      end.statement = i;
      end.last = i == 2;
      end.text = Text("SELECT " + std::to_string(i + 1));
      journal.End(1, end);
    }
  }
  Start();
  Stop();
  const auto lines = Proved("statement");
  ASSERT_EQ(lines.size(), 6U);
  std::set<std::string> ids;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(lines[i]["statement"], "SELECT " + std::to_string(i + 1));
    EXPECT_EQ(lines[i]["id"], lines[i + 3]["id"]) << "the same when it is made again";
    ids.insert(lines[i]["id"]);
  }
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_TRUE(ids.contains(SomeId().Text()));
}

TEST_F(ShipperTest, AnEndWithoutABeginningWasToldBefore) {
  journal.End(1, Ended());
  journal.Record(Statement());
  Start();
  Stop();
  EXPECT_EQ(Proved("statement").size(), 1U);
}

TEST_F(ShipperTest, WhatRunsWhenItsSegmentGoesIsToldOnceAndAgainWhenItEnds) {
  journal.Begin(1, Statement(), 0, 1);
  journal.Begin(2, Statement("SELECT 2"), 0, 2);
  journal.SegmentEnd(1);
  journal.SegmentEnd(1);
  journal.End(1, Ended(), 0, 2);
  journal.End(2, Ended(), 0, 2);
  Start();
  Stop();
  const auto lines = Proved("statement");
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0]["outcome"], "running");
  EXPECT_EQ(lines[0]["id"], SomeId().Text());
  EXPECT_EQ(lines[1]["outcome"], "ok");
  EXPECT_EQ(lines[1]["id"], SomeId().Text());
  EXPECT_EQ(lines[2]["statement"], "SELECT 2");
}

TEST_F(ShipperTest, WhatAKilledProcessHadBegunIsLost) {
  journal.Begin(1, Statement("SELECT 1"), 7);
  journal.Begin(1, Statement("SELECT 2"), 0);
  AuditEnd first = Ended();
  first.last = false;
  journal.Begin(2, Statement("SELECT 3; SELECT 4"), 7);
  journal.End(2, first, 7);
  journal.LaneEnd(7);
  journal.End(1, Ended(), 0);
  Start();
  Stop();
  std::set<std::string> told;
  for (const json& line : Proved("statement")) {
    told.insert(line["outcome"].get<std::string>() + ": " +
                line["statement"].get<std::string>());
    EXPECT_EQ(line.contains("reason"), line["outcome"] == "lost");
  }
  EXPECT_EQ(told,
            (std::set<std::string>{"lost: SELECT 1", "ok: SELECT 2", "ok: SELECT 3; SELECT 4",
                                   "lost: SELECT 3; SELECT 4"}));
}

TEST_F(ShipperTest, WhatHasNotEndedWhenItStopsIsLost) {
  journal.Begin(1, Statement());
  Start();
  Stop();
  const auto lines = Proved("statement");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["outcome"], "lost");
  EXPECT_EQ(Events(), "start checkpoint statement stop checkpoint");
}

TEST_F(ShipperTest, AGapWithoutAnIdGetsOne) {
  AuditRecord gap;
  gap.event = AuditEvent::kGap;
  gap.time = SomeTime();
  gap.reason = "torn";
  journal.Record(gap);
  Start();
  Stop();
  ASSERT_EQ(Proved("gap").size(), 1U);
  EXPECT_EQ(Proved("gap")[0]["id"].get<std::string>().size(), 26U);
}

TEST_F(ShipperTest, ACheckpointComesAfterSoManyLinesAndIsSigned) {
  MakeKeyFiles(directory / "key");
  const Signer signer(directory / "key");
  PublicKeys keys;
  keys.Add((directory / "key").string() + ".pub");
  ShipperOptions options;
  options.checkpoint_lines = 10;
  options.signer = &signer;
  for (int i = 0; i < 35; ++i) journal.Record(Statement());
  Start(std::move(options));
  Stop();
  std::size_t since = 0;
  std::size_t checkpoints = 0;
  for (const std::string& line : LinesOf(*spool)) {
    const auto read = ReadTrailLine(line);
    ASSERT_TRUE(read);
    if (read->event != "checkpoint") {
      ++since;
      continue;
    }
    ++checkpoints;
    EXPECT_EQ(json::parse(line)["lines"], std::exchange(since, 0));
    EXPECT_EQ(keys.Check(read->key, read->hash, read->signature), PublicKeys::Result::kGood);
  }
  EXPECT_EQ(checkpoints, 5U) << "at the start, after 10, 20 and 30, at the end";
}

TEST_F(ShipperTest, ACheckpointAndAReloadComeWhenTheyAreAskedFor) {
  Start();
  ASSERT_TRUE(Eventually([&] { return spool->end() > 0; }));
  shipper->NoteReload(0xcd);
  ASSERT_TRUE(Eventually([&] { return Events().ends_with("reload"); }));
  shipper->RequestCheckpoint();
  ASSERT_TRUE(Eventually([&] { return Events().ends_with("reload checkpoint"); }));
  EXPECT_EQ(Proved("reload")[0]["policy_version"], "00000000000000cd");
}

TEST_F(ShipperTest, TheJournalIsCommittedWhenTheSpoolHasTheLines) {
  std::atomic<std::size_t> written{0};
  ShipperOptions options;
  options.on_written = [&](std::size_t lines) { written += lines; };
  Start(std::move(options));
  for (int i = 0; i < 1000; ++i) journal.Record(Statement());
  ASSERT_TRUE(Eventually([&] { return journal.committed() == 1000; }));
  EXPECT_EQ(Proved("statement").size(), 1000U);
  EXPECT_EQ(written, 1002U);
  shipper.reset();  // before what it calls
}

TEST_F(ShipperTest, WhileTheSpoolIsFullNothingIsCommittedNorLost) {
  constexpr std::size_t kRecords = 2000;
  spool = std::make_unique<Spool>(directory / "small", 200'000);
  std::atomic<int> stuck{0};
  std::atomic<int> unstuck{0};
  std::mutex mutex;
  std::vector<std::string> messages;
  ShipperOptions options;
  options.on_stuck = [&](bool is_stuck) { ++(is_stuck ? stuck : unstuck); };
  options.on_message = [&](const std::string& message) {
    const std::lock_guard lock(mutex);
    messages.push_back(message);
  };
  Start(std::move(options));
  for (std::size_t i = 0; i < kRecords; ++i) journal.Record(Statement());
  ASSERT_TRUE(Eventually([&] { return stuck == 1; }));
  const std::size_t given = journal.given();
  EXPECT_LT(given, kRecords) << "memory stays bounded";
  EXPECT_LT(journal.committed(), given);

  std::string all;
  ASSERT_TRUE(Eventually([&] {
    // A sink.
    const std::uint64_t from = spool->begin();
    const std::string text = TextOf(*spool, from);
    all += text;
    spool->Release(from + text.size());
    shipper->Wake();
    return journal.committed() == kRecords;
  }));
  Stop();
  all += TextOf(*spool, spool->begin());
  EXPECT_GE(unstuck, 1);
  std::size_t statements = 0;
  LineHash before{};
  for (const std::string& line : Lines(all)) {
    const auto read = ReadTrailLine(line);
    ASSERT_TRUE(read && ContinuesFrom(*read, before));
    before = read->hash;
    if (read->event == "statement") ++statements;
  }
  EXPECT_EQ(statements, kRecords);
  const std::lock_guard lock(mutex);
  ASSERT_GE(messages.size(), 2U);
  EXPECT_NE(messages[0].find("audit.max_spool_size"), std::string::npos);
}

TEST_F(ShipperTest, StopsAlsoWhileTheSpoolIsFull) {
  spool = std::make_unique<Spool>(directory / "small", 10'000);
  Start();
  for (int i = 0; i < 1000; ++i) journal.Record(Statement());
  ASSERT_TRUE(Eventually([&] { return spool->error() != ""; }));
  Stop();
  EXPECT_LT(journal.committed(), 1000U) << "the rest is for the next start";
}

}  // namespace
}  // namespace pgmoat::audit
