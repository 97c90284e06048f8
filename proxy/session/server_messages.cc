// Keeping step with what the server answers to a logged-in client.
//
// Almost everything is forwarded from where it lies.  Rewritten is only the server's
// refusal of a stand-in and what a limit has cut (limits.h); nothing is added.
#include <utility>

#include "policy/setting_rules.h"
#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

// What of the command tag's count was sent to the client, and what was done to the data.
RowCounts RowsOf(const ExpectedReply& reply, std::string_view command_tag) {
  const std::uint64_t tagged =
      command_tag.empty() ? 0 : protocol::RowsOfCommandTag(command_tag);
  if (reply.replication) return {};
  // Of a COPY in binary not every CopyData is a row.
  if (command_tag.starts_with("COPY")) {
    return reply.result_bytes > 0 ? RowCounts{0, tagged} : RowCounts{tagged, 0};
  }
  if (command_tag.starts_with("MOVE") || command_tag.starts_with("FETCH")) {
    return {0, reply.result_rows};
  }
  // CREATE TABLE AS says SELECT, too.
  const bool selects = command_tag.starts_with("SELECT") && reply.result_rows > 0;
  return {selects ? 0 : tagged, reply.result_rows};
}

}  // namespace

using protocol::BackendType;

bool SessionImpl::EndsSession(const Piece& piece) {
  if (static_cast<BackendType>(piece.type) != BackendType::kErrorResponse) return false;
  const auto error = protocol::DecodeError(piece.body());
  return !error || error->IsFatal();
}

void SessionImpl::HandleServerPiece(const Piece& piece, Now now, Output& out) {
  const auto type = static_cast<BackendType>(piece.type);
  if (piece.kind == Piece::Kind::kRest) {
    if (server_message_dropped_) {
      server_message_dropped_ = !piece.last;
      return;
    }
    server_message_open_ = !piece.last;
    if ((type == BackendType::kDataRow || type == BackendType::kCopyData) &&
        !replies_.Empty()) {
      replies_.Head().result_bytes += piece.bytes.size();
    }
    return Forward(out.to_client, piece.bytes);
  }
  switch (type) {
    case BackendType::kParameterStatus:
      return HandleParameterStatus(piece, now, out);
    case BackendType::kNoticeResponse:
    case BackendType::kNotificationResponse:
      // May come at any time.
      server_message_open_ = !piece.last;
      return Forward(out.to_client, piece.bytes);
    case BackendType::kErrorResponse:
      return HandleError(piece, now, out);
    default:
      return HandleReply(piece, now, out);
  }
}

// The second wall (design 3.3): the server itself tells when a setting has a value that
// the role must not have, however it came about.
void SessionImpl::HandleParameterStatus(const Piece& piece, Now now, Output& out) {
  const auto status = protocol::DecodeParameterStatus(piece.body());
  if (!status) return ServerViolation("a malformed ParameterStatus", now, out);
  policy::Decision decision =
      policy::JudgeReportedSetting(*rules_, status->name, status->value);
  if (status->name == "session_authorization") {
    if (session_authorization_.empty()) session_authorization_ = status->value;
    if (rules_->Restricted() && session_authorization_ != status->value) {
      decision.allowed = false;
      decision.rule = "any.session-authorization";
      decision.sqlstate = "42501";
      decision.message = "the session's authorization changed, which is not allowed for role " +
                         subject_->role + " in environment " + subject_->environment;
    }
  }
  if (!decision.allowed) {
    surroundings_.metrics->Denied(subject_->environment, subject_->role, decision.rule);
    return EndSession({decision.sqlstate, decision.message, decision.hint, decision.rule}, now,
                      out);
  }
  NoteReportedUnderGrant(status->name, status->value);
  if (status->name == "client_encoding") {
    utf8_reported_ = policy::IsUtf8(status->value);
    if (!LoggedIn()) began_in_utf8_ = utf8_reported_;
    not_utf8_ |= !utf8_reported_;
  }
  if (status->name == "application_name") {
    return HandleApplicationName(piece, status->value, out);
  }
  if (status->name == "search_path") temporary_.SearchPath(status->value);  // 18 and later
  Forward(out.to_client, piece.bytes);
}

void SessionImpl::HandleReply(const Piece& piece, Now now, Output& out) {
  const auto type = static_cast<BackendType>(piece.type);
  const ReplyEffect effect = replies_.Accept(type);
  if (effect == ReplyEffect::kViolation) {
    return ServerViolation("an answer to nothing that was asked", now, out);
  }
  // The server ran what it had to refuse: whatever that is, it is not in step with us.
  const ExpectedReply& head = replies_.Head();
  if ((head.denial || head.unknown) && !head.failed) {
    return ServerViolation("it did not refuse a refused statement", now, out);
  }
  switch (effect) {
    case ReplyEffect::kProgress:
      return HandleProgress(piece, now, out);
    case ReplyEffect::kCopyIn:
      // Nobody will send the data that it asks for behind a cut.
      if (cut_) UnblockServer(now, out);
      return Deliver(piece, out);
    case ReplyEffect::kStatementDone:
      return HandleStatementDone(piece, false, now, out);
    case ReplyEffect::kReplyDone:
      if (replies_.Head().kind == ReplyKind::kExecute)
        return HandleStatementDone(piece, true, now, out);
      return HandleReplyDone(piece, now, out);
    case ReplyEffect::kReady:
      return HandleReady(piece, now, out);
    case ReplyEffect::kViolation:
    case ReplyEffect::kError:
      break;  // HandleError's
  }
}

void SessionImpl::HandleProgress(const Piece& piece, Now now, Output& out) {
  switch (static_cast<BackendType>(piece.type)) {
    case BackendType::kDataRow:
    case BackendType::kCopyData:
    case BackendType::kFunctionCallResponse:
      CountResult(piece, now, out);
      break;
    case BackendType::kCopyBothResponse:
      replies_.Head().replication = true;
      break;
    default:
      break;
  }
  Deliver(piece, out);
}

// CommandComplete, EmptyQueryResponse, PortalSuspended.
void SessionImpl::HandleStatementDone(const Piece& piece, bool reply_done, Now now,
                                      Output& out) {
  ++statements_in_turn_;
  ran_ = true;
  std::string_view command_tag;
  if (static_cast<BackendType>(piece.type) == BackendType::kCommandComplete) {
    const auto tag = protocol::DecodeCommandComplete(piece.body());
    if (!tag) return ServerViolation("a malformed CommandComplete", now, out);
    command_tag = *tag;
  }
  if (replies_.Head().copy_in && !replies_.FinishCopyIn()) {
    return ServerViolation("it ended a COPY whose data has not ended", now, out);
  }
  SettleTexts();
  ExpectedReply& head = replies_.Head();
  const RowCounts rows = RowsOf(head, command_tag);
  ReportDone(head, rows, now);
  if (rules_->migrations) NoteMigrationStep(head, rows.affected);
  ConfirmStatementNames(head);
  NoteEffects(head, command_tag);
  OpenGrantAskedBy(head, command_tag, now, out);
  ++head.statement;
  head.result_rows = head.result_bytes = 0;
  owed_since_ = now.steady;
  Deliver(piece, out);
  if (reply_done) FinishHead(now, out);
}

void SessionImpl::FinishHead(Now now, Output& out) {
  if (!cut_) return replies_.DropHead();
  ContinueCut(replies_.PopHead(), now, out);
}

// ParseComplete, BindComplete, CloseComplete, the end of a description.
void SessionImpl::HandleReplyDone(const Piece& piece, Now now, Output& out) {
  Deliver(piece, out);
  owed_since_ = now.steady;
  const ExpectedReply& head = replies_.Head();
  StatementNames& names =
      head.object == protocol::ObjectKind::kStatement ? statements_ : portals_;
  if (head.kind == ReplyKind::kParse) statements_.Confirm(head.name, head.texts);
  if (head.kind == ReplyKind::kBind) {
    Texts meant;
    if (head.bound_from) meant = statements_.Confirmed(*head.bound_from);
    portals_.Confirm(head.name, head.texts, meant.size() == 1 ? meant : head.texts);
  }
  if (head.kind == ReplyKind::kClose) {
    if (head.object == protocol::ObjectKind::kPortal) ForgetParameters(head.name);
    names.Forget(head.name);
  }
  FinishHead(now, out);
}

void SessionImpl::HandleError(const Piece& piece, Now now, Output& out) {
  const auto error = protocol::DecodeError(piece.body());
  if (!error) return ServerViolation("a malformed ErrorResponse", now, out);
  if (error->IsFatal()) {
    // The server ends the session for reasons of its own: shutdown, a timeout.
    Forward(out.to_client, piece.bytes);
    ReportEnd("the database server ended the session", error->sqlstate, "", now);
    Advance(LoginEvent::kEnd);
    out.action = Action::kClose;
    return;
  }
  if (replies_.Accept(BackendType::kErrorResponse) != ReplyEffect::kError) {
    return ServerViolation("an error in answer to nothing that was asked", now, out);
  }
  temporary_.Failed();
  if (rules_->migrations) window_.Failed();
  SettleTexts();
  ExpectedReply& head = replies_.Head();
  owed_since_ = now.steady;
  if (cut_) {
    HandleErrorOfCut(head, error->sqlstate, now, out);
  } else if (head.denial) {
    out.to_client.Own(
        [&](std::vector<std::byte>& bytes) { EncodeDenialError(bytes, *head.denial); });
  } else if (std::optional<Denial> limit = LimitBehindCancel(head, error->sqlstate, now)) {
    HandleCancelled(head, std::move(*limit), now, out);
  } else {
    if (head.unknown) {
      out.to_client.Own([&](std::vector<std::byte>& bytes) {
        protocol::EncodeErrorReplacing(bytes, piece.body(), head.unknown->stand_in,
                                       head.unknown->name);
      });
    } else {
      Forward(out.to_client, piece.bytes);
    }
    ReportFailed(head, error->sqlstate, nullptr, now);
  }
  if (state_ != State::kReady) return;  // a limit ended it
  const bool ready_follows = head.kind == ReplyKind::kQuery ||
                             head.kind == ReplyKind::kFunctionCall ||
                             head.kind == ReplyKind::kSync;
  if (ready_follows) return replies_.FailHead();
  const bool copy_failed = head.copy_in;
  replies_.DropHead();
  replies_.SkipToSync([&](ExpectedReply& skipped) {
    if (!skipped.denial) ReportRest(skipped, Outcome::kSkipped, now);
    WithdrawNames(skipped);
  });
  // Nobody can tell which of the messages behind that Sync the server will run: rather no
  // session than a trail that may be wrong.
  if (copy_failed && replies_.SkipEndsAnywhere()) {
    ClientViolation("messages pipelined behind a COPY before its data ended", now, out);
  }
}

void SessionImpl::ReportFailed(ExpectedReply& head, std::string_view sqlstate,
                               const Denial* limit, Now now) {
  ran_ = true;
  ReportStatement(head, head.statement, Outcome::kError, sqlstate,
                  {0, limit != nullptr ? head.result_rows : 0}, now, limit);
  ++head.statement;
  if (head.kind == ReplyKind::kQuery) ReportRest(head, Outcome::kSkipped, now);
  WithdrawNames(head);
}

void SessionImpl::HandleReady(const Piece& piece, Now now, Output& out) {
  const auto status = protocol::DecodeReadyForQuery(piece.body());
  if (!status) return ServerViolation("a malformed ReadyForQuery", now, out);
  // The server found fewer statements in the text than we did (admin may make it read
  // strings differently): the trail holds all of the text nevertheless.
  ExpectedReply& head = replies_.Head();
  if (head.kind == ReplyKind::kQuery && !head.failed) ReportRest(head, Outcome::kSkipped, now);
  if (head.kind == ReplyKind::kFunctionCall && !head.failed) {
    wrote_ = ran_ = true;
    ReportDone(head, {0, head.result_rows}, now);
  }
  const bool rolled_back = transaction_ != protocol::TransactionStatus::kIdle &&
                           last_was_rollback_ && head.kind == ReplyKind::kQuery &&
                           head.statement == 1 && !head.failed;
  const bool was_idle = transaction_ == protocol::TransactionStatus::kIdle;
  transaction_ = *status;
  if (transaction_ == protocol::TransactionStatus::kIdle && (ran_ || !was_idle)) {
    ++transactions_;
    ran_ = false;
  }
  temporary_.Ready(transaction_);
  if (transaction_ == protocol::TransactionStatus::kIdle) SettleCatalogChange(rolled_back);
  owed_since_ = now.steady;
  if (late_cancel_) FinishLateCancel(head, now, out);
  if (state_ != State::kReady) return;  // a limit ended it
  replies_.PopReady();
  if (cut_) {
    FinishCut(piece, now, out);
  } else {
    Forward(out.to_client, piece.bytes);
  }
  wrote_ = false;
  if (rules_->migrations && replies_.Idle()) SettleMigrations(now);
  if (transaction_ != protocol::TransactionStatus::kIdle) return;
  ledger_values_.clear();
  // Portals do not outlive their transaction ("Extended Query").
  portals_.ForgetAll();
  if (replies_.Empty()) parameters_.clear();  // otherwise a Bind may have come meanwhile
  // Nothing under way and no ROLLBACK can bring another encoding back.
  if (utf8_reported_ && replies_.Idle()) not_utf8_ = false;
}

// An Execute is sent when several texts may be behind its portal.  When it is answered, all
// that came before is, and there is one.
void SessionImpl::SettleTexts() {
  const ExpectedReply& head = replies_.Head();
  if (head.kind != ReplyKind::kExecute || head.denial || head.settled) return;
  // The unnamed portal is no cursor's.
  if (head.name.empty() && head.texts.size() < 2) return;
  const Texts meant = portals_.Confirmed(head.name);
  if (meant.size() != 1 || (head.texts.size() == 1 && head.texts.front() == meant.front())) {
    return;
  }
  ExpectedReply others;
  others.kind = ReplyKind::kExecute;
  for (const JudgedTextPtr& text : head.texts) {
    if (text != meant.front()) others.texts.push_back(text);
  }
  WithdrawNames(others);
  replies_.SettleHead(meant);
}

// SQL's own PREPARE and DEALLOCATE act on the names that Parse uses, DECLARE and CLOSE on
// Bind's.
void SessionImpl::ConfirmStatementNames(const ExpectedReply& reply) {
  for (const JudgedTextPtr& text : reply.texts) {
    if (reply.statement >= text->facts().statements.size()) continue;
    const policy::StatementFacts& statement = text->facts().statements[reply.statement];
    if (const JudgedTextPtr prepared = text->PreparedBy(statement)) {
      NamesOf(statement).Confirm(NameIn(statement), {prepared});
      if (statement.prepares.empty()) ForgetParameters(statement.declares_cursor);
    }
    if (!statement.closes_cursor.empty()) {
      portals_.Forget(statement.closes_cursor);
      ForgetParameters(statement.closes_cursor);
    }
    if (statement.closes_all_cursors) portals_.ForgetAll();
    if (!statement.deallocates.empty()) statements_.Forget(statement.deallocates);
    if (statement.deallocates_all) statements_.ForgetNamed();
  }
}

// What a statement that completed did to things that later decisions depend on.
void SessionImpl::NoteEffects(const ExpectedReply& reply, std::string_view command_tag) {
  last_was_rollback_ = command_tag == "ROLLBACK";
  if (command_tag == "COMMIT") PublishCatalogChange();
  for (const JudgedTextPtr& text : reply.texts) {
    NoteCatalogChange(*text, reply.statement);
    const auto& statements = text->facts().statements;
    if (reply.statement >= statements.size()) continue;
    if (reply.texts.size() > 1 || reply.settled) {
      temporary_.CompletedUnsure(statements[reply.statement]);
    } else {
      temporary_.Completed(statements[reply.statement], reply.forwarded + reply.statement + 1,
                           command_tag);
    }
  }
}

// The names that the reply would have made stay what they were.
void SessionImpl::WithdrawNames(const ExpectedReply& reply) {
  if (reply.kind == ReplyKind::kParse) return statements_.Withdraw(reply.name, reply.texts);
  if (reply.kind == ReplyKind::kBind) return portals_.Withdraw(reply.name, reply.texts);
  for (const JudgedTextPtr& text : reply.texts) {
    for (const policy::StatementFacts* statement : text->telling()) {
      if (const JudgedTextPtr prepared = text->PreparedBy(*statement)) {
        NamesOf(*statement).Withdraw(NameIn(*statement), {prepared});
      }
    }
  }
}

}  // namespace pgmoat::session
