// What each environment knows of migrations, from its files, and where successes go.
//
//   manifest, proofs ──(a thread, each second)──> snapshot ──> sessions
//   sessions ──> ProofWriter ──> proofs/ENVIRONMENT-HOST.jsonl
//
// A file that is not right makes the whole environment know nothing, and so approve
// nothing, until it is right again: half a manifest is not one that somebody signed.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/migrations/files.h"
#include "proxy/migrations/proof_writer.h"
#include "proxy/session/migration_record.h"

namespace pgmoat::migrations {

struct Environment {
  std::string name;
  EnvironmentFiles files;
};

class Knowledge final : public session::MigrationRecord {
 public:
  // Reads all files once.  A key that cannot be read, or a place for proofs that cannot be
  // written, throws std::runtime_error; a manifest that is not right is only told to
  // on_message.  Callbacks are called on threads of this object and of whoever calls it.
  Knowledge(const std::vector<Environment>& environments, ProofCallbacks callbacks,
            std::chrono::milliseconds interval = std::chrono::seconds(1));
  ~Knowledge() override;

  // session::MigrationRecord
  [[nodiscard]] std::shared_ptr<const policy::MigrationKnowledge> Known(
      std::string_view environment) const override;
  void Succeeded(const session::MigrationSuccess& success) override;

  // Another config.  Reads its files, and throws as the constructor does; what it returns
  // takes them into use, once, and does not throw.
  [[nodiscard]] std::function<void()> Prepare(const std::vector<Environment>& environments);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgmoat::migrations
