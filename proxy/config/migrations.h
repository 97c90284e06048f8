// The `migrations` section of an environment: what its role deploy must show, and the files
// that say what is approved and proven.
//
// Private to proxy/config.  Errors: ConfigError.
#pragma once

#include <memory>
#include <optional>

#include "policy/migrations.h"
#include "proxy/config/config.h"
#include "proxy/config/section.h"

namespace pgmoat::config {

struct Migrations {
  std::shared_ptr<const policy::MigrationRules> rules;  // null: nothing is asked
  MigrationFiles files;
};

// Nothing there: as `require: ledger` has it.
Migrations ReadMigrations(const std::optional<Item>& item);

}  // namespace pgmoat::config
