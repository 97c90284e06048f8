// What a migration window must know of each statement of a text; made once per text, while
// the text is still there.
//
// Threads: as JudgedText.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "policy/facts.h"
#include "policy/ledgers.h"
#include "policy/migration_lint.h"
#include "policy/migrations.h"

namespace pgmoat::session {

enum class TransactionStep : std::uint8_t {
  kNone,
  kBegin,
  kCommit,
  kPrepare,  // PREPARE TRANSACTION: somebody may commit it later, or roll it back
  kRollback,
  kRollbackTo,  // a savepoint
};

struct MigrationStep {
  bool changes = false;
  // It does more than add to the schema: also a tool that works outside of transactions must
  // have recorded it when it commits.  Not DROP INDEX CONCURRENTLY, which cannot be.
  bool needs_record = false;
  std::optional<policy::Digest> digest;  // none: nobody can tell what it is
  policy::LedgerUse ledger;
  bool is_tools_way = false;
  TransactionStep transaction = TransactionStep::kNone;
  bool chains = false;  // COMMIT or ROLLBACK AND CHAIN: another one begins at once
  std::string_view tag = "statement";  // static storage
  std::vector<std::string> locks;      // "ACCESS EXCLUSIVE on users"
};

struct MigrationSteps {
  std::vector<MigrationStep> steps;  // one for each statement
  // What a linter has against them, and what it knows behind them; null: it was not asked.
  std::vector<policy::Finding> findings;
  std::shared_ptr<const policy::LintContext> lint_behind;
  // The tool that is likely to be behind it.
  std::optional<policy::MigrationTool> tool;
};

// `lint` null: nobody asks.  For a text that was not understood: one step that changes who
// knows what.
MigrationSteps ReadMigrationSteps(std::string_view text, const policy::TextFacts& facts,
                                  const policy::MigrationRules& rules,
                                  const policy::LintContext* lint);

// Of what was read without such rules, before a reload brought them: enough to refuse it
// when it changes something.
MigrationSteps StepsOfFacts(const policy::TextFacts& facts);

// Of one of its statements.
MigrationSteps StepsOfStatement(const MigrationSteps& all, std::size_t statement);

}  // namespace pgmoat::session
