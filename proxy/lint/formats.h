// A report as text for people, JSON, SARIF and GitHub's annotations.  Each ends with a
// newline.
#pragma once

#include <string>
#include <string_view>

#include "proxy/lint/report.h"

namespace pgmoat::lint {

// "file:line:column: warning: … [lint.rename]", as compilers write it, and a summary.
[[nodiscard]] std::string AsText(const Report& report);

// Every statement: what would happen to it, what it destroys and locks, what is found.
[[nodiscard]] std::string AsJson(const Report& report);

// SARIF 2.1.0 (OASIS), with what GitHub's code scanning asks for.  `version` is pgmoat's.
[[nodiscard]] std::string AsSarif(const Report& report, std::string_view version);

// Workflow commands, which GitHub shows beside the lines of a pull request, and a summary.
[[nodiscard]] std::string AsGithub(const Report& report);

}  // namespace pgmoat::lint
