#include "proxy/migrations/project_shape.h"

#include <algorithm>
#include <system_error>

#include "proxy/migrations/file_names.h"
#include "proxy/migrations/format_error.h"
#include "proxy/migrations/sections.h"
#include "proxy/migrations/text_files.h"

namespace pgmoat::migrations {
namespace {

namespace fs = std::filesystem;
using policy::MigrationTool;

// Where tools keep migrations in a project, from the most telling on.
constexpr const char* kUsualFolders[] = {
    "prisma/migrations", "supabase/migrations", "drizzle",         "db/migrations",
    "db/migrate",        "migrations",          "alembic/versions"};

std::vector<fs::path> Entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    entries.push_back(at->path());
  }
  if (error) {
    throw FormatError(folder.string() + ": the folder cannot be read: " + error.message() +
                      "; check path and permissions");
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool IsFile(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

bool HoldsPrisma(const fs::path& folder) {
  const std::vector<fs::path> entries = Entries(folder);
  return std::any_of(entries.begin(), entries.end(),
                     [](const fs::path& entry) { return IsFile(entry / "migration.sql"); });
}

// Nothing: the folder has no migrations.
std::optional<MigrationTool> ToolOfFiles(const std::vector<fs::path>& files) {
  if (files.empty()) return std::nullopt;
  const auto any = [&](auto predicate) {
    return std::any_of(files.begin(), files.end(), predicate);
  };
  if (any([](const fs::path& file) { return file.string().ends_with(".up.sql"); })) {
    return MigrationTool::kGolangMigrate;
  }
  if (any([](const fs::path& file) { return ParseFlywayName(file.filename().string()); })) {
    return MigrationTool::kFlyway;
  }
  for (const fs::path& file : files) {
    const std::string text = ReadTextFile(file);
    if (HasGooseMarker(text)) return MigrationTool::kGoose;
    if (HasDbmateMarker(text)) return MigrationTool::kDbmate;
  }
  return MigrationTool::kPlainSql;
}

std::optional<MigrationTool> ToolOfFolder(const fs::path& folder) {
  if (HoldsPrisma(folder)) return MigrationTool::kPrisma;
  if (IsFile(folder / "meta" / "_journal.json")) return MigrationTool::kDrizzle;
  const auto tool = ToolOfFiles(FilesEndingIn(folder, ".sql"));
  if (tool != MigrationTool::kPlainSql) return tool;
  if (IsFile(folder / "atlas.sum")) return MigrationTool::kAtlas;
  const fs::path absolute = fs::absolute(folder / "").parent_path();
  const bool supabase =
      absolute.filename() == "migrations" && absolute.parent_path().filename() == "supabase";
  return supabase ? MigrationTool::kSupabase : tool;
}

[[noreturn]] void FailWithout(const fs::path& where, const std::string& code) {
  if (code.empty()) {
    throw FormatError(where.string() +
                      ": there are no migrations here; name the folder that has them");
  }
  throw FormatError(where.string() + ": holds " + code +
                    ", which are code: what they send is known only when they run; write their "
                    "SQL to files and approve those, or let the environment require: ledger");
}

}  // namespace

std::vector<fs::path> FilesEndingIn(const fs::path& folder, const std::string& ending) {
  std::vector<fs::path> files = Entries(folder);
  std::erase_if(files, [&](const fs::path& file) {
    return !file.string().ends_with(ending) || !IsFile(file);
  });
  return files;
}

std::string CodeIn(const fs::path& folder) {
  struct Language {
    const char* ending;
    const char* whose;
  };
  constexpr Language kLanguages[] = {
      {".rb", "Rails' migrations"},
      {".py", "Alembic's or Django's migrations"},
      {".js", "migrations of a JavaScript tool"},
      {".cjs", "migrations of a JavaScript tool"},
      {".mjs", "migrations of a JavaScript tool"},
      {".ts", "migrations of a JavaScript tool"},
      {".go", "migrations in Go"},
      {".xml", "Liquibase's changelogs"},
  };
  for (const auto& [ending, whose] : kLanguages) {
    std::vector<fs::path> files = FilesEndingIn(folder, ending);
    std::erase_if(files, [](const fs::path& file) { return file.filename() == "__init__.py"; });
    if (files.empty()) continue;
    return std::string(whose) + " (" + std::to_string(files.size()) + " *" + ending +
           (files.size() == 1 ? " file)" : " files)");
  }
  return "";
}

Shape ShapeOf(const fs::path& where, std::optional<MigrationTool> tool) {
  std::error_code error;
  if (!fs::is_directory(where, error)) {
    throw FormatError(where.string() +
                      ": there is no such folder; name the one that has the "
                      "migrations");
  }
  std::vector<fs::path> candidates = {where};
  for (const char* usual : kUsualFolders) {
    if (fs::is_directory(where / usual, error)) candidates.push_back(where / usual);
  }
  std::string code;
  for (const fs::path& folder : candidates) {
    if (const auto found = ToolOfFolder(folder)) return {folder, tool.value_or(*found)};
    if (code.empty()) code = CodeIn(folder);
  }
  FailWithout(where, code);
}

}  // namespace pgmoat::migrations
