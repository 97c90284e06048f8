#include "proxy/session/migration_steps.h"

#include <utility>

#include "policy/lock_levels.h"
#include "proxy/session/migration_digest.h"

namespace pgmoat::session {

namespace {

using policy::MigrationTool;

TransactionStep TransactionStepOf(const policy::StatementFacts& statement) {
  const std::string_view tag = statement.tag;
  if (tag == "BEGIN" || tag == "START TRANSACTION") return TransactionStep::kBegin;
  if (tag == "COMMIT") return TransactionStep::kCommit;
  if (tag == "PREPARE TRANSACTION") return TransactionStep::kPrepare;
  if (tag != "ROLLBACK") return TransactionStep::kNone;
  return statement.rolls_back_to_savepoint ? TransactionStep::kRollbackTo
                                           : TransactionStep::kRollback;
}

MigrationStep StepOf(const policy::StatementFacts& statement) {
  MigrationStep step;
  step.changes = policy::Changes(statement);
  const bool drops = statement.kinds.Has(policy::Kind::kDrop) && !statement.concurrently;
  step.needs_record = drops || policy::ChangesData(statement);
  step.tag = statement.tag;
  step.transaction = TransactionStepOf(statement);
  step.chains = step.transaction != TransactionStep::kBegin && statement.begins_transaction;
  return step;
}

// Prisma names the databases of `migrate dev` so.
constexpr std::string_view kShadowDatabase = "prisma_migrate_shadow_db_";

}  // namespace

MigrationSteps StepsOfFacts(const policy::TextFacts& facts) {
  MigrationSteps read;
  if (facts.status != policy::TextStatus::kUnderstood) {
    read.steps.push_back(
        {.changes = true, .needs_record = true, .digest = {}, .ledger = {}, .locks = {}});
    return read;
  }
  read.steps.reserve(facts.statements.size());
  for (const policy::StatementFacts& statement : facts.statements) {
    read.steps.push_back(StepOf(statement));
    if (!read.tool) read.tool = policy::ToolBehind(statement);
  }
  return read;
}

MigrationSteps ReadMigrationSteps(std::string_view text, const policy::TextFacts& facts,
                                  const policy::MigrationRules& rules,
                                  const policy::LintContext* lint) {
  MigrationSteps read = StepsOfFacts(facts);
  if (lint != nullptr) {
    policy::LintContext context = *lint;
    read.findings = policy::LintMigration(text, context);
    read.lint_behind = std::make_shared<const policy::LintContext>(std::move(context));
  }
  if (!read.tool && text.find(kShadowDatabase) != std::string_view::npos) {
    read.tool = MigrationTool::kPrisma;
  }
  std::vector<policy::MigrationPart> parts = policy::ReadMigrationParts(text, facts, rules);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    MigrationStep& step = read.steps[i];
    policy::MigrationPart& part = parts[i];
    step.changes = part.changes;
    if (part.changes) {
      step.digest = Sha256(part.canonical);
      for (const policy::TableLock& lock : policy::LocksOf(facts.statements[i])) {
        step.locks.push_back(std::string(lock.mode).append(" on ").append(lock.relation));
      }
    }
    step.ledger = std::move(part.ledger);
    step.is_tools_way = part.is_tools_way;
    // A DO block that is a tool's way only creates.
    step.needs_record &= part.changes && !part.is_tools_way;
  }
  return read;
}

MigrationSteps StepsOfStatement(const MigrationSteps& all, std::size_t statement) {
  MigrationSteps own;
  own.steps = {all.steps[statement]};
  own.tool = all.tool;
  for (policy::Finding finding : all.findings) {
    if (finding.statement != statement) continue;
    finding.statement = 0;
    own.findings.push_back(std::move(finding));
  }
  return own;
}

}  // namespace pgmoat::session
