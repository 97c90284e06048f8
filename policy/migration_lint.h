// What makes a schema change unsafe although it is allowed: locks that block everybody,
// rewrites, scans, and shapes that are regretted later.  Opinions, each with an id, an
// explanation and a safer way; a config says which of them warn and which refuse.
//
// Threads: any fixed one (libpg_query's state).
// Cost:    linear in the text; never recurses on account of it.
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
  // A later statement of the migration may mend it (the index of a foreign key): it says
  // nothing of a statement that comes alone.
  bool of_whole_text = false;
};
const std::vector<FindingKind>& FindingKinds();
// Null: no such id.
const FindingKind* FindingKindOf(std::string_view id);

struct Finding {
  const FindingKind* kind = nullptr;
  std::size_t statement = 0;  // of the text, counting from 0
  std::size_t offset = 0;     // in the text, in bytes: where the statement's first word is
  std::string object;         // "users", "users.email"; names only, no literals
};

// What is known before the text begins.
struct LintContext {
  bool in_transaction =
      false;  // the text runs in a transaction that is open, or its tool opens one
  bool has_lock_timeout = false;  // set by an earlier statement
  // It was set by SET LOCAL and ends with the transaction.
  bool lock_timeout_is_local = false;
  // Tables that the same migration has created: nobody else uses them yet.
  std::vector<std::string> new_tables;
};

// Empty for a text that does not parse.  `context` is brought up to what holds behind the
// text, for the next one.
[[nodiscard]] std::vector<Finding> LintMigration(std::string_view text, LintContext& context);

}  // namespace pgmoat::policy
