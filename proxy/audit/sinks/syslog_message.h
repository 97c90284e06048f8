// A line of the trail as a syslog message of RFC 5424:
//
//   <134>1 2026-11-27T19:45:00.123456Z db-proxy pgmoat 4711 statement - {"v":2,…}
//
// severity: warning for what was denied and for a gap, else informational.  PROCID: the
// server's backend process.  MSGID: the event.  No structured data: the line has it all.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace pgmoat::audit {

// Of "kern", "user", … "local7", as syslog.conf has them.
[[nodiscard]] std::optional<int> SyslogFacility(std::string_view name);

class SyslogFormat {
 public:
  // Header fields take printable ASCII; of a longer or other name what fits is used.
  SyslogFormat(int facility, std::string_view hostname, std::string_view app_name,
               std::size_t max_message_bytes);

  // `line`: without its newline.  A message of more than max_message_bytes is shortened:
  // the longest values are cut (strings) or left out, and "truncated":true says so; what
  // names the record (v, seq, id, time, event, hash) stays.
  [[nodiscard]] std::string Message(std::string_view line) const;

 private:
  int facility_;
  std::string names_;  // " HOSTNAME APP-NAME "
  std::size_t max_message_bytes_;
};

// `line` in at most `max_bytes` as described above, unless what must stay is longer.
[[nodiscard]] std::string ShortenLine(std::string_view line, std::size_t max_bytes);

}  // namespace pgmoat::audit
