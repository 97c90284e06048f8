// The first packet of a connection: it has no type byte.
//
//   | length (4) | code (4) | …
//
// PostgreSQL documentation, sections "Start-up" and "Message Formats"
// (StartupMessage, SSLRequest, GSSENCRequest, CancelRequest).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/message.h"

namespace pgmoat::protocol {

// The server's own bound: MAX_STARTUP_PACKET_LENGTH, which does not count the length word.
inline constexpr std::uint32_t kMaxStartupBytes = 10'000 + kLengthBytes;

struct ProtocolVersion {
  std::uint16_t major = 3;
  std::uint16_t minor = 0;
  friend constexpr auto operator<=>(ProtocolVersion, ProtocolVersion) = default;
};
// The newest that this codec speaks.
inline constexpr ProtocolVersion kNewestProtocol{3, 2};

struct StartupMessage {
  ProtocolVersion version;
  // In the order sent; names as sent.  Later ones win where names repeat.
  std::vector<std::pair<std::string, std::string>> parameters;

  // The last value of `name`; empty when there is none.
  [[nodiscard]] std::string_view Parameter(std::string_view name) const;
};
struct SslRequest {};
struct GssEncRequest {};
struct CancelRequest {
  std::int32_t process_id = 0;
  Bytes secret_key;  // 4 bytes before protocol 3.2, up to 256 with it; borrowed
};

using StartupPacket = std::variant<StartupMessage, SslRequest, GssEncRequest, CancelRequest>;

enum class StartupError {
  kLength,            // below 8, above kMaxStartupBytes, or not one that the code can have
  kUnsupportedMajor,  // protocol 2 or a code nobody knows
  kMalformed,         // a parameter without value, no terminator, bytes behind it
  kNoUser,            // the user parameter is missing or empty
};

struct StartupResult {
  enum class Status { kNeedMore, kPacket, kViolation } status = Status::kNeedMore;
  std::size_t consumed = 0;  // bytes of the packet, when kPacket
  StartupPacket packet;
  StartupError error = StartupError::kLength;  // when kViolation
};

// Reads one packet from the front of `input`; nothing is consumed unless kPacket.  What
// is wrong with length or code is said as soon as they are there: garbage that goes quiet
// must not hold a connection until its deadline.
[[nodiscard]] StartupResult DecodeStartup(Bytes input);

void EncodeStartup(std::vector<std::byte>& out, const StartupMessage& message);
void EncodeSslRequest(std::vector<std::byte>& out);
void EncodeCancelRequest(std::vector<std::byte>& out, const CancelRequest& request);

}  // namespace pgmoat::protocol
