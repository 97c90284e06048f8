#include "proxy/migrations/database/rehearse_catalog.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace pgmoat::database {
namespace {

// Below is what initdb made (access/transam.h, FirstNormalObjectId).
constexpr const char* kRelations =
    "SELECT c.oid, n.nspname || '.' || c.relname, c.relkind,"
    "       coalesce(pg_catalog.pg_relation_filenode(c.oid), 0), coalesce(i.indrelid, 0)"
    "  FROM pg_catalog.pg_class c"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    "  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid"
    " WHERE c.oid >= 16384 AND c.relpersistence <> 't' AND n.nspname <> 'pg_toast'"
    "   AND c.relkind IN ('r', 'p', 'm', 'i', 'I', 'S', 'v', 'f')";

constexpr const char* kLocks =
    "SELECT l.relation, l.mode FROM pg_catalog.pg_locks l"
    " WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted"
    "   AND l.relation >= 16384";

struct Mode {
  std::string_view in_pg_locks;
  std::string_view name;
};
constexpr std::array<Mode, 8> kModes = {{
    {"AccessShareLock", "ACCESS SHARE"},
    {"RowShareLock", "ROW SHARE"},
    {"RowExclusiveLock", "ROW EXCLUSIVE"},
    {"ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE"},
    {"ShareLock", "SHARE"},
    {"ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"},
    {"ExclusiveLock", "EXCLUSIVE"},
    {"AccessExclusiveLock", "ACCESS EXCLUSIVE"},
}};
constexpr int kRowExclusive = 3;

int ModeNumber(std::string_view in_pg_locks) {
  for (std::size_t i = 0; i < kModes.size(); ++i) {
    if (kModes[i].in_pg_locks == in_pg_locks) return static_cast<int>(i) + 1;
  }
  return 0;
}

std::uint32_t ToOid(const std::string& text) {
  return static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 10));
}

bool IsIndex(const Relation& relation) { return relation.kind == 'i' || relation.kind == 'I'; }

// What a statement does to rows it does to their indexes and sequences as well.
bool GoesWithoutSaying(const Relation& relation, int mode) {
  return (IsIndex(relation) || relation.kind == 'S') && mode <= kRowExclusive;
}

const Relation* Find(const Relations& relations, Oid oid) {
  const auto found = relations.find(oid);
  return found != relations.end() ? &found->second : nullptr;
}

void CompareLocks(const Relations& original, const Locks& before, const Locks& after,
                  CatalogChanges& changes) {
  for (const auto& [oid, mode] : after) {
    const Relation* relation = Find(original, oid);
    if (relation == nullptr || GoesWithoutSaying(*relation, mode)) continue;
    const auto held = before.find(oid);
    if (held != before.end() && held->second >= mode) continue;
    changes.locks.push_back({std::string(LockModeName(mode)), relation->name});
  }
  std::stable_sort(
      changes.locks.begin(), changes.locks.end(),
      [](const LockTaken& a, const LockTaken& b) { return a.relation < b.relation; });
}

}  // namespace

std::string_view LockModeName(int mode) {
  return mode >= 1 && mode <= static_cast<int>(kModes.size())
             ? kModes[static_cast<std::size_t>(mode) - 1].name
             : "unknown";
}

bool MayWrite(int mode) { return mode >= kRowExclusive; }

Relations ReadRelations(Database& database) {
  Relations relations;
  for (const Row& row : database.Ask(kRelations).values) {
    relations[ToOid(row[0])] = {row[1], row[2].empty() ? ' ' : row[2][0], ToOid(row[3]),
                                ToOid(row[4])};
  }
  return relations;
}

Locks ReadLocks(Database& database) {
  Locks locks;
  for (const Row& row : database.Ask(kLocks).values) {
    int& strongest = locks[ToOid(row[0])];
    strongest = std::max(strongest, ModeNumber(row[1]));
  }
  return locks;
}

CatalogChanges Compare(const Relations& original, const Relations& before,
                       const Relations& after, const Locks& locks_before,
                       const Locks& locks_after) {
  CatalogChanges changes;
  CompareLocks(original, locks_before, locks_after, changes);
  for (const auto& [oid, relation] : after) {
    const Relation* was = Find(before, oid);
    const bool new_file = was == nullptr || was->filenode != relation.filenode;
    if (!new_file) continue;
    if (IsIndex(relation)) {
      const Relation* table = Find(original, relation.table);
      if (table == nullptr) continue;
      changes.built.push_back("index " + relation.name + " on " + table->name);
    } else if (was != nullptr && original.contains(oid) && relation.kind != 'p') {
      changes.rewrote.push_back(relation.name);
    }
  }
  for (const auto& [oid, relation] : before) {
    const bool table = relation.kind == 'r' || relation.kind == 'p' || relation.kind == 'm';
    if (table && !after.contains(oid) && original.contains(oid)) {
      changes.dropped.push_back(relation.name);
    }
  }
  return changes;
}

}  // namespace pgmoat::database
