// A manifest as a table for those who sign it: what runs, what it destroys, what is accepted.
//
//   MIGRATION        TOOL    STATEMENTS  DESTROYS
//   001_init         prisma  4
//   002_drop_legacy  prisma  2           drops table legacy  (…/migration.sql:3, accepted)
//
// Text is as the files have it: the caller makes it fit for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "proxy/migrations/approval.h"
#include "proxy/migrations/manifest.h"

namespace pgmoat::migrations {

std::string Table(const std::vector<ManifestMigration>& migrations);

// One line for each finding: "file:line: id: object: explanation (accepted)".
std::string FindingLines(const Judged& judged);

// "file:line: drops table legacy", for each that nobody has accepted.
std::vector<std::string> UnacceptedLines(const ManifestMigration& migration);

// "1 migration", "2 statements".
std::string Counted(std::size_t count, const std::string& noun);

}  // namespace pgmoat::migrations
