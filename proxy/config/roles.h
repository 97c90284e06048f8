// The `roles` section: the config's own roles, and limits for the built-in ones.
//
// Private to proxy/config.  Errors: ConfigError.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/rules.h"
#include "proxy/config/section.h"

namespace pgmoat::config {

// With everything that it has from the role it extends.
struct Role {
  std::string name;
  policy::BuiltinRole base = policy::BuiltinRole::kReadonly;  // itself, when it is built in
  bool is_own = false;
  std::vector<policy::OwnRule> rules;  // its own first
  policy::RoleLimits limits;
  policy::AuditOptions audit;
  policy::BreakGlass break_glass;
  std::optional<std::size_t> max_statement_bytes;  // nothing: as for the whole of pgmoat
  std::vector<std::string> allow_functions;
};

const std::vector<std::string_view>& BuiltinRoleNames();

// The built-in roles, then the config's own, each behind the one it extends.
std::vector<Role> ReadRoles(const std::optional<Item>& section);

// Null when there is no such role.
const Role* FindRole(const std::vector<Role>& roles, std::string_view name);

// What an environment has in common for all roles, and what `role` adds to it.
policy::Rules RulesFor(const Role& role, policy::Rules common);

}  // namespace pgmoat::config
