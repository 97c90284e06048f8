#include "proxy/lint/judge_script.h"

#include <algorithm>
#include <utility>

#include "policy/canonical.h"
#include "policy/decision.h"
#include "policy/destruction.h"
#include "policy/first_word.h"
#include "policy/lock_levels.h"
#include "policy/parse_error.h"
#include "policy/parser.h"
#include "policy/utf8.h"
#include "proxy/lint/forward_part.h"
#include "proxy/lint/script.h"

namespace pgmoat::lint {

namespace {

using policy::StatementFacts;
using policy::TextFacts;
using policy::TextStatus;

bool OpensTransaction(policy::MigrationTool tool, std::size_t statements) {
  using policy::MigrationTool;
  switch (tool) {
    case MigrationTool::kPlainSql:
    case MigrationTool::kSequelize:
      return false;
    // The file is one Query; the server makes several statements in one a transaction.
    case MigrationTool::kPrisma:
    case MigrationTool::kGolangMigrate:
      return statements > 1;
    default:
      return true;
  }
}

// A statement and where it stands in the file, in bytes.
struct Located {
  TextFacts facts;  // of it alone; none when it does not parse
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string error;  // the parser's
};

bool IsEmpty(const StatementFacts& statement) {
  return statement.kinds == policy::KindSet{policy::Kind::kEmpty};
}

class ScriptJudge {
 public:
  ScriptJudge(std::string name, std::string_view text, const LintOptions& options)
      : options_(options), positions_(text), part_(ReadForwardPart(text)) {
    report_.file = std::move(name);
  }

  FileReport Judge() {
    if (!policy::IsReadableUtf8(part_.text)) {
      JudgeUnreadable();
      return std::move(report_);
    }
    TextFacts facts;
    policy::ReadFacts(part_.text, facts);
    if (facts.status == TextStatus::kUnderstood) {
      Take(facts, part_.text, 0, part_.text.size());
    } else {
      ReadPieces();
    }
    for (Located& statement : statements_) JudgeStatement(statement);
    AddFindings();
    ApplyApprovals();
    return std::move(report_);
  }

 private:
  // Where the encoding breaks, to the line.
  void JudgeUnreadable() {
    const std::string_view text = part_.text;
    std::size_t line = 0;
    while (line < text.size()) {
      const std::size_t end = std::min(text.find('\n', line), text.size());
      if (!policy::IsReadableUtf8(text.substr(line, end - line))) break;
      line = end + 1;
    }
    Located located;
    located.facts.status = TextStatus::kInvalidEncoding;
    located.begin = located.end = std::min(line, text.size());
    JudgeStatement(located);
  }

  // psql's own parts leave, and what does not parse is told and does not keep the rest from
  // being judged.
  void ReadPieces() {
    Script script = ReadScript(part_.text);
    for (const ScriptNote& note : script.notes) AddNote(note.offset, note.text);
    for (const Piece& piece : script.pieces) ReadPiece(script, piece);
    part_.text = std::move(script.sql);
  }

  void ReadPiece(Script& script, const Piece& piece) {
    const std::size_t length = piece.end - piece.begin;
    const std::string original = script.sql.substr(piece.begin, length);
    TextFacts facts;
    policy::ReadFacts(original, facts);
    for (const BareVariable bare : {BareVariable::kParameter, BareVariable::kName}) {
      if (facts.status == TextStatus::kUnderstood || piece.variables.empty()) break;
      script.sql.replace(piece.begin, length, original);
      FillIn(piece.variables, bare, script.sql);
      policy::ReadFacts(std::string_view(script.sql).substr(piece.begin, length), facts);
    }
    if (facts.status == TextStatus::kUnderstood) {
      NoteVariables(piece, original);
      Take(facts, script.sql, piece.begin, piece.end);
      return;
    }
    Located located;
    located.facts.status = facts.status;
    located.begin = policy::FirstWord(script.sql, piece.begin);
    located.end = piece.end;
    if (facts.status == TextStatus::kSyntaxError) {
      const std::string_view filled = script.sql;
      if (auto error = policy::FindParseError(filled.substr(piece.begin, length))) {
        located.begin = piece.begin + error->offset;
        located.error = std::move(error->message);
      }
    }
    statements_.push_back(std::move(located));
    for (std::size_t i = piece.begin; i < piece.end; ++i) {
      if (script.sql[i] != '\n' && script.sql[i] != '\r') script.sql[i] = ' ';
    }
  }

  void NoteVariables(const Piece& piece, const std::string& original) {
    if (piece.variables.empty()) return;
    const Variable& first = piece.variables.front();
    AddNote(first.begin,
            "psql puts the value of " +
                original.substr(first.begin - piece.begin, first.end - first.begin) +
                " in here; what it is, is not understood");
  }

  void AddNote(std::size_t offset, std::string text) {
    report_.notes.push_back({positions_.At(offset), std::move(text)});
  }

  // The statements of a part of `sql`, which is as long as the file.
  void Take(TextFacts& facts, std::string_view sql, std::size_t begin, std::size_t end) {
    for (StatementFacts& statement : facts.statements) {
      if (IsEmpty(statement)) continue;
      Located located;
      const std::size_t offset = begin + statement.offset;
      located.end = std::min(offset + statement.length, end);
      located.begin = policy::FirstWord(sql.substr(0, end), offset);
      located.facts.statements.push_back(std::move(statement));
      statements_.push_back(std::move(located));
    }
  }

  void JudgeStatement(Located& located) {
    const policy::Rules& rules = *options_.rules;
    const bool too_long = located.end - located.begin > rules.max_statement_bytes;
    const policy::Decision decision =
        too_long ? policy::JudgeTooLong(rules)
                 : policy::Judge(rules, located.facts, options_.circumstances);
    StatementReport statement;
    statement.begin = positions_.At(located.begin);
    statement.end = positions_.At(std::max(located.begin, located.end));
    statement.parsed = located.facts.status == TextStatus::kUnderstood;
    statement.tag = "statement";
    if (!located.facts.statements.empty()) {
      const StatementFacts& facts = located.facts.statements.front();
      statement.tag = facts.tag;
      statement.destroys = policy::Destroys(facts);
      for (const policy::TableLock& lock : policy::LocksOf(facts)) {
        statement.locks.push_back(std::string(lock.mode) + " on " + lock.relation);
      }
    }
    statement.outcome = decision.would_deny ? Outcome::kWouldBeRefused
                        : decision.allowed  ? Outcome::kAllowed
                                            : Outcome::kRefused;
    statement.rule = decision.rule;
    statement.sqlstate = decision.sqlstate;
    statement.message = decision.message;
    statement.hint = decision.hint;
    if (!located.error.empty()) {
      statement.message = "The parser says: " + located.error;
      // An admin's statement goes to the server, which will say so by itself.
      if (statement.outcome == Outcome::kAllowed) statement.outcome = Outcome::kWouldBeRefused;
      if (statement.rule.empty()) statement.rule = "syntax-error";
    }
    report_.statements.push_back(std::move(statement));
  }

  void AddFindings() {
    policy::LintContext context;
    const auto tool = options_.tool ? options_.tool : part_.tool;
    context.in_transaction =
        tool && !part_.without_transaction && OpensTransaction(*tool, statements_.size());
    for (policy::Finding& finding : policy::LintMigration(part_.text, context)) {
      const policy::FindingEffect effect = options_.effects.EffectOf(finding.kind->id);
      if (effect == policy::FindingEffect::kIgnore) continue;
      const auto found = std::lower_bound(
          statements_.begin(), statements_.end(), finding.offset,
          [](const Located& located, std::size_t offset) { return located.begin < offset; });
      if (found == statements_.end()) continue;
      report_.statements[static_cast<std::size_t>(found - statements_.begin())]
          .findings.push_back({finding.kind, effect, std::move(finding.object)});
    }
  }

  // What was approved with open eyes is allowed.
  void ApplyApprovals() {
    if (!options_.approved) return;
    const auto texts = policy::CanonicalStatements(part_.text);
    if (!texts) return;
    std::size_t at = 0;
    std::size_t unknown = 0;
    Place first_unknown;
    for (std::size_t i = 0; i < statements_.size() && at < texts->size(); ++i) {
      StatementReport& statement = report_.statements[i];
      if (!statement.parsed) continue;
      const policy::ApprovedStatement* approved = options_.approved((*texts)[at++]);
      if (approved != nullptr) {
        Accept(*approved, statement);
      } else if (policy::Changes(statements_[i].facts.statements.front()) && ++unknown == 1) {
        first_unknown = statement.begin;
      }
    }
    if (unknown == 0 || !options_.asks_approval) return;
    report_.notes.push_back(
        {first_unknown, std::to_string(unknown) +
                            " of the changes from here on are in no approved migration, and "
                            "would be refused; run pgmoat migrations approve"});
  }

  static void Accept(const policy::ApprovedStatement& approved, StatementReport& statement) {
    if (approved.destruction_accepted && !statement.destroys.empty()) {
      statement.outcome = Outcome::kAllowed;
    }
    const auto& accepted = approved.accepted_findings;
    std::erase_if(statement.findings, [&](const FoundOne& finding) {
      return std::find(accepted.begin(), accepted.end(), finding.kind->id) != accepted.end();
    });
  }

  const LintOptions& options_;
  Positions positions_;
  ForwardPart part_;
  std::vector<Located> statements_;
  FileReport report_;
};

}  // namespace

FileReport JudgeScript(std::string name, std::string_view text, const LintOptions& options) {
  return ScriptJudge(std::move(name), text, options).Judge();
}

}  // namespace pgmoat::lint
