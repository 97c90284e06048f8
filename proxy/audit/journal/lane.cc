#include "proxy/audit/journal/lane.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "proxy/audit/journal/crc32c.h"

namespace pgmoat::audit {
namespace {

using session::AuditedText;
using session::AuditEnd;
using session::AuditRecord;
using session::AuditTicket;
using session::SessionSubject;

constexpr std::size_t kEndRoom = RecordBytes(kMaxEndBytes);
constexpr std::size_t kSegmentEndRoom = RecordBytes(kSegmentEndBytes);
constexpr std::size_t kGapRoom = 512;
// Of what sessions begin one by one; where there is more than that nothing is cut.
constexpr std::size_t kTurnRoom = std::size_t{512} << 10;
// A record with parameters, and a text, are cut to this part of a segment.
constexpr std::size_t kLargestShare = 4;

// A Query's text is of one record: it is not kept for others to refer to.
bool IsOnce(const AuditRecord& record) { return record.protocol_event == "Query"; }

}  // namespace

Lane::Lane(Segment* first, Environment environment)
    : environment_(std::move(environment)),
      segment_(first),
      whole_room_(segment_->Room()),
      turn_room_(std::min(kTurnRoom, segment_->size() / 2)) {
  left_.store(segment_->Room(), std::memory_order_relaxed);
}

bool Lane::Healthy() const {
  if (environment_.unsound != nullptr &&
      environment_.unsound->load(std::memory_order_relaxed)) {
    return false;
  }
  const std::size_t left = HasNext() ? whole_room_ : left_.load(std::memory_order_relaxed);
  return left >= spoken_for_.load(std::memory_order_relaxed) + turn_room_;
}

// --- room ---

// The segment's end has its place behind whatever comes.
std::size_t Lane::Beyond(std::size_t speak_for) const {
  return spoken_for_.load(std::memory_order_relaxed) + speak_for + kSegmentEndRoom;
}

bool Lane::FitsHere(std::size_t bytes, std::size_t speak_for) const {
  const std::size_t left = segment_->Room();
  if (!HasNext()) return left >= bytes + Beyond(speak_for);
  return left >= bytes + kSegmentEndRoom && whole_room_ >= Beyond(speak_for);
}

bool Lane::MakeRoom(std::size_t bytes, std::size_t speak_for) {
  if (FitsHere(bytes, speak_for)) return true;
  if (!HasNext() || whole_room_ < bytes + Beyond(speak_for)) return false;
  GoOnInNext();
  return true;
}

void Lane::GoOnInNext() {
  Segment* ended = segment_;
  const std::size_t bytes = EncodeSegmentEnd(ended->Payload());
  segment_ = next_.exchange(nullptr, std::memory_order_acq_rel);
  subjects_ = texts_ = 0;
  written_texts_ = {};
  left_.store(segment_->Room(), std::memory_order_relaxed);
  written_.store(written_.load(std::memory_order_relaxed) + RecordBytes(bytes),
                 std::memory_order_release);
  // The reader may give it back, and another lane write it, from here on.
  ended->PublishLast(bytes);
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
      EncodeSubject(*subject, subjects_ + 1, segment_->Payload(), segment_->Room());
  if (bytes == 0) return 0;  // MakeRoom has seen to it
  Publish(bytes);
  mark.Set(segment_->number(), ++subjects_);
  return subjects_;
}

std::uint32_t Lane::Define(const AuditedText* text, bool once, std::size_t most) {
  if (text == nullptr) return kNoText;
  session::JournalMark& mark = text->mark;
  if (!once && mark.segment == segment_->number()) {
    return static_cast<std::uint32_t>(mark.number);
  }
  const RecordType type = once ? RecordType::kTextOnce : RecordType::kText;
  const std::size_t bytes =
      EncodeText(*text, type, once ? 0 : texts_ + 1, segment_->Payload(), most);
  if (bytes == 0) return kNoText;
  if (once) {
    Publish(bytes);
    return kTextBefore;
  }
  const std::uint32_t number = NumberOf(bytes);
  mark.Set(segment_->number(), number);
  return number;
}

// Of the text that was just encoded: that of another with the same bytes, or a new one, with
// which it is published.
std::uint32_t Lane::NumberOf(std::size_t payload_bytes) {
  constexpr std::size_t kMostBytes = 4096;
  if (payload_bytes > kMostBytes) {
    Publish(payload_bytes);
    return ++texts_;
  }
  // All but the number itself.
  const std::byte* payload = segment_->Payload();
  const std::byte* rest = payload + kTextNumberAt + sizeof(std::uint32_t);
  const std::size_t rest_bytes = payload_bytes - kTextNumberAt - sizeof(std::uint32_t);
  const std::uint32_t crc = Crc32c(Crc32c(0, payload, kTextNumberAt), rest, rest_bytes);
  Written& known = written_texts_[crc % written_texts_.size()];
  if (known.bytes == payload_bytes && std::memcmp(known.payload, payload, kTextNumberAt) == 0 &&
      std::memcmp(known.payload + (rest - payload), rest, rest_bytes) == 0) {
    return known.number;
  }
  known = {payload, payload_bytes, ++texts_};
  Publish(payload_bytes);
  return texts_;
}

// --- records ---

Lane::Needs Lane::NeedsOf(const AuditRecord& record, std::size_t own_share,
                          std::size_t text_share) const {
  return {std::min(RecordPayloadBytes(record), own_share),
          record.text ? std::min(TextBytes(*record.text), text_share) : 0,
          record.subject ? SubjectBytes(*record.subject) : 0};
}

// Most records come here: their subject, and of an Execute the text, the segment has already.
std::optional<Lane::Needs> Lane::NeedsHere(const AuditRecord& record, std::size_t share) const {
  const std::uint64_t here = segment_->number();
  Needs needs{std::min(RecordPayloadBytes(record), share), 0, 0};
  if (record.subject && record.subject->mark.segment != here) return std::nullopt;
  if (record.text && (IsOnce(record) || record.text->mark.segment != here)) {
    needs.text = std::min(TextBytes(*record.text), share);
  }
  return needs;
}

bool Lane::Put(const AuditRecord& record, RecordType type, AuditTicket ticket) {
  const std::size_t end = type == RecordType::kBegin ? kEndRoom : 0;
  const std::size_t gap = lost_untold_ > 0 ? kGapRoom : 0;
  const auto bytes_of = [gap](const Needs& needs) {
    return RecordBytes(needs.own) + RecordBytes(needs.text) + RecordBytes(needs.subject) + gap;
  };
  const auto make_room = [&](const Needs& needs) {
    return needs.subject <= turn_room_ / 8 && MakeRoom(bytes_of(needs), end);
  };
  const std::size_t share = segment_->size() / kLargestShare;
  std::optional<Needs> needs = NeedsHere(record, share);
  if (!needs || !FitsHere(bytes_of(*needs), end)) {
    needs = NeedsOf(record, share, share);
    if (!make_room(*needs)) {
      // Healthy() has promised so much; the rest are subject, gap and heads.
      needs = NeedsOf(record, turn_room_ / 4, turn_room_ / 2);
      if (!make_room(*needs)) return false;
    }
  }
  if (lost_untold_ > 0) TellGap();
  References references;
  references.subject = Define(record.subject.get());
  references.text = Define(record.text.get(), IsOnce(record), needs->text);
  const std::size_t bytes =
      EncodeRecord(record, type, ticket, references, segment_->Payload(), needs->own);
  if (bytes == 0) return false;
  Publish(bytes);
  return true;
}

// In front of the first record behind the ones that are missing.
void Lane::TellGap() {
  AuditRecord gap;
  gap.id = ids_.Next(lost_since_);
  gap.time = lost_since_;
  gap.event = session::AuditEvent::kGap;
  gap.rows_affected = lost_untold_;
  gap.reason = "The audit journal was full; the records of what happened here are lost.";
  const std::size_t bytes = EncodeRecord(gap, RecordType::kWhole, 0, {}, segment_->Payload(),
                                         kGapRoom - kRecordHeaderBytes);
  if (bytes == 0) return;
  Publish(bytes);
  lost_untold_ = 0;
}

void Lane::TellWhatIsMissing() {
  if (lost_untold_ > 0 && MakeRoom(kGapRoom, 0)) TellGap();
}

void Lane::Lose(std::chrono::system_clock::time_point when) {
  if (lost_untold_++ == 0) lost_since_ = when;
  lost_.fetch_add(1, std::memory_order_relaxed);
  WakeWhoSleeps();
}

// Behind what was written or counted; alarm.h tells why that is enough.
void Lane::WakeWhoSleeps() const {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (environment_.asleep == nullptr) return;
  if (environment_.asleep->load(std::memory_order_relaxed)) [[unlikely]]
    environment_.wake();
}

void Lane::Append(const AuditRecord& record) {
  if (!Put(record, RecordType::kWhole, 0)) return Lose(record.time);
  WakeWhoSleeps();
}

AuditTicket Lane::Begin(const AuditRecord& record) {
  if (!Put(record, RecordType::kBegin, tickets_ + 1)) {
    Lose(record.time);
    return 0;
  }
  spoken_for_.store(spoken_for_.load(std::memory_order_relaxed) + kEndRoom,
                    std::memory_order_relaxed);
  begun_at_ = written_.load(std::memory_order_relaxed);
  WakeWhoSleeps();
  return ++tickets_;
}

void Lane::End(AuditTicket ticket, const AuditEnd& end) {
  if (ticket == 0) return;
  // Its own place is given up for it; the others' are kept.
  if (end.last) {
    spoken_for_.store(spoken_for_.load(std::memory_order_relaxed) - kEndRoom,
                      std::memory_order_relaxed);
  }
  const std::size_t share = segment_->size() / kLargestShare;
  const std::size_t text = end.text ? std::min(TextBytes(*end.text), share) : 0;
  std::size_t own = std::min(std::max(EndBytes(end), kMaxEndBytes), share);
  std::uint32_t reference = kNoText;
  // The text of one statement of several is left out rather than the end itself: the begun
  // record has it.  So is most of a long reason.
  if (text > 0 && MakeRoom(RecordBytes(own) + RecordBytes(text), 0)) {
    reference = Define(end.text.get(), true, text);
  } else if (!MakeRoom(RecordBytes(own), 0)) {
    own = kMaxEndBytes;
    if (!MakeRoom(RecordBytes(own), 0)) return Lose(std::chrono::system_clock::now());
  }
  Publish(EncodeEnd(end, ticket, reference, segment_->Payload(), own));
  WakeWhoSleeps();
}

bool Lane::WaitDurable(std::function<void()> then) {
  return environment_.wait_durable(begun_at_, std::move(then));
}

}  // namespace pgmoat::audit
