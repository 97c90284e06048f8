#include "proxy/migrations/database/rehearse_transaction.h"

#include "proxy/migrations/database/savepoint.h"

namespace pgmoat::database {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kRollbackPatience{30};
constexpr std::chrono::milliseconds kPause{100};

// Two equal rows, which the constraint forbids from COMMIT on and not before.
constexpr const char* kMakeGuard =
    "CREATE TEMPORARY TABLE pgmoat_rehearsal (never_committed integer,"
    " CONSTRAINT pgmoat_rehearsal_is_never_committed UNIQUE (never_committed)"
    " DEFERRABLE INITIALLY DEFERRED)";

std::string Milliseconds(std::chrono::milliseconds time) {
  return std::to_string(time.count());
}

}  // namespace

RehearsalTransaction::RehearsalTransaction(Database& database, const RehearseOptions& options,
                                           const std::string& schema)
    : database_(database), options_(options), schema_(schema) {}

void RehearsalTransaction::Begin() {
  (void)database_.Run("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE");
  id_ = database_.AskOne("SELECT pg_catalog.txid_current()");
  if (!schema_.empty()) {
    (void)database_.Run("SET LOCAL search_path TO " + database_.Identifier(schema_));
  }
  SetTimeouts();
  Guard();
}

// LOCAL, so that nothing is left behind in a session that a pooler gives to the next.
void RehearsalTransaction::SetTimeouts() {
  (void)database_.Run("SET LOCAL lock_timeout = " + Milliseconds(options_.lock_timeout));
  (void)database_.Run("SET LOCAL statement_timeout = " +
                      Milliseconds(options_.statement_timeout));
  constexpr int kHasConnectionCheck = 140000;
  if (database_.ServerVersion() < kHasConnectionCheck) return;
  try {
    // A statement that runs for long ends when we have.
    InSavepoint(database_, [&] {
      (void)database_.Run("SET LOCAL client_connection_check_interval = 1000");
    });
  } catch (const ServerError&) {
    // The server's operating system cannot; then it ends with its statement.
  }
}

void RehearsalTransaction::Guard() {
  try {
    InSavepoint(database_, [&] {
      (void)database_.Run(kMakeGuard);
      // For when the script changes role.
      (void)database_.Run("GRANT ALL ON pg_temp.pgmoat_rehearsal TO PUBLIC");
      Arm();
    });
    guarded_ = true;
  } catch (const ServerError& error) {
    warnings_.push_back(
        "this user may not make temporary tables, so that nothing but this program stands "
        "between the rehearsal and a COMMIT (" +
        std::string(error.what()) + ")");
  }
}

void RehearsalTransaction::Arm() {
  (void)database_.Run("SET CONSTRAINTS pg_temp.pgmoat_rehearsal_is_never_committed DEFERRED");
  (void)database_.Run("INSERT INTO pg_temp.pgmoat_rehearsal VALUES (1), (1)");
}

void RehearsalTransaction::Disarm() {
  (void)database_.Run("DELETE FROM pg_temp.pgmoat_rehearsal");
}

void RehearsalTransaction::CheckAsCommitWould() {
  InSavepoint(database_, [&] {
    if (guarded_) Disarm();
    (void)database_.Run("SET CONSTRAINTS ALL IMMEDIATE");
    DeferAsDeclared();
    if (guarded_) Arm();
  });
}

// The next transaction would begin with each constraint as it was declared.
void RehearsalTransaction::DeferAsDeclared() {
  const std::string names = database_.AskOne(
      "SELECT pg_catalog.string_agg(DISTINCT pg_catalog.format('%I.%I', n.nspname, c.conname),"
      " ', ') FROM pg_catalog.pg_constraint c"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace"
      " WHERE c.condeferred AND n.nspname NOT LIKE 'pg\\_temp\\_%'"
      "   AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')");
  if (!names.empty()) (void)database_.Run("SET CONSTRAINTS " + names + " DEFERRED");
}

void RehearsalTransaction::SetConstraints(const std::string& sql) {
  InSavepoint(database_, [&] {
    if (guarded_) Disarm();
    (void)database_.Run(sql);
    if (guarded_) Arm();
  });
}

void RehearsalTransaction::BecomeSelf() {
  InSavepoint(database_, [&] {
    (void)database_.Run("RESET SESSION AUTHORIZATION");
    (void)database_.Run("RESET ROLE");
    (void)database_.Run("SET LOCAL row_security = off");
    SetTimeouts();
  });
}

bool RehearsalTransaction::RollBack() {
  database_.HurryUntil(Clock::now() + kRollbackPatience);
  // The cancel of an interrupted statement may come late and hit the first one.
  for (int attempt = 0; attempt < 3; ++attempt) {
    try {
      (void)database_.Run("ROLLBACK");
    } catch (const ServerError&) {
      continue;
    } catch (const std::exception&) {
      return false;
    }
    if (database_.TransactionStatus() == PQTRANS_IDLE) return true;
  }
  return false;
}

Fate RehearsalTransaction::AskFate(Database& database, const Interrupts& interrupts) const {
  if (id_.empty()) return Fate::kAborted;
  const auto deadline = Clock::now() + kRollbackPatience;
  database.HurryUntil(deadline);
  try {
    while (Clock::now() < deadline) {
      const std::string fate =
          database.AskOne("SELECT pg_catalog.txid_status($1::bigint)", {id_});
      if (fate == "aborted") return Fate::kAborted;
      if (fate == "committed") return Fate::kCommitted;
      if (fate != "in progress") return Fate::kUnknown;
      // The server has yet to find that its client is gone.
      (void)interrupts.Wait(-1, 0, kPause);
    }
  } catch (const std::exception&) {
    // Told as unknown.
  }
  return Fate::kUnknown;
}

std::map<std::string, std::string> ReadSequences(Database& database) {
  std::map<std::string, std::string> sequences;
  const Answer answer = database.Ask(
      "SELECT schemaname || '.' || sequencename, last_value FROM pg_catalog.pg_sequences");
  for (const Row& row : answer.values) sequences[row[0]] = row[1];
  return sequences;
}

}  // namespace pgmoat::database
