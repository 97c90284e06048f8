#include "proxy/audit/writer.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "proxy/audit/line_file.h"
#include "proxy/audit/record_id.h"
#include "proxy/audit/record_json.h"

namespace pgmoat::audit {
namespace {

using session::AuditRecord;

// One write() takes about this much.
constexpr std::size_t kBatchBytes = std::size_t{256} << 10;

// After a batch the writer rests this long before it looks again, so that under load
// one wake-up serves many records instead of each record costing a futex call.
constexpr std::chrono::milliseconds kRest{5};
// A rest ends early once this much waits.
constexpr std::size_t kRestEndsBytes = std::size_t{1} << 20;

constexpr std::chrono::milliseconds kFirstRetry{100};
constexpr std::chrono::milliseconds kLastRetry{2000};

// A record's share of the bound: what it may occupy at most.
std::size_t QueuedBytes(const AuditRecord& record) {
  return sizeof record + record.id.size() + record.reason.size() +
         (record.text != nullptr ? record.text->text.size() : 0);
}

// Signals are for the main thread.  SIGXFSZ and SIGPIPE are sent to the thread that
// writes: blocked, they leave write() to say EFBIG and EPIPE.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

//   Append            queue_  ──swap──>  batch_  ──LineMaker──>  lines_  ──>  file
//                     under mutex_       writer thread's own
//
// A record counts in queued_bytes_ from Append until its line is written.
struct Writer::Impl {
  explicit Impl(WriterOptions the_options)
      : options(std::move(the_options)),
        unhealthy_at(options.max_queued_bytes / 4 * 3),
        healthy_at(options.max_queued_bytes / 2),
        file(options.file) {
    if (file.removed_bytes() > 0) NoteRemovedTail();
    const AllSignalsBlocked inherited_by_the_thread;
    thread = std::thread([this] { Run(); });
    pthread_setname_np(thread.native_handle(), "audit");
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    wake.notify_one();
    thread.join();
  }

  // --- any thread ---

  void Append(AuditRecord&& record) {
    const std::size_t bytes = QueuedBytes(record);
    bool notify = false;
    {
      const std::lock_guard lock(mutex);
      if (queued_bytes + bytes > options.max_queued_bytes) {
        if (lost == 0) lost_since = record.time;
        ++lost;
        notify = std::exchange(idle, false);
      } else {
        if (lost > 0) QueueGap();
        queued_bytes += bytes;
        queue.push_back(std::move(record));
        ++appended;
        notify = idle || (resting && queued_bytes > kRestEndsBytes);
        idle = false;
        if (notify) resting = false;
      }
      if (queued_bytes > unhealthy_at || lost > 0) overfull = true;
      UpdateHealth();
    }
    if (notify) wake.notify_one();
  }

  void Flush() {
    std::unique_lock lock(mutex);
    const std::uint64_t target = appended;
    const std::uint64_t request = ++urgent_requests;
    wake.notify_one();
    // Only an attempt that began after the request can tell that it cannot be done.
    settled.wait(lock,
                 [&] { return (written >= target && lost == 0) || urgent_failed >= request; });
  }

  // The writer thread does it, since only that one knows whether a line stands half
  // written in the file, which may be the same as before.
  std::string Reopen() {
    if (options.file == "-") return "";
    std::unique_lock lock(mutex);
    const std::uint64_t request = ++reopens_wanted;
    ++urgent_requests;
    wake.notify_one();
    settled.wait(lock, [&] { return reopens_done >= request; });
    return reopen_failure;
  }

  // --- under mutex ---

  // Takes the losses so far into the queue, at the place where they happened.
  void QueueGap() {
    AuditRecord gap;
    gap.id = ids.Next();
    gap.time = lost_since;
    gap.event = session::AuditEvent::kGap;
    gap.rows = std::exchange(lost, 0);
    gap.reason = "The audit queue was full; the records of what happened here are lost.";
    lost_unreported += gap.rows;
    queued_bytes += QueuedBytes(gap);
    queue.push_back(std::move(gap));
    ++appended;
  }

  void NoteRemovedTail() {
    AuditRecord gap;
    gap.id = ids.Next();
    gap.time = std::chrono::system_clock::now();
    gap.event = session::AuditEvent::kGap;
    gap.rows = 1;
    gap.reason = "An unfinished line of " + std::to_string(file.removed_bytes()) +
                 " bytes, left by a process that was killed, was removed.";
    queued_bytes += QueuedBytes(gap);
    queue.push_back(std::move(gap));
    ++appended;
  }

  void UpdateHealth() { healthy.store(!write_failed && !overfull, std::memory_order_relaxed); }

  // --- the writer thread ---

  void Run() {
    std::unique_lock lock(mutex);
    std::chrono::milliseconds retry = kFirstRetry;
    while (true) {
      if (batch.empty() && lines.empty()) TakeQueue();
      // A request that comes while this round is under way gets a round of its own.
      const std::uint64_t urgent_served = urgent_requests;
      const std::uint64_t reopen = reopens_wanted;
      const bool had_work = !batch.empty() || !lines.empty();
      lock.unlock();
      if (reopen != reopens_done) TryReopen(reopen);
      const bool ok = WriteSome();
      lock.lock();
      if (!ok) urgent_failed = urgent_served;
      Settle(ok);
      const std::size_t losses = std::exchange(lost_unreported, 0);
      const bool is_healthy = healthy.load(std::memory_order_relaxed);
      lock.unlock();
      Report(losses, is_healthy);
      lock.lock();

      const auto urgent = [&] { return stopping || urgent_requests != urgent_served; };
      if (!ok) {
        if (stopping) break;
        wake.wait_for(lock, retry, urgent);
        retry = std::min(retry * 2, kLastRetry);
        continue;
      }
      retry = kFirstRetry;
      const bool more = !batch.empty() || !queue.empty() || lost > 0;
      if (stopping && !more) break;
      if (urgent() || !batch.empty() || queued_bytes > kRestEndsBytes) continue;
      if (had_work) {
        resting = true;
        wake.wait_for(lock, kRest, [&] { return !resting || urgent(); });
        resting = false;
      } else if (!more) {
        idle = true;
        wake.wait(lock, [&] { return !idle || urgent(); });
        idle = false;
      }
    }
    lock.unlock();
    GiveUp();
  }

  void TakeQueue() {
    if (lost > 0) QueueGap();
    batch.swap(queue);
  }

  // Forms and writes up to one batch of lines.  False: some of it is still to be written.
  bool WriteSome() {
    if (lines.empty()) {
      while (!batch.empty() && lines.size() < kBatchBytes) {
        const AuditRecord& record = batch.front();
        lines_queued_bytes += QueuedBytes(record);
        ++lines_records;
        line_maker.Append(record, lines);
        batch.pop_front();
      }
    }
    if (lines.empty()) return true;
    if (file.Deleted()) {
      try {
        OpenAnew();
      } catch (const std::runtime_error& failure) {
        problem = failure.what();
        return false;
      }
    }
    const LineFile::Result result = file.Write(std::string_view(lines).substr(lines_written));
    lines_written += result.bytes;
    if (result.error == 0) return true;
    problem = "audit file '" + options.file.string() +
              "' cannot be written: " + std::generic_category().message(result.error) +
              "; records wait in memory";
    return false;
  }

  // Under mutex.  Books what WriteSome came to.
  void Settle(bool ok) {
    if (ok) {
      queued_bytes -= lines_queued_bytes;
      written += lines_records;
      written_unreported += lines_records;
      lines_queued_bytes = 0;
      lines_records = 0;
      lines.clear();
      if (lines.capacity() > 4 * kBatchBytes) std::string().swap(lines);
      lines_written = 0;
      if (overfull && queued_bytes <= healthy_at && lost == 0) overfull = false;
    }
    write_failed = !ok;
    UpdateHealth();
    settled.notify_all();
  }

  void Report(std::size_t losses, bool is_healthy) {
    const std::size_t count = std::exchange(written_unreported, 0);
    if (count > 0 && options.on_written) options.on_written(count);
    if (losses > 0 && options.on_lost) options.on_lost(losses);
    if (is_healthy == reported_healthy) return;
    reported_healthy = is_healthy;
    if (options.on_health) options.on_health(is_healthy);
    if (is_healthy) {
      problem = "audit file '" + options.file.string() + "' is written again";
    } else if (problem.empty()) {
      problem = "the audit queue is nearly full (audit.max_queued_bytes): the disk is too slow";
    }
    if (options.on_message) options.on_message(problem);
    problem.clear();
  }

  void TryReopen(std::uint64_t request) {
    std::string failure;
    try {
      OpenAnew();
    } catch (const std::runtime_error& error) {
      failure = error.what();
    }
    if (!failure.empty() && options.on_message) {
      options.on_message("reopening: " + failure + "; the old file stays in use");
    }
    const std::lock_guard lock(mutex);
    reopens_done = request;
    reopen_failure = std::move(failure);
    settled.notify_all();
  }

  // A line that stands half in the old file is taken out of it and begins the new one.
  // Throws as LineFile does; the old file stays in use then.
  void OpenAnew() {
    CutTornLine();
    file = LineFile(options.file);
    if (file.removed_bytes() > 0) {
      const std::lock_guard lock(mutex);
      NoteRemovedTail();
    }
  }

  void CutTornLine() {
    if (lines_written == 0 || lines_written == lines.size()) return;
    const std::size_t line_start = lines.rfind('\n', lines_written - 1) + 1;  // npos + 1 is 0
    if (file.CutBack(lines_written - line_start)) lines_written = line_start;
  }

  // What could not be written is lost; the file ends with a whole line.
  void GiveUp() {
    CutTornLine();
    const std::string_view rest = std::string_view(lines).substr(lines_written);
    const std::size_t left =
        batch.size() + queue.size() + lost +
        static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n'));
    if (left == 0) return;
    if (options.on_lost) options.on_lost(left);
    if (options.on_message) {
      options.on_message("audit file '" + options.file.string() + "': " + std::to_string(left) +
                         " records could not be written before the end and are lost");
    }
  }

  WriterOptions options;
  const std::size_t unhealthy_at;
  const std::size_t healthy_at;
  IdSource ids;
  std::atomic<bool> healthy{true};

  std::mutex mutex;
  std::condition_variable wake;     // the writer thread waits
  std::condition_variable settled;  // Flush and Reopen wait

  // Under mutex.
  // Not a vector: to grow one of 100,000 records takes tens of milliseconds, and a worker's
  // other sessions wait.
  std::deque<AuditRecord> queue;
  std::size_t queued_bytes = 0;
  std::uint64_t appended = 0;
  std::uint64_t written = 0;
  std::uint64_t urgent_requests = 0;  // by Flush and Reopen
  std::uint64_t urgent_failed = 0;    // the latest of them that a failed attempt served
  std::uint64_t reopens_wanted = 0;
  std::uint64_t reopens_done = 0;
  std::string reopen_failure;       // of the latest; empty: none
  std::size_t lost = 0;             // not yet a gap record
  std::size_t lost_unreported = 0;  // in a gap record, not yet told to on_lost
  std::chrono::system_clock::time_point lost_since;
  bool idle = false;     // the writer sleeps until it is woken
  bool resting = false;  // the writer sleeps for kRest
  bool write_failed = false;
  bool overfull = false;
  bool stopping = false;

  // The writer thread's own.
  LineFile file;
  LineMaker line_maker;
  std::deque<AuditRecord> batch;       // not yet in `lines`
  std::string lines;                   // whole lines
  std::size_t lines_written = 0;       // bytes of `lines` in the file
  std::size_t lines_queued_bytes = 0;  // their share of queued_bytes
  std::size_t lines_records = 0;
  std::size_t written_unreported = 0;
  std::string problem;
  bool reported_healthy = true;

  std::thread thread;
};

Writer::Writer(WriterOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Writer::~Writer() = default;

std::string Writer::NewId() { return impl_->ids.Next(); }
bool Writer::Healthy() const { return impl_->healthy.load(std::memory_order_relaxed); }
void Writer::Append(AuditRecord&& record) { impl_->Append(std::move(record)); }
std::string Writer::Reopen() { return impl_->Reopen(); }
void Writer::Flush() { impl_->Flush(); }

}  // namespace pgmoat::audit
