#include "proxy/audit/journal/encoding.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "policy/rules.h"
#include "proxy/audit/journal/fields.h"

namespace pgmoat::audit {
namespace {

using session::AuditedParameter;
using session::AuditedParameters;
using session::AuditedText;
using session::AuditEnd;
using session::AuditEvent;
using session::AuditRecord;
using session::AuditTicket;
using session::Outcome;
using session::RecordId;
using session::SessionSubject;
using session::TextForm;

// Words for which the session has static storage.
constexpr std::array<std::string_view, 12> kProtocolEvents = {
    "",          "Query",    "Parse",        "Bind",
    "Execute",   "Describe", "FunctionCall", "StartupMessage",
    "Terminate", "Sync",     "Close",        "CopyDone"};

std::uint8_t EventNumber(std::string_view event) {
  if (event.empty()) return 0;
  for (std::size_t i = 1; i < kProtocolEvents.size(); ++i) {
    // The first letter spares most calls of memcmp.
    if (kProtocolEvents[i].front() == event.front() && kProtocolEvents[i] == event) {
      return static_cast<std::uint8_t>(i);
    }
  }
  return 0;
}

std::string_view EventOf(std::uint8_t number) {
  return number < kProtocolEvents.size() ? kProtocolEvents[number] : std::string_view();
}

// Which of the fields at the end are there.
enum Extra : std::uint8_t {
  kHasRule = 1,
  kHasReason = 2,
  kHasParameters = 4,
  kHasOutcome = 8,
  kHasId = 16,
  kWouldDeny = 32,
  kLast = 64,
};

constexpr std::size_t kMaxSqlstate = 5;
constexpr std::size_t kMaxRule = 0xFFFF;

// Small fields, each a byte, in one word.
template <typename... Byte>
constexpr std::uint64_t Together(Byte... bytes) {
  static_assert(sizeof...(Byte) <= 8);
  std::uint64_t word = 0;
  unsigned shift = 0;
  ((word |= std::uint64_t{static_cast<std::uint8_t>(bytes)} << shift, shift += 8), ...);
  return word;
}

// Back.
constexpr std::uint8_t Small(std::uint64_t word, unsigned place) {
  return static_cast<std::uint8_t>(word >> (8 * place));
}
constexpr std::uint32_t Low(std::uint64_t word) { return static_cast<std::uint32_t>(word); }
constexpr std::uint32_t High(std::uint64_t word) {
  return static_cast<std::uint32_t>(word >> 32);
}

std::uint64_t Count(std::chrono::nanoseconds time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
}
std::chrono::nanoseconds TimeOf(std::uint64_t word) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(word));
}

void WriteId(Writer& writer, const RecordId& id) {
  std::uint64_t words[2];
  static_assert(sizeof words == sizeof id.bytes);
  std::memcpy(words, id.bytes.data(), sizeof words);
  writer.U64(words[0]);
  writer.U64(words[1]);
}

// AuditRecord and AuditEnd have the same fields for it.  The outcome itself and the length of
// the SQLSTATE are among the small fields.
template <typename Source>
void WriteOutcome(Writer& writer, const Source& source) {
  writer.U64(source.rows_affected);
  writer.U64(source.rows_returned);
  writer.U64(source.bytes_returned);
  writer.U64(Count(source.duration));
  writer.Bytes(std::string_view(source.sqlstate).substr(0, kMaxSqlstate));
}

template <typename Source>
std::uint8_t SqlstateLength(const Source& source) {
  return static_cast<std::uint8_t>(std::min(source.sqlstate.size(), kMaxSqlstate));
}

template <typename Target>
bool ReadOutcome(Reader& reader, std::uint8_t outcome, std::uint8_t sqlstate_length,
                 Target& target) {
  if (outcome >= static_cast<std::uint8_t>(Outcome::kCount)) return false;
  if (sqlstate_length > kMaxSqlstate) return false;
  target.outcome = static_cast<Outcome>(outcome);
  const auto words = reader.Words<4>();
  target.rows_affected = words[0];
  target.rows_returned = words[1];
  target.bytes_returned = words[2];
  target.duration = TimeOf(words[3]);
  if (sqlstate_length > 0) target.sqlstate = reader.Bytes(sqlstate_length);
  return true;
}

constexpr std::size_t kParametersFixedBytes = 4;
constexpr std::size_t kParameterHeadBytes = 1 + 8 + 4;

std::size_t ParametersBytes(const AuditedParameters& parameters) {
  std::size_t bytes = kParametersFixedBytes;
  for (const AuditedParameter& parameter : parameters) {
    bytes += kParameterHeadBytes + parameter.value.size();
  }
  return bytes;
}

// Values are cut, which their full_bytes tell, rather than parameters left out; where there
// is no room even for all heads, the last one says that there are more (kUnseen).
void WriteParameters(Writer& writer, const AuditedParameters& parameters) {
  if (writer.room() < sizeof(std::uint32_t)) return writer.Fail();
  const std::size_t heads = (writer.room() - sizeof(std::uint32_t)) / kParameterHeadBytes;
  const std::size_t count = std::min(parameters.size(), heads);
  writer.U32(static_cast<std::uint32_t>(count));
  std::size_t values_room = writer.room() - count * kParameterHeadBytes;
  for (std::size_t i = 0; i < count; ++i) {
    const AuditedParameter& parameter = parameters[i];
    const bool more = i + 1 == count && count < parameters.size();
    const std::string_view value =
        more ? std::string_view() : std::string_view(parameter.value).substr(0, values_room);
    values_room -= value.size();
    writer.U8(
        static_cast<std::uint8_t>(more ? AuditedParameter::Form::kUnseen : parameter.form));
    writer.U64(more ? 0 : parameter.full_bytes);
    writer.String32(value);
  }
}

bool ReadParameters(Reader& reader, AuditRecord& record) {
  const std::uint32_t count = reader.U32();
  if (std::uint64_t{count} * kParameterHeadBytes > reader.left()) return false;
  auto parameters = std::make_shared<AuditedParameters>(count);
  for (AuditedParameter& parameter : *parameters) {
    const std::uint8_t form = reader.U8();
    if (form > static_cast<std::uint8_t>(AuditedParameter::Form::kUnseen)) return false;
    parameter.form = static_cast<AuditedParameter::Form>(form);
    parameter.full_bytes = reader.U64();
    parameter.value = reader.String32();
  }
  record.parameters = std::move(parameters);
  return !reader.failed();
}

}  // namespace

// --- subjects ---

std::size_t SubjectBytes(const SessionSubject& subject) {
  std::size_t bytes = 1 + 4 + 4;
  for (const std::string* field :
       {&subject.session_id, &subject.environment, &subject.login, &subject.identity,
        &subject.role, &subject.client_address, &subject.application_name, &subject.database,
        &subject.grant, &subject.granted_role}) {
    bytes += 4 + field->size();
  }
  return bytes +
         (subject.grant.empty() ? 0 : 8 + subject.grant.size() + subject.granted_role.size());
}

std::size_t EncodeSubject(const SessionSubject& subject, std::uint32_t number, std::byte* to,
                          std::size_t room) {
  Writer writer(to, room);
  writer.U8(static_cast<std::uint8_t>(RecordType::kSubject));
  writer.U32(number);
  writer.U32(static_cast<std::uint32_t>(subject.server_pid));
  for (const std::string* field :
       {&subject.session_id, &subject.environment, &subject.login, &subject.identity,
        &subject.role, &subject.client_address, &subject.application_name, &subject.database,
        &subject.grant, &subject.granted_role}) {
    writer.String32(*field);
  }
  return writer.written();
}

std::optional<DecodedSubject> DecodeSubject(Payload payload) {
  Reader reader(payload.substr(1));
  DecodedSubject decoded;
  decoded.number = reader.U32();
  auto subject = std::make_shared<SessionSubject>();
  subject->server_pid = static_cast<std::int32_t>(reader.U32());
  for (std::string* field :
       {&subject->session_id, &subject->environment, &subject->login, &subject->identity,
        &subject->role, &subject->client_address, &subject->application_name,
        &subject->database, &subject->grant, &subject->granted_role}) {
    *field = reader.String32();
  }
  if (!reader.Done()) return std::nullopt;
  decoded.subject = std::move(subject);
  return decoded;
}

// --- texts ---

namespace {

constexpr std::size_t kTextHeadBytes = 4 * 8 + 32 + 4;
constexpr std::size_t kRelationHeadBytes = 1 + 4 + 4 + 4;

std::size_t RelationsBytes(const AuditedText& text) {
  std::size_t bytes = 0;
  for (const policy::RelationUse& relation : text.relations) {
    bytes += kRelationHeadBytes + relation.name.size();
  }
  return bytes;
}

}  // namespace

std::size_t TextBytes(const AuditedText& text) {
  return kTextHeadBytes + RelationsBytes(text) + text.text.size();
}

std::size_t EncodeText(const AuditedText& text, RecordType type, std::uint32_t number,
                       std::byte* to, std::size_t room) {
  if (room < kTextHeadBytes) return 0;
  // Where not all has room: relations may take half of it, and what the text leaves.
  const std::size_t left = room - kTextHeadBytes;
  std::size_t relations_room = std::max(left / 2, left - std::min(left, text.text.size()));
  std::uint32_t relations = 0;
  for (const policy::RelationUse& relation : text.relations) {
    const std::size_t bytes = kRelationHeadBytes + relation.name.size();
    if (bytes > relations_room) break;
    relations_room -= bytes;
    ++relations;
  }
  Writer writer(to, room);
  std::byte* truncated_at = to + 2;
  writer.U64(Together(type, text.form, text.truncated, text.has_sha256));
  writer.U64(number | std::uint64_t{relations} << 32);
  writer.U64(text.full_bytes);
  writer.U64(text.kinds.bits());
  if (text.has_sha256) {
    writer.Bytes({reinterpret_cast<const char*>(text.sha256.data()), text.sha256.size()});
  }
  for (std::uint32_t i = 0; i < relations; ++i) {
    const policy::RelationUse& relation = text.relations[i];
    writer.U8(static_cast<std::uint8_t>(relation.access));
    writer.U32(static_cast<std::uint32_t>(relation.schema_at));
    writer.U32(static_cast<std::uint32_t>(relation.name_at));
    writer.String32(relation.name);
  }
  const bool cut = writer.CutString32(text.text) < text.text.size();
  if (cut || relations < text.relations.size()) *truncated_at = std::byte{1};
  return writer.written();
}

bool DecodeText(Payload payload, std::uint32_t& number, AuditedText& text) {
  Reader reader(payload);
  const auto words = reader.Words<4>();
  const std::uint8_t form = Small(words[0], 1);
  if (form > static_cast<std::uint8_t>(TextForm::kWithheld)) return false;
  text.form = static_cast<TextForm>(form);
  text.truncated = Small(words[0], 2) != 0;
  text.has_sha256 = Small(words[0], 3) != 0;
  number = Low(words[1]);
  const std::uint32_t relations = High(words[1]);
  text.full_bytes = words[2];
  text.kinds = policy::KindSet::FromBits(words[3]);
  if (text.has_sha256) {
    const std::string_view digest = reader.Bytes(text.sha256.size());
    if (reader.failed()) return false;
    std::memcpy(text.sha256.data(), digest.data(), digest.size());
  }
  if (std::uint64_t{relations} * kRelationHeadBytes > reader.left()) return false;
  text.relations.resize(relations);
  for (policy::RelationUse& relation : text.relations) {
    const std::uint8_t access = reader.U8();
    if (access > static_cast<std::uint8_t>(policy::Access::kLock)) return false;
    relation.access = static_cast<policy::Access>(access);
    relation.schema_at = reader.U32();
    relation.name_at = reader.U32();
    relation.name = reader.String32();
    if (relation.schema_at > relation.name_at || relation.name_at > relation.name.size()) {
      return false;
    }
  }
  text.text = reader.String32();
  return reader.Done();
}

std::optional<DecodedText> DecodeText(Payload payload) {
  DecodedText decoded;
  auto text = std::make_shared<AuditedText>();
  if (!DecodeText(payload, decoded.number, *text)) return std::nullopt;
  decoded.text = std::move(text);
  return decoded;
}

// --- records and beginnings ---

namespace {
constexpr std::size_t kRecordFixedBytes = 9 * 8 + 4 * 8 + kMaxSqlstate + 2 + 4 + 4;
}  // namespace

std::size_t RecordPayloadBytes(const AuditRecord& record) {
  return kRecordFixedBytes + record.rule.size() + record.reason.size() +
         (record.parameters ? ParametersBytes(*record.parameters) : 0);
}

std::size_t EncodeRecord(const AuditRecord& record, RecordType type, AuditTicket ticket,
                         References references, std::byte* to, std::size_t room) {
  if (room < kRecordFixedBytes + record.rule.size()) return 0;
  const bool whole = type == RecordType::kWhole;
  // There is room for their number at least, and a reason leaves more.
  const bool has_parameters = record.parameters != nullptr;
  unsigned extras = 0;
  if (!record.rule.empty()) extras |= kHasRule;
  if (!record.reason.empty()) extras |= kHasReason;
  if (has_parameters) extras |= kHasParameters;
  if (whole) extras |= kHasOutcome;
  if (record.would_deny) extras |= kWouldDeny;
  Writer writer(to, room);
  writer.U64(Together(type, record.event, EventNumber(record.protocol_event),
                      record.transaction_status, extras, record.outcome,
                      SqlstateLength(record)));
  writer.U64(ticket);
  WriteId(writer, record.id);
  writer.U64(static_cast<std::uint64_t>(record.time.time_since_epoch().count()));
  writer.U64(references.subject | std::uint64_t{references.text} << 32);
  writer.U64(record.policy_version);
  writer.U64(record.transaction);
  writer.U64(Count(record.proxy_time));
  if (whole) WriteOutcome(writer, record);
  if (!record.rule.empty()) writer.String16(record.rule.substr(0, kMaxRule));
  // A reason takes nothing from parameters but where they are too many themselves.
  const std::size_t kept =
      has_parameters ? std::min(ParametersBytes(*record.parameters), writer.room() / 2) : 0;
  if (!record.reason.empty()) writer.CutString32(record.reason, kept);
  if (has_parameters) WriteParameters(writer, *record.parameters);
  return writer.written();
}

bool DecodeRecord(Payload payload, AuditTicket& ticket, References& references,
                  AuditRecord& record) {
  Reader reader(payload);
  record = AuditRecord();
  const auto words = reader.Words<9>();
  const std::uint8_t event = Small(words[0], 1);
  if (event >= static_cast<std::uint8_t>(AuditEvent::kCount)) return false;
  record.event = static_cast<AuditEvent>(event);
  record.protocol_event = EventOf(Small(words[0], 2));
  record.transaction_status = static_cast<char>(Small(words[0], 3));
  const std::uint8_t extras = Small(words[0], 4);
  ticket = words[1];
  std::memcpy(record.id.bytes.data(), &words[2], record.id.bytes.size());
  record.time = std::chrono::system_clock::time_point(
      std::chrono::system_clock::duration(static_cast<std::int64_t>(words[4])));
  references.subject = Low(words[5]);
  references.text = High(words[5]);
  record.policy_version = words[6];
  record.transaction = words[7];
  record.proxy_time = TimeOf(words[8]);
  record.would_deny = (extras & kWouldDeny) != 0;
  record.outcome = Outcome::kRunning;
  if ((extras & kHasOutcome) != 0 &&
      !ReadOutcome(reader, Small(words[0], 5), Small(words[0], 6), record)) {
    return false;
  }
  if ((extras & kHasRule) != 0) record.rule = policy::Intern(reader.String16());
  if ((extras & kHasReason) != 0) record.reason = reader.String32();
  if ((extras & kHasParameters) != 0 && !ReadParameters(reader, record)) return false;
  return reader.Done();
}

// --- ends ---

namespace {
constexpr std::size_t kEndFixedBytes = 8 * 8 + kMaxSqlstate + 16 + 2 + 4;
static_assert(kEndFixedBytes < kMaxEndBytes);
}  // namespace

std::size_t EndBytes(const AuditEnd& end) {
  return kEndFixedBytes + end.rule.size() + end.reason.size();
}

std::size_t EncodeEnd(const AuditEnd& end, AuditTicket ticket, std::uint32_t text,
                      std::byte* to, std::size_t room) {
  unsigned extras = kHasOutcome;
  if (end.last) extras |= kLast;
  if (!end.id.IsNull()) extras |= kHasId;
  if (!end.rule.empty()) extras |= kHasRule;
  if (!end.reason.empty()) extras |= kHasReason;
  Writer writer(to, room);
  writer.U64(Together(RecordType::kEnd, end.transaction_status, extras, end.outcome,
                      SqlstateLength(end)));
  writer.U64(ticket);
  writer.U64(end.statement | std::uint64_t{text} << 32);
  writer.U64(end.transaction);
  WriteOutcome(writer, end);
  if (!end.id.IsNull()) WriteId(writer, end.id);
  if (!end.rule.empty()) writer.CutString16(end.rule, sizeof(std::uint32_t));
  if (!end.reason.empty()) writer.CutString32(end.reason);
  return writer.written();
}

bool DecodeEnd(Payload payload, AuditTicket& ticket, std::uint32_t& text, AuditEnd& end) {
  Reader reader(payload);
  end = AuditEnd();
  const auto words = reader.Words<4>();
  end.transaction_status = static_cast<char>(Small(words[0], 1));
  const std::uint8_t extras = Small(words[0], 2);
  ticket = words[1];
  end.statement = Low(words[2]);
  text = High(words[2]);
  end.transaction = words[3];
  end.last = (extras & kLast) != 0;
  if (!ReadOutcome(reader, Small(words[0], 3), Small(words[0], 4), end)) return false;
  if ((extras & kHasId) != 0) reader.Copy(end.id.bytes.data(), end.id.bytes.size());
  if ((extras & kHasRule) != 0) end.rule = policy::Intern(reader.String16());
  if ((extras & kHasReason) != 0) end.reason = reader.String32();
  return reader.Done();
}

std::size_t EncodeSegmentEnd(std::byte* to) {
  Writer writer(to, kSegmentEndBytes);
  writer.U8(static_cast<std::uint8_t>(RecordType::kSegmentEnd));
  return writer.written();
}

RecordType TypeOf(Payload payload) {
  return static_cast<RecordType>(static_cast<std::uint8_t>(payload.front()));
}

}  // namespace pgmoat::audit
