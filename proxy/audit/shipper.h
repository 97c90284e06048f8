// Turns what the journal gives back into the lines of the trail: puts beginnings and ends
// together, numbers and chains the lines, and hands them to the spool.
//
//   journal ── Next ──> Shipper ── Append ──> spool
//           <─ Commit ─        (once the spool has them)
//
// A statement is one line, written when it has ended.  What still runs when its segment is
// given up gets a line of outcome "running" before; what a process that was killed had begun
// gets one of outcome "lost".
//
// It looks every 20 to 160 ms, depending on what it found.  When the journal says that nothing
// is written it sleeps until that says otherwise; a worker has to wake nobody for each record.
//
// Threads: has one of its own; callbacks are called on it, and in the constructor, and must
//   not throw.
// Crash:   lines that the spool had, and whose Commit did not happen, are made again: with
//   other numbers and the same ids.  The journal is not given up before the spool is on the
//   disk, unless nobody asked for that.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "proxy/audit/chain.h"
#include "proxy/audit/journal/entry.h"
#include "proxy/audit/spool.h"

namespace pgmoat::audit {

struct ShipperOptions {
  std::uint64_t checkpoint_lines = 10'000;
  const Signer* signer = nullptr;  // null: checkpoints are not signed
  std::string version = {};        // of the program, for the line that tells of its start
  std::uint64_t policy_version = 0;
  // The spool is synced, and the journal given up so far, at most this often; 0: at once and
  // without a sync.
  std::chrono::milliseconds sync_every{0};
  std::function<void(std::size_t)> on_written = {};  // lines
  std::function<void(bool)> on_stuck = {};           // the spool takes nothing; and again
  std::function<void(const std::string&)> on_message = {};  // a sentence for the log
};

class Shipper {
 public:
  // Goes on behind the spool's last line.  Throws std::runtime_error when that is none of
  // pgmoat's.
  Shipper(JournalSource& source, Spool& spool, ShipperOptions options);
  // Ships what is in the journal, and tells of the end, if the spool takes it.
  ~Shipper();
  Shipper(const Shipper&) = delete;
  Shipper& operator=(const Shipper&) = delete;

  // Any thread.  A checkpoint comes soon: a sink wants to begin a new file with it.
  void RequestCheckpoint();
  // Another config is in force.
  void NoteReload(std::uint64_t policy_version);
  // The spool may have room again.
  void Wake();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgmoat::audit
