#include "protocol/frontend.h"

#include "protocol/body_reader.h"
#include "protocol/message_writer.h"

namespace pgmoat::protocol {

namespace {

constexpr std::size_t kInt16Bytes = 2;
constexpr std::size_t kInt32Bytes = 4;

// Int16 count, then that many Int16 format codes.  Whether a code is known, and
// whether the count fits the values, is for the server to say.
void SkipFormats(BodyReader& reader) { reader.Take(reader.Count16(kInt16Bytes) * kInt16Bytes); }

// Int16 count, then that many values: Int32 length and bytes each.
void SkipValues(BodyReader& reader) {
  for (std::uint32_t left = reader.Count16(kInt32Bytes); left > 0 && !reader.failed(); --left) {
    reader.Value();
  }
}

Bind ReadBindNames(BodyReader& reader) {
  Bind bind;
  bind.portal = reader.String();
  bind.statement = reader.String();
  return bind;
}

FunctionCall ReadFunctionOid(BodyReader& reader) {
  return {.function_oid = static_cast<std::uint32_t>(reader.Int32())};
}

}  // namespace

std::optional<Query> DecodeQuery(Bytes body) {
  BodyReader reader(body);
  const Query query{.text = reader.String()};
  if (!reader.Done()) return std::nullopt;
  return query;
}

std::optional<Parse> DecodeParse(Bytes body) {
  BodyReader reader(body);
  Parse parse;
  parse.statement = reader.String();
  parse.text = reader.String();
  parse.parameter_types = reader.Count16(kInt32Bytes);
  reader.Take(parse.parameter_types * kInt32Bytes);
  if (!reader.Done()) return std::nullopt;
  return parse;
}

std::optional<Bind> DecodeBind(Bytes body) {
  BodyReader reader(body);
  const Bind bind = ReadBindNames(reader);
  SkipFormats(reader);  // of the parameters
  SkipValues(reader);
  SkipFormats(reader);  // of the results
  if (!reader.Done()) return std::nullopt;
  return bind;
}

std::optional<Bind> DecodeBindPrefix(Bytes prefix) {
  BodyReader reader(prefix);
  const Bind bind = ReadBindNames(reader);
  if (reader.failed()) return std::nullopt;
  return bind;
}

std::optional<ObjectName> DecodeObjectName(Bytes body) {
  BodyReader reader(body);
  const std::uint8_t kind = reader.Byte1();
  const std::string_view name = reader.String();
  if (!reader.Done() || (kind != 'S' && kind != 'P')) return std::nullopt;
  return ObjectName{.kind = static_cast<ObjectKind>(kind), .name = name};
}

std::optional<Execute> DecodeExecute(Bytes body) {
  BodyReader reader(body);
  Execute execute;
  execute.portal = reader.String();
  execute.max_rows = reader.Int32();
  if (!reader.Done()) return std::nullopt;
  return execute;
}

std::optional<FunctionCall> DecodeFunctionCall(Bytes body) {
  BodyReader reader(body);
  const FunctionCall call = ReadFunctionOid(reader);
  SkipFormats(reader);  // of the arguments
  SkipValues(reader);
  reader.Int16();  // the result's format
  if (!reader.Done()) return std::nullopt;
  return call;
}

std::optional<FunctionCall> DecodeFunctionCallPrefix(Bytes prefix) {
  BodyReader reader(prefix);
  const FunctionCall call = ReadFunctionOid(reader);
  if (reader.failed()) return std::nullopt;
  return call;
}

std::optional<SaslInitialResponse> DecodeSaslInitialResponse(Bytes body) {
  BodyReader reader(body);
  SaslInitialResponse response;
  response.mechanism = reader.String();
  response.response = reader.Value();  // -1: the mechanism has no initial response
  if (!reader.Done()) return std::nullopt;
  return response;
}

std::optional<std::string_view> DecodeCopyFail(Bytes body) {
  BodyReader reader(body);
  const std::string_view reason = reader.String();
  if (!reader.Done()) return std::nullopt;
  return reason;
}

void EncodeQuery(std::vector<std::byte>& out, std::string_view text) {
  MessageWriter(out, FrontendType::kQuery).String(text);
}

void EncodeParse(std::vector<std::byte>& out, std::string_view statement,
                 std::string_view text) {
  MessageWriter(out, FrontendType::kParse).String(statement).String(text).Int16(0);
}

void EncodeBind(std::vector<std::byte>& out, std::string_view portal,
                std::string_view statement) {
  MessageWriter(out, FrontendType::kBind)
      .String(portal)
      .String(statement)
      .Int16(0)   // parameter formats
      .Int16(0)   // values
      .Int16(0);  // result formats
}

void EncodeExecute(std::vector<std::byte>& out, std::string_view portal,
                   std::int32_t max_rows) {
  MessageWriter(out, FrontendType::kExecute).String(portal).Int32(max_rows);
}

void EncodeFunctionCall(std::vector<std::byte>& out, std::uint32_t function_oid) {
  MessageWriter(out, FrontendType::kFunctionCall)
      .Int32(static_cast<std::int32_t>(function_oid))
      .Int16(0)   // argument formats
      .Int16(0)   // arguments
      .Int16(0);  // the result in text
}

void EncodeCopyFail(std::vector<std::byte>& out, std::string_view reason) {
  MessageWriter(out, FrontendType::kCopyFail).String(reason);
}

void EncodeFlush(std::vector<std::byte>& out) { MessageWriter(out, FrontendType::kFlush); }

void EncodeTerminate(std::vector<std::byte>& out) {
  MessageWriter(out, FrontendType::kTerminate);
}

}  // namespace pgmoat::protocol
