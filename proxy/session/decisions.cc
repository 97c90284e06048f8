// Whether a message may go on, and what is sent when it may or may not.
#include <algorithm>
#include <utility>

#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

bool Contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

policy::Decision SessionImpl::Decide(const Texts& texts, Now now) {
  policy::Decision all;
  for (const JudgedTextPtr& text : texts) {
    if (!Add(JudgeNow(*text, now), all)) break;
  }
  return all;
}

// Before something runs, the trail must be able to take it, unless the role puts
// availability first; and what EXECUTE names is judged as if it stood there.
policy::Decision SessionImpl::DecideToRun(const Texts& texts, Run run, Now now) {
  if (rules_->audit.required && rules_->audit.RecordsAllowed() &&
      !surroundings_.audit->Healthy()) {
    return AuditUnavailable(*rules_);
  }
  if (rules_->migrations) return DecideInWindow(texts, run, now);
  policy::Decision all;
  for (const JudgedTextPtr& text : texts) {
    if (!Add(JudgeNow(*text, now), all) || !Add(DecideExecutes(*text, now), all)) break;
  }
  return all;
}

policy::Decision SessionImpl::DecideExecutes(const JudgedText& text, Now now) {
  const auto& statements = text.facts().statements;
  std::vector<std::string_view> prepared_here;
  policy::Decision all;
  for (const policy::StatementFacts* statement : text.telling()) {
    for (const std::string& name : statement->executes) {
      const Texts named = statements_.Find(name);
      // In a text of its own the server is asked (UnknownExecute).
      const bool known =
          !named.empty() || Contains(prepared_here, name) || !rules_->Restricted();
      if (!known && statements.size() > 1) return UnknownStatement(name);
      if (!Add(DecideNamed(named, now), all)) return all;
    }
    if (!statement->prepares.empty()) prepared_here.push_back(statement->prepares);
  }
  return all;
}

// `named`, and what it names in turn: Parse can prepare an EXECUTE, too.
policy::Decision SessionImpl::DecideNamed(const Texts& named, Now now) {
  policy::Decision all;
  std::vector<std::string_view> seen;
  std::vector<Texts> waiting = {named};
  while (!waiting.empty()) {
    const Texts texts = std::move(waiting.back());
    waiting.pop_back();
    if (!Add(Decide(texts, now), all)) return all;
    for (const JudgedTextPtr& text : texts) {
      for (const policy::StatementFacts* statement : text->telling()) {
        for (const std::string& name : statement->executes) {
          if (Contains(seen, name)) continue;
          seen.push_back(name);
          waiting.push_back(statements_.Find(name));
        }
      }
    }
  }
  return all;
}

const std::string* SessionImpl::UnknownExecute(const JudgedText& text) const {
  const auto& statements = text.facts().statements;
  if (statements.size() != 1 || !rules_->Restricted()) return nullptr;
  for (const std::string& name : statements.front().executes) {
    if (statements_.Find(name).empty()) return &name;
  }
  return nullptr;
}

void SessionImpl::AskForUnknown(std::string_view name, ExpectedReply&& reply, Output& out) {
  reply.unknown = std::make_unique<UnknownName>(MakeUnknownName(name, NewId(reply.arrived)));
  const bool bind = reply.kind == ReplyKind::kBind;
  out.to_server.Own([&](std::vector<std::byte>& bytes) {
    bind ? EncodeUnknownBind(bytes, *reply.unknown)
         : EncodeUnknownExecute(bytes, *reply.unknown);
  });
  dropping_until_sync_ = bind;  // it will fail, and the server will skip
  replies_.Push(std::move(reply));
}

// PREPARE shares its names with Parse.
void SessionImpl::ExpectPrepared(const Texts& texts) {
  for (const JudgedTextPtr& text : texts) {
    for (const policy::StatementFacts* statement : text->telling()) {
      if (const JudgedTextPtr prepared = text->PreparedBy(*statement)) {
        statements_.Expect(statement->prepares, {prepared});
      }
    }
  }
}

void SessionImpl::Deny(const policy::Decision& decision, ExpectedReply&& reply, Now now,
                       Output& out) {
  reply.denial = std::make_unique<Denial>(MakeDenial(WithGrantOver(decision), NewId(now)));
  const Denial& denial = *reply.denial;
  ReportDenial(reply, now);
  out.to_server.Own([&](std::vector<std::byte>& bytes) {
    switch (reply.kind) {
      case ReplyKind::kQuery:
        return EncodeDeniedQuery(bytes, denial);
      case ReplyKind::kParse:
        return EncodeDeniedParse(bytes, reply.name, denial);
      case ReplyKind::kBind:
        return EncodeDeniedBind(bytes, denial);
      case ReplyKind::kExecute:
        return EncodeDeniedExecute(bytes, denial);
      default:
        return EncodeDeniedFunctionCall(bytes);
    }
  });
  // An error in an extended-protocol message makes the server skip until Sync.
  dropping_until_sync_ = reply.kind == ReplyKind::kParse || reply.kind == ReplyKind::kBind ||
                         reply.kind == ReplyKind::kExecute;
  // What was denied never runs: no name may come to mean it.
  reply.texts.clear();
  replies_.Push(std::move(reply));
}

void SessionImpl::Allow(const Piece& piece, ExpectedReply&& reply, Output& out) {
  if (!lint_warnings_.empty()) SendLintWarnings(out);
  client_message_open_ = reply_open_ = !piece.last;
  Forward(out.to_server, piece.bytes);
  NoteUnderGrant(reply, out);
  replies_.Push(std::move(reply));
}

}  // namespace pgmoat::session
