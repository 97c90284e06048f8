// The ledgers of migration tools, as rows: what each has written down in a database.
//
// A ledger is known by its table's name and the columns that it must have; where several
// tools call theirs the same, columns, schema and a table beside it tell them apart.
//
// Threads: one.
#pragma once

#include <string>
#include <vector>

#include "policy/migrations.h"
#include "proxy/migrations/database/database.h"

namespace pgmoat::database {

enum class EntryState {
  kApplied,
  kFailed,      // begun and not finished, or the tool says so
  kRolledBack,  // the tool says that it is undone
};

struct LedgerEntry {
  std::string name;      // as the tool writes it; empty: it writes the checksum only
  std::string checksum;  // likewise; empty: none
  EntryState state = EntryState::kApplied;
  std::string time;  // for people; empty: the tool keeps none
};

// What of a migration's name is in the ledger.
enum class LedgerNames {
  kWhole,     // the name, perhaps with its file's ending
  kVersion,   // the number that it begins with
  kChecksum,  // nothing: the checksum tells
};

struct Ledger {
  policy::MigrationTool tool = policy::MigrationTool::kPlainSql;
  std::string table;  // "public._prisma_migrations"
  LedgerNames names = LedgerNames::kWhole;
  // It has one row, of the last migration, and those before it are taken for applied.
  bool last_only = false;
  std::vector<LedgerEntry> entries;  // in the order of the ledger
};

// In one transaction that reads only.  `own`: those that only the config knows.
// Throws ServerError, for instance when the user may not read one.
[[nodiscard]] std::vector<Ledger> ReadLedgers(Database& database,
                                              const std::vector<policy::OwnLedger>& own);

}  // namespace pgmoat::database
