#include "proxy/migrations/database/rehearse_script.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "policy/decision.h"
#include "policy/parser.h"
#include "proxy/lint/script.h"

namespace pgmoat::database {
namespace {

using policy::Kind;
using policy::StatementFacts;

std::size_t Newlines(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Behind white space and comments in front of a statement, which its offset may be before.
std::size_t SkipBlanks(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("--")) {
      at = std::min(text.find('\n', at), text.size());
    } else if (rest.starts_with("/*")) {
      int depth = 0;  // they nest
      do {
        if (text.substr(at).starts_with("/*")) ++depth;
        if (text.substr(at).starts_with("*/")) --depth;
        at += text.substr(at).starts_with("/*") || text.substr(at).starts_with("*/") ? 2 : 1;
      } while (depth > 0 && at < text.size());
    } else if (rest.find_first_of(" \t\r\n\f\v") == 0) {
      ++at;
    } else {
      break;
    }
  }
  return std::min(at, text.size());
}

std::string WhyUnreadable(policy::TextStatus status) {
  switch (status) {
    case policy::TextStatus::kTooDeep:
      return "a statement is nested too deeply";
    case policy::TextStatus::kInvalidEncoding:
      return "it is not UTF-8; convert it";
    case policy::TextStatus::kSyntaxError:
    case policy::TextStatus::kUnderstood:
      break;
  }
  return "it is no SQL of PostgreSQL " + std::string(policy::GrammarVersion()) +
         "; correct it, or where only a newer server knows it, try it on a copy of the "
         "database";
}

Plan Skip(std::string reason) { return {Treatment::kSkip, std::move(reason)}; }

Plan OfTransaction(const ScriptStatement& statement) {
  const std::string_view tag = statement.facts.tag;
  const bool chain = statement.facts.begins_transaction;
  if (tag == "BEGIN" || tag == "START TRANSACTION") return {Treatment::kBegin};
  if (tag == "COMMIT") {
    return {chain ? Treatment::kCommitAndChain : Treatment::kCommit};
  }
  if (tag == "ROLLBACK" && !statement.facts.rolls_back_to_savepoint) {
    return {chain ? Treatment::kRollbackAndChain : Treatment::kRollback};
  }
  if (tag == "SET CONSTRAINTS") return {Treatment::kSetConstraints};
  return {Treatment::kRunBare};
}

// What the server would do for it outside of the transaction, or cannot take back; empty:
// nothing.
std::string ReachesOut(const StatementFacts& facts) {
  if (facts.kinds.HasAny({Kind::kCopyFile, Kind::kCopyProgram})) {
    return "it reads or writes a file of the server, or runs a program there";
  }
  if (facts.kinds.Has(Kind::kServerControl)) return "it controls the server itself";
  if (facts.kinds.Has(Kind::kForeignServer)) return "it is about another server";
  if (facts.kinds.Has(Kind::kReplication) && facts.tag.ends_with("SUBSCRIPTION")) {
    return "it connects to another server";
  }
  if (facts.kinds.Has(Kind::kNotUnderstood)) return "it is not understood";
  return {};
}

// As role deploy is judged, for the functions that it calls and the like: what kind of
// statement it is, whether it destroys, and what it sets is no matter in a rehearsal.
std::string IsRefusedToAll(StatementFacts facts) {
  constexpr std::string_view kUnsafe[] = {"any.function", "any.server-file",
                                          "any.system-catalog", "any.untrusted-language",
                                          "any.dangerous-extension"};
  facts.kinds = {Kind::kRead};
  facts.effective_where = true;
  facts.settings.clear();
  policy::Rules rules;
  rules.role = policy::BuiltinRole::kDeploy;
  rules.environment = "any";
  policy::TextFacts text;
  text.statements.push_back(std::move(facts));
  const policy::Decision decision = policy::Judge(rules, text);
  if (decision.allowed ||
      std::find(std::begin(kUnsafe), std::end(kUnsafe), decision.rule) == std::end(kUnsafe)) {
    return {};
  }
  return "pgmoat refuses it to every role but admin (rule " + std::string(decision.rule) + ")";
}

bool Calls(const StatementFacts& facts, std::string_view name) {
  return std::any_of(facts.functions.begin(), facts.functions.end(),
                     [&](const policy::FunctionUse& use) { return use.name == name; });
}

std::vector<std::string> NotesOn(const StatementFacts& facts) {
  std::vector<std::string> notes;
  if (facts.kinds.HasAny({Kind::kDo, Kind::kCall})) {
    notes.emplace_back(
        "what its code does outside of the transaction (dblink, files, sequences) is neither "
        "judged nor rolled back");
  }
  if (Calls(facts, "nextval") || Calls(facts, "setval")) {
    notes.emplace_back("a rollback does not give back what it takes from a sequence");
  }
  if (facts.kinds.Has(Kind::kNotify)) {
    notes.emplace_back("it is delivered at COMMIT, so nobody gets it now");
  }
  return notes;
}

// What the facts say cannot run; what they do not tell the server does (25001).
std::optional<Plan> NotInTransaction(const ScriptStatement& statement) {
  const Plan plan = {
      Treatment::kSkip,
      "it cannot run in a transaction; try it on a copy of the database, with psql -f", true};
  const StatementFacts& facts = statement.facts;
  const bool index = facts.tag.ends_with("INDEX") || facts.tag.starts_with("REINDEX");
  if (facts.concurrently && index) return plan;
  if (facts.tag == "VACUUM") return plan;
  if (facts.kinds.Has(Kind::kDatabase) && !facts.tag.starts_with("ALTER")) {
    return plan;
  }
  return {};
}

std::optional<Plan> Skipped(const ScriptStatement& statement) {
  const StatementFacts& facts = statement.facts;
  if (facts.kinds.Has(Kind::kTwoPhase)) {
    return Skip("two-phase commit would end the rehearsal's transaction, or another's");
  }
  if (facts.kinds.HasAny({Kind::kCopyIn, Kind::kCopyOut})) {
    return Skip("the data of a COPY goes through the client, and here is none");
  }
  if (facts.tag == "DISCARD") return Skip("there is nothing of a session to discard");
  if (facts.kinds.Has(Kind::kListen)) return Skip("nobody would listen");
  if (facts.kinds == policy::KindSet{Kind::kEmpty}) return Skip("it is empty");
  return NotInTransaction(statement);
}

void Append(std::string_view text, policy::TextFacts& facts, std::size_t first_line,
            Script& script) {
  for (StatementFacts& statement : facts.statements) {
    if (statement.kinds == policy::KindSet{Kind::kEmpty}) continue;
    const std::size_t begin = SkipBlanks(text, statement.offset);
    const std::size_t end = std::min(text.size(), statement.offset + statement.length);
    ScriptStatement& added = script.statements.emplace_back();
    added.line = first_line + Newlines(text.substr(0, begin));
    added.sql = text.substr(begin, end > begin ? end - begin : 0);
    added.facts = std::move(statement);
  }
}

// Piece by piece: what is no SQL has a line then, and psql's own commands are left out.
void ReadAsPsql(std::string_view text, std::size_t first_line, Script& script) {
  const lint::Script read = lint::ReadScript(text);
  const auto line_at = [&](std::size_t offset) {
    return first_line + Newlines(text.substr(0, offset));
  };
  for (const lint::Piece& piece : read.pieces) {
    const std::string_view sql =
        std::string_view(read.sql).substr(piece.begin, piece.end - piece.begin);
    const std::string place =
        script.file + ":" + std::to_string(line_at(SkipBlanks(read.sql, piece.begin))) + ": ";
    if (!piece.variables.empty()) {
      throw std::runtime_error(place +
                               "it has a variable of psql's, whose value nobody here knows; "
                               "write the value");
    }
    policy::TextFacts facts;
    policy::ReadFacts(sql, facts);
    if (facts.status != policy::TextStatus::kUnderstood) {
      throw std::runtime_error(place + WhyUnreadable(facts.status));
    }
    Append(sql, facts, line_at(piece.begin), script);
  }
  for (const lint::ScriptNote& note : read.notes) {
    script.notes.push_back(script.file + ":" + std::to_string(line_at(note.offset)) + ": " +
                           note.text);
  }
}

}  // namespace

Script ReadScript(const std::string& file, std::string_view text, std::size_t first_line) {
  Script script;
  script.file = file;
  if (text.find('\0') != std::string_view::npos) {
    throw std::runtime_error(file + ": it has a NUL byte; is it a text?");
  }
  policy::TextFacts facts;
  policy::ReadFacts(text, facts);
  if (facts.status == policy::TextStatus::kUnderstood) {
    Append(text, facts, first_line, script);
  } else {
    ReadAsPsql(text, first_line, script);
  }
  return script;
}

Plan PlanOf(const ScriptStatement& statement, bool allow_unsafe) {
  const StatementFacts& facts = statement.facts;
  if (facts.kinds == policy::KindSet{Kind::kTransaction}) return OfTransaction(statement);
  std::string unsafe = ReachesOut(facts);
  if (unsafe.empty()) unsafe = IsRefusedToAll(facts);
  if (!unsafe.empty() && !allow_unsafe) {
    return {
        Treatment::kRefuse,
        unsafe + ", so a rollback may not take it back; --allow-unsafe runs it all the same"};
  }
  if (auto skipped = Skipped(statement)) return *skipped;
  Plan plan;
  plan.notes = NotesOn(facts);
  if (!unsafe.empty()) plan.notes.push_back(unsafe + ": it may not be taken back");
  return plan;
}

}  // namespace pgmoat::database
