// One file of SQL, judged as a role's statements would be on the wire.
//
// Decides nothing by itself: the decisions are policy::Judge's, with the same rules.  What
// depends on the session or the database is not known here: the migration window, temporary
// tables, the database's own functions.
//
// Threads: any fixed ones (libpg_query's state); calls do not disturb each other.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/circumstances.h"
#include "policy/migrations.h"
#include "policy/rules.h"
#include "proxy/lint/report.h"

namespace pgmoat::lint {

struct LintOptions {
  std::shared_ptr<const policy::Rules> rules;
  policy::Circumstances circumstances;
  // What each finding comes to: of the environment, and what the command line adds.
  policy::LintRules effects;
  // Whose migrations these are: whether it opens a transaction.  Nothing: as the file's own
  // comments say, else autocommit.
  std::optional<policy::MigrationTool> tool;
  // What was approved of a statement, by its canonical text (policy/canonical.h); null:
  // nothing. Empty: nobody is asked.
  std::function<const policy::ApprovedStatement*(std::string_view canonical)> approved;
  // A change that is in no approved migration would be refused on the wire: say so.
  bool asks_approval = false;
};

[[nodiscard]] FileReport JudgeScript(std::string name, std::string_view text,
                                     const LintOptions& options);

}  // namespace pgmoat::lint
