// What a migration does, for those who approve it.
//
// Threads: any fixed one (libpg_query's state).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/migrations/manifest.h"
#include "proxy/migrations/project.h"

namespace pgmoat::migrations {

// A finding of policy/migration_lint.h.
struct FoundIn {
  std::size_t statement = 0;  // of the migration, counting from 0
  std::string_view id;        // static storage
  std::string_view explanation;
  std::string object;
};

struct Judged {
  ManifestMigration migration;  // nothing accepted
  std::vector<FoundIn> findings;
};

// Throws FormatError, "file:line: what; remedy", for what does not parse: what is not
// understood is not approved.  Of `rules` only the ledgers count: what is written to one is
// not part of a migration.
Judged Judge(const MigrationFile& file, const policy::MigrationRules& rules);

// Statements that destroy something, and that nobody has accepted.
std::vector<const ManifestStatement*> Unaccepted(const ManifestMigration& migration);

// What was accepted of the same content goes over: into `fresh` from `earlier`.
void KeepAccepted(const std::vector<ManifestMigration>& earlier, ManifestMigration& fresh);

}  // namespace pgmoat::migrations
