#include "proxy/lint/problems.h"

#include <algorithm>
#include <utility>

namespace pgmoat::lint {

namespace {

constexpr std::string_view kFolded = "no-lock-timeout";

std::string Counted(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

Problem RefusalOf(const StatementReport& statement) {
  Problem problem;
  problem.level = statement.outcome == Outcome::kRefused ? Level::kError : Level::kWarning;
  problem.rule = statement.rule;
  problem.begin = statement.begin;
  problem.end = statement.end;
  problem.message = statement.message;
  for (std::size_t i = 0; i < statement.destroys.size(); ++i) {
    problem.message.append(i == 0 ? ": it " : ", ").append(statement.destroys[i]);
  }
  if (statement.outcome == Outcome::kWouldBeRefused && statement.rule != "syntax-error") {
    problem.message += " (shadow mode: it is let through)";
  }
  problem.advice = statement.hint;
  return problem;
}

Problem FindingOf(const StatementReport& statement, const FoundOne& finding,
                  std::size_t folded) {
  Problem problem;
  const bool refused = finding.effect == policy::FindingEffect::kRefuse;
  problem.level = refused ? Level::kError : Level::kWarning;
  problem.rule = "lint." + std::string(finding.kind->id);
  problem.begin = statement.begin;
  problem.end = statement.end;
  problem.message = statement.tag;
  if (!finding.object.empty()) problem.message += " (" + finding.object + ")";
  problem.message.append(": ").append(finding.kind->explanation);
  if (folded > 1) {
    problem.message += " (" + Counted(folded - 1, "more statement") + " of this file without.)";
  }
  problem.advice = finding.kind->safer;
  return problem;
}

std::size_t CountFolded(const FileReport& file) {
  std::size_t count = 0;
  for (const StatementReport& statement : file.statements) {
    count += static_cast<std::size_t>(
        std::count_if(statement.findings.begin(), statement.findings.end(),
                      [](const FoundOne& one) { return one.kind->id == kFolded; }));
  }
  return count;
}

}  // namespace

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAllowed:
      return "allow";
    case Outcome::kRefused:
      return "deny";
    case Outcome::kWouldBeRefused:
      return "would_deny";
  }
  return "deny";
}

std::vector<Problem> ProblemsOf(const FileReport& file) {
  std::vector<Problem> problems;
  std::size_t folded = CountFolded(file);
  for (const StatementReport& statement : file.statements) {
    if (statement.outcome != Outcome::kAllowed) problems.push_back(RefusalOf(statement));
    for (const FoundOne& finding : statement.findings) {
      const bool folds = finding.kind->id == kFolded;
      if (folds && folded == 0) continue;
      problems.push_back(FindingOf(statement, finding, folds ? folded : 1));
      if (folds) folded = 0;
    }
  }
  for (const NoteReport& note : file.notes) {
    problems.push_back({Level::kNote, "note", note.place, note.place, note.text, {}});
  }
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::pair(a.begin.line, a.begin.column) < std::pair(b.begin.line, b.begin.column);
  });
  return problems;
}

Counts CountsOf(const Report& report) {
  Counts counts;
  counts.files = report.files.size();
  for (const FileReport& file : report.files) {
    counts.statements += file.statements.size();
    for (const Problem& problem : ProblemsOf(file)) {
      if (problem.level == Level::kError) ++counts.errors;
      if (problem.level == Level::kWarning) ++counts.warnings;
    }
  }
  return counts;
}

std::string Summary(const Counts& counts) {
  return Counted(counts.files, "file") + ", " + Counted(counts.statements, "statement") + ": " +
         std::to_string(counts.errors) + " would be refused, " +
         Counted(counts.warnings, "warning");
}

}  // namespace pgmoat::lint
