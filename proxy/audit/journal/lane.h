// The audit trail of one worker: appends records to the segment it has, and goes on in the
// next, which somebody else has made ready.
//
// No system call, no lock, no allocation: an append is a memcpy.  Only when a segment is
// full is the journal told that another is wanted.
//
// Room.  A statement that was begun must be able to end.  So for each open ticket kEndRoom
// bytes are spoken for: in the present segment, or all of them in the next one when that is
// there already.  Healthy() is false when what is left beyond that would not hold what a
// session can begin before it asks again; the room of small segments is less than texts may
// have, which are then cut.
//
// Threads: the worker's, unless said otherwise.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "proxy/audit/journal/encoding.h"
#include "proxy/audit/journal/segment.h"
#include "proxy/audit/record_id.h"
#include "proxy/session/audit_trail.h"

namespace pgmoat::audit {

class Lane final : public session::AuditTrail {
 public:
  // What a lane asks of the journal around it.
  struct Environment {
    std::function<void()> want_segment;  // soon
    // `then` when `written` bytes are durable; false: they are already.
    std::function<bool(std::uint64_t written, std::function<void()> then)> wait_durable;
    const std::atomic<bool>* unsound = nullptr;  // the disk refuses: take nothing more
    // While it is true, somebody sleeps until something is written or lost, and is to be woken.
    const std::atomic<bool>* asleep = nullptr;
    std::function<void()> wake = {};
  };
  // The journal keeps `first` alive, as it does what TakeSegment gets.
  Lane(Segment* first, Environment environment);

  session::RecordId NewId(std::chrono::system_clock::time_point now) override {
    return ids_.Next(now);
  }
  [[nodiscard]] bool Healthy() const override;  // any thread
  void Append(const session::AuditRecord& record) override;
  session::AuditTicket Begin(const session::AuditRecord& record) override;
  void End(session::AuditTicket ticket, const session::AuditEnd& end) override;
  [[nodiscard]] bool WaitDurable(std::function<void()> then) override;

  // --- the journal's threads ---

  [[nodiscard]] bool WantsSegment() const {
    return next_.load(std::memory_order_acquire) == nullptr;
  }
  // Only when WantsSegment().  The journal keeps it alive.
  void TakeSegment(Segment* next) { next_.store(next, std::memory_order_release); }
  // Bytes since the beginning.
  [[nodiscard]] std::uint64_t written() const {
    return written_.load(std::memory_order_acquire);
  }
  // Records that could not be kept, since the beginning.
  [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

  // --- when the worker is gone ---

  [[nodiscard]] bool HasOpen() const { return spoken_for_.load(std::memory_order_relaxed) > 0; }
  void TellWhatIsMissing();

 private:
  [[nodiscard]] bool HasNext() const {
    return next_.load(std::memory_order_acquire) != nullptr;
  }
  // What a record takes at most, with its share of subject and text.
  struct Needs {
    std::size_t own;
    std::size_t text;
    std::size_t subject;
  };
  [[nodiscard]] Needs NeedsOf(const session::AuditRecord& record, std::size_t own_share,
                              std::size_t text_share) const;
  // In the present segment, if it knows the subject.
  [[nodiscard]] std::optional<Needs> NeedsHere(const session::AuditRecord& record,
                                               std::size_t share) const;
  // Goes on in the next segment if it must.  False: no room for `bytes` (RecordBytes of each
  // record) with `speak_for` more spoken for.
  bool MakeRoom(std::size_t bytes, std::size_t speak_for);
  [[nodiscard]] bool FitsHere(std::size_t bytes, std::size_t speak_for) const;
  [[nodiscard]] std::size_t Beyond(std::size_t speak_for) const;
  void GoOnInNext();
  void Publish(std::size_t payload_bytes);
  std::uint32_t Define(const session::SessionSubject* subject);
  std::uint32_t Define(const session::AuditedText* text, bool once, std::size_t most);
  std::uint32_t NumberOf(std::size_t payload_bytes);
  bool Put(const session::AuditRecord& record, RecordType type, session::AuditTicket ticket);
  void TellGap();
  void WakeWhoSleeps() const;
  void Lose(std::chrono::system_clock::time_point when);

  Environment environment_;
  IdSource ids_;
  Segment* segment_;
  std::atomic<Segment*> next_{nullptr};
  std::uint32_t subjects_ = 0;  // defined in the present segment
  std::uint32_t texts_ = 0;
  // Some of the texts of the present segment, found by their bytes: many drivers prepare a
  // statement anew each time it is to run.
  struct Written {
    const std::byte* payload = nullptr;  // in the segment
    std::size_t bytes = 0;
    std::uint32_t number = 0;
  };
  std::array<Written, 64> written_texts_;
  session::AuditTicket tickets_ = 0;
  std::uint64_t begun_at_ = 0;  // written() behind the last Begin
  std::atomic<std::size_t> spoken_for_{0};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::uint64_t lost_untold_ = 0;
  std::chrono::system_clock::time_point lost_since_;
  // As Healthy() needs it on other threads.
  std::atomic<std::size_t> left_{0};
  std::size_t whole_room_;  // of a segment without records
  std::size_t turn_room_;   // for what a session can begin before it asks Healthy() again
};

}  // namespace pgmoat::audit
