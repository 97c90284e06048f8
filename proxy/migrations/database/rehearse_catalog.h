// What the catalog says of the relations of a database, before a statement and after: which
// were rewritten or built, which locks were taken.
//
// Without temporary relations, TOAST and the system's own.
// Threads: one.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "proxy/migrations/database/database.h"

namespace pgmoat::database {

using Oid = std::uint32_t;

struct Relation {
  std::string name;  // "public.orders"; for people
  char kind = 'r';   // pg_class.relkind
  std::uint32_t filenode = 0;
  Oid table = 0;  // of an index: what it is on
};
using Relations = std::map<Oid, Relation>;

[[nodiscard]] Relations ReadRelations(Database& database);

// Table-level locks, the strongest of each relation as a number 1 … 8 in the order of the
// documentation's table "Conflicting Lock Modes".
using Locks = std::map<Oid, int>;
[[nodiscard]] Locks ReadLocks(Database& database);
[[nodiscard]] std::string_view LockModeName(int mode);  // "ACCESS EXCLUSIVE"
// Who holds it may change rows.
[[nodiscard]] bool MayWrite(int mode);

struct LockTaken {
  std::string mode;
  std::string relation;
};

// What one statement did, in names for people.
struct CatalogChanges {
  std::vector<LockTaken> locks;      // stronger than what was held before
  std::vector<std::string> rewrote;  // tables and sequences with a new file
  std::vector<std::string> built;    // "index public.i on public.orders"
  std::vector<std::string> dropped;  // tables
};

// `original` is what there was before the first statement: what the migration has made by
// itself nobody else uses, and neither its locks nor its files are told.
[[nodiscard]] CatalogChanges Compare(const Relations& original, const Relations& before,
                                     const Relations& after, const Locks& locks_before,
                                     const Locks& locks_after);

}  // namespace pgmoat::database
