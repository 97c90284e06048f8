#include "proxy/migrations/project.h"

#include <algorithm>
#include <system_error>
#include <tuple>
#include <utility>

#include "proxy/migrations/digests.h"
#include "proxy/migrations/file_names.h"
#include "proxy/migrations/project_shape.h"
#include "proxy/migrations/sections.h"
#include "proxy/migrations/strict_json.h"
#include "proxy/migrations/text_files.h"

namespace pgmoat::migrations {
namespace {

namespace fs = std::filesystem;
using policy::MigrationTool;

MigrationFile FileOf(const fs::path& file, MigrationTool tool, std::string name) {
  MigrationFile migration;
  migration.name = std::move(name);
  migration.tool = tool;
  migration.file = file;
  migration.text = ReadTextFile(file);
  return migration;
}

void TakeSections(MigrationFile& migration, Sections (*read)(std::string_view)) {
  try {
    Sections sections = read(migration.text);
    migration.scripts = std::move(sections.forward);
    migration.in_transaction = sections.in_transaction;
  } catch (const FormatError& error) {
    throw FormatError(migration.file.string() + ": " + error.what());
  }
}

void TakeWhole(MigrationFile& migration) { migration.scripts = {{migration.text, 1}}; }

// --- a folder with a folder for each: Prisma ---

void ReadPrisma(const fs::path& folder, Project& project) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code not_there;
    if (fs::is_regular_file(at->path() / "migration.sql", not_there)) {
      files.push_back(at->path());
    }
  }
  if (error)
    throw FormatError(folder.string() + ": the folder cannot be read: " + error.message());
  std::sort(files.begin(), files.end());
  for (const fs::path& one : files) {
    MigrationFile migration =
        FileOf(one / "migration.sql", MigrationTool::kPrisma, one.filename().string());
    migration.checksum = Hex(Sha256(migration.text));
    TakeWhole(migration);
    project.migrations.push_back(std::move(migration));
  }
}

// --- a journal that lists files: Drizzle ---

void ReadDrizzle(const fs::path& folder, Project& project) {
  const fs::path journal = folder / "meta" / "_journal.json";
  std::vector<std::pair<std::uint64_t, std::string>> entries;
  try {
    // Drizzle's own file: its members are not all known here.
    const nlohmann::json root = ParseStrictly(ReadTextFile(journal));
    for (const nlohmann::json& value : Members(root, "").Array("entries")) {
      Members entry(value, "entries[" + std::to_string(entries.size()) + "]");
      entries.emplace_back(entry.Number("idx"), entry.Text("tag"));
      if (entries.back().second.find('/') != std::string::npos) {
        entry.Fail("has a tag that is no file's name");
      }
    }
  } catch (const FormatError& error) {
    throw FormatError(journal.string() + ": is no journal of Drizzle: " + error.what());
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [index, tag] : entries) {
    MigrationFile migration = FileOf(folder / (tag + ".sql"), MigrationTool::kDrizzle, tag);
    migration.checksum = Hex(Sha256(migration.text));
    TakeSections(migration, DrizzleSections);
    project.migrations.push_back(std::move(migration));
  }
  for (const fs::path& file : FilesEndingIn(folder, ".sql")) {
    const std::string tag = file.stem().string();
    const bool listed = std::any_of(entries.begin(), entries.end(),
                                    [&](const auto& entry) { return entry.second == tag; });
    if (!listed) {
      project.notes.push_back(file.string() + " is not in Drizzle's journal and left out.");
    }
  }
}

// --- files in one folder ---

// Versions as numbers, then what runs whenever it has changed.
auto FlywayOrder(const fs::path& file) {
  const FlywayName name = ParseFlywayName(file.filename().string()).value_or(FlywayName{});
  return std::tuple(name.kind == 'R', name.version, file.filename().string());
}

void ReadFlyway(const std::vector<fs::path>& all, Project& project) {
  std::vector<fs::path> files;
  for (const fs::path& file : all) {
    const auto name = ParseFlywayName(file.filename().string());
    if (!name) {
      project.notes.push_back(file.string() +
                              " has no name as Flyway's migrations do and is left out.");
    } else if (name->kind != 'U') {  // U takes back
      files.push_back(file);
    }
  }
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return FlywayOrder(a) < FlywayOrder(b);
  });
  for (const fs::path& file : files) {
    MigrationFile migration = FileOf(file, MigrationTool::kFlyway, file.filename().string());
    migration.checksum = std::to_string(FlywayChecksum(migration.text));
    TakeWhole(migration);
    project.migrations.push_back(std::move(migration));
  }
}

MigrationFile ReadOne(const fs::path& file, MigrationTool tool) {
  std::string name = file.stem().string();
  if (tool == MigrationTool::kGolangMigrate && name.ends_with(".up")) {
    name.resize(name.size() - 3);
  }
  MigrationFile migration = FileOf(file, tool, std::move(name));
  switch (tool) {
    case MigrationTool::kGoose:
      TakeSections(migration, GooseSections);
      break;
    case MigrationTool::kDbmate:
      TakeSections(migration, DbmateSections);
      break;
    case MigrationTool::kDrizzle:
      TakeSections(migration, DrizzleSections);
      break;
    default:
      TakeWhole(migration);
  }
  if (tool == MigrationTool::kPrisma || tool == MigrationTool::kDrizzle) {
    migration.checksum = Hex(Sha256(migration.text));
  }
  return migration;
}

// Names that begin with a number run in the order of their numbers.
auto NumberedOrder(const fs::path& file) {
  const std::string name = file.filename().string();
  return std::pair(LeadingNumber(name).value_or(0), name);
}

void ReadFiles(std::vector<fs::path> files, MigrationTool tool, Project& project) {
  if (tool == MigrationTool::kFlyway) {
    ReadFlyway(files, project);
    return;
  }
  if (tool == MigrationTool::kGolangMigrate) {
    std::erase_if(files,
                  [](const fs::path& file) { return !file.string().ends_with(".up.sql"); });
  }
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return NumberedOrder(a) < NumberedOrder(b);
  });
  for (const fs::path& file : files) project.migrations.push_back(ReadOne(file, tool));
}

MigrationTool ToolOfFile(const fs::path& file) {
  const std::string name = file.filename().string();
  if (name.ends_with(".up.sql")) return MigrationTool::kGolangMigrate;
  if (ParseFlywayName(name)) return MigrationTool::kFlyway;
  const std::string text = ReadTextFile(file);
  if (HasGooseMarker(text)) return MigrationTool::kGoose;
  return HasDbmateMarker(text) ? MigrationTool::kDbmate : MigrationTool::kPlainSql;
}

}  // namespace

Project ReadProject(const fs::path& where, std::optional<MigrationTool> tool) {
  Project project;
  std::error_code error;
  if (fs::is_regular_file(where, error)) {
    project.tool = tool ? *tool : ToolOfFile(where);
    ReadFiles({where}, project.tool, project);
  } else {
    const Shape shape = ShapeOf(where, tool);
    project.tool = shape.tool;
    if (shape.tool == MigrationTool::kPrisma) {
      ReadPrisma(shape.folder, project);
    } else if (shape.tool == MigrationTool::kDrizzle) {
      ReadDrizzle(shape.folder, project);
    } else {
      ReadFiles(FilesEndingIn(shape.folder, ".sql"), shape.tool, project);
    }
    if (const std::string code = CodeIn(shape.folder); !code.empty()) {
      project.notes.push_back(shape.folder.string() + " also holds " + code +
                              ", which are code and cannot be approved.");
    }
  }
  if (project.migrations.empty()) {
    throw FormatError(where.string() + ": there are no migrations of " +
                      std::string(policy::ToolName(project.tool)) +
                      " here; name another folder or --tool");
  }
  return project;
}

}  // namespace pgmoat::migrations
