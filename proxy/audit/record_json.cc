#include "proxy/audit/record_json.h"

#include <algorithm>
#include <charconv>
#include <functional>

namespace pgmoat::audit {
namespace {

using session::AuditEvent;
using session::AuditRecord;
using session::Outcome;

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

// Length of the well-formed UTF-8 sequence at the front (Unicode 15, table 3-7), or 0.
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto is_tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return is_tail(1) ? 2 : 0;
  if (lead < 0xF0) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return byte(1) >= low && byte(1) <= high && is_tail(2) ? 3 : 0;
  }
  if (lead < 0xF5) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return byte(1) >= low && byte(1) <= high && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

// Bytes that stand for themselves in a JSON string.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0x20; c < 0x7F; ++c) plain[c] = true;
  plain['"'] = false;
  plain['\\'] = false;
  return plain;
}();

void AppendNumber(std::uint64_t number, std::string& out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

// With leading zeros; `number` has at most `width` digits.
void AppendPadded(std::uint64_t number, int width, std::string& out) {
  char digits[20];
  for (int i = width; i-- > 0; number /= 10) digits[i] = static_cast<char>('0' + number % 10);
  out.append(digits, static_cast<std::size_t>(width));
}

// `key` with its comma and colon: ",\"role\":".
void AppendStringField(std::string_view key, std::string_view value, std::string& out) {
  out += key;
  AppendJsonString(value, out);
}

// For our own words, which need no escaping.
void AppendWordField(std::string_view key, std::string_view word, std::string& out) {
  out += key;
  out += '"';
  out += word;
  out += '"';
}

void AppendNumberField(std::string_view key, std::uint64_t number, std::string& out) {
  out += key;
  AppendNumber(number, out);
}

// Microseconds, with the nanoseconds as decimals.
void AppendDuration(std::chrono::nanoseconds duration, std::string& out) {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  AppendNumberField(",\"duration_us\":", ns / 1000, out);
  out += '.';
  AppendPadded(ns % 1000, 3, out);
}

void FormSubject(const session::SessionSubject& subject, std::string& out) {
  AppendStringField(",\"environment\":", subject.environment, out);
  AppendStringField(",\"session\":", subject.session_id, out);
  AppendStringField(",\"login\":", subject.login, out);
  AppendStringField(",\"role\":", subject.role, out);
  AppendStringField(",\"client_address\":", subject.client_address, out);
  AppendStringField(",\"application_name\":", subject.application_name, out);
  AppendStringField(",\"database\":", subject.database, out);
  out += ",\"server_pid\":";
  char digits[12];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, subject.server_pid).ptr);
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

void FormText(const session::AuditedText& text, std::string& out) {
  const bool truncated = text.full_bytes > text.text.size();
  AppendStringField(",\"statement\":", truncated ? WithoutTornCharacter(text.text) : text.text,
                    out);
  AppendNumberField(",\"statement_bytes\":", std::max(text.full_bytes, text.text.size()), out);
  if (truncated) out += ",\"truncated\":true";
  out += ",\"kinds\":[";
  bool first = true;
  text.kinds.ForEach([&](policy::Kind kind) {
    AppendWordField(first ? "" : ",", policy::KindName(kind), out);
    first = false;
  });
  out += "],\"relations\":[";
  first = true;
  for (const policy::RelationUse& relation : text.relations) {
    AppendStringField(first ? "{\"name\":" : ",{\"name\":", relation.name, out);
    AppendWordField(",\"access\":", policy::AccessName(relation.access), out);
    out += '}';
    first = false;
  }
  out += ']';
}

// Addresses are aligned and close to each other: mix before taking the low bits.
std::size_t Slot(const void* address, std::size_t slots) {
  return ((reinterpret_cast<std::uintptr_t>(address) * 0x9E3779B97F4A7C15U) >> 40) % slots;
}

void AppendDateTime(std::chrono::sys_seconds second, std::string& out) {
  using namespace std::chrono;
  const auto day = floor<days>(second);
  const year_month_day date{day};
  const hh_mm_ss time{second - day};
  AppendPadded(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4, out);
  out += '-';
  AppendPadded(static_cast<unsigned>(date.month()), 2, out);
  out += '-';
  AppendPadded(static_cast<unsigned>(date.day()), 2, out);
  out += 'T';
  AppendPadded(static_cast<std::uint64_t>(time.hours().count()), 2, out);
  out += ':';
  AppendPadded(static_cast<std::uint64_t>(time.minutes().count()), 2, out);
  out += ':';
  AppendPadded(static_cast<std::uint64_t>(time.seconds().count()), 2, out);
}

void AppendFraction(std::chrono::system_clock::time_point time, std::string& out) {
  using namespace std::chrono;
  const auto us = duration_cast<microseconds>(time - floor<seconds>(time)).count();
  out += '.';
  AppendPadded(static_cast<std::uint64_t>(us), 6, out);
  out += 'Z';
}

}  // namespace

void AppendJsonString(std::string_view text, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t done = 0;
  std::size_t at = 0;
  while (true) {
    while (at < text.size() && kPlain[static_cast<unsigned char>(text[at])]) ++at;
    out.append(text, done, at - done);
    if (at == text.size()) break;
    const char c = text[at];
    std::size_t taken = 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          // DEL needs no escape in JSON; it gets one because terminals act on it.
          out += "\\u00";
          out += kHex[static_cast<unsigned char>(c) >> 4];
          out += kHex[c & 15];
        } else if (const std::size_t length = Utf8Length(text.substr(at)); length > 0) {
          out.append(text, at, length);
          taken = length;
        } else {
          out += "\xEF\xBF\xBD";
        }
    }
    at += taken;
    done = at;
  }
  out += '"';
}

void AppendRfc3339(std::chrono::system_clock::time_point time, std::string& out) {
  AppendDateTime(std::chrono::floor<std::chrono::seconds>(time), out);
  AppendFraction(time, out);
}

void LineMaker::AppendTime(std::chrono::system_clock::time_point time, std::string& out) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (second != second_ || second_text_.empty()) {
    second_ = second;
    second_text_.clear();
    AppendDateTime(second, second_text_);
  }
  out += second_text_;
  AppendFraction(time, out);
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

void LineMaker::AppendText(const std::shared_ptr<const session::AuditedText>& text,
                           std::string& out) {
  // A text that nobody else holds is a simple query's and will not come again.
  if (text.use_count() == 1 || text->text.size() > kRememberedTextBytes ||
      text->relations.size() > 64) {
    FormText(*text, out);
    return;
  }
  auto& remembered = texts_[Slot(text.get(), kRemembered)];
  if (remembered.key != text) {
    remembered.key = text;
    remembered.json.clear();
    FormText(*text, remembered.json);
  }
  out += remembered.json;
}

void LineMaker::Append(const AuditRecord& record, std::string& out) {
  static_assert(kSchemaVersion == 1);
  out += "{\"v\":1,\"id\":";
  AppendJsonString(record.id, out);
  out += ",\"time\":\"";
  AppendTime(record.time, out);
  out += '"';
  AppendWordField(",\"event\":", EventName(record.event), out);
  if (record.subject != nullptr) AppendSubject(record.subject, out);
  if (record.event == AuditEvent::kGap) {
    AppendNumberField(",\"lost_records\":", record.rows, out);
    AppendStringField(",\"reason\":", record.reason, out);
    out += "}\n";
    return;
  }
  if (!record.protocol_event.empty()) {
    AppendStringField(",\"protocol_event\":", record.protocol_event, out);
  }
  if (record.text != nullptr) AppendText(record.text, out);
  if (record.event != AuditEvent::kDisconnect) {
    AppendWordField(",\"decision\":", DecisionName(record), out);
  }
  AppendWordField(",\"outcome\":", OutcomeName(record.outcome), out);
  if (!record.rule.empty()) AppendStringField(",\"rule\":", record.rule, out);
  if (!record.reason.empty()) AppendStringField(",\"reason\":", record.reason, out);
  if (!record.sqlstate.empty()) AppendStringField(",\"sqlstate\":", record.sqlstate, out);
  if (record.event == AuditEvent::kStatement) {
    AppendWordField(
        ",\"transaction_status\":", TransactionStatusName(record.transaction_status), out);
    AppendNumberField(",\"rows\":", record.rows, out);
    AppendNumberField(",\"result_bytes\":", record.result_bytes, out);
  }
  AppendDuration(record.duration, out);
  out += "}\n";
}

}  // namespace pgmoat::audit
