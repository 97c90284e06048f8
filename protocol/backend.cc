#include "protocol/backend.h"

#include <limits>

#include "protocol/body_reader.h"
#include "protocol/message_writer.h"

namespace pgmoat::protocol {

namespace {

constexpr std::size_t kMinKeyBytes = 4;
constexpr std::size_t kMaxKeyBytes = 256;
constexpr std::size_t kMd5SaltBytes = 4;

}  // namespace

std::optional<Authentication> DecodeAuthentication(Bytes body) {
  BodyReader reader(body);
  Authentication authentication;
  authentication.kind = static_cast<AuthenticationKind>(reader.Int32());
  if (reader.failed()) return std::nullopt;
  switch (authentication.kind) {
    case AuthenticationKind::kOk:
    case AuthenticationKind::kKerberosV5:
    case AuthenticationKind::kCleartextPassword:
    case AuthenticationKind::kGss:
    case AuthenticationKind::kSspi:
      break;
    case AuthenticationKind::kMd5Password:
      reader.Take(kMd5SaltBytes);
      break;
    case AuthenticationKind::kSasl:
      for (std::string_view name = reader.String(); !name.empty(); name = reader.String()) {
        authentication.mechanisms.push_back(name);
      }
      break;
    case AuthenticationKind::kGssContinue:
    case AuthenticationKind::kSaslContinue:
    case AuthenticationKind::kSaslFinal:
      reader.Take(reader.rest().size());  // between the two ends; opaque here
      break;
    default:
      return std::nullopt;
  }
  if (!reader.Done()) return std::nullopt;
  return authentication;
}

std::optional<TransactionStatus> DecodeReadyForQuery(Bytes body) {
  BodyReader reader(body);
  const std::uint8_t status = reader.Byte1();
  if (!reader.Done() || (status != 'I' && status != 'T' && status != 'E')) return std::nullopt;
  return static_cast<TransactionStatus>(status);
}

std::optional<ParameterStatus> DecodeParameterStatus(Bytes body) {
  BodyReader reader(body);
  ParameterStatus status;
  status.name = reader.String();
  status.value = reader.String();
  if (!reader.Done()) return std::nullopt;
  return status;
}

std::optional<std::vector<std::string_view>> DecodeDataRow(Bytes body) {
  BodyReader reader(body);
  std::vector<std::string_view> columns(reader.Count16(sizeof(std::int32_t)));
  for (std::string_view& column : columns) column = AsText(reader.Value());
  if (!reader.Done()) return std::nullopt;
  return columns;
}

std::optional<BackendKeyData> DecodeBackendKeyData(Bytes body) {
  BodyReader reader(body);
  BackendKeyData key;
  key.process_id = reader.Int32();
  key.secret_key = reader.Take(reader.rest().size());
  if (!reader.Done()) return std::nullopt;
  if (key.secret_key.size() < kMinKeyBytes) return std::nullopt;
  if (key.secret_key.size() > kMaxKeyBytes) return std::nullopt;
  return key;
}

std::optional<NegotiateProtocolVersion> DecodeNegotiateProtocolVersion(Bytes body) {
  BodyReader reader(body);
  NegotiateProtocolVersion message;
  message.newest_minor = reader.Int32();
  const std::uint32_t count = reader.Count32(1);
  for (std::uint32_t i = 0; i < count && !reader.failed(); ++i) {
    message.unrecognized_options.push_back(reader.String());
  }
  if (!reader.Done()) return std::nullopt;
  return message;
}

std::optional<ErrorFields> DecodeError(Bytes body) {
  BodyReader reader(body);
  ErrorFields fields;
  std::string_view translated_severity;
  // Byte1 code, String value, …, Byte1 0.  Where a code repeats the last one counts,
  // as in libpq.
  for (std::uint8_t code = reader.Byte1(); code != 0; code = reader.Byte1()) {
    const std::string_view value = reader.String();
    switch (code) {
      case 'V':
        fields.severity = value;
        break;
      case 'S':
        translated_severity = value;
        break;
      case 'C':
        fields.sqlstate = value;
        break;
      case 'M':
        fields.message = value;
        break;
      default:
        break;  // "frontends should silently ignore fields of unrecognized type"
    }
  }
  if (!reader.Done()) return std::nullopt;
  // Servers before 9.6 send no V.
  if (fields.severity.empty()) fields.severity = translated_severity;
  return fields;
}

std::optional<std::string_view> DecodeCommandComplete(Bytes body) {
  BodyReader reader(body);
  const std::string_view tag = reader.String();
  if (!reader.Done()) return std::nullopt;
  return tag;
}

std::uint64_t RowsOfCommandTag(std::string_view tag) {
  const std::size_t space = tag.rfind(' ');
  if (space == std::string_view::npos) return 0;
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t rows = 0;
  for (const char c : tag.substr(space + 1)) {
    if (c < '0' || c > '9') return 0;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    rows = rows > (kMax - digit) / 10 ? kMax : rows * 10 + digit;
  }
  return rows;
}

namespace {

void EncodeFields(MessageWriter& writer, const ErrorResponse& error) {
  writer.Byte1('S').String(error.severity);
  writer.Byte1('V').String(error.severity);
  writer.Byte1('C').String(error.sqlstate);
  writer.Byte1('M').String(error.message);
  if (!error.detail.empty()) writer.Byte1('D').String(error.detail);
  if (!error.hint.empty()) writer.Byte1('H').String(error.hint);
  writer.Byte1(0);
}

}  // namespace

void EncodeError(std::vector<std::byte>& out, const ErrorResponse& error) {
  MessageWriter writer(out, BackendType::kErrorResponse);
  EncodeFields(writer, error);
}

void EncodeNotice(std::vector<std::byte>& out, const ErrorResponse& notice) {
  MessageWriter writer(out, BackendType::kNoticeResponse);
  EncodeFields(writer, notice);
}

void EncodeErrorReplacing(std::vector<std::byte>& out, Bytes body, std::string_view from,
                          std::string_view to) {
  MessageWriter writer(out, BackendType::kErrorResponse);
  BodyReader reader(body);
  for (std::uint8_t code = reader.Byte1(); code != 0; code = reader.Byte1()) {
    std::string value(reader.String());
    const std::size_t at = code == 'M' ? value.find(from) : std::string::npos;
    if (at != std::string::npos) value.replace(at, from.size(), to);
    writer.Byte1(code).String(value);
  }
  writer.Byte1(0);
}

void EncodeParameterStatus(std::vector<std::byte>& out, std::string_view name,
                           std::string_view value) {
  MessageWriter(out, BackendType::kParameterStatus).String(name).String(value);
}

void EncodeAuthenticationSasl(std::vector<std::byte>& out,
                              const std::vector<std::string_view>& mechanisms) {
  MessageWriter writer(out, BackendType::kAuthentication);
  writer.Int32(static_cast<std::int32_t>(AuthenticationKind::kSasl));
  for (const std::string_view name : mechanisms) {
    if (name.empty()) continue;  // it would read as the terminator
    writer.String(name);
  }
  writer.Byte1(0);
}

void EncodeNegotiateProtocolVersion(std::vector<std::byte>& out,
                                    const NegotiateProtocolVersion& message) {
  MessageWriter writer(out, BackendType::kNegotiateProtocolVersion);
  writer.Int32(message.newest_minor);
  writer.Int32(static_cast<std::int32_t>(message.unrecognized_options.size()));
  for (const std::string_view name : message.unrecognized_options) writer.String(name);
}

}  // namespace pgmoat::protocol
