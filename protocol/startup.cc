#include "protocol/startup.h"

#include "protocol/body_reader.h"
#include "protocol/message_writer.h"

namespace pgmoat::protocol {

namespace {

constexpr std::size_t kCodeEnd = 8;  // the length word and the code

// The codes stand where the protocol version stands in a StartupMessage; their
// major, 1234, is one that no version will have.
constexpr std::uint32_t kCancelRequestCode = 80877102;
constexpr std::uint32_t kSslRequestCode = 80877103;
constexpr std::uint32_t kGssEncRequestCode = 80877104;

constexpr std::uint32_t kCancelHeadBytes = 12;  // the length word, the code, the process id
constexpr std::uint32_t kMinKeyBytes = 4;
constexpr std::uint32_t kMaxKeyBytes = 256;

StartupResult Violation(StartupError error) {
  StartupResult result;
  result.status = StartupResult::Status::kViolation;
  result.error = error;
  return result;
}

StartupResult Packet(std::size_t consumed, StartupPacket packet) {
  StartupResult result;
  result.status = StartupResult::Status::kPacket;
  result.consumed = consumed;
  result.packet = std::move(packet);
  return result;
}

ProtocolVersion VersionOf(std::uint32_t code) {
  return {.major = static_cast<std::uint16_t>(code >> 16),
          .minor = static_cast<std::uint16_t>(code & 0xffff)};
}

// What is wrong with a packet of this length and code, told from its first eight
// bytes, so that nobody waits for the rest of garbage.
std::optional<StartupError> HeadError(std::uint32_t length, std::uint32_t code) {
  switch (code) {
    case kSslRequestCode:
    case kGssEncRequestCode:
      // The server ignores bytes inside an over-long request.  They would be
      // plaintext in front of the TLS switch: refused.
      if (length != kCodeEnd) return StartupError::kLength;
      return std::nullopt;
    case kCancelRequestCode:
      if (length < kCancelHeadBytes + kMinKeyBytes) return StartupError::kLength;
      if (length > kCancelHeadBytes + kMaxKeyBytes) return StartupError::kLength;
      return std::nullopt;
    default:
      if (VersionOf(code).major != 3) return StartupError::kUnsupportedMajor;
      return std::nullopt;
  }
}

// name NUL value NUL … NUL
StartupResult DecodeParameters(ProtocolVersion version, Bytes packet) {
  StartupMessage message;
  message.version = version;
  BodyReader reader(packet.subspan(kCodeEnd));
  for (;;) {
    const std::string_view name = reader.String();
    if (name.empty()) break;  // the terminator, or a failure that Done() tells
    message.parameters.emplace_back(name, reader.String());
  }
  if (!reader.Done()) return Violation(StartupError::kMalformed);
  if (message.Parameter("user").empty()) return Violation(StartupError::kNoUser);
  return Packet(packet.size(), std::move(message));
}

}  // namespace

std::string_view StartupMessage::Parameter(std::string_view name) const {
  for (auto it = parameters.rbegin(); it != parameters.rend(); ++it) {
    if (it->first == name) return it->second;
  }
  return {};
}

StartupResult DecodeStartup(Bytes input) {
  if (input.size() < kLengthBytes) return {};
  const std::uint32_t length = LoadUint32(input.data());
  if (length < kCodeEnd || length > kMaxStartupBytes) return Violation(StartupError::kLength);

  if (input.size() < kCodeEnd) return {};
  const std::uint32_t code = LoadUint32(input.data() + kLengthBytes);
  if (const auto error = HeadError(length, code)) return Violation(*error);

  if (input.size() < length) return {};
  const Bytes packet = input.first(length);
  switch (code) {
    case kSslRequestCode:
      return Packet(length, SslRequest{});
    case kGssEncRequestCode:
      return Packet(length, GssEncRequest{});
    case kCancelRequestCode: {
      BodyReader reader(packet.subspan(kCodeEnd));
      CancelRequest request;
      request.process_id = reader.Int32();
      request.secret_key = reader.rest();  // its size follows from the length, checked above
      return Packet(length, request);
    }
    default:
      return DecodeParameters(VersionOf(code), packet);
  }
}

void EncodeStartup(std::vector<std::byte>& out, const StartupMessage& message) {
  MessageWriter writer(out);
  writer.Int16(static_cast<std::int16_t>(message.version.major));
  writer.Int16(static_cast<std::int16_t>(message.version.minor));
  for (const auto& [name, value] : message.parameters) {
    if (name.empty()) continue;  // it would read as the terminator and hide what follows
    writer.String(name).String(value);
  }
  writer.Byte1(0);
}

void EncodeSslRequest(std::vector<std::byte>& out) {
  MessageWriter(out).Int32(static_cast<std::int32_t>(kSslRequestCode));
}

void EncodeCancelRequest(std::vector<std::byte>& out, const CancelRequest& request) {
  MessageWriter(out)
      .Int32(static_cast<std::int32_t>(kCancelRequestCode))
      .Int32(request.process_id)
      .Append(request.secret_key);
}

}  // namespace pgmoat::protocol
