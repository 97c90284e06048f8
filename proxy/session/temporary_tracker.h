// Follows which temporary tables a session is sure to have (policy/temporary_tables.h).
//
// A name counts from the moment on which the server said that it made the table.  It stops
// to count when a message that may remove the table is sent on, not when it is answered:
// a DROP that is pipelined behind a ROLLBACK must not find the name.
//
//   CREATE TEMP done ──> made in this transaction ──COMMIT done──> kept
//                             │ ROLLBACK, ROLLBACK TO or COMMIT sent, or an error:
//                             └── forgotten; COMMIT done brings back what was there
//
// Threads: one session.
// PostgreSQL documentation: CREATE TABLE ("TEMPORARY", "ON COMMIT"), DISCARD, search_path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"
#include "policy/temporary_tables.h"
#include "protocol/backend.h"

namespace pgmoat::session {

class TemporaryTracker {
 public:
  // The statement is about to be sent on.
  void Forwarded(const policy::StatementFacts& statement);
  // It completed; `tag` is the server's, as "CREATE TABLE" or "ROLLBACK".
  void Completed(const policy::StatementFacts& statement, std::string_view tag);
  void Failed();  // some statement did: what the transaction made may be gone
  void Ready(protocol::TransactionStatus status);

  // The session's search_path may put pg_temp last: names without schema tell nothing.
  void Distrust();

  [[nodiscard]] const policy::TemporaryTables& tables() const { return tables_; }
  // Grows with each change of tables().
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  void Withdraw();

  policy::TemporaryTables tables_;
  std::vector<std::string> made_;             // in the transaction that is open
  std::vector<std::string> awaiting_commit_;  // withdrawn when a COMMIT was sent
  std::vector<std::string> drops_on_commit_;
  std::uint64_t version_ = 0;
  bool distrusted_ = false;
};

}  // namespace pgmoat::session
