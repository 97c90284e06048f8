#include "proxy/audit/shipper.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "proxy/audit/json_text.h"
#include "proxy/audit/open_statements.h"
#include "proxy/audit/record_id.h"
#include "proxy/audit/record_json.h"
#include "proxy/audit/signals.h"

namespace pgmoat::audit {
namespace {

using session::AuditEvent;
using session::AuditRecord;
using session::Outcome;

// Lines that go to the spool at once.
constexpr std::size_t kBatchBytes = std::size_t{256} << 10;

// Long enough that one look serves many statements; longer while there are none.
constexpr std::chrono::milliseconds kShortestLook{20};
constexpr std::chrono::milliseconds kLongestLook{160};
// For a disk that had no room to have some.
constexpr std::chrono::milliseconds kRetry{100};

}  // namespace

struct Shipper::Impl {
  Impl(JournalSource& the_source, Spool& the_spool, ShipperOptions the_options)
      : source(the_source), spool(the_spool), options(std::move(the_options)) {
    GoOn();
    AppendStart();
    AppendCheckpoint();
    Send();  // so that no kill can come ahead of it; if it fails, the thread tries again
    const AllSignalsBlocked inherited_by_the_thread;
    thread = std::thread([this] { Run(); });
    pthread_setname_np(thread.native_handle(), "audit");
    source.WhenQuiet([this](bool is_quiet) {
      {
        const std::lock_guard lock(mutex);
        quiet = is_quiet;
        ++quiet_calls;
      }
      wake.notify_one();
    });
  }

  ~Impl() {
    source.WhenQuiet(nullptr);
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    wake.notify_one();
    thread.join();
  }

  void GoOn() {
    const std::string last = spool.LastLine();
    LineHash hash{};
    if (!last.empty()) {
      const auto line = ReadTrailLine(last);
      if (!line) {
        throw std::runtime_error(
            "the audit spool ends with a line that is none of pgmoat's, so that its chain "
            "cannot go on; find out who changed it, and move the directory away");
      }
      seq = line->seq;
      hash = line->hash;
    }
    chain = std::make_unique<Chain>(hash);
  }

  // --- lines of the shipper's own ---

  // Calls fields(), which appends what the line has besides its head.
  template <typename F>
  void AppendOwn(std::string_view event, F fields) {
    const auto now = std::chrono::system_clock::now();
    const std::size_t begin = lines.size();
    maker.AppendHead(ids.Next(now), now, event, ++seq, lines);
    fields();
    Close(begin);
  }

  void AppendPolicyVersion(std::uint64_t version) {
    lines += ",\"policy_version\":\"";
    AppendHex64(version, lines);
    lines += '"';
  }

  void AppendPrevious() {
    lines += ",\"prev\":\"";
    AppendHex(chain->last().data(), chain->last().size(), lines);
    lines += '"';
  }

  void AppendStart() {
    AppendOwn("start", [&] {
      AppendStringField(",\"version\":", options.version, lines);
      AppendPolicyVersion(options.policy_version);
      AppendPrevious();
    });
  }

  void AppendCheckpoint() {
    AppendOwn("checkpoint", [&] {
      AppendNumberField(",\"lines\":", since_checkpoint, lines);
      AppendPrevious();
    });
    since_checkpoint = 0;
    if (options.signer != nullptr) options.signer->Sign(lines, chain->last());
  }

  void Close(std::size_t begin) {
    chain->Close(lines, begin);
    ++batch_lines;
    ++since_checkpoint;
  }

  // --- lines of what sessions told ---

  void AppendRecord(AuditRecord& record) {
    if (record.id.IsNull()) record.id = ids.Next(record.time);
    const std::size_t begin = lines.size();
    maker.Append(record, ++seq, lines);
    Close(begin);
    if (since_checkpoint >= options.checkpoint_lines) AppendCheckpoint();
  }

  void Take() {
    switch (entry.kind) {
      case JournalEntry::Kind::kRecord:
        return AppendRecord(entry.record);
      case JournalEntry::Kind::kBegin:
        return open.Begin(entry);
      case JournalEntry::Kind::kEnd:
        return open.End(entry, [this](AuditRecord& record) { AppendRecord(record); });
      case JournalEntry::Kind::kSegmentEnd:
        segment_ended = true;  // it is wanted back
        return open.ForEachOfSegment(entry.lane, entry.segment,
                                     [this](AuditRecord& record) { AppendRecord(record); });
      case JournalEntry::Kind::kLaneEnd:
        return Lose(entry.lane, "pgmoat was killed before the server had answered");
    }
  }

  void Lose(std::uint32_t lane, const char* reason) {
    open.TakeLane(lane, [&](AuditRecord& record) {
      record.outcome = Outcome::kLost;
      if (record.reason.empty()) record.reason = reason;
      AppendRecord(record);
    });
  }

  // --- the thread ---

  void Run() {
    std::chrono::milliseconds look = kShortestLook;
    std::unique_lock lock(mutex);
    while (true) {
      TakeRequests();
      const bool last = ending = stopping;
      // As it is before the look, which then finds all there is.
      const bool was_quiet = quiet;
      const std::uint64_t calls = quiet_calls;
      lock.unlock();
      const bool looked = !stuck;
      const std::size_t taken = looked ? Fill() : 0;
      const bool idle = taken == 0 && lines.empty();
      const bool more = lines.size() >= kBatchBytes;
      if (last && idle) AppendEnd();
      const bool sent = Send();
      lock.lock();
      if (last && (idle || !sent)) return;
      if (!sent) {
        wake.wait_for(lock, kRetry, [&] { return stopping || woken; });
        woken = false;
        continue;
      }
      look = taken > 0 ? kShortestLook : std::min(look * 2, kLongestLook);
      // What came meanwhile is for the next look: a few lines cost as much as many.
      if (more || last) continue;
      const auto asked = [&] { return stopping || wants_checkpoint || !reloads.empty(); };
      if (was_quiet && looked && idle && !uncommitted) {
        wake.wait(lock, [&] { return asked() || quiet_calls != calls; });
        look = kShortestLook;
      } else {
        wake.wait_for(lock, look, asked);
      }
    }
  }

  // Under mutex.
  void TakeRequests() {
    if (stuck) return;
    for (const std::uint64_t version : std::exchange(reloads, {})) {
      AppendOwn("reload", [&] { AppendPolicyVersion(version); });
    }
    if (std::exchange(wants_checkpoint, false)) AppendCheckpoint();
  }

  std::size_t Fill() {
    std::size_t taken = 0;
    while (lines.size() < kBatchBytes && source.Next(entry)) {
      Take();
      ++taken;
    }
    uncommitted = uncommitted || taken > 0;
    return taken;
  }

  // False: the spool does not take them; they are offered again.
  bool Send() {
    if (!lines.empty()) {
      if (!spool.Take(lines, batch_lines)) return Stuck();
      if (options.on_written) options.on_written(batch_lines);
      batch_lines = 0;
    }
    if (!Commit()) return Stuck();
    if (std::exchange(stuck, false)) {
      if (options.on_stuck) options.on_stuck(false);
      if (options.on_message) options.on_message("the audit spool takes lines again");
    }
    return true;
  }

  // False: the disk does not take the spool.
  bool Commit() {
    if (!uncommitted) return true;
    const auto now = std::chrono::steady_clock::now();
    if (options.sync_every.count() > 0) {
      const bool due = now - committed_at >= options.sync_every || segment_ended || ending;
      if (!due) return true;
      if (!spool.Sync()) return false;
    }
    source.Commit();
    uncommitted = segment_ended = false;
    committed_at = now;
    return true;
  }

  bool Stuck() {
    if (std::exchange(stuck, true)) return false;
    if (options.on_stuck) options.on_stuck(true);
    if (options.on_message) options.on_message(spool.error());
    return false;
  }

  void AppendEnd() {
    for (const std::uint32_t lane : open.Lanes()) {
      Lose(lane, "pgmoat ended before the server had answered");
    }
    AppendOwn("stop", [] {});
    AppendCheckpoint();
  }

  JournalSource& source;
  Spool& spool;
  const ShipperOptions options;

  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;               // under mutex
  bool woken = false;                  // under mutex
  bool wants_checkpoint = false;       // under mutex
  bool quiet = false;                  // under mutex: the journal has told so
  std::uint64_t quiet_calls = 0;       // under mutex
  std::vector<std::uint64_t> reloads;  // under mutex

  // The thread's own.
  IdSource ids;
  LineMaker maker;
  std::unique_ptr<Chain> chain;
  OpenStatements open;
  JournalEntry entry;
  std::uint64_t seq = 0;  // of the last line
  std::uint64_t since_checkpoint = 0;
  std::string lines;  // whole ones, not yet in the spool
  std::size_t batch_lines = 0;
  bool uncommitted = false;
  bool segment_ended = false;  // since the last Commit
  bool ending = false;
  std::chrono::steady_clock::time_point committed_at;
  bool stuck = false;
  std::thread thread;
};

Shipper::Shipper(JournalSource& source, Spool& spool, ShipperOptions options)
    : impl_(std::make_unique<Impl>(source, spool, std::move(options))) {}
Shipper::~Shipper() = default;

void Shipper::RequestCheckpoint() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->wants_checkpoint = true;
  }
  impl_->wake.notify_one();
}

void Shipper::NoteReload(std::uint64_t policy_version) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->reloads.push_back(policy_version);
  }
  impl_->wake.notify_one();
}

void Shipper::Wake() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->woken = true;
  }
  impl_->wake.notify_one();
}

}  // namespace pgmoat::audit
