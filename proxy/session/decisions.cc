// Whether a message may go on, and what is sent when it may or may not.
#include <algorithm>
#include <optional>
#include <utility>

#include "policy/temporary_tables.h"
#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

// The statement that PREPARE would not take; null: it takes the text.  Parse takes all.
const policy::StatementFacts* NotPreparable(const JudgedText& text) {
  using policy::Kind;
  constexpr policy::KindSet kRows = {Kind::kRead, Kind::kInsert, Kind::kUpdate, Kind::kDelete,
                                     Kind::kMerge};
  constexpr policy::KindSet kBesides = {Kind::kRead,    Kind::kInsert, Kind::kUpdate,
                                        Kind::kDelete,  Kind::kMerge,  Kind::kRowLock,
                                        Kind::kSetting, Kind::kPrepare};
  for (const policy::StatementFacts& statement : text.facts().statements) {
    const bool rows = statement.kinds.HasAny(kRows) && kBesides.HasAll(statement.kinds);
    if (!rows || !statement.prepares.empty()) return &statement;
  }
  return nullptr;
}

// A cursor, or what only reads and so is no matter of when it runs.
bool MayBeFetched(const JudgedTextPtr& text) {
  const policy::TextFacts& facts = text->facts();
  if (facts.statements.size() != 1 || !facts.statements.front().executes.empty()) return false;
  return facts.statements.front().tag == "DECLARE CURSOR" || OnlyReads(facts, 0);
}

bool Contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Texts SessionImpl::TextsOfStatement(std::string_view name) const {
  return fresh_statement_.Is(name) ? fresh_statement_.texts : statements_.Find(name);
}

Texts SessionImpl::TextsOfPortal(std::string_view name) const {
  return fresh_portal_.Is(name) ? fresh_portal_.texts : portals_.Find(name);
}

// Then the server, in its own encoding, may find that two names differ where we do not, or the
// other way round.
bool SessionImpl::MayBeCutElsewhere(std::string_view name) const {
  constexpr std::size_t kNeverCut = 15;  // a character may take four bytes there for one here
  const bool long_here = name != NameOnServer(name) || (AsciiOnly() && name.size() > kNeverCut);
  return long_here && rules_->Restricted() && std::any_of(name.begin(), name.end(), [](char c) {
           return static_cast<unsigned char>(c) >= 0x80;
         });
}

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
  return DecideWithNamed(texts, now);
}

policy::Decision SessionImpl::DecideWithNamed(const Texts& texts, Now now) {
  policy::Decision all;
  for (const JudgedTextPtr& text : texts) {
    if (!Add(JudgeNow(*text, now), all) || !Add(DecideExecutes(*text, now), all)) break;
  }
  return all;
}

policy::Decision SessionImpl::DecideExecutes(const JudgedText& text, Now now) {
  const auto& statements = text.facts().statements;
  std::vector<std::pair<std::string_view, JudgedTextPtr>> prepared_here;
  // What the statements in front of the EXECUTE leave of the temporary tables.
  std::optional<policy::TemporaryTablesInText> temporary;
  if (statements.size() > 1) temporary.emplace(&temporary_.tables());
  policy::Decision all;
  for (const policy::StatementFacts* statement : text.telling()) {
    for (const std::string& name : statement->executes) {
      Texts named = statements_.Find(name);
      if (!Add(DecideNamed(named, now), all)) return all;
      for (const auto& [prepared, as] : prepared_here) {
        if (prepared == name) named.push_back(as);
      }
      // In a text of its own the server is asked (UnknownExecute).
      if (named.empty() && rules_->Restricted() && temporary) return UnknownStatement(name);
      if (temporary && !Add(DecideBehind(named, temporary->tables(), now), all)) return all;
    }
    if (!Add(DecideFetch(*statement, now), all)) return all;
    if (const JudgedTextPtr prepared = text.PreparedBy(*statement)) {
      if (!statement->prepares.empty())
        prepared_here.emplace_back(statement->prepares, prepared);
    }
    if (temporary) temporary->Done(*statement);
  }
  return all;
}

// FETCH runs on what its cursor was declared for, and any other portal, as if it were an
// Execute: as drivers move over rows (asyncpg), and for no more than that.
policy::Decision SessionImpl::DecideFetch(const policy::StatementFacts& statement, Now now) {
  policy::Decision all;
  if (statement.fetches.empty()) return all;
  const Texts portal = portals_.Find(statement.fetches);
  if (!Add(Decide(portal, now), all) || !rules_->Judged()) return all;
  if (!std::all_of(portal.begin(), portal.end(), MayBeFetched)) {
    Add(policy::RefuseFetch(*rules_, statement.tag), all);
  }
  return all;
}

// As Decide, with these temporary tables.  What a migration accepts, EXECUTE does not run.
policy::Decision SessionImpl::DecideBehind(const Texts& texts,
                                           const policy::TemporaryTables& temporary,
                                           Now now) const {
  policy::Circumstances circumstances = CircumstancesAt(now);
  circumstances.temporary_tables = &temporary;
  policy::Decision all;
  for (const JudgedTextPtr& text : texts) {
    if (!Add(policy::Judge(*rules_, text->facts(), circumstances), all)) break;
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
      if (const policy::StatementFacts* other = NotPreparable(*text);
          other && rules_->Judged()) {
        if (!Add(policy::RefuseExecute(*rules_, other->tag), all)) return all;
      }
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

// PREPARE shares its names with Parse, DECLARE with Bind.
void SessionImpl::ExpectPrepared(const Texts& texts) {
  for (const JudgedTextPtr& text : texts) {
    for (const policy::StatementFacts* statement : text->telling()) {
      if (const JudgedTextPtr prepared = text->PreparedBy(*statement)) {
        NamesOf(*statement).Expect(NameIn(*statement), {prepared});
      }
    }
  }
}

// An Execute may give the names of the newest Parse and Bind another meaning.
void SessionImpl::ForgetFresh(const Texts& texts) {
  for (const JudgedTextPtr& text : texts) {
    if (!text->telling().empty()) fresh_statement_.any = fresh_portal_.any = false;
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
      case ReplyKind::kDescribe:
        return EncodeDeniedBind(bytes, denial);
      case ReplyKind::kExecute:
        return EncodeDeniedExecute(bytes, denial);
      default:
        return EncodeDeniedFunctionCall(bytes);
    }
  });
  // An error in an extended-protocol message makes the server skip until Sync.
  dropping_until_sync_ = reply.kind == ReplyKind::kParse || reply.kind == ReplyKind::kBind ||
                         reply.kind == ReplyKind::kExecute ||
                         reply.kind == ReplyKind::kDescribe;
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
