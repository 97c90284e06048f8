// Writes the audit trail as JSON lines, off the event loops.
//
//   worker threads ── Append ──> bounded queue ──> writer thread ──> file
//
// When the file cannot be written (disk full, directory gone) records wait in the
// queue, the writer retries, and Healthy() turns false; it turns true by itself once
// the queue has been written.  What does not fit the queue any more is counted, and
// the count is written as a record of event "gap".
//
// Healthy() turns false already when the queue is three quarters full: the rest is for
// the records of statements that were let through before.
//
// One process per file.  The file never has a torn line but at its very end, and that
// only while a write fails.
//
// Issue of its own: a journal that survives kill -9 will stand behind the same
// interface (design 3.7).
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "proxy/session/audit_trail.h"

namespace pgmoat::audit {

struct WriterOptions {
  std::filesystem::path file = {};  // "-" is standard output
  std::size_t max_queued_bytes = std::size_t{64} << 20;
  std::function<void(std::size_t)> on_written = {};  // records; called on the writer thread
  std::function<void(std::size_t)> on_lost = {};
  std::function<void(bool)> on_health = {};  // on each change
  // Why records wait, or that they no longer do: a sentence for the log, without secrets.
  std::function<void(const std::string&)> on_message = {};
  // All callbacks are called on the writer thread and must not throw.
};

class Writer final : public session::AuditTrail {
 public:
  // Opens the file (appending, mode 0600 when it is made).  Throws std::runtime_error
  // naming file and reason.
  explicit Writer(WriterOptions options);
  // Writes what is queued, then closes.  When that fails, what is left is counted as lost.
  ~Writer() override;

  // Threads: any.
  std::string NewId() override;
  [[nodiscard]] bool Healthy() const override;
  void Append(session::AuditRecord&& record) override;

  // Opens the file anew (after it was renamed by logrotate).  When that fails the old file
  // stays in use; returns why, or "", and tells on_message too.
  std::string Reopen();
  // Blocks until what was appended before the call is written or cannot be.
  void Flush();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgmoat::audit
