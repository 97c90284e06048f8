#include "proxy/config/config.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <system_error>

#include "policy/glob.h"
#include "proxy/config/section.h"
#include "proxy/config/values.h"

namespace pgmoat::config {
namespace {

// A config of this size is not one that a person wrote; parsing has no bound of its own.
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string Reason(int error) { return std::generic_category().message(error); }

// Why `path` cannot be read, or "".
std::string WhyUnreadable(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return Reason(errno);
  char byte;
  const bool readable = ::read(descriptor, &byte, 1) >= 0 || errno == EAGAIN;
  const int error = errno;
  ::close(descriptor);
  return readable ? "" : Reason(error);
}

std::string ReadWhole(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    throw ConfigError(file + ": cannot be read: " + Reason(errno) +
                      "; check the path given with --config");
  }
  std::string text;
  char chunk[65536];
  ssize_t got = 0;
  while (text.size() <= kMaxFileBytes &&
         ((got = ::read(descriptor, chunk, sizeof chunk)) > 0 || (got < 0 && errno == EINTR))) {
    if (got > 0) text.append(chunk, static_cast<std::size_t>(got));
  }
  const int error = errno;
  ::close(descriptor);
  if (got < 0) {
    throw ConfigError(file + ": cannot be read: " + Reason(error) +
                      "; check the path given with --config");
  }
  if (text.size() > kMaxFileBytes) {
    throw ConfigError(file + ":1: the file is larger than 1 MiB; is it the config?");
  }
  return text;
}

// Runs a parser of values.h and puts the place in front of its complaint.
template <typename Parse>
auto ParseAt(const Item& item, Parse parse) {
  const std::string text = item.Text();
  try {
    return parse(text);
  } catch (const ValueError& error) {
    item.place.Fail(Quoted(item.place.name) + ": " + error.what());
  }
}

// The position of a scalar among `names`.
std::size_t ChoiceAt(const Item& item, const std::vector<std::string_view>& names) {
  const std::string text = item.Text();
  const auto at = std::find(names.begin(), names.end(), text);
  if (at == names.end()) {
    item.place.Fail(Quoted(item.place.name) + ": " + Quoted(text) + " is unknown; " +
                    Suggestion(text, names));
  }
  return static_cast<std::size_t>(at - names.begin());
}

template <typename Number>
void CheckRange(const Item& item, Number number, Number least, Number most,
                const std::string& range) {
  if (number < least || number > most) {
    item.place.Fail(Quoted(item.place.name) + ": " + Quoted(item.Text()) +
                    " is out of range; choose " + range);
  }
}

std::filesystem::path ReadableFile(const Item& item) {
  const std::string path = item.Text();
  if (const std::string why = WhyUnreadable(path); !why.empty()) {
    item.place.Fail(Quoted(item.place.name) + ": file " + Quoted(path) +
                    " cannot be read: " + why + "; check path and permissions");
  }
  return path;
}

// --- listen ---

ListenerTls ReadTls(const Item& item) {
  const Section section(item, {"mode", "certificate", "key"});
  ListenerTls tls;
  // Who writes a tls section wants TLS.
  tls.mode = ClientTlsMode::kRequire;
  if (const auto mode = section.Find("mode")) {
    tls.mode = static_cast<ClientTlsMode>(ChoiceAt(*mode, {"disable", "allow", "require"}));
  }
  if (tls.mode == ClientTlsMode::kDisable) return tls;
  tls.certificate =
      ReadableFile(section.Require("certificate", "name a PEM file with the chain"));
  tls.key = ReadableFile(section.Require("key", "name a PEM file with the private key"));
  return tls;
}

std::vector<Listener> ReadListen(const Item& item) {
  std::vector<Listener> listeners;
  for (const Item& one : item.List()) {
    const Section section(one, {"address", "tls"});
    const Item address_item = section.Require("address", "write address: 127.0.0.1:6432");
    const Address address = ParseAt(address_item, ParseAddress);
    Listener listener{address_item.Text(), address.host, address.port, {}};
    const bool repeated =
        std::any_of(listeners.begin(), listeners.end(), [&](const Listener& other) {
          return other.host == listener.host && other.port == listener.port &&
                 listener.port != 0;
        });
    if (repeated) {
      address_item.place.Fail("address " + Quoted(listener.address) +
                              " is in the list twice; keep one of them");
    }
    if (const auto tls = section.Find("tls")) listener.tls = ReadTls(*tls);
    listeners.push_back(std::move(listener));
  }
  return listeners;
}

// --- limits, log, audit, admin ---

void ReadLimits(const Item& item, Limits& limits) {
  const Section section(item, {"max_statement_bytes", "max_connections", "max_audited_bytes",
                               "login_timeout", "connect_timeout", "drain_timeout"});
  const auto size = [&](std::string_view key, std::size_t& value, std::size_t least,
                        std::size_t most, const char* range) {
    if (const auto found = section.Find(key)) {
      value = ParseAt(*found, ParseSize);
      CheckRange(*found, value, least, most, range);
    }
  };
  const auto duration = [&](std::string_view key, std::chrono::milliseconds& value,
                            std::chrono::milliseconds least, const char* range) {
    if (const auto found = section.Find(key)) {
      value = ParseAt(*found, ParseDuration);
      CheckRange(*found, value, least, std::chrono::milliseconds(std::chrono::hours(24)),
                 range);
    }
  };
  // The server itself takes no message above 1 GiB.
  size("max_statement_bytes", limits.max_statement_bytes, 1024, std::size_t{1} << 30,
       "1KiB to 1GiB");
  size("max_audited_bytes", limits.max_audited_bytes, 256, std::size_t{16} << 20,
       "256B to 16MiB");
  if (const auto found = section.Find("max_connections")) {
    limits.max_connections = ParseAt(*found, ParseNumber);
    CheckRange<std::size_t>(*found, limits.max_connections, 1, 1'000'000, "1 to 1000000");
  }
  using std::chrono::milliseconds;
  duration("login_timeout", limits.login_timeout, milliseconds(100), "100ms to 24h");
  duration("connect_timeout", limits.connect_timeout, milliseconds(100), "100ms to 24h");
  duration("drain_timeout", limits.drain_timeout, milliseconds(0), "0s to 24h");
}

void ReadLog(const Item& item, Config& config) {
  const Section section(item, {"format", "level"});
  if (const auto format = section.Find("format")) {
    config.log_format = static_cast<LogFormat>(ChoiceAt(*format, {"text", "json"}));
  }
  if (const auto level = section.Find("level")) {
    static const std::vector<std::string_view> kLevels = {"trace", "debug", "info",
                                                          "warn",  "error", "critical"};
    config.log_level = kLevels[ChoiceAt(*level, kLevels)];
  }
}

void ReadAudit(const Item& item, Config& config) {
  const Section section(item, {"file", "max_queued_bytes"});
  const Item file =
      section.Require("file", "write file: ./audit.jsonl, or \"-\" for standard output");
  config.audit_file = file.Text();
  if (config.audit_file != "-") {
    // The writer makes the file, not its directory.
    const std::filesystem::path parent = config.audit_file.parent_path();
    std::error_code error;
    if (!parent.empty() && !std::filesystem::is_directory(parent, error)) {
      file.place.Fail(Quoted(file.place.name) + ": there is no directory " +
                      Quoted(parent.string()) + "; make it, or name another file");
    }
    if (std::filesystem::is_directory(config.audit_file, error)) {
      file.place.Fail(Quoted(file.place.name) + ": " + Quoted(config.audit_file.string()) +
                      " is a directory; name a file in it");
    }
  }
  if (const auto bytes = section.Find("max_queued_bytes")) {
    config.audit_max_queued_bytes = ParseAt(*bytes, ParseSize);
    CheckRange(*bytes, config.audit_max_queued_bytes, std::size_t{1} << 20,
               std::size_t{64} << 30, "1MiB to 64GiB");
  }
}

void ReadAdmin(const Item& item, Config& config) {
  const Section section(item, {"address"});
  const Address address =
      ParseAt(section.Require("address", "write address: 127.0.0.1:9632"), ParseAddress);
  config.admin_host = address.host;
  config.admin_port = address.port;
}

// --- environments ---

const std::vector<std::string_view>& BuiltinRoleNames() {
  static const std::vector<std::string_view> kNames = {
      policy::RoleName(policy::BuiltinRole::kReadonly),
      policy::RoleName(policy::BuiltinRole::kApp),
      policy::RoleName(policy::BuiltinRole::kDeploy),
      policy::RoleName(policy::BuiltinRole::kAdmin)};
  return kNames;
}

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
    for (const Item& address : addresses->List()) {
      match.listeners.push_back(address.Text());
      std::vector<std::string_view> known;
      for (const Listener& listener : listeners) known.push_back(listener.address);
      if (std::find(known.begin(), known.end(), match.listeners.back()) == known.end()) {
        address.place.Fail(Quoted(address.place.name) + ": " + Quoted(match.listeners.back()) +
                           " is not in the listen list; " +
                           Suggestion(match.listeners.back(), known));
      }
    }
  }
  return match;
}

std::vector<std::string> ReadAllowedFunctions(const Item& item) {
  std::vector<std::string> functions;
  for (const Item& one : item.List()) {
    functions.push_back(one.Text());
    if (functions.back().find_first_of("() ,;") != std::string::npos) {
      one.place.Fail(Quoted(one.place.name) + ": " + Quoted(functions.back()) +
                     " is not a function's name; write it without arguments, as app.get_user");
    }
  }
  return functions;
}

std::vector<auth::LoginRule> ReadLogins(const Item& item, const policy::Rules& common) {
  std::map<policy::BuiltinRole, std::shared_ptr<const policy::Rules>> made;  // one per role
  std::vector<auth::LoginRule> logins;
  for (const Item::Entry& entry : item.Entries()) {
    const std::string role_name = entry.value.Text();
    policy::Rules rules = common;
    if (!policy::ParseRoleName(role_name, rules.role)) {
      const std::string_view nearest = Nearest(role_name, BuiltinRoleNames());
      entry.value.place.Fail(
          "login " + Quoted(entry.key) + " has the unknown role " + Quoted(role_name) + "; " +
          (nearest.empty() ? "built in are "
                           : "did you mean " + Quoted(nearest) + "? Built in are ") +
          Joined(BuiltinRoleNames()));
    }
    if (entry.key.empty()) {
      entry.value.place.Fail(
          "a login has no name; write a login's name or a pattern, as \"dev_*\"");
    }
    // First match wins, so a name behind a pattern that takes it would have a role that
    // it does not get.
    for (const auth::LoginRule& earlier : logins) {
      if (entry.key.find_first_of("*?") == std::string::npos &&
          earlier.rules->role != rules.role && policy::GlobMatches(earlier.pattern, entry.key)) {
        entry.value.place.Fail("login " + Quoted(entry.key) +
                               " is never reached: " + Quoted(earlier.pattern) +
                               " above matches it, and the first match wins; move it up");
      }
    }
    auto& shared = made[rules.role];
    if (shared == nullptr) shared = std::make_shared<const policy::Rules>(std::move(rules));
    logins.push_back({entry.key, shared});
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
  const bool plain = std::all_of(entry.key.begin(), entry.key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '.';
  });
  if (entry.key.empty() || entry.key.size() > 63 || !plain) {
    entry.value.place.Fail(
        "an environment's name is 1 to 63 letters, digits, '_', '-' or '.'; rename it");
  }
}

void ReadEnvironment(const Item::Entry& entry, Config& config) {
  CheckEnvironmentName(entry);
  const Section section(entry.value, {"upstream", "match", "logins", "allow_functions"});

  const Item upstream_item =
      section.Require("upstream", "write upstream: postgres://HOST:PORT");
  const Upstream upstream = [&] {
    // Unlike ParseAt, in words of its own: ParseUpstream says "upstream" itself.
    const std::string text = upstream_item.Text();
    try {
      return ParseUpstream(text);
    } catch (const ValueError& error) {
      upstream_item.place.Fail("environment " + Quoted(entry.key) + ": " + error.what());
    }
  }();
  if (!upstream.sslrootcert.empty()) {
    if (const std::string why = WhyUnreadable(upstream.sslrootcert); !why.empty()) {
      upstream_item.place.Fail("environment " + Quoted(entry.key) + ": sslrootcert " +
                               Quoted(upstream.sslrootcert.string()) +
                               " cannot be read: " + why + "; check path and permissions");
    }
  }

  policy::Rules common;
  common.environment = entry.key;
  common.max_statement_bytes = config.limits.max_statement_bytes;
  common.version = config.directory.version;
  if (const auto functions = section.Find("allow_functions")) {
    common.allow_functions = ReadAllowedFunctions(*functions);
  }

  auth::Environment environment;
  environment.name = entry.key;
  if (const auto match = section.Find("match")) {
    environment.match = ReadMatch(*match, config.listen);
  }
  environment.logins = ReadLogins(
      section.Require("logins",
                      "write who may come in, as 'dev_ro: readonly' lines under logins:"),
      common);

  for (const auth::Environment& earlier : config.directory.environments) {
    if (Covers(earlier.match, environment.match)) {
      entry.value.place.Fail("environment " + Quoted(entry.key) +
                             " can never be reached: " + Quoted(earlier.name) +
                             " before it matches all of its connections; give " +
                             Quoted(earlier.name) + " a narrower match:, or move it behind");
    }
  }
  config.directory.environments.push_back(std::move(environment));
  config.upstreams.push_back(upstream);
}

}  // namespace

Config Load(const std::filesystem::path& file, std::uint64_t version) {
  const std::string name = file.string();
  const Item root = ParseYaml(name, ReadWhole(name));
  const Section top(root,
                    {"listen", "environments", "audit", "admin", "log", "limits", "workers"});

  Config config;
  config.file = file;
  config.directory.version = version;
  if (const auto limits = top.Find("limits")) ReadLimits(*limits, config.limits);
  if (const auto log = top.Find("log")) ReadLog(*log, config);
  if (const auto workers = top.Find("workers")) {
    const std::uint64_t count = ParseAt(*workers, ParseNumber);
    CheckRange<std::uint64_t>(*workers, count, 0, 1024, "0 (one per core) to 1024");
    config.workers = static_cast<unsigned>(count);
  }
  config.listen =
      ReadListen(top.Require("listen", "write a list with - address: 127.0.0.1:6432"));
  const Item environments =
      top.Require("environments", "write a mapping of names, each with an upstream and logins");
  for (const Item::Entry& entry : environments.Entries()) ReadEnvironment(entry, config);
  ReadAudit(top.Require("audit", "write audit: with file: ./audit.jsonl under it"), config);
  if (const auto admin = top.Find("admin")) ReadAdmin(*admin, config);
  return config;
}

}  // namespace pgmoat::config
