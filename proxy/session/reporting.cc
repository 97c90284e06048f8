// Audit records and metrics of a session.
#include <utility>

#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

std::string_view ProtocolEvent(ReplyKind kind) {
  switch (kind) {
    case ReplyKind::kQuery:
      return "Query";
    case ReplyKind::kParse:
      return "Parse";
    case ReplyKind::kBind:
      return "Bind";
    case ReplyKind::kDescribe:
      return "Describe";
    case ReplyKind::kExecute:
      return "Execute";
    case ReplyKind::kClose:
      return "Close";
    case ReplyKind::kSync:
      return "Sync";
    case ReplyKind::kFunctionCall:
      return "FunctionCall";
    case ReplyKind::kCopyEnd:
    case ReplyKind::kCount:
      break;
  }
  return "CopyDone";
}

std::shared_ptr<const AuditedText> TextOf(const ExpectedReply& reply, std::size_t statement) {
  if (reply.texts.empty()) return nullptr;
  const auto& audited = reply.texts.front()->audited();
  return audited[statement < audited.size() ? statement : audited.size() - 1];
}

// Replies whose statements run: each leaves a record, even when skipped or lost.
bool Runs(ReplyKind kind) {
  return kind == ReplyKind::kQuery || kind == ReplyKind::kExecute ||
         kind == ReplyKind::kFunctionCall;
}

}  // namespace

AuditRecord SessionImpl::NewRecord(AuditEvent event, std::string_view protocol_event, Now now) {
  AuditRecord record;
  record.time = now.system;
  record.event = event;
  record.subject = subject_;
  record.protocol_event = protocol_event;
  record.transaction_status = reported_login_ ? static_cast<char>(transaction_) : '\0';
  return record;
}

void SessionImpl::ReportLogin(Outcome outcome, std::string_view rule, std::string_view reason,
                              std::string_view sqlstate, Now now) {
  AuditRecord record = NewRecord(AuditEvent::kLogin, "StartupMessage", now);
  record.id = surroundings_.audit->NewId();
  record.outcome = outcome;
  record.rule = rule;
  record.reason = reason;
  record.sqlstate = sqlstate;
  surroundings_.audit->Append(std::move(record));
  if (outcome == Outcome::kOk) {
    surroundings_.metrics->LoginAccepted(subject_->environment, subject_->role);
  } else {
    surroundings_.metrics->LoginRefused(rule.empty() ? std::string_view("server") : rule);
  }
  reported_login_ = true;
}

void SessionImpl::ReportStatement(const ExpectedReply& reply, std::size_t statement,
                                  Outcome outcome, std::string_view sqlstate,
                                  std::uint64_t rows, Now now, const Denial* limit) {
  AuditRecord record =
      NewRecord(AuditEvent::kStatement, ProtocolEvent(reply.kind), reply.arrived);
  record.id = limit != nullptr ? limit->audit_id : surroundings_.audit->NewId();
  if (limit != nullptr) {
    record.rule = limit->rule;
    record.reason = limit->message;
  }
  record.text = TextOf(reply, statement);
  record.outcome = outcome;
  record.rows = rows;
  record.result_bytes = reply.result_bytes;
  record.duration = now.steady - reply.arrived.steady;
  if (reply.would_deny) {
    record.would_deny = true;
    record.rule = reply.would_deny->rule;
    record.reason = reply.would_deny->message;
  }
  record.sqlstate = sqlstate;
  surroundings_.audit->Append(std::move(record));
}

void SessionImpl::ReportRest(const ExpectedReply& reply, Outcome outcome, Now now) {
  if (!Runs(reply.kind)) return;
  const std::size_t count = reply.texts.empty() ? 1 : reply.texts.front()->audited().size();
  for (std::size_t i = reply.statement; i < count; ++i)
    ReportStatement(reply, i, outcome, "", 0, now);
}

void SessionImpl::ReportDenial(const ExpectedReply& reply, Now now) {
  AuditRecord record = NewRecord(AuditEvent::kStatement, ProtocolEvent(reply.kind), now);
  record.id = reply.denial->audit_id;
  // A text with several statements is refused whole; all of it is recorded.
  if (!reply.texts.empty()) record.text = reply.texts.front()->Whole();
  record.outcome = Outcome::kDenied;
  record.rule = reply.denial->rule;
  record.reason = reply.denial->message;
  record.sqlstate = reply.denial->sqlstate;
  surroundings_.audit->Append(std::move(record));
  surroundings_.metrics->Denied(subject_->environment, subject_->role, reply.denial->rule);
}

// What was sent and not answered is recorded as lost: the server may have run it.
void SessionImpl::ReportEnd(std::string_view reason, std::string_view sqlstate,
                            std::string_view rule, Now now, std::string id) {
  if (state_ != State::kReady) {
    // A probe that connects and says nothing (a load balancer's health check) is no login.
    if (!reported_login_ && !subject_->login.empty())
      ReportLogin(Outcome::kError, rule, reason, sqlstate, now);
    return;
  }
  while (!replies_.Empty()) {
    const ExpectedReply lost = replies_.PopHead();
    NoteLostChanges(lost);
    if (!lost.denial && !lost.failed) ReportRest(lost, Outcome::kLost, now);
  }
  PublishCatalogChange();
  AuditRecord record = NewRecord(AuditEvent::kDisconnect, "Terminate", now);
  record.id = id.empty() ? surroundings_.audit->NewId() : std::move(id);
  record.outcome = sqlstate.empty() ? Outcome::kOk : Outcome::kError;
  record.rule = rule;
  record.reason = reason;
  record.sqlstate = sqlstate;
  surroundings_.audit->Append(std::move(record));
  surroundings_.metrics->SessionEnded(subject_->environment, subject_->role);
}

void SessionImpl::CountAllowed(const policy::Decision& decision, ExpectedReply& reply) {
  surroundings_.metrics->Allowed(subject_->environment, subject_->role);
  if (!decision.would_deny) return;
  surroundings_.metrics->WouldDeny(subject_->environment, subject_->role, decision.rule);
  reply.would_deny = std::make_unique<policy::Decision>(decision);
}

}  // namespace pgmoat::session
