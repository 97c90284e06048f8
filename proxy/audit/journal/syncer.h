// Puts what lanes have written on the disk, and tells who waits for it.
//
// One sync serves all who came while the one before it ran (group commit).
//
// A sync that failed may have lost pages without saying which, and a second one would find
// nothing to do (the kernel took them for clean).  So they are made dirty again before the
// next try, and until one succeeds nobody is told that anything is durable.
//
// Threads: has one of its own; every method any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "proxy/audit/journal/segment.h"

namespace pgmoat::audit {

class Syncer {
 public:
  struct Options {
    std::chrono::milliseconds interval{0};  // 0: only when somebody waits
    std::function<std::uint64_t(std::size_t lane)> written;
    std::function<void(const std::string&)> on_message;
    std::function<void()> on_change = {};  // of failing()
  };
  Syncer(std::size_t lanes, Options options);
  ~Syncer();
  // From now on Options::written can be called.
  void Start();

  void AddSegment(std::shared_ptr<Segment> segment);
  // Its records are safe elsewhere.
  void RemoveSegment(const Segment* segment);
  void SetExecutor(std::size_t lane, std::function<void(std::function<void()>)> post);
  // As AuditTrail::WaitDurable, for what `lane` had written up to `written`.
  bool Wait(std::size_t lane, std::uint64_t written, std::function<void()> then);
  // True: nothing is written from here on until it is called again.
  void TellQuiet(bool quiet);
  // A sync failed, and none has succeeded since.
  [[nodiscard]] const std::atomic<bool>& failing() const { return failing_; }

 private:
  struct Synced {
    std::shared_ptr<Segment> segment;
    std::uint64_t number = 0;  // a segment used again is another one
    std::size_t up_to = kSegmentHeaderBytes;
  };
  struct Waiting {
    std::size_t lane;
    std::uint64_t written;
    std::function<void()> then;
  };
  void Run();
  bool SyncAll(std::unique_lock<std::mutex>& lock);
  void Tell();

  Options options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Synced> segments_;                                       // under mutex_
  std::vector<std::function<void(std::function<void()>)>> executors_;  // under mutex_
  std::vector<Waiting> waiting_;                                       // under mutex_
  std::vector<std::atomic<std::uint64_t>> durable_;                    // of each lane
  std::atomic<bool> failing_{false};
  bool stopping_ = false;    // under mutex_
  bool quiet_ = false;       // under mutex_
  std::uint64_t calls_ = 0;  // of TellQuiet, under mutex_
  std::thread thread_;
};

}  // namespace pgmoat::audit
