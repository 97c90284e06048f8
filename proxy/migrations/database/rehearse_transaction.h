// The transaction of a rehearsal: begun so that it cannot be committed, and ended.
//
// Threads: one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "proxy/migrations/database/database.h"
#include "proxy/migrations/database/rehearse.h"

namespace pgmoat::database {

class RehearsalTransaction {
 public:
  RehearsalTransaction(Database& database, const RehearseOptions& options,
                       const std::string& schema);

  void Begin();
  [[nodiscard]] bool begun() const { return !id_.empty(); }
  // Anew: the script has said RESET ALL.
  void SetTimeouts();
  // What a COMMIT would check now: deferred constraints.  Throws ServerError.
  void CheckAsCommitWould();
  // SET CONSTRAINTS of the script's; with ALL it would meet our own constraint.
  void SetConstraints(const std::string& sql);
  // Its statements may have changed role: back to the session's own, for what is read at
  // the end.
  void BecomeSelf();

  // Never throws.  False: the connection is not what it was; it is closed with `database`.
  bool RollBack();
  // Asks what became of it, on any connection.
  [[nodiscard]] Fate AskFate(Database& database, const Interrupts& interrupts) const;

  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  void Guard();
  void Arm();
  void Disarm();
  void DeferAsDeclared();

  Database& database_;
  const RehearseOptions& options_;
  const std::string schema_;
  std::string id_;  // as txid_current() has it; empty: not begun
  bool guarded_ = false;
  std::vector<std::string> warnings_;
};

// Each sequence's name and where it stands.  Outside of the transaction: the look locks.
[[nodiscard]] std::map<std::string, std::string> ReadSequences(Database& database);

}  // namespace pgmoat::database
