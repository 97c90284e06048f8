// The limits of a role (policy/rules.h, RoleLimits), enforced whatever the client SETs.
//
// statement_timeout
//   Counted for what the server owes first, from the moment nothing before it is owed any
//   more, so that a pipelined statement does not pay for the others.  Parse, Bind and
//   Describe count too: they plan, and wait for locks.  Between the statements of a
//   pipeline pgmoat sends a Flush of its own; without it the server would keep answers
//   back and nobody could tell which statement runs.  Statements of one Query are told
//   apart only as far as the server has sent their answers.  Time counts while a client
//   does not read its rows and while a COPY waits for its data, as it does in the server;
//   not while the client is still sending the message.
//   Over time:  a cancel goes to the server (and a CopyFail into a COPY FROM STDIN, which
//   takes no cancel while it waits), and the 57014 that comes back is rewritten into ours.
//   While the cancel is on its way no client bytes are read, so that it cannot meet a
//   statement that was sent later.  What was pipelined already may be met; it then gets a
//   text of its own.  No answer within kCancelPatience: the session ends.
//   The server looks for a cancel once more when a statement has ended and is committed, and
//   then answers with an error that undoes nothing.  Behind the last CommandComplete of a
//   Query such an error is dropped; at a Sync nobody can tell what it is, and the session
//   ends if something wrote.
//
// idle_in_transaction_timeout
//   A transaction is open, an unfinished pipeline's too, the server owes nothing, and the
//   client sends nothing: the session ends.
//
// max_rows, max_result_bytes
//   Of one statement's answer: DataRow and CopyData messages, and for the bytes a
//   FunctionCallResponse.  Each FETCH and each Execute is a statement.  The length of a
//   message is known from its first bytes, so the one that exceeds is not begun; it and what
//   follows is dropped as it streams by, and the server gets a cancel.
//     The server says 57014 (or anything else) before the statement ended:  the client gets
//       our error in its place.  The server's own state machine has done the rest.
//     The statement ends well first, because the cancel came late (the usual case for a
//       result not much larger than the limit).  The client will be told that it failed, so
//       it must have:
//         in a transaction block    the server is made to refuse a stand-in (denial.h), so
//                                   that the block has failed for the server as well: a
//                                   COMMIT must not commit what the client takes for lost
//         a pipeline without Sync   likewise; its implicit transaction rolls back
//         committed, only reads     nothing was changed; the error alone is the truth
//         committed, and it wrote   nobody may call that an error that a client retries: the
//                                   session ends, and the error says that changes stand
//       The same holds for what is pipelined behind it up to the ReadyForQuery: answers of
//       reads are swallowed; once something wrote, or a named statement or portal came to
//       be that the client will take for skipped, the session ends.
//   "Reads" is what the built-in role readonly may run, judged without a catalog: a function
//   of the user's own counts as a write.
//
// max_connections
//   role_counters.h.
//
// Times are kept to about 100 ms, the program's clock (Session::OnTick).
//
// A reload holds from the next statement on.  In shadow mode (Rules::enforce is false) no
// limit is enforced.
//
// Not here: max_statement_bytes (client_messages.cc).  Replication streams have no limits.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/decision.h"
#include "policy/rules.h"
#include "proxy/session/denial.h"

namespace pgmoat::session {

// What a client is told.  Rule ids begin with "limit.".
policy::Decision StatementTooSlow(const policy::Rules& rules,
                                  std::chrono::milliseconds statement_timeout);
policy::Decision IdleInTransaction(const policy::Rules& rules,
                                   std::chrono::milliseconds idle_in_transaction_timeout);
policy::Decision TooManyRows(const policy::Rules& rules, std::uint64_t max_rows);
policy::Decision ResultTooLarge(const policy::Rules& rules, std::uint64_t max_result_bytes);
policy::Decision TooManyConnections(const policy::Rules& rules);
// It was running when a cancel came that was meant for one before it.
policy::Decision CancelledWithAnother(const policy::Rules& rules, std::string_view rule);

// As a config has them: "30s", "1500ms"; "100MiB", "1000B".
std::string DurationText(std::chrono::milliseconds duration);
std::string BytesText(std::uint64_t bytes);

// One statement of a text only reads, or is of kinds from `besides`; false when there is no
// such statement.
bool OnlyReads(const policy::TextFacts& facts, std::size_t statement,
               policy::KindSet besides = {});

// For a server to answer a cancel.
inline constexpr std::chrono::seconds kCancelPatience{5};

// A cancel that pgmoat asked for.  Replies are named by their numbers (reply_queue.h).
struct ServerCancel {
  bool holding = false;      // no client bytes are read: it is on its way, or not yet answered
  bool in_flight = false;    // it may reach the server at any time
  bool again = false;        // another is to follow it
  std::uint64_t target = 0;  // what it is meant for: the replies up to this one
  std::uint64_t reach = 0;   // what it may meet: likewise
  std::string_view rule;     // that it enforces; static storage
  std::chrono::milliseconds statement_timeout{0};  // that the target exceeded
  // When the session ends, should the target still be unanswered.
  std::optional<std::chrono::steady_clock::time_point> deadline;
};

// A result that exceeded its limit; what comes from the server is dropped.
struct ResultCut {
  Denial denial;
  bool reported = false;      // the statement has ended and is on record
  bool wrote_behind = false;  // something ran behind it that did not only read
};

}  // namespace pgmoat::session
