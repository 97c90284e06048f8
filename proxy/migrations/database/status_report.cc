#include "proxy/migrations/database/status_report.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace pgmoat::database {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kStates = {MigrationState::kApplied, MigrationState::kPending,
                                MigrationState::kUnknown, MigrationState::kChanged,
                                MigrationState::kFailed};

std::string_view ExplanationOf(MigrationState state) {
  switch (state) {
    case MigrationState::kUnknown:
      return "in the ledger and not in the manifest: deployed around pgmoat, or written into "
             "the ledger by hand";
    case MigrationState::kChanged:
      return "the ledger's checksum is not that of the manifest: another text was applied";
    case MigrationState::kFailed:
      return "begun and not finished; look at the database, then repair the ledger with the "
             "tool's own command";
    case MigrationState::kApplied:
    case MigrationState::kPending:
      break;
  }
  return {};
}

std::size_t CountOf(const StatusReport& report, MigrationState state) {
  return static_cast<std::size_t>(
      std::count_if(report.migrations.begin(), report.migrations.end(),
                    [&](const auto& migration) { return migration.state == state; }));
}

// Columns as wide as their widest cell, two spaces between them, none at the end.
std::string Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      line.append(widths[i] - row[i].size() + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string ManifestLine(const StatusReport& report) {
  if (report.manifest.empty()) {
    return "manifest: none is named; what a ledger has counts as applied\n";
  }
  std::string keys;
  for (const std::string& key : report.signers) keys += (keys.empty() ? "" : ", ") + key;
  return "manifest: " + report.manifest + ", signed by " + (keys.empty() ? "nobody" : keys) +
         "\n";
}

std::string LedgersLine(const StatusReport& report) {
  std::string names;
  for (const Ledger& ledger : report.ledgers) {
    names += (names.empty() ? "" : ", ") + ledger.table + " (" +
             std::string(policy::ToolName(ledger.tool)) + ")";
  }
  return "ledgers: " + (names.empty() ? "none of a tool that pgmoat knows" : names) + "\n";
}

std::string Rows(const StatusReport& report) {
  std::vector<std::vector<std::string>> rows = {{"STATE", "TOOL", "MIGRATION"}};
  if (report.proofs) rows[0].emplace_back("PROVEN");
  rows[0].emplace_back("TIME");
  for (const MigrationStatus& migration : report.migrations) {
    std::vector<std::string>& row = rows.emplace_back();
    row = {std::string(StateName(migration.state)),
           std::string(policy::ToolName(migration.tool)), migration.name};
    if (report.proofs) row.emplace_back(migration.proven ? "yes" : "no");
    row.push_back(migration.time);
  }
  return rows.size() > 1 ? Table(rows) : "";
}

std::string Summary(const StatusReport& report) {
  std::string text;
  for (const MigrationState state : kStates) {
    const std::size_t count = CountOf(report, state);
    if (count == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " +
            std::string(StateName(state));
  }
  text = (text.empty() ? "no migrations" : text) + "\n";
  for (const MigrationState state : kStates) {
    if (ExplanationOf(state).empty() || CountOf(report, state) == 0) continue;
    text += std::string(StateName(state)) + ": " + std::string(ExplanationOf(state)) + "\n";
  }
  return text;
}

}  // namespace

bool StatusReport::Good() const {
  return std::all_of(migrations.begin(), migrations.end(), [](const auto& migration) {
    return migration.state == MigrationState::kApplied ||
           migration.state == MigrationState::kPending;
  });
}

std::string StatusText(const StatusReport& report) {
  std::string text = "environment " + report.environment + " at " + report.server +
                     ", database " + report.database + ", as " + report.user + "\n";
  text += ManifestLine(report) + LedgersLine(report);
  for (const std::string& warning : report.warnings) text += "Warning: " + warning + ".\n";
  return text + "\n" + Rows(report) + (report.migrations.empty() ? "" : "\n") + Summary(report);
}

std::string StatusJson(const StatusReport& report) {
  Json json = {{"version", 1},
               {"environment", report.environment},
               {"server", report.server},
               {"database", report.database},
               {"user", report.user},
               {"manifest", report.manifest.empty() ? Json() : Json(report.manifest)},
               {"signed_by", report.signers},
               {"approvals_needed", report.approvals},
               {"good", report.Good()},
               {"warnings", report.warnings},
               {"ledgers", Json::array()},
               {"migrations", Json::array()}};
  for (const Ledger& ledger : report.ledgers) {
    json["ledgers"].push_back({{"table", ledger.table},
                               {"tool", policy::ToolName(ledger.tool)},
                               {"rows", ledger.entries.size()}});
  }
  for (const MigrationStatus& migration : report.migrations) {
    Json one = {{"name", migration.name},
                {"tool", policy::ToolName(migration.tool)},
                {"state", StateName(migration.state)},
                {"approved", migration.approved}};
    if (report.proofs) one["proven"] = migration.proven;
    if (!migration.time.empty()) one["time"] = migration.time;
    if (!migration.ledger.empty()) one["ledger"] = migration.ledger;
    json["migrations"].push_back(std::move(one));
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pgmoat::database
