#include "proxy/migrations/database/status.h"

#include <algorithm>
#include <cstddef>

namespace pgmoat::database {
namespace {

// "20240102_add.sql" -> "20240102_add"
std::string_view WithoutEnding(std::string_view name) {
  for (const std::string_view ending : {".sql", ".js", ".ts", ".cjs", ".mjs", ".py", ".up"}) {
    if (name.ends_with(ending)) name.remove_suffix(ending.size());
  }
  return name;
}

// Of "0042_add_users": "42".  Of what begins with no digit: the part before the first "_",
// which is what Alembic calls a revision.
std::string_view VersionOf(std::string_view name) {
  const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
  if (digits == 0) return name.substr(0, name.find('_'));
  // An Alembic revision may begin with digits: "1975ea83b712_create".
  const std::size_t end = std::min(name.find('_'), name.size());
  std::string_view version = end > digits ? name.substr(0, end) : name.substr(0, digits);
  while (version.size() > 1 && version.front() == '0') version.remove_prefix(1);
  return version;
}

bool IsSame(const ApprovedName& approved, const LedgerEntry& entry, LedgerNames names) {
  switch (names) {
    case LedgerNames::kWhole:
      return WithoutEnding(approved.name) == WithoutEnding(entry.name);
    case LedgerNames::kVersion:
      return VersionOf(WithoutEnding(approved.name)) == VersionOf(entry.name);
    case LedgerNames::kChecksum:
      return approved.checksum == entry.checksum;
  }
  return false;
}

// Atlas hashes a file together with those before it; nobody here computes that.
bool HasComparableChecksum(policy::MigrationTool tool) {
  return tool == policy::MigrationTool::kPrisma || tool == policy::MigrationTool::kFlyway ||
         tool == policy::MigrationTool::kDrizzle;
}

MigrationState StateOf(const ApprovedName& approved, const LedgerEntry& entry) {
  if (entry.state == EntryState::kFailed) return MigrationState::kFailed;
  if (entry.state == EntryState::kRolledBack) return MigrationState::kPending;
  const bool changed = HasComparableChecksum(approved.tool) && !approved.checksum.empty() &&
                       approved.checksum != entry.checksum;
  return changed ? MigrationState::kChanged : MigrationState::kApplied;
}

class Matching {
 public:
  Matching(const std::vector<ApprovedName>& approved, std::vector<MigrationStatus>& statuses)
      : approved_(approved), statuses_(statuses) {}

  void Add(const Ledger& ledger, bool has_manifest) {
    for (const LedgerEntry& entry : ledger.entries) {
      if (!Settle(ledger, entry)) AddForeign(ledger, entry, has_manifest);
    }
  }

 private:
  // An entry of a migration that is approved.
  bool Settle(const Ledger& ledger, const LedgerEntry& entry) {
    for (std::size_t i = 0; i < approved_.size(); ++i) {
      if (approved_[i].tool != ledger.tool) continue;
      if (!IsSame(approved_[i], entry, ledger.names)) continue;
      statuses_[i].state = StateOf(approved_[i], entry);
      statuses_[i].time = entry.time;
      statuses_[i].ledger = ledger.table;
      if (ledger.last_only) SettleThoseBefore(i, ledger);
      return true;
    }
    return false;
  }

  void SettleThoseBefore(std::size_t last, const Ledger& ledger) {
    for (std::size_t i = 0; i < last; ++i) {
      if (approved_[i].tool != ledger.tool) continue;
      statuses_[i].state = MigrationState::kApplied;
      statuses_[i].ledger = ledger.table;
    }
  }

  void AddForeign(const Ledger& ledger, const LedgerEntry& entry, bool has_manifest) {
    // What was undone is not there, whoever knows it.
    if (entry.state == EntryState::kRolledBack) return;
    MigrationStatus& status = statuses_.emplace_back();
    status.tool = ledger.tool;
    status.name = entry.name.empty() ? entry.checksum : entry.name;
    status.state = has_manifest ? MigrationState::kUnknown : MigrationState::kApplied;
    if (entry.state == EntryState::kFailed) status.state = MigrationState::kFailed;
    status.time = entry.time;
    status.ledger = ledger.table;
  }

  const std::vector<ApprovedName>& approved_;
  std::vector<MigrationStatus>& statuses_;
};

}  // namespace

std::string_view StateName(MigrationState state) {
  switch (state) {
    case MigrationState::kApplied:
      return "applied";
    case MigrationState::kPending:
      return "pending";
    case MigrationState::kUnknown:
      return "unknown";
    case MigrationState::kChanged:
      return "changed";
    case MigrationState::kFailed:
      return "failed";
  }
  return "";
}

std::vector<MigrationStatus> StatusOf(const std::vector<ApprovedName>& approved,
                                      bool has_manifest, const std::vector<Ledger>& ledgers) {
  std::vector<MigrationStatus> statuses;
  for (const ApprovedName& one : approved) {
    MigrationStatus& status = statuses.emplace_back();
    status.tool = one.tool;
    status.name = one.name;
    status.approved = true;
    status.proven = one.proven;
  }
  Matching matching(approved, statuses);
  for (const Ledger& ledger : ledgers) matching.Add(ledger, has_manifest);
  return statuses;
}

}  // namespace pgmoat::database
