// What a row of a ledger says, as a session sees it written: the values of a statement, or of
// the Bind in front of it, and of which approved migration it is.
//
// Threads: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/ledgers.h"
#include "policy/migrations.h"

namespace pgmoat::session {

// What a Bind gave for $1, $2 …; nothing for NULL and what was not seen.
using MigrationValues = std::vector<std::optional<std::string>>;

std::optional<std::string> Resolve(const policy::LedgerValue& value,
                                   const MigrationValues* values);

// Where a flag tells what the row is for: goose's is_applied, golang-migrate's dirty. Forbidden
// when it is not to be seen.
policy::LedgerAct ActByFlag(const policy::LedgerUse& use, const MigrationValues* values);

// golang-migrate writes down the number that a file's name begins with.
bool IsNamed(const policy::ApprovedMigration& migration, std::string_view name);

// It has the migration's name, its file's, or its version.  Under another name the same
// migration could be run again and again.
bool IsRowOf(const policy::ApprovedMigration& migration, const policy::LedgerUse& use,
             const MigrationValues* values);

}  // namespace pgmoat::session
