// Bodies of frontend messages.
//
// Each decoder takes the body (without type and length) and returns nothing
// when a field runs over the end, a String has no NUL, or bytes are left over.
//
// Lifetime: results borrow from the body.
// PostgreSQL documentation, section "Message Formats".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/message.h"

namespace pgmoat::protocol {

struct Query {
  std::string_view text;
};
struct Parse {
  std::string_view statement;  // empty: the unnamed statement
  std::string_view text;
  std::uint32_t parameter_types = 0;  // how many type OIDs follow; the OIDs are not kept
};
struct Bind {
  std::string_view portal;
  std::string_view statement;
};
enum class ObjectKind : std::uint8_t { kStatement = 'S', kPortal = 'P' };
// Describe and Close.
struct ObjectName {
  ObjectKind kind = ObjectKind::kStatement;
  std::string_view name;
};
struct Execute {
  std::string_view portal;
  std::int32_t max_rows = 0;  // 0: no limit
};
struct FunctionCall {
  std::uint32_t function_oid = 0;
};
struct SaslInitialResponse {
  std::string_view mechanism;
  Bytes response;
};

[[nodiscard]] std::optional<Query> DecodeQuery(Bytes body);
[[nodiscard]] std::optional<Parse> DecodeParse(Bytes body);
[[nodiscard]] std::optional<Bind> DecodeBind(Bytes body);
// The names alone, from the beginning of a Bind whose values are still to come.
[[nodiscard]] std::optional<Bind> DecodeBindPrefix(Bytes prefix);
[[nodiscard]] std::optional<ObjectName> DecodeObjectName(Bytes body);
[[nodiscard]] std::optional<Execute> DecodeExecute(Bytes body);
[[nodiscard]] std::optional<FunctionCall> DecodeFunctionCall(Bytes body);
// The OID alone, from the beginning of a FunctionCall.
[[nodiscard]] std::optional<FunctionCall> DecodeFunctionCallPrefix(Bytes prefix);
[[nodiscard]] std::optional<SaslInitialResponse> DecodeSaslInitialResponse(Bytes body);
[[nodiscard]] std::optional<std::string_view> DecodeCopyFail(Bytes body);
// Sync, Flush, CopyDone, Terminate.
[[nodiscard]] inline bool DecodeEmpty(Bytes body) { return body.empty(); }

void EncodeQuery(std::vector<std::byte>& out, std::string_view text);
void EncodeParse(std::vector<std::byte>& out, std::string_view statement,
                 std::string_view text);
// No parameters, all results in text.
void EncodeBind(std::vector<std::byte>& out, std::string_view portal,
                std::string_view statement);
void EncodeExecute(std::vector<std::byte>& out, std::string_view portal, std::int32_t max_rows);
// No arguments.
void EncodeFunctionCall(std::vector<std::byte>& out, std::uint32_t function_oid);
void EncodeCopyFail(std::vector<std::byte>& out, std::string_view reason);
void EncodeFlush(std::vector<std::byte>& out);
void EncodeTerminate(std::vector<std::byte>& out);

}  // namespace pgmoat::protocol
