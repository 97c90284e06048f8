// Message types of the frontend/backend protocol, version 3.
//
// 'D' is Describe one way and DataRow the other, so frontend and backend types
// are distinct C++ types.
//
// PostgreSQL documentation, section "Message Formats".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pgmoat::protocol {

using Bytes = std::span<const std::byte>;

enum class FrontendType : std::uint8_t {
  kBind = 'B',
  kClose = 'C',
  kCopyData = 'd',
  kCopyDone = 'c',
  kCopyFail = 'f',
  kDescribe = 'D',
  kExecute = 'E',
  kFlush = 'H',
  kFunctionCall = 'F',
  kParse = 'P',
  kPassword = 'p',  // PasswordMessage, SASLInitialResponse, SASLResponse, GSSResponse
  kQuery = 'Q',
  kSync = 'S',
  kTerminate = 'X',
};

enum class BackendType : std::uint8_t {
  kAuthentication = 'R',
  kBackendKeyData = 'K',
  kBindComplete = '2',
  kCloseComplete = '3',
  kCommandComplete = 'C',
  kCopyBothResponse = 'W',
  kCopyData = 'd',
  kCopyDone = 'c',
  kCopyInResponse = 'G',
  kCopyOutResponse = 'H',
  kDataRow = 'D',
  kEmptyQueryResponse = 'I',
  kErrorResponse = 'E',
  kFunctionCallResponse = 'V',
  kNegotiateProtocolVersion = 'v',
  kNoData = 'n',
  kNoticeResponse = 'N',
  kNotificationResponse = 'A',
  kParameterDescription = 't',
  kParameterStatus = 'S',
  kParseComplete = '1',
  kPortalSuspended = 's',
  kReadyForQuery = 'Z',
  kRowDescription = 'T',
};

// The type byte and the Int32 length that counts itself:
//
//   | type | length (4) | body (length - 4) |
inline constexpr std::size_t kHeaderBytes = 5;
inline constexpr std::uint32_t kLengthBytes = 4;

// The largest length that a server puts on the wire: it builds the body in one
// StringInfo, which holds less than MaxAllocSize (0x3fffffff) bytes, and the length
// word counts itself.  What it takes ends a little earlier, at MaxAllocSize - 1, and it
// says so itself.
inline constexpr std::uint32_t kMaxMessageBytes = 0x3ffffffe + kLengthBytes;

// Reading and writing Int32 in network order.
[[nodiscard]] constexpr std::uint32_t LoadUint32(const std::byte* p) {
  return (std::to_integer<std::uint32_t>(p[0]) << 24) |
         (std::to_integer<std::uint32_t>(p[1]) << 16) |
         (std::to_integer<std::uint32_t>(p[2]) << 8) | std::to_integer<std::uint32_t>(p[3]);
}

[[nodiscard]] inline std::string_view AsText(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
[[nodiscard]] inline Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace pgmoat::protocol
