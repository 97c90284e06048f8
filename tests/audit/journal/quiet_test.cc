// The journal's threads sleep while nothing is written, and miss nothing that is.
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "proxy/audit/journal/alarm.h"
#include "tests/audit/journal/records.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

using namespace test;
using std::chrono::milliseconds;

// What the journal has told who reads it.
class Told {
 public:
  explicit Told(JournalSource& source) : source_(source) {
    source_.WhenQuiet([this](bool quiet) {
      const std::lock_guard lock(mutex_);
      quiet_ = quiet;
      ++calls_;
      changed_.notify_all();
    });
  }
  ~Told() { source_.WhenQuiet(nullptr); }
  Told(const Told&) = delete;
  Told& operator=(const Told&) = delete;

  [[nodiscard]] std::uint64_t calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  bool WaitUntilQuiet() {
    return Wait([this] { return quiet_; });
  }
  bool WaitBeyond(std::uint64_t calls) {
    return Wait([this, calls] { return calls_ > calls; });
  }

 private:
  template <typename Condition>
  bool Wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), condition);
  }

  JournalSource& source_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool quiet_ = false;       // under mutex_
  std::uint64_t calls_ = 0;  // under mutex_
};

class QuietJournal : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!BarrierEverywhere()) GTEST_SKIP() << "no membarrier(2): the threads look by turns";
  }
  std::unique_ptr<Journal> Open(std::size_t segment_bytes = std::size_t{1} << 20) {
    JournalOptions options;
    options.directory = directory_ / "journal";
    options.segment_bytes = segment_bytes;
    options.quiet_after = milliseconds(0);
    options.sync_interval = milliseconds(1);
    return std::make_unique<Journal>(options);
  }
  session::AuditRecord Record() { return Statement(Id(1, ++id_), subject_, Text("SELECT 1")); }

  TemporaryDirectory directory_;
  const std::shared_ptr<const session::SessionSubject> subject_ = Subject("A");
  std::uint64_t id_ = 0;
};

TEST_F(QuietJournal, WhoAsksLateIsToldAtOnce) {
  const auto journal = Open();
  {
    Told first(journal->source());
    ASSERT_TRUE(first.WaitUntilQuiet());
  }
  Told second(journal->source());
  EXPECT_EQ(second.calls(), 1U);
}

TEST_F(QuietJournal, EachWayOfWritingEndsTheQuiet) {
  const auto journal = Open();
  Told told(journal->source());
  session::AuditTicket ticket = 0;
  const auto ends_it = [&](auto write) {
    ASSERT_TRUE(told.WaitUntilQuiet());
    const std::uint64_t calls = told.calls();
    write();
    EXPECT_TRUE(told.WaitBeyond(calls));
  };
  ends_it([&] { journal->Lane(0).Append(Record()); });
  ends_it([&] { ticket = journal->Lane(0).Begin(Record()); });
  ends_it([&] { journal->Lane(0).End(ticket, EndOf(1)); });
}

// A record that comes just when the threads go to sleep: found by the look of whoever was told
// of the quiet, or followed by the end of the quiet.
TEST_F(QuietJournal, NoRecordIsLeftAsleep) {
  constexpr int kRecords = 2'000;
  const auto journal = Open();
  JournalSource& source = journal->source();
  Told told(source);
  JournalEntry entry;
  for (int i = 0; i < kRecords; ++i) {
    std::thread worker([&] { journal->Lane(0).Append(Record()); });
    for (bool found = false; !found;) {
      ASSERT_TRUE(told.WaitUntilQuiet());
      const std::uint64_t calls = told.calls();
      found = source.Next(entry);
      ASSERT_TRUE(found || told.WaitBeyond(calls)) << "record " << i;
    }
    source.Commit();
    worker.join();
  }
}

// Losses are no records yet, and are told all the same.
TEST_F(QuietJournal, ALossIsToldAlthoughNothingIsWritten) {
  std::mutex mutex;
  std::condition_variable changed;
  std::uint64_t lost = 0;
  JournalOptions options;
  options.directory = directory_ / "journal";
  options.segment_bytes = std::size_t{64} << 10;
  options.quiet_after = milliseconds(0);
  options.on_lost = [&](std::uint64_t more) {
    const std::lock_guard lock(mutex);
    lost += more;
    changed.notify_all();
  };
  Journal journal(options);
  // Nobody reads: at some time no segment is to be had.
  std::uint64_t written = 0;
  session::AuditTicket ticket = 1;
  while (ticket != 0) {
    ticket = journal.Lane(0).Begin(Record());
    ASSERT_LT(++written, 1'000'000U);
  }
  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, std::chrono::minutes(1), [&] { return lost == 1; }));
}

}  // namespace
}  // namespace pgmoat::audit
