#include "proxy/role_choice.h"

#include <string_view>

#include "policy/decision.h"
#include "proxy/config/config.h"

namespace pgmoat::cli {
namespace {

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::shared_ptr<const policy::Rules> BuiltinRules(const RoleChoice& choice) {
  using policy::BuiltinRole;
  auto rules = std::make_shared<policy::Rules>();
  rules->environment = choice.environment.empty() ? "default" : choice.environment;
  if (!policy::ParseRoleName(choice.role, rules->role)) {
    std::string names;
    for (const BuiltinRole role : {BuiltinRole::kReadonly, BuiltinRole::kApp,
                                   BuiltinRole::kDeploy, BuiltinRole::kAdmin}) {
      names += (names.empty() ? "" : ", ") + std::string(policy::RoleName(role));
    }
    throw OptionError("unknown role " + Quoted(choice.role) + "; built in are " + names +
                      ", and for a role of a config name the file with --config");
  }
  return rules;
}

const auth::Environment& EnvironmentOf(const config::Config& config,
                                       const std::string& wanted) {
  std::string names;
  for (const auth::Environment& environment : config.directory.environments) {
    if (environment.name == wanted ||
        (wanted.empty() && config.directory.environments.size() == 1)) {
      return environment;
    }
    names += (names.empty() ? "" : ", ") + environment.name;
  }
  throw OptionError(
      wanted.empty()
          ? "the config has several environments; choose one with --environment: " + names
          : "unknown environment " + Quoted(wanted) + "; the config has " + names);
}

}  // namespace

std::shared_ptr<const policy::Rules> RulesOf(const RoleChoice& choice) {
  if (choice.config.empty()) return BuiltinRules(choice);
  const config::Config config = config::Load(choice.config, 1);
  const auth::Environment& environment = EnvironmentOf(config, choice.environment);
  auto rules = auth::FindRole(environment, choice.role);
  if (rules == nullptr) {
    std::string names;
    for (const auto& known : environment.roles) {
      names += (names.empty() ? "" : ", ") + std::string(known->RoleName());
    }
    throw OptionError("unknown role " + Quoted(choice.role) + "; the config has " + names);
  }
  return rules;
}

}  // namespace pgmoat::cli
