// A report as a list of what somebody should look at, for the formats that know no
// statements.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "proxy/lint/report.h"

namespace pgmoat::lint {

enum class Level { kError, kWarning, kNote };

struct Problem {
  Level level = Level::kError;
  std::string rule;  // "deploy.drop", "lint.rename", "syntax-error", "note"
  Place begin;
  Place end;
  std::string message;
  std::string advice;  // a hint, or the safer way; may be empty
};

// In the order of the file.  A missing lock_timeout is one problem of a file, however many
// statements lack it.
[[nodiscard]] std::vector<Problem> ProblemsOf(const FileReport& file);

struct Counts {
  std::size_t files = 0;
  std::size_t statements = 0;
  std::size_t errors = 0;
  std::size_t warnings = 0;
};
[[nodiscard]] Counts CountsOf(const Report& report);
// "2 files, 7 statements: 1 error, 3 warnings"
[[nodiscard]] std::string Summary(const Counts& counts);

}  // namespace pgmoat::lint
