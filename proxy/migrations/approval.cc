#include "proxy/migrations/approval.h"

#include <algorithm>
#include <cstdio>

#include "policy/destruction.h"
#include "policy/fingerprint.h"
#include "policy/first_word.h"
#include "policy/ledgers.h"
#include "policy/migration_lint.h"
#include "policy/parse_error.h"
#include "policy/parser.h"
#include "proxy/migrations/digests.h"

namespace pgmoat::migrations {
namespace {

std::size_t LineOf(const Script& script, std::size_t offset) {
  const std::size_t first = policy::FirstWord(script.sql, offset);
  const auto end = script.sql.begin() + static_cast<std::ptrdiff_t>(first);
  return script.line + static_cast<std::size_t>(std::count(script.sql.begin(), end, '\n'));
}

std::string FingerprintText(std::string_view statement) {
  const auto fingerprint = policy::Fingerprint(statement);
  if (!fingerprint) return "";
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(*fingerprint));
  return hex;
}

[[noreturn]] void FailUnreadable(const MigrationFile& file, const Script& script,
                                 policy::TextStatus status) {
  std::string why =
      status == policy::TextStatus::kTooDeep ? "is nested too deeply" : "is not understood";
  std::size_t line = script.line;
  if (status == policy::TextStatus::kInvalidEncoding) {
    why = "is not UTF-8";
  } else if (const auto error = policy::FindParseError(script.sql)) {
    why = "does not parse (" + error->message + ")";
    line = LineOf(script, std::min(error->offset, script.sql.size()));
  }
  throw FormatError(file.file.string() + ":" + std::to_string(line) + ": the migration " + why +
                    ", and what is not understood cannot be approved; placeholders, psql's "
                    "commands and data of COPY are no SQL");
}

void JudgeScript(const MigrationFile& file, const Script& script,
                 const policy::MigrationRules& rules, policy::LintContext& context,
                 Judged& judged) {
  // The parser would not see what stands behind it.
  if (script.sql.find('\0') != std::string::npos) {
    throw FormatError(file.file.string() + ": has a NUL byte; remove it");
  }
  policy::TextFacts facts;
  policy::ReadFacts(script.sql, facts);
  if (facts.status != policy::TextStatus::kUnderstood) {
    FailUnreadable(file, script, facts.status);
  }
  const auto parts = policy::ReadMigrationParts(script.sql, facts, rules);
  if (parts.size() != facts.statements.size()) {
    FailUnreadable(file, script, policy::TextStatus::kSyntaxError);
  }
  const std::size_t before = judged.migration.statements.size();
  for (std::size_t i = 0; i < facts.statements.size(); ++i) {
    const policy::StatementFacts& one = facts.statements[i];
    ManifestStatement& statement = judged.migration.statements.emplace_back();
    statement.line = LineOf(script, one.offset);
    statement.digest = Sha256(parts[i].canonical);
    statement.fingerprint =
        FingerprintText(std::string_view(script.sql).substr(one.offset, one.length));
    statement.changes = parts[i].changes;
    statement.destroys = policy::Destroys(one);
  }
  for (const policy::Finding& finding : policy::LintMigration(script.sql, context)) {
    judged.findings.push_back({before + finding.statement, finding.kind->id,
                               finding.kind->explanation, finding.object});
  }
}

}  // namespace

Judged Judge(const MigrationFile& file, const policy::MigrationRules& rules) {
  Judged judged;
  judged.migration.name = file.name;
  judged.migration.tool = file.tool;
  judged.migration.file = file.file.lexically_normal().string();
  judged.migration.checksum = file.checksum;
  judged.migration.text = Sha256(file.text);
  policy::LintContext context;
  context.in_transaction = file.in_transaction;
  for (const Script& script : file.scripts) JudgeScript(file, script, rules, context, judged);
  std::vector<policy::Digest> changing;
  for (const ManifestStatement& statement : judged.migration.statements) {
    if (statement.changes) changing.push_back(statement.digest);
  }
  judged.migration.content = ContentOf(changing);
  return judged;
}

std::vector<const ManifestStatement*> Unaccepted(const ManifestMigration& migration) {
  std::vector<const ManifestStatement*> unaccepted;
  for (const ManifestStatement& statement : migration.statements) {
    if (!statement.destroys.empty() && !statement.accepted) unaccepted.push_back(&statement);
  }
  return unaccepted;
}

void KeepAccepted(const std::vector<ManifestMigration>& earlier, ManifestMigration& fresh) {
  const auto same =
      std::find_if(earlier.begin(), earlier.end(), [&](const ManifestMigration& other) {
        return other.name == fresh.name && other.tool == fresh.tool &&
               other.content == fresh.content &&
               other.statements.size() == fresh.statements.size();
      });
  if (same == earlier.end()) return;
  for (std::size_t i = 0; i < fresh.statements.size(); ++i) {
    const ManifestStatement& before = same->statements[i];
    ManifestStatement& now = fresh.statements[i];
    // A newer pgmoat may see more in the same statement than was accepted.
    if (before.digest != now.digest || before.destroys != now.destroys) continue;
    now.accepted = before.accepted;
    now.lint_accepted = before.lint_accepted;
  }
}

}  // namespace pgmoat::migrations
