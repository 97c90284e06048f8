#include "proxy/audit/journal/syncer.h"

#include <pthread.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "proxy/audit/signals.h"

namespace pgmoat::audit {
namespace {

constexpr std::chrono::milliseconds kRetry{100};

}  // namespace

Syncer::Syncer(std::size_t lanes, Options options)
    : options_(std::move(options)), executors_(lanes), durable_(lanes) {}

void Syncer::Start() {
  const AllSignalsBlocked inherited_by_the_thread;
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "audit-sync");
}

Syncer::~Syncer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Syncer::AddSegment(std::shared_ptr<Segment> segment) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = segment->number();
  segments_.push_back({std::move(segment), number});
}

void Syncer::RemoveSegment(const Segment* segment) {
  const std::lock_guard lock(mutex_);
  std::erase_if(segments_,
                [&](const Synced& synced) { return synced.segment.get() == segment; });
}

void Syncer::SetExecutor(std::size_t lane, std::function<void(std::function<void()>)> post) {
  const std::lock_guard lock(mutex_);
  executors_.at(lane) = std::move(post);
  if (executors_[lane]) return;
  std::erase_if(waiting_, [&](const Waiting& one) { return one.lane == lane; });
}

bool Syncer::Wait(std::size_t lane, std::uint64_t written, std::function<void()> then) {
  if (durable_[lane].load(std::memory_order_acquire) >= written) return false;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({lane, written, std::move(then)});
  }
  wake_.notify_one();
  return true;
}

void Syncer::TellQuiet(bool quiet) {
  {
    const std::lock_guard lock(mutex_);
    quiet_ = quiet;
    ++calls_;
  }
  wake_.notify_one();
}

void Syncer::Run() {
  std::unique_lock lock(mutex_);
  bool rests = false;  // all is on the disk, and nothing is being written
  std::uint64_t calls = 0;
  while (true) {
    const auto due = [&] { return stopping_ || (!waiting_.empty() && !failing_); };
    if (rests) wake_.wait(lock, [&] { return due() || calls_ != calls; });
    if (failing_) {
      wake_.wait_for(lock, kRetry, [&] { return stopping_; });
    } else if (options_.interval.count() > 0) {
      wake_.wait_for(lock, options_.interval, due);
    } else {
      wake_.wait(lock, due);
    }
    const bool last = stopping_;
    // As it was before the sync, which then has seen all that is written.
    const bool quiet = quiet_;
    calls = calls_;
    const bool synced = SyncAll(lock);
    if (synced) Tell();
    rests = synced && quiet;
    if (last) return;
  }
}

// True when all that had been written before the call is durable.
bool Syncer::SyncAll(std::unique_lock<std::mutex>& lock) {
  std::vector<std::uint64_t> written(durable_.size());
  for (std::size_t lane = 0; lane < written.size(); ++lane) {
    written[lane] = options_.written(lane);
  }
  struct Work {
    std::shared_ptr<Segment> segment;
    std::uint64_t number;
    std::size_t from;
    std::size_t to;
  };
  std::vector<Work> work;
  for (const Synced& one : segments_) {
    const std::size_t to = one.segment->position();
    if (to > one.up_to) work.push_back({one.segment, one.number, one.up_to, to});
  }
  int error = 0;
  lock.unlock();
  for (const Work& one : work) {
    if (failing_) one.segment->Prefault(one.from, one.to);
    if (const int failed = one.segment->Sync(one.to); failed != 0) error = failed;
  }
  lock.lock();
  if (error != 0) {
    if (failing_.exchange(true)) return false;
    if (options_.on_change) options_.on_change();
    if (options_.on_message) {
      options_.on_message("audit journal cannot be written to the disk: " +
                          std::generic_category().message(error) +
                          "; tried again until it can");
    }
    return false;
  }
  for (const Work& one : work) {
    for (Synced& known : segments_) {
      if (known.segment == one.segment && known.number == one.number) known.up_to = one.to;
    }
  }
  for (std::size_t lane = 0; lane < written.size(); ++lane) {
    durable_[lane].store(written[lane], std::memory_order_release);
  }
  if (!failing_.exchange(false)) return true;
  if (options_.on_change) options_.on_change();
  if (options_.on_message) options_.on_message("audit journal is written to the disk again");
  return true;
}

void Syncer::Tell() {
  std::erase_if(waiting_, [&](Waiting& one) {
    if (durable_[one.lane].load(std::memory_order_relaxed) < one.written) return false;
    if (executors_[one.lane]) executors_[one.lane](std::move(one.then));
    return true;
  });
}

}  // namespace pgmoat::audit
