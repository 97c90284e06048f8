// Bodies of backend messages that a session reads or writes.
//
// Decoders return nothing for a body that is malformed or not consumed exactly.
//
// Lifetime: results borrow from the body.
// PostgreSQL documentation, sections "Message Formats" and "Error and Notice
// Message Fields".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/message.h"

namespace pgmoat::protocol {

// AuthenticationXXX: the Int32 that tells them apart.
enum class AuthenticationKind : std::int32_t {
  kOk = 0,
  kKerberosV5 = 2,
  kCleartextPassword = 3,
  kMd5Password = 5,
  kGss = 7,
  kGssContinue = 8,
  kSspi = 9,
  kSasl = 10,
  kSaslContinue = 11,
  kSaslFinal = 12,
};
struct Authentication {
  AuthenticationKind kind = AuthenticationKind::kOk;
  std::vector<std::string_view> mechanisms;  // of kSasl
};

enum class TransactionStatus : char { kIdle = 'I', kInBlock = 'T', kFailed = 'E' };

struct ParameterStatus {
  std::string_view name;
  std::string_view value;
};
struct BackendKeyData {
  std::int32_t process_id = 0;
  Bytes secret_key;  // 4 bytes before protocol 3.2, up to 256 with it
};
struct NegotiateProtocolVersion {
  std::int32_t newest_minor = 0;  // PostgreSQL sends the whole version number here
  std::vector<std::string_view> unrecognized_options;
};
// Fields that a session looks at; the rest is checked and passed over.
struct ErrorFields {
  std::string_view severity;  // the field V, which is not translated; S when there is no V
  std::string_view sqlstate;
  std::string_view message;

  // The server ends the session with it.
  [[nodiscard]] bool IsFatal() const { return severity == "FATAL" || severity == "PANIC"; }
};

[[nodiscard]] std::optional<Authentication> DecodeAuthentication(Bytes body);
[[nodiscard]] std::optional<TransactionStatus> DecodeReadyForQuery(Bytes body);
[[nodiscard]] std::optional<ParameterStatus> DecodeParameterStatus(Bytes body);
[[nodiscard]] std::optional<BackendKeyData> DecodeBackendKeyData(Bytes body);
[[nodiscard]] std::optional<NegotiateProtocolVersion> DecodeNegotiateProtocolVersion(
    Bytes body);
[[nodiscard]] std::optional<ErrorFields> DecodeError(Bytes body);
// The columns in text; SQL NULL is empty.  Views borrow from the body.
[[nodiscard]] std::optional<std::vector<std::string_view>> DecodeDataRow(Bytes body);
// The command tag: "INSERT 0 5".
[[nodiscard]] std::optional<std::string_view> DecodeCommandComplete(Bytes body);
// Rows affected or returned, the last number of the tag; 0 when it has none.
[[nodiscard]] std::uint64_t RowsOfCommandTag(std::string_view tag);

struct ErrorResponse {
  std::string_view severity = "ERROR";
  std::string_view sqlstate;
  std::string_view message;
  std::string_view detail = {};  // empty: left out
  std::string_view hint = {};    // empty: left out
};
void EncodeError(std::vector<std::byte>& out, const ErrorResponse& error);
// Has the same fields.
void EncodeNotice(std::vector<std::byte>& out, const ErrorResponse& notice);
// The ErrorResponse with body `body`, which decodes, with the first `from` in its message
// replaced by `to`; all other fields stay as they are.
void EncodeErrorReplacing(std::vector<std::byte>& out, Bytes body, std::string_view from,
                          std::string_view to);
void EncodeParameterStatus(std::vector<std::byte>& out, std::string_view name,
                           std::string_view value);
void EncodeAuthenticationSasl(std::vector<std::byte>& out,
                              const std::vector<std::string_view>& mechanisms);
void EncodeNegotiateProtocolVersion(std::vector<std::byte>& out,
                                    const NegotiateProtocolVersion& message);

}  // namespace pgmoat::protocol
