#include "policy/migrations.h"

#include <algorithm>
#include <iterator>

#include "policy/functions.h"
#include "policy/rules.h"

namespace pgmoat::policy {

namespace {

constexpr std::string_view kToolNames[] = {
    "prisma", "drizzle", "flyway",         "liquibase", "alembic",         "django",
    "rails",  "knex",    "sequelize",      "typeorm",   "node-pg-migrate", "kysely",
    "dbmate", "goose",   "golang-migrate", "supabase",  "atlas",           "sql"};
static_assert(std::size(kToolNames) == static_cast<std::size_t>(MigrationTool::kCount));

constexpr std::string_view kRequirementNames[] = {"none", "ledger", "approved", "proven"};

// Writes that nobody asked about under the name of a read.  What is in no table may write.
bool MayWrite(const FunctionUse& function) {
  static const Rules kReadonly;  // the built-in role, with nothing added
  const FunctionJudgement judgement = JudgeFunction(kReadonly, function.schema, function.name);
  return !judgement.known || judgement.verdict == FunctionVerdict::kWrites ||
         judgement.verdict == FunctionVerdict::kDeployOnly;
}

}  // namespace

std::string_view ToolName(MigrationTool tool) {
  return kToolNames[static_cast<std::size_t>(tool)];
}

std::optional<MigrationTool> ParseToolName(std::string_view name) {
  const auto* found = std::find(std::begin(kToolNames), std::end(kToolNames), name);
  if (found == std::end(kToolNames)) return std::nullopt;
  return static_cast<MigrationTool>(found - std::begin(kToolNames));
}

std::string_view RequirementName(MigrationRequirement requirement) {
  return kRequirementNames[static_cast<std::size_t>(requirement)];
}

FindingEffect LintRules::EffectOf(std::string_view id) const {
  const auto found = std::find_if(by_id.begin(), by_id.end(),
                                  [&](const auto& entry) { return entry.first == id; });
  return found == by_id.end() ? otherwise : found->second;
}

bool Changes(const StatementFacts& statement) {
  constexpr KindSet kChangesNothing = {
      Kind::kRead,           Kind::kRowLock,    Kind::kSetting,     Kind::kShow,
      Kind::kTransaction,    Kind::kTwoPhase,   Kind::kCursor,      Kind::kPrepare,
      Kind::kExecute,        Kind::kDeallocate, Kind::kCopyOut,     Kind::kLock,
      Kind::kListen,         Kind::kNotify,     Kind::kMaintenance, Kind::kExplain,
      Kind::kExplainAnalyze, Kind::kEmpty};
  if (!kChangesNothing.HasAll(statement.kinds)) return true;
  return std::any_of(statement.functions.begin(), statement.functions.end(), MayWrite);
}

bool ChangesData(const StatementFacts& statement) {
  constexpr KindSet kSchema = {
      Kind::kCreate,    Kind::kAlterAdditive, Kind::kAlterChanging, Kind::kAlterDestructive,
      Kind::kRename,    Kind::kDrop,          Kind::kSelectInto,    Kind::kPrivilege,
      Kind::kExtension, Kind::kComment,       Kind::kRead};
  return Changes(statement) && !kSchema.HasAll(statement.kinds);
}

}  // namespace pgmoat::policy
