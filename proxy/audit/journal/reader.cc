#include "proxy/audit/journal/reader.h"

#include <algorithm>
#include <utility>

namespace pgmoat::audit {
namespace {

using session::AuditEvent;
using session::AuditRecord;

// Entries of one lane in a row: what it refers to is then in the processor's cache.
constexpr int kEntriesPerTurn = 64;

// `number` counts from 1 and goes up by one with each definition.
template <typename T>
bool Keep(std::vector<T>& known, std::uint32_t number, T value) {
  if (number != known.size() + 1) return false;
  known.push_back(std::move(value));
  return true;
}

template <typename T>
bool Find(const std::vector<T>& known, std::uint32_t number, T& found) {
  if (number == 0) return true;
  if (number > known.size()) return false;
  found = known[number - 1];
  return true;
}

std::size_t CommittedOf(const Segment& segment) {
  return std::clamp(segment.committed(), kSegmentHeaderBytes, segment.size());
}

JournalEntry Gap(std::uint32_t lane, std::uint64_t segment, std::string reason) {
  JournalEntry entry;
  entry.lane = lane;
  entry.segment = segment;
  entry.record.event = AuditEvent::kGap;
  entry.record.time = std::chrono::system_clock::now();
  entry.record.reason = std::move(reason);
  return entry;
}

}  // namespace

JournalReader::JournalReader(Options options) : options_(std::move(options)) {}

void JournalReader::AddSegment(std::uint32_t lane, std::shared_ptr<Segment> segment,
                               bool former) {
  const std::lock_guard lock(mutex_);
  positions_.emplace_back(segment, former ? CommittedOf(*segment) : kSegmentHeaderBytes);
  new_.push_back({lane, std::move(segment), former, {}});
  any_new_.store(true, std::memory_order_release);
}

void JournalReader::AddGap(std::uint32_t lane, std::string reason) {
  const std::lock_guard lock(mutex_);
  new_.push_back({lane, nullptr, true, std::move(reason)});
  any_new_.store(true, std::memory_order_release);
}

void JournalReader::TakeNew() {
  if (!any_new_.load(std::memory_order_acquire)) return;
  std::vector<New> added;
  {
    const std::lock_guard lock(mutex_);
    added.swap(new_);
    any_new_.store(false, std::memory_order_release);
  }
  for (New& one : added) {
    Lane& lane = LaneOf(one.lane, one.former);
    if (!one.segment) {
      lane.before.push_back(Gap(lane.number, 0, std::move(one.gap)));
      continue;
    }
    Reading& reading = lane.segments.emplace_back();
    reading.segment = std::move(one.segment);
    if (one.former) TakeFormer(lane, reading);
  }
}

JournalReader::Lane& JournalReader::LaneOf(std::uint32_t number, bool former) {
  for (const auto& lane : lanes_) {
    if (lane->number == number) return *lane;
  }
  auto lane = std::make_unique<Lane>();
  lane->number = number;
  lane->former = former;
  return *lanes_.emplace_back(std::move(lane));
}

void JournalReader::TakeFormer(Lane& lane, Reading& reading) {
  if (!reading.segment->OutlivedByMachine() && !lane.machine_died) {
    lane.machine_died = true;
    lane.before.push_front(
        Gap(lane.number, reading.segment->number(),
            "The machine went down while pgmoat ran; records that were not synced to the disk "
            "by then may be missing."));
  }
  if (CatchUp(lane, reading)) return;
  // The cursor does not fit: rather twice than not at all.
  const std::uint64_t number = reading.segment->number();
  std::erase_if(lane.before, [&](const JournalEntry& entry) {
    return entry.kind == JournalEntry::Kind::kBegin && entry.segment == number;
  });
  Reading again;
  again.segment = std::move(reading.segment);
  reading = std::move(again);
}

// Up to the cursor: definitions are kept, and of statements those that were still running.
bool JournalReader::CatchUp(Lane& lane, Reading& reading) {
  const std::size_t cursor = reading.segment->committed();
  JournalEntry entry;
  while (reading.at < cursor && !reading.torn && !reading.ended) {
    const Step step = Read(lane, reading, entry);
    if (step == Step::kNothing) break;
    if (step == Step::kAgain || reading.torn) continue;
    if (entry.kind == JournalEntry::Kind::kBegin) {
      lane.before.push_back(std::move(entry));
    } else if (entry.kind == JournalEntry::Kind::kEnd && entry.end.last) {
      std::erase_if(lane.before, [&](const JournalEntry& begun) {
        return begun.kind == JournalEntry::Kind::kBegin && begun.ticket == entry.ticket;
      });
    }
  }
  return reading.at == cursor;
}

bool JournalReader::Next(JournalEntry& entry) {
  TakeNew();
  for (std::size_t tried = 0; tried < lanes_.size(); ++tried) {
    if (left_of_turn_-- > 0 && NextOf(*lanes_[turn_], entry)) return true;
    turn_ = (turn_ + 1) % lanes_.size();
    left_of_turn_ = kEntriesPerTurn;
    if (NextOf(*lanes_[turn_], entry)) return true;
  }
  return false;
}

// At the next Commit.  `reading` is the lane's first.
void JournalReader::GiveUp(Lane& lane, Reading& reading) {
  const bool written = reading.torn && !lane.former;
  (written ? kept_ : lane.read).push_back(std::move(reading.segment));
  lane.segments.pop_front();
}

bool JournalReader::NextOf(Lane& lane, JournalEntry& entry) {
  if (!lane.before.empty()) {
    entry = std::move(lane.before.front());
    lane.before.pop_front();
    return true;
  }
  while (!lane.segments.empty()) {
    Reading& reading = lane.segments.front();
    if (reading.ended) {
      GiveUp(lane, reading);
      continue;
    }
    switch (Read(lane, reading, entry)) {
      case Step::kEntry:
        return true;
      case Step::kAgain:
        continue;
      case Step::kNothing:
        break;
    }
    if (!lane.former) return false;
    // A killed process left it like this.  Usually nothing comes behind it but a segment
    // that was made ready.
    const bool more = std::any_of(
        lane.segments.begin() + 1, lane.segments.end(),
        [](const Reading& next) { return next.segment->position() > kSegmentHeaderBytes; });
    if (more) return EndSegment(lane, reading, entry) == Step::kEntry;
    reading.ended = true;
  }
  if (!lane.former || lane.ended) return false;
  lane.ended = true;
  entry = JournalEntry();
  entry.kind = JournalEntry::Kind::kLaneEnd;
  entry.lane = lane.number;
  return true;
}

JournalReader::Step JournalReader::Read(Lane& lane, Reading& reading, JournalEntry& entry) {
  if (reading.torn) return EndSegment(lane, reading, entry);
  Segment::Record record;
  switch (reading.segment->Read(reading.at, record)) {
    case Segment::Found::kNothingYet:
      return Step::kNothing;
    case Segment::Found::kTorn:
      return ReadTorn(lane, reading, entry);
    case Segment::Found::kRecord:
      break;
  }
  entry.lane = lane.number;
  entry.segment = reading.segment->number();
  Step step = Step::kAgain;
  const Payload payload(reinterpret_cast<const char*>(record.payload), record.bytes);
  if (!Decode(lane, reading, payload, entry, step)) return ReadTorn(lane, reading, entry);
  reading.at = record.next;
  return step;
}

bool JournalReader::Decode(Lane& lane, Reading& reading, Payload payload, JournalEntry& entry,
                           Step& step) {
  const RecordType type = TypeOf(payload);
  switch (type) {
    case RecordType::kSubject: {
      auto decoded = DecodeSubject(payload);
      return decoded && Keep(reading.subjects, decoded->number, std::move(decoded->subject));
    }
    case RecordType::kText: {
      auto decoded = DecodeText(payload);
      return decoded && Keep(reading.texts, decoded->number, std::move(decoded->text));
    }
    case RecordType::kTextOnce: {
      std::shared_ptr<session::AuditedText> text = TextToFill();
      std::uint32_t none = 0;
      if (!DecodeText(payload, none, *text)) return false;
      reading.text_before = std::move(text);
      return true;
    }
    case RecordType::kWhole:
    case RecordType::kBegin: {
      References references;
      if (!DecodeRecord(payload, entry.ticket, references, entry.record)) return false;
      entry.kind =
          type == RecordType::kWhole ? JournalEntry::Kind::kRecord : JournalEntry::Kind::kBegin;
      step = Step::kEntry;
      if (!Find(reading.subjects, references.subject, entry.record.subject)) return false;
      if (references.text == kTextBefore) {
        entry.record.text = std::exchange(reading.text_before, nullptr);
        return entry.record.text != nullptr;
      }
      return Find(reading.texts, references.text, entry.record.text);
    }
    case RecordType::kEnd: {
      std::uint32_t text = kNoText;
      if (!DecodeEnd(payload, entry.ticket, text, entry.end)) return false;
      entry.kind = JournalEntry::Kind::kEnd;
      step = Step::kEntry;
      if (text == kTextBefore) {
        entry.end.text = std::exchange(reading.text_before, nullptr);
        return entry.end.text != nullptr;
      }
      return Find(reading.texts, text, entry.end.text);
    }
    case RecordType::kSegmentEnd:
      step = EndSegment(lane, reading, entry);
      return true;
  }
  return false;
}

// One that nobody holds but the reader.  A long one is left to who holds it.
std::shared_ptr<session::AuditedText> JournalReader::TextToFill() {
  constexpr std::size_t kMostBytes = 4096;
  constexpr std::size_t kMostRelations = 16;
  std::shared_ptr<session::AuditedText>& text = texts_once_[next_once_];
  next_once_ = (next_once_ + 1) % texts_once_.size();
  if (!text || text.use_count() > 1 || text->text.capacity() > kMostBytes ||
      text->relations.capacity() > kMostRelations) {
    text = std::make_shared<session::AuditedText>();
  }
  return text;
}

JournalReader::Step JournalReader::EndSegment(Lane& lane, Reading& reading,
                                              JournalEntry& entry) {
  reading.ended = true;
  entry = JournalEntry();
  entry.kind = JournalEntry::Kind::kSegmentEnd;
  entry.lane = lane.number;
  entry.segment = reading.segment->number();
  return Step::kEntry;
}

// What stands behind it cannot be found any more.
JournalReader::Step JournalReader::ReadTorn(Lane& lane, Reading& reading, JournalEntry& entry) {
  reading.torn = true;
  std::string reason = "The audit journal '" + reading.segment->file().string() +
                       "' cannot be read from byte " + std::to_string(reading.at) +
                       " on; what it held is lost.";
  if (options_.on_message) options_.on_message(reason);
  entry = Gap(lane.number, reading.segment->number(), std::move(reason));
  return Step::kEntry;
}

void JournalReader::Commit() {
  std::vector<std::pair<std::shared_ptr<Segment>, std::size_t>> positions;
  for (const auto& lane : lanes_) {
    while (!lane->segments.empty() && lane->segments.front().ended) {
      GiveUp(*lane, lane->segments.front());
    }
    for (std::shared_ptr<Segment>& segment : lane->read) {
      options_.give_back(std::move(segment));
    }
    lane->read.clear();
    // What waits in front of the cursor is not given yet; it is found there again.
    if (lane->segments.empty()) continue;
    const Reading& present = lane->segments.front();
    present.segment->Commit(present.at);
    for (const Reading& one : lane->segments) positions.emplace_back(one.segment, one.at);
  }
  const std::lock_guard lock(mutex_);
  for (const New& one : new_) {
    if (one.segment) positions.emplace_back(one.segment, CommittedOf(*one.segment));
  }
  positions_.swap(positions);
}

void JournalReader::WhenQuiet(std::function<void(bool)> told) {
  const std::lock_guard lock(mutex_);
  tell_quiet_ = std::move(told);
  if (quiet_ && tell_quiet_) tell_quiet_(true);
}

void JournalReader::TellQuiet(bool quiet) {
  const std::lock_guard lock(mutex_);
  quiet_ = quiet;
  if (tell_quiet_) tell_quiet_(quiet);
}

std::uint64_t JournalReader::LagBytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& [segment, at] : positions_) {
    if (segment->position() > at) bytes += segment->position() - at;
  }
  return bytes;
}

}  // namespace pgmoat::audit
