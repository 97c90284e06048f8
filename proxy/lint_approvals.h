// What a manifest has approved, for `lint`: a statement that was approved with open eyes is
// none that would be refused.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "policy/migrations.h"
#include "proxy/migrations/files.h"

namespace pgmoat::cli {

class LintApprovals {
 public:
  // As the environment counts them: signed by its keys, and what destroys data by as many as
  // it asks for.  Throws std::runtime_error: "file: what; remedy".
  LintApprovals(const migrations::EnvironmentFiles& files, unsigned approvals_asked);
  // A manifest by itself, whoever has signed it.
  explicit LintApprovals(const std::filesystem::path& manifest);

  // By its canonical text; null: it is in no approved migration.
  //
  // Threads: any.
  [[nodiscard]] const policy::ApprovedStatement* Find(std::string_view canonical) const;

 private:
  void Add(const policy::Approvals& approvals, bool destruction_counts);

  std::unordered_map<std::string, policy::ApprovedStatement> by_digest_;
};

}  // namespace pgmoat::cli
