// What a session asks and tells of migrations; behind it are files that proxy/migrations
// reads and writes.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/migrations.h"

namespace pgmoat::session {

// A migration that ran and was recorded in its ledger.
struct MigrationSuccess {
  std::string_view environment;
  policy::MigrationTool tool = policy::MigrationTool::kPlainSql;
  std::string name;      // as the ledger has it, or the manifest; may be empty
  std::string checksum;  // likewise
  policy::Digest content{};
  std::size_t statements = 0;      // that changed something
  std::uint64_t rows = 0;          // affected
  std::vector<std::string> locks;  // "ACCESS EXCLUSIVE on users"
  std::chrono::system_clock::time_point finished;
  std::chrono::nanoseconds duration{0};
};

// Threads: any; does not block.
class MigrationRecord {
 public:
  virtual ~MigrationRecord() = default;

  // What the environment's manifest and proofs say now.  Null: they could not be read, or
  // their signatures are not right; then nothing is approved.
  [[nodiscard]] virtual std::shared_ptr<const policy::MigrationKnowledge> Known(
      std::string_view environment) const = 0;

  // Only of environments that record proofs.  A loss is logged and counted.
  virtual void Succeeded(const MigrationSuccess& success) = 0;
};

}  // namespace pgmoat::session
