// GitHub Actions documentation, "Workflow commands": ::error file=…,line=…,col=…,title=…::…
// What would end a command or a property is escaped with %, as its toolkit does.
#include "proxy/lint/formats.h"
#include "proxy/lint/problems.h"

namespace pgmoat::lint {

namespace {

std::string_view CommandOf(Level level) {
  switch (level) {
    case Level::kError:
      return "error";
    case Level::kWarning:
      return "warning";
    case Level::kNote:
      return "notice";
  }
  return "error";
}

std::string Escaped(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else if (property && c == ':') {
      out += "%3A";
    } else if (property && c == ',') {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string AsGithub(const Report& report) {
  std::string out;
  for (const FileReport& file : report.files) {
    for (const Problem& problem : ProblemsOf(file)) {
      std::string text = problem.message;
      if (!problem.advice.empty()) text += "\n" + problem.advice;
      out.append("::").append(CommandOf(problem.level)).append(" file=");
      out.append(Escaped(file.file, true));
      out.append(",line=").append(std::to_string(problem.begin.line));
      out.append(",endLine=").append(std::to_string(problem.end.line));
      out.append(",col=").append(std::to_string(problem.begin.column));
      out.append(",title=").append(Escaped("pgmoat " + problem.rule, true));
      out.append("::").append(Escaped(text, false)).append("\n");
    }
  }
  return out + Summary(CountsOf(report)) + "\n";
}

}  // namespace pgmoat::lint
