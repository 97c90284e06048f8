// The ledgers of migration tools: the tables in which each writes down what it has applied,
// and what a statement does to one.  A tool is known by its tables and by the shape of what
// it writes; what a client calls itself proves nothing.
//
//   Prisma          INSERT, script, UPDATE … SET finished_at     around the migration
//   golang-migrate  INSERT dirty=true, script, dirty=false       around it
//   all others      script, INSERT                               behind it
//
// Any client can imitate such a sequence: only approved content tells a deploy from an
// imitation (MigrationRequirement::kApproved).
//
// Threads: any fixed one (libpg_query's state).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"
#include "policy/migrations.h"

namespace pgmoat::policy {

enum class LedgerAct : std::uint8_t {
  kNone,       // not of a ledger
  kBegins,     // from now on what runs belongs to this migration
  kRecords,    // what ran in this transaction belongs to this migration
  kFinishes,   // the migration that was begun is complete
  kByFlag,     // kBegins or kFinishes, kRecords or kForbidden: LedgerUse::flag tells
  kNotes,      // bookkeeping that says nothing of a migration: locks, the ledger's own table
  kRewinds,    // golang-migrate empties its ledger, and writes one row in the same transaction
  kForbidden,  // backward, or rewriting what the ledger says
};

// What is written into a column of the ledger.
struct LedgerValue {
  int parameter = 0;  // $n; 0: none
  std::optional<std::string> constant;
  [[nodiscard]] bool Absent() const { return parameter == 0 && !constant; }
};

struct LedgerUse {
  LedgerAct act = LedgerAct::kNone;
  MigrationTool tool = MigrationTool::kPlainSql;
  LedgerValue name;
  LedgerValue checksum;
  LedgerValue flag;              // of kByFlag
  std::vector<LedgerValue> row;  // all that an INSERT writes
};

// What a migration window must know of one statement.
struct MigrationPart {
  bool changes = false;   // Changes(); false for what is a ledger's
  std::string canonical;  // canonical.h
  LedgerUse ledger;
  // The tool's own way needs what the role may not do: DELETE FROM databasechangeloglock.
  bool is_tools_way = false;
};

// One for each statement of `text`, of which `facts` are.  Empty when it was not understood.
[[nodiscard]] std::vector<MigrationPart> ReadMigrationParts(std::string_view text,
                                                            const TextFacts& facts,
                                                            const MigrationRules& rules);

// A tool whose session this is likely to be: the statement reads or writes its tables, or
// is one that only this tool sends.
[[nodiscard]] std::optional<MigrationTool> ToolBehind(const StatementFacts& statement);

// "prisma migrate deploy"; empty where there is no such tool.
[[nodiscard]] std::string_view SafeCommand(MigrationTool tool);

}  // namespace pgmoat::policy
