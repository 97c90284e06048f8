#include "proxy/migrations/database/rehearse_rows.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <string_view>

#include "proxy/migrations/database/savepoint.h"

namespace pgmoat::database {
namespace {

constexpr const char* kTables =
    "SELECT c.oid, c.relkind, pg_catalog.pg_relation_size(c.oid),"
    "       n.nspname || '.' || c.relname"
    "  FROM pg_catalog.pg_class c"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.oid >= 16384 AND c.relpersistence <> 't' AND n.nspname <> 'pg_toast'";

std::uint64_t ToNumber(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Of EXPLAIN (FORMAT JSON): the planner's estimate for the whole query.
std::uint64_t PlanRows(std::string_view plan) {
  constexpr std::string_view kKey = "\"Plan Rows\": ";
  const std::size_t at = plan.find(kKey);
  return at == std::string_view::npos ? 0 : ToNumber(plan.substr(at + kKey.size()));
}

}  // namespace

RowCounts::RowCounts(Database& database, std::vector<std::string> watched,
                     std::uint64_t count_up_to_bytes, std::chrono::milliseconds lock_timeout,
                     std::chrono::milliseconds statement_timeout)
    : database_(database),
      watched_(std::move(watched)),
      count_up_to_bytes_(count_up_to_bytes),
      lock_timeout_(lock_timeout),
      statement_timeout_(statement_timeout) {}

bool RowCounts::IsCounted(std::uint64_t bytes) const {
  return !watched_.empty() || bytes <= count_up_to_bytes_;
}

void RowCounts::FindTables() {
  const auto add = [&](const Row& row) {
    Table& table = tables_.emplace_back();
    table.oid = static_cast<Oid>(ToNumber(row[0]));
    table.kind = row[1].empty() ? 'r' : row[1][0];
    table.bytes = ToNumber(row[2]);
    table.rows.name = row[3];
  };
  if (watched_.empty()) {
    const std::string every = std::string(kTables) + " AND c.relkind = 'r' ORDER BY 4";
    for (const Row& row : database_.Ask(every).values) add(row);
    return;
  }
  for (const std::string& name : watched_) {
    const std::string one = std::string(kTables) +
                            " AND c.relkind IN ('r', 'p', 'm')"
                            " AND c.oid = pg_catalog.to_regclass($1)";
    const Answer answer = database_.Ask(one, {name});
    if (answer.values.empty()) {
      throw std::runtime_error("--watch: there is no table '" + name +
                               "'; write it as in SQL, with its schema where that is not in "
                               "the search_path");
    }
    add(answer.values.front());
  }
}

void RowCounts::CountBefore() {
  (void)database_.Run("BEGIN TRANSACTION READ ONLY");
  try {
    // Rows that a policy hides would look as if there were none.
    (void)database_.Run("SET LOCAL row_security = off");
    (void)database_.Run("SET LOCAL lock_timeout = " + std::to_string(lock_timeout_.count()));
    (void)database_.Run("SET LOCAL statement_timeout = " +
                        std::to_string(statement_timeout_.count()));
    FindTables();
    for (Table& table : tables_) {
      table.rows.estimated = !IsCounted(table.bytes);
      try {
        table.rows.before = CountOf(table.oid, table.kind, !table.rows.estimated);
      } catch (const ServerError& error) {
        table.rows.problem = error.what();
      }
      table.rows.after = table.rows.before;
    }
  } catch (const ServerError&) {
    (void)database_.Run("ROLLBACK");
    throw;
  }
  (void)database_.Run("ROLLBACK");
}

std::uint64_t RowCounts::CountOf(Oid oid, char kind, bool exactly) {
  std::uint64_t rows = 0;
  InSavepoint(database_, [&] {
    const std::string name = database_.AskOne(
        "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::oid",
        {std::to_string(oid)});
    if (name.empty()) return;  // dropped by another session meanwhile
    // ONLY: those that inherit from it are counted by themselves.
    const std::string from = std::string(kind == 'p' ? " FROM " : " FROM ONLY ") + name;
    if (exactly) {
      rows = ToNumber(database_.AskOne("SELECT pg_catalog.count(*)" + from));
    } else {
      std::string plan;
      for (const Row& row : database_.Ask("EXPLAIN (FORMAT JSON) SELECT" + from).values) {
        plan += row.front();
      }
      rows = PlanRows(plan);
    }
  });
  return rows;
}

std::vector<TableRows> RowCounts::CountAfter(const Relations& original, const Relations& now,
                                             const Locks& locks) {
  std::vector<TableRows> counted;
  for (Table& table : tables_) {
    const auto lock = locks.find(table.oid);
    // A partitioned table's rows are changed under locks of its partitions.
    const bool touched = table.kind == 'p' || !now.contains(table.oid) ||
                         (lock != locks.end() && MayWrite(lock->second));
    if (touched && table.rows.problem.empty()) {
      try {
        After(table, original, now);
      } catch (const ServerError& error) {
        table.rows.problem = error.what();
      }
    }
    counted.push_back(table.rows);
  }
  return counted;
}

void RowCounts::After(Table& table, const Relations& original, const Relations& now) {
  TableRows& rows = table.rows;
  auto found = now.find(table.oid);
  const bool same = found != now.end();
  if (!same) {
    // Another one in its place: made anew, filled, and given its name.
    found = std::find_if(now.begin(), now.end(), [&](const auto& entry) {
      return entry.second.name == rows.name &&
             std::string_view("rpm").find(entry.second.kind) != std::string_view::npos;
    });
  }
  if (found == now.end()) {
    rows.dropped = true;
    rows.after = 0;
    rows.lost = rows.before;
    return;
  }
  if (found->second.name != rows.name) rows.now = found->second.name;
  const auto was = original.find(table.oid);
  const bool same_file =
      same && was != original.end() && was->second.filenode == found->second.filenode;
  if (same && same_file && table.kind != 'p') {
    AfterByCounters(table, !rows.estimated);
    return;
  }
  // A new file may be a smaller one: TRUNCATE.
  const std::uint64_t bytes = ToNumber(database_.AskOne(
      "SELECT pg_catalog.pg_relation_size($1::oid)", {std::to_string(found->first)}));
  const bool exactly = IsCounted(bytes);
  rows.after = CountOf(found->first, found->second.kind, exactly);
  rows.estimated |= !exactly;
  if (rows.after < rows.before) rows.lost = rows.before - rows.after;
}

// What the server counts for this transaction (documentation, "Monitoring Database
// Activity": pg_stat_xact_…): the most that the migration itself can have added or taken.
void RowCounts::AfterByCounters(Table& table, bool exact) {
  TableRows& rows = table.rows;
  const Answer answer = database_.Ask(
      "SELECT pg_catalog.pg_stat_get_xact_tuples_inserted($1::oid),"
      "       pg_catalog.pg_stat_get_xact_tuples_deleted($1::oid),"
      "       pg_catalog.current_setting('track_counts')",
      {std::to_string(table.oid)});
  const std::uint64_t inserted = ToNumber(answer.values.front()[0]);
  const std::uint64_t deleted = ToNumber(answer.values.front()[1]);
  const bool known = answer.values.front()[2] == "on";
  if (exact) {
    rows.after = CountOf(table.oid, table.kind, true);
  } else if (!known) {
    rows.problem = "it is too large to be counted, and track_counts is off; --watch it";
  } else {
    rows.after = rows.before + inserted > deleted ? rows.before + inserted - deleted : 0;
  }
  if (rows.after < rows.before) rows.lost = rows.before - rows.after;
  if (known) rows.lost = std::min(rows.lost, deleted);
}

}  // namespace pgmoat::database
