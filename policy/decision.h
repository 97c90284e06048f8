// From statement facts and a role's rules to a decision: allow, or deny with
// the rule's id, a reason and an SQLSTATE.  Pure functions; nothing here
// remembers anything.
//
// Threads: any.  Rules are immutable once built and shared between sessions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/circumstances.h"
#include "policy/facts.h"
#include "policy/rules.h"

namespace pgmoat::policy {

// `sqlstate` and `rule` point to static storage.
struct Decision {
  bool allowed = true;
  // Allowed only because a `log` rule or shadow mode says so: `rule`, `sqlstate` and
  // `message` tell what would have been refused.
  bool would_deny = false;
  std::string_view rule;      // "readonly.write", "app.delete-without-where"
  std::string_view sqlstate;  // five characters
  std::string
      message;  // one sentence: action, role, environment.  Never a literal of the statement
  std::string hint;  // what to do now
};

// Judges all statements of a text: all or nothing.  The decision of the first
// statement that is refused, or an allowing one.
Decision Judge(const Rules& rules, const TextFacts& text,
               const Circumstances& circumstances = {});

// The text is longer than rules.max_statement_bytes and was not read at all.
Decision JudgeTooLong(const Rules& rules);

// FunctionCall message: the function's OID.
Decision JudgeFunctionCall(const Rules& rules, std::uint32_t function_oid,
                           const Circumstances& circumstances = {});

// One setting of the StartupMessage (a parameter, or a -c of `options`).
// Settings whose names the server gives another meaning there (user, database,
// options, replication, _pq_.*) are the session's business.
Decision JudgeStartupSetting(const Rules& rules, std::string_view name, std::string_view value);

// replication=… in the StartupMessage: only `admin`.
Decision JudgeReplication(const Rules& rules);

// The server reports (ParameterStatus) a value that the role must not have: the
// second wall (design 3.3).  Allowed means: nothing wrong with it.
Decision JudgeReportedSetting(const Rules& rules, std::string_view name,
                              std::string_view value);

// EXECUTE of what PREPARE could not have prepared, with this tag: only Parse gives such a name.
// What it does to the session would happen in EXECUTE's clothes.
Decision RefuseExecute(const Rules& rules, std::string_view tag);

// FETCH or MOVE, as `tag` says, of a portal that is no cursor and may do more than read: it
// runs what was bound.
Decision RefuseFetch(const Rules& rules, std::string_view tag);

// What a migration window has against a statement or the end of a transaction: `action` is
// the subject of the sentence.
Decision RefuseMigration(const Rules& rules, std::string_view rule, std::string_view action,
                         std::string_view hint);

// What the proxy itself adds to the StartupMessage, after the client's own
// settings, so that RESET and DISCARD return to it.
struct ForcedSetting {
  std::string_view name;
  std::string_view value;
};
std::vector<ForcedSetting> ForcedSettings(const Rules& rules);

// Splits the `options` startup parameter as the server does (pg_split_opts, then
// getopt): backslash escapes, "-c name=value", "-cname=value", "--name=value".
// False: it holds something else (another switch, a dangling -c), which a
// restricted role may not use.
struct StartupOption {
  std::string name;  // folded to lower case, '-' to '_'
  std::string value;
};
bool SplitStartupOptions(std::string_view options, std::vector<StartupOption>& out);

// `options` without its settings of these names, which come into `taken`.  All other words
// stay, also those that SplitStartupOptions does not know.
std::string TakeStartupOptions(std::string_view options,
                               std::initializer_list<std::string_view> names,
                               std::vector<StartupOption>& taken);

// Built-in functions by OID (pg_proc.oid below 10000 is the same in every
// release); empty when unknown.
std::string_view BuiltinFunctionName(std::uint32_t function_oid);

}  // namespace pgmoat::policy
