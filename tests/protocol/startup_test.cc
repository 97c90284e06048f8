#include "protocol/startup.h"

#include "tests/protocol/bytes.h"

namespace pgmoat::protocol {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using Status = StartupResult::Status;

constexpr std::uint32_t kVersion30 = 0x00030000;
constexpr std::uint32_t kCancelCode = 80877102;
constexpr std::uint32_t kSslCode = 80877103;
constexpr std::uint32_t kGssEncCode = 80877104;

// A packet with its true length.
std::string Packet(std::uint32_t code, std::string_view rest) {
  return Int32(static_cast<std::uint32_t>(8 + rest.size())) + Int32(code) + std::string(rest);
}
// A StartupMessage 3.0 with these parameters as they stand on the wire.
std::string Startup(std::string_view parameters) { return Packet(kVersion30, parameters); }

StartupResult Decode(std::string_view text) { return DecodeStartup(AsBytes(text)); }

void ExpectViolation(StartupError error, std::string_view packet) {
  const StartupResult result = Decode(packet);
  ASSERT_EQ(result.status, Status::kViolation);
  EXPECT_EQ(result.error, error);
  EXPECT_EQ(result.consumed, 0u);
}

// Whole, cut at every byte, and with the beginning of something else behind it.
template <typename Kind>
void ExpectPacket(std::string_view packet) {
  for (std::size_t size = 0; size < packet.size(); ++size) {
    const ExactCopy part(packet.substr(0, size));
    const StartupResult result = DecodeStartup(part.bytes());
    EXPECT_EQ(result.status, Status::kNeedMore) << "cut after " << size << " bytes";
    EXPECT_EQ(result.consumed, 0u);
  }
  for (const std::string_view behind : {""sv, "p"sv, "\0\0\0\10\4\322\26\57"sv}) {
    const ExactCopy input(std::string(packet) + std::string(behind));
    const StartupResult result = DecodeStartup(input.bytes());
    ASSERT_EQ(result.status, Status::kPacket);
    EXPECT_EQ(result.consumed, packet.size());
    EXPECT_TRUE(std::holds_alternative<Kind>(result.packet));
  }
}

TEST(Startup, ParametersAreReadInOrder) {
  const std::string packet = Startup("user\0dev\0database\0shop\0application_name\0\0\0"sv);
  ExpectPacket<StartupMessage>(packet);
  const StartupResult result = Decode(packet);
  const auto& message = std::get<StartupMessage>(result.packet);
  EXPECT_EQ(message.version, (ProtocolVersion{3, 0}));
  const std::vector<std::pair<std::string, std::string>> expected{
      {"user", "dev"}, {"database", "shop"}, {"application_name", ""}};
  EXPECT_EQ(message.parameters, expected);
}

TEST(Startup, ParameterIsFoundByItsExactName) {
  const StartupResult result = Decode(Startup("user\0dev\0Database\0shop\0\0"sv));
  const auto& message = std::get<StartupMessage>(result.packet);
  EXPECT_EQ(message.Parameter("user"), "dev");
  EXPECT_EQ(message.Parameter("database"), "");
  EXPECT_EQ(message.Parameter("use"), "");
}

TEST(Startup, RepeatedParametersAreKeptAndTheLastCounts) {
  // The server lets the last one win, too: judging the first would be judging another
  // login than the one that happens.
  const StartupResult result = Decode(Startup("user\0postgres\0user\0dev\0\0"sv));
  ASSERT_EQ(result.status, Status::kPacket);
  const auto& message = std::get<StartupMessage>(result.packet);
  EXPECT_EQ(message.parameters.size(), 2u);
  EXPECT_EQ(message.Parameter("user"), "dev");
}

TEST(Startup, AnyMinorOfThreeIsTaken) {
  for (const std::uint32_t minor : {0u, 2u, 9'999u, 0xffffu}) {
    const StartupResult result = Decode(Packet(kVersion30 | minor, "user\0dev\0\0"sv));
    ASSERT_EQ(result.status, Status::kPacket) << minor;
    EXPECT_EQ(std::get<StartupMessage>(result.packet).version.minor, minor);
  }
}

TEST(Startup, OtherMajorIsRefusedAtTheEighthByte) {
  // Protocol 2, 4, the codes' major with a minor nobody knows, and text.
  for (const std::uint32_t code : {0u, 0x00020000u, 0x00040000u, 0x04d20000u, 0x47455420u,
                                   0xffffffffu, 80877105u, 80877101u}) {
    const std::string head = Int32(1'000) + Int32(code);
    ExpectViolation(StartupError::kUnsupportedMajor, head);
    EXPECT_EQ(Decode(std::string_view(head).substr(0, 7)).status, Status::kNeedMore);
  }
}

TEST(Startup, BadLengthIsRefusedAtTheFourthByte) {
  for (const std::uint32_t length : {0u, 1u, 3u, 4u, 7u, kMaxStartupBytes + 1, 0x7fffffffu,
                                     0x80000000u, 0xfffffffcu, 0xffffffffu}) {
    ExpectViolation(StartupError::kLength, Int32(length));
    ExpectViolation(StartupError::kLength, Int32(length) + std::string(100, '\0'));
    EXPECT_EQ(Decode(Int32(length).substr(0, 3)).status, Status::kNeedMore) << length;
  }
}

TEST(Startup, GarbageIsRefusedAtOnce) {
  ExpectViolation(StartupError::kLength, "GET / HTTP/1.1\r\n\r\n");
  ExpectViolation(StartupError::kLength, "\x16\x03\x01\x02");  // a TLS ClientHello
  ExpectViolation(StartupError::kLength, "SSH-");
}

TEST(Startup, LengthAtTheServersBoundIsTaken) {
  const std::string head = "user\0dev\0application_name\0"s;
  const std::size_t fill = kMaxStartupBytes - 8 - head.size() - 2;
  const std::string packet = Startup(head + std::string(fill, 'a') + "\0\0"s);
  ASSERT_EQ(packet.size(), 10'004u);  // PostgreSQL 15 takes this, and no byte more
  EXPECT_EQ(Decode(packet).status, Status::kPacket);
  ExpectViolation(StartupError::kLength, Startup(head + std::string(fill + 1, 'a') + "\0\0"s));
}

TEST(Startup, WithoutUserIsRefused) {
  ExpectViolation(StartupError::kNoUser, Startup("\0"sv));
  ExpectViolation(StartupError::kNoUser, Startup("database\0shop\0\0"sv));
  ExpectViolation(StartupError::kNoUser, Startup("user\0\0\0"sv));
  ExpectViolation(StartupError::kNoUser, Startup("user\0dev\0user\0\0\0"sv));
  ExpectViolation(StartupError::kNoUser, Startup("USER\0dev\0\0"sv));
}

TEST(Startup, MalformedParametersAreRefused) {
  for (const std::string_view parameters : {
           ""sv,                                 // no terminator
           "user\0dev\0"sv,                      // the same
           "user\0dev\0database\0\0"sv,          // the value's NUL is not the terminator
           "user\0dev\0\0\0"sv,                  // a byte behind the terminator
           "user\0dev\0\0database\0shop\0\0"sv,  // parameters behind the terminator
           "user\0dev"sv,                        // a String without NUL
           "user"sv,
           "user\0"sv,
       }) {
    SCOPED_TRACE(testing::PrintToString(parameters));
    ExpectViolation(StartupError::kMalformed, Startup(parameters));
  }
}

TEST(Startup, MalformedIsNotSaidBeforeThePacketIsWhole) {
  const std::string packet = Startup("user\0dev\0\0x"sv);
  for (std::size_t size = 0; size < packet.size(); ++size) {
    EXPECT_EQ(Decode(std::string_view(packet).substr(0, size)).status, Status::kNeedMore)
        << size;
  }
}

TEST(Startup, ShortLengthCannotHideBytesBehindIt) {
  // The length ends in front of the value: what follows belongs to the next packet.
  std::string packet = Startup("user\0dev\0\0"sv);
  packet.replace(0, 4, Int32(8 + 9));
  ExpectViolation(StartupError::kMalformed, packet);
}

TEST(SslRequest, IsEightBytes) { ExpectPacket<SslRequest>(Packet(kSslCode, "")); }

TEST(SslRequest, OtherLengthsAreRefusedAtTheEighthByte) {
  for (const std::uint32_t length : {9u, 12u, kMaxStartupBytes}) {
    ExpectViolation(StartupError::kLength, Int32(length) + Int32(kSslCode));
  }
}

TEST(SslRequest, BytesBehindItAreNotConsumed) {
  EXPECT_EQ(Decode(Packet(kSslCode, "") + "\x16\x03\x01").consumed, 8u);
}

TEST(GssEncRequest, IsEightBytes) {
  ExpectPacket<GssEncRequest>(Packet(kGssEncCode, ""));
  ExpectViolation(StartupError::kLength, Int32(9) + Int32(kGssEncCode));
}

TEST(CancelRequest, ProcessAndKeyAreRead) {
  const std::string packet = Packet(kCancelCode, Int32(18'706) + "\xa4\x17\0\xbe"s);
  ExpectPacket<CancelRequest>(packet);
  const StartupResult result = Decode(packet);
  const auto& request = std::get<CancelRequest>(result.packet);
  EXPECT_EQ(request.process_id, 18'706);
  EXPECT_EQ(AsText(request.secret_key), "\xa4\x17\0\xbe"sv);
}

TEST(CancelRequest, KeyIsFourTo256Bytes) {
  for (std::uint32_t size = 0; size < 300; ++size) {
    const std::string packet = Packet(kCancelCode, Int32(1) + std::string(size, 'k'));
    if (size >= 4 && size <= 256) {
      EXPECT_EQ(Decode(packet).status, Status::kPacket) << size;
    } else {
      ExpectViolation(StartupError::kLength, std::string_view(packet).substr(0, 8));
    }
  }
  ExpectViolation(StartupError::kLength, Int32(8) + Int32(kCancelCode));
}

TEST(StartupEncoders, StartupRoundTrip) {
  const StartupMessage message{{3, 2}, {{"user", "dev"}, {"options", "-c a=b"}, {"x", ""}}};
  std::vector<std::byte> out;
  EncodeStartup(out, message);
  const StartupResult result = DecodeStartup(out);
  ASSERT_EQ(result.status, Status::kPacket);
  EXPECT_EQ(result.consumed, out.size());
  const auto& decoded = std::get<StartupMessage>(result.packet);
  EXPECT_EQ(decoded.version, message.version);
  EXPECT_EQ(decoded.parameters, message.parameters);
}

TEST(StartupEncoders, BytesOfADecodedStartupAreReproduced) {
  const std::string packet = Packet(0x0003270f, "user\0dev\0user\0dev\0_pq_.x\0\0\0"sv);
  const StartupResult result = Decode(packet);
  std::vector<std::byte> out;
  EncodeStartup(out, std::get<StartupMessage>(result.packet));
  EXPECT_EQ(TextOf(out), packet);
}

TEST(StartupEncoders, NameOrNulCannotEndTheListEarly) {
  const StartupMessage message{{3, 0}, {{"", "x"}, {"user", "a\0b"s}, {"c\0d"s, "e"}}};
  std::vector<std::byte> out;
  EncodeStartup(out, message);
  EXPECT_EQ(TextOf(out), Startup("user\0a?b\0c?d\0e\0\0"sv));
}

TEST(StartupEncoders, SslRequestRoundTrip) {
  std::vector<std::byte> out;
  EncodeSslRequest(out);
  EXPECT_EQ(TextOf(out), Packet(kSslCode, ""));
}

TEST(StartupEncoders, CancelRequestRoundTrip) {
  const std::string key(256, '\xfe');
  std::vector<std::byte> out;
  EncodeCancelRequest(out, {.process_id = -2, .secret_key = AsBytes(key)});
  const StartupResult result = DecodeStartup(out);
  ASSERT_EQ(result.status, Status::kPacket);
  EXPECT_EQ(std::get<CancelRequest>(result.packet).process_id, -2);
  EXPECT_EQ(AsText(std::get<CancelRequest>(result.packet).secret_key), key);
}

}  // namespace
}  // namespace pgmoat::protocol
