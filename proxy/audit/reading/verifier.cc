#include "proxy/audit/reading/verifier.h"

#include <functional>
#include <utility>

namespace pgmoat::audit {
namespace {

constexpr LineHash kZeros{};

std::string Named(const Place& place) { return place.file + ":" + std::to_string(place.line); }

// The first line that a trail ever has.
bool IsBeginning(const TrailLine& line) {
  return line.event == "start" && line.seq == 1 && line.prev == kZeros &&
         ContinuesFrom(line, kZeros);
}

// A line whose only change is its number fits again with the right one.
bool FitsWithSeq(const TrailLine& line, std::uint64_t seq, const LineHash& previous) {
  const std::string was = "\"seq\":" + std::to_string(line.seq);
  std::string body(line.body);
  body.replace(body.find(was), was.size(), "\"seq\":" + std::to_string(seq));
  TrailLine mended = line;
  mended.body = body;
  return ContinuesFrom(mended, previous);
}

}  // namespace

Verifier::Verifier(const PublicKeys& keys, bool from_start)
    : keys_(keys), from_start_(from_start), begun_(from_start) {}

void Verifier::Take(std::string_view line, const std::string& file, std::uint64_t number,
                    bool complete) {
  if (findings_.fault) return;
  if (torn_) {
    const auto torn = *std::exchange(torn_, std::nullopt);
    Judge(torn.first, torn.second);
  }
  const Place place{file, number};
  if (!complete && !ReadTrailLine(line)) {
    torn_ = {std::string(line), place};
    return;
  }
  Judge(line, place);
}

void Verifier::Judge(std::string_view text, const Place& place) {
  if (findings_.fault) return;
  if (suspecting_) {
    Gather(text, place);
    if (suspecting_ || findings_.fault) return;  // else the suspect was a new beginning
  }
  const auto line = ReadTrailLine(text);
  if (!line) return Suspect(text, place);
  if (!begun_) return JudgeFirst(text, *line, place);
  if (line->seq == seq_ + 1 && ContinuesFrom(*line, hash_) &&
      (!line->prev || *line->prev == hash_)) {
    return Accept(text, *line, place);
  }
  if (IsRepetition(text, *line)) {
    ++findings_.repeated;
    return;
  }
  Suspect(text, place);
}

// Nothing was read before it.  It proves itself when it tells what it follows; otherwise its
// number and its stored hash are taken on trust, and only the lines behind it are proved.
void Verifier::JudgeFirst(std::string_view text, const TrailLine& line, const Place& place) {
  if (line.prev && !ContinuesFrom(line, *line.prev)) return Suspect(text, place);
  first_.Keep(text, place);
  Accept(text, line, place);
}

void Verifier::Accept(std::string_view text, const TrailLine& line, const Place& place) {
  if (findings_.lines == 0) {
    findings_.first_seq = line.seq;
    findings_.first_time = line.time;
    findings_.first_proved = line.prev.has_value() || from_start_;
    findings_.from_start = IsBeginning(line);
  }
  CheckSignature(line, place);
  if (findings_.fault) return;
  begun_ = true;
  seq_ = line.seq;
  hash_ = line.hash;
  ++findings_.lines;
  ++findings_.uncovered;
  findings_.last_seq = line.seq;
  findings_.last_time = line.time;
  if (!line.key.empty() && keys_.Has(line.key)) findings_.uncovered = 0;
  if (files_.empty() || files_.back() != place.file) files_.push_back(place.file);
  if (seen_.size() == kRemembered) seen_.pop_front();
  seen_.push_back({line.hash, std::hash<std::string_view>{}(text),
                   static_cast<std::uint32_t>(files_.size() - 1), place.line});
}

void Verifier::CheckSignature(const TrailLine& line, const Place& place) {
  if (line.event != "checkpoint") return;
  if (line.key.empty()) {
    ++findings_.unsigned_checkpoints;
    return;
  }
  switch (keys_.Check(line.key, line.hash, line.signature)) {
    case PublicKeys::Result::kGood:
      ++findings_.verified[std::string(line.key)];
      break;
    case PublicKeys::Result::kUnknownKey:
      ++findings_.unverified[std::string(line.key)];
      break;
    case PublicKeys::Result::kBad:
      findings_.fault =
          Fault{Fault::Kind::kChanged, place, line.seq, 0,
                "its signature is not that of key " + std::string(line.key) + " over its hash"};
      break;
  }
}

const Verifier::Seen* Verifier::Remembered(std::uint64_t seq) const {
  if (seq > seq_ || seq + seen_.size() <= seq_) return nullptr;
  return &seen_[seen_.size() - 1 - (seq_ - seq)];
}

Place Verifier::PlaceOf(const Seen& seen) const { return {files_[seen.file], seen.line}; }

bool Verifier::IsRepetition(std::string_view text, const TrailLine& line) const {
  const Seen* seen = Remembered(line.seq);
  if (seen == nullptr || seen->hash != line.hash) return false;
  // The digest is no proof; the hash over the content is, where the line before is known.
  const Seen* before = Remembered(line.seq - 1);
  return seen->digest == std::hash<std::string_view>{}(text) &&
         (before == nullptr || ContinuesFrom(line, before->hash));
}

void Verifier::Stray::Keep(std::string_view bytes, const Place& where) {
  text = bytes;
  line = ReadTrailLine(text);
  place = where;
}

void Verifier::Stray::Compare(const TrailLine& other, const Place& where) {
  if (!line) return;
  if (other.seq == line->seq && other.hash == line->hash && !twin) twin = where;
  if ((other.seq + 1 == line->seq && ContinuesFrom(*line, other.hash)) ||
      (other.seq == line->seq + 1 && ContinuesFrom(other, line->hash))) {
    genuine = true;
  }
}

void Verifier::Suspect(std::string_view text, const Place& place) {
  suspecting_ = true;
  suspect_ = {};
  suspect_.Keep(text, place);
  next_.reset();
  successor_.reset();
  const auto& line = suspect_.line;
  may_begin_anew_ = line && begun_ && findings_.lines > 0 && IsBeginning(*line);
  if (line && first_.line && findings_.lines == 1) {
    first_.Compare(*line, place);
    suspect_.Compare(*first_.line, first_.place);
  }
}

void Verifier::Gather(std::string_view text, const Place& place) {
  const auto line = ReadTrailLine(text);
  const bool follows = line && begun_ && line->seq == seq_ + 1 && ContinuesFrom(*line, hash_);
  if (!next_) {
    next_.emplace();
    if (line) {
      next_->ours = true;
      next_->seq = line->seq;
      next_->continues_chain = follows;
      next_->continues_suspect = suspect_.line && ContinuesFrom(*line, suspect_.line->hash);
    }

    if (may_begin_anew_ && !follows && !NothingVouches()) return BeginAnew();
  }
  if (!line) return;
  if (follows && !successor_) successor_ = place;
  suspect_.Compare(*line, place);
  if (findings_.lines == 1) first_.Compare(*line, place);
}

// The one line before the suspect has neither what it follows nor what follows it.
bool Verifier::NothingVouches() const {
  return findings_.lines == 1 && !findings_.first_proved;
}

void Verifier::BeginAnew() {
  suspecting_ = false;
  const Stray start = std::move(suspect_);
  findings_.beginnings.push_back(start.place);
  // No signature of the new chain covers what the old one left open.
  uncovered_before_ += std::exchange(findings_.uncovered, 0);
  seen_.clear();
  const auto line = ReadTrailLine(start.text);
  Accept(start.text, *line, start.place);
}

Findings Verifier::Finish() {
  if (suspecting_ && !findings_.fault) {
    if (may_begin_anew_ && !next_ && !NothingVouches()) {
      BeginAnew();
    } else {
      findings_.fault = Conclude();
    }
  }
  if (torn_ && !findings_.fault) findings_.unfinished = torn_->second;
  findings_.uncovered += std::exchange(uncovered_before_, 0);
  return findings_;
}

// The rest tells what was done, from what was gathered: from the surest sign down.

Fault Verifier::Conclude() {
  const bool ours = suspect_.line.has_value();
  const std::uint64_t due = seq_ + 1;
  if (!begun_) {
    return ours ? Of(Fault::Kind::kChanged,
                     "its content does not fit its hash and the hash "
                     "that it says it follows")
                : Of(Fault::Kind::kForeign, "");
  }
  if (next_ && next_->continues_chain) return ConcludeBetween();
  if (auto fault = ConcludeChanged()) return *fault;
  if (!ours) return Of(Fault::Kind::kForeign, "");
  if (auto fault = ConcludeEarlier()) return *fault;
  if (successor_) {
    return suspect_.genuine && !suspect_.twin
               ? Of(Fault::Kind::kReordered, "seq " + std::to_string(due) +
                                                 " is due here and comes at " +
                                                 Named(*successor_))
               : Of(Fault::Kind::kInserted, "the chain goes on at " + Named(*successor_));
  }
  if (next_ && next_->ours && next_->seq == due + 1) {
    return Of(Fault::Kind::kChanged,
              "seq " + std::to_string(due) + " is due here; another line stands in its place");
  }
  if (suspect_.line->seq > due) {
    Fault fault = Of(Fault::Kind::kRemoved, "");
    fault.seq = due;
    fault.last_seq = suspect_.line->seq - 1;
    return fault;
  }
  if (suspect_.genuine || seen_.empty() || suspect_.line->seq + seen_.size() <= seq_) {
    return Of(Fault::Kind::kReordered,
              "it comes after seq " + std::to_string(seq_) + "; are the files in their order?");
  }
  return Of(Fault::Kind::kInserted, "its seq was there before and its hash fits nowhere");
}

// The line behind it follows the line before it.
Fault Verifier::ConcludeBetween() {
  const std::string between = "the lines before and behind it follow each other";
  if (!suspect_.line) return Of(Fault::Kind::kForeign, between);
  if (suspect_.twin) {
    return Of(Fault::Kind::kInserted, "a copy of the line at " + Named(*suspect_.twin));
  }
  return Of(suspect_.genuine ? Fault::Kind::kReordered : Fault::Kind::kInserted, between);
}

std::optional<Fault> Verifier::ConcludeChanged() const {
  const std::uint64_t due = seq_ + 1;
  const auto& line = suspect_.line;
  if (!line) {
    if (!next_ || !next_->ours || next_->seq != due + 1) return {};
    Fault fault = Of(Fault::Kind::kChanged, "it is no line of pgmoat's any more");
    fault.seq = due;
    return fault;
  }
  if (line->seq == due) {
    // It follows another line than the one that is there, and says so itself.
    if (line->prev && *line->prev != hash_ && ContinuesFrom(*line, *line->prev) &&
        !seen_.empty()) {
      return Fault{Fault::Kind::kChanged, PlaceOf(seen_.back()), seq_, 0,
                   "its hash is not the one that the next line says it follows"};
    }
    return Of(Fault::Kind::kChanged,
              next_ && next_->continues_suspect
                  ? "its content does not fit its hash, from which the next line goes on (or "
                    "the line before it was replaced, hash and all)"
                  : "its content does not fit its hash");
  }
  if ((next_ && next_->seq == due + 1 && next_->continues_suspect) ||
      FitsWithSeq(*line, due, hash_)) {
    Fault fault = Of(Fault::Kind::kChanged, "its seq says " + std::to_string(line->seq) +
                                                " where it must be " + std::to_string(due));
    fault.seq = due;
    return fault;
  }
  const Seen* seen = Remembered(line->seq);
  if (seen != nullptr && seen->hash == line->hash) {
    return Of(Fault::Kind::kChanged,
              "it repeats " + Named(PlaceOf(*seen)) + " with other content");
  }
  return {};
}

// The suspect is right, and what came before it is not.
std::optional<Fault> Verifier::ConcludeEarlier() const {
  const TrailLine& line = *suspect_.line;
  if (findings_.lines == 1 && first_.line && line.seq <= seq_ &&
      (may_begin_anew_ || first_.genuine || (next_ && next_->continues_suspect))) {
    const bool reordered = first_.genuine && !first_.twin;
    return Fault{reordered ? Fault::Kind::kReordered : Fault::Kind::kInserted, first_.place,
                 first_.line->seq, 0, "seq " + std::to_string(line.seq) + " comes after it"};
  }
  const Seen* rival = Remembered(line.seq);
  const Seen* before = Remembered(line.seq - 1);
  if (rival != nullptr && before != nullptr && ContinuesFrom(line, before->hash) && next_ &&
      next_->continues_suspect) {
    return Fault{Fault::Kind::kInserted, PlaceOf(*rival), line.seq, 0,
                 "the chain goes on from " + Named(suspect_.place) +
                     ", which has the same seq" +
                     (line.event == "start"
                          ? "; pgmoat began there anew, as after a machine's crash that "
                            "loses what was written last"
                          : "")};
  }
  return {};
}

Fault Verifier::Of(Fault::Kind kind, std::string detail) const {
  return {kind, suspect_.place, suspect_.line ? suspect_.line->seq : 0, 0, std::move(detail)};
}

}  // namespace pgmoat::audit
