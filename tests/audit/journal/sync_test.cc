// What is durable when somebody is told so.
//
// Stands in for msync(2): the journal calls what this file defines.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "proxy/audit/journal/syncer.h"
#include "tests/audit/journal/records.h"
#include "tests/audit/temporary_directory.h"

namespace {

struct Disk {
  std::atomic<int> calls{0};
  std::atomic<int> failing{0};  // an errno
  std::mutex mutex;
  std::condition_variable changed;
  bool held = false;  // under mutex

  void Hold(bool hold) {
    const std::lock_guard lock(mutex);
    held = hold;
    changed.notify_all();
  }
  void Reset() {
    calls = 0;
    failing = 0;
    Hold(false);
  }
};

Disk& TheDisk() {
  static Disk disk;
  return disk;
}

}  // namespace

extern "C" int msync(void* from, std::size_t bytes, int flags) {
  using Function = int (*)(void*, std::size_t, int);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "msync"));
  Disk& disk = TheDisk();
  ++disk.calls;
  std::unique_lock lock(disk.mutex);
  disk.changed.wait(lock, [&] { return !disk.held; });
  if (const int error = disk.failing; error != 0) {
    errno = error;
    return -1;
  }
  return real(from, bytes, flags);
}

namespace pgmoat::audit {
namespace {

using namespace test;
using std::chrono::milliseconds;

template <typename Condition>
bool Eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return true;
}

class Syncing : public ::testing::Test {
 protected:
  Syncing() { TheDisk().Reset(); }
  ~Syncing() override { TheDisk().Reset(); }

  void Start(JournalSync sync, milliseconds interval) {
    JournalOptions options;
    options.directory = directory_ / "journal";
    options.lanes = 2;
    options.segment_bytes = std::size_t{1} << 20;
    options.sync = sync;
    options.sync_interval = interval;
    options.on_message = [this](const std::string& message) {
      const std::lock_guard lock(mutex_);
      messages_.push_back(message);
    };
    journal_ = std::make_unique<Journal>(options);
    for (std::size_t lane = 0; lane < 2; ++lane) {
      journal_->SetExecutor(lane, [](const std::function<void()>& then) { then(); });
    }
  }
  void Begin(std::size_t lane = 0) {
    journal_->Lane(lane).Begin(Statement(Id(1, ++id_), subject_, Text("SELECT 1")));
  }
  bool BeginAndWait(std::size_t lane = 0) {
    Begin(lane);
    return journal_->Lane(lane).WaitDurable([this] { ++told_; });
  }
  std::vector<std::string> Messages() {
    const std::lock_guard lock(mutex_);
    return messages_;
  }

  TemporaryDirectory directory_;
  std::mutex mutex_;
  std::vector<std::string> messages_;
  std::atomic<int> told_{0};
  std::shared_ptr<const session::SessionSubject> subject_ = Subject("s");
  std::uint64_t id_ = 0;
  std::unique_ptr<Journal> journal_;
};

constexpr milliseconds kNever = std::chrono::hours(1);

TEST_F(Syncing, EachTellsOnlyWhenTheDiskHasIt) {
  Start(JournalSync::kEach, kNever);
  TheDisk().Hold(true);
  ASSERT_TRUE(BeginAndWait());
  ASSERT_TRUE(Eventually([] { return TheDisk().calls > 0; }));
  EXPECT_EQ(told_, 0);
  TheDisk().Hold(false);
  EXPECT_TRUE(Eventually([&] { return told_ == 1; }));
  // It is there already.
  EXPECT_FALSE(journal_->Lane(0).WaitDurable([this] { ++told_; }));
  EXPECT_FALSE(journal_->Lane(1).WaitDurable([this] { ++told_; }));
}

TEST_F(Syncing, OneSyncServesAllWhoCameWhileTheOneBeforeRan) {
  Start(JournalSync::kEach, kNever);
  TheDisk().Hold(true);
  ASSERT_TRUE(BeginAndWait());
  ASSERT_TRUE(Eventually([] { return TheDisk().calls > 0; }));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(BeginAndWait());
  EXPECT_EQ(told_, 0);
  TheDisk().Hold(false);
  EXPECT_TRUE(Eventually([&] { return told_ == 101; }));
  EXPECT_EQ(TheDisk().calls, 2);
}

TEST_F(Syncing, WhoWaitsForOneLaneIsNotToldOfAnother) {
  Start(JournalSync::kEach, kNever);
  Begin(1);
  ASSERT_TRUE(BeginAndWait(0));
  EXPECT_TRUE(Eventually([&] { return told_ == 1; }));
  TheDisk().Hold(true);
  ASSERT_TRUE(BeginAndWait(1));
  ASSERT_TRUE(Eventually([] { return TheDisk().calls > 2; }));
  EXPECT_EQ(told_, 1);
  EXPECT_FALSE(journal_->Lane(0).WaitDurable([this] { ++told_; }));
  TheDisk().Hold(false);
  EXPECT_TRUE(Eventually([&] { return told_ == 2; }));
}

TEST_F(Syncing, DiskThatRefusesTellsNobodyUntilItTakesThem) {
  Start(JournalSync::kEach, kNever);
  TheDisk().failing = EIO;
  ASSERT_TRUE(BeginAndWait());
  ASSERT_TRUE(Eventually([] { return TheDisk().calls >= 3; }));
  EXPECT_EQ(told_, 0);
  EXPECT_FALSE(journal_->Healthy());
  EXPECT_FALSE(journal_->Lane(0).Healthy());
  EXPECT_FALSE(journal_->Lane(1).Healthy());
  ASSERT_TRUE(BeginAndWait(1));  // of a role that puts availability first
  ASSERT_FALSE(Messages().empty());
  EXPECT_NE(Messages()[0].find("cannot be written to the disk: Input/output error"),
            std::string::npos);

  TheDisk().failing = 0;
  EXPECT_TRUE(Eventually([&] { return told_ == 2; }));
  EXPECT_TRUE(Eventually([&] { return journal_->Healthy(); }));
  EXPECT_TRUE(Eventually([&] { return Messages().size() >= 2; }));
  bool again = false;
  for (const std::string& message : Messages()) {
    again = again || message.find("is written to the disk again") != std::string::npos;
  }
  EXPECT_TRUE(again);
}

TEST_F(Syncing, EachPutsEndsOnTheDiskThoughNobodyWaits) {
  Start(JournalSync::kEach, milliseconds(5));
  Begin();
  EXPECT_TRUE(Eventually([] { return TheDisk().calls > 0; }));
}

TEST_F(Syncing, NoneNeverSyncs) {
  Start(JournalSync::kNone, milliseconds(1));
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_FALSE(BeginAndWait());
    if (i % 2'000 == 0) std::this_thread::yield();
  }
  JournalEntry entry;
  while (journal_->source().Next(entry)) {
  }
  journal_->source().Commit();
  Begin();
  journal_.reset();
  EXPECT_EQ(TheDisk().calls, 0);
  EXPECT_EQ(told_, 0);
}

TEST_F(Syncing, IntervalSyncsWhatIsNewAndNothingElse) {
  Start(JournalSync::kInterval, milliseconds(2));
  EXPECT_FALSE(BeginAndWait());
  EXPECT_TRUE(Eventually([] { return TheDisk().calls > 0; }));
  // Two lanes have a segment each; only one of them was written.
  const int calls = TheDisk().calls;
  EXPECT_LE(calls, 2);
  Begin();
  EXPECT_TRUE(Eventually([&] { return TheDisk().calls > calls; }));
}

TEST_F(Syncing, WorkerThatIsGoneIsNotToldAndLeavesNothingBehind) {
  Start(JournalSync::kEach, kNever);
  TheDisk().Hold(true);
  const auto held = std::make_shared<int>(1);
  Begin();
  ASSERT_TRUE(journal_->Lane(0).WaitDurable([this, held] { told_ += *held; }));
  ASSERT_TRUE(BeginAndWait(1));
  ASSERT_EQ(held.use_count(), 2);
  journal_->SetExecutor(0, nullptr);
  EXPECT_EQ(held.use_count(), 1);
  TheDisk().Hold(false);
  EXPECT_TRUE(Eventually([&] { return told_ == 1; }));  // the other worker
}

TEST_F(Syncing, RecordsSurviveTheChangeOfSegments) {
  Start(JournalSync::kEach, kNever);
  for (int i = 1; i <= 300; ++i) {
    journal_->Lane(0).Begin(Statement(Id(1, ++id_), subject_, Text(std::string(20'000, 't'))));
    if (journal_->Lane(0).WaitDurable([this] { ++told_; })) {
      ASSERT_TRUE(Eventually([&] { return told_ > 0; }));
      told_ = 0;
    }
    JournalEntry entry;
    while (journal_->source().Next(entry)) {
    }
    journal_->source().Commit();
  }
}

// A segment that was given back and is used again while its sync runs.
TEST_F(Syncing, SegmentThatIsUsedAgainDuringItsSyncIsSyncedAgain) {
  std::atomic<std::uint64_t> written{100};
  std::atomic<int> told{0};
  Syncer syncer(1, {.interval = milliseconds(0),
                    .written = [&](std::size_t) { return written.load(); },
                    .on_message = {}});
  syncer.SetExecutor(0, [](const std::function<void()>& then) { then(); });
  syncer.Start();
  const auto segment = Segment::Make(directory_ / "1", 64 << 10, 1, 5, 0);
  segment->Publish(1'000);
  syncer.AddSegment(segment);
  TheDisk().Hold(true);
  ASSERT_TRUE(syncer.Wait(0, 100, [&] { ++told; }));
  ASSERT_TRUE(Eventually([] { return TheDisk().calls == 1; }));
  syncer.RemoveSegment(segment.get());
  segment->Reuse(directory_ / "2", 2, 0);
  syncer.AddSegment(segment);
  segment->Publish(10);
  written = 200;
  ASSERT_TRUE(syncer.Wait(0, 200, [&] { ++told; }));
  TheDisk().Hold(false);
  EXPECT_TRUE(Eventually([&] { return told == 2; }));
  EXPECT_EQ(TheDisk().calls, 2);
}

}  // namespace
}  // namespace pgmoat::audit
