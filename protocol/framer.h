// Splits a byte stream into messages.  Knows type bytes and lengths, not
// meanings, and not which side it reads.
//
// Messages that must be looked at are gathered whole; the rest streams through
// in pieces, so that a 1 GB row needs no memory.  Which is which is a table.
//
//   table[type] = kUnknown   the type byte is a violation
//   table[type] = kStream    hand the message on in pieces as it comes
//   table[type] = n          gather up to n bytes (length word included); a longer
//                            message yields its first kPrefixBytes, then pieces
//
// The table is asked once, at the type byte: a message that has begun is handed on by
// the rule it began under.
//
// Lifetime: a Piece borrows from the span given to Next(), or from the framer's
//   own gathering buffer; it is valid until the next call.
// Threads:  one Framer per direction of a connection; no locking.
// Lengths:  in bytes; "length" counts the length word but not the type byte, as
//   on the wire.
// PostgreSQL documentation, section "Message Formats".
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/message.h"

namespace pgmoat::protocol {

class GatherTable {
 public:
  static constexpr std::uint32_t kUnknown = 0xffffffff;
  static constexpr std::uint32_t kStream = 0;

  constexpr GatherTable() { limits_.fill(kUnknown); }
  constexpr void Set(FrontendType type, std::uint32_t limit) {
    limits_[static_cast<std::uint8_t>(type)] = limit;
  }
  constexpr void Set(BackendType type, std::uint32_t limit) {
    limits_[static_cast<std::uint8_t>(type)] = limit;
  }
  [[nodiscard]] constexpr std::uint32_t Limit(std::uint8_t type) const { return limits_[type]; }

 private:
  std::array<std::uint32_t, 256> limits_{};
};

struct Piece {
  enum class Kind {
    kNeedMore,   // nothing to hand on; all input was taken
    kMessage,    // one whole message, header included
    kPrefix,     // the head of a message above its gather limit, header included;
                 // the rest follows as kRest
    kFirst,      // the head of a streamed message, header included, maybe all of it
    kRest,       // more of the message before
    kViolation,  // the peer broke the protocol.  Sticky; close
  };
  Kind kind = Kind::kNeedMore;
  std::uint8_t type = 0;     // of the message this piece belongs to
  std::uint32_t length = 0;  // of that message, as on the wire
  Bytes bytes;
  bool last = false;  // the message ends with this piece

  // What follows the header.  Not for kRest, which has none.
  [[nodiscard]] Bytes body() const {
    assert(bytes.size() >= kHeaderBytes);
    return bytes.subspan(kHeaderBytes);
  }
};

class Framer {
 public:
  // Of an over-long message, this much is gathered: room for the names in a Bind
  // and for what the audit trail shows of a statement.
  static constexpr std::size_t kPrefixBytes = 16 * 1024;

  // `table` must outlive the framer.
  explicit Framer(const GatherTable& table) : table_(&table) {}
  explicit Framer(const GatherTable&&) = delete;

  // Takes the next piece from the front of `input` and advances `input` past what
  // it took.  Call until kNeedMore or kViolation; after a violation `input` is of no
  // further use.
  [[nodiscard]] Piece Next(Bytes& input);

  // Messages of one type, one behind the other.
  struct Run {
    Bytes bytes;
    std::size_t messages = 0;
  };
  // What follows the streamed message that Next() has just handed on whole, has its type and
  // lies in `input` whole; is taken from its front.  A result is mostly that.
  [[nodiscard]] Run TakeRun(Bytes& input) const;

  // The buffer of the gathered piece that Next() has just returned: the caller keeps it, and
  // the piece's bytes stay valid in it.  Empty when the piece lay in the input.
  [[nodiscard]] std::vector<std::byte> TakeGathered();

  // From the next message on: a message whose first byte was taken is not affected.
  void SetTable(const GatherTable& table) { table_ = &table; }
  void SetTable(const GatherTable&&) = delete;

  // No message has begun and not ended: all that was taken has been handed on.
  [[nodiscard]] bool AtBoundary() const {
    return rest_ == 0 && (gathered_.empty() || release_gathered_);
  }

  // What the framer holds on the heap.
  [[nodiscard]] std::size_t memory_bytes() const { return gathered_.capacity(); }

 private:
  // How the message that has begun is handed on, and how much of it is wanted first.
  struct Plan {
    Piece::Kind kind;
    std::size_t wanted;
  };

  Piece Violation();
  Piece Emit(Piece::Kind kind, Bytes bytes, std::uint64_t remaining);
  Bytes Gather(Bytes& input, std::size_t upto);
  void ReleaseGathered();
  [[nodiscard]] Plan PlanMessage() const;
  [[nodiscard]] std::uint64_t MessageBytes() const { return std::uint64_t{length_} + 1; }

  const GatherTable* table_;
  std::vector<std::byte> gathered_;  // the beginning of a message that is not complete yet
  bool release_gathered_ = false;    // gathered_ was handed out by the call before
  std::uint64_t rest_ = 0;           // bytes of the current message still to stream
  std::uint8_t type_ = 0;
  std::uint32_t limit_ = 0;  // of the table, when the message began
  std::uint32_t length_ = 0;
  bool violated_ = false;
};

}  // namespace pgmoat::protocol
