// What the server owes: for each message sent to it, in order, which answers are
// still to come.  This is what keeps the proxy in step with the server; a backend
// message that fits nothing here ends the session.
//
// Steady-state pipelining is this queue, not flags.  It mirrors these habits of the
// server (PostgreSQL documentation, "Message Flow"; tcop/postgres.c tells the rest):
//
// - After an error in an extended-protocol message the server skips everything,
//   Query and FunctionCall included, until Sync.  After an error in Query or
//   FunctionCall it sends ReadyForQuery and skips nothing.
// - While it reads COPY data it swallows Sync and Flush.  Whether a Sync that was on
//   its way was swallowed cannot be known when the COPY fails; such a Sync is kept as
//   "maybe swallowed" and dropped as soon as the server answers something later.
// - CopyData, CopyDone and CopyFail outside a COPY are ignored and not answered.
// - Sync itself may fail: a deferred constraint at the commit of a pipeline.
//
// Threads: one session.
#pragma once

#include <boost/circular_buffer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "protocol/frontend.h"
#include "protocol/message.h"
#include "proxy/session/denial.h"
#include "proxy/session/session.h"
#include "proxy/session/statement_names.h"

namespace pgmoat::session {

enum class ReplyKind : std::uint8_t {
  kQuery,
  kParse,
  kBind,
  kDescribe,
  kExecute,
  kClose,
  kSync,
  kFunctionCall,
  kCopyEnd,  // CopyDone or CopyFail: nothing is answered, but a COPY ends here
  kCount,
};

// What a backend message means for the reply at the head of the queue.
enum class ReplyEffect : std::uint8_t {
  kViolation,      // it cannot come here
  kProgress,       // part of the reply
  kCopyIn,         // the server now reads COPY data
  kStatementDone,  // one statement of a Query ended; more may follow
  kReplyDone,      // the reply is complete
  kError,          // ErrorResponse
  kReady,          // ReadyForQuery
};

struct RowCounts {
  std::uint64_t affected = 0;
  std::uint64_t returned = 0;
};

struct ExpectedReply {
  ReplyKind kind = ReplyKind::kSync;
  bool copy_in = false;          // the server reads COPY data for it
  bool failed = false;           // its ErrorResponse came; only ReadyForQuery is owed
  bool maybe_swallowed = false;  // a Sync that a COPY may have swallowed
  protocol::ObjectKind object = protocol::ObjectKind::kStatement;  // of kClose
  std::string name;  // of the statement (kParse, kClose) or portal (kBind, kExecute, kClose)
  // Of kBind: the statement, when several texts may be behind it.
  std::unique_ptr<std::string> bound_from;
  Texts texts;  // what it runs or prepares; empty for the other kinds
  std::shared_ptr<const AuditedParameters> parameters;  // of what it runs, if on record
  AuditTicket ticket = 0;
  bool on_record = false;         // its record was begun, or lost
  bool ended = false;             // … and ended
  std::size_t statement = 0;      // how many statements of a Query have ended
  std::uint64_t result_rows = 0;  // of the present statement, as is result_bytes
  std::uint64_t result_bytes = 0;
  bool settled = false;         // `texts` were others when it was sent
  bool replication = false;     // a stream that goes both ways
  std::uint64_t number = 0;     // grows with each Push; 0: not in a queue yet
  std::uint64_t forwarded = 0;  // TemporaryTracker::Moment just before it was sent
  Now arrived;
  std::unique_ptr<UnknownName> unknown;  // the server's complaint is to name this
  std::unique_ptr<Denial> denial;        // the server's refusal is to be rewritten into this
  std::unique_ptr<policy::Decision> would_deny;  // allowed in shadow: what is on record
};

class ReplyQueue {
 public:
  void Push(ExpectedReply&& reply);

  // Finds the reply that `type` belongs to and what it means for it.  Markers and
  // maybe-swallowed Syncs that `type` cannot belong to are dropped on the way.
  // Only for messages that are not asynchronous (notices, notifications, parameters).
  ReplyEffect Accept(protocol::BackendType type);

  // The reply that the last Accept found.  Valid until the queue changes: a push, a pop or
  // FinishCopyIn moves replies.
  [[nodiscard]] ExpectedReply& Head() { return replies_.front(); }
  // Which texts the head has turned out to run.
  void SettleHead(const Texts& texts);
  ExpectedReply PopHead();
  void DropHead();

  [[nodiscard]] const ExpectedReply& Front() const { return replies_.front(); }

  // --- for limits ---

  // The number of the reply pushed last.
  [[nodiscard]] std::uint64_t last_number() const { return last_number_; }
  // What the server surely has to answer next; null when that is nothing.
  [[nodiscard]] const ExpectedReply* FirstOwed() const;
  // The number of the reply that ends the statement at the head: Parse, Bind and Describe
  // belong to the Execute or Sync behind them.
  [[nodiscard]] std::uint64_t EndOfStatement() const;
  // The server reads COPY data, and no end of it was sent.
  [[nodiscard]] bool CopyAwaitsData() const;
  // The server may keep answers in its buffer: it sends them when it reads a Flush or a
  // Sync, or has run a Query.
  [[nodiscard]] bool HoldsBack() const { return holds_back_; }
  [[nodiscard]] bool EndsWithExecute() const {
    return !replies_.empty() && replies_.back().kind == ReplyKind::kExecute;
  }
  // A Flush was sent.
  void NoteFlush() { holds_back_ = false; }
  // The latest message of the extended protocol has no Sync behind it: its transaction is
  // open, whatever the last ReadyForQuery said.
  [[nodiscard]] bool PipelineOpen() const { return pipeline_open_; }

  // The COPY of the head ended well: the server has read up to CopyDone or CopyFail and
  // swallowed what came before.  False when no such message was sent.
  bool FinishCopyIn();

  // The head was answered with an error, and a ReadyForQuery is still owed for it.
  void FailHead();

  // After an error in an extended-protocol message: calls skipped(ExpectedReply&) for
  // each reply that will now not come, up to the next Sync, and forgets them.  Messages
  // sent from now on are skipped until a Sync is pushed.
  template <typename F>
  void SkipToSync(F skipped) {
    skipping_ = true;
    while (!replies_.empty()) {
      if (replies_.front().kind == ReplyKind::kSync) {
        skipping_ = false;
        return;
      }
      ExpectedReply reply = PopHead();
      skipped(reply);
    }
  }
  // The server skips what is sent now.
  [[nodiscard]] bool Skipping() const { return skipping_; }

  // After SkipToSync for a failed COPY: the Sync at the head may have been swallowed, and
  // there are messages behind it that would then be skipped too.
  [[nodiscard]] bool SkipEndsAnywhere() const;

  // The head took a ReadyForQuery.
  void PopReady();

  // No answer is owed for certain.
  [[nodiscard]] bool Idle() const;
  [[nodiscard]] bool Empty() const { return replies_.empty(); }
  [[nodiscard]] std::size_t size() const { return replies_.size(); }
  // Texts held on account of unanswered messages, in bytes.
  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }

 private:
  static std::size_t HeldBytes(const ExpectedReply& reply);
  [[nodiscard]] bool IsSurplus(const ExpectedReply& reply) const;

  void Forget(const ExpectedReply& head);
  void Advance();

  // Takes turns in a few slots while a session does one thing after the other.
  boost::circular_buffer<ExpectedReply> replies_;
  std::size_t held_bytes_ = 0;
  std::uint64_t last_number_ = 0;
  bool holds_back_ = false;
  bool pipeline_open_ = false;
  bool skipping_ = false;
  bool swallowing_ = false;  // a Sync sent now may be swallowed by a COPY
};

}  // namespace pgmoat::session
