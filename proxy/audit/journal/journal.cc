#include "proxy/audit/journal/journal.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "proxy/audit/journal/alarm.h"
#include "proxy/audit/journal/lane.h"
#include "proxy/audit/journal/reader.h"
#include "proxy/audit/journal/segment_store.h"
#include "proxy/audit/journal/syncer.h"
#include "proxy/audit/signals.h"

namespace pgmoat::audit {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kSegmentsPerLane = 4;
// Of a new segment at once; the rest is given to the process while it is used already.
constexpr std::size_t kPrefaultAtOnce = std::size_t{256} << 10;
// For a disk that had no room to have some.
constexpr std::chrono::milliseconds kRetry{100};
// To look for losses and for lanes that cannot take more, while something is written.
constexpr std::chrono::milliseconds kLook{50};

}  // namespace

struct Journal::Impl {
  explicit Impl(JournalOptions the_options)
      : options(std::move(the_options)),
        store(options.directory, options.segment_bytes,
              // A lane has one that it writes and one to go on in.
              std::max(options.max_bytes > 0
                           ? options.max_bytes
                           : options.segment_bytes * kSegmentsPerLane * options.lanes,
                       options.segment_bytes * 2 * options.lanes),
              options.sync != JournalSync::kNone),
        reader({[this](std::shared_ptr<Segment> segment) { GiveBack(std::move(segment)); },
                options.on_message}) {
    TakeLeft();
    syncer = std::make_unique<Syncer>(
        options.lanes,
        Syncer::Options{options.sync == JournalSync::kNone ? std::chrono::milliseconds(0)
                                                           : options.sync_interval,
                        [this](std::size_t lane) { return lanes[lane]->written(); },
                        options.on_message, [this] { alarm.Ring(); }});
    // A lane needs one to begin with; without it there is nothing to run with.
    for (std::uint32_t i = 0; i < options.lanes; ++i) {
      lanes.push_back(std::make_unique<audit::Lane>(MakeSegment(i).get(), LaneEnvironment(i)));
    }
    syncer->Start();
    const AllSignalsBlocked inherited_by_the_thread;
    thread = std::thread([this] { Run(); });
    pthread_setname_np(thread.native_handle(), "audit-journal");
  }

  ~Impl() {
    stopping = true;
    alarm.Ring();
    thread.join();
    syncer.reset();
    for (const auto& lane : lanes) lane->TellWhatIsMissing();
    CloseSegments();
  }

  // Lanes of former processes come behind this one's.
  void TakeLeft() {
    auto number = static_cast<std::uint32_t>(options.lanes);
    for (SegmentStore::Left& left : store.TakeLeft([this, &number](const std::string& what) {
           if (options.on_message) options.on_message(what);
           reader.AddGap(number++, what);
         })) {
      for (std::shared_ptr<Segment>& segment : left) {
        reader.AddSegment(number, std::move(segment), true);
      }
      ++number;
    }
  }

  audit::Lane::Environment LaneEnvironment(std::size_t lane) {
    audit::Lane::Environment environment;
    environment.want_segment = [this] { alarm.Ring(); };
    environment.wait_durable = [this, lane](std::uint64_t written, std::function<void()> then) {
      return options.sync == JournalSync::kEach && syncer->Wait(lane, written, std::move(then));
    };
    environment.unsound = &syncer->failing();
    environment.asleep = &asleep;
    environment.wake = [this] {
      if (asleep.exchange(false)) alarm.Ring();
    };
    return environment;
  }

  // Throws when there is no room for it.
  std::shared_ptr<Segment> MakeSegment(std::uint32_t lane) {
    const std::lock_guard lock(mutex);
    std::shared_ptr<Segment> segment = store.Make(lane);
    segment->Prefault(0, kPrefaultAtOnce);
    segments.push_back(segment);
    if (options.sync != JournalSync::kNone) syncer->AddSegment(segment);
    reader.AddSegment(lane, segment, false);
    return segment;
  }

  // The shipper's thread.
  void GiveBack(std::shared_ptr<Segment> segment) {
    if (syncer) syncer->RemoveSegment(segment.get());
    {
      const std::lock_guard lock(mutex);
      std::erase(segments, segment);
      store.GiveBack(std::move(segment));
    }
    alarm.Ring();  // a lane may wait for just this
  }

  // What nothing was written into, or all of which is committed, need not be found by the
  // next process; but where statements still run it tells that they are lost.
  void CloseSegments() {
    std::error_code ignored;
    for (const auto& segment : segments) {
      const bool done = segment->committed() >= segment->position();
      const bool unused = segment->position() == kSegmentHeaderBytes;
      if (unused || (done && !lanes[segment->lane()]->HasOpen())) {
        std::filesystem::remove(segment->file(), ignored);
      } else if (options.sync != JournalSync::kNone) {
        if (segment->Close() != 0 && options.on_message) {
          options.on_message("audit journal '" + segment->file().string() +
                             "' could not be synced at the end");
        }
      }
    }
  }

  // --- the journal's thread ---

  void Run() {
    std::uint64_t told = 0;
    Clock::time_point told_at = Clock::now();
    while (!stopping) {
      Supply();
      Report();
      const bool more = std::exchange(told, Told()) != told;
      if (more || failing || !reported_healthy) told_at = Clock::now();
      if (Clock::now() - told_at < options.quiet_after) {
        alarm.Sleep(failing ? kRetry : kLook);
        continue;
      }
      SleepUntilTold(told);
      told_at = Clock::now();
    }
  }

  // Grows with all that sessions tell.
  [[nodiscard]] std::uint64_t Told() const {
    std::uint64_t told = 0;
    for (const auto& lane : lanes) told += lane->written() + lane->lost();
    return told;
  }

  // A lane that goes on in its next segment has written before it wants another, so that
  // nothing of the journal's is missing either.  The syncer rings when it begins to fail.
  void SleepUntilTold(std::uint64_t told) {
    asleep = true;
    if (BarrierEverywhere() && Told() == told) {
      TellQuiet(true);
      alarm.Sleep(std::nullopt);
      TellQuiet(false);
    }
    asleep = false;
  }

  // Those who look by themselves while it is not.
  void TellQuiet(bool quiet) {
    syncer->TellQuiet(quiet);
    reader.TellQuiet(quiet);
  }

  void Supply() {
    failing = false;
    for (std::uint32_t i = 0; i < options.lanes; ++i) {
      if (!lanes[i]->WantsSegment()) continue;
      try {
        const std::shared_ptr<Segment> segment = MakeSegment(i);
        lanes[i]->TakeSegment(segment.get());
        segment->Prefault(kPrefaultAtOnce, segment->size());
      } catch (const std::exception& error) {
        problem = error.what();
        failing = true;
      }
    }
  }

  void Report() {
    std::uint64_t lost = 0;
    bool healthy = true;
    for (const auto& lane : lanes) {
      lost += lane->lost();
      healthy = healthy && lane->Healthy();
    }
    if (lost > reported_lost && options.on_lost) options.on_lost(lost - reported_lost);
    reported_lost = lost;
    if (healthy == reported_healthy) return;
    reported_healthy = healthy;
    if (options.on_health) options.on_health(healthy);
    if (!options.on_message) return;
    const std::string name = "audit journal '" + options.directory.string() + "'";
    if (healthy) {
      options.on_message(name + " takes records again");
    } else if (failing) {
      options.on_message(problem + "; it takes no more records until there is room");
    } else if (!syncer->failing()) {
      options.on_message(name + " is filled faster than room can be made");
    }
  }

  JournalOptions options;
  SegmentStore store;  // under mutex
  JournalReader reader;
  std::unique_ptr<Syncer> syncer;
  std::vector<std::unique_ptr<audit::Lane>> lanes;

  Alarm alarm;
  std::atomic<bool> stopping{false};
  // Read by each worker for each record, and written seldom: it has a cache line to itself.
  alignas(64) std::atomic<bool> asleep{false};
  alignas(64) std::mutex mutex;
  std::vector<std::shared_ptr<Segment>> segments;  // of this process, under mutex

  // The journal's thread's own.
  bool failing = false;
  std::string problem;
  std::uint64_t reported_lost = 0;
  bool reported_healthy = true;
  std::thread thread;
};

Journal::Journal(JournalOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Journal::~Journal() = default;

session::AuditTrail& Journal::Lane(std::size_t i) { return *impl_->lanes.at(i); }
JournalSource& Journal::source() { return impl_->reader; }

bool Journal::Healthy() const {
  for (const auto& lane : impl_->lanes) {
    if (!lane->Healthy()) return false;
  }
  return true;
}

void Journal::SetExecutor(std::size_t lane, std::function<void(std::function<void()>)> post) {
  impl_->syncer->SetExecutor(lane, std::move(post));
}

}  // namespace pgmoat::audit
