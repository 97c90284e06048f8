#include "proxy/auth/identity.h"

#include <algorithm>

#include "policy/glob.h"

namespace pgmoat::auth {
namespace {

bool AnyGlobMatches(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return policy::GlobMatches(pattern, text);
  });
}

// Names of hosts have no case (RFC 4343); names of databases and roles do.
std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool Matches(const Match& match, const ConnectionFacts& facts) {
  if (!match.databases.empty() && !AnyGlobMatches(match.databases, facts.database))
    return false;
  if (!match.listeners.empty() && std::find(match.listeners.begin(), match.listeners.end(),
                                            facts.listener) == match.listeners.end()) {
    return false;
  }
  if (!match.server_names.empty()) {
    // A client that named no server is in no list of servers, not even in "*".
    if (facts.server_name.empty()) return false;
    const std::string server_name = LowerAscii(facts.server_name);
    return std::any_of(match.server_names.begin(), match.server_names.end(),
                       [&](const std::string& pattern) {
                         return policy::GlobMatches(LowerAscii(pattern), server_name);
                       });
  }
  return true;
}

}  // namespace

Identity Identify(const Directory& directory, const ConnectionFacts& facts) {
  Identity identity;
  for (const Environment& environment : directory.environments) {
    if (!Matches(environment.match, facts)) continue;
    // The environment is settled here.  Going on to the next one when the login is not
    // in this one would let a misspelt login land in another database.
    identity.environment = &environment;
    identity.status = Identity::Status::kNoLogin;
    for (const LoginRule& login : environment.logins) {
      if (!policy::GlobMatches(login.pattern, facts.user)) continue;
      identity.status = Identity::Status::kKnown;
      identity.rules = login.rules;
      break;
    }
    return identity;
  }
  return identity;
}

std::shared_ptr<const policy::Rules> FindRole(const Environment& environment,
                                              std::string_view name) {
  const auto at = std::find_if(environment.roles.begin(), environment.roles.end(),
                               [&](const auto& rules) { return rules->RoleName() == name; });
  return at != environment.roles.end() ? *at : nullptr;
}

}  // namespace pgmoat::auth
