// What is known of migrations: how much an environment asks of them, which have been
// approved, which have been proven.  Values only; proxy/migrations reads them from files,
// proxy/session holds statements against them.
//
//   require     a statement of role `deploy` that changes something must …
//   kNothing    nothing
//   kLedger     … belong to a migration that a known tool records in its ledger
//   kApproved   … and be a statement of a migration in the manifest, in order
//   kProven     … which a pgmoat elsewhere has seen succeed
//
// Threads: any.  Immutable once built and shared between sessions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"

namespace pgmoat::policy {

enum class MigrationTool : std::uint8_t {
  kPrisma,
  kDrizzle,
  kFlyway,
  kLiquibase,
  kAlembic,
  kDjango,
  kRails,
  kKnex,
  kSequelize,
  kTypeorm,
  kNodePgMigrate,
  kKysely,
  kDbmate,
  kGoose,
  kGolangMigrate,
  kSupabase,
  kAtlas,
  kPlainSql,  // files that people or a tool of their own run; a ledger of the config's own
  kCount,
};
std::string_view ToolName(MigrationTool tool);  // as in the config: "prisma", "node-pg-migrate"
std::optional<MigrationTool> ParseToolName(std::string_view name);

class ToolSet {
 public:
  constexpr void Add(MigrationTool tool) { bits_ |= Bit(tool); }
  [[nodiscard]] constexpr bool Has(MigrationTool tool) const {
    return (bits_ & Bit(tool)) != 0;
  }
  [[nodiscard]] constexpr bool Empty() const { return bits_ == 0; }
  friend constexpr bool operator==(ToolSet, ToolSet) = default;

 private:
  static constexpr std::uint32_t Bit(MigrationTool tool) {
    return std::uint32_t{1} << static_cast<unsigned>(tool);
  }
  std::uint32_t bits_ = 0;
};
static_assert(static_cast<unsigned>(MigrationTool::kCount) <= 32);

// SHA-256.
using Digest = std::array<std::uint8_t, 32>;

struct ApprovedStatement {
  Digest digest{};       // of its canonical text (canonical.h)
  bool changes = false;  // Changes() of its facts; the others are not held against anything
  bool destroys = false;
  // What destroys data in it was named and accepted by those who approved it.
  bool destruction_accepted = false;
  std::vector<std::string> accepted_findings;  // ids of migration_lint.h
};

struct ApprovedMigration {
  std::string name;
  MigrationTool tool = MigrationTool::kPlainSql;
  std::string checksum;  // as the tool computes it; empty where it has none
  Digest text{};         // SHA-256 of the file
  Digest content{};      // SHA-256 over the digests of the statements that change something
  std::vector<ApprovedStatement> statements;
};

// The manifest, its signatures checked.
struct Approvals {
  std::vector<ApprovedMigration> migrations;
  unsigned signatures = 0;  // of different keys that count
};

// What an environment knows at this moment.  Files change: a session asks anew (see
// session/migration_record.h).
struct MigrationKnowledge {
  Approvals approvals;
  std::vector<Digest> proven;  // contents, sorted
};

enum class MigrationRequirement : std::uint8_t { kNothing, kLedger, kApproved, kProven };
std::string_view RequirementName(MigrationRequirement requirement);  // "none", "ledger" …

// What to do about a finding of migration_lint.h.
enum class FindingEffect : std::uint8_t { kIgnore, kWarn, kRefuse };

struct LintRules {
  bool on_wire = false;  // the config asks for it; otherwise only `pgmoat lint` tells
  FindingEffect otherwise = FindingEffect::kWarn;
  std::vector<std::pair<std::string, FindingEffect>> by_id;
  [[nodiscard]] FindingEffect EffectOf(std::string_view id) const;
};

// A ledger that only the config knows: an INSERT into it is the record of a migration.
struct OwnLedger {
  std::string schema;  // empty: any
  std::string table;
};

struct MigrationRules {
  MigrationRequirement require = MigrationRequirement::kLedger;
  // The tools whose ledgers count; empty: all.  One that is named here may also change
  // things outside of transactions, where its way needs that.
  ToolSet tools;
  std::vector<OwnLedger> own_ledgers;
  unsigned approvals = 1;  // keys that must have signed what destroys data
  bool records_proofs = false;
  LintRules lint;
};

// The statement changes something that outlives the session, or may: rows, schema,
// privileges.  False for what only reads, sets, locks, or manages transactions, cursors and
// prepared statements, and for maintenance (VACUUM, ANALYZE).
bool Changes(const StatementFacts& statement);

// Of what Changes(): it changes more than the schema, or may.
bool ChangesData(const StatementFacts& statement);

}  // namespace pgmoat::policy
