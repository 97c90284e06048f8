#include "policy/lock_levels.h"

#include <iterator>
#include <unordered_map>

namespace pgmoat::policy {

namespace {

// From the weakest to the strongest; each conflicts with at least what the one before it
// conflicts with, but SHARE with SHARE UPDATE EXCLUSIVE.
enum class Mode : std::uint8_t {
  kNone,
  kAccessShare,
  kRowShare,
  kRowExclusive,
  kShareUpdateExclusive,
  kShare,
  kShareRowExclusive,
  kExclusive,
  kAccessExclusive,
};
constexpr std::string_view kModeNames[] = {
    "",      "ACCESS SHARE",        "ROW SHARE", "ROW EXCLUSIVE",   "SHARE UPDATE EXCLUSIVE",
    "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"};
static_assert(std::size(kModeNames) == static_cast<std::size_t>(Mode::kAccessExclusive) + 1);

// Commands whose locks do not follow from the access alone.
struct CommandLock {
  std::string_view tag;
  Access access;
  Mode mode;
  Mode concurrently;  // with CONCURRENTLY
};
constexpr CommandLock kCommands[] = {
    {"CREATE INDEX", Access::kAlter, Mode::kShare, Mode::kShareUpdateExclusive},
    {"DROP INDEX", Access::kDrop, Mode::kAccessExclusive, Mode::kShareUpdateExclusive},
    {"CREATE TRIGGER", Access::kAlter, Mode::kShareRowExclusive, Mode::kShareRowExclusive},
    {"CREATE STATISTICS", Access::kRead, Mode::kShareUpdateExclusive,
     Mode::kShareUpdateExclusive},
    // What a foreign key refers to; of LIKE it would be less.
    {"CREATE TABLE", Access::kRead, Mode::kShareRowExclusive, Mode::kShareRowExclusive},
    {"ALTER TABLE", Access::kRead, Mode::kShareRowExclusive, Mode::kShareRowExclusive},
    // DETACH PARTITION … CONCURRENTLY: the partition's own, for a moment.
    {"ALTER TABLE", Access::kAlter, Mode::kAccessExclusive, Mode::kAccessExclusive},
    {"ALTER SEQUENCE", Access::kAlter, Mode::kShareRowExclusive, Mode::kShareRowExclusive},
    {"COMMENT", Access::kAlter, Mode::kShareUpdateExclusive, Mode::kShareUpdateExclusive},
    {"SECURITY LABEL", Access::kAlter, Mode::kShareUpdateExclusive,
     Mode::kShareUpdateExclusive},
    {"GRANT", Access::kAlter, Mode::kAccessShare, Mode::kAccessShare},
    {"REVOKE", Access::kAlter, Mode::kAccessShare, Mode::kAccessShare},
    {"TRUNCATE", Access::kWrite, Mode::kAccessExclusive, Mode::kAccessExclusive},
    {"VACUUM", Access::kWrite, Mode::kAccessExclusive, Mode::kAccessExclusive},  // FULL
    {"ANALYZE", Access::kWrite, Mode::kShareUpdateExclusive, Mode::kShareUpdateExclusive},
    {"CLUSTER", Access::kWrite, Mode::kAccessExclusive, Mode::kAccessExclusive},
    {"REINDEX", Access::kWrite, Mode::kAccessExclusive, Mode::kAccessExclusive},
    {"REFRESH MATERIALIZED VIEW", Access::kWrite, Mode::kAccessExclusive, Mode::kExclusive},
    {"CREATE PUBLICATION", Access::kRead, Mode::kShareUpdateExclusive,
     Mode::kShareUpdateExclusive},
    {"ALTER PUBLICATION", Access::kRead, Mode::kShareUpdateExclusive,
     Mode::kShareUpdateExclusive},
};

Mode ByAccess(const StatementFacts& statement, Access access) {
  switch (access) {
    case Access::kRead:
      return statement.row_lock == RowLock::kNone ? Mode::kAccessShare : Mode::kRowShare;
    case Access::kWrite:
      return Mode::kRowExclusive;
    case Access::kCreate:
      return statement.or_replace ? Mode::kAccessExclusive : Mode::kNone;
    case Access::kAlter:
    case Access::kDrop:
      return Mode::kAccessExclusive;
    case Access::kLock:
      return statement.strong_lock ? Mode::kAccessExclusive : Mode::kAccessShare;
  }
  return Mode::kAccessExclusive;
}

Mode ModeOf(const StatementFacts& statement, Access access) {
  if (statement.tag == "CREATE TABLE" && access == Access::kRead && statement.joins_parent) {
    return Mode::kAccessExclusive;  // PARTITION OF; of INHERITS it would be less
  }
  // ALTER INDEX … RENAME is the one that waits for no reader, from PostgreSQL 12 on.
  if (statement.tag == "ALTER INDEX" && statement.renames) return Mode::kShareUpdateExclusive;
  if (statement.tag == "ALTER SEQUENCE" &&
      (statement.renames || statement.kinds.Has(Kind::kRename))) {
    return Mode::kAccessExclusive;
  }
  for (const CommandLock& command : kCommands) {
    if (command.tag != statement.tag || command.access != access) continue;
    return statement.concurrently ? command.concurrently : command.mode;
  }
  return ByAccess(statement, access);
}

}  // namespace

std::vector<TableLock> LocksOf(const StatementFacts& statement) {
  struct Strongest {
    Mode mode;
    std::string_view relation;
  };
  std::vector<Strongest> found;
  std::unordered_map<std::string_view, std::size_t> at;
  for (const RelationUse& use : statement.relations) {
    const Mode mode = ModeOf(statement, use.access);
    if (mode == Mode::kNone) continue;
    const auto [entry, is_new] = at.try_emplace(use.name, found.size());
    if (is_new) {
      found.push_back({mode, use.name});
    } else if (found[entry->second].mode < mode) {
      found[entry->second].mode = mode;
    }
  }
  std::vector<TableLock> locks;
  locks.reserve(found.size());
  for (const Strongest& lock : found) {
    locks.push_back(
        {kModeNames[static_cast<std::size_t>(lock.mode)], std::string(lock.relation)});
  }
  return locks;
}

}  // namespace pgmoat::policy
