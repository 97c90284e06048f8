#include "proxy/lint_approvals.h"

#include <algorithm>

#include "proxy/migrations/digests.h"
#include "proxy/migrations/manifest.h"

namespace pgmoat::cli {
namespace {

std::string KeyOf(const policy::Digest& digest) { return {digest.begin(), digest.end()}; }

}  // namespace

LintApprovals::LintApprovals(const migrations::EnvironmentFiles& files,
                             unsigned approvals_asked) {
  const migrations::Manifest manifest = migrations::ReadManifest(files.manifest);
  signing::PublicKeys keys;
  for (const auto& file : files.public_keys) keys.Add(file);
  const auto signatures = static_cast<unsigned>(migrations::SignersOf(manifest, keys).size());
  if (signatures == 0) return;  // as if there were none, and so it is on the wire
  Add(migrations::ApprovalsOf(manifest, signatures), signatures >= approvals_asked);
}

LintApprovals::LintApprovals(const std::filesystem::path& manifest) {
  Add(migrations::ApprovalsOf(migrations::ReadManifest(manifest), 0), true);
}

// The same statement may be in two migrations: what either accepts counts.  On the wire it
// is the migration's own that does.
void LintApprovals::Add(const policy::Approvals& approvals, bool destruction_counts) {
  for (const policy::ApprovedMigration& migration : approvals.migrations) {
    for (const policy::ApprovedStatement& statement : migration.statements) {
      policy::ApprovedStatement& known = by_digest_[KeyOf(statement.digest)];
      known.destruction_accepted |= statement.destruction_accepted && destruction_counts;
      known.accepted_findings.insert(known.accepted_findings.end(),
                                     statement.accepted_findings.begin(),
                                     statement.accepted_findings.end());
    }
  }
}

const policy::ApprovedStatement* LintApprovals::Find(std::string_view canonical) const {
  const auto found = by_digest_.find(KeyOf(migrations::Sha256(canonical)));
  return found == by_digest_.end() ? nullptr : &found->second;
}

}  // namespace pgmoat::cli
