// What of a migration file goes forward: some tools keep the way back in the same file,
// behind a comment.
//
//   goose          -- +goose Up / Down, -- +goose NO TRANSACTION
//   sql-migrate    -- +migrate Up / Down
//   dbmate         -- migrate:up [transaction:false] / migrate:down
//   node-pg-migrate  -- Up Migration / Down Migration
//   Atlas          -- atlas:txmode none
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/migrations.h"

namespace pgmoat::lint {

struct ForwardPart {
  std::string text;                           // as long as the file; the way back is spaces
  std::optional<policy::MigrationTool> tool;  // whose comments these are
  bool without_transaction = false;           // the file asks its tool for that
};

[[nodiscard]] ForwardPart ReadForwardPart(std::string_view file);

// A file that is nothing but the way back: "1_users.down.sql", "down.sql", Flyway's
// "U1__users.sql".
[[nodiscard]] bool IsWayBack(std::string_view file_name);

}  // namespace pgmoat::lint
