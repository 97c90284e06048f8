#include "policy/decision.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "policy/break_glass.h"
#include "policy/decision_text.h"
#include "policy/functions.h"
#include "policy/refusals.h"
#include "policy/setting_rules.h"
#include "policy/temporary_tables.h"

namespace pgmoat::policy {

namespace {

// In shadow mode a refusal is only told of.
Decision Enforced(const Rules& rules, Decision decision) {
  if (!decision.allowed && !rules.enforce) {
    decision.allowed = true;
    decision.would_deny = true;
  }
  return decision;
}

// In the order in which a person would name what is wrong.
Refusal RefuseStatement(const Question& question) {
  constexpr Refusal (*kConcerns[])(const Question&) = {
      RefuseByOwnRule, RefuseByKind,         RefusePlannedUnknown,   RefuseStrongLock,
      RefuseSettings,  RefuseReadWrite,      RefuseCatalogWrite,     RefuseUnfiltered,
      RefuseFileViews, RefusePasswordHashes, RefuseUntrustedCode,    RefuseFunctions,
      RefuseFields,    RefuseRelationReach,  RefuseOperatorsAndCasts};
  for (const auto concern : kConcerns) {
    if (Refusal refusal = concern(question)) return refusal;
  }
  return {};
}

// What a migration may do when those who approved it accepted that data is lost.  Nothing
// that reaches beyond the database's own tables.
void LiftDestruction(OwnVerdict& own) {
  constexpr KindSet kAcceptable = {Kind::kTruncate, Kind::kDrop, Kind::kAlterDestructive,
                                   Kind::kDo};
  constexpr KindSet kOfAllRows = {Kind::kUpdate, Kind::kDelete, Kind::kMerge};
  own.lifted.AddAll(kAcceptable);
  own.lifted_where.AddAll(kOfAllRows);
}

// A refusal, or what a `log` rule has to tell.  Mostly nothing: then no Decision is built.
Refusal JudgeStatement(const Rules& rules, const StatementFacts& statement,
                       const Circumstances& circumstances, bool destruction_accepted = false) {
  OwnVerdict own = ApplyOwnRules(rules, statement, circumstances);
  if (destruction_accepted) LiftDestruction(own);
  if (Refusal refusal = RefuseStatement({rules, statement, circumstances, own})) {
    return refusal;
  }
  if (own.logged == nullptr) return {};
  Decision decision = Refuse(rules, own.logged->id, "42501", statement.tag, own.logged->reason);
  decision.allowed = true;
  decision.would_deny = true;
  return decision;
}

// Holds for every role and in shadow mode, too: triggers and policies of the database may
// rest on it.
Decision RefuseActor(const Rules& rules) {
  return Refuse(rules, "any.actor", "42501", "Setting what pgmoat tells the server",
                "Read it with current_setting('pgmoat.actor'); pgmoat sets it at the login.");
}

bool SetsActor(const TextFacts& text) {
  return std::any_of(text.statements.begin(), text.statements.end(), [](const auto& statement) {
    return std::any_of(statement.settings.begin(), statement.settings.end(), IsPgmoatsOwn);
  });
}

Decision JudgeStatus(const Rules& rules, TextStatus status) {
  switch (status) {
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
  return {};
}

}  // namespace

Decision Judge(const Rules& rules, const TextFacts& text, const Circumstances& circumstances) {
  if (SetsActor(text)) return RefuseActor(rules);
  if (Decision glass = JudgeBreakGlass(rules, text); !glass.allowed) {
    return Enforced(rules, std::move(glass));
  }
  if (!rules.Judged()) return {};
  if (text.status != TextStatus::kUnderstood) {
    return Enforced(rules, JudgeStatus(rules, text.status));
  }
  Circumstances now = circumstances;
  std::optional<TemporaryTablesInText> temporary;
  if (text.statements.size() > 1) {
    now.temporary_tables = &temporary.emplace(circumstances.temporary_tables).tables();
  }
  Decision whole;
  for (std::size_t i = 0; i < text.statements.size(); ++i) {
    const StatementFacts& statement = text.statements[i];
    const auto* accepted = circumstances.destruction_accepted;
    const bool is_accepted = accepted != nullptr && i < accepted->size() && (*accepted)[i];
    Refusal refusal = JudgeStatement(rules, statement, now, is_accepted);
    if (temporary) temporary->Done(statement);
    if (!refusal) continue;
    if (!refusal->allowed) return Enforced(rules, *std::move(refusal));
    if (!whole.would_deny) whole = *std::move(refusal);
  }
  return whole;
}

Decision JudgeTooLong(const Rules& rules) {
  if (!rules.Judged()) return {};
  return Enforced(
      rules,
      Refuse(rules, "any.too-long", "54000", "A statement longer than max_statement_bytes",
             "Send bulk data with COPY … FROM STDIN, or in several statements."));
}

Decision JudgeFunctionCall(const Rules& rules, std::uint32_t function_oid,
                           const Circumstances& circumstances) {
  if (!rules.Judged()) return {};
  const std::string_view name = BuiltinFunctionName(function_oid);
  constexpr std::string_view kUseSql =
      "Call the function by its name, with SELECT, so that it can be judged.";
  if (name.empty()) {
    if (rules.role == BuiltinRole::kAdmin && rules.own.empty()) return {};
    return Enforced(rules,
                    Refuse(rules, "any.function-call", "42501",
                           "A FunctionCall of a function that is not built in", kUseSql));
  }
  // The arguments of a FunctionCall are not read: nobody knows what it would set.
  if (name == "set_config") {
    return Enforced(rules, Refuse(rules, "any.unknown-setting", "42501",
                                  "A FunctionCall of set_config", kUseSql));
  }
  StatementFacts statement;
  statement.tag = "FunctionCall";
  statement.kinds.Add(Kind::kRead);
  statement.functions.push_back({.schema = "pg_catalog", .name = std::string(name)});
  Refusal refusal = JudgeStatement(rules, statement, circumstances);
  return refusal ? Enforced(rules, *std::move(refusal)) : Decision();
}

Decision JudgeStartupSetting(const Rules& rules, std::string_view name,
                             std::string_view value) {
  SettingChange change;
  change.name = FoldSettingName(name);
  change.value = value;
  if (change.name == kBreakGlassSetting) {
    return Enforced(rules, JudgeBreakGlassAtLogin(rules, value));
  }
  if (IsPgmoatsOwn(change)) return RefuseActor(rules);
  if (!rules.Judged()) return {};
  if (Refusal refusal = RefuseSetting(rules, JudgeSetting(rules, change))) {
    return Enforced(rules, *std::move(refusal));
  }
  return {};
}

// Its commands are not SQL and are not judged: not even shadow mode lets it through.
Decision JudgeReplication(const Rules& rules) {
  if (!rules.Judged()) return {};
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

Decision RefuseExecute(const Rules& rules, std::string_view tag) {
  return Enforced(
      rules, Refuse(rules, "any.execute", "42501", "EXECUTE of a prepared " + std::string(tag),
                    "Send that statement as it is, or bind it with the extended "
                    "protocol."));
}

Decision RefuseFetch(const Rules& rules, std::string_view tag) {
  return Enforced(rules, Refuse(rules, "any.portal", "42501",
                                std::string(tag) + " of what a Bind message has bound",
                                "Send an Execute message instead."));
}

Decision RefuseMigration(const Rules& rules, std::string_view rule, std::string_view action,
                         std::string_view hint) {
  return Enforced(rules, Refuse(rules, rule, "42501", action, hint));
}

std::vector<ForcedSetting> ForcedSettings(const Rules& rules) {
  if (!rules.ReadOnlyWall()) return {};
  return {{"default_transaction_read_only", "on"}};
}

}  // namespace pgmoat::policy
