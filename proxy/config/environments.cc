#include "proxy/config/environments.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "policy/glob.h"
#include "proxy/config/files.h"
#include "proxy/config/migrations.h"
#include "proxy/config/never_upstream.h"
#include "proxy/config/scalars.h"
#include "proxy/config/upstream_url.h"

namespace pgmoat::config {
namespace {

auth::Match ReadMatch(const Item& item, const std::vector<Listener>& listeners) {
  const Section section(item, {"databases", "server_names", "listeners"});
  auth::Match match;
  if (const auto databases = section.Find("databases")) match.databases = databases->Texts();
  if (const auto names = section.Find("server_names")) {
    match.server_names = names->Texts();
    if (std::none_of(listeners.begin(), listeners.end(), [](const Listener& listener) {
          return listener.tls.mode != ClientTlsMode::kDisable;
        })) {
      names->place.Fail(Quoted(names->place.name) +
                        ": no listener has TLS, so no client names a server; give one a tls "
                        "section, or tell environments apart by databases or listeners");
    }
  }
  if (const auto addresses = section.Find("listeners")) {
    std::vector<std::string_view> known;
    known.reserve(listeners.size());
    for (const Listener& listener : listeners) known.push_back(listener.address);
    for (const Item& address : addresses->List()) {
      match.listeners.push_back(address.Text());
      if (std::find(known.begin(), known.end(), match.listeners.back()) == known.end()) {
        address.place.Fail(Quoted(address.place.name) + ": " + Quoted(match.listeners.back()) +
                           " is not in the listen list; " +
                           Suggestion(match.listeners.back(), known));
      }
    }
  }
  return match;
}

[[noreturn]] void FailUnknownRole(const Item::Entry& login, const std::string& role_name,
                                  const std::vector<Role>& roles) {
  std::vector<std::string_view> names;
  std::string known = "built in are " + Joined(BuiltinRoleNames());
  for (const Role& role : roles) {
    names.push_back(role.name);
    if (role.is_own) known += (names.size() == 5 ? "; the config has " : ", ") + role.name;
  }
  const std::string_view nearest = Nearest(role_name, names);
  if (!nearest.empty()) {
    known = "did you mean " + Quoted(nearest) + "? B" + known.substr(1);
  }
  login.value.place.Fail("login " + Quoted(login.key) + " has the unknown role " +
                         Quoted(role_name) + "; " + known);
}

std::vector<auth::LoginRule> ReadLogins(const Item& item, const std::vector<Role>& roles,
                                        const auth::Environment& environment) {
  std::vector<auth::LoginRule> logins;
  for (const Item::Entry& entry : item.Entries()) {
    const std::string role_name = entry.value.Text();
    auto rules = auth::FindRole(environment, role_name);
    if (rules == nullptr) FailUnknownRole(entry, role_name, roles);
    if (entry.key.empty()) {
      entry.value.place.Fail(
          "a login has no name; write a login's name or a pattern, as \"dev_*\"");
    }
    // First match wins, so a name behind a pattern that takes it would have a role that
    // it does not get.
    for (const auth::LoginRule& earlier : logins) {
      if (entry.key.find_first_of("*?") == std::string::npos && earlier.rules != rules &&
          policy::GlobMatches(earlier.pattern, entry.key)) {
        entry.value.place.Fail("login " + Quoted(entry.key) +
                               " is never reached: " + Quoted(earlier.pattern) +
                               " above matches it, and the first match wins; move it up");
      }
    }
    logins.push_back({entry.key, std::move(rules)});
  }
  return logins;
}

bool Covers(const std::vector<std::string>& earlier, const std::vector<std::string>& later,
            bool star_is_all) {
  if (earlier.empty()) return true;
  if (star_is_all && std::find(earlier.begin(), earlier.end(), "*") != earlier.end())
    return true;
  return !later.empty() && std::all_of(later.begin(), later.end(), [&](const std::string& one) {
    return std::find(earlier.begin(), earlier.end(), one) != earlier.end();
  });
}

// Whatever `later` matches, `earlier` matches.  Errs on the side of false.
bool Covers(const auth::Match& earlier, const auth::Match& later) {
  return Covers(earlier.databases, later.databases, true) &&
         // "*" is every server name, but not the absence of one.
         Covers(earlier.server_names, later.server_names, !later.server_names.empty()) &&
         Covers(earlier.listeners, later.listeners, false);
}

void CheckEnvironmentName(const Item::Entry& entry) {
  if (IsPlainName(entry.key, "_-.")) return;
  entry.value.place.Fail(
      "an environment's name is 1 to 63 letters, digits, '_', '-' or '.'; rename it");
}

Upstream ReadUpstream(const Item& item, const std::string& environment) {
  Upstream upstream = [&] {
    // Unlike ParseAt, in words of its own: ParseUpstream says "upstream" itself.
    const std::string text = item.Text();
    try {
      return ParseUpstream(text);
    } catch (const ValueError& error) {
      item.place.Fail("environment " + Quoted(environment) + ": " + error.what());
    }
  }();
  const std::pair<const char*, const std::filesystem::path*> files[] = {
      {"sslrootcert", &upstream.sslrootcert},
      {"sslcert", &upstream.sslcert},
      {"sslkey", &upstream.sslkey}};
  for (const auto& [parameter, file] : files) {
    if (file->empty()) continue;
    if (const std::string why = WhyUnreadable(*file); !why.empty()) {
      item.place.Fail("environment " + Quoted(environment) + ": " + parameter + " " +
                      Quoted(file->string()) + " cannot be read: " + why +
                      "; check path and permissions");
    }
  }
  return upstream;
}

// What all roles have in common in this environment.
policy::Rules ReadCommonRules(const Section& section, const std::string& environment,
                              const Config& config) {
  policy::Rules common;
  common.environment = environment;
  common.max_statement_bytes = config.limits.max_statement_bytes;
  common.version = config.directory.version;
  common.content_hash = config.content_hash;
  if (const auto enforce = section.Find("enforce")) common.enforce = FlagAt(*enforce);
  if (const auto functions = section.Find("allow_functions")) {
    common.allow_functions = FunctionNamesAt(*functions);
  }
  return common;
}

// How the server is told who came through.
void ReadTelling(const Section& section, auth::Environment& environment) {
  if (const auto format = section.Find("application_name")) {
    environment.application_name = format->Text();
    if (environment.application_name == "none") {
      environment.application_name.clear();
    } else if (const std::string why = auth::WhyNoApplicationName(environment.application_name);
               !why.empty()) {
      format->place.Fail(Quoted(format->place.name) + ": " + why + "; write it as " +
                         Quoted(auth::kDefaultApplicationName) + ", or none");
    }
  }
  if (const auto actor = section.Find("actor_setting")) {
    environment.actor_setting = FlagAt(*actor);
  }
}

// true, false, or what a NOTICE says.
std::string ReadGreeting(const Item& item) {
  std::string text = item.Text();
  if (text == "false") return "";
  if (text == "true") return std::string(auth::kDefaultGreeting);
  const bool control =
      std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20; });
  if (text.empty() || text.size() > 1000 || control) {
    item.place.Fail(Quoted(item.place.name) +
                    " is not one line of 1 to 1000 bytes; write a sentence, or true for "
                    "pgmoat's own");
  }
  return text;
}

void CheckReachable(const Item& item, const auth::Environment& environment,
                    const std::vector<auth::Environment>& before) {
  for (const auth::Environment& earlier : before) {
    if (!Covers(earlier.match, environment.match)) continue;
    item.place.Fail("environment " + Quoted(environment.name) + " can never be reached: " +
                    Quoted(earlier.name) + " before it matches all of its connections; give " +
                    Quoted(earlier.name) + " a narrower match:, or move it behind");
  }
}

}  // namespace

void ReadEnvironment(const Item::Entry& entry, const std::vector<Role>& roles, Config& config) {
  CheckEnvironmentName(entry);
  const Section section(entry.value, {"upstream", "match", "enforce", "logins",
                                      "allow_functions", "application_name", "actor_setting",
                                      "greeting", "never_upstream", "migrations"});
  const Item upstream_item =
      section.Require("upstream", "write upstream: postgres://HOST:PORT");
  const Upstream upstream = ReadUpstream(upstream_item, entry.key);
  if (const auto never = section.Find("never_upstream")) {
    CheckNeverUpstream(*never, upstream_item, upstream, entry.key);
  }

  auth::Environment environment;
  environment.name = entry.key;
  policy::Rules common = ReadCommonRules(section, entry.key, config);
  Migrations migrations = ReadMigrations(section.Find("migrations"));
  common.migrations = std::move(migrations.rules);
  for (const Role& role : roles) {
    environment.roles.push_back(std::make_shared<const policy::Rules>(RulesFor(role, common)));
  }
  if (const auto match = section.Find("match")) {
    environment.match = ReadMatch(*match, config.listen);
  }
  ReadTelling(section, environment);
  if (const auto greeting = section.Find("greeting")) {
    environment.greeting = ReadGreeting(*greeting);
  }
  environment.logins = ReadLogins(
      section.Require("logins",
                      "write who may come in, as 'dev_ro: readonly' lines under logins:"),
      roles, environment);
  CheckReachable(entry.value, environment, config.directory.environments);
  config.directory.environments.push_back(std::move(environment));
  config.upstreams.push_back(upstream);
  config.migrations.push_back(std::move(migrations.files));
}

}  // namespace pgmoat::config
