#include "proxy/audit/journal/lane.h"

#include <algorithm>
#include <utility>

namespace pgmoat::audit {
namespace {

using session::AuditedText;
using session::AuditEnd;
using session::AuditRecord;
using session::AuditTicket;
using session::SessionSubject;

constexpr std::size_t kEndRoom = RecordBytes(kMaxEndBytes);
// One call takes at most 64 KiB of messages, or one long text, and 512 statements.
constexpr std::size_t kTurnRoom = std::size_t{512} << 10;
// The text of a record that would not fit is cut to this part of a segment.
constexpr std::size_t kLargestShare = 4;

std::size_t Padded(std::size_t payload) { return RecordBytes(payload); }

}  // namespace

Lane::Lane(std::shared_ptr<Segment> first, Environment environment)
    : environment_(std::move(environment)),
      segment_(first.get()),
      first_(std::move(first)),
      turn_room_(std::min(kTurnRoom, segment_->size() / 2)) {
  left_.store(segment_->Room(), std::memory_order_relaxed);
}

bool Lane::Healthy() const {
  if (environment_.unsound != nullptr &&
      environment_.unsound->load(std::memory_order_relaxed)) {
    return false;
  }
  if (HasNext()) return true;
  return left_.load(std::memory_order_relaxed) >=
         spoken_for_.load(std::memory_order_relaxed) + turn_room_;
}

// --- room ---

// The segment's end has its place behind whatever comes.
bool Lane::Fits(std::size_t records, std::size_t payload, std::size_t beyond) const {
  return segment_->Room() >=
         payload + records * RecordBytes(0) + Padded(kSegmentEndBytes) + beyond;
}

bool Lane::MakeRoom(std::size_t records, std::size_t payload, std::size_t speak_for) {
  const std::size_t spoken = spoken_for_.load(std::memory_order_relaxed);
  if (Fits(records, payload, HasNext() ? 0 : spoken + speak_for)) return true;
  if (!HasNext()) return false;
  GoOnInNext();
  return Fits(records, payload, 0);
}

void Lane::GoOnInNext() {
  Publish(EncodeSegmentEnd(segment_->Payload()));
  segment_ = next_.exchange(nullptr, std::memory_order_acq_rel);
  subjects_ = texts_ = 0;
  left_.store(segment_->Room(), std::memory_order_relaxed);
  environment_.want_segment();
}

void Lane::Publish(std::size_t payload_bytes) {
  const std::size_t before = segment_->position();
  segment_->Publish(payload_bytes);
  left_.store(segment_->Room(), std::memory_order_relaxed);
  written_.store(written_.load(std::memory_order_relaxed) + segment_->position() - before,
                 std::memory_order_release);
}

// --- what is referred to ---

std::uint32_t Lane::Define(const SessionSubject* subject) {
  if (subject == nullptr) return 0;
  session::JournalMark& mark = subject->mark;
  if (mark.segment == segment_->number()) return static_cast<std::uint32_t>(mark.number);
  const std::size_t bytes =
      EncodeSubject(*subject, ++subjects_, segment_->Payload(), segment_->Room());
  if (bytes == 0) return 0;  // MakeRoom has seen to it
  Publish(bytes);
  mark = {segment_->number(), subjects_};
  return subjects_;
}

// A Query's text is of one record: it is not kept for others to refer to.
std::uint32_t Lane::Define(const AuditedText* text, bool once) {
  if (text == nullptr) return kNoText;
  session::JournalMark& mark = text->mark;
  if (!once && mark.segment == segment_->number()) {
    return static_cast<std::uint32_t>(mark.number);
  }
  const std::size_t most = std::min(TextBytes(*text), segment_->size() / kLargestShare);
  const RecordType type = once ? RecordType::kTextOnce : RecordType::kText;
  const std::uint32_t number = once ? 0 : ++texts_;
  const std::size_t bytes = EncodeText(*text, type, number, segment_->Payload(), most);
  if (bytes == 0) return kNoText;
  Publish(bytes);
  if (once) return kTextBefore;
  mark = {segment_->number(), number};
  return number;
}

// --- records ---

bool Lane::Put(const AuditRecord& record, RecordType type, AuditTicket ticket) {
  const std::size_t share = segment_->size() / kLargestShare;
  const std::size_t own = std::min(RecordPayloadBytes(record), share);
  const std::size_t text = record.text ? std::min(TextBytes(*record.text), share) : 0;
  const std::size_t subject = record.subject ? SubjectBytes(*record.subject) : 0;
  const std::size_t end = type == RecordType::kBegin ? kEndRoom : 0;
  if (subject > share || !MakeRoom(3, own + text + subject, end)) return false;
  if (lost_untold_ > 0 && !TellGap()) return false;
  References references;
  references.subject = Define(record.subject.get());
  references.text = Define(record.text.get(), record.protocol_event == "Query");
  const std::size_t bytes = EncodeRecord(record, type, ticket, references, segment_->Payload(),
                                         std::min(own, segment_->Room()));
  if (bytes == 0) return false;
  Publish(bytes);
  return true;
}

// In front of the first record behind the ones that are missing.
bool Lane::TellGap() {
  AuditRecord gap;
  gap.id = ids_.Next(lost_since_);
  gap.time = lost_since_;
  gap.event = session::AuditEvent::kGap;
  gap.rows_affected = lost_untold_;
  gap.reason = "The audit journal was full; the records of what happened here are lost.";
  const std::size_t bytes =
      EncodeRecord(gap, RecordType::kWhole, 0, {}, segment_->Payload(), segment_->Room());
  if (bytes == 0) return false;
  Publish(bytes);
  lost_untold_ = 0;
  return true;
}

void Lane::Lose(std::chrono::system_clock::time_point when) {
  if (lost_untold_++ == 0) lost_since_ = when;
  lost_.fetch_add(1, std::memory_order_relaxed);
}

void Lane::Append(const AuditRecord& record) {
  if (!Put(record, RecordType::kWhole, 0)) Lose(record.time);
}

AuditTicket Lane::Begin(const AuditRecord& record) {
  if (!Put(record, RecordType::kBegin, tickets_ + 1)) {
    Lose(record.time);
    return 0;
  }
  spoken_for_.store(spoken_for_.load(std::memory_order_relaxed) + kEndRoom,
                    std::memory_order_relaxed);
  begun_at_ = written_.load(std::memory_order_relaxed);
  return ++tickets_;
}

void Lane::End(AuditTicket ticket, const AuditEnd& end) {
  if (ticket == 0) return;
  // Its own place is given up for it; the others' are kept.
  const std::size_t spoken = spoken_for_.load(std::memory_order_relaxed);
  if (end.last) spoken_for_.store(spoken - kEndRoom, std::memory_order_relaxed);
  const std::size_t share = segment_->size() / kLargestShare;
  std::size_t text = end.text ? std::min(TextBytes(*end.text), share) : 0;
  std::uint32_t reference = kNoText;
  // The text of one statement of several is left out rather than the end itself: the begun
  // record has it.
  if (text > 0 && MakeRoom(2, kMaxEndBytes + text, 0)) {
    reference = Define(end.text.get(), true);
  } else if (!MakeRoom(1, kMaxEndBytes, 0)) {
    return Lose(std::chrono::system_clock::now());
  }
  const std::size_t bytes =
      EncodeEnd(end, ticket, reference, segment_->Payload(), kMaxEndBytes);
  Publish(bytes);
}

bool Lane::WaitDurable(std::function<void()> then) {
  return environment_.wait_durable(begun_at_, std::move(then));
}

}  // namespace pgmoat::audit
