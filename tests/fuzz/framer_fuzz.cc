// Whatever the chunks in which a stream arrives, the framer hands on the messages that a
// plain reading of the whole stream finds, and nothing else.  Each gathered body is then
// given to every decoder.
//
//   input: | seed of the chunk sizes (1) | the stream |
//
// Seed 0: byte by byte.  An odd seed: the table that streams what the other gathers.

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/backend.h"
#include "protocol/framer.h"
#include "protocol/frontend.h"
#include "tests/fuzz/check.h"

namespace pgmoat::protocol {
namespace {

using Kind = Piece::Kind;

// Printable types are known.  In four turns: streamed, gathered up to very little, up to
// a page, up to everything.
GatherTable MakeTable(unsigned turn) {
  constexpr std::uint32_t kLimits[] = {GatherTable::kStream, 8, 4'096, kMaxMessageBytes};
  GatherTable table;
  for (unsigned type = ' '; type < 0x7f; ++type) {
    table.Set(static_cast<FrontendType>(type), kLimits[(type + turn) % 4]);
  }
  return table;
}

// --- What a plain reading finds -------------------------------------------------------------

struct Expected {
  Kind kind = Kind::kNeedMore;  // of the first piece
  std::uint32_t length = 0;
  std::size_t begin = 0;     // in the stream
  std::size_t end = 0;       // in the stream: beyond its size when the message is cut short
  std::size_t gathered = 0;  // bytes that come in one piece at the head; header when streamed
};

// The message that begins at `at`, if its header is there and right.
enum class Head { kPartial, kWhole, kBad };
Head ReadHead(const GatherTable& table, Bytes stream, std::size_t at, Expected& message) {
  if (at == stream.size()) return Head::kPartial;
  const std::uint32_t limit = table.Limit(std::to_integer<std::uint8_t>(stream[at]));
  if (limit == GatherTable::kUnknown) return Head::kBad;
  if (stream.size() - at < kHeaderBytes) return Head::kPartial;
  message.length = LoadUint32(stream.data() + at + 1);
  if (message.length < kLengthBytes || message.length > kMaxMessageBytes) return Head::kBad;
  const std::size_t size = std::size_t{message.length} + 1;
  message.begin = at;
  message.end = at + size;
  if (limit == GatherTable::kStream) {
    message.kind = Kind::kFirst;
    message.gathered = kHeaderBytes;
  } else if (message.length <= limit) {
    message.kind = Kind::kMessage;
    message.gathered = size;
  } else {
    message.kind = Kind::kPrefix;
    message.gathered = std::min(size, Framer::kPrefixBytes);
  }
  return Head::kWhole;
}

// --- Decoders -------------------------------------------------------------------------------

// Views that a decoder hands out lie inside the body.
void CheckInside(Bytes body, std::string_view view) {
  if (view.empty()) return;
  const auto* begin = reinterpret_cast<const std::byte*>(view.data());
  PGMOAT_CHECK(begin >= body.data() && begin + view.size() <= body.data() + body.size());
}

void DecodeEverything(Bytes piece_body) {
  // In a heap block of exactly its size, so that a read past its end is seen.
  const auto copy = std::make_unique<std::byte[]>(piece_body.size());
  std::copy(piece_body.begin(), piece_body.end(), copy.get());
  const Bytes body(copy.get(), piece_body.size());

  if (const auto query = DecodeQuery(body)) CheckInside(body, query->text);
  if (const auto parse = DecodeParse(body)) {
    CheckInside(body, parse->statement);
    CheckInside(body, parse->text);
    PGMOAT_CHECK(parse->parameter_types * 4ul <= body.size());
  }
  const auto prefix = DecodeBindPrefix(body);
  if (const auto bind = DecodeBind(body)) {
    CheckInside(body, bind->portal);
    CheckInside(body, bind->statement);
    PGMOAT_CHECK(prefix && prefix->portal == bind->portal &&
                 prefix->statement == bind->statement);
  }
  if (const auto object = DecodeObjectName(body)) CheckInside(body, object->name);
  if (const auto execute = DecodeExecute(body)) CheckInside(body, execute->portal);
  if (const auto call = DecodeFunctionCall(body)) {
    PGMOAT_CHECK(DecodeFunctionCallPrefix(body)->function_oid == call->function_oid);
  }
  if (const auto sasl = DecodeSaslInitialResponse(body)) {
    CheckInside(body, sasl->mechanism);
    CheckInside(body, AsText(sasl->response));
  }
  if (const auto reason = DecodeCopyFail(body)) CheckInside(body, *reason);

  if (const auto authentication = DecodeAuthentication(body)) {
    for (const std::string_view name : authentication->mechanisms) CheckInside(body, name);
  }
  (void)DecodeReadyForQuery(body);
  if (const auto status = DecodeParameterStatus(body)) CheckInside(body, status->value);
  if (const auto key = DecodeBackendKeyData(body)) CheckInside(body, AsText(key->secret_key));
  if (const auto message = DecodeNegotiateProtocolVersion(body)) {
    for (const std::string_view name : message->unrecognized_options) CheckInside(body, name);
  }
  if (const auto fields = DecodeError(body)) {
    CheckInside(body, fields->severity);
    CheckInside(body, fields->sqlstate);
    CheckInside(body, fields->message);
  }
  if (const auto tag = DecodeCommandComplete(body)) {
    CheckInside(body, *tag);
    (void)RowsOfCommandTag(*tag);
  }
}

// --- The comparison -------------------------------------------------------------------------

// Reads the pieces of a stream and holds each against the plain reading.
class Checker {
 public:
  Checker(const GatherTable& table, Bytes stream) : table_(table), stream_(stream) {}

  void Take(const Piece& piece) {
    if (piece.kind == Kind::kRest) {
      PGMOAT_CHECK(at_ > message_.begin && at_ < message_.end);
    } else {
      PGMOAT_CHECK(at_ == message_.end);
      PGMOAT_CHECK(ReadHead(table_, stream_, at_, message_) == Head::kWhole);
      PGMOAT_CHECK(piece.kind == message_.kind);
      if (piece.kind == Kind::kFirst) {
        PGMOAT_CHECK(piece.bytes.size() >= message_.gathered);
      } else {
        PGMOAT_CHECK(piece.bytes.size() == message_.gathered);
        DecodeEverything(piece.body());
      }
    }
    PGMOAT_CHECK(!piece.bytes.empty());
    PGMOAT_CHECK(piece.length == message_.length);
    PGMOAT_CHECK(piece.type == std::to_integer<std::uint8_t>(stream_[message_.begin]));
    PGMOAT_CHECK(piece.bytes.size() <= stream_.size() - at_);
    PGMOAT_CHECK(std::ranges::equal(piece.bytes, stream_.subspan(at_, piece.bytes.size())));
    at_ += piece.bytes.size();
    PGMOAT_CHECK(at_ <= message_.end);
    PGMOAT_CHECK(piece.last == (at_ == message_.end));
  }

  // A violation must stand in the `arrived` first bytes of the stream, and must not have
  // been overlooked there.
  void End(bool violated, bool at_boundary, std::size_t arrived) const {
    Expected next;
    const bool streaming = at_ < message_.end;
    const Head head =
        streaming ? Head::kWhole : ReadHead(table_, stream_.first(arrived), at_, next);
    PGMOAT_CHECK(violated == (head == Head::kBad));
    if (violated) return;
    if (streaming) {
      PGMOAT_CHECK(at_ == arrived);
    } else if (head == Head::kWhole) {
      PGMOAT_CHECK(arrived - at_ < next.gathered);
    }
    PGMOAT_CHECK(at_boundary == (!streaming && at_ == arrived));
  }

 private:
  const GatherTable& table_;
  Bytes stream_;
  Expected message_;
  std::size_t at_ = 0;  // all before it was handed on
};

class ChunkSizes {
 public:
  explicit ChunkSizes(std::uint8_t seed) : state_(seed) {}
  std::size_t Next() {
    if (state_ == 0) return 1;
    state_ = state_ * 1'103'515'245u + 12'345u;
    const std::uint32_t bits = state_ >> 16;
    return bits % 8 == 0 ? 1 + bits % 20'000 : 1 + bits % 13;
  }

 private:
  std::uint32_t state_;
};

void Run(std::uint8_t seed, Bytes stream) {
  const GatherTable table = MakeTable(seed % 2);
  Framer framer(table);
  Checker checker(table, stream);
  ChunkSizes sizes(seed);
  bool violated = false;
  std::size_t arrived = 0;
  while (arrived < stream.size() && !violated) {
    const std::size_t size = std::min(sizes.Next(), stream.size() - arrived);
    const auto chunk = std::make_unique<std::byte[]>(size);
    std::copy_n(stream.begin() + static_cast<std::ptrdiff_t>(arrived), size, chunk.get());
    arrived += size;
    Bytes input(chunk.get(), size);
    for (;;) {
      const Piece piece = framer.Next(input);
      if (piece.kind == Kind::kNeedMore) break;
      violated = piece.kind == Kind::kViolation;
      if (violated) break;
      checker.Take(piece);
      PGMOAT_CHECK(framer.AtBoundary() == piece.last);
    }
    PGMOAT_CHECK(violated || input.empty());
    PGMOAT_CHECK(framer.memory_bytes() <= 2 * arrived + 64);
    checker.End(violated, framer.AtBoundary(), arrived);
  }
  Bytes input = stream;
  if (violated) PGMOAT_CHECK(framer.Next(input).kind == Kind::kViolation);
}

}  // namespace
}  // namespace pgmoat::protocol

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const pgmoat::protocol::Bytes input(reinterpret_cast<const std::byte*>(data), size);
  pgmoat::protocol::Run(data[0], input.subspan(1));
  return 0;
}
