#include "proxy/audit/record_json.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "proxy/audit/json_text.h"
#include "proxy/audit/line_part.h"
#include "proxy/audit/tags.h"

namespace pgmoat::audit {
namespace {

using session::AuditedParameter;
using session::AuditedParameters;
using session::AuditedText;
using session::AuditEvent;
using session::AuditRecord;
using session::Outcome;
using session::TextForm;

std::string_view EventName(AuditEvent event) {
  switch (event) {
    case AuditEvent::kLogin:
      return "login";
    case AuditEvent::kStatement:
      return "statement";
    case AuditEvent::kDisconnect:
      return "disconnect";
    case AuditEvent::kGap:
      return "gap";
    case AuditEvent::kStart:
      return "start";
    case AuditEvent::kReload:
      return "reload";
    case AuditEvent::kStop:
      return "stop";
    case AuditEvent::kGrant:
      return "grant";
    case AuditEvent::kCount:
      break;
  }
  return "unknown";
}

std::string_view DecisionName(const AuditRecord& record) {
  if (record.outcome == Outcome::kDenied) return "deny";
  return record.would_deny ? "would_deny" : "allow";
}

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "ok";
    case Outcome::kError:
      return "error";
    case Outcome::kDenied:
      return "denied";
    case Outcome::kSkipped:
      return "skipped";
    case Outcome::kLost:
      return "lost";
    case Outcome::kRunning:
      return "running";
    case Outcome::kCount:
      break;
  }
  return "unknown";
}

std::string_view TransactionStatusName(char status) {
  switch (status) {
    case 'I':
      return "idle";
    case 'T':
      return "in_transaction";
    case 'E':
      return "failed_transaction";
    default:
      return "unknown";
  }
}

// A text that was cut may end inside a character; the torn bytes are left out rather than
// shown as U+FFFD, which the client never sent.
std::string_view WithoutTornCharacter(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    const std::size_t claimed = byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    if (claimed > back) text.remove_suffix(back);
    break;
  }
  return text;
}

// Addresses are aligned and close to each other: mix before taking the low bits.
std::size_t Slot(const void* address, std::size_t slots) {
  return ((reinterpret_cast<std::uintptr_t>(address) * 0x9E3779B97F4A7C15U) >> 40) % slots;
}

void FormSubject(const session::SessionSubject& subject, std::string& out) {
  AppendStringField(",\"environment\":", subject.environment, out);
  AppendStringField(",\"session\":", subject.session_id, out);
  AppendStringField(",\"login\":", subject.login, out);
  if (!subject.identity.empty()) AppendStringField(",\"identity\":", subject.identity, out);
  AppendStringField(",\"role\":", subject.role, out);
  AppendStringField(",\"client_address\":", subject.client_address, out);
  AppendStringField(",\"application_name\":", subject.application_name, out);
  AppendStringField(",\"database\":", subject.database, out);
  out += ",\"server_pid\":";
  char digits[12];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, subject.server_pid).ptr);
  if (subject.grant.empty()) return;
  AppendWordField(",\"grant\":", subject.grant, out);
  AppendStringField(",\"granted_role\":", subject.granted_role, out);
}

// The name of a kind, with what is around it.
constexpr std::size_t kMostKindBytes = 64;

void AppendRelations(const AuditedText& text, std::string& out) {
  LinePart part(out);
  part.Put(",\"kinds\":[");
  bool first = true;
  text.kinds.ForEach([&](policy::Kind kind) {
    if (!std::exchange(first, false)) part.Put(",");
    part.Put("\"");
    part.Word(policy::KindName(kind));
    part.Put("\"");
    part.FlushBeyond(kMostKindBytes);
  });
  part.Put("],\"relations\":[");
  first = true;
  for (const policy::RelationUse& relation : text.relations) {
    if (!std::exchange(first, false)) part.Put(",");
    part.Put("{\"name\":");
    part.Flush();
    AppendJsonString(relation.name, out);
    part.Put(",\"access\":\"");
    part.Word(policy::AccessName(relation.access));
    part.Put("\"}");
  }
  part.Put("]");
  part.Flush();
}

//   null   "text"   {"text":"the beginn","bytes":1234}   {"binary":"00ff"}   {"bytes":12}
void AppendParameter(const AuditedParameter& parameter, std::string& out) {
  const bool cut = parameter.value.size() < parameter.full_bytes;
  switch (parameter.form) {
    case AuditedParameter::Form::kNull:
      out += "null";
      return;
    case AuditedParameter::Form::kUnseen:
      out += "{\"unseen\":true}";
      return;
    case AuditedParameter::Form::kWithheld:
      AppendNumberField("{\"bytes\":", parameter.full_bytes, out);
      break;
    case AuditedParameter::Form::kText:
      if (!cut) return AppendJsonString(parameter.value, out);
      AppendStringField("{\"text\":", WithoutTornCharacter(parameter.value), out);
      AppendNumberField(",\"bytes\":", parameter.full_bytes, out);
      break;
    case AuditedParameter::Form::kBinary:
      out += "{\"binary\":\"";
      AppendHex(parameter.value.data(), parameter.value.size(), out);
      out += '"';
      if (cut) AppendNumberField(",\"bytes\":", parameter.full_bytes, out);
      break;
  }
  out += '}';
}

void AppendParameters(const AuditedParameters& parameters, std::string& out) {
  out += ",\"parameters\":[";
  for (const AuditedParameter& parameter : parameters) {
    if (out.back() != '[') out += ',';
    AppendParameter(parameter, out);
  }
  out += ']';
}

}  // namespace

void LineMaker::PutTime(std::chrono::system_clock::time_point time, LinePart& part) {
  using namespace std::chrono;
  const auto second = floor<seconds>(time);
  if (second != second_ || second_text_.empty()) {
    second_ = second;
    second_text_.clear();
    AppendDateTime(second, second_text_);
  }
  part.Word(second_text_);
  part.Put(".");
  part.Padded<9>(static_cast<std::uint64_t>(duration_cast<nanoseconds>(time - second).count()));
  part.Put("Z");
}

void LineMaker::AppendHead(const session::RecordId& id,
                           std::chrono::system_clock::time_point time, std::string_view event,
                           std::uint64_t seq, std::string& out) {
  static_assert(kSchemaVersion == 2);
  LinePart part(out);
  part.Put("{\"v\":2,\"seq\":");
  part.Number(seq);
  part.Put(",\"id\":\"");
  if (!id.IsNull()) id.WriteText(part.Take(session::RecordId::kTextBytes));
  part.Put("\",\"time\":\"");
  PutTime(time, part);
  part.Put("\",\"event\":\"");
  part.Word(event);
  part.Put("\"");
  part.Flush();
}

void LineMaker::AppendSubject(const std::shared_ptr<const session::SessionSubject>& subject,
                              std::string& out) {
  auto& remembered = subjects_[Slot(subject.get(), kRemembered)];
  if (remembered.key != subject) {
    remembered.key = subject;
    remembered.json.clear();
    FormSubject(*subject, remembered.json);
  }
  out += remembered.json;
}

void LineMaker::FormText(const AuditedText& text, std::string& out) {
  if (text.form == TextForm::kWithheld) {
    out += ",\"redacted\":\"withheld\"";
  } else {
    AppendStringField(
        ",\"statement\":", text.truncated ? WithoutTornCharacter(text.text) : text.text, out);
    if (text.form == TextForm::kRedacted) out += ",\"redacted\":\"literals\"";
  }
  LinePart part(out);
  part.Put(",\"statement_bytes\":");
  part.Number(text.full_bytes);
  if (text.truncated) part.Put(",\"truncated\":true");
  if (text.has_sha256) {
    part.Put(",\"statement_sha256\":\"");
    part.Flush();
    AppendHex(text.sha256.data(), text.sha256.size(), out);
    part.Put("\"");
  }
  if (const auto fingerprint = fingerprints_.Of(text)) {
    part.Put(",\"fingerprint\":\"");
    part.Hex64(*fingerprint);
    part.Put("\"");
  }
  part.Flush();
  AppendTags(text.text, out);
  AppendRelations(text, out);
}

void LineMaker::AppendText(const AuditRecord& record, std::string& out) {
  const auto& text = record.text;
  // The text of a simple query is of one record, and its memory is used again.
  if (record.protocol_event == "Query" || text->text.size() > kRememberedTextBytes ||
      text->relations.size() > 64) {
    return FormText(*text, out);
  }
  auto& remembered = texts_[Slot(text.get(), kRemembered)];
  if (remembered.key != text) {
    remembered.key = text;
    remembered.json.clear();
    FormText(*text, remembered.json);
  }
  out += remembered.json;
}

namespace {

void PutStatement(const AuditRecord& record, LinePart& part) {
  if (record.transaction > 0) {
    part.Put(",\"transaction\":");
    part.Number(record.transaction);
  }
  part.Put(",\"transaction_status\":\"");
  part.Word(TransactionStatusName(record.transaction_status));
  part.Put("\",\"rows_affected\":");
  part.Number(record.rows_affected);
  part.Put(",\"rows_returned\":");
  part.Number(record.rows_returned);
  part.Put(",\"bytes_returned\":");
  part.Number(record.bytes_returned);
}

// With the nanoseconds as decimals.
void PutMicroseconds(std::chrono::nanoseconds duration, LinePart& part) {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  part.Number(ns / 1000);
  part.Put(".");
  part.Padded<3>(ns % 1000);
}

// Few records have these.
void AppendWhy(const AuditRecord& record, std::string& out) {
  if (!record.rule.empty()) AppendStringField(",\"rule\":", record.rule, out);
  if (!record.reason.empty()) AppendStringField(",\"reason\":", record.reason, out);
  if (!record.sqlstate.empty()) AppendStringField(",\"sqlstate\":", record.sqlstate, out);
}

void AppendWhatCameOfIt(const AuditRecord& record, std::string& out) {
  const bool has_subject = record.subject != nullptr;
  LinePart part(out);
  if (record.event == AuditEvent::kLogin || record.event == AuditEvent::kStatement) {
    part.Put(",\"decision\":\"");
    part.Word(DecisionName(record));
    part.Put("\"");
  }
  if (has_subject) {
    part.Put(",\"outcome\":\"");
    part.Word(OutcomeName(record.outcome));
    part.Put("\"");
  }
  if (!record.rule.empty() || !record.reason.empty() || !record.sqlstate.empty()) {
    part.Flush();
    AppendWhy(record, out);
  }
  if (record.policy_version != 0) {
    part.Put(",\"policy_version\":\"");
    part.Hex64(record.policy_version);
    part.Put("\"");
  }
  if (record.event == AuditEvent::kStatement) PutStatement(record, part);
  if (has_subject) {
    part.Put(",\"duration_us\":");
    PutMicroseconds(record.duration, part);
  }
  if (has_subject && record.proxy_time.count() > 0) {
    part.Put(",\"proxy_us\":");
    PutMicroseconds(record.proxy_time, part);
  }
  part.Flush();
}

}  // namespace

void LineMaker::Append(const AuditRecord& record, std::uint64_t seq, std::string& out) {
  AppendHead(record.id, record.time, EventName(record.event), seq, out);
  if (record.subject != nullptr) AppendSubject(record.subject, out);
  if (record.event == AuditEvent::kGap) {
    if (record.rows_affected > 0) {
      AppendNumberField(",\"lost_records\":", record.rows_affected, out);
    }
    return AppendStringField(",\"reason\":", record.reason, out);
  }
  if (!record.protocol_event.empty()) {
    AppendWordField(",\"protocol_event\":", record.protocol_event, out);
  }
  if (record.text != nullptr) AppendText(record, out);
  if (record.parameters != nullptr) AppendParameters(*record.parameters, out);
  // Of a grant that opens, the duration is how long it may last.
  if (record.event == AuditEvent::kGrant && record.rule == "break-glass.opened") {
    LinePart part(out);
    part.Put(",\"until\":\"");
    PutTime(record.time + record.duration, part);
    part.Put("\"");
    part.Flush();
    AuditRecord opened = record;
    opened.duration = {};
    return AppendWhatCameOfIt(opened, out);
  }
  AppendWhatCameOfIt(record, out);
}

}  // namespace pgmoat::audit
