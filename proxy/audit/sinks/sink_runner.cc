#include "proxy/audit/sinks/sink_runner.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <random>
#include <string_view>
#include <thread>
#include <utility>

#include "proxy/audit/signals.h"
#include "proxy/audit/sinks/cursor_file.h"
#include "proxy/audit/sinks/sink_lag.h"

namespace pgmoat::audit {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kFirstRetry{100};
constexpr milliseconds kLastRetry{30'000};
constexpr milliseconds kIdleEvery{1'000};

// After a small piece the runner rests this long, so that under load one wake-up serves many
// lines.
constexpr milliseconds kRest{50};
constexpr std::size_t kNoRestBytes = kBatchBytes / 2;

// A sync of a file takes 0.2 ms of a CPU, whatever there is to be synced.
constexpr milliseconds kSettleEvery{250};

// Who waits for the runner wakes it this often: it may be just about to wait on the spool,
// where a wake-up that comes too early is lost.
constexpr milliseconds kWakeEvery{20};

}  // namespace

//   spool ──Read──> piece ──Deliver──> sink ──Settle──> safe: cursor file, position, callbacks
//
//                   position         handed          spool.end()
//   ── is safe ────────┤── unsettled ──┤─── waits ────────┤
//
// A sink that does not Settle() has nothing unsettled.
// One round is an attempt and a pause.  Requests (Flush, Reopen, stop) are numbers that
// grow; a round serves those that it found when it began.
struct SinkRunner::Impl {
  enum class Outcome { kDelivered, kNothing, kFailed };

  struct Requests {
    std::uint64_t flushes = 0;
    std::uint64_t reopens = 0;
    bool stopping = false;
    friend bool operator==(const Requests&, const Requests&) = default;
  };

  Impl(Spool& the_spool, std::unique_ptr<Sink> the_sink, SinkRunnerOptions the_options)
      : spool(the_spool),
        sink(std::move(the_sink)),
        options(std::move(the_options)),
        cursor(options.cursor_file) {
    handed = position = FirstPosition();
    SaveCursor();
    time_behind.See(spool.end(), Clock::now());
    time_behind.Delivered(position);
    const AllSignalsBlocked inherited_by_the_thread;
    thread = std::thread([this] { Run(); });
    pthread_setname_np(thread.native_handle(), ("sink " + options.name).substr(0, 15).c_str());
  }

  ~Impl() {
    {
      std::unique_lock lock(mutex);
      wanted.stopping = true;
      stop_by = Clock::now() + options.stop_within;
      WaitFor(lock, [&] { return ended; });
    }
    thread.join();
  }

  // --- at the beginning ---

  std::uint64_t FirstPosition() {
    const std::uint64_t begin = spool.begin();
    if (cursor.garbled()) {
      Say("its cursor file " + options.cursor_file.string() +
          " is garbled; it begins with the oldest line that is kept");
      return begin;
    }
    if (!cursor.found()) return begin;
    const std::uint64_t found = *cursor.found();
    if (found >= begin && found <= spool.end()) return found;
    Say("its cursor file " + options.cursor_file.string() +
        " names a place outside of what is kept; it begins with the oldest line");
    return begin;
  }

  // --- any thread ---

  [[nodiscard]] milliseconds Lag() {
    const std::uint64_t end = spool.end();
    const std::lock_guard lock(mutex);
    if (position >= end) return milliseconds{0};
    time_behind.See(end, Clock::now());
    return time_behind.At(Clock::now());
  }

  [[nodiscard]] std::uint64_t LagLines() {
    std::unique_lock lock(mutex);
    const std::uint64_t at = position;
    const std::uint64_t delivered = delivered_lines;
    lock.unlock();
    return lines_behind.Count(spool, at, delivered);
  }

  std::string Reopen() {
    std::unique_lock lock(mutex);
    const std::uint64_t request = ++wanted.reopens;
    WaitFor(lock, [&] { return reopens_done >= request || ended; });
    return reopen_failure;
  }

  void Flush() {
    const std::uint64_t target = spool.end();
    std::unique_lock lock(mutex);
    if (position >= target) return;
    const std::uint64_t request = ++wanted.flushes;
    // Only an attempt that began after the request can tell that it cannot be done.
    WaitFor(lock, [&] { return position >= target || flushes_failed >= request || ended; });
  }

  template <typename Condition>
  void WaitFor(std::unique_lock<std::mutex>& lock, Condition condition) {
    do {
      wake.notify_all();
      lock.unlock();
      spool.Wake();
      lock.lock();
    } while (!settled.wait_for(lock, kWakeEvery, condition));
  }

  // --- the runner's thread ---

  void Run() {
    while (true) {
      Requests requests;
      {
        const std::lock_guard lock(mutex);
        requests = wanted;
      }
      if (requests.reopens != reopens_served) ServeReopen(requests.reopens);
      const Outcome outcome = Attempt(requests);
      Tell(outcome, requests);
      if (requests.stopping && (outcome != Outcome::kDelivered || Clock::now() >= stop_by)) {
        if (handed > position) SettleSink();
        break;
      }
      Pause(outcome, requests);
    }
    const std::lock_guard lock(mutex);
    ended = true;
    settled.notify_all();
  }

  Outcome Attempt(const Requests& requests) {
    const Outcome outcome = HandNext();
    if (handed == position) return outcome;
    const bool asked = requests.stopping || requests.flushes != flushes_settled;
    const bool due = outcome == Outcome::kFailed || handed - position >= most_unsettled ||
                     (asked && handed == spool.end()) || Clock::now() >= settle_again;
    if (!due) return outcome;
    if (!SettleSink()) return Outcome::kFailed;
    if (handed == spool.end()) flushes_settled = requests.flushes;
    return outcome;
  }

  Outcome HandNext() {
    try {
      const Spool::Piece first = spool.Read(handed, kBatchBytes);
      Lines lines{first.lines, first.count};
      if (!settles) Gather(lines, kBatchBytes);
      // What a former process had delivered and not settled is offered at once.
      if (settles && !std::exchange(offered_first, true)) Gather(lines, kUnsettledBytes);
      last_bytes = lines.text.size();
      return lines.text.empty() ? Rest() : Hand(lines);
    } catch (const std::exception& failure) {
      return Failed(failure.what());
    } catch (...) {
      return Failed("it failed for a reason that it does not tell");
    }
  }

  struct Lines {
    std::string_view text;
    std::size_t count = 0;  // 0: nobody has counted them
  };

  // With what follows, up to `most`: the spool gives out what was appended at one time.  The
  // result is valid as long as it was, or until the next call.
  void Gather(Lines& lines, std::size_t most) {
    if (lines.text.empty()) return;
    gathered.clear();
    std::size_t bytes = lines.text.size();
    while (bytes < most && handed + bytes < spool.end()) {
      const Spool::Piece next = spool.Read(handed + bytes, most - bytes);
      if (next.lines.empty() || bytes + next.lines.size() > most) break;
      if (gathered.empty()) gathered = lines.text;
      gathered += next.lines;
      bytes = gathered.size();
    }
    if (!gathered.empty()) lines = {gathered, 0};
  }

  Outcome Rest() {
    if (Clock::now() - last_idle < kIdleEvery) return Outcome::kNothing;
    last_idle = Clock::now();
    const std::string error = sink->Idle();
    if (!error.empty()) return Failed(error);
    Works();
    return Outcome::kNothing;
  }

  Outcome Hand(const Lines& lines) {
    const Sink::Result result = sink->Deliver(lines.text);
    // Whole lines, whatever the sink says.
    std::size_t taken = std::min(result.bytes, lines.text.size());
    while (taken > 0 && lines.text[taken - 1] != '\n') --taken;
    if (taken > 0) {
      const bool counted = taken == lines.text.size() && lines.count > 0;
      handed += taken;
      handed_lines += counted ? lines.count : CountLines(lines.text.substr(0, taken));
      if (!settles) Advance();
    }
    if (!result.error.empty()) return Failed(result.error);
    if (taken == 0) return Failed("it took no line, and does not say why");
    Works();
    return Outcome::kDelivered;
  }

  // False: what was handed to it since the last time is offered again.
  bool SettleSink() {
    std::string error;
    try {
      error = sink->Settle();
    } catch (const std::exception& failure) {
      error = failure.what();
    } catch (...) {
      error = "it failed for a reason that it does not tell";
    }
    settle_again = Clock::now() + kSettleEvery;
    if (error.empty()) {
      Advance();
      return true;
    }
    handed = position;
    handed_lines = 0;
    Failed(error);
    return false;
  }

  // What was handed to it is safe there.
  void Advance() {
    const std::uint64_t count = std::exchange(handed_lines, 0);
    {
      const std::lock_guard lock(mutex);
      position = handed;
      delivered_lines += count;
      time_behind.Delivered(position);
    }
    SaveCursor();
    retry = kFirstRetry;
    if (options.on_delivered) options.on_delivered(count);
    if (options.on_position) options.on_position(position);
  }

  void SaveCursor() {
    const std::string error = cursor.Write(position);
    if (!error.empty() && !std::exchange(cursor_failed, true)) {
      Say(error + "; lines may come twice after a restart");
    }
    if (error.empty()) cursor_failed = false;
  }

  Outcome Failed(const std::string& error) {
    if (options.on_failure) options.on_failure();
    if (!failing.exchange(true)) Say(error + "; its lines wait in the spool");
    return Outcome::kFailed;
  }

  void Works() {
    retry = kFirstRetry;
    if (failing.exchange(false)) Say("it takes lines again");
  }

  void Say(const std::string& what) const {
    if (options.on_message) options.on_message("audit sink '" + options.name + "': " + what);
  }

  void ServeReopen(std::uint64_t request) {
    std::string failure;
    try {
      if (handed > position) SettleSink();
      failure = sink->Reopen();
    } catch (const std::exception& error) {
      failure = error.what();
    } catch (...) {
      failure = "it failed for a reason that it does not tell";
    }
    if (!failure.empty()) Say("reopening: " + failure);
    reopens_served = request;
    const std::lock_guard lock(mutex);
    reopens_done = request;
    reopen_failure = std::move(failure);
    settled.notify_all();
  }

  void Tell(Outcome outcome, const Requests& served) {
    const std::uint64_t end = spool.end();
    const std::lock_guard lock(mutex);
    if (position < end) time_behind.See(end, Clock::now());
    if (outcome == Outcome::kFailed) flushes_failed = served.flushes;
    settled.notify_all();
  }

  void Pause(Outcome outcome, const Requests& served) {
    if (outcome == Outcome::kNothing) {
      {
        const std::lock_guard lock(mutex);
        if (wanted != served) return;
      }
      const auto until_due =
          std::chrono::ceil<milliseconds>(settle_again - Clock::now()).count();
      spool.WaitBeyond(handed,
                       handed > position ? milliseconds(std::max(until_due, 1L)) : kIdleEvery);
      return;
    }
    const bool more = settles ? handed < spool.end() : last_bytes >= kNoRestBytes;
    if (outcome == Outcome::kDelivered && more) return;
    const milliseconds pause = outcome == Outcome::kDelivered ? kRest : BackOff();
    std::unique_lock lock(mutex);
    wake.wait_for(lock, pause, [&] { return wanted != served; });
  }

  // Doubles; half of it by chance, so that many proxies do not come back at once.
  milliseconds BackOff() {
    const milliseconds most = retry;
    retry = std::min(retry * 2, kLastRetry);
    std::uniform_int_distribution<milliseconds::rep> some(most.count() / 2, most.count());
    return milliseconds{some(random)};
  }

  Spool& spool;
  const std::unique_ptr<Sink> sink;
  const SinkRunnerOptions options;

  std::mutex mutex;
  std::condition_variable wake;     // the runner pauses
  std::condition_variable settled;  // others wait for the runner

  // Under mutex.
  Requests wanted;
  Clock::time_point stop_by;
  std::uint64_t flushes_failed = 0;  // the latest that a failed attempt served
  std::uint64_t reopens_done = 0;
  std::string reopen_failure;
  bool ended = false;
  std::uint64_t delivered_lines = 0;
  TimeBehind time_behind;
  // Written by the runner's thread only, under mutex; read by it without.
  std::atomic<std::uint64_t> position{0};

  std::atomic<bool> failing{false};

  LinesBehind lines_behind;

  // The runner's thread only.
  CursorFile cursor;
  const bool settles = sink->Settles();
  bool cursor_failed = false;
  bool offered_first = false;
  std::uint64_t handed = 0;
  std::uint64_t handed_lines = 0;  // between position and handed
  Clock::time_point settle_again;
  std::uint64_t flushes_settled = 0;  // the latest for which all was settled
  const std::uint64_t most_unsettled =
      std::min<std::uint64_t>(kUnsettledBytes - kBatchBytes, spool.max_bytes() / 4);
  std::uint64_t reopens_served = 0;
  std::size_t last_bytes = 0;
  std::string gathered;  // at most kBatchBytes, at first kUnsettledBytes
  Clock::time_point last_idle = Clock::now();
  milliseconds retry = kFirstRetry;
  std::mt19937 random{std::random_device{}()};

  std::thread thread;
};

SinkRunner::SinkRunner(Spool& spool, std::unique_ptr<Sink> sink, SinkRunnerOptions options)
    : impl_(std::make_unique<Impl>(spool, std::move(sink), std::move(options))) {}
SinkRunner::~SinkRunner() = default;

std::uint64_t SinkRunner::position() const { return impl_->position; }
milliseconds SinkRunner::lag() const { return impl_->Lag(); }
std::uint64_t SinkRunner::lag_lines() const { return impl_->LagLines(); }
bool SinkRunner::failing() const { return impl_->failing; }
std::string SinkRunner::Reopen() { return impl_->Reopen(); }
void SinkRunner::Flush() { impl_->Flush(); }

}  // namespace pgmoat::audit
