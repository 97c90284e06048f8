#include "policy/decision.h"

#include <optional>

#include "policy/decision_text.h"
#include "policy/functions.h"
#include "policy/roles.h"
#include "policy/setting_rules.h"
#include "policy/system_catalogs.h"

namespace pgmoat::policy {

namespace {

using Refusal = std::optional<Decision>;

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

Refusal RefuseByKind(const Rules& rules, const StatementFacts& statement) {
  Refusal refusal;
  const bool temporary_is_fine =
      rules.role == BuiltinRole::kApp && CreatesOnlyTemporaryTable(statement);
  statement.kinds.ForEach([&](Kind kind) {
    if (refusal) return;
    if (temporary_is_fine && (kind == Kind::kCreate || kind == Kind::kSelectInto)) return;
    const Rule* rule = RuleFor(rules.role, kind);
    if (rule == nullptr) return;
    refusal = Refuse(rules, rule->id, rule->sqlstate, ActionOf(statement, kind), rule->hint);
  });
  return refusal;
}

struct UnfilteredRule {
  Kind kind;
  std::string_view action;
  std::string_view app;
  std::string_view deploy;
};
constexpr UnfilteredRule kUnfiltered[] = {
    {Kind::kDelete, "DELETE without a WHERE that can exclude a row", "app.delete-without-where",
     "deploy.delete-without-where"},
    {Kind::kUpdate, "UPDATE without a WHERE that can exclude a row", "app.update-without-where",
     "deploy.update-without-where"},
    {Kind::kMerge, "MERGE without a condition that can exclude a row",
     "app.merge-without-where", "deploy.merge-without-where"},
};
constexpr std::string_view kAddWhere =
    "Add a condition on a column of the table that is written; one that holds for every row "
    "does "
    "not count.";

Refusal RefuseUnfiltered(const Rules& rules, const StatementFacts& statement) {
  if (statement.effective_where) return {};
  for (const UnfilteredRule& rule : kUnfiltered) {
    if (!statement.unfiltered.Has(rule.kind)) continue;
    return Refuse(rules, rules.role == BuiltinRole::kDeploy ? rule.deploy : rule.app, "42501",
                  rule.action, kAddWhere);
  }
  return Refuse(rules, "any.not-understood", "42601", statement.tag, kAddWhere);
}

std::string FunctionHint(const FunctionUse& function, const FunctionJudgement& judgement) {
  std::string hint;
  if (!judgement.known) {
    hint.append(
        "Only functions that are known to be harmless may be called.  If this one is, "
        "list it under allow_functions of the environment: ");
  } else {
    hint.append("Refused because ").append(judgement.reason);
    if (judgement.verdict == FunctionVerdict::kRefuseForAll) return hint.append(".");
    hint.append(".  Where that is wanted, list it under allow_functions of the environment: ");
  }
  if (!function.schema.empty()) hint.append(function.schema).append(".");
  return hint.append(function.name).append(".");
}

Refusal RefuseFunction(const Rules& rules, const StatementFacts& statement) {
  for (const FunctionUse& function : statement.functions) {
    const FunctionJudgement judgement = JudgeFunction(rules, function.schema, function.name);
    if (judgement.verdict == FunctionVerdict::kAllow) continue;
    std::string action = "Function ";
    if (!function.schema.empty()) action.append(function.schema).append(".");
    action.append(function.name);
    const bool readonly = rules.role == BuiltinRole::kReadonly;
    const bool write = readonly && judgement.verdict == FunctionVerdict::kWrites;
    std::string_view rule = "any.function";
    if (judgement.verdict != FunctionVerdict::kRefuseForAll) rule = "readonly.function";
    if (write) rule = "readonly.write-function";
    return Refuse(rules, rule, write ? "25006" : "42501", action,
                  FunctionHint(function, judgement));
  }
  return {};
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

Refusal RefuseSettings(const Rules& rules, const StatementFacts& statement) {
  for (const SettingChange& change : statement.settings) {
    if (Refusal refusal = RefuseSetting(rules, JudgeSetting(rules, change))) return refusal;
  }
  return {};
}

// A superuser's login may write pg_authid or pg_proc by hand: roles, privileges and DDL
// in disguise.
Refusal RefuseCatalogWrite(const Rules& rules, const StatementFacts& statement) {
  constexpr KindSet kWriting = {Kind::kInsert, Kind::kUpdate, Kind::kDelete, Kind::kMerge,
                                Kind::kCopyIn};
  if (!statement.kinds.HasAny(kWriting)) return {};
  for (const RelationUse& use : statement.relations) {
    if (use.access != Access::kWrite || !IsSystemCatalog(use.name)) continue;
    return Refuse(rules, "any.system-catalog", "42501", "Writing a system catalog",
                  "Use the SQL command that is meant for the change.");
  }
  return {};
}

// Views over functions that no restricted role may call.
Refusal RefuseFileViews(const Rules& rules, const StatementFacts& statement) {
  constexpr std::string_view kSchema = "pg_catalog.";
  for (const RelationUse& use : statement.relations) {
    std::string_view name = use.name;
    if (const std::size_t at = name.rfind(kSchema); at != std::string_view::npos) {
      name.remove_prefix(at + kSchema.size());
    }
    if (name != "pg_hba_file_rules" && name != "pg_ident_file_mappings" &&
        name != "pg_file_settings") {
      continue;
    }
    return Refuse(rules, "any.server-file", "42501", "Reading the server's configuration files",
                  "Use pg_settings, or ask an administrator.");
  }
  return {};
}

// Rules that need more than a kind, in the order in which a person would name them.
Refusal RefuseSpecial(const Rules& rules, const StatementFacts& statement) {
  const bool readonly = rules.role == BuiltinRole::kReadonly;
  if (readonly && statement.strong_lock) {
    return Refuse(rules, "readonly.lock", "25006", "LOCK TABLE above ACCESS SHARE mode",
                  "Use LOCK TABLE … IN ACCESS SHARE MODE.");
  }
  if (Refusal refusal = RefuseSettings(rules, statement)) return refusal;
  if (readonly && statement.asks_read_write) {
    return Refuse(rules, "readonly.read-write", "25006", "A READ WRITE transaction",
                  "Begin without READ WRITE, or connect with a login whose role may write.");
  }
  if (!readonly) {
    if (Refusal refusal = RefuseCatalogWrite(rules, statement)) return refusal;
    if (Refusal refusal = RefuseUnfiltered(rules, statement)) return refusal;
  }
  if (Refusal refusal = RefuseFileViews(rules, statement)) return refusal;
  return RefuseFunction(rules, statement);
}

Refusal JudgeStatement(const Rules& rules, const StatementFacts& statement) {
  if (!AllowedKinds(rules.role).HasAll(statement.kinds)) {
    if (Refusal refusal = RefuseByKind(rules, statement)) return refusal;
  }
  // Under EXPLAIN without ANALYZE nothing runs, but what nobody understands may.
  if (statement.planned_kinds.Has(Kind::kNotUnderstood)) {
    const Rule* rule = RuleFor(rules.role, Kind::kNotUnderstood);
    return Refuse(rules, rule->id, rule->sqlstate, statement.tag, rule->hint);
  }
  return RefuseSpecial(rules, statement);
}

}  // namespace

Decision Judge(const Rules& rules, const TextFacts& text, const Circumstances&) {
  if (!rules.Restricted()) return {};
  switch (text.status) {
    case TextStatus::kUnderstood:
      break;
    case TextStatus::kSyntaxError:
      return Refuse(
          rules, "any.not-understood", "42601", "A statement that is not understood",
          "Check the syntax: the server would most likely refuse it too.  pgmoat does "
          "not forward what it cannot understand.");
    case TextStatus::kTooDeep:
      return Refuse(
          rules, "any.too-deep", "54001", "A statement nested this deep",
          "Write a shorter expression: an IN list or an array nests less than a chain "
          "of operators.");
    case TextStatus::kInvalidEncoding:
      return Refuse(rules, "any.invalid-encoding", "22021",
                    "A statement that is not valid UTF-8",
                    "Set client_encoding to UTF8 and send the statement in UTF-8.");
  }
  for (const StatementFacts& statement : text.statements) {
    if (Refusal refusal = JudgeStatement(rules, statement)) return *std::move(refusal);
  }
  return {};
}

Decision JudgeTooLong(const Rules& rules) {
  if (!rules.Restricted()) return {};
  return Refuse(rules, "any.too-long", "54000", "A statement longer than max_statement_bytes",
                "Send bulk data with COPY … FROM STDIN, or in several statements.");
}

Decision JudgeFunctionCall(const Rules& rules, std::uint32_t function_oid,
                           const Circumstances&) {
  if (!rules.Restricted()) return {};
  const std::string_view name = BuiltinFunctionName(function_oid);
  constexpr std::string_view kUseSql =
      "Call the function by its name, with SELECT, so that it can be judged.";
  if (name.empty()) {
    if (rules.role != BuiltinRole::kReadonly) return {};
    return Refuse(rules, "readonly.function-call", "42501",
                  "A FunctionCall of a function that is not built in", kUseSql);
  }
  StatementFacts statement;
  statement.functions.push_back({.schema = "pg_catalog", .name = std::string(name)});
  // The arguments of a FunctionCall are not read: nobody knows what it would set.
  if (name == "set_config") {
    return Refuse(rules, "any.unknown-setting", "42501", "A FunctionCall of set_config",
                  kUseSql);
  }
  if (Refusal refusal = RefuseFunction(rules, statement)) return *std::move(refusal);
  return {};
}

Decision JudgeStartupSetting(const Rules& rules, std::string_view name,
                             std::string_view value) {
  if (!rules.Restricted()) return {};
  SettingChange change;
  change.name = FoldSettingName(name);
  change.value = value;
  if (Refusal refusal = RefuseSetting(rules, JudgeSetting(rules, change))) {
    return *std::move(refusal);
  }
  return {};
}

Decision JudgeReplication(const Rules& rules) {
  if (!rules.Restricted()) return {};
  return Refuse(rules, "any.replication", "42501", "A replication connection",
                "Connect without replication=…, or with a login whose role is admin.");
}

Decision JudgeReportedSetting(const Rules& rules, std::string_view name,
                              std::string_view value) {
  if (!rules.Restricted()) return {};
  const std::string folded = FoldSettingName(name);
  const bool read_only = folded == "default_transaction_read_only";
  if (folded != "standard_conforming_strings" && folded != "client_encoding" && !read_only) {
    return {};
  }
  if (read_only && !rules.ReadOnlyWall()) return {};
  return JudgeStartupSetting(rules, folded, value);
}

std::vector<ForcedSetting> ForcedSettings(const Rules& rules) {
  if (!rules.ReadOnlyWall()) return {};
  return {{"default_transaction_read_only", "on"}};
}

}  // namespace pgmoat::policy
