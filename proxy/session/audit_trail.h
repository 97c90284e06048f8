// What a session tells the audit trail, and the little it asks of it.  The trail itself
// lives in proxy/audit/.
//
//   session                          trail
//   Begin(record) ──────────────>    "the server is about to get this"     then: forward
//   End(ticket, what came of it) ─>  the record is whole
//   Append(record) ─────────────>    a record that is whole at once: login, refusal, end
//
// A record's text and subject are shared: the trail keeps each once and refers to it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"

namespace pgmoat::session {

// A ULID: 48 bits of milliseconds since 1970, 16 bits of a fraction of one, 64 bits that
// nobody can guess; big-endian, so that ids sort by time.  All zero: none.
struct RecordId {
  std::array<std::uint8_t, 16> bytes{};
  [[nodiscard]] bool IsNull() const { return *this == RecordId{}; }
  // 26 characters of Crockford's base 32, as an error's DETAIL shows it; empty for none.
  [[nodiscard]] std::string Text() const;
  static constexpr std::size_t kTextBytes = 26;
  // The 26 characters, also of none.
  void WriteText(char* to) const;
  friend bool operator==(const RecordId&, const RecordId&) = default;
};

// Where the trail has already put down something that several records share.  The trail
// alone reads and writes it, on the worker thread of the session that owns the object.  A
// copy of the object is another thing, which has not been put down.
struct JournalMark {
  JournalMark() = default;
  ~JournalMark() = default;
  JournalMark(const JournalMark&) {}
  JournalMark& operator=(const JournalMark&) { return *this; }
  void Set(std::uint64_t in_segment, std::uint64_t as_number) {
    segment = in_segment;
    number = as_number;
  }
  std::uint64_t segment = 0;
  std::uint64_t number = 0;
};

// Facts that are the same for all records of a session.  Immutable after login but for the
// mark; records share it.
struct SessionSubject {
  std::string session_id;
  std::string environment;
  std::string login;
  // How the server made sure of the login: "scram-sha-256", "md5", "password", "gss",
  // "trust" (it asked for nothing: trust, peer, ident or a certificate of pgmoat's);
  // besides, what pgmoat knows by itself: "scram-sha-256; unix uid 1000 pid 4711".
  // Empty until the server has accepted the login.
  std::string identity;
  std::string role;
  std::string client_address;
  std::string application_name;  // as of the startup packet or its latest ParameterStatus
  std::string database;
  std::int32_t server_pid = 0;
  // While the glass is broken: the id of the grant's first record, and whose rules hold.
  std::string grant;
  std::string granted_role;
  mutable JournalMark mark;
};

enum class AuditEvent : std::uint8_t {
  kLogin,
  kStatement,
  kDisconnect,
  kGap,     // records are missing here: AuditRecord::rows_affected of them
  kStart,   // pgmoat began to run; `reason` names its version, `policy_version` its config
  kReload,  // another config came into force
  kStop,    // an orderly end
  kGrant,   // the glass is broken (AuditRecord::rule "break-glass.opened"), or whole again
  kCount,
};

// What came of it.
enum class Outcome : std::uint8_t {
  kOk,
  kError,    // the server refused it
  kDenied,   // pgmoat refused it
  kSkipped,  // the server skipped it after an earlier error of the same pipeline or text
  kLost,     // the session, or pgmoat, ended before the server answered
  kRunning,  // not known yet: a record that is written ahead of the one with the same id
  kCount,
};

// How much of a text is on record.
enum class TextForm : std::uint8_t {
  kAsSent,    // but for passwords, if there were any
  kRedacted,  // its literals are replaced
  kWithheld,  // only length and hash
};

// Statement facts that the trail shows.  Shared by all executions of a prepared
// statement.  Immutable but for the mark.
struct AuditedText {
  std::string text;            // cut at limits.max_audited_bytes; empty when withheld
  std::size_t full_bytes = 0;  // of the text as sent, before any cut
  TextForm form = TextForm::kAsSent;
  bool truncated = false;
  // Of the text as sent; only where `text` is not all of it (truncated, withheld).
  bool has_sha256 = false;
  std::array<std::uint8_t, 32> sha256{};
  policy::KindSet kinds;
  std::vector<policy::RelationUse> relations;
  mutable JournalMark mark;
};

// One parameter of a Bind message or FunctionCall.
struct AuditedParameter {
  enum class Form : std::uint8_t {
    kNull,
    kText,
    kBinary,
    kWithheld,  // `parameters: redacted`: only the length
    kUnseen,    // behind a value of a Bind too long to be gathered: {"unseen":true}
  };
  Form form = Form::kNull;
  std::uint64_t full_bytes = 0;  // as sent
  std::string value;             // may be cut
};
using AuditedParameters = std::vector<AuditedParameter>;

struct AuditRecord {
  RecordId id;
  std::chrono::system_clock::time_point time;  // when the message arrived
  AuditEvent event = AuditEvent::kStatement;
  std::shared_ptr<const SessionSubject> subject;  // null for gap, start, reload, stop
  std::string_view protocol_event;  // static storage: "Query", "Parse", "Bind", "Execute",
                                    // "FunctionCall", "StartupMessage", "Terminate"
  std::shared_ptr<const AuditedText> text;              // null for logins and disconnects
  std::shared_ptr<const AuditedParameters> parameters;  // null: none, or not recorded
  std::uint64_t policy_version = 0;  // of the rules that decided: Rules::content_hash
  Outcome outcome = Outcome::kOk;
  std::string_view rule;    // static storage; empty: no rule was needed
  bool would_deny = false;  // ran, but only because a rule or an environment is in shadow
                            // mode; `rule` and `reason` tell what was not refused
  std::string reason;       // the sentence shown to the client; for a disconnect, why
  char transaction_status =
      0;  // 'I', 'T', 'E' as the server last reported it before the statement
  std::uint64_t transaction = 0;           // counts the session's transactions, from 1; 0: none
  std::uint64_t rows_affected = 0;         // inserted, updated, deleted, copied in …
  std::uint64_t rows_returned = 0;         // DataRow messages; of COPY TO, rows
  std::uint64_t bytes_returned = 0;        // of DataRow and CopyData messages to the client
  std::chrono::nanoseconds duration{0};    // from arrival to the server's last answer
  std::chrono::nanoseconds proxy_time{0};  // from arrival to the decision
  std::string sqlstate;                    // of the error the client saw; empty when none
};

// Names a statement that was begun.  0: none, since the trail could not take it.
using AuditTicket = std::uint64_t;

// What came of a statement that was begun.
struct AuditEnd {
  // Of a Query with several statements each ends by itself; `text` is then that statement's,
  // and null where there is but one.  The last End closes the ticket.
  std::uint32_t statement = 0;
  bool last = true;
  std::shared_ptr<const AuditedText> text;
  RecordId id;  // that an error shown to the client names; none: the begun record's
  Outcome outcome = Outcome::kOk;
  std::string_view rule;  // with `reason`: of a limit that ended the statement; static storage
  std::string reason;
  // As in AuditRecord, and better than what the begun record has: a pipelined statement is
  // begun before the server has told how the one before it went.
  char transaction_status = 0;
  std::uint64_t transaction = 0;
  std::uint64_t rows_affected = 0;
  std::uint64_t rows_returned = 0;
  std::uint64_t bytes_returned = 0;
  std::chrono::nanoseconds duration{0};
  std::string sqlstate;
};

// `record` as it was begun becomes what it is with its end.
inline void Complete(AuditRecord& record, const AuditEnd& end) {
  if (end.text) record.text = end.text;
  if (!end.id.IsNull()) record.id = end.id;
  if (!end.rule.empty()) {
    record.rule = end.rule;
    record.reason = end.reason;
    record.would_deny = false;
  }
  record.outcome = end.outcome;
  if (end.transaction > 0) {
    record.transaction = end.transaction;
    record.transaction_status = end.transaction_status;
  }
  record.rows_affected = end.rows_affected;
  record.rows_returned = end.rows_returned;
  record.bytes_returned = end.bytes_returned;
  record.duration = end.duration;
  record.sqlstate = end.sqlstate;
}

// Threads: one worker thread; each worker has its own.  Must not block it.
class AuditTrail {
 public:
  virtual ~AuditTrail() = default;

  // A fresh record id; grows from call to call.
  virtual RecordId NewId(std::chrono::system_clock::time_point now) = 0;

  // False: the trail cannot take records now (disk full, sinks too far behind).  A role
  // whose audit is required is then refused new statements with 53100.  While it is true
  // there is room for what one call into a session can begin, and for the ends of all.
  [[nodiscard]] virtual bool Healthy() const = 0;

  // Takes a whole record; `record.id` was chosen by the caller with NewId.  When it cannot
  // be kept, the loss is counted and becomes a record itself as soon as one can be written.
  virtual void Append(const AuditRecord& record) = 0;

  // Takes what is known before the server gets the statement, with its id.
  virtual AuditTicket Begin(const AuditRecord& record) = 0;

  // Does nothing for ticket 0.
  virtual void End(AuditTicket ticket, const AuditEnd& end) = 0;

  // `audit.sync: each`: bytes must not go to a server before what was begun is on the
  // disk.  False: go on.  True: `then` is called on the worker's thread when it is.
  [[nodiscard]] virtual bool WaitDurable(std::function<void()> then) = 0;
};

}  // namespace pgmoat::session
