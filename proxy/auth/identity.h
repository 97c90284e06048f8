// Who comes in, and as what: from the facts of a StartupMessage to an
// environment and a role.
//
// Passwords are not known here: logins are authenticated by the server itself
// (pass-through, design 4).
//
// Threads: a Directory is immutable once built and shared behind a
//   shared_ptr; a reload makes a new one (design 3.8).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision.h"
#include "proxy/auth/application_name.h"

namespace pgmoat::auth {

// A greeting in pgmoat's own words: which environment, as whom, what is on record.
inline constexpr std::string_view kDefaultGreeting = "true";

struct LoginRule {
  std::string pattern;
  std::shared_ptr<const policy::Rules> rules;
};

// Which connections belong to an environment.  An empty list matches all.
struct Match {
  std::vector<std::string> databases;     // globs
  std::vector<std::string> server_names;  // globs over the TLS server name (SNI)
  std::vector<std::string> listeners;     // addresses as in the config's listen list
};

struct Environment {
  std::string name;
  Match match;
  std::vector<LoginRule> logins;  // first match wins
  // One of each role that a config has, whether a login has it or not.  Logins share them.
  std::vector<std::shared_ptr<const policy::Rules>> roles = {};
  // What the server is told of who came through (application_name.h); empty: nothing.
  std::string application_name = std::string(kDefaultApplicationName);
  // The server gets the verified identity as the setting pgmoat.actor.
  bool actor_setting = true;
  // What a client is told when it has logged in; empty: nothing.
  std::string greeting = {};
};

struct Directory {
  std::vector<Environment> environments;  // first match wins
  std::uint64_t version = 0;              // equals the version of all rules inside
};

struct ConnectionFacts {
  std::string_view user;
  std::string_view database;
  std::string_view server_name;  // empty without TLS
  std::string_view listener;     // address as in the config
};

struct Identity {
  enum class Status { kKnown, kNoEnvironment, kNoLogin };
  Status status = Status::kNoEnvironment;
  const Environment* environment = nullptr;  // borrowed from the Directory
  std::shared_ptr<const policy::Rules> rules;
};

Identity Identify(const Directory& directory, const ConnectionFacts& facts);

// The rules of role `name` in an environment, or null.
std::shared_ptr<const policy::Rules> FindRole(const Environment& environment,
                                              std::string_view name);

}  // namespace pgmoat::auth
