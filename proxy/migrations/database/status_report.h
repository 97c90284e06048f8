// Where migrations stand, in words, and as JSON.
//
// Threads: any.
#pragma once

#include <string>
#include <vector>

#include "proxy/migrations/database/status.h"

namespace pgmoat::database {

struct StatusReport {
  std::string environment;
  std::string server;
  std::string database;
  std::string user;
  std::string manifest;               // its file; empty: none is named
  std::vector<std::string> signers;   // ids of the keys that count and have signed
  unsigned approvals = 1;             // that what destroys data needs
  bool proofs = false;                // the environment names proofs
  std::vector<std::string> warnings;  // sentences, without the full stop
  std::vector<Ledger> ledgers;
  std::vector<MigrationStatus> migrations;

  // Nothing is unknown, changed or failed.
  [[nodiscard]] bool Good() const;
};

[[nodiscard]] std::string StatusText(const StatusReport& report);
// One object, ends with a newline.
[[nodiscard]] std::string StatusJson(const StatusReport& report);

}  // namespace pgmoat::database
