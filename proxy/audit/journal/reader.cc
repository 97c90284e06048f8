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

}  // namespace

JournalReader::JournalReader(Options options) : options_(std::move(options)) {}

void JournalReader::AddSegment(std::uint32_t lane, std::shared_ptr<Segment> segment,
                               bool former) {
  const std::lock_guard lock(mutex_);
  new_.push_back({lane, std::move(segment), former});
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
    Reading& reading = lane.segments.emplace_back();
    reading.segment = std::move(one.segment);
    if (one.former) CatchUp(lane, reading);
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

// Up to the cursor: definitions are kept, and of statements those that were still running.
void JournalReader::CatchUp(Lane& lane, Reading& reading) {
  const std::size_t cursor = reading.segment->committed();
  JournalEntry entry;
  while (reading.at < cursor) {
    const Step step = Read(lane, reading, entry);
    if (step == Step::kNothing) break;
    if (step == Step::kAgain) continue;
    if (entry.kind == JournalEntry::Kind::kBegin) {
      lane.begun_before.push_back(std::move(entry));
    } else if (entry.kind == JournalEntry::Kind::kEnd && entry.end.last) {
      std::erase_if(lane.begun_before,
                    [&](const JournalEntry& begun) { return begun.ticket == entry.ticket; });
    }
  }
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

bool JournalReader::NextOf(Lane& lane, JournalEntry& entry) {
  if (!lane.begun_before.empty()) {
    entry = std::move(lane.begun_before.front());
    lane.begun_before.pop_front();
    return true;
  }
  while (!lane.segments.empty()) {
    Reading& reading = lane.segments.front();
    if (reading.ended) {
      lane.read.push_back(std::move(reading.segment));
      lane.segments.pop_front();
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
    // A killed process left it like this.
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
      auto decoded = DecodeText(payload);
      if (!decoded) return false;
      reading.text_before = std::move(decoded->text);
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
      entry.kind = JournalEntry::Kind::kSegmentEnd;
      entry.lane = lane.number;
      reading.ended = true;
      step = Step::kEntry;
      return true;
  }
  return false;
}

// What stands behind it cannot be found any more.
JournalReader::Step JournalReader::ReadTorn(Lane& lane, Reading& reading, JournalEntry& entry) {
  reading.ended = true;
  const std::string reason = "The audit journal '" + reading.segment->file().string() +
                             "' cannot be read from byte " + std::to_string(reading.at) +
                             " on; what it held is lost.";
  if (options_.on_message) options_.on_message(reason);
  entry = JournalEntry();
  entry.lane = lane.number;
  entry.segment = reading.segment->number();
  entry.record.event = AuditEvent::kGap;
  entry.record.time = std::chrono::system_clock::now();
  entry.record.reason = reason;
  return Step::kEntry;
}

void JournalReader::Commit() {
  std::vector<std::pair<std::shared_ptr<Segment>, std::size_t>> positions;
  for (const auto& lane : lanes_) {
    for (std::shared_ptr<Segment>& segment : lane->read) {
      options_.give_back(std::move(segment));
    }
    lane->read.clear();
    if (lane->segments.empty()) continue;
    Reading& reading = lane->segments.front();
    if (reading.ended) {
      options_.give_back(std::move(reading.segment));
      lane->segments.pop_front();
      if (lane->segments.empty()) continue;
    }
    Reading& present = lane->segments.front();
    present.segment->Commit(present.at);
    for (const Reading& one : lane->segments) positions.emplace_back(one.segment, one.at);
  }
  const std::lock_guard lock(mutex_);
  positions_.swap(positions);
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
