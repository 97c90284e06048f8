// What the journal gives back: the calls that sessions made, in each worker's order.
#pragma once

#include <cstdint>
#include <functional>

#include "proxy/session/audit_trail.h"

namespace pgmoat::audit {

struct JournalEntry {
  enum class Kind : std::uint8_t {
    kRecord,      // Append: `record`
    kBegin,       // Begin: `ticket`, `record`
    kEnd,         // End: `ticket`, `end`
    kSegmentEnd,  // the last of `segment`, which is given up at the next Commit: what was
                  // begun in it and has not ended must be put down now (Outcome::kRunning)
    kLaneEnd,     // nothing more will come of a lane that a former process left: what was
                  // begun in it and has not ended is lost (Outcome::kLost)
  };
  Kind kind = Kind::kRecord;
  std::uint32_t lane = 0;           // unique in this process, also for lanes of a former one
  std::uint64_t segment = 0;        // unique in the journal's directory
  session::AuditTicket ticket = 0;  // unique within the lane
  session::AuditRecord record;
  session::AuditEnd end;
};

// Threads: one, the shipper's.
class JournalSource {
 public:
  virtual ~JournalSource() = default;
  // The next entry of any lane.  False: there is none now.
  virtual bool Next(JournalEntry& entry) = 0;
  // Everything that Next has given is safe elsewhere; a later process begins behind it.
  // Segments that ended are given up.
  virtual void Commit() = 0;
  // Who asks for entries now and then may leave it for a time: after told(true) a Next that
  // finds nothing will find nothing until told(false).  Called at once, if it is so, and on
  // threads of the journal's; must not call back.  nullptr: nobody asks any more.
  virtual void WhenQuiet(std::function<void(bool)> told) { static_cast<void>(told); }
  // Bytes that are written and not yet committed.
  [[nodiscard]] virtual std::uint64_t LagBytes() const = 0;
};

}  // namespace pgmoat::audit
