// The true dry run: statements in one transaction of a real database, looked at one by one,
// and rolled back.
//
// That it is never committed stands on more than one leg: each statement is sent so that
// it can only be one (database.h); BEGIN, COMMIT and ROLLBACK become savepoints; a deferred
// constraint of our own, violated from the beginning, makes the server refuse a COMMIT that
// comes all the same; at a signal, an error or the end it is ROLLBACK; and when the program
// or the connection ends the server rolls back by itself, and soon
// (client_connection_check_interval).  Then the server is asked what became of it.
//
// Threads: one.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "proxy/migrations/database/database.h"
#include "proxy/migrations/database/rehearse_catalog.h"
#include "proxy/migrations/database/rehearse_rows.h"
#include "proxy/migrations/database/rehearse_script.h"

namespace pgmoat::database {

struct RehearseOptions {
  std::vector<std::string> watched;
  double max_row_loss_percent = 0;
  std::uint64_t count_up_to_bytes = std::uint64_t{64} << 20;
  std::chrono::milliseconds lock_timeout{5000};
  std::chrono::milliseconds statement_timeout{0};  // 0: none
  bool allow_unsafe = false;
};

enum class StepOutcome {
  kRan,
  kSkipped,           // named, not run
  kNotInTransaction,  // the server says that it cannot run in one
  kFailed,
};

struct StepError {
  std::string message;
  std::string sqlstate;
  std::string hint;
  std::size_t line = 0;  // of the file
};

struct Step {
  std::string file;
  std::size_t line = 0;
  std::string tag;  // "ALTER TABLE", "UPDATE"
  StepOutcome outcome = StepOutcome::kRan;
  std::string reason;  // why it was not run
  std::vector<std::string> notes;
  std::chrono::microseconds duration{0};
  std::optional<std::uint64_t> rows;
  CatalogChanges changes;
  std::vector<std::string> destroys;  // policy/destruction.h
  bool truncates = false;             // a new file is an empty one then
  std::optional<StepError> error;
};

enum class Fate {
  kAborted,    // the server says so
  kUnknown,    // it could not be asked
  kCommitted,  // which must not be
};

struct Rehearsal {
  enum class Result { kOk, kFailed, kRowLoss, kInterrupted, kConnectionLost };
  Result result = Result::kOk;
  std::string message;  // of all but kOk: a sentence
  std::vector<Step> steps;
  std::size_t not_reached = 0;  // statements behind the one that failed
  std::vector<TableRows> tables;
  std::vector<std::string> warnings;
  Fate fate = Fate::kUnknown;
  bool catalog_unchanged = false;
  std::chrono::milliseconds duration{0};  // of the transaction: how long locks were held
};

// Throws ServerError, ConnectionLost, Interrupted or std::runtime_error only as long as
// nothing has been run.  `told` gets each step when it is over.
// Precondition: no statement's PlanOf is kRefuse.
[[nodiscard]] Rehearsal Rehearse(const DatabaseUrl& url, const Interrupts& interrupts,
                                 Database& database, const std::vector<Script>& scripts,
                                 const RehearseOptions& options,
                                 const std::function<void(const Step&)>& told);

}  // namespace pgmoat::database
