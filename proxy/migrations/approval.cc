#include "proxy/migrations/approval.h"

#include <algorithm>
#include <cstdio>

#include "policy/destruction.h"
#include "policy/fingerprint.h"
#include "policy/ledgers.h"
#include "policy/parser.h"
#include "proxy/migrations/digests.h"

namespace pgmoat::migrations {
namespace {

// Behind a comment that begins at `at`, or `at` itself.  The text has parsed: every comment
// ends.
std::size_t BehindComment(std::string_view sql, std::size_t at) {
  if (sql.substr(at, 2) == "--") return std::min(sql.find('\n', at), sql.size());
  if (sql.substr(at, 2) != "/*") return at;
  int depth = 0;
  do {
    const std::string_view two = sql.substr(at, 2);
    depth += two == "/*" ? 1 : two == "*/" ? -1 : 0;
    at += two == "/*" || two == "*/" ? 2 : 1;
  } while (depth > 0 && at < sql.size());
  return at;
}

// The parser counts what stands before a statement to it; a reader does not.
std::size_t FirstToken(std::string_view sql, std::size_t at) {
  while (true) {
    const std::size_t begin = std::min(sql.find_first_not_of(" \t\r\n\f\v", at), sql.size());
    at = BehindComment(sql, begin);
    if (at == begin) return at;
  }
}

std::size_t LineOf(const Script& script, std::size_t offset) {
  const std::size_t first = FirstToken(script.sql, offset);
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
  const char* why = status == policy::TextStatus::kTooDeep ? "is nested too deeply"
                    : status == policy::TextStatus::kInvalidEncoding
                        ? "is not UTF-8"
                        : "is not SQL that this grammar reads";
  throw FormatError(file.file.string() + ":" + std::to_string(script.line) +
                    ": what begins here " + why +
                    ", and what is not understood cannot be approved; placeholders, psql's "
                    "commands and data of COPY are no SQL");
}

void JudgeScript(const MigrationFile& file, const Script& script,
                 const policy::MigrationRules& rules, Judged& judged) {
  policy::TextFacts facts;
  policy::ReadFacts(script.sql, facts);
  if (facts.status != policy::TextStatus::kUnderstood) {
    FailUnreadable(file, script, facts.status);
  }
  const auto parts = policy::ReadMigrationParts(script.sql, facts, rules);
  if (parts.size() != facts.statements.size()) {
    FailUnreadable(file, script, policy::TextStatus::kSyntaxError);
  }
  for (std::size_t i = 0; i < facts.statements.size(); ++i) {
    const policy::StatementFacts& one = facts.statements[i];
    if (parts[i].canonical.empty()) continue;
    ManifestStatement& statement = judged.migration.statements.emplace_back();
    statement.line = LineOf(script, one.offset);
    statement.digest = Sha256(parts[i].canonical);
    statement.fingerprint =
        FingerprintText(std::string_view(script.sql).substr(one.offset, one.length));
    statement.changes = parts[i].changes;
    statement.destroys = policy::Destroys(one);
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
  for (const Script& script : file.scripts) JudgeScript(file, script, rules, judged);
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
