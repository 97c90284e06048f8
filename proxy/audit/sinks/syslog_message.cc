#include "proxy/audit/sinks/syslog_message.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "proxy/audit/sinks/json_members.h"

namespace pgmoat::audit {
namespace {

constexpr int kWarning = 4;
constexpr int kInformational = 6;

// RFC 5424 section 6: the longest of each field.
constexpr std::size_t kMaxHostname = 255;
constexpr std::size_t kMaxAppName = 48;
constexpr std::size_t kMaxMsgId = 32;

// What the header is made of.
struct Facts {
  std::string_view time = "-";
  std::string_view event = "-";
  std::string_view server_pid = "-";
  bool warning = false;
};

std::string_view Unquoted(std::string_view value) {
  return value.size() >= 2 && value.front() == '"' ? value.substr(1, value.size() - 2) : value;
}

Facts FactsOf(std::string_view line) {
  Facts facts;
  JsonMembers members(line);
  JsonMember member;
  while (members.Next(member)) {
    const std::string_view value = Unquoted(member.value);
    if (member.key == "time") facts.time = value;
    if (member.key == "event") facts.event = value.substr(0, kMaxMsgId);
    if (member.key == "server_pid" && value != "0") facts.server_pid = value;
    if (member.key == "decision" && value == "deny") facts.warning = true;
    if (member.key == "outcome" && value == "denied") facts.warning = true;
  }
  if (facts.event == "gap") facts.warning = true;
  return facts;
}

// The RFC knows microseconds at most: "….123456789Z" to "….123456Z".
std::string Timestamp(std::string_view time) {
  constexpr std::size_t kToMicroseconds = std::string_view("2026-11-27T19:45:00.123456").size();
  if (time.size() <= kToMicroseconds || time.back() != 'Z') return std::string(time);
  return std::string(time.substr(0, kToMicroseconds)) + "Z";
}

std::string HeaderField(std::string_view text, std::size_t most) {
  std::string field;
  for (const char c : text.substr(0, most)) field += c > ' ' && c < 0x7f ? c : '_';
  return field.empty() ? "-" : field;
}

bool MustStay(std::string_view key) {
  constexpr std::string_view kNames[] = {"v",     "seq",  "id",       "time",
                                         "event", "hash", "truncated"};
  return std::find(std::begin(kNames), std::end(kNames), key) != std::end(kNames);
}

struct Part {
  std::string_view key;
  std::string value;
};

std::size_t Bytes(const Part& part) { return part.key.size() + part.value.size() + 4; }

// A string value without its last bytes: cut before an escape or a character, not in it.
std::string CutString(std::string_view value, std::size_t max_bytes) {
  std::size_t end = 1;  // after the opening quote
  const std::size_t last = value.size() - 1;
  while (end < last) {
    std::size_t next = end + 1;
    if (value[end] == '\\') {
      next = end + (value[end + 1] == 'u' ? 6 : 2);
      // A character beyond the basic plane is two escapes, of which one alone is none.
      const std::string_view rest = value.substr(end);
      const bool pair =
          rest.size() >= 12 && (rest.starts_with("\\ud8") || rest.starts_with("\\ud9") ||
                                rest.starts_with("\\uda") || rest.starts_with("\\udb"));
      if (pair) next = end + 12;
    } else {
      while (next < last && (static_cast<unsigned char>(value[next]) & 0xC0U) == 0x80U) ++next;
    }
    if (next + 1 > max_bytes) break;
    end = next;
  }
  return std::string(value.substr(0, end)) + '"';
}

std::vector<Part>::iterator Longest(std::vector<Part>& parts) {
  auto longest = parts.end();
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    if (MustStay(part->key)) continue;
    if (longest == parts.end() || part->value.size() > longest->value.size()) longest = part;
  }
  return longest;
}

void MarkTruncated(std::vector<Part>& parts) {
  for (const Part& part : parts) {
    if (part.key == "truncated") return;
  }
  // "hash" stays the last member, where those that read the trail expect it.
  const auto at = !parts.empty() && parts.back().key == "hash" ? parts.end() - 1 : parts.end();
  parts.insert(at, Part{"truncated", "true"});
}

std::string Join(const std::vector<Part>& parts) {
  std::string line = "{";
  for (const Part& part : parts) {
    if (line.size() > 1) line += ',';
    line.append("\"").append(part.key).append("\":").append(part.value);
  }
  return line + "}";
}

}  // namespace

std::optional<int> SyslogFacility(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
      "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
      "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
  const auto found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<int>(found - std::begin(kNames));
}

SyslogFormat::SyslogFormat(int facility, std::string_view hostname, std::string_view app_name,
                           std::size_t max_message_bytes)
    : facility_(facility),
      names_(" " + HeaderField(hostname, kMaxHostname) + " " +
             HeaderField(app_name, kMaxAppName) + " "),
      max_message_bytes_(max_message_bytes) {}

std::string SyslogFormat::Message(std::string_view line) const {
  const Facts facts = FactsOf(line);
  const int priority = facility_ * 8 + (facts.warning ? kWarning : kInformational);
  std::string message = "<" + std::to_string(priority) + ">1 " + Timestamp(facts.time) + names_;
  message.append(facts.server_pid).append(" ").append(facts.event).append(" - ");
  const std::size_t room =
      max_message_bytes_ > message.size() ? max_message_bytes_ - message.size() : 0;
  if (line.size() <= room) {
    message += line;
  } else {
    message += ShortenLine(line, room);
  }
  return message;
}

std::string ShortenLine(std::string_view line, std::size_t max_bytes) {
  std::vector<Part> parts;
  JsonMembers members(line);
  JsonMember member;
  while (members.Next(member)) parts.push_back({member.key, std::string(member.value)});
  MarkTruncated(parts);
  std::size_t bytes = 1;
  for (const Part& part : parts) bytes += Bytes(part);
  while (bytes > max_bytes) {
    const auto longest = Longest(parts);
    if (longest == parts.end()) break;
    const std::size_t excess = bytes - max_bytes;
    bytes -= Bytes(*longest);
    if (longest->value.front() == '"' && longest->value.size() > excess + 2) {
      longest->value = CutString(longest->value, longest->value.size() - excess);
      bytes += Bytes(*longest);
    } else {
      parts.erase(longest);
    }
  }
  return Join(parts);
}

}  // namespace pgmoat::audit
