// Which tool's migrations a folder holds, told by what is in it.
//
// Private to proxy/migrations.  Errors: FormatError, "file: what; remedy".
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "policy/migrations.h"

namespace pgmoat::migrations {

struct Shape {
  std::filesystem::path folder;
  policy::MigrationTool tool = policy::MigrationTool::kPlainSql;
};

// `where` itself, or the folder below it in which tools keep migrations.
Shape ShapeOf(const std::filesystem::path& where, std::optional<policy::MigrationTool> tool);

// A folder's entries of one ending, sorted by name: ".sql".
std::vector<std::filesystem::path> FilesEndingIn(const std::filesystem::path& folder,
                                                 const std::string& ending);

// Migrations in `folder` that are programs: "Rails' migrations (3 *.rb files)".  Empty: none.
std::string CodeIn(const std::filesystem::path& folder);

}  // namespace pgmoat::migrations
