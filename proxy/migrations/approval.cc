#include "proxy/migrations/approval.h"

#include <algorithm>
#include <cstdio>

#include "policy/canonical.h"
#include "policy/destruction.h"
#include "policy/fingerprint.h"
#include "policy/parser.h"
#include "proxy/migrations/digests.h"

namespace pgmoat::migrations {
namespace {

std::size_t LineOf(const Script& script, std::size_t offset) {
  const auto end = script.sql.begin() + static_cast<std::ptrdiff_t>(offset);
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

void JudgeScript(const MigrationFile& file, const Script& script, Judged& judged) {
  policy::TextFacts facts;
  policy::ReadFacts(script.sql, facts);
  if (facts.status != policy::TextStatus::kUnderstood) {
    FailUnreadable(file, script, facts.status);
  }
  const auto canonical = policy::CanonicalStatements(script.sql);
  if (!canonical || canonical->size() != facts.statements.size()) {
    FailUnreadable(file, script, policy::TextStatus::kSyntaxError);
  }
  for (std::size_t i = 0; i < facts.statements.size(); ++i) {
    const policy::StatementFacts& one = facts.statements[i];
    if ((*canonical)[i].empty()) continue;
    ManifestStatement& statement = judged.migration.statements.emplace_back();
    statement.line = LineOf(script, one.offset);
    statement.digest = Sha256((*canonical)[i]);
    statement.fingerprint =
        FingerprintText(std::string_view(script.sql).substr(one.offset, one.length));
    statement.changes = policy::Changes(one);
    statement.destroys = policy::Destroys(one);
  }
}

}  // namespace

Judged Judge(const MigrationFile& file) {
  Judged judged;
  judged.migration.name = file.name;
  judged.migration.tool = file.tool;
  judged.migration.file = file.file.lexically_normal().string();
  judged.migration.checksum = file.checksum;
  judged.migration.text = Sha256(file.text);
  for (const Script& script : file.scripts) JudgeScript(file, script, judged);
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
