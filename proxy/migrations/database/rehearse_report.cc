#include "proxy/migrations/database/rehearse_report.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string_view>

namespace pgmoat::database {
namespace {

std::string Formatted(const char* format, double number) {
  char text[64];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

std::string Counted(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// "    locks     ACCESS EXCLUSIVE on public.orders"
std::string Line(std::string_view label, std::string_view text) {
  std::string line = "    " + std::string(label);
  line.resize(14, ' ');
  return line.append(text).append("\n");
}

// 150004 -> "15.4"
std::string VersionText(int version) {
  return std::to_string(version / 10000) + "." + std::to_string(version % 10000);
}

std::string HeadOf(const Step& step) {
  std::string head = step.file + ":" + std::to_string(step.line) + "  " + step.tag;
  switch (step.outcome) {
    case StepOutcome::kSkipped:
    case StepOutcome::kNotInTransaction:
      return head + "  not run: " + step.reason + "\n";
    case StepOutcome::kFailed:
      return head + "  FAILED\n";
    case StepOutcome::kRan:
      break;
  }
  if (step.rows) head += "  " + Counted(static_cast<std::size_t>(*step.rows), "row");
  return head + "  " + Formatted("%.1f ms", static_cast<double>(step.duration.count()) / 1000) +
         "\n";
}

std::string ErrorText(const StepError& error) {
  std::string text = error.message;
  if (!error.sqlstate.empty()) text += " (SQLSTATE " + error.sqlstate + ")";
  return Line("error", text + ", line " + std::to_string(error.line)) +
         (error.hint.empty() ? "" : Line("hint", error.hint));
}

std::string NumberText(const TableRows& table, std::uint64_t rows) {
  return (table.estimated ? "~" : "") + std::to_string(rows);
}

std::string ChangeText(const TableRows& table, const RehearseOptions& options) {
  std::string text;
  if (!table.problem.empty()) return "not counted: " + table.problem;
  if (table.dropped) text = "dropped";
  if (!table.now.empty()) text = "is " + table.now + " now";
  if (table.lost > 0) {
    text += (text.empty() ? "" : ", ") + Formatted("%.1f %% lost", table.LostPercent());
  }
  if (table.lost > 0 && table.LostPercent() > options.max_row_loss_percent) {
    text += Formatted(", more than %g %%", options.max_row_loss_percent);
  }
  return text;
}

std::string Tables(const Rehearsal& rehearsal, const RehearseOptions& options) {
  std::vector<std::vector<std::string>> rows = {{"TABLE", "BEFORE", "AFTER", ""}};
  for (const TableRows& table : rehearsal.tables) {
    if (!table.Changed() && options.watched.empty()) continue;
    rows.push_back({table.name, NumberText(table, table.before), NumberText(table, table.after),
                    ChangeText(table, options)});
  }
  std::string text;
  if (rows.size() > 1) {
    std::size_t widths[3] = {};
    for (const auto& row : rows) {
      for (std::size_t i = 0; i < 3; ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    for (const auto& row : rows) {
      text += row[0] + std::string(widths[0] - row[0].size() + 2, ' ');
      text += std::string(widths[1] - row[1].size(), ' ') + row[1] + "  ";
      text += std::string(widths[2] - row[2].size(), ' ') + row[2];
      text += (row[3].empty() ? "" : "  " + row[3]) + "\n";
    }
  }
  const std::size_t others = rehearsal.tables.size() + 1 - rows.size();
  if (others > 0) {
    text += Counted(others, rows.size() > 1 ? "other table" : "table") +
            (others == 1 ? " has" : " have") + " as many rows as before\n";
  }
  return text;
}

std::string FateText(const Rehearsal& rehearsal) {
  switch (rehearsal.fate) {
    case Fate::kAborted:
      return "Rolled back: the server says that the transaction is aborted" +
             std::string(rehearsal.catalog_unchanged ? ", and the catalog is as it was" : "") +
             ".\n";
    case Fate::kUnknown:
      return "Rolled back, or about to be; the server could not be asked.\n";
    case Fate::kCommitted:
      break;
  }
  return "NOT ROLLED BACK: the server says that the transaction was committed.\n";
}

std::size_t NotRun(const Rehearsal& rehearsal) {
  return static_cast<std::size_t>(std::count_if(
      rehearsal.steps.begin(), rehearsal.steps.end(),
      [](const Step& step) { return step.outcome == StepOutcome::kNotInTransaction; }));
}

std::string ResultText(const Rehearsal& rehearsal) {
  if (rehearsal.result != Rehearsal::Result::kOk) {
    return "Failed: " + rehearsal.message + ".\n" +
           (rehearsal.not_reached == 0
                ? ""
                : Counted(rehearsal.not_reached, "statement") + " behind it not reached.\n");
  }
  const std::size_t not_run = NotRun(rehearsal);
  if (not_run == 0) return "Ok.\n";
  return "Ok, but for " + Counted(not_run, "statement") +
         " that no transaction can have; try the whole on a copy of the database.\n";
}

}  // namespace

RehearsedWhere RehearsedWhere::Of(const Database& database) {
  return {database.Server(), database.Name(), database.User(), database.ServerVersion()};
}

std::string BeginText(const RehearsedWhere& where) {
  return "Rehearsing on " + where.server + ", database " + where.database + ", as " +
         where.user + " (PostgreSQL " + VersionText(where.version) +
         ").\nEverything is rolled back; until then others wait for the locks that it "
         "takes.\n\n";
}

std::string StepText(const Step& step) {
  std::string text = HeadOf(step);
  for (const LockTaken& lock : step.changes.locks) {
    text += Line("locks", lock.mode + " on " + lock.relation);
  }
  for (const std::string& table : step.changes.rewrote) {
    text += Line(step.truncates ? "empties" : "rewrites", table);
  }
  for (const std::string& index : step.changes.built) text += Line("builds", index);
  for (const std::string& table : step.changes.dropped) text += Line("drops", table);
  for (const std::string& what : step.destroys) text += Line("destroys", what);
  for (const std::string& note : step.notes) text += Line("note", note);
  if (step.error) text += ErrorText(*step.error);
  return text;
}

std::string EndText(const Rehearsal& rehearsal, const RehearseOptions& options) {
  std::string text = "\n" + Tables(rehearsal, options);
  for (const std::string& warning : rehearsal.warnings) text += "Warning: " + warning + ".\n";
  text +=
      "The transaction was open for " + std::to_string(rehearsal.duration.count()) + " ms.\n";
  return text + FateText(rehearsal) + ResultText(rehearsal);
}

}  // namespace pgmoat::database
