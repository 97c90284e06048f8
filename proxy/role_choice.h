// Which role's rules a command line means: --config, --environment, --role.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "policy/rules.h"
#include "proxy/migrations/files.h"

namespace pgmoat::cli {

// A mistake in the options: "what; remedy".
class OptionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// As given; empty: not given.  Without a config the built-in role of that name, in an
// environment of that name.
struct RoleChoice {
  std::string config;
  std::string environment;
  std::string role;
};

struct ChosenRole {
  std::shared_ptr<const policy::Rules> rules;
  migrations::EnvironmentFiles files;  // of the environment's migrations
};

// Throws OptionError, or config::ConfigError.
ChosenRole ChooseRole(const RoleChoice& choice);

}  // namespace pgmoat::cli
