// What a statement writes into which columns: read off the tree again, only of statements
// that may write to a ledger.  Private to policy/.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/ledgers.h"

namespace pgmoat::policy {

struct LedgerInsert {
  // INSERT … VALUES of one row without ON CONFLICT: it writes that row, or fails.
  bool plain = false;
  bool updates = false;  // ON CONFLICT DO UPDATE: a row that is there already will do
  std::vector<std::pair<std::string, LedgerValue>> values;  // of the first row
  std::vector<LedgerValue> row;                             // likewise, without names as well
  // False for a column that is not there, or gets the constant NULL.
  [[nodiscard]] bool Has(std::string_view column) const;
  [[nodiscard]] LedgerValue ValueOf(std::string_view column) const;
};

struct LedgerStatement {
  LedgerInsert insert;
  std::vector<std::string> updated_columns;
  std::string creates_schema;
  // A DO block that makes a type or a constraint where there is none yet, as tools write for
  // want of an IF NOT EXISTS.
  bool do_only_creates = false;
};

// One for each statement; empty for a text that does not parse.
std::vector<LedgerStatement> ReadLedgerStatements(std::string_view text);

}  // namespace pgmoat::policy
