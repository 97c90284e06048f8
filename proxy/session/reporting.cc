// Audit records and metrics of a session.
#include <algorithm>
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

// As many as the reply's records.  The server takes no more than one by Parse, however many
// we see in the text (admin may make it read strings differently).
std::size_t StatementsOf(const ExpectedReply& reply) {
  const bool one = reply.kind != ReplyKind::kQuery || reply.texts.empty();
  return one ? 1 : reply.texts.front()->audited().size();
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
  if (rules_) record.policy_version = rules_->content_hash;
  if (!reported_login_) return record;
  record.transaction_status = static_cast<char>(transaction_);
  record.transaction = transactions_;
  return record;
}

void SessionImpl::ReportLogin(Outcome outcome, std::string_view rule, std::string_view reason,
                              std::string_view sqlstate, Now now) {
  AuditRecord record = NewRecord(AuditEvent::kLogin, "StartupMessage", now);
  record.id = NewId(now);
  record.outcome = outcome;
  record.rule = rule;
  record.reason = reason;
  record.sqlstate = sqlstate;
  surroundings_.audit->Append(record);
  if (outcome == Outcome::kOk) {
    surroundings_.metrics->LoginAccepted(subject_->environment, subject_->role);
  } else {
    surroundings_.metrics->LoginRefused(rule.empty() ? std::string_view("server") : rule);
  }
  reported_login_ = true;
}

// The role's `record` tells which of the statements that are allowed are on record.
bool SessionImpl::OnRecord(const ExpectedReply& reply) const {
  if (reply.would_deny) return rules_->audit.record != policy::Recorded::kNone;
  switch (rules_->audit.record) {
    case policy::Recorded::kAll:
      return true;
    case policy::Recorded::kDenied:
    case policy::Recorded::kNone:
      return false;
    case policy::Recorded::kWrites:
    case policy::Recorded::kDdl:
      break;
  }
  // A portal that nobody here has seen: whatever it runs.
  if (reply.texts.empty() || reply.kind == ReplyKind::kFunctionCall) return true;
  const bool writes = rules_->audit.record == policy::Recorded::kWrites;
  return std::any_of(reply.texts.begin(), reply.texts.end(), [&](const JudgedTextPtr& text) {
    return writes ? !OnlyReads(*text) : text->DefinesData();
  });
}

// With what it names by EXECUTE.
bool SessionImpl::OnlyReads(const JudgedText& text) const {
  if (!text.OnlyReads()) return false;
  for (const policy::StatementFacts* statement : text.telling()) {
    for (const std::string& name : statement->executes) {
      const Texts named = statements_.Find(name);
      if (named.empty()) return false;
      for (const JudgedTextPtr& one : named) {
        if (!one->OnlyReads()) return false;
      }
    }
  }
  return true;
}

// A reload may have asked for redaction since the text was prepared.
std::shared_ptr<const AuditedText> SessionImpl::OnRecord(
    std::shared_ptr<const AuditedText> text) const {
  const bool too_much =
      text && rules_->audit.redact_literals && text->form == TextForm::kAsSent;
  return too_much ? Withheld(*text) : text;
}

AuditedTextOptions SessionImpl::TextOptions() const {
  return {.max_bytes = options_.max_audited_bytes,
          .redact_literals = rules_->audit.redact_literals,
          .migrations = rules_->migrations.get(),
          .lint = LintContextNow()};
}

AuditRecord SessionImpl::StatementRecord(const ExpectedReply& reply) {
  AuditRecord record =
      NewRecord(AuditEvent::kStatement, ProtocolEvent(reply.kind), reply.arrived);
  record.id = NewId(reply.arrived);
  if (!reply.texts.empty()) {
    record.text = reply.texts.front()->Whole();
    // Of a FunctionCall it is ours.
    if (reply.kind != ReplyKind::kFunctionCall) record.text = OnRecord(record.text);
  }
  record.parameters = reply.parameters;
  if (reply.would_deny) {
    record.would_deny = true;
    record.rule = reply.would_deny->rule;
    record.reason = reply.would_deny->message;
  }
  return record;
}

void SessionImpl::BeginStatement(ExpectedReply& reply) {
  reply.on_record = OnRecord(reply);
  if (!reply.on_record) return;
  AuditRecord record = StatementRecord(reply);
  record.outcome = Outcome::kRunning;
  if (options_.steady_clock != nullptr) {
    record.proxy_time = options_.steady_clock() - reply.arrived.steady;
  }
  reply.ticket = surroundings_.audit->Begin(record);
}

void SessionImpl::ReportStatement(ExpectedReply& reply, std::size_t statement, Outcome outcome,
                                  std::string_view sqlstate, RowCounts rows, Now now,
                                  const Denial* limit) {
  // A limit that ended a statement is a refusal, which always is on record; and a Parse that
  // failed was never begun.
  const bool recorded = Runs(reply.kind) ? reply.on_record : OnRecord(reply);
  if (!recorded && limit == nullptr) return;
  const std::size_t count = StatementsOf(reply);
  AuditEnd end;
  end.statement = static_cast<std::uint32_t>(statement);
  end.last = statement + 1 >= count;
  if (count > 1 || reply.settled) end.text = OnRecord(TextOf(reply, statement));
  end.outcome = outcome;
  end.sqlstate = sqlstate;
  if (limit != nullptr) {
    end.id = limit->id;
    end.rule = limit->rule;
    end.reason = limit->message;
  }
  end.transaction_status = static_cast<char>(transaction_);
  end.transaction = transactions_;
  end.rows_affected = rows.affected;
  end.rows_returned = rows.returned;
  end.bytes_returned = reply.result_bytes;
  end.duration = now.steady - reply.arrived.steady;
  if (reply.on_record && !reply.ended) {
    reply.ended = end.last;
    return surroundings_.audit->End(reply.ticket, end);
  }
  AppendEnded(StatementRecord(reply), end);
}

// What was never begun: the role's flood is not on record, but this is; or the server found
// more statements in the text than we did.
void SessionImpl::AppendEnded(AuditRecord record, const AuditEnd& end) {
  Complete(record, end);
  surroundings_.audit->Append(record);
}

void SessionImpl::ReportRest(ExpectedReply& reply, Outcome outcome, Now now) {
  if (!Runs(reply.kind)) return;
  const std::size_t count = StatementsOf(reply);
  for (std::size_t i = reply.statement; i < count; ++i)
    ReportStatement(reply, i, outcome, "", {}, now);
}

// SQL's EXECUTE or FETCH is about to run what only a Parse has named.
void SessionImpl::ReportNamed(const JudgedText& text, Now now) {
  AuditRecord record = NewRecord(AuditEvent::kStatement, ProtocolEvent(ReplyKind::kParse), now);
  record.id = NewId(now);
  record.text = OnRecord(text.Whole());
  surroundings_.audit->Append(record);
}

// It never went to the server.
void SessionImpl::ReportSkipped(ExpectedReply& reply, Now now) {
  if (!OnRecord(reply)) return;
  AuditRecord record = StatementRecord(reply);
  record.outcome = Outcome::kSkipped;
  record.duration = now.steady - reply.arrived.steady;
  surroundings_.audit->Append(record);
}

void SessionImpl::ReportDenial(const ExpectedReply& reply, Now now) {
  AuditRecord record = NewRecord(AuditEvent::kStatement, ProtocolEvent(reply.kind), now);
  record.id = reply.denial->id;
  // A text with several statements is refused whole; all of it is recorded.
  if (!reply.texts.empty()) record.text = OnRecord(reply.texts.front()->Whole());
  record.parameters = reply.parameters;
  record.outcome = Outcome::kDenied;
  record.rule = reply.denial->rule;
  record.reason = reply.denial->message;
  record.sqlstate = reply.denial->sqlstate;
  surroundings_.audit->Append(record);
  surroundings_.metrics->Denied(subject_->environment, subject_->role, reply.denial->rule);
}

// What was sent and not answered is recorded as lost: the server may have run it.
void SessionImpl::ReportEnd(std::string_view reason, std::string_view sqlstate,
                            std::string_view rule, Now now, const RecordId& id) {
  if (state_ != State::kReady) {
    // A probe that connects and says nothing (a load balancer's health check) is no login.
    if (!reported_login_ && !subject_->login.empty())
      ReportLogin(Outcome::kError, rule, reason, sqlstate, now);
    return;
  }
  while (!replies_.Empty()) {
    ExpectedReply lost = replies_.PopHead();
    NoteLostChanges(lost);
    if (!lost.denial && !lost.failed) ReportRest(lost, Outcome::kLost, now);
  }
  PublishCatalogChange();
  CloseGrant("session-end", now);
  AuditRecord record = NewRecord(AuditEvent::kDisconnect, "Terminate", now);
  record.id = id.IsNull() ? NewId(now) : id;
  record.outcome = sqlstate.empty() ? Outcome::kOk : Outcome::kError;
  record.rule = rule;
  record.reason = reason;
  record.sqlstate = sqlstate;
  surroundings_.audit->Append(record);
  surroundings_.metrics->SessionEnded(subject_->environment, subject_->role);
}

void SessionImpl::NoteAllowed(const policy::Decision& decision, ExpectedReply& reply) {
  surroundings_.metrics->Allowed(subject_->environment, subject_->role);
  if (decision.would_deny) {
    surroundings_.metrics->WouldDeny(subject_->environment, subject_->role, decision.rule);
    reply.would_deny = std::make_unique<policy::Decision>(decision);
  }
  BeginStatement(reply);
}

}  // namespace pgmoat::session
