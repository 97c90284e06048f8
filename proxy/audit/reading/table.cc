#include "proxy/audit/reading/table.h"

#include <algorithm>
#include <cstdio>

#include "proxy/audit/reading/printable.h"

namespace pgmoat::audit {
namespace {

enum class Align { kLeft, kRight };

struct Column {
  const char* name;
  std::size_t width;
  Align align;
};

// Fixed, since a table that is being followed cannot know what comes.
constexpr Column kColumns[] = {
    {"TIME", 23, Align::kLeft},    {"LOGIN", 12, Align::kLeft}, {"ENV", 12, Align::kLeft},
    {"OUTCOME", 10, Align::kLeft}, {"ROWS", 7, Align::kRight},  {"MS", 9, Align::kRight},
};

std::string Padded(std::string_view printable, std::size_t width, Align align) {
  std::string text = Cut(printable, width);
  const std::string spaces(width - std::min(width, Columns(text)), ' ');
  return align == Align::kLeft ? text + spaces : spaces + text;
}

std::string Line(const std::vector<std::string>& cells, std::string_view last,
                 std::size_t width) {
  std::string line;
  for (std::size_t i = 0; i < std::size(kColumns); ++i) {
    line += Padded(Printable(cells[i]), kColumns[i].width, kColumns[i].align) + ' ';
  }
  line += ' ' + Printable(last);
  return (width == kAnyWidth ? line : Cut(line, width)) + '\n';
}

// "2026-11-27 19:45:00.123"
std::string TimeText(std::string_view time) {
  std::string text(time.substr(0, 23));
  if (text.size() > 10 && text[10] == 'T') text[10] = ' ';
  if (text.ends_with('Z')) text.pop_back();
  return text;
}

std::uint64_t Number(const Json& record, const char* field) {
  const auto found = record.find(field);
  return found != record.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string Milliseconds(const Json& record) {
  const auto found = record.find("duration_us");
  if (found == record.end() || !found->is_number()) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", found->get<double>() / 1000);
  return text;
}

std::string Outcome(const Json& record) {
  const std::string_view outcome = FieldText(record, "outcome");
  const std::string_view decision = FieldText(record, "decision");
  return std::string(outcome == "ok" && decision == "would_deny" ? decision : outcome);
}

// What stands behind the columns: for a statement its text, for the rest what happened.
std::string Story(const Json& record) {
  std::string note(FieldText(record, "sqlstate"));
  const std::string_view rule = FieldText(record, "rule");
  if (!rule.empty()) note += (note.empty() ? "" : " ") + std::string(rule);
  if (!note.empty()) note = "[" + note + "] ";
  const std::string_view event = FieldText(record, "event");
  if (event == "statement") {
    std::string_view text = FieldText(record, "statement");
    if (!text.empty()) return note + std::string(text);
    return note + "(" + std::to_string(Number(record, "statement_bytes")) +
           " bytes, text withheld)";
  }
  std::string text = "(" + std::string(event) + ") " + note;
  if (event == "gap") text += std::to_string(Number(record, "lost_records")) + " records lost ";
  if (event == "login") {
    text += std::string(FieldText(record, "role")) + " " +
            std::string(FieldText(record, "database")) + " from " +
            std::string(FieldText(record, "client_address")) + " ";
  }
  return text + std::string(FieldText(record, "reason"));
}

}  // namespace

std::string TableHeader(std::size_t width) {
  std::vector<std::string> cells;
  for (const Column& column : kColumns) cells.emplace_back(column.name);
  return Line(cells, "STATEMENT", width);
}

std::string TableRow(const Json& record, std::size_t width) {
  const bool counts = FieldText(record, "event") == "statement";
  const std::uint64_t rows = Number(record, "rows_affected") + Number(record, "rows_returned") +
                             Number(record, "rows");  // of version 1
  return Line({TimeText(FieldText(record, "time")), std::string(FieldText(record, "login")),
               std::string(FieldText(record, "environment")), Outcome(record),
               counts ? std::to_string(rows) : "", Milliseconds(record)},
              Story(record), width);
}

const std::vector<std::string>& TableFields() {
  static const std::vector<std::string> fields = {
      "time",     "event",         "login",          "environment", "outcome",
      "decision", "sqlstate",      "rule",           "statement",   "statement_bytes",
      "role",     "database",      "client_address", "reason",      "lost_records",
      "rows",     "rows_affected", "rows_returned",  "duration_us"};
  return fields;
}

std::string AlignedTable(const std::vector<std::vector<std::string>>& rows,
                         std::size_t numbers) {
  if (rows.empty()) return "";
  const std::size_t columns = rows.front().size();
  std::vector<std::vector<std::string>> cells = rows;
  std::vector<std::size_t> widths(columns);
  for (auto& row : cells) {
    for (std::size_t i = 0; i < columns; ++i) {
      row[i] = Printable(row[i]);
      widths[i] = std::max(widths[i], Columns(row[i]));
    }
  }
  std::string text;
  for (const auto& row : cells) {
    std::string line;
    for (std::size_t i = 0; i < columns; ++i) {
      const bool right = i + numbers >= columns;
      line += Padded(row[i], widths[i], right ? Align::kRight : Align::kLeft);
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

std::string CsvRow(const std::vector<std::string>& cells) {
  std::string row;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) row += ',';
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
      row += cell;
      continue;
    }
    row += '"';
    for (const char c : cell) row.append(c == '"' ? 2 : 1, c);
    row += '"';
  }
  return row + "\r\n";
}

const std::vector<std::string>& CsvColumns() {
  static const std::vector<std::string> columns = {
      "time",          "id",          "event",       "environment",    "session",
      "login",         "role",        "database",    "client_address", "application_name",
      "decision",      "outcome",     "rule",        "sqlstate",       "rows_affected",
      "rows_returned", "duration_us", "fingerprint", "statement"};
  return columns;
}

std::vector<std::string> CsvCells(const Json& record) {
  std::vector<std::string> cells;
  for (const std::string& column : CsvColumns()) cells.push_back(ValueText(record, column));
  return cells;
}

std::string ValueText(const Json& record, std::string_view field) {
  const auto found = record.find(field);
  if (found == record.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

}  // namespace pgmoat::audit
