// A project's folder of migrations, as its tool would run it: which files, in which order,
// and what of them goes forward.
//
// Errors: FormatError, "file:line: what; remedy".
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "policy/migrations.h"
#include "proxy/migrations/format_error.h"

namespace pgmoat::migrations {

// What a tool sends by itself: statements, separated by semicolons.
struct Script {
  std::string sql;
  std::size_t line = 1;  // of the file: where `sql` begins
};

struct MigrationFile {
  std::string name;  // as the tool's ledger has it, or the file's without its ending
  policy::MigrationTool tool = policy::MigrationTool::kPlainSql;
  std::filesystem::path file;
  std::string checksum;         // as the tool computes it; empty: it has none
  std::string text;             // the whole file
  std::vector<Script> scripts;  // the way forward
  // The tool opens a transaction around it, or sends it so that the server does.
  bool in_transaction = true;
};

struct Project {
  policy::MigrationTool tool = policy::MigrationTool::kPlainSql;
  std::vector<MigrationFile> migrations;  // in the order in which they run
  std::vector<std::string> notes;         // what was left out, and why; sentences
};

// `where`: the folder of the migrations, or the project's, or one file.  Without `tool` it
// is told by the shape of what is there.
Project ReadProject(const std::filesystem::path& where,
                    std::optional<policy::MigrationTool> tool);

}  // namespace pgmoat::migrations
