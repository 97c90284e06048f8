// The journal: what sessions tell the audit trail, on its way to the shipper, where a kill -9
// of the process cannot reach it (design 3.7).
//
//   worker 0 ──memcpy──> lane 0: segment ─ segment ┐
//   worker 1 ──memcpy──> lane 1: segment           ├─ JournalSource ──> shipper
//   a former process's segments ───────────────────┘
//
// Segments are files of a directory, mapped, with their room on the disk reserved.  A thread
// of the journal makes them ready ahead of need, another syncs them.  A segment that the
// shipper is done with is used again, or deleted.
//
// When no segment can be made (disk full, or the shipper too far behind: max_bytes) lanes
// fill up and are not Healthy() until one can.  No restart is needed.
//
// Threads:  Lane(i) is for one worker each; source() for the shipper; the rest for anybody.
// Errors:   the constructor throws std::runtime_error naming directory and reason, also
//   when another process has the directory.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "proxy/audit/journal/entry.h"
#include "proxy/session/audit_trail.h"

namespace pgmoat::audit {

// When a record goes from the kernel's memory to the disk.  What a crash of the machine (not
// of the process) can take away:
enum class JournalSync {
  kNone,      // what the kernel has not written by itself: some 30 s
  kInterval,  // what came since the last sync
  kEach,      // nothing: the server gets no statement before its record is there
};

struct JournalOptions {
  std::filesystem::path directory = {};
  std::size_t lanes = 1;
  std::size_t segment_bytes = std::size_t{16} << 20;
  std::uint64_t max_bytes = 0;  // of this process's segments; 0: four for each lane
  JournalSync sync = JournalSync::kInterval;
  std::chrono::milliseconds sync_interval{100};
  // When nothing was written for so long, the journal's threads sleep until something is.
  std::chrono::milliseconds quiet_after{2'000};
  // Called on the journal's threads; must not throw.
  std::function<void(std::uint64_t)> on_lost = {};          // so many records more
  std::function<void(bool)> on_health = {};                 // on each change
  std::function<void(const std::string&)> on_message = {};  // a sentence for the log
};

class Journal {
 public:
  explicit Journal(JournalOptions options);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  [[nodiscard]] session::AuditTrail& Lane(std::size_t i);
  [[nodiscard]] JournalSource& source();
  // All lanes can take records.
  [[nodiscard]] bool Healthy() const;

  // Runs a function on the worker's thread, for WaitDurable; nullptr: that worker is gone,
  // and so is who waits.
  void SetExecutor(std::size_t lane, std::function<void(std::function<void()>)> post);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgmoat::audit
