// The ledgers of a database against what has been approved and proven.
//
// Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/migrations.h"
#include "proxy/migrations/database/status_ledgers.h"

namespace pgmoat::database {

enum class MigrationState {
  kApplied,
  kPending,  // approved, and not in the ledger, or undone
  kUnknown,  // in the ledger, and nobody has approved it: somebody deployed around pgmoat,
             // or wrote into the ledger
  kChanged,  // the ledger's checksum is not the approved one
  kFailed,   // begun and not finished, or the tool says that it failed
};
[[nodiscard]] std::string_view StateName(MigrationState state);

struct ApprovedName {
  policy::MigrationTool tool = policy::MigrationTool::kPlainSql;
  std::string name;
  std::string checksum;  // empty: the tool has none
  bool proven = false;
};

struct MigrationStatus {
  policy::MigrationTool tool = policy::MigrationTool::kPlainSql;
  std::string name;
  MigrationState state = MigrationState::kPending;
  bool approved = false;
  bool proven = false;
  std::string time;    // as the ledger has it
  std::string ledger;  // its table; empty: in none
};

// Without a manifest (`has_manifest` false) nothing is unknown: what a ledger has is applied.
// In the order of the manifest; what it does not have comes behind.
[[nodiscard]] std::vector<MigrationStatus> StatusOf(const std::vector<ApprovedName>& approved,
                                                    bool has_manifest,
                                                    const std::vector<Ledger>& ledgers);

}  // namespace pgmoat::database
