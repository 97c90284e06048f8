// Limits of a result (limits.h).
//
//   server   DataRow … DataRow│DataRow … DataRow CommandComplete  ReadyForQuery
//   client   DataRow … DataRow│                                   Error ReadyForQuery
//                             └ the cut: from here on nothing is handed on
//
// or, where the transaction must fail and has not:
//
//   server   …                                   ReadyForQuery T         Error ReadyForQuery E
//                                                   └ stand-in ─> refused ─┘
#include <utility>

#include "protocol/frontend.h"
#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

using protocol::BackendType;

// A COPY in binary ends with a message that is no row: Int16 -1.  Of a message that has
// only begun the length is all there is, so one row too many of two bytes may pass.
bool MayBeBinaryTrailer(const protocol::Piece& piece) {
  return static_cast<BackendType>(piece.type) == BackendType::kCopyData &&
         piece.length == protocol::kLengthBytes + 2;
}

}  // namespace

// Hands a message on, or drops it while a result is being cut.
void SessionImpl::Deliver(const Piece& piece, Output& out) {
  if (cut_) {
    server_message_dropped_ = !piece.last;
    return;
  }
  server_message_open_ = !piece.last;
  Forward(out.to_client, piece.bytes);
}

// Those behind a row that was handed on, where each would go the same way.
void SessionImpl::PassRows(const Piece& first, Bytes& rest, Output& out) {
  const auto type = static_cast<BackendType>(first.type);
  const bool is_row = type == BackendType::kDataRow || type == BackendType::kCopyData;
  if (!is_row || state_ != State::kReady || cut_) return;
  ExpectedReply& head = replies_.Head();
  const policy::RoleLimits& limits = LimitsOf(head);
  if (limits.max_rows > 0 || limits.max_result_bytes > 0) return;
  const protocol::Framer::Run run = server_framer_.TakeRun(rest);
  head.result_rows += run.messages;
  head.result_bytes += run.bytes.size();
  Forward(out.to_client, run.bytes);
}

// The beginning of a DataRow, CopyData or FunctionCallResponse.
void SessionImpl::CountResult(const Piece& piece, Now now, Output& out) {
  if (cut_) return;
  ExpectedReply& head = replies_.Head();
  const policy::RoleLimits& limits = LimitsOf(head);
  const std::uint64_t bytes = head.result_bytes + piece.length + 1;
  if (limits.max_result_bytes > 0 && bytes > limits.max_result_bytes && !head.replication) {
    return BeginCut(ResultTooLarge(*rules_, limits.max_result_bytes), now, out);
  }
  if (limits.max_rows > 0 && head.result_rows >= limits.max_rows && !head.replication &&
      !(head.result_rows == limits.max_rows && MayBeBinaryTrailer(piece))) {
    return BeginCut(TooManyRows(*rules_, limits.max_rows), now, out);
  }
  ++head.result_rows;
  head.result_bytes += piece.bytes.size();
}

void SessionImpl::BeginCut(const policy::Decision& decision, Now now, Output& out) {
  cut_ = std::make_unique<ResultCut>();
  cut_->denial = MakeDenial(decision, NewId(now));
  CountLimit(decision.rule);
  CancelServer(decision.rule, now, out);
}

// A statement ended well on the server.
void SessionImpl::ReportDone(ExpectedReply& reply, RowCounts rows, Now now) {
  const bool only_reads = RepliesOnlyRead(reply);
  if (!only_reads) wrote_ = true;
  if (!cut_) return ReportStatement(reply, reply.statement, Outcome::kOk, "", rows, now);
  if (cut_->reported) {
    if (!only_reads) cut_->wrote_behind = true;
    return ReportStatement(reply, reply.statement, Outcome::kOk, "", rows, now);
  }
  cut_->reported = true;
  ReportStatement(reply, reply.statement, Outcome::kError, cut_->denial.sqlstate,
                  {0, reply.result_rows}, now, &cut_->denial);
}

bool SessionImpl::RepliesOnlyRead(const ExpectedReply& reply) const {
  const policy::RoleLimits& limits = LimitsOf(reply);
  const bool asked = limits.max_rows > 0 || limits.max_result_bytes > 0 ||
                     limits.statement_timeout.count() > 0;
  if (!asked) return false;
  if (reply.texts.empty()) return false;
  for (const JudgedTextPtr& text : reply.texts) {
    if (!session::OnlyReads(text->facts(), reply.statement)) return false;
    for (const std::string& name : text->facts().statements[reply.statement].executes) {
      const Texts named = statements_.Find(name);
      if (named.empty()) return false;
      for (const JudgedTextPtr& one : named) {
        if (!session::OnlyReads(one->facts(), 0)) return false;
      }
    }
  }
  return true;
}

// Behind the cut, up to the ReadyForQuery, `done` was answered and is off the queue.
void SessionImpl::ContinueCut(const ExpectedReply& done, Now now, Output& out) {
  const bool names = done.kind == ReplyKind::kParse || done.kind == ReplyKind::kBind ||
                     done.kind == ReplyKind::kClose;
  if (names && !done.name.empty()) return EndCut(now, out);
  if (!replies_.Idle()) return;
  // The client waits for an error before it sends Sync.
  if (!replies_.Empty() || client_message_open_ || terminating_) return EndCut(now, out);
  RefuseStandIn(ReplyKind::kExecute, now, out);
  dropping_until_sync_ = true;
}

// Makes the server itself fail (denial.h), and its error the one that the client gets.
void SessionImpl::RefuseStandIn(ReplyKind kind, Now now, Output& out) {
  ExpectedReply reply;
  reply.kind = kind;
  reply.arrived = now;
  reply.denial = std::make_unique<Denial>(std::move(cut_->denial));
  cut_.reset();
  out.to_server.Own([&](std::vector<std::byte>& bytes) {
    kind == ReplyKind::kQuery ? EncodeDeniedQuery(bytes, *reply.denial)
                              : EncodeDeniedExecute(bytes, *reply.denial);
  });
  replies_.Push(std::move(reply));
}

// The ReadyForQuery behind a cut statement that ended well.
void SessionImpl::FinishCut(const Piece& piece, Now now, Output& out) {
  using protocol::TransactionStatus;
  if (transaction_ == TransactionStatus::kInBlock) {
    const bool undone = !cut_->wrote_behind && replies_.Idle() && !client_message_open_;
    if (!undone || terminating_) return EndCut(now, out);
    return RefuseStandIn(ReplyKind::kQuery, now, out);
  }
  if (transaction_ == TransactionStatus::kIdle && wrote_) return EndCut(now, out);
  out.to_client.Own(
      [&](std::vector<std::byte>& bytes) { EncodeDenialError(bytes, cut_->denial); });
  Forward(out.to_client, piece.bytes);
  cut_.reset();
}

// The server's own error.  It undoes what is being cut, unless it comes too late for that.
void SessionImpl::HandleErrorOfCut(ExpectedReply& head, std::string_view sqlstate, Now now,
                                   Output& out) {
  if (cut_->wrote_behind) return EndCut(now, out);
  const bool of_the_cut = !cut_->reported;
  const bool undone = of_the_cut ? head.kind != ReplyKind::kFunctionCall : UndoneByError(head);
  const bool has_statement =
      !head.denial && head.kind != ReplyKind::kSync && !AllStatementsEnded(head);
  if (has_statement) {
    ReportFailed(head, of_the_cut ? cut_->denial.sqlstate : sqlstate,
                 of_the_cut ? &cut_->denial : nullptr, now);
  }
  cut_->reported = true;
  if (!undone) return;  // FinishCut decides, by the ReadyForQuery that follows
  out.to_client.Own(
      [&](std::vector<std::byte>& bytes) { EncodeDenialError(bytes, cut_->denial); });
  cut_.reset();
}

// An error at `head` undoes what ran before it since the last ReadyForQuery.  Not an error
// at a commit, which may have been; nor one behind a COMMIT in the same text.
bool SessionImpl::UndoneByError(const ExpectedReply& head) const {
  constexpr policy::KindSet kEndsTransaction = {policy::Kind::kTransaction,
                                                policy::Kind::kTwoPhase};
  if (head.kind == ReplyKind::kSync || head.kind == ReplyKind::kFunctionCall) return false;
  if (head.kind != ReplyKind::kQuery) return true;
  if (AllStatementsEnded(head) || !rules_->Restricted()) return false;
  for (const JudgedTextPtr& text : head.texts) {
    for (const policy::StatementFacts& statement : text->facts().statements) {
      if (statement.kinds.HasAny(kEndsTransaction)) return false;
    }
  }
  return true;
}

// The client cannot be told that the statement failed, for something stands.
void SessionImpl::EndCut(Now now, Output& out) {
  const Denial& denial = cut_->denial;
  EndSession({denial.sqlstate,
              "terminating the session: " + denial.message +
                  ", and what the server has done meanwhile may stand",
              "Look at what was changed before you send it again. " + denial.hint, denial.rule,
              NewId(now)},
             now, out);
}

}  // namespace pgmoat::session
