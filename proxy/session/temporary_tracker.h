// Follows which temporary tables a session is sure to have (policy/temporary_tables.h).
//
// A name counts from the moment on which nothing that was sent can still take the table
// away.  That is not yet when the server says that it made it:
//
//   CREATE TEMP completed ──┬─ inside BEGIN, nothing sent that may undo ──> counts
//                           ├─ no BEGIN: an error behind it would undo it,
//                           │  and leave no failed transaction to stop a DROP:
//                           │  waits ── ReadyForQuery ───────────────────> counts
//                           └─ ROLLBACK, COMMIT, CALL sent meanwhile:
//                              waits ── "COMMIT" or ReadyForQuery 'I' ───> counts
//
// It stops to count when a message that may remove or undo it is sent on, not when that
// is answered: a DROP that is pipelined behind a ROLLBACK must not find the name.  An
// error undoes what its transaction made.
//
// Threads: one session.
// PostgreSQL documentation: CREATE TABLE ("TEMPORARY", "ON COMMIT"), DISCARD, search_path;
// "Message Flow" ("Multiple Statements in a Simple Query", "Pipelining").
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
  // When a statement was sent on, in statements of this session.
  using Moment = std::uint64_t;

  // The statement is about to be sent on.
  Moment Forwarded(const policy::StatementFacts& statement);
  // A text whose statements nobody knows is: no name is sure again.
  void ForwardedUnread() { Distrust(); }
  // Others' rules let through what was prepared: its plan may hold the permanent table, and the
  // server does not make another one when a temporary table comes to hide that.
  void ForwardedByOtherRules() { Distrust(); }
  // It completed; `tag` is the server's, as "CREATE TABLE" or "ROLLBACK".
  void Completed(const policy::StatementFacts& statement, Moment forwarded,
                 std::string_view tag);
  // One of several completed, and nobody knows which.
  void CompletedUnsure(const policy::StatementFacts& statement);
  void Failed();  // some statement did: what its transaction made is gone
  void Ready(protocol::TransactionStatus status);

  // A value of search_path from outside of statements: the startup packet, the server's
  // report.
  void SearchPath(std::string_view value);

  [[nodiscard]] const policy::TemporaryTables& tables() const { return tables_; }
  [[nodiscard]] Moment now() const { return now_; }
  // Grows with each change of tables().
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  struct Made {
    std::string name;
    Moment forwarded;
    bool drops_on_commit;
    bool unsure;  // IF NOT EXISTS
  };
  void Add(const Made& made);
  void Keep();
  void Forget();
  void Distrust();

  policy::TemporaryTables tables_;
  std::vector<Made> made_;  // by the transaction that is open
  Moment now_ = 0;
  Moment last_undo_ = 0;          // when something was sent that may undo
  Moment last_removal_ = 0;       // … that may remove a table
  Moment last_along_ = 0;         // … what goes along with one
  bool drops_on_commit_ = false;  // something ever did
  bool in_block_ = false;  // the server is inside of BEGIN, and nothing may have ended it
  std::uint64_t version_ = 0;
};

}  // namespace pgmoat::session
