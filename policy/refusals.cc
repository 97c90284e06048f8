#include "policy/refusals.h"

#include <algorithm>

#include "policy/decision_text.h"
#include "policy/functions.h"
#include "policy/roles.h"
#include "policy/system_catalogs.h"
#include "policy/temporary_tables.h"

namespace pgmoat::policy {

namespace {

std::string_view ActionOf(const StatementFacts& statement, Kind kind) {
  const std::string_view action = RoleTable()[static_cast<std::size_t>(kind)].action;
  return action.empty() ? statement.tag : action;
}

// An app's own temporary tables are session state, not schema.
bool CreatesOnlyTemporaryTable(const StatementFacts& statement) {
  return statement.temporary &&
         (statement.tag == "CREATE TABLE" || statement.tag == "CREATE TABLE AS" ||
          statement.tag == "SELECT INTO");
}

bool IsOwnTemporary(const RelationUse& use, const TemporaryTables* tables) {
  if (use.Schema() == "pg_temp") return true;
  return use.Schema().empty() && tables != nullptr && tables->Has(use.OwnName());
}

// All that the statement changes in any way are temporary tables of the session.
bool ChangesOnlyOwnTemporary(const Question& question) {
  bool any = false;
  for (const RelationUse& use : question.statement.relations) {
    if (use.access == Access::kRead) continue;
    if (!IsOwnTemporary(use, question.circumstances.temporary_tables)) return false;
    any = true;
  }
  return any;
}

// What an app may do with its own temporary tables.
constexpr KindSet kTemporaryKinds = {
    Kind::kTruncate, Kind::kDrop,   Kind::kAlterAdditive,    Kind::kAlterChanging,
    Kind::kRename,   Kind::kCreate, Kind::kAlterDestructive, Kind::kMaintenance};

bool IsStatementOnTables(const StatementFacts& statement) {
  constexpr std::string_view kTags[] = {"DROP TABLE",   "TRUNCATE", "ALTER TABLE",
                                        "CREATE INDEX", "ANALYZE",  "VACUUM"};
  return std::find(std::begin(kTags), std::end(kTags), statement.tag) != std::end(kTags);
}

KindSet ExcusedByTemporaryTables(const Question& question) {
  if (question.rules.role != BuiltinRole::kApp) return {};
  if (CreatesOnlyTemporaryTable(question.statement)) {
    return {Kind::kCreate, Kind::kSelectInto};
  }
  if (!IsStatementOnTables(question.statement) || !ChangesOnlyOwnTemporary(question)) return {};
  return kTemporaryKinds;
}

// CALL names its procedure first; what its arguments call follows.
bool CallsListedProcedure(const Question& question) {
  const auto& functions = question.statement.functions;
  return question.rules.role == BuiltinRole::kApp && !functions.empty() &&
         (IsListed(question.rules, functions.front().schema, functions.front().name) ||
          OwnRulesAllow(question.rules, functions.front(), question.statement,
                        question.circumstances));
}

// What goes alone and can be made again.  An index may have been unique, which the statement
// does not say; migrations drop indexes all the time.
bool DropsNothingOfValue(const Question& question) {
  constexpr std::string_view kTags[] = {"DROP VIEW",      "DROP INDEX",   "DROP FUNCTION",
                                        "DROP PROCEDURE", "DROP ROUTINE", "DROP AGGREGATE",
                                        "DROP TYPE",      "DROP DOMAIN",  "DROP STATISTICS"};
  const StatementFacts& statement = question.statement;
  return question.rules.role == BuiltinRole::kDeploy && !statement.cascade &&
         !statement.loses_data &&
         std::find(std::begin(kTags), std::end(kTags), statement.tag) != std::end(kTags);
}

}  // namespace

Refusal RefuseByOwnRule(const Question& question) {
  const OwnRule* rule = question.own.denied;
  if (rule == nullptr) return {};
  std::string action(question.statement.tag);
  if (!question.own.denied_object.empty()) {
    action.assign(question.own.denied_action).append(" of ").append(question.own.denied_object);
    if (action[0] >= 'a' && action[0] <= 'z') action[0] = static_cast<char>(action[0] - 32);
  }
  return Refuse(question.rules, rule->id, "42501", action,
                rule->reason.empty() ? "A rule of pgmoat's config says so; ask its operator."
                                     : rule->reason);
}

Refusal RefuseByKind(const Question& question) {
  if (AllowedKinds(question.rules.role).HasAll(question.statement.kinds)) return {};
  Refusal refusal;
  KindSet excused = question.own.lifted;
  excused.AddAll(ExcusedByTemporaryTables(question));
  if (CallsListedProcedure(question)) excused.Add(Kind::kCall);
  if (DropsNothingOfValue(question)) excused.Add(Kind::kDrop);
  question.statement.kinds.ForEach([&](Kind kind) {
    if (refusal || (excused.Has(kind) && kind != Kind::kNotUnderstood)) return;
    const Rule* rule = RuleFor(question.rules.role, kind);
    if (rule == nullptr) return;
    refusal = Refuse(question.rules, rule->id, rule->sqlstate,
                     ActionOf(question.statement, kind), rule->hint);
  });
  return refusal;
}

// Under EXPLAIN without ANALYZE nothing runs, but what nobody understands may.
Refusal RefusePlannedUnknown(const Question& question) {
  if (!question.statement.planned_kinds.Has(Kind::kNotUnderstood)) return {};
  const Rule* rule = RuleFor(question.rules.role, Kind::kNotUnderstood);
  return Refuse(question.rules, rule->id, rule->sqlstate, question.statement.tag, rule->hint);
}

Refusal RefuseStrongLock(const Question& question) {
  if (question.rules.role != BuiltinRole::kReadonly || !question.statement.strong_lock ||
      question.own.lifted.Has(Kind::kLock)) {
    return {};
  }
  return Refuse(question.rules, "readonly.lock", "25006", "LOCK TABLE above ACCESS SHARE mode",
                "Use LOCK TABLE … IN ACCESS SHARE MODE.");
}

Refusal RefuseReadWrite(const Question& question) {
  if (!question.statement.asks_read_write || question.rules.role != BuiltinRole::kReadonly ||
      !(question.rules.ReadOnlyWall() || !question.rules.enforce)) {
    return {};
  }
  return Refuse(question.rules, "readonly.read-write", "25006", "A READ WRITE transaction",
                "Begin without READ WRITE, or connect with a login whose role may write.");
}

namespace {

struct UnfilteredRule {
  Kind kind;
  std::string_view action;
  std::string_view readonly;
  std::string_view app;
  std::string_view deploy;
};
constexpr UnfilteredRule kUnfiltered[] = {
    {Kind::kDelete, "DELETE without a WHERE that can exclude a row",
     "readonly.delete-without-where", "app.delete-without-where",
     "deploy.delete-without-where"},
    {Kind::kUpdate, "UPDATE without a WHERE that can exclude a row",
     "readonly.update-without-where", "app.update-without-where",
     "deploy.update-without-where"},
    {Kind::kMerge, "MERGE without a condition that can exclude a row",
     "readonly.merge-without-where", "app.merge-without-where", "deploy.merge-without-where"},
};
constexpr std::string_view kAddWhere =
    "Add a condition on a column of the table that is written; one that holds for every row "
    "does not count.";

std::string_view IdFor(BuiltinRole role, const UnfilteredRule& rule) {
  if (role == BuiltinRole::kReadonly) return rule.readonly;
  return role == BuiltinRole::kDeploy ? rule.deploy : rule.app;
}

}  // namespace

// For readonly it matters only where a rule of the config lets the write itself through.
Refusal RefuseUnfiltered(const Question& question) {
  const StatementFacts& statement = question.statement;
  if (statement.effective_where || question.rules.role == BuiltinRole::kAdmin) return {};
  if (question.rules.role == BuiltinRole::kApp && ChangesOnlyOwnTemporary(question)) return {};
  for (const UnfilteredRule& rule : kUnfiltered) {
    if (!statement.unfiltered.Has(rule.kind) || question.own.lifted_where.Has(rule.kind)) {
      continue;
    }
    return Refuse(question.rules, IdFor(question.rules.role, rule), "42501", rule.action,
                  kAddWhere);
  }
  if (!statement.unfiltered.Empty()) return {};
  return Refuse(question.rules, "any.not-understood", "42601", statement.tag, kAddWhere);
}

Refusal RefuseSetting(const Rules& rules, const SettingVerdict& verdict) {
  if (verdict.rule.empty()) return {};
  std::string action = "This value of setting ";
  if (verdict.rule == "any.unknown-setting") {
    action = "Setting something whose name is not a literal, with ";
  }
  action.append(verdict.name);
  return Refuse(rules, verdict.rule, verdict.sqlstate, action,
                std::string(verdict.reason).append("."));
}

Refusal RefuseSettings(const Question& question) {
  for (const SettingChange& change : question.statement.settings) {
    if (Refusal refusal = RefuseSetting(question.rules, JudgeSetting(question.rules, change))) {
      return refusal;
    }
  }
  return {};
}

// Rows of these schemas' tables are SQL or requests that something runs later.
bool IsQueueOfCode(std::string_view schema) {
  return schema == "cron" || schema == "pgagent" || schema == "net";
}

// A superuser's login may write pg_authid or pg_proc by hand: roles, privileges and DDL
// in disguise.
Refusal RefuseCatalogWrite(const Question& question) {
  if (question.rules.role == BuiltinRole::kAdmin) return {};
  const StatementFacts& statement = question.statement;
  constexpr KindSet kWriting = {Kind::kInsert, Kind::kUpdate, Kind::kDelete, Kind::kMerge,
                                Kind::kCopyIn};
  if (!statement.kinds.HasAny(kWriting)) return {};
  for (const RelationUse& use : statement.relations) {
    if (use.access != Access::kWrite) continue;
    if (!IsSystemCatalog(use.name) && !IsQueueOfCode(use.Schema())) continue;
    return Refuse(question.rules, "any.system-catalog", "42501", "Writing a system catalog",
                  "Use the SQL command that is meant for the change.");
  }
  return {};
}

// Views over functions that no restricted role may call.
Refusal RefuseFileViews(const Question& question) {
  if (question.rules.role == BuiltinRole::kAdmin) return {};
  for (const RelationUse& use : question.statement.relations) {
    if (!use.Schema().empty() && use.Schema() != "pg_catalog") continue;
    const std::string_view name = use.OwnName();
    if (name != "pg_hba_file_rules" && name != "pg_ident_file_mappings" &&
        name != "pg_file_settings") {
      continue;
    }
    return Refuse(question.rules, "any.server-file", "42501",
                  "Reading the server's configuration files",
                  "Use pg_settings, or ask an administrator.");
  }
  return {};
}

// They are as good as passwords to who has the time, and pg_roles has all the rest.
Refusal RefusePasswordHashes(const Question& question) {
  if (question.rules.role == BuiltinRole::kAdmin) return {};
  for (const RelationUse& use : question.statement.relations) {
    if (!use.Schema().empty() && use.Schema() != "pg_catalog") continue;
    if (use.OwnName() != "pg_authid" && use.OwnName() != "pg_shadow") continue;
    return Refuse(question.rules, "any.password-hashes", "42501",
                  "Reading the passwords' hashes", "Read pg_roles or pg_user instead.");
  }
  return {};
}

// Code in these languages, and these extensions, can do what the server's own account can.
Refusal RefuseUntrustedCode(const Question& question) {
  const StatementFacts& statement = question.statement;
  if (question.rules.role == BuiltinRole::kAdmin) return {};
  constexpr std::string_view kAsk =
      "Ask an administrator: this needs a login with role admin, or SQL run on the server.";
  if (!statement.language.empty() && IsUntrustedLanguage(statement.language)) {
    return Refuse(question.rules, "any.untrusted-language", "42501",
                  "A function in language " + statement.language, kAsk);
  }
  for (const std::string& extension : statement.extensions) {
    if (!IsDangerousExtension(extension)) continue;
    return Refuse(question.rules, "any.dangerous-extension", "42501", "Extension " + extension,
                  kAsk);
  }
  return {};
}

}  // namespace pgmoat::policy
