// Limits in time, and the cancels that any limit sends (limits.h).
#include <algorithm>
#include <utility>

#include "protocol/frontend.h"
#include "protocol/startup.h"
#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

using protocol::FrontendType;

constexpr policy::RoleLimits kNoLimits;

bool InTime(const policy::RoleLimits& limits) {
  return limits.statement_timeout.count() > 0 || limits.idle_in_transaction_timeout.count() > 0;
}

}  // namespace

// --- which limits hold ---

const policy::RoleLimits& SessionImpl::Limits() const {
  return rules_->enforce ? rules_->limits : kNoLimits;
}

const policy::RoleLimits& SessionImpl::LimitsOf(const ExpectedReply& reply) const {
  return reply.number <= earlier_limits_until_ ? earlier_limits_ : Limits();
}

// What was sent already is held to the limits that were in force.
void SessionImpl::KeepLimitsOfSent() {
  if (replies_.Empty()) return;
  if (replies_.Head().number > earlier_limits_until_) earlier_limits_ = Limits();
  earlier_limits_until_ = replies_.last_number();
}

bool SessionImpl::HasTimeLimits() const {
  if (state_ != State::kReady) return false;
  const bool earlier = !replies_.Empty() && replies_.Front().number <= earlier_limits_until_ &&
                       InTime(earlier_limits_);
  return InTime(Limits()) || earlier || cancel_.deadline.has_value() || grant_;
}

// --- the clock ---

void SessionImpl::OnTick(Now now, Output& out) {
  if (state_ != State::kReady) return;
  ExpireGrant(now, out);
  if (state_ != State::kReady) return;  // it ended with its grant
  if (cancel_.deadline && now.steady >= *cancel_.deadline) {
    policy::Decision late = StatementTooSlow(*rules_, cancel_.statement_timeout);
    late.message = "terminating the session: a " + late.message +
                   ", and the server did not answer the cancel";
    return EndByLimit(late, now, out);
  }
  const ExpectedReply* owed = replies_.FirstOwed();
  if (owed == nullptr) return TickIdle(std::max(client_bytes_at_, owed_since_), now, out);
  // What the client has not sent to its end, the server has not begun.
  if (reply_open_ && owed->number == replies_.last_number()) {
    owed_since_ = now.steady;
    return TickIdle(client_bytes_at_, now, out);
  }
  TickStatement(*owed, now, out);
}

void SessionImpl::TickStatement(const ExpectedReply& owed, Now now, Output& out) {
  if (owed.replication) return;
  const auto timeout = LimitsOf(owed).statement_timeout;
  // It may have been answered long ago: the server keeps answers back until a Flush or a
  // Sync.
  if (replies_.HoldsBack() && InTime(LimitsOf(owed))) UnblockServer(now, out);
  if (timeout.count() == 0 || cancel_.deadline) return;
  if (now.steady - std::max(owed.arrived.steady, owed_since_) < timeout) return;
  cancel_.statement_timeout = timeout;
  cancel_.deadline = now.steady + kCancelPatience;
  CancelServer("limit.statement-timeout", now, out);
}

void SessionImpl::TickIdle(std::chrono::steady_clock::time_point since, Now now, Output& out) {
  const auto timeout = Limits().idle_in_transaction_timeout;
  const bool open =
      transaction_ != protocol::TransactionStatus::kIdle || replies_.PipelineOpen();
  if (!open || judging_ || terminating_ || timeout.count() == 0) return;
  if (now.steady - since >= timeout) {
    EndByLimit(IdleInTransaction(*rules_, timeout), now, out);
  }
}

void SessionImpl::FlushBehindExecute(const Piece& piece, Now now, Output& out) {
  if (!replies_.HoldsBack() || Limits().statement_timeout.count() == 0) return;
  // A message that comes in pieces may take long to come.
  if (!replies_.EndsWithExecute() && piece.kind != Piece::Kind::kPrefix) return;
  switch (static_cast<FrontendType>(piece.type)) {
    case FrontendType::kQuery:
    case FrontendType::kParse:
    case FrontendType::kBind:
    case FrontendType::kDescribe:
    case FrontendType::kExecute:
    case FrontendType::kClose:
    case FrontendType::kFunctionCall:
      return UnblockServer(now, out);
    default:
      return;
  }
}

// --- cancels ---

void SessionImpl::CancelServer(std::string_view rule, Now now, Output& out) {
  cancel_.rule = rule;
  cancel_.holding = true;
  cancel_.target = replies_.EndOfStatement();
  if (cancel_.in_flight) {
    cancel_.again = true;
  } else {
    SendCancel(now, out);
  }
  if (state_ == State::kReady) UnblockServer(now, out);
}

void SessionImpl::SendCancel(Now now, Output& out) {
  if (server_key_.empty()) return EndUncancelled("the server gave no key for it", now, out);
  cancel_.in_flight = true;
  cancel_.reach = replies_.last_number();
  protocol::EncodeCancelRequest(out.cancel_request, {subject_->server_pid, server_key_});
  out.action = Action::kCancelServer;
}

// What the server may be waiting for before it looks at a cancel or sends its answer: the
// end of a COPY's data, a Flush.
void SessionImpl::UnblockServer(Now now, Output& out) {
  if (client_message_open_ || terminating_) return;
  if (cancel_.holding && replies_.CopyAwaitsData()) {
    out.to_server.Own([](std::vector<std::byte>& bytes) {
      protocol::EncodeCopyFail(bytes, "pgmoat: a limit was reached");
    });
    ExpectedReply end;
    end.kind = ReplyKind::kCopyEnd;
    end.arrived = now;
    replies_.Push(std::move(end));
  }
  if (replies_.HoldsBack()) {
    out.to_server.Own([](std::vector<std::byte>& bytes) { protocol::EncodeFlush(bytes); });
    replies_.NoteFlush();
  }
}

void SessionImpl::OnCancelSent(bool delivered, Now now, Output& out) {
  if (state_ != State::kReady || !cancel_.in_flight) return;
  cancel_.in_flight = false;
  cancel_.reach = replies_.last_number();
  // It may reach the server some other time, and meet whatever runs then.
  if (!delivered) return EndUncancelled("the server could not be reached for it", now, out);
  if (std::exchange(cancel_.again, false) && TargetIsOwed()) return SendCancel(now, out);
  ReleaseClient();
  if (draining_ && Idle()) EndAtBoundary(now, out);
}

bool SessionImpl::TargetIsOwed() const {
  return cancel_.holding && !replies_.Empty() && replies_.Front().number <= cancel_.target;
}

// The client is read again when the cancel has had its effect, or none.
void SessionImpl::ReleaseClient() {
  if (!cancel_.holding || cancel_.in_flight || cut_) return;
  if (TargetIsOwed()) return;
  cancel_.holding = false;
  cancel_.deadline.reset();
}

std::optional<Denial> SessionImpl::LimitBehindCancel(const ExpectedReply& reply,
                                                     std::string_view sqlstate, Now now) {
  if (sqlstate != "57014" || reply.number > cancel_.reach) return std::nullopt;
  const bool meant = cancel_.deadline && reply.number <= cancel_.target;
  const policy::Decision decision = meant ? StatementTooSlow(*rules_, cancel_.statement_timeout)
                                          : CancelledWithAnother(*rules_, cancel_.rule);
  return MakeDenial(decision, NewId(now));
}

void SessionImpl::HandleCancelled(ExpectedReply& head, Denial limit, Now now, Output& out) {
  const bool may_have_committed =
      head.kind == ReplyKind::kSync || AllStatementsEnded(head) ||
      (head.kind == ReplyKind::kFunctionCall && head.result_rows > 0);
  if (may_have_committed) {
    late_cancel_ = std::make_unique<Denial>(std::move(limit));
    return;  // the ReadyForQuery that follows tells more
  }
  TellCancelled(limit, out);
  ReportFailed(head, limit.sqlstate, &limit, now);
}

void SessionImpl::TellCancelled(const Denial& limit, Output& out) {
  CountLimit(limit.rule);
  out.to_client.Own([&](std::vector<std::byte>& bytes) { EncodeDenialError(bytes, limit); });
}

// The server may answer a cancel when the statement has ended and its transaction with it:
// an error that undoes nothing.
bool SessionImpl::AllStatementsEnded(const ExpectedReply& reply) const {
  // What the server makes of a text that we cannot read is not known here.
  return reply.kind == ReplyKind::kQuery && rules_->Restricted() && !reply.texts.empty() &&
         reply.statement >= reply.texts.front()->audited().size();
}

// `head` was cancelled so late that only its ReadyForQuery tells whether that undid it.
void SessionImpl::FinishLateCancel(ExpectedReply& head, Now now, Output& out) {
  const std::unique_ptr<Denial> limit = std::move(late_cancel_);
  const bool failed_block = transaction_ != protocol::TransactionStatus::kIdle;
  if (!failed_block && head.kind == ReplyKind::kQuery) return;  // all of it was done in time
  if (!failed_block && wrote_) {
    policy::Decision unknown;
    unknown.rule = limit->rule;
    unknown.sqlstate = limit->sqlstate;
    unknown.message = "terminating the session: " + limit->message +
                      ", and nobody can tell whether it was committed";
    unknown.hint = "Look at what was changed before you send it again.";
    return EndByLimit(unknown, now, out);
  }
  TellCancelled(*limit, out);
  const std::size_t statement = head.statement > 0 ? head.statement - 1 : 0;
  ReportStatement(head, statement, Outcome::kError, limit->sqlstate, {}, now, limit.get());
}

// --- ends ---

void SessionImpl::EndByLimit(const policy::Decision& decision, Now now, Output& out) {
  CountLimit(decision.rule);
  EndSession({decision.sqlstate, decision.message, decision.hint, decision.rule, NewId(now)},
             now, out);
}

void SessionImpl::EndUncancelled(std::string_view why, Now now, Output& out) {
  policy::Decision decision;
  decision.rule = cancel_.rule;
  decision.sqlstate = "57014";
  decision.message = "terminating the session: a statement reached a limit of role " +
                     std::string(rules_->RoleName()) + " in environment " +
                     rules_->environment + " and cannot be cancelled, because " +
                     std::string(why);
  decision.hint = "Connect again; tell the operator of pgmoat if this happens often.";
  EndByLimit(decision, now, out);
}

void SessionImpl::CountLimit(std::string_view rule) {
  surroundings_.metrics->LimitHit(subject_->environment, subject_->role, rule);
}

// --- max_connections ---

bool SessionImpl::RoleIsFull() const {
  const std::size_t limit = Limits().max_connections;
  if (surroundings_.roles == nullptr || limit == 0) return false;
  return surroundings_.roles->Sessions(rules_->environment, rules_->RoleName()).load() >= limit;
}

bool SessionImpl::TakePlace(std::size_t limit) {
  if (surroundings_.roles == nullptr) return true;
  return place_.Take(surroundings_.roles->Sessions(rules_->environment, rules_->RoleName()),
                     limit);
}

}  // namespace pgmoat::session
