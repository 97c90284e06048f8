// kill -9 at any moment: what Begin and Append took is shipped before or read afterwards.
//
//   parent ── fork ──> child: two lanes write, a reader ships and commits
//      │                  │ each says in shared memory what it did
//      └── SIGKILL ──────>┘   up to kRuns times in the same directory; then the parent reads
//                             what is left and compares
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <ctime>
#include <deque>
#include <map>
#include <random>
#include <thread>

#include "tests/audit/journal/records.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

using namespace test;
using session::AuditEvent;
using Kind = JournalEntry::Kind;

constexpr std::size_t kChains = 80;
constexpr std::size_t kRuns = 4;
constexpr std::size_t kLanes = 2;
constexpr std::size_t kMaxRecords = 1 << 15;  // of a lane in a run
constexpr int kPrepared = 8;

// What is known of a record.
enum Known : std::uint8_t {
  kBegun = 1,  // Begin has returned; kAppended likewise
  kEnded = 2,  // the last End has returned
  kAppended = 4,
  kGiven = 8,  // the reader gave the beginning, or the whole record
  kEndGiven = 16,
  kRunningTold = 32,  // its segment was given up while it ran
  kLostTold = 64,
};

struct Shared {
  std::array<std::array<std::array<std::atomic<std::uint8_t>, kMaxRecords>, kLanes>, kRuns>
      known;
  // Sequence numbers that were taken, so that nothing is invented.
  std::array<std::array<std::atomic<std::uint64_t>, kLanes>, kRuns> taken;
  std::atomic<bool> failed;
  std::array<char, 512> failure;

  void Fail(const std::string& what) {
    if (failed.exchange(true)) return;
    what.copy(failure.data(), failure.size() - 1);
  }
};

// One id: 1 + run, lane, number in the lane.
session::RecordId IdOf(std::uint64_t run, std::uint64_t lane, std::uint64_t number) {
  return Id((run + 1) << 8 | lane, number);
}

std::string Beginning(std::uint64_t run, std::uint64_t lane, std::uint64_t number) {
  return "SELECT " + std::to_string(run) + "," + std::to_string(lane) + "," +
         std::to_string(number) + ";";
}

JournalOptions Options(const std::filesystem::path& directory, std::size_t segment_bytes) {
  JournalOptions options;
  options.directory = directory;
  options.lanes = kLanes;
  options.segment_bytes = segment_bytes;
  options.sync = JournalSync::kNone;
  return options;
}

// --- what the child does ---

class Worker {
 public:
  Worker(Shared& shared, session::AuditTrail& trail, std::uint64_t run, std::uint64_t lane,
         unsigned seed)
      : shared_(shared), trail_(trail), run_(run), lane_(lane), random_(seed) {
    subject_ = Subject("session " + std::to_string(lane));
    for (int i = 0; i < kPrepared; ++i)
      prepared_.push_back(Text("EXECUTED " + std::string(200, 'p')));
  }

  void Run() {
    while (number_ + 1 < kMaxRecords) {
      if (!trail_.Healthy()) {
        std::this_thread::yield();
        EndOne();
        continue;
      }
      switch (Below(8)) {
        case 0:
          Append();
          break;
        case 1:
        case 2:
        case 3:
          if (open_.size() < 40) Begin();
          break;
        default:
          EndOne();
      }
    }
    while (true) ::pause();
  }

 private:
  struct Open {
    session::AuditTicket ticket;
    std::uint64_t number;
    std::uint32_t statements;
  };

  std::uint64_t Below(std::uint64_t bound) { return random_() % bound; }

  session::AuditRecord Next() {
    shared_.taken[run_][lane_] = ++number_;
    std::shared_ptr<const session::AuditedText> text;
    const bool prepared = Below(2) == 0;
    if (prepared) {
      text = prepared_[Below(kPrepared)];
    } else {
      const std::size_t more = Below(500) == 0 ? 100'000 : Below(300);
      text = Text(Beginning(run_, lane_, number_) + std::string(more, 'x'));
    }
    return Statement(IdOf(run_, lane_, number_), subject_, text,
                     prepared ? "Execute" : "Query");
  }
  void Set(std::uint64_t number, Known known) {
    shared_.known[run_][lane_][number].fetch_or(known);
  }

  void Append() {
    const session::AuditRecord record = Next();
    trail_.Append(record);
    Set(number_, kAppended);
  }
  void Begin() {
    const session::AuditRecord record = Next();
    const session::AuditTicket ticket = trail_.Begin(record);
    if (ticket == 0) return shared_.Fail("Healthy, and yet it did not begin");
    Set(number_, kBegun);
    open_.push_back({ticket, number_, static_cast<std::uint32_t>(1 + Below(3))});
  }
  void EndOne() {
    if (open_.empty()) return;
    const std::size_t at = Below(open_.size());
    const Open one = open_[at];
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(at));
    for (std::uint32_t i = 0; i < one.statements; ++i) {
      session::AuditEnd end = EndOf(one.number, i + 1 == one.statements);
      end.statement = i;
      end.transaction = (run_ + 1) << 8 | lane_;
      if (one.statements > 1) end.text = Text("SELECT statement " + std::to_string(i));
      trail_.End(one.ticket, end);
    }
    Set(one.number, kEnded);
  }

  Shared& shared_;
  session::AuditTrail& trail_;
  std::uint64_t run_;
  std::uint64_t lane_;
  std::mt19937 random_;
  std::shared_ptr<const session::SessionSubject> subject_;
  std::vector<std::shared_ptr<const session::AuditedText>> prepared_;
  std::deque<Open> open_;
  std::uint64_t number_ = 0;
};

// --- what the shipper does, in the child and at last in the parent ---

class Shipper {
 public:
  Shipper(Shared& shared, JournalSource& source) : shared_(shared), source_(source) {}

  // False: there is nothing now.
  bool Step() {
    if (!source_.Next(entry_)) return false;
    switch (entry_.kind) {
      case Kind::kRecord:
        if (entry_.record.event == AuditEvent::kGap) {
          shared_.Fail("a gap: " + entry_.record.reason);
        } else {
          Check(entry_.record);
        }
        break;
      case Kind::kBegin:
        if (const auto known = Check(entry_.record)) {
          open_[entry_.lane][entry_.ticket] = {entry_.record.id, entry_.segment, known};
        }
        break;
      case Kind::kEnd:
        TakeEnd();
        break;
      case Kind::kSegmentEnd:
        for (auto& [ticket, open] : open_[entry_.lane]) {
          if (open.segment == entry_.segment) open.known->fetch_or(kRunningTold);
        }
        break;
      case Kind::kLaneEnd:
        for (auto& [ticket, open] : open_[entry_.lane]) open.known->fetch_or(kLostTold);
        open_.erase(entry_.lane);
        break;
    }
    return true;
  }
  void Commit() { source_.Commit(); }

 private:
  using Cell = std::atomic<std::uint8_t>*;
  struct Open {
    session::RecordId id;
    std::uint64_t segment;
    Cell known;
  };

  Cell Find(std::uint64_t high, std::uint64_t number) {
    const std::uint64_t run = (high >> 8) - 1;
    const std::uint64_t lane = high & 0xFF;
    if (run >= kRuns || lane >= kLanes || number == 0 || number > shared_.taken[run][lane]) {
      shared_.Fail("nobody wrote record " + std::to_string(high) + "/" +
                   std::to_string(number));
      return nullptr;
    }
    return &shared_.known[run][lane][number];
  }

  Cell Check(const session::AuditRecord& record) {
    std::uint64_t high = 0;
    for (std::size_t i = 0; i < 8; ++i) high = high << 8 | record.id.bytes[i];
    const std::uint64_t number = Low(record.id);
    const Cell known = Find(high, number);
    if (known == nullptr) return nullptr;
    const std::uint64_t lane = high & 0xFF;
    if (!record.subject || record.subject->session_id != "session " + std::to_string(lane) ||
        record.subject->database != "shop") {
      shared_.Fail("a wrong subject");
    }
    const std::string expected = record.protocol_event == "Query"
                                     ? Beginning((high >> 8) - 1, lane, number)
                                     : "EXECUTED ";
    if (!record.text || !record.text->text.starts_with(expected)) {
      shared_.Fail("a wrong text: not " + expected);
    }
    known->fetch_or(kGiven);
    return known;
  }

  void TakeEnd() {
    const session::AuditEnd& end = entry_.end;
    const Cell known = Find(end.transaction, end.rows_returned);
    if (known == nullptr) return;
    const auto open = open_[entry_.lane].find(entry_.ticket);
    if (open == open_[entry_.lane].end()) {
      // Its beginning was in a segment that was given up.
      const std::uint8_t before = *known;
      if ((before & kGiven) == 0 || (before & kRunningTold) == 0) {
        shared_.Fail("an end without its beginning");
      }
    } else if (open->second.known != known) {
      shared_.Fail("an end of another beginning");
    }
    if (end.statement > 0 && end.text == nullptr) shared_.Fail("the end has no text");
    if (!end.last) return;
    known->fetch_or(kEndGiven);
    open_[entry_.lane].erase(entry_.ticket);
  }

  Shared& shared_;
  JournalSource& source_;
  JournalEntry entry_;
  std::map<std::uint32_t, std::map<session::AuditTicket, Open>> open_;
};

[[noreturn]] void Child(Shared& shared, const JournalOptions& options, std::uint64_t run,
                        unsigned seed) {
  try {
    Journal journal(options);
    std::vector<std::thread> threads;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      threads.emplace_back([&, lane] {
        Worker(shared, journal.Lane(lane), run, lane, seed + static_cast<unsigned>(lane)).Run();
      });
    }
    Shipper shipper(shared, journal.source());
    std::mt19937 random(seed);
    while (true) {
      auto some = random() % 300;
      while (some > 0 && shipper.Step()) --some;
      shipper.Commit();
      if (some > 0) std::this_thread::yield();
    }
  } catch (const std::exception& error) {
    shared.Fail(std::string("the child: ") + error.what());
  }
  ::_exit(1);
}

// --- the test ---

// In so much processor time: how busy the machine is does not matter.
void KillMyselfIn(std::chrono::microseconds time) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer{};
  itimerspec when{};
  when.it_value.tv_nsec = std::chrono::nanoseconds(time).count();
  if (::timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) != 0 ||
      ::timer_settime(timer, 0, &when, nullptr) != 0) {
    ::_exit(2);
  }
  ::alarm(120);  // a child that hangs
}

void KillOne(Shared& shared, const JournalOptions& options, std::uint64_t run,
             std::mt19937& random) {
  // Some are killed while they begin.
  const std::chrono::microseconds time(1 + random() % (random() % 4 == 0 ? 2'000 : 20'000));
  const auto seed = static_cast<unsigned>(random());
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    KillMyselfIn(time);
    Child(shared, options, run, seed);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
      << status << " " << shared.failure.data();
}

void ReadRest(Shared& shared, const JournalOptions& options) {
  Journal journal(options);
  Shipper shipper(shared, journal.source());
  while (shipper.Step()) {
  }
  shipper.Commit();
}

struct Totals {
  std::size_t records = 0;
  std::size_t lost = 0;
  std::size_t running = 0;
};

void Compare(Shared& shared, Totals& totals) {
  for (std::size_t run = 0; run < kRuns; ++run) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      for (std::size_t number = 1; number <= shared.taken[run][lane]; ++number) {
        const unsigned known = shared.known[run][lane][number];
        const auto which = [&] {
          return Beginning(run, lane, number) + " " + std::to_string(known);
        };
        if ((known & (kBegun | kAppended)) != 0) {
          ASSERT_TRUE(known & kGiven) << which();
          ++totals.records;
        }
        if ((known & kEnded) != 0) {
          ASSERT_TRUE(known & kEndGiven) << which();
        }
        if ((known & kBegun) != 0) {
          ASSERT_TRUE(known & (kEndGiven | kRunningTold | kLostTold)) << which();
        }
        totals.lost += (known & kLostTold) != 0 ? 1 : 0;
        totals.running += (known & kRunningTold) != 0 ? 1 : 0;
      }
    }
  }
}

TEST(JournalCrash, NothingThatWasTakenIsLostWhereverTheProcessIsKilled) {
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  const TemporaryDirectory directory;
  std::mt19937 random(20261127);
  Totals totals;
  for (std::size_t chain = 0; chain < kChains; ++chain) {
    auto* shared = new (memory) Shared();
    const std::size_t segment_bytes = std::size_t{64 << 10} << random() % 5;
    const JournalOptions options = Options(directory / "journal", segment_bytes);
    for (std::size_t run = 0; run < kRuns; ++run) {
      ASSERT_NO_FATAL_FAILURE(KillOne(*shared, options, run, random));
    }
    ReadRest(*shared, options);
    ASSERT_FALSE(shared->failed) << shared->failure.data();
    ASSERT_NO_FATAL_FAILURE(Compare(*shared, totals));
    for (const auto& file : std::filesystem::directory_iterator(options.directory)) {
      EXPECT_EQ(file.path().filename(), "lock");
    }
  }
  ::munmap(memory, sizeof(Shared));
  // It did happen.  How often depends on how busy the machine is: a kill comes by the clock.
  EXPECT_GT(totals.records, 10 * kChains * kRuns);
  EXPECT_GT(totals.lost, kChains / 4);
  EXPECT_GT(totals.running, 0U);
}

}  // namespace
}  // namespace pgmoat::audit
