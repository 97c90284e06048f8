// What is rehearsed: files as statements, and what is done about each.
//
// Threads: any fixed one (libpg_query's state).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"

namespace pgmoat::database {

struct ScriptStatement {
  std::size_t line = 1;
  std::string sql;  // without its semicolon
  policy::StatementFacts facts;
};

struct Script {
  std::string file;
  std::vector<ScriptStatement> statements;
  std::vector<std::string> notes;  // what else the file does, for psql, and is left out
};

// `first_line` is the file's line that `text` begins with.  Where `text` is no SQL as a
// whole it is read as psql would.
// Throws std::runtime_error, "FILE:LINE: what; remedy", for a text that does not parse.
[[nodiscard]] Script ReadScript(const std::string& file, std::string_view text,
                                std::size_t first_line = 1);

enum class Treatment {
  kRun,
  kRunBare,         // without a savepoint of ours around it: it manages savepoints
  kSetConstraints,  // SET CONSTRAINTS, which must not meet our own constraint
  kBegin,           // BEGIN, COMMIT, ROLLBACK: as savepoints
  kCommit,
  kCommitAndChain,
  kRollback,
  kRollbackAndChain,
  kSkip,    // named, not run
  kRefuse,  // reaches beyond the transaction
};

struct Plan {
  Treatment treatment = Treatment::kRun;
  std::string reason{};              // of kSkip and kRefuse: a sentence
  bool not_in_transaction = false;   // kSkip because no transaction can have it
  std::vector<std::string> notes{};  // what a rollback does not take back, or nobody can tell
};

// `allow_unsafe`: what would be refused is run, and a note says so.
[[nodiscard]] Plan PlanOf(const ScriptStatement& statement, bool allow_unsafe);

}  // namespace pgmoat::database
