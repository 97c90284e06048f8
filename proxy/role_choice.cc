#include "proxy/role_choice.h"

#include <string_view>
#include <utility>

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

// Its place among the config's.
std::size_t EnvironmentOf(const config::Config& config, const std::string& wanted) {
  std::string names;
  const auto& environments = config.directory.environments;
  for (std::size_t i = 0; i < environments.size(); ++i) {
    const auth::Environment& environment = environments[i];
    if (environment.name == wanted || (wanted.empty() && environments.size() == 1)) return i;
    names += (names.empty() ? "" : ", ") + environment.name;
  }
  throw OptionError(
      wanted.empty()
          ? "the config has several environments; choose one with --environment: " + names
          : "unknown environment " + Quoted(wanted) + "; the config has " + names);
}

}  // namespace

ChosenRole ChooseRole(const RoleChoice& choice) {
  if (choice.config.empty()) return {BuiltinRules(choice), {}};
  const config::Config config = config::Load(choice.config, 1);
  const std::size_t at = EnvironmentOf(config, choice.environment);
  const auth::Environment& environment = config.directory.environments[at];
  auto rules = auth::FindRole(environment, choice.role);
  if (rules == nullptr) {
    std::string names;
    for (const auto& known : environment.roles) {
      names += (names.empty() ? "" : ", ") + std::string(known->RoleName());
    }
    throw OptionError("unknown role " + Quoted(choice.role) + "; the config has " + names);
  }
  return {std::move(rules), config.migrations[at]};
}

}  // namespace pgmoat::cli
