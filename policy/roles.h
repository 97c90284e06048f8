// What each built-in role may do, as data.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "policy/decision.h"
#include "policy/facts.h"

namespace pgmoat::policy {

// Why something is refused.  `id` and `sqlstate` are what a client sees and scripts
// match: they stay.
struct Rule {
  std::string_view id;
  std::string_view sqlstate;
  std::string_view hint;
};

struct RoleRow {
  Kind kind;
  // In SQL's words, for errors; empty: the statement's own tag says it best.
  std::string_view action;
  // Null: allowed.
  const Rule* readonly;
  const Rule* app;
  const Rule* deploy;
};

// One row per kind, in enum order.
const std::array<RoleRow, static_cast<std::size_t>(Kind::kCount)>& RoleTable();

// Null: allowed.
const Rule* RuleFor(BuiltinRole role, Kind kind);

// The kinds that need no further look: what most statements consist of.
KindSet AllowedKinds(BuiltinRole role);

}  // namespace pgmoat::policy
