// How many rows tables have, before a migration and after.
//
// Before: counted in a transaction of its own, so that no lock on them is held while the
//   migration runs.  After: only those that it held a lock on with which rows can be
//   changed; the others have what they had.  What other sessions change meanwhile counts,
//   but is not taken for a loss: see TableRows::lost.
// Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "proxy/migrations/database/database.h"
#include "proxy/migrations/database/rehearse_catalog.h"

namespace pgmoat::database {

struct TableRows {
  std::string name;  // "public.orders"
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  bool estimated = false;  // larger than what is counted
  // Fewer rows than before, and no more than the migration can have taken.
  std::uint64_t lost = 0;
  bool dropped = false;
  std::string now;      // its name, where that has changed
  std::string problem;  // it could not be counted: why

  [[nodiscard]] double LostPercent() const {
    return before == 0 ? 0.0 : 100.0 * static_cast<double>(lost) / static_cast<double>(before);
  }
  [[nodiscard]] bool Changed() const {
    return before != after || dropped || !now.empty() || !problem.empty();
  }
};

class RowCounts {
 public:
  // `watched`: names of tables as SQL has them, all of which are counted; empty: every
  // table, counted up to `count_up_to_bytes`, estimated above.
  // No count waits longer for a lock than `lock_timeout`, nor takes longer than
  // `statement_timeout` (0: as long as it likes).
  RowCounts(Database& database, std::vector<std::string> watched,
            std::uint64_t count_up_to_bytes, std::chrono::milliseconds lock_timeout,
            std::chrono::milliseconds statement_timeout);

  // Outside of a transaction.  Throws std::runtime_error for a name that is no table's.
  void CountBefore();
  // In the transaction of the migration, at its end.
  [[nodiscard]] std::vector<TableRows> CountAfter(const Relations& original,
                                                  const Relations& now, const Locks& locks);

 private:
  struct Table {
    Oid oid = 0;
    char kind = 'r';
    std::uint64_t bytes = 0;
    TableRows rows;
  };

  void FindTables();
  void FindWatched();
  void Count(Table& table);
  [[nodiscard]] bool IsCounted(std::uint64_t bytes) const;
  [[nodiscard]] std::uint64_t CountOf(Oid oid, char kind, bool exactly);
  void After(Table& table, const Relations& original, const Relations& now);
  void AfterByCounters(Table& table, bool exact);

  Database& database_;
  const std::vector<std::string> watched_;
  const std::uint64_t count_up_to_bytes_;
  const std::chrono::milliseconds lock_timeout_;
  const std::chrono::milliseconds statement_timeout_;
  std::vector<Table> tables_;
};

}  // namespace pgmoat::database
