#include "protocol/framer.h"

#include "tests/protocol/bytes.h"

namespace pgmoat::protocol {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using Kind = Piece::Kind;

constexpr std::uint32_t kLimit = 64;

// Q and P are gathered, d and D stream, the rest is unknown.
constexpr GatherTable MakeTable() {
  GatherTable table;
  table.Set(FrontendType::kQuery, kLimit);
  table.Set(FrontendType::kParse, kMaxMessageBytes);
  table.Set(FrontendType::kCopyData, GatherTable::kStream);
  table.Set(BackendType::kDataRow, GatherTable::kStream);
  return table;
}
constexpr GatherTable kTable = MakeTable();

// Every type of one side, odd ones gathered, even ones streamed.
template <typename Type>
GatherTable TableOf(std::string_view types) {
  GatherTable table;
  for (const char type : types) {
    table.Set(static_cast<Type>(type), type % 2 == 1 ? kLimit : GatherTable::kStream);
  }
  return table;
}

// A message as the reader of a framer sees it, whatever pieces it came in.
struct Seen {
  Kind kind = Kind::kNeedMore;  // of its first piece
  std::string head = {};        // what was gathered: all of a kMessage, the head of a kPrefix
  std::string bytes = {};       // all pieces joined
  std::uint8_t type = 0;
  std::uint32_t length = 0;
  bool complete = false;
  friend bool operator==(const Seen&, const Seen&) = default;
};

class Reader {
 public:
  explicit Reader(const GatherTable& table) : framer_(table) {}

  // Feeds bytes that are gone afterwards, as in a buffer that is read into again.
  void Feed(std::string_view text) {
    const ExactCopy copy(text);
    Bytes input = copy.bytes();
    for (;;) {
      const Piece piece = framer_.Next(input);
      if (piece.kind == Kind::kNeedMore) break;
      if (piece.kind == Kind::kViolation) {
        violated_ = true;
        return;
      }
      Take(piece);
    }
    EXPECT_TRUE(input.empty()) << "kNeedMore with input left over";
  }

  [[nodiscard]] const std::vector<Seen>& messages() const { return messages_; }
  [[nodiscard]] bool violated() const { return violated_; }
  [[nodiscard]] Framer& framer() { return framer_; }

 private:
  void Take(const Piece& piece) {
    const bool rest = piece.kind == Kind::kRest;
    EXPECT_FALSE(piece.bytes.empty()) << "a piece of nothing";
    EXPECT_EQ(rest, !messages_.empty() && !messages_.back().complete);
    if (!rest) {
      messages_.push_back({.kind = piece.kind, .type = piece.type, .length = piece.length});
      if (piece.kind != Kind::kFirst) messages_.back().head = AsText(piece.bytes);
    }
    Seen& seen = messages_.back();
    EXPECT_EQ(piece.type, seen.type);
    EXPECT_EQ(piece.length, seen.length);
    seen.bytes += AsText(piece.bytes);
    seen.complete = piece.last;
    EXPECT_EQ(seen.complete, seen.bytes.size() == std::size_t{seen.length} + 1);
    EXPECT_EQ(piece.last, framer_.AtBoundary()) << "said at once, not a call later";
  }

  Framer framer_;
  std::vector<Seen> messages_;
  bool violated_ = false;
};

std::vector<Seen> SeenWhole(const GatherTable& table, std::string_view stream) {
  Reader reader(table);
  reader.Feed(stream);
  EXPECT_FALSE(reader.violated());
  return reader.messages();
}

void ExpectSameWhateverTheChunks(const GatherTable& table, std::string_view stream) {
  const std::vector<Seen> whole = SeenWhole(table, stream);
  std::string joined;
  for (const Seen& seen : whole) {
    EXPECT_TRUE(seen.complete);
    joined += seen.bytes;
  }
  EXPECT_EQ(joined, stream) << "every byte is handed on once, in order";

  for (std::size_t split = 0; split <= stream.size(); ++split) {
    Reader reader(table);
    reader.Feed(stream.substr(0, split));
    reader.Feed(stream.substr(split));
    ASSERT_EQ(reader.messages(), whole) << "split after " << split << " bytes";
  }
  for (const std::size_t chunk : {1u, 2u, 3u, 5u, 7u}) {
    Reader reader(table);
    for (std::size_t at = 0; at < stream.size(); at += chunk)
      reader.Feed(stream.substr(at, chunk));
    ASSERT_EQ(reader.messages(), whole) << "in chunks of " << chunk;
  }
}

// --- Whole messages -----------------------------------------------------------------------

TEST(Framer, EmptyInputNeedsMore) {
  Framer framer(kTable);
  Bytes input;
  EXPECT_EQ(framer.Next(input).kind, Kind::kNeedMore);
  EXPECT_TRUE(framer.AtBoundary());
}

TEST(Framer, WholeMessageInInputIsNotCopied) {
  const std::string stream = Message('Q', "SELECT 1\0"sv);
  Framer framer(kTable);
  Bytes input = AsBytes(stream);
  const Piece piece = framer.Next(input);
  EXPECT_EQ(piece.kind, Kind::kMessage);
  EXPECT_EQ(piece.type, 'Q');
  EXPECT_EQ(piece.length, 13u);
  EXPECT_TRUE(piece.last);
  EXPECT_EQ(piece.bytes.data(), AsBytes(stream).data());
  EXPECT_EQ(AsText(piece.body()), "SELECT 1\0"sv);
  EXPECT_TRUE(input.empty());
  EXPECT_EQ(framer.memory_bytes(), 0u);
}

TEST(Framer, MessagesInOneInputComeOneByOne) {
  const auto seen = SeenWhole(
      kTable, Message('P', "one") + Message('d', "two") + Message('Q', "") + Message('Q', "x"));
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_EQ(seen[0].bytes, Message('P', "one"));
  EXPECT_EQ(seen[1].bytes, Message('d', "two"));
  EXPECT_EQ(seen[2].bytes, Message('Q', ""));
  EXPECT_EQ(seen[3].bytes, Message('Q', "x"));
}

TEST(Framer, MessagesAreTheSameWhateverTheChunks) {
  ExpectSameWhateverTheChunks(
      kTable, Message('Q', "SELECT 1\0"sv) + Message('d', "row") + Message('P', "") +
                  Message('d', "") + Message('Q', std::string(200, 'x')) + Message('D', "r") +
                  Message('P', std::string(300, 'y')));
}

TEST(Framer, EveryFrontendTypeIsTheSameWhateverTheChunks) {
  constexpr std::string_view kTypes = "BCdcfDEHFPpQSX";
  const GatherTable table = TableOf<FrontendType>(kTypes);
  std::string stream;
  for (const char type : kTypes) stream += Message(type, std::string(1, type) + "body");
  for (const char type : kTypes) stream += Message(type, "");
  ExpectSameWhateverTheChunks(table, stream);
}

TEST(Framer, EveryBackendTypeIsTheSameWhateverTheChunks) {
  constexpr std::string_view kTypes = "RK23CWdcGHDIEVvnNAtS1sZT";
  const GatherTable table = TableOf<BackendType>(kTypes);
  std::string stream;
  for (const char type : kTypes) stream += Message(type, std::string(1, type) + "body");
  for (const char type : kTypes) stream += Message(type, "");
  ExpectSameWhateverTheChunks(table, stream);
}

// --- Streams and prefixes -------------------------------------------------------------------

TEST(Framer, StreamedMessageComesAsItArrivesAndIsNotCopied) {
  const std::string stream = Message('d', "0123456789");
  Framer framer(kTable);
  Bytes input = AsBytes(stream).first(8);
  const Piece first = framer.Next(input);
  EXPECT_EQ(first.kind, Kind::kFirst);
  EXPECT_EQ(first.length, 14u);
  EXPECT_EQ(AsText(first.body()), "012");
  EXPECT_FALSE(first.last);
  EXPECT_FALSE(framer.AtBoundary());
  EXPECT_EQ(framer.Next(input).kind, Kind::kNeedMore);

  input = AsBytes(stream).subspan(8);
  const Piece rest = framer.Next(input);
  EXPECT_EQ(rest.kind, Kind::kRest);
  EXPECT_EQ(rest.bytes.data(), AsBytes(stream).data() + 8);
  EXPECT_EQ(AsText(rest.bytes), "3456789");
  EXPECT_EQ(rest.type, 'd');
  EXPECT_TRUE(rest.last);
  EXPECT_TRUE(framer.AtBoundary());
  EXPECT_EQ(framer.memory_bytes(), 0u);
}

TEST(Framer, StreamedMessageInOneInputIsOnePiece) {
  const auto seen = SeenWhole(kTable, Message('D', "row"));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].kind, Kind::kFirst);
  EXPECT_TRUE(seen[0].complete);
}

TEST(Framer, RunIsWhatFollowsWholeAndOfTheSameType) {
  const std::string row = Message('D', "row");
  struct Case {
    std::string behind;
    std::size_t messages;
    std::size_t bytes;
  };
  const std::vector<Case> cases = {
      {"", 0, 0},
      {row, 1, row.size()},
      {row + Message('D', "") + row, 3, 2 * row.size() + kHeaderBytes},
      {row + Message('d', "x") + row, 1, row.size()},
      {row + row.substr(0, row.size() - 1), 1, row.size()},
      {row + row + row, 3, 3 * row.size()},
      {row + row + row.substr(0, 5), 2, 2 * row.size()},
      {row + row + Message('D', "longer") + row, 4, 4 * row.size() + 3},
      {row + "D\0\0"s, 1, row.size()},
      {row + "D\0\0\0\3row"s, 1, row.size()},  // impossible
      {row + "D\xff\xff\xff\xff"
             "row"s,
       1, row.size()},  // likewise
      {row + "!\0\0\0\4"s, 1, row.size()},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.behind);
    Framer framer(kTable);
    const ExactCopy copy(row + c.behind);
    Bytes input = copy.bytes();
    ASSERT_EQ(framer.Next(input).kind, Kind::kFirst);
    const Framer::Run run = framer.TakeRun(input);
    EXPECT_EQ(run.messages, c.messages);
    EXPECT_EQ(run.bytes.size(), c.bytes);
    EXPECT_EQ(input.size(), c.behind.size() - c.bytes);
  }
}

TEST(Framer, NoRunBehindPartOfAMessageOrAGatheredOne) {
  for (const std::string& first : {Message('D', "row").substr(0, 6), Message('Q', "text")}) {
    Framer framer(kTable);
    const ExactCopy begin(first);
    Bytes input = begin.bytes();
    ASSERT_NE(framer.Next(input).kind, Kind::kNeedMore);
    const ExactCopy copy(Message(first[0], "more"));
    Bytes more = copy.bytes();
    EXPECT_EQ(framer.TakeRun(more).messages, 0u);
    EXPECT_EQ(more.size(), copy.bytes().size());
  }
}

TEST(Framer, MessageAtItsLimitIsWhole) {
  const auto seen = SeenWhole(kTable, Message('Q', std::string(kLimit - kLengthBytes, 'x')));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].kind, Kind::kMessage);
  EXPECT_EQ(seen[0].length, kLimit);
}

TEST(Framer, MessageOneAboveItsLimitIsAPrefix) {
  const auto seen =
      SeenWhole(kTable, Message('Q', std::string(kLimit - kLengthBytes + 1, 'x')));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].kind, Kind::kPrefix)
      << "never kMessage, even when all of it fits the prefix";
  EXPECT_TRUE(seen[0].complete);
}

TEST(Framer, PrefixHasTheSameSizeWhateverTheChunks) {
  const std::string stream =
      Message('Q', std::string(2 * Framer::kPrefixBytes, 'x')) + Message('Q', "");
  const auto whole = SeenWhole(kTable, stream);
  ASSERT_EQ(whole.size(), 2u);
  EXPECT_EQ(whole[0].kind, Kind::kPrefix);
  EXPECT_EQ(whole[0].head, stream.substr(0, Framer::kPrefixBytes));
  for (const std::size_t chunk : {1ul, 4ul, 1'000ul, Framer::kPrefixBytes - 1,
                                  Framer::kPrefixBytes, Framer::kPrefixBytes + 1}) {
    Reader reader(kTable);
    for (std::size_t at = 0; at < stream.size(); at += chunk) {
      reader.Feed(std::string_view(stream).substr(at, chunk));
    }
    EXPECT_EQ(reader.messages(), whole) << "in chunks of " << chunk;
  }
}

TEST(Framer, MessageOfPrefixSizeAboveItsLimitEndsWithItsPrefix) {
  for (const std::size_t bytes : {Framer::kPrefixBytes - 1, Framer::kPrefixBytes}) {
    const auto seen = SeenWhole(kTable, Message('Q', std::string(bytes - kHeaderBytes, 'x')));
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].kind, Kind::kPrefix);
    EXPECT_EQ(seen[0].head.size(), bytes);
    EXPECT_TRUE(seen[0].complete);
  }
}

// --- Violations -----------------------------------------------------------------------------

// The stream is refused at the byte `at` and not before, however it comes.
void ExpectViolationAt(std::size_t at, std::string_view stream) {
  for (std::size_t split = 0; split <= stream.size(); ++split) {
    Reader reader(kTable);
    reader.Feed(stream.substr(0, split));
    EXPECT_EQ(reader.violated(), split >= at) << "after " << split << " bytes";
    if (!reader.violated()) reader.Feed(stream.substr(split));
    EXPECT_TRUE(reader.violated()) << "split after " << split << " bytes";
    EXPECT_TRUE(reader.messages().empty());
  }
}

TEST(Framer, LengthBelowFourIsViolation) {
  for (const char type : {'Q', 'P', 'd'}) {
    for (std::uint32_t length = 0; length < 4; ++length) {
      ExpectViolationAt(5, type + Int32(length) + "xx");
    }
  }
}

TEST(Framer, NegativeLengthIsViolation) {
  for (const std::uint32_t length : {0x80000000u, 0xfffffffcu, 0xffffffffu}) {
    ExpectViolationAt(5, "d" + Int32(length));
  }
}

TEST(Framer, LengthAboveTheLimitIsViolation) {
  ExpectViolationAt(5, "d" + Int32(kMaxMessageBytes + 1));
  ExpectViolationAt(5, "P" + Int32(kMaxMessageBytes + 1));
}

TEST(Framer, LargestMessageIsTaken) {
  // The body that PostgreSQL's largest StringInfo holds.
  Framer framer(kTable);
  const std::string head = "D" + Int32(0x3ffffffe + 4);
  Bytes input = AsBytes(head);
  EXPECT_EQ(framer.Next(input).kind, Kind::kFirst);

  std::uint64_t left = 0x3ffffffe;
  const std::string block(1 << 20, 'x');
  while (left > 0) {
    input = AsBytes(block).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size())));
    left -= input.size();
    const Piece piece = framer.Next(input);
    ASSERT_EQ(piece.kind, Kind::kRest);
    ASSERT_EQ(piece.last, left == 0);
  }
  EXPECT_TRUE(framer.AtBoundary());
  EXPECT_LT(framer.memory_bytes(), 100u) << "a 1 GB row needs no memory";
}

TEST(Framer, UnknownTypeIsViolationBeforeItsLength) {
  for (int type = 0; type < 256; ++type) {
    if ("QPdD"sv.find(static_cast<char>(type)) != std::string_view::npos) continue;
    ExpectViolationAt(1, std::string(1, static_cast<char>(type)) + Int32(4));
  }
}

TEST(Framer, ViolationBehindAMessageLeavesTheMessage) {
  Reader reader(kTable);
  reader.Feed(Message('Q', "x") + "!");
  EXPECT_TRUE(reader.violated());
  ASSERT_EQ(reader.messages().size(), 1u);
}

TEST(Framer, ViolationIsSticky) {
  Framer framer(kTable);
  Bytes bad = AsBytes("!");
  EXPECT_EQ(framer.Next(bad).kind, Kind::kViolation);
  const std::string stream = Message('Q', "x");
  Bytes good = AsBytes(stream);
  EXPECT_EQ(framer.Next(good).kind, Kind::kViolation);
  framer.SetTable(kTable);
  EXPECT_EQ(framer.Next(good).kind, Kind::kViolation);
  Bytes nothing;
  EXPECT_EQ(framer.Next(nothing).kind, Kind::kViolation);
}

// --- Memory ---------------------------------------------------------------------------------

TEST(Framer, LengthAloneTakesNoMemory) {
  Reader reader(kTable);
  reader.Feed("P" + Int32(kMaxMessageBytes) + "abc");
  EXPECT_LT(reader.framer().memory_bytes(), 100u);
}

TEST(Framer, MemoryFollowsWhatArrived) {
  Reader reader(kTable);
  std::size_t arrived = 5;
  reader.Feed("P" + Int32(1 << 20));
  while (arrived < 200'000) {
    reader.Feed(std::string(1'000, 'x'));
    arrived += 1'000;
    ASSERT_LE(reader.framer().memory_bytes(), 2 * arrived);
  }
}

TEST(Framer, MemoryOfALongMessageIsGivenBack) {
  const std::string stream = Message('P', std::string(100'000, 'x'));
  Reader reader(kTable);
  reader.Feed(std::string_view(stream).substr(0, 50'000));
  reader.Feed(std::string_view(stream).substr(50'000));
  ASSERT_EQ(reader.messages().size(), 1u);
  EXPECT_LE(reader.framer().memory_bytes(), 4'096u);
}

TEST(Framer, GatheredPieceIsValidUntilTheNextCall) {
  const std::string stream = Message('Q', "SELECT 1\0"sv);
  Framer framer(kTable);
  Bytes first = AsBytes(stream).first(7);
  EXPECT_EQ(framer.Next(first).kind, Kind::kNeedMore);
  Bytes second = AsBytes(stream).subspan(7);
  const Piece piece = framer.Next(second);
  EXPECT_EQ(piece.kind, Kind::kMessage);
  EXPECT_EQ(AsText(piece.bytes), stream);
}

// --- Boundaries and tables ------------------------------------------------------------------

TEST(Framer, GatheredPieceMayBeTaken) {
  Framer framer(kTable);
  const std::string parse = Message('P', std::string(1000, 'x'));
  const std::string both = parse + Message('Q', "next");
  Bytes head = AsBytes(std::string_view(both).substr(0, 7));
  EXPECT_EQ(framer.Next(head).kind, Kind::kNeedMore);
  Bytes input = AsBytes(std::string_view(both).substr(7));
  const Piece piece = framer.Next(input);
  ASSERT_EQ(piece.kind, Kind::kMessage);
  const std::vector<std::byte> taken = framer.TakeGathered();
  EXPECT_EQ(AsText(taken), parse);
  EXPECT_EQ(piece.bytes.data(), taken.data());
  EXPECT_TRUE(framer.AtBoundary());
  // The next one lies in the input: there is nothing to take.
  EXPECT_EQ(AsText(framer.Next(input).body()), "next");
  EXPECT_TRUE(framer.TakeGathered().empty());
}

TEST(Framer, BoundaryIsBetweenMessagesOnly) {
  for (const char type : {'Q', 'd'}) {
    const std::string stream = Message(type, "abc");
    Reader reader(kTable);
    for (std::size_t at = 0; at < stream.size(); ++at) {
      EXPECT_EQ(reader.framer().AtBoundary(), at == 0) << type << at;
      reader.Feed(std::string_view(stream).substr(at, 1));
    }
    EXPECT_TRUE(reader.framer().AtBoundary());
  }
}

TEST(Framer, NewTableAppliesFromTheNextMessageOn) {
  GatherTable streams;
  streams.Set(FrontendType::kQuery, GatherTable::kStream);
  const std::string message = Message('Q', "SELECT 1\0"sv);
  for (std::size_t split = 0; split <= message.size(); ++split) {
    Reader reader(kTable);
    reader.Feed(std::string_view(message).substr(0, split));
    reader.framer().SetTable(streams);
    reader.Feed(std::string_view(message).substr(split));
    reader.Feed(message);
    ASSERT_EQ(reader.messages().size(), 2u) << split;
    EXPECT_EQ(reader.messages()[0].kind, split == 0 ? Kind::kFirst : Kind::kMessage) << split;
    EXPECT_EQ(reader.messages()[1].kind, Kind::kFirst) << split;
  }
}

TEST(Framer, NewTableDoesNotForbidAMessageThatHasBegun) {
  const GatherTable nothing;
  for (const char type : {'Q', 'P', 'd'}) {
    const std::string message = Message(type, std::string(100, 'x'));
    for (std::size_t split = 1; split < message.size(); ++split) {
      Reader reader(kTable);
      reader.Feed(std::string_view(message).substr(0, split));
      reader.framer().SetTable(nothing);
      reader.Feed(std::string_view(message).substr(split));
      ASSERT_FALSE(reader.violated()) << type << split;
      ASSERT_EQ(reader.messages(), SeenWhole(kTable, message)) << type << split;
      reader.Feed("Q");
      EXPECT_TRUE(reader.violated()) << "the next one is";
    }
  }
}

}  // namespace
}  // namespace pgmoat::protocol
