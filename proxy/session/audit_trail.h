// What a session tells the audit trail, and the little it asks of it.  The
// writers behind it live in proxy/audit/.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "policy/facts.h"

namespace pgmoat::session {

// Facts that are the same for all records of a session.  Immutable after login;
// records share it.
struct SessionSubject {
  std::string session_id;
  std::string environment;
  std::string login;
  std::string role;
  std::string client_address;
  std::string application_name;  // as of the startup packet or its latest ParameterStatus
  std::string database;
  std::int32_t server_pid = 0;
};

enum class AuditEvent : std::uint8_t { kLogin, kStatement, kDisconnect, kGap };

// What came of it.
enum class Outcome : std::uint8_t {
  kOk,
  kError,    // the server refused it
  kDenied,   // pgmoat refused it
  kSkipped,  // the server skipped it after an earlier error of the same pipeline or text
  kLost,     // the session ended before the server answered
};

// Statement facts that the trail shows.  Shared by all executions of a prepared
// statement.
struct AuditedText {
  std::string text;            // cut at limits.max_audited_bytes
  std::size_t full_bytes = 0;  // before the cut
  policy::KindSet kinds;
  std::vector<policy::RelationUse> relations;
};

struct AuditRecord {
  std::string id;  // unguessable, time-ordered; what a denial's DETAIL names
  std::chrono::system_clock::time_point time;  // when the message arrived
  AuditEvent event = AuditEvent::kStatement;
  std::shared_ptr<const SessionSubject> subject;
  std::string_view protocol_event;  // "Query", "Parse", "Bind", "Execute", "FunctionCall",
                                    // "StartupMessage", "Terminate"
  std::shared_ptr<const AuditedText> text;  // null for logins and disconnects
  Outcome outcome = Outcome::kOk;
  std::string_view rule;    // static storage; empty: no rule was needed
  bool would_deny = false;  // ran, but only because a rule or an environment is in shadow
                            // mode; `rule` and `reason` tell what was not refused
  std::string reason;       // the sentence shown to the client; for a disconnect, why
  char transaction_status =
      0;  // 'I', 'T', 'E' as the server last reported it before the statement
  std::uint64_t rows = 0;
  std::uint64_t result_bytes = 0;        // bytes of DataRow and CopyData messages to the client
  std::chrono::nanoseconds duration{0};  // from arrival to the server's last answer
  std::string sqlstate;                  // of the error the client saw; empty when none
};

// Threads: called on the session's worker thread; must not block it.
class AuditTrail {
 public:
  virtual ~AuditTrail() = default;

  // A fresh record id.
  virtual std::string NewId() = 0;

  // False: the trail cannot take records now (disk full, queue full).  A role
  // whose audit is required is then refused new statements with 53100.
  [[nodiscard]] virtual bool Healthy() const = 0;

  // Takes the record.  When it cannot be kept, the loss is counted and becomes a
  // record itself as soon as one can be written.
  virtual void Append(AuditRecord&& record) = 0;
};

}  // namespace pgmoat::session
