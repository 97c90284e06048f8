// What one role may do in one environment: a built-in role, and what a config adds
// to it.
//
// Threads: any.  Immutable once built and shared between sessions.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"
#include "policy/migrations.h"

namespace pgmoat::policy {

enum class BuiltinRole : std::uint8_t { kReadonly, kApp, kDeploy, kAdmin };

std::string_view RoleName(BuiltinRole role);
// Returns false for an unknown name, and leaves `role` alone.
bool ParseRoleName(std::string_view name, BuiltinRole& role);

// 16 bytes in network order; IPv4 as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2).
using IpAddress = std::array<std::uint8_t, 16>;

// CIDR (RFC 4632).  For IPv4, prefix_bits counts the 96 bits of the mapping too.
struct Network {
  IpAddress address{};
  unsigned prefix_bits = 0;
  [[nodiscard]] bool Contains(const IpAddress& other) const;
};

// Hours of some days, in UTC.  When `from` is not before `to` it runs past midnight and
// belongs to the day on which it began.
struct TimeWindow {
  std::uint8_t days = 0x7F;  // bit 0: Monday … bit 6: Sunday
  std::chrono::minutes from{0};
  std::chrono::minutes to{24 * 60};
  [[nodiscard]] bool Contains(std::chrono::system_clock::time_point time) const;
};

// What a rule of a config is about.  Every criterion that is given must hold; one that is
// empty holds for everything.
//
// A statement is judged part by part: each kind with each relation it works on, and each
// function it calls.  The first rule that matches a part decides on it; a part that none
// matches is judged by the built-in role.  So no rule speaks for more than it names:
// "insert into notes" says nothing about the tables that the same INSERT reads.
struct RuleMatch {
  KindSet kinds;
  // Globs over names as the parser has them.  "notes" is that table in any schema;
  // "app.*" is schema app.  To deny, a name written without schema counts as being in
  // every schema; to allow, in none.
  std::vector<std::string> relations;
  std::vector<std::string> functions;          // likewise; a rule has relations or functions
  std::vector<std::string> databases;          // globs
  std::vector<std::string> application_names;  // globs; a client calls itself what it likes
  std::vector<Network> networks;
  std::vector<TimeWindow> times;
};

enum class Effect : std::uint8_t {
  kAllow,
  kDeny,
  kLog,  // shadow: the part passes, and the trail tells that it would be refused
};

struct OwnRule {
  std::string_view id;  // "reporting.no-salaries"; static storage, see Intern
  Effect effect = Effect::kDeny;
  RuleMatch match;
  bool without_where = false;  // kAllow: also UPDATE, DELETE, MERGE of every row
  std::string reason;          // a sentence for the client; may be empty
};

// Rule ids outlive the config that named them: audit records and metrics keep them.
// Thread-safe; what is interned stays.
std::string_view Intern(std::string_view text);

// An exception that a person takes, for a while and on record (break glass).  max 0: nobody.
struct BreakGlass {
  std::chrono::milliseconds max{0};
  std::string role = "admin";  // whose rules hold meanwhile
};

// Kept by the proxy, whatever the client sets.  0: none.
struct RoleLimits {
  std::chrono::milliseconds statement_timeout{0};
  std::chrono::milliseconds idle_in_transaction_timeout{0};
  std::uint64_t max_rows = 0;          // of one statement's result
  std::uint64_t max_result_bytes = 0;  // likewise, as DataRow and CopyData messages
  std::size_t max_connections = 0;     // sessions of this role in this environment
};

// Which of the statements that are allowed are on record.  A refusal, a login and a grant
// always are.
enum class Recorded : std::uint8_t {
  kAll,
  kWrites,  // what is not sure to read only
  kDdl,     // what changes more than rows: schema, privileges, roles, settings of the server
  kDenied,  // what shadow mode or a `log` rule lets pass
  kNone,
};
enum class RecordedParameters : std::uint8_t { kNone, kRedacted, kFull };

// What the audit trail keeps of a role, and what happens when it cannot.
struct AuditOptions {
  bool required = true;  // refuse statements rather than run them without a record
  Recorded record = Recorded::kAll;
  RecordedParameters parameters = RecordedParameters::kNone;
  bool redact_literals = false;  // passwords always are
  // Statements that are allowed are on record, some of them at least.
  [[nodiscard]] bool RecordsAllowed() const {
    return record != Recorded::kDenied && record != Recorded::kNone;
  }
  friend bool operator==(const AuditOptions&, const AuditOptions&) = default;
};

struct Rules {
  BuiltinRole role = BuiltinRole::kReadonly;  // itself, or what the config's role extends
  std::string name;                           // of the config's own role; empty: built in
  std::string environment;
  // False: nothing is refused; what would be is recorded (shadow mode).
  bool enforce = true;
  // Functions that `readonly` may call although nobody here knows them, or although they
  // are volatile; as written in SQL, with or without schema: "app.get_user".
  std::vector<std::string> allow_functions;
  std::vector<OwnRule> own;  // in the config's order, those of the extended role last
  RoleLimits limits;
  BreakGlass break_glass;
  std::size_t max_statement_bytes = std::size_t{16} << 20;
  // Grows with each config that is loaded; tells cached decisions apart.
  std::uint64_t version = 0;
  AuditOptions audit;
  // Null: changes need no migration.  Only for `deploy` and what extends it.
  std::shared_ptr<const MigrationRules> migrations;
  // Of the config file's text; tells in the audit trail which config decided.
  std::uint64_t content_hash = 0;

  [[nodiscard]] std::string_view RoleName() const {
    return name.empty() ? policy::RoleName(role) : std::string_view(name);
  }
  // There is something to judge: for everybody but an `admin` without own rules.
  [[nodiscard]] bool Judged() const { return role != BuiltinRole::kAdmin || !own.empty(); }
  // And what is refused is refused; what is not understood is.  In shadow mode nothing is.
  [[nodiscard]] bool Restricted() const { return enforce && Judged(); }
  // The server is told to refuse writes, too (design 3.3).  Not when a rule of the config
  // lets some through.
  [[nodiscard]] bool ReadOnlyWall() const;
  // Decisions need what is known of the database's own functions, views and schemas.
  [[nodiscard]] bool NeedsCatalog() const;
  [[nodiscard]] bool DependsOnTime() const;
};

}  // namespace pgmoat::policy
