// What lanes take, while segments change, fill up and are given back.
#include "proxy/audit/journal/lane.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "proxy/audit/journal/reader.h"
#include "tests/audit/journal/records.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

using namespace test;
using session::AuditEvent;
using session::AuditTicket;
using Kind = JournalEntry::Kind;

constexpr std::size_t kSmall = 64 << 10;

// One lane and a reader, without threads: the test says when there is another segment.
class OneLane : public ::testing::Test {
 protected:
  void Start(std::size_t segment_bytes) {
    bytes_ = segment_bytes;
    reader_ = std::make_unique<JournalReader>(
        JournalReader::Options{[](const std::shared_ptr<Segment>&) {}, {}});
    Lane::Environment environment;
    environment.want_segment = [this] { ++wanted_; };
    environment.wait_durable = [](std::uint64_t, const std::function<void()>&) {
      return false;
    };
    lane_ = std::make_unique<Lane>(Made().get(), environment);
  }
  std::shared_ptr<Segment> Made() {
    ++number_;
    auto segment =
        Segment::Make(directory_ / std::to_string(number_).c_str(), bytes_, number_, 5, 0);
    reader_->AddSegment(0, segment, false);
    segments_.push_back(segment);
    return segment;
  }
  void Supply() {
    if (lane_->WantsSegment()) lane_->TakeSegment(Made().get());
  }
  // Until the lane is full.
  std::deque<AuditTicket> BeginUntilFull(std::size_t text) {
    std::deque<AuditTicket> open;
    while (const AuditTicket ticket = Begin(text)) open.push_back(ticket);
    return open;
  }
  AuditTicket Begin(std::size_t text, std::string_view event = "Query") {
    return lane_->Begin(Statement(Id(1, ++id_), subject_, Text(std::string(text, 't')), event));
  }
  std::vector<JournalEntry> ReadAll() {
    std::vector<JournalEntry> entries;
    JournalEntry entry;
    while (reader_->Next(entry)) entries.push_back(entry);
    return entries;
  }

  TemporaryDirectory directory_;
  std::unique_ptr<JournalReader> reader_;
  std::vector<std::shared_ptr<Segment>> segments_;
  std::unique_ptr<Lane> lane_;
  std::shared_ptr<const session::SessionSubject> subject_ = Subject("s");
  std::size_t bytes_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t id_ = 0;
  int wanted_ = 0;
};

std::size_t Count(const std::vector<JournalEntry>& entries, Kind kind) {
  std::size_t count = 0;
  for (const JournalEntry& entry : entries) {
    const bool gap = entry.record.event == AuditEvent::kGap;
    count += entry.kind == kind && !gap ? 1 : 0;
  }
  return count;
}

// How many records the gaps say are missing.
std::uint64_t Missing(const std::vector<JournalEntry>& entries) {
  std::uint64_t missing = 0;
  for (const JournalEntry& entry : entries) {
    if (entry.kind == Kind::kRecord && entry.record.event == AuditEvent::kGap) {
      missing += entry.record.rows_affected;
    }
  }
  return missing;
}

TEST_F(OneLane, EndsOfAllThatBeganFitInAFullLaneWhateverIsInThem) {
  // Sizes whose padding differs.
  for (std::size_t text = 0; text < 40; text += 3) {
    Start(kSmall);
    const std::deque<AuditTicket> open = BeginUntilFull(text);
    ASSERT_GT(open.size(), 50U);
    const std::uint64_t lost = lane_->lost();
    session::AuditEnd end = EndOf(1);
    end.id = Id(1, 1);
    end.rule = "a rule whose name is far longer than anybody would think of it to be";
    end.reason = std::string(400, 'r');
    end.sqlstate = "57014";
    for (const AuditTicket ticket : open) lane_->End(ticket, end);
    EXPECT_EQ(lane_->lost(), lost);
    const auto entries = ReadAll();
    EXPECT_EQ(Count(entries, Kind::kEnd), open.size());
    EXPECT_EQ(Missing(entries), 0U);  // told when something can be written again
    ASSERT_LE(segments_.back()->position() + 8, kSmall);
    Supply();
    ASSERT_NE(Begin(10), 0U);
    EXPECT_EQ(Missing(ReadAll()), lost);
    reader_->Commit();
  }
}

TEST_F(OneLane, EndsFitBehindAChangeOfSegment) {
  Start(kSmall);
  std::deque<AuditTicket> open;
  // Always another segment, until the lane itself says that so many cannot end.
  for (int i = 0; i < 2'000; ++i) {
    Supply();
    const AuditTicket ticket = Begin(100);
    if (ticket != 0) open.push_back(ticket);
  }
  ASSERT_GT(lane_->lost(), 0U);  // a segment holds fewer ends than that
  // No segment comes any more.
  const std::uint64_t lost = lane_->lost();
  for (const AuditTicket ticket : open) lane_->End(ticket, EndOf(1));
  EXPECT_EQ(lane_->lost(), lost);
  EXPECT_EQ(Count(ReadAll(), Kind::kEnd), open.size());
}

TEST_F(OneLane, HealthyMeansRoomForALongTextAndLongParameters) {
  for (const std::size_t segment_bytes : {kSmall, std::size_t{1} << 20, std::size_t{4} << 20}) {
    Start(segment_bytes);
    const session::AuditRecord small = Statement(Id(1, 1), subject_, Text("SELECT 1"));
    while (lane_->Healthy()) lane_->Append(small);
    ASSERT_EQ(lane_->lost(), 0U);
    session::AuditRecord large =
        Statement(Id(1, 2), subject_, Text(std::string(segment_bytes + 1, 't')));
    large.parameters = std::make_shared<session::AuditedParameters>(
        30, session::AuditedParameter{session::AuditedParameter::Form::kText, 1 << 20,
                                      std::string(1 << 20, 'p')});
    large.reason = std::string(3'000, 'r');
    EXPECT_NE(lane_->Begin(large), 0U);
    EXPECT_EQ(lane_->lost(), 0U);
  }
}

TEST_F(OneLane, HealthyLaneTakesOneStatementAfterAnotherWithoutLoss) {
  for (const std::size_t segment_bytes : {kSmall, std::size_t{1} << 20}) {
    Start(segment_bytes);
    std::mt19937 random(1);
    std::deque<AuditTicket> open;
    for (int i = 0; i < 30'000; ++i) {
      if (random() % 64 == 0) Supply();
      if (lane_->Healthy() && random() % 2 == 0) {
        const std::size_t text = random() % 50 == 0 ? random() % 200'000 : random() % 300;
        const AuditTicket ticket = Begin(text, random() % 2 == 0 ? "Query" : "Execute");
        ASSERT_NE(ticket, 0U) << i;
        open.push_back(ticket);
      } else if (!open.empty()) {
        lane_->End(open.front(), EndOf(1));
        open.pop_front();
      }
    }
    EXPECT_EQ(lane_->lost(), 0U);
  }
}

TEST_F(OneLane, A512StatementPipelineFitsOnceHealthy) {
  Start(std::size_t{2} << 20);
  const session::AuditRecord small = Statement(Id(1, 1), subject_, Text("SELECT 1"));
  while (lane_->Healthy()) lane_->Append(small);
  std::deque<AuditTicket> open;
  for (int i = 0; i < 512; ++i) open.push_back(Begin(120));  // 64 KiB of messages
  EXPECT_EQ(std::count(open.begin(), open.end(), AuditTicket{0}), 0);
  for (const AuditTicket ticket : open) lane_->End(ticket, EndOf(1));
  EXPECT_EQ(lane_->lost(), 0U);
}

TEST_F(OneLane, GapsCountExactlyWhatIsMissing) {
  Start(kSmall);
  std::mt19937 random(9);
  std::uint64_t appended = 0;
  std::uint64_t read = 0;
  std::uint64_t missing = 0;
  for (int round = 0; round < 30; ++round) {
    for (auto i = random() % 600; i > 0; --i, ++appended) {
      lane_->Append(Statement(Id(1, ++id_), subject_, Text(std::string(random() % 400, 'x'))));
    }
    if (random() % 3 > 0) Supply();
    const auto entries = ReadAll();
    read += Count(entries, Kind::kRecord);
    missing += Missing(entries);
    reader_->Commit();
  }
  Supply();
  lane_->Append(Statement(Id(1, ++id_), subject_, Text("SELECT 1")));
  ++appended;
  const auto entries = ReadAll();
  EXPECT_GT(missing, 100U);
  EXPECT_EQ(read + Count(entries, Kind::kRecord) + missing + Missing(entries), appended);
  EXPECT_EQ(missing + Missing(entries), lane_->lost());
}

// Many drivers prepare a statement anew each time: another object with the same text.
TEST_F(OneLane, TextThatIsPreparedAgainStandsOnceAndIsNotTakenForAnother) {
  Start(std::size_t{1} << 20);
  const auto execute = [&](session::AuditedText text) {
    lane_->Append(Statement(Id(1, ++id_), subject_,
                            std::make_shared<session::AuditedText>(std::move(text)),
                            "Execute"));
  };
  const session::AuditedText plain = *Text(std::string(1'000, 'p'));
  session::AuditedText writes = plain;
  writes.relations = {{"orders", policy::Access::kWrite}};
  session::AuditedText reads = plain;
  reads.relations = {{"orders", policy::Access::kRead}};
  execute(plain);
  execute(writes);
  execute(reads);
  const std::size_t once = segments_[0]->position();
  for (int i = 0; i < 100; ++i) {
    execute(plain);
    execute(writes);
    execute(reads);
  }
  EXPECT_LT(segments_[0]->position() - once, 300 * 160U);
  // More different ones than it remembers, and then the first again.
  for (int i = 0; i < 300; ++i) execute(*Text("SELECT " + std::to_string(i)));
  execute(plain);
  std::size_t seen = 0;
  for (const JournalEntry& entry : ReadAll()) {
    ASSERT_TRUE(entry.record.text);
    const session::AuditedText& text = *entry.record.text;
    if (seen >= 303 && seen < 603) {
      EXPECT_EQ(text.text, "SELECT " + std::to_string(seen - 303));
    } else {
      EXPECT_EQ(text.text, plain.text);
      const std::size_t which = seen == 603 ? 0 : seen % 3;
      ASSERT_EQ(text.relations.size(), which == 0 ? 0U : 1U) << seen;
      if (which > 0) {
        EXPECT_EQ(text.relations[0].access,
                  which == 1 ? policy::Access::kWrite : policy::Access::kRead);
      }
    }
    ++seen;
  }
  EXPECT_EQ(seen, 604U);
}

// The reader fills the memory of a Query's text again when nobody has the text any more.
TEST_F(OneLane, TextsOfQueriesStayWhatTheyAreAsLongAsSomebodyHoldsThem) {
  Start(std::size_t{1} << 20);
  constexpr std::size_t kTexts = 200;
  std::vector<JournalEntry> held;
  JournalEntry entry;
  for (std::size_t i = 0; i < kTexts; ++i) {
    lane_->Append(Statement(Id(1, i), subject_, Text("SELECT " + std::to_string(i))));
    ASSERT_TRUE(reader_->Next(entry));
    EXPECT_EQ(entry.record.text->text, "SELECT " + std::to_string(i));
    if (i % 3 == 0) held.push_back(entry);
  }
  for (std::size_t i = 0; i < held.size(); ++i) {
    EXPECT_EQ(held[i].record.text->text, "SELECT " + std::to_string(3 * i));
  }
}

TEST_F(OneLane, PreparedTextAndSubjectStandOnceInASegment) {
  Start(std::size_t{1} << 20);
  const auto text = Text(std::string(10'000, 'p'));
  const auto execute = [&] {
    lane_->Append(Statement(Id(1, ++id_), subject_, text, "Execute"));
  };
  execute();
  const std::size_t once = segments_[0]->position();
  ASSERT_GT(once, 10'000U);
  for (int i = 0; i < 100; ++i) execute();
  EXPECT_LT(segments_[0]->position() - once, 100 * 160U);
  // A Query's is written each time.
  const std::size_t before = segments_[0]->position();
  for (int i = 0; i < 10; ++i) lane_->Append(Statement(Id(1, ++id_), subject_, text));
  EXPECT_GT(segments_[0]->position() - before, 100'000U);
  // And once in the next.
  Supply();
  while (wanted_ == 0) execute();
  const auto entries = ReadAll();
  EXPECT_EQ(Count(entries, Kind::kRecord), id_);
  for (const JournalEntry& entry : entries) {
    if (entry.kind != Kind::kRecord) continue;
    ASSERT_TRUE(entry.record.text && entry.record.text->text == text->text);
    ASSERT_TRUE(entry.record.subject && entry.record.subject->session_id == "s");
  }
}

TEST_F(OneLane, EndsOfSeveralStatementsHaveTheirTextsAndLeaveThemOutWhenFull) {
  Start(kSmall);
  const AuditTicket ticket = Begin(100);
  for (std::uint32_t i = 0; i < 3; ++i) {
    session::AuditEnd end = EndOf(i, i == 2);
    end.statement = i;
    end.text = Text("SELECT " + std::to_string(i));
    lane_->End(ticket, end);
  }
  auto entries = ReadAll();
  ASSERT_EQ(entries.size(), 4U);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(entries[i + 1].ticket, ticket);
    EXPECT_EQ(entries[i + 1].end.statement, i);
    EXPECT_EQ(entries[i + 1].end.last, i == 2);
    ASSERT_TRUE(entries[i + 1].end.text);
    EXPECT_EQ(entries[i + 1].end.text->text, "SELECT " + std::to_string(i));
  }
  const std::deque<AuditTicket> open = BeginUntilFull(100);
  session::AuditEnd end = EndOf(7);
  end.text = Text(std::string(5'000, 't'));
  for (const AuditTicket one : open) lane_->End(one, end);
  entries = ReadAll();
  EXPECT_EQ(Count(entries, Kind::kEnd), open.size());
  EXPECT_EQ(entries.back().end.rows_returned, 7U);
}

// --- the whole journal ---

JournalOptions Options(const TemporaryDirectory& directory, std::size_t lanes) {
  JournalOptions options;
  options.directory = directory / "journal";
  options.lanes = lanes;
  options.segment_bytes = kSmall;
  options.sync = JournalSync::kNone;
  return options;
}

// Until `condition`; false after a minute.
template <typename Condition>
bool Eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

TEST(Journal, FullJournalSaysSoAndTakesRecordsAgainWhenTheReaderCommits) {
  const TemporaryDirectory directory;
  std::mutex mutex;
  std::vector<std::string> messages;
  std::vector<bool> health;
  std::atomic<std::uint64_t> lost{0};
  JournalOptions options = Options(directory, 1);
  options.max_bytes = 2 * kSmall;
  options.on_message = [&](const std::string& message) {
    const std::lock_guard lock(mutex);
    messages.push_back(message);
  };
  options.on_health = [&](bool healthy) {
    const std::lock_guard lock(mutex);
    health.push_back(healthy);
  };
  options.on_lost = [&](std::uint64_t count) { lost += count; };
  Journal journal(options);
  session::AuditTrail& lane = journal.Lane(0);
  const auto subject = Subject("s");
  const auto last = [&](const std::string& part) {
    const std::lock_guard lock(mutex);
    return !messages.empty() && messages.back().find(part) != std::string::npos;
  };
  // A burst may be over before the second segment is there.
  std::uint64_t appended = 0;
  EXPECT_TRUE(Eventually([&] {
    for (int i = 0; i < 100; ++i) {
      lane.Append(Statement(Id(1, ++appended), subject, Text(std::string(200, 't'))));
    }
    return last("the sinks are too far behind") && lost > 0;
  }));
  EXPECT_FALSE(journal.Healthy());
  EXPECT_FALSE(lane.Healthy());
  EXPECT_GT(journal.source().LagBytes(), kSmall);

  JournalEntry entry;
  std::uint64_t read = 0;
  std::uint64_t missing = 0;
  const auto read_all = [&] {
    while (journal.source().Next(entry)) {
      const bool gap = entry.record.event == AuditEvent::kGap;
      if (entry.kind != Kind::kRecord) continue;
      read += gap ? 0 : 1;
      missing += gap ? entry.record.rows_affected : 0;
    }
    journal.source().Commit();
  };
  read_all();
  EXPECT_EQ(journal.source().LagBytes(), 0U);
  EXPECT_TRUE(Eventually([&] { return journal.Healthy() && last("takes records again"); }));
  lane.Append(Statement(Id(1, ++appended), subject, Text("SELECT 1")));
  read_all();
  EXPECT_EQ(read + missing, appended);
  EXPECT_TRUE(Eventually([&] { return lost == missing; }));
  const std::lock_guard lock(mutex);
  for (std::size_t i = 0; i < health.size(); ++i) EXPECT_EQ(health[i], i % 2 == 1);
  EXPECT_EQ(messages.size(), health.size());
}

// Each lane's records in their order, ends behind their beginnings, all of them.
void ReadWhileLanesWrite(std::size_t segment_bytes) {
  constexpr std::size_t kLanes = 3;
  constexpr std::uint64_t kEach = 20'000;
  const TemporaryDirectory directory;
  JournalOptions options = Options(directory, kLanes);
  options.sync = JournalSync::kInterval;
  options.sync_interval = std::chrono::milliseconds(5);
  options.segment_bytes = segment_bytes;
  Journal journal(options);
  std::atomic<std::uint64_t> losses{0};
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < kLanes; ++i) {
    workers.emplace_back([&, i] {
      session::AuditTrail& lane = journal.Lane(i);
      const auto subject = Subject("session");
      const auto prepared = Text("PREPARED");
      std::mt19937 random(static_cast<unsigned>(i));
      for (std::uint64_t n = 1; n <= kEach;) {
        if (!lane.Healthy()) {
          std::this_thread::yield();
          continue;
        }
        const bool execute = random() % 2 == 0;
        const AuditTicket ticket = lane.Begin(
            Statement(Id(1, n), subject,
                      execute ? prepared : Text("SELECT " + std::string(random() % 200, 'x')),
                      execute ? "Execute" : "Query"));
        if (ticket == 0) ++losses;
        lane.End(ticket, EndOf(n));
        ++n;
      }
    });
  }
  std::map<std::uint32_t, std::uint64_t> begun;
  std::map<std::uint32_t, std::uint64_t> ended;
  JournalEntry entry;
  std::size_t wrong = 0;
  const auto done = [&] {
    for (std::uint32_t i = 0; i < kLanes; ++i) {
      if (ended[i] < kEach) return false;
    }
    return true;
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(3);
  while (!done() && std::chrono::steady_clock::now() < deadline) {
    bool any = false;
    for (int i = 0; i < 1'000 && journal.source().Next(entry); ++i) {
      any = true;
      if (entry.kind == Kind::kBegin) {
        wrong += Low(entry.record.id) == ++begun[entry.lane] ? 0 : 1;
        wrong += entry.record.text && entry.record.subject ? 0 : 1;
      } else if (entry.kind == Kind::kEnd) {
        wrong += entry.end.rows_returned == ++ended[entry.lane] ? 0 : 1;
        wrong += entry.ticket == begun[entry.lane] ? 0 : 1;
      } else {
        wrong += entry.kind == Kind::kSegmentEnd ? 0 : 1;
      }
    }
    journal.source().Commit();
    (void)journal.source().LagBytes();
    (void)journal.Healthy();
    if (!any) std::this_thread::yield();
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_TRUE(done());
  EXPECT_EQ(wrong, 0U);
  EXPECT_EQ(losses, 0U);
}

TEST(Journal, ReaderOnAnotherThreadGetsAllInOrderWhileLanesWrite) {
  ReadWhileLanesWrite(kSmall);
}

// Pages of a large one are still made ready while it is written.
TEST(Journal, ReaderOnAnotherThreadGetsAllInOrderOfLargeSegments) {
  ReadWhileLanesWrite(std::size_t{1} << 20);
}

}  // namespace
}  // namespace pgmoat::audit
