// Which table-level locks a statement takes (PostgreSQL documentation, "Explicit Locking",
// and the notes of each command).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"

namespace pgmoat::policy {

struct TableLock {
  std::string_view mode;  // "ACCESS EXCLUSIVE"; static storage
  std::string relation;   // as written
};

// The strongest one per relation; where the facts do not tell (the subcommands of ALTER
// TABLE), the strongest that it may be.  What a statement creates has no lock that matters.
[[nodiscard]] std::vector<TableLock> LocksOf(const StatementFacts& statement);

}  // namespace pgmoat::policy
