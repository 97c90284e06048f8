#include "proxy/lint/formats.h"
#include "proxy/lint/problems.h"

namespace pgmoat::lint {

namespace {

std::string_view LevelText(Level level) {
  switch (level) {
    case Level::kError:
      return "refused";
    case Level::kWarning:
      return "warning";
    case Level::kNote:
      return "note";
  }
  return "refused";
}

// A file's name or a quoted identifier may have control characters in it: not for terminals.
void AppendPrintable(std::string_view text, std::string& out) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
}

}  // namespace

std::string AsText(const Report& report) {
  std::string out;
  for (const FileReport& file : report.files) {
    for (const Problem& problem : ProblemsOf(file)) {
      AppendPrintable(file.file, out);
      out.append(":").append(std::to_string(problem.begin.line));
      out.append(":").append(std::to_string(problem.begin.column)).append(": ");
      out.append(LevelText(problem.level)).append(": ");
      AppendPrintable(problem.message, out);
      if (problem.level != Level::kNote) out.append(" [").append(problem.rule).append("]");
      out += "\n";
      if (problem.advice.empty()) continue;
      out += problem.rule.starts_with("lint.") ? "    safer: " : "    hint: ";
      AppendPrintable(problem.advice, out);
      out += "\n";
    }
  }
  return out + Summary(CountsOf(report)) + " (role " + report.role + ", environment " +
         report.environment + ")\n";
}

}  // namespace pgmoat::lint
