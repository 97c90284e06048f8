#include "protocol/framer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace pgmoat::protocol {

namespace {
// A gathering buffer above this is given back after use, so that an idle session
// does not keep the memory of its longest statement.
constexpr std::size_t kKeepBytes = 4 * 1024;
}  // namespace

Piece Framer::Violation() {
  violated_ = true;
  Piece piece;
  piece.kind = Piece::Kind::kViolation;
  return piece;
}

// `remaining` bytes of the message were not handed on before this piece.
Piece Framer::Emit(Piece::Kind kind, Bytes bytes, std::uint64_t remaining) {
  rest_ = remaining - bytes.size();
  Piece piece;
  piece.kind = kind;
  piece.type = type_;
  piece.length = length_;
  piece.bytes = bytes;
  piece.last = rest_ == 0;
  return piece;
}

// Moves bytes from `input` until `upto` are gathered.  Memory is taken as bytes arrive,
// never on the word of a length alone.
Bytes Framer::Gather(Bytes& input, std::size_t upto) {
  const std::size_t missing = upto - std::min(upto, gathered_.size());
  const Bytes taken = input.first(std::min(missing, input.size()));
  gathered_.insert(gathered_.end(), taken.begin(), taken.end());
  input = input.subspan(taken.size());
  return gathered_;
}

void Framer::ReleaseGathered() {
  release_gathered_ = false;
  gathered_.clear();
  if (gathered_.capacity() > kKeepBytes) gathered_.shrink_to_fit();
}

std::vector<std::byte> Framer::TakeGathered() {
  if (!release_gathered_) return {};
  release_gathered_ = false;
  return std::exchange(gathered_, {});
}

Framer::Plan Framer::PlanMessage() const {
  if (limit_ == GatherTable::kStream) return {Piece::Kind::kFirst, kHeaderBytes};
  if (length_ <= limit_) {
    return {Piece::Kind::kMessage, static_cast<std::size_t>(MessageBytes())};
  }
  return {Piece::Kind::kPrefix,
          static_cast<std::size_t>(std::min<std::uint64_t>(MessageBytes(), kPrefixBytes))};
}

Piece Framer::Next(Bytes& input) {
  if (violated_) return Violation();
  if (release_gathered_) ReleaseGathered();
  if (input.empty()) return {};  // what is gathered does not suffice, or it would be gone

  if (rest_ > 0) {
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(rest_, input.size()));
    const Bytes bytes = input.first(take);
    input = input.subspan(take);
    return Emit(Piece::Kind::kRest, bytes, rest_);
  }

  // The header, which may itself arrive in pieces.
  const bool begins_here = gathered_.empty();
  if (begins_here) {
    type_ = std::to_integer<std::uint8_t>(input[0]);
    limit_ = table_->Limit(type_);
    if (limit_ == GatherTable::kUnknown) return Violation();
  }
  const Bytes head =
      begins_here && input.size() >= kHeaderBytes ? input : Gather(input, kHeaderBytes);
  if (head.size() < kHeaderBytes) return {};
  length_ = LoadUint32(head.data() + 1);
  if (length_ < kLengthBytes || length_ > kMaxMessageBytes) return Violation();

  const Plan plan = PlanMessage();
  // The common case: everything wanted lies in the input and nothing is copied.
  if (gathered_.empty() && input.size() >= plan.wanted) {
    const bool stream = plan.kind == Piece::Kind::kFirst;
    const auto take =
        stream ? static_cast<std::size_t>(std::min<std::uint64_t>(MessageBytes(), input.size()))
               : plan.wanted;
    const Bytes bytes = input.first(take);
    input = input.subspan(take);
    return Emit(plan.kind, bytes, MessageBytes());
  }
  const Bytes bytes = Gather(input, plan.wanted);
  if (bytes.size() < plan.wanted) return {};
  release_gathered_ = true;
  return Emit(plan.kind, bytes, MessageBytes());
}

Framer::Run Framer::TakeRun(Bytes& input) const {
  Run run;
  if (violated_ || rest_ > 0 || limit_ != GatherTable::kStream) return run;
  std::size_t end = 0;
  while (input.size() - end >= kHeaderBytes &&
         std::to_integer<std::uint8_t>(input[end]) == type_) {
    // Next() finds what is wrong with a length.
    const std::uint32_t length = LoadUint32(input.data() + end + 1);
    if (length < kLengthBytes || length >= input.size() - end) break;
    // Most rows are as long as the one before.  To go on by this length, as long as the next
    // header says the same, does not wait for each header to come from memory.
    const std::byte* const header = input.data() + end;
    const std::size_t bytes = std::size_t{length} + 1;
    do {
      end += bytes;
      ++run.messages;
    } while (bytes <= input.size() - end &&
             std::memcmp(input.data() + end, header, kHeaderBytes) == 0);
  }
  run.bytes = input.first(end);
  input = input.subspan(end);
  return run;
}

}  // namespace pgmoat::protocol
