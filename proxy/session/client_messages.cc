// Reading what a logged-in client sends; decisions.cc judges and forwards it.
//
// Each message takes one of three ways:
//
//   allowed   forwarded from where it lies; the reply queue notes what is owed
//   denied    replaced by a stand-in that the server refuses (denial.h)
//   skipped   not sent at all, when the server is sure to skip it: after an error in
//             an extended-protocol message, up to Sync
#include <algorithm>
#include <utility>

#include "policy/parser.h"
#include "protocol/body_reader.h"
#include "protocol/frontend.h"
#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

using protocol::FrontendType;

// Of a text whose memory is kept for the next one.
constexpr std::size_t kMostKeptBytes = 1024;

// What the audit trail calls the message.
std::string FunctionText(std::uint32_t oid) {
  const std::string_view name = policy::BuiltinFunctionName(oid);
  return "function call: " +
         (name.empty() ? std::string("unknown function") : std::string(name)) + " (OID " +
         std::to_string(oid) + ")";
}

// The name of a Parse's statement and the beginning of its text, when the message is too
// long to be gathered.
struct LongParse {
  std::string_view statement;
  std::string_view text;
};
LongParse ReadLongParse(protocol::Bytes prefix) {
  protocol::BodyReader reader(prefix);
  LongParse parse;
  parse.statement = reader.String();
  parse.text = protocol::AsText(reader.rest());
  return parse;
}

// The text of a whole Query or Parse that decodes.
std::string_view TextIn(protocol::Bytes message) {
  const bool query = static_cast<FrontendType>(message.front()) == FrontendType::kQuery;
  const protocol::Bytes body = message.subspan(protocol::kHeaderBytes);
  return query ? protocol::DecodeQuery(body)->text : protocol::DecodeParse(body)->text;
}

// In another encoding than UTF-8 the server reads other characters than the parser does,
// but for ASCII (design 3.4).
policy::TextFacts ReadText(std::string_view text, bool ascii_only,
                           policy::TextFacts facts = {}) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (ascii_only && !std::all_of(text.begin(), text.end(), is_ascii)) {
    facts.Clear();
    facts.status = policy::TextStatus::kInvalidEncoding;
  } else {
    policy::ReadFacts(text, facts);
  }
  return facts;
}

}  // namespace

void SessionImpl::HandleClientPiece(const Piece& piece, Now now, Output& out) {
  if (piece.kind == Piece::Kind::kRest) {
    if (dropping_message_) {
      dropping_message_ = !piece.last;
    } else {
      client_message_open_ = !piece.last;
      Forward(out.to_server, piece.bytes);
      if (piece.last) EndOpenMessage(now, out);
    }
    return;
  }
  if (SkippedByServer(piece, now)) {
    dropping_message_ = !piece.last;
    return;
  }
  FlushBehindExecute(piece, now, out);
  HandleClientMessage(piece, now, out);
}

// A message that came in pieces is whole.
void SessionImpl::EndOpenMessage(Now now, Output& out) {
  if (reply_open_) owed_since_ = now.steady;
  reply_open_ = false;
  if (cancel_.holding) UnblockServer(now, out);
}

void SessionImpl::HandleClientMessage(const Piece& piece, Now now, Output& out) {
  const auto type = static_cast<FrontendType>(piece.type);
  const bool long_message = piece.kind == Piece::Kind::kPrefix;
  if (EndsBehindGrant(type, now, out)) return;
  if (type == FrontendType::kSync || type == FrontendType::kQuery ||
      type == FrontendType::kFunctionCall) {
    fresh_statement_.any = fresh_portal_.any = false;
  }
  switch (type) {
    case FrontendType::kQuery:
    case FrontendType::kParse:
      ++statements_in_turn_;
      return long_message ? HandleLongText(piece, now, out) : HandleText(piece, now, out);
    case FrontendType::kBind:
      return HandleBind(piece, now, out);
    case FrontendType::kFunctionCall:
      return HandleFunctionCall(piece, now, out);
    case FrontendType::kCopyData:
      client_message_open_ = !piece.last;
      return Forward(out.to_server, piece.bytes);
    default:
      break;
  }
  if (long_message) return ClientViolation("a message that is too long for its type", now, out);
  switch (type) {
    case FrontendType::kExecute:
      return HandleExecute(piece, now, out);
    case FrontendType::kDescribe:
      return HandleObject(piece, ReplyKind::kDescribe, now, out);
    case FrontendType::kClose:
      return HandleObject(piece, ReplyKind::kClose, now, out);
    case FrontendType::kCopyDone:
    case FrontendType::kCopyFail:
      return HandleCopyEnd(piece, now, out);
    case FrontendType::kTerminate:
      return HandleTerminate(piece, now, out);
    case FrontendType::kSync:
    case FrontendType::kFlush:
      break;
    default:
      return ClientViolation("a message of unknown type", now, out);
  }
  if (!protocol::DecodeEmpty(piece.body()))
    return ClientViolation("a malformed Sync or Flush", now, out);
  if (type == FrontendType::kSync) {
    if (rules_->migrations) EndMigrationAtSync(now, out);
    dropping_until_sync_ = false;
    ExpectedReply reply;
    reply.kind = ReplyKind::kSync;
    reply.arrived = now;
    replies_.Push(std::move(reply));
  } else {
    replies_.NoteFlush();
  }
  Forward(out.to_server, piece.bytes);
}

// True when the server would not look at the message: it is dropped here, unread, so
// that nothing unjudged is ever sent.
bool SessionImpl::SkippedByServer(const Piece& piece, Now now) {
  if (!dropping_until_sync_ && !replies_.Skipping()) return false;
  const auto type = static_cast<FrontendType>(piece.type);
  if (type == FrontendType::kSync || type == FrontendType::kTerminate ||
      type == FrontendType::kFlush) {
    return false;
  }
  ExpectedReply skipped;
  skipped.arrived = now;
  if (type == FrontendType::kQuery) {
    const auto query = protocol::DecodeQuery(piece.body());
    const std::string_view text = query ? query->text : protocol::AsText(piece.body());
    skipped.kind = ReplyKind::kQuery;
    policy::TextFacts unread;
    unread.status = policy::TextStatus::kSyntaxError;  // nobody looked at it
    skipped.texts = {std::make_shared<JudgedText>(text, std::move(unread), TextOptions())};
  } else if (type == FrontendType::kExecute) {
    const auto execute = protocol::DecodeExecute(piece.body());
    skipped.kind = ReplyKind::kExecute;
    if (execute) {
      const std::string_view portal = NameOnServer(execute->portal);
      skipped.texts = portals_.Find(portal);
      skipped.parameters = ParametersOf(portal, skipped.texts);
    }
  } else if (type == FrontendType::kFunctionCall) {
    skipped.kind = ReplyKind::kFunctionCall;
  } else {
    return true;
  }
  ReportSkipped(skipped, now);
  return true;
}

// --- Query and Parse ---

void SessionImpl::HandleText(const Piece& piece, Now now, Output& out) {
  const auto type = static_cast<FrontendType>(piece.type);
  std::string_view text;
  if (type == FrontendType::kQuery) {
    const auto query = protocol::DecodeQuery(piece.body());
    if (!query) return ClientViolation("a malformed Query", now, out);
    text = query->text;
  } else {
    const auto parse = protocol::DecodeParse(piece.body());
    if (!parse) return ClientViolation("a malformed Parse", now, out);
    text = parse->text;
  }
  if (text.size() > options_.judge_inline_bytes) {
    // A long message was gathered, and copying it would stall the worker's other sessions.
    std::vector<std::byte> message = client_framer_.TakeGathered();
    if (message.empty()) message.assign(piece.bytes.begin(), piece.bytes.end());
    judged_message_ = std::make_shared<const std::vector<std::byte>>(std::move(message));
    judged_message_arrived_ = now;
    return AskToJudge(out);
  }
  JudgeText(piece, ReadShortText(text), now, out);
}

// In the memory of one that is done with, if possible.  The last may still be prepared, under
// no name, when the next comes: so two are kept, and not for long one that got a name.
JudgedTextPtr SessionImpl::ReadShortText(std::string_view text) {
  if (text.size() > kMostKeptBytes) {
    return std::make_shared<JudgedText>(text, ReadText(text, AsciiOnly()), TextOptions());
  }
  JudgedTextPtr& kept = kept_texts_[0];
  if (kept.use_count() > 1) std::swap(kept, kept_texts_[1]);
  if (kept.use_count() != 1) kept = std::make_shared<JudgedText>();
  kept->Become(text, ReadText(text, AsciiOnly(), kept->TakeFacts()), TextOptions());
  // An idle session does not keep what many statements need.
  return kept->held_bytes() > 2 * kMostKeptBytes ? std::move(kept) : kept;
}

// judged_message_ is read and judged on another thread; the session goes on in OnJudged.
// All that a decision depends on goes along, and none of it is shared with this thread but
// what never changes.
void SessionImpl::AskToJudge(Output& out) {
  judging_ = true;
  out.action = Action::kJudge;
  out.judge_work = [message = judged_message_, rules = rules_, subject = subject_,
                    catalog = catalog_.catalog, temporary = temporary_.tables(),
                    client = options_.client_ip, ascii_only = AsciiOnly(),
                    version = CircumstancesVersion(),
                    circumstances = CircumstancesAt(judged_message_arrived_),
                    text_options = TextOptions()]() mutable {
    const std::string_view text = TextIn(*message);
    auto judged = std::make_unique<JudgedText>(text, ReadText(text, ascii_only), text_options);
    circumstances.client = client ? &*client : nullptr;
    circumstances.temporary_tables = &temporary;
    judged->Judge(*rules, circumstances, version);
    return judged;
  };
}

void SessionImpl::OnJudged(JudgedTextPtr text, Now now, Output& out) {
  if (!judging_ || state_ != State::kReady) return;
  // A newer config came meanwhile: once more, elsewhere.
  if (!text->IsJudged(*rules_, judged_message_arrived_.system, CircumstancesVersion())) {
    return AskToJudge(out);
  }
  judging_ = false;
  out.lent = std::exchange(judged_message_, nullptr);
  const std::vector<std::byte>& message = *out.lent;
  current_input_ = message;
  Piece piece;
  piece.kind = Piece::Kind::kMessage;
  piece.type = std::to_integer<std::uint8_t>(message.front());
  piece.bytes = message;
  piece.last = true;
  // An error may have come in while the text was read.
  if (!SkippedByServer(piece, now)) {
    JudgeText(piece, std::move(text), judged_message_arrived_, out);
  }
  current_input_ = {};
}

// `piece` is a whole Query or Parse that decodes; `judged` its text.
void SessionImpl::JudgeText(const Piece& piece, JudgedTextPtr judged, Now now, Output& out) {
  ExpectedReply reply;
  reply.arrived = now;
  if (static_cast<FrontendType>(piece.type) == FrontendType::kQuery) {
    reply.kind = ReplyKind::kQuery;
    reply.texts = {std::move(judged)};
    const policy::Decision decision =
        DecideToRun(reply.texts, {.values = nullptr, .is_query = true, .in_part = false}, now);
    if (!decision.allowed) return Deny(decision, std::move(reply), now, out);
    ExpectPrepared(reply.texts);
    NoteForwarded(reply);
    NoteAllowed(decision, reply);
    if (const std::string* name = UnknownExecute(*reply.texts.front())) {
      return AskForUnknown(*name, std::move(reply), out);
    }
  } else {
    reply.kind = ReplyKind::kParse;
    const std::string_view name = protocol::DecodeParse(piece.body())->statement;
    reply.name = NameOnServer(name);
    reply.texts = {std::move(judged)};
    const policy::Decision decision =
        MayBeCutElsewhere(name) ? NameTooLong() : Decide(reply.texts, now);
    if (!decision.allowed) return Deny(decision, std::move(reply), now, out);
    statements_.Expect(reply.name, reply.texts);
    fresh_statement_ = {true, reply.name, reply.texts};
  }
  Allow(piece, std::move(reply), out);
}

// Above the gather limit: refused unread for a restricted role; for admin it streams by,
// and the trail holds its beginning.
void SessionImpl::HandleLongText(const Piece& piece, Now now, Output& out) {
  ExpectedReply reply;
  reply.arrived = now;
  std::string_view text = protocol::AsText(piece.body());
  if (static_cast<FrontendType>(piece.type) == FrontendType::kQuery) {
    reply.kind = ReplyKind::kQuery;
  } else {
    const LongParse parse = ReadLongParse(piece.body());
    reply.kind = ReplyKind::kParse;
    reply.name = NameOnServer(parse.statement);
    text = parse.text;
  }
  policy::TextFacts unread;
  unread.status = policy::TextStatus::kSyntaxError;  // should the rules change: not understood
  // The text goes on behind what is here.
  AuditedTextOptions options = TextOptions();
  const std::size_t to_come = piece.length - protocol::kLengthBytes - piece.body().size();
  options.full_bytes = text.size() + to_come - 1;  // the NUL
  reply.texts = {std::make_shared<JudgedText>(text, std::move(unread), options)};
  policy::Decision decision;
  if (reply.kind == ReplyKind::kQuery) decision = DecideToRun({}, {}, now);
  if (decision.allowed) decision = policy::JudgeTooLong(*rules_);
  if (!decision.allowed) {
    dropping_message_ = !piece.last;
    return Deny(decision, std::move(reply), now, out);
  }
  if (reply.kind == ReplyKind::kParse) {
    statements_.Expect(reply.name, reply.texts);
    fresh_statement_ = {true, reply.name, reply.texts};
  } else {
    NoteForwarded(reply);
    NoteAllowed(decision, reply);
  }
  Allow(piece, std::move(reply), out);
}

// --- the other messages that run something ---

void SessionImpl::HandleBind(const Piece& piece, Now now, Output& out) {
  const bool whole = piece.kind == Piece::Kind::kMessage;
  const auto bind =
      whole ? protocol::DecodeBind(piece.body()) : protocol::DecodeBindPrefix(piece.body());
  if (!bind && whole) return ClientViolation("a malformed Bind", now, out);
  ExpectedReply reply;
  reply.kind = ReplyKind::kBind;
  reply.arrived = now;
  policy::Decision decision;
  std::string_view statement;
  if (!bind || MayBeCutElsewhere(bind->portal)) {
    decision = NameTooLong();
  } else {
    statement = NameOnServer(bind->statement);
    reply.name = NameOnServer(bind->portal);
    reply.texts = TextsOfStatement(statement);
    // The unnamed statement has no other way into the server than Parse.
    if (reply.texts.empty() && rules_->Restricted() && !bind->statement.empty()) {
      dropping_message_ = !piece.last;
      return AskForUnknown(bind->statement, std::move(reply), out);
    }
    decision = Decide(reply.texts, now);
  }
  if (!decision.allowed) {
    dropping_message_ = !piece.last;
    return Deny(decision, std::move(reply), now, out);
  }
  if (reply.texts.size() > 1) {
    reply.bound_from = std::make_unique<std::string>(statement);
  }
  portals_.Expect(reply.name, reply.texts);
  KeepParameters(reply.name, piece.body());
  if (rules_->migrations) KeepLedgerValues(reply.name, reply.texts, piece.body());
  fresh_portal_ = {true, reply.name, reply.texts};
  Allow(piece, std::move(reply), out);
}

void SessionImpl::HandleExecute(const Piece& piece, Now now, Output& out) {
  const auto execute = protocol::DecodeExecute(piece.body());
  if (!execute) return ClientViolation("a malformed Execute", now, out);
  ExpectedReply reply;
  reply.kind = ReplyKind::kExecute;
  reply.arrived = now;
  // A portal nobody bound is a cursor of DECLARE, which was judged there, or does not
  // exist, which the server says best.
  const std::string_view portal = NameOnServer(execute->portal);
  reply.texts = TextsOfPortal(portal);
  reply.parameters = ParametersOf(portal, reply.texts);
  policy::Decision decision = DecideToRun(
      reply.texts,
      {.values = LedgerValuesOf(portal), .is_query = false, .in_part = execute->max_rows > 0},
      now);
  for (const JudgedTextPtr& text : reply.texts) {
    const std::string* unknown = decision.allowed ? UnknownExecute(*text) : nullptr;
    if (unknown != nullptr) decision = UnknownStatement(*unknown);
  }
  if (!decision.allowed) return Deny(decision, std::move(reply), now, out);
  ForgetFresh(reply.texts);
  ExpectPrepared(reply.texts);
  NoteForwarded(reply);
  NoteAllowed(decision, reply);
  reply.name = portal;
  Allow(piece, std::move(reply), out);
}

void SessionImpl::HandleFunctionCall(const Piece& piece, Now now, Output& out) {
  const bool whole = piece.kind == Piece::Kind::kMessage;
  const auto call = whole ? protocol::DecodeFunctionCall(piece.body())
                          : protocol::DecodeFunctionCallPrefix(piece.body());
  if (!call) return ClientViolation("a malformed FunctionCall", now, out);
  ExpectedReply reply;
  reply.kind = ReplyKind::kFunctionCall;
  reply.arrived = now;
  reply.texts = {std::make_shared<JudgedText>(FunctionText(call->function_oid),
                                              policy::TextFacts{}, AuditedTextOptions{})};
  if (rules_->audit.parameters != policy::RecordedParameters::kNone) {
    reply.parameters =
        OnRecord(protocol::FunctionCallArguments(piece.body(), kMaxAuditedParameters));
  }
  policy::Decision decision = DecideToRun({}, {}, now);
  if (decision.allowed)
    decision = policy::JudgeFunctionCall(*rules_, call->function_oid, CircumstancesAt(now));
  if (decision.allowed && rules_->migrations) {
    decision = DecideFunctionInWindow(call->function_oid, now);
  }
  if (!decision.allowed) {
    dropping_message_ = !piece.last;
    return Deny(decision, std::move(reply), now, out);
  }
  // A set_config, say: what it sets stands in its arguments.
  if (grant_ &&
      !policy::JudgeFunctionCall(*grant_->own, call->function_oid, CircumstancesAt(now))
           .allowed) {
    grant_->outlived = true;
  }
  NoteAllowed(decision, reply);
  Allow(piece, std::move(reply), out);
}

// --- messages that run nothing ---

void SessionImpl::HandleObject(const Piece& piece, ReplyKind kind, Now now, Output& out) {
  const auto object = protocol::DecodeObjectName(piece.body());
  if (!object) return ClientViolation("a malformed Describe or Close", now, out);
  ExpectedReply reply;
  reply.kind = kind;
  reply.object = object->kind;
  reply.name = NameOnServer(object->name);
  reply.arrived = now;
  if (kind == ReplyKind::kDescribe) {
    // The server looks up a statement's tables anew when one of them is gone, and keeps what it
    // found: as it must not run now, it must not be kept for later.  What EXECUTE names is
    // described with it.
    const bool statement = object->kind == protocol::ObjectKind::kStatement;
    Texts texts = statement ? TextsOfStatement(reply.name) : TextsOfPortal(reply.name);
    const policy::Decision decision = DecideWithNamed(texts, now);
    if (!decision.allowed) {
      reply.texts = std::move(texts);
      return Deny(decision, std::move(reply), now, out);
    }
  }
  Allow(piece, std::move(reply), out);
}

void SessionImpl::HandleCopyEnd(const Piece& piece, Now now, Output& out) {
  const bool fail = static_cast<FrontendType>(piece.type) == FrontendType::kCopyFail;
  const bool sound = fail ? protocol::DecodeCopyFail(piece.body()).has_value()
                          : protocol::DecodeEmpty(piece.body());
  if (!sound) return ClientViolation("a malformed CopyDone or CopyFail", now, out);
  ExpectedReply reply;
  reply.kind = ReplyKind::kCopyEnd;
  reply.arrived = now;
  Allow(piece, std::move(reply), out);
}

void SessionImpl::HandleTerminate(const Piece& piece, Now now, Output& out) {
  if (!protocol::DecodeEmpty(piece.body()))
    return ClientViolation("a malformed Terminate", now, out);
  Forward(out.to_server, piece.bytes);
  if (!replies_.Idle()) {
    // The server reads Terminate in its turn: what was sent before still runs and is
    // answered.  Its end of stream ends the session.
    terminating_ = true;
    return;
  }
  FinishTerminate(now, out);
}

void SessionImpl::FinishTerminate(Now now, Output& out) {
  ReportEnd(client_ended_ ? "client closed the connection" : "client terminated the session",
            "", "", now);
  Advance(LoginEvent::kEnd);
  out.action = Action::kClose;
}

}  // namespace pgmoat::session
