// What a statement destroys, in words for a manifest, a report and an error.
#pragma once

#include <string>
#include <vector>

#include "policy/facts.h"

namespace pgmoat::policy {

// "drops table users", "drops column or changes type in users", "deletes every row of
// sessions", "runs code that cannot be judged (DO)".  Names as written, no literals.  Empty:
// neither data nor what protects it can be lost.
[[nodiscard]] std::vector<std::string> Destroys(const StatementFacts& statement);

}  // namespace pgmoat::policy
