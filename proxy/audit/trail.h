// The audit trail as the program has it: journal, shipper, spool and sinks, wired up.
//
//   sessions ── Lane(i) ──> journal ──> shipper ──> spool ──> sink runners ──> sinks
//                           journal/                spool/    cursors/
//
// Lifetime: outlives the sessions; the destructor ships and delivers what there is, as far
//   as the sinks take it within some seconds.  The rest is delivered after the next start.
// Threads:  Lane(i) is for one worker each; everything else any.
// Errors:   the constructor throws std::runtime_error naming what cannot be used.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/audit/journal/journal.h"
#include "proxy/audit/sinks/sink_options.h"

namespace pgmoat::audit {

struct TrailOptions {
  std::filesystem::path directory = {};  // made if it is not there, mode 0700
  std::size_t lanes = 1;
  std::size_t segment_bytes = std::size_t{16} << 20;
  std::uint64_t max_spool_bytes = std::uint64_t{1} << 30;
  JournalSync sync = JournalSync::kInterval;
  std::chrono::milliseconds sync_interval{100};
  std::uint64_t checkpoint_lines = 10'000;
  std::filesystem::path signing_key = {};  // empty: checkpoints are not signed
  std::vector<SinkOptions> sinks = {};
  std::string version = {};  // of the program
  std::uint64_t policy_version = 0;
  // Called on threads of the trail; must not throw.
  std::function<void(std::uint64_t)> on_written = {};                 // lines
  std::function<void(std::uint64_t)> on_lost = {};                    // records
  std::function<void(bool)> on_health = {};                           // on each change
  std::function<void(const std::string& sink)> on_sink_failure = {};  // each failed attempt
  std::function<void(const std::string&)> on_message = {};            // a sentence for the log
};

struct SinkState {
  std::string name;
  bool failing = false;
  std::uint64_t lag_lines = 0;
  std::chrono::milliseconds lag{0};  // since when it has not delivered all
};

class Trail {
 public:
  explicit Trail(TrailOptions options);
  ~Trail();
  Trail(const Trail&) = delete;
  Trail& operator=(const Trail&) = delete;

  [[nodiscard]] session::AuditTrail& Lane(std::size_t i);
  // As in Journal.
  void SetExecutor(std::size_t lane, std::function<void(std::function<void()>)> post);
  // Every role's records can be taken.
  [[nodiscard]] bool Healthy() const;

  // SIGHUP: sinks open their files anew.  Failures go to on_message.
  void Reopen();
  // Another config is in force.
  void NoteReload(std::uint64_t policy_version);

  [[nodiscard]] std::vector<SinkState> Sinks() const;
  // Written by sessions and not yet in the spool.
  [[nodiscard]] std::uint64_t JournalLagBytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgmoat::audit
