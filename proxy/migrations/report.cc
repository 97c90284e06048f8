#include "proxy/migrations/report.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pgmoat::migrations {
namespace {

using Row = std::array<std::string, 4>;

std::string At(const ManifestMigration& migration, const ManifestStatement& statement) {
  return migration.file + ":" + std::to_string(statement.line);
}

// The first row of a migration names it, those below it are empty but for the last column.
void AddRows(const ManifestMigration& migration, std::vector<Row>& rows) {
  const auto changing =
      std::count_if(migration.statements.begin(), migration.statements.end(),
                    [](const ManifestStatement& statement) { return statement.changes; });
  Row row = {migration.name, std::string(policy::ToolName(migration.tool)),
             std::to_string(migration.statements.size()) + " (" + std::to_string(changing) +
                 " change)",
             ""};
  bool any = false;
  for (const ManifestStatement& statement : migration.statements) {
    for (const std::string& what : statement.destroys) {
      row[3] = what + "  (" + At(migration, statement) +
               (statement.accepted ? ", accepted)" : ", NOT ACCEPTED)");
      rows.push_back(std::exchange(row, Row{}));
      any = true;
    }
  }
  if (!any) rows.push_back(row);
}

}  // namespace

std::string Table(const std::vector<ManifestMigration>& migrations) {
  std::vector<Row> rows = {{"MIGRATION", "TOOL", "STATEMENTS", "DESTROYS"}};
  for (const ManifestMigration& migration : migrations) AddRows(migration, rows);
  std::array<std::size_t, 3> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i < widths.size()) line.append(widths[i] - row[i].size() + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string FindingLines(const Judged& judged) {
  std::string text;
  for (const FoundIn& finding : judged.findings) {
    const ManifestStatement& statement = judged.migration.statements.at(finding.statement);
    const auto& accepted = statement.lint_accepted;
    const bool is_accepted =
        std::find(accepted.begin(), accepted.end(), finding.id) != accepted.end();
    text += At(judged.migration, statement) + ": " + std::string(finding.id) + ": ";
    if (!finding.object.empty()) text += finding.object + ": ";
    text += std::string(finding.explanation) + (is_accepted ? " (accepted)\n" : "\n");
  }
  return text;
}

std::vector<std::string> UnacceptedLines(const ManifestMigration& migration) {
  std::vector<std::string> lines;
  for (const ManifestStatement* statement : Unaccepted(migration)) {
    for (const std::string& what : statement->destroys) {
      lines.push_back(At(migration, *statement) + ": " + what);
    }
  }
  return lines;
}

std::string Counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace pgmoat::migrations
