// What makes a schema change unsafe although it is allowed: locks that block everybody,
// rewrites, scans, and shapes that are regretted later.  Opinions, each with an id, an
// explanation and a safer way; a config says which of them warn and which refuse.
//
// Threads: any fixed one (libpg_query's state).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pgmoat::policy {

// All static storage.
struct FindingKind {
  std::string_view id;           // "index-not-concurrent"
  std::string_view explanation;  // one sentence: what goes wrong
  std::string_view safer;        // one sentence: what to write instead
};
const std::vector<FindingKind>& FindingKinds();

struct Finding {
  const FindingKind* kind = nullptr;
  std::size_t statement = 0;  // of the text, counting from 0
  std::size_t offset = 0;     // in the text, in bytes: where the statement begins
  std::string object;         // "users", "users.email"; names only, no literals
};

// What is known before the text begins.
struct LintContext {
  bool in_transaction =
      false;  // the text runs in a transaction that is open, or its tool opens one
  bool has_lock_timeout = false;  // set by an earlier statement
  // Tables that the same migration has created: nobody else uses them yet.
  std::vector<std::string> new_tables;
};

// Empty for a text that does not parse.  `context` is brought up to what holds behind the
// text, for the next one.
[[nodiscard]] std::vector<Finding> LintMigration(std::string_view text, LintContext& context);

}  // namespace pgmoat::policy
