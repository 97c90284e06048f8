#include "proxy/config/config.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "proxy/config/addresses.h"
#include "proxy/config/audit.h"
#include "proxy/config/environments.h"
#include "proxy/config/files.h"
#include "proxy/config/roles.h"
#include "proxy/config/scalars.h"

namespace pgmoat::config {
namespace {

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

// Three or four octal digits, as chmod takes them.
unsigned PermissionsAt(const Item& item) {
  const std::string text = item.Text();
  const bool octal = (text.size() == 3 || text.size() == 4) &&
                     text.find_first_not_of("01234567") == std::string::npos;
  const unsigned long mode = octal ? std::stoul(text, nullptr, 8) : 01000;
  if (mode > 0777) {
    item.place.Fail(Quoted(item.place.name) + ": " + Quoted(text) +
                    " is not a file's permissions; write it as 0770");
  }
  return static_cast<unsigned>(mode);
}

void ReadUnixSocket(const Section& section, Listener& listener) {
  if (const auto tls = section.Find("tls")) {
    tls->place.Fail(Quoted(tls->place.name) +
                    ": a Unix-domain socket has no TLS; remove the tls section");
  }
  if (const auto permissions = section.Find("permissions")) {
    listener.permissions = PermissionsAt(*permissions);
  }
  std::error_code error;
  if (!std::filesystem::is_directory(listener.host, error)) {
    const Item address = section.Require("address", "");
    address.place.Fail(Quoted(address.place.name) + ": there is no directory " +
                       Quoted(listener.host) + "; make it, or choose another");
  }
}

std::vector<Listener> ReadListen(const Item& item) {
  std::vector<Listener> listeners;
  for (const Item& one : item.List()) {
    const Section section(one, {"address", "tls", "permissions"});
    const Item address_item = section.Require("address", "write address: 127.0.0.1:6432");
    const Address address = ParseAt(address_item, ParseListenAddress);
    Listener listener;
    listener.address = address_item.Text();
    listener.host = address.host;
    listener.port = address.port;
    const bool repeated =
        std::any_of(listeners.begin(), listeners.end(), [&](const Listener& other) {
          return other.host == listener.host && other.port == listener.port &&
                 listener.port != 0;
        });
    if (repeated) {
      address_item.place.Fail("address " + Quoted(listener.address) +
                              " is in the list twice; keep one of them");
    }
    if (listener.is_unix_socket()) {
      ReadUnixSocket(section, listener);
    } else if (const auto permissions = section.Find("permissions")) {
      permissions->place.Fail(Quoted(permissions->place.name) +
                              ": only a Unix-domain socket has permissions; remove it");
    } else if (const auto tls = section.Find("tls")) {
      listener.tls = ReadTls(*tls);
    }
    listeners.push_back(std::move(listener));
  }
  return listeners;
}

// --- limits, log, admin ---

void ReadLimits(const Item& item, Limits& limits) {
  const Section section(
      item, {"max_statement_bytes", "max_connections", "max_audited_bytes", "login_timeout",
             "connect_timeout", "drain_timeout", "catalog_max_age"});
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
  duration("catalog_max_age", limits.catalog_max_age, milliseconds(1000), "1s to 24h");
}

void ReadTcp(const Item& item, TcpOptions& tcp) {
  const Section section(
      item, {"keepalives_idle", "keepalives_interval", "keepalives_count", "user_timeout"});
  const auto duration = [&](std::string_view key, auto& value, std::chrono::milliseconds least,
                            std::chrono::milliseconds most, const char* range) {
    if (const auto found = section.Find(key)) {
      const std::chrono::milliseconds given = ParseAt(*found, ParseDuration);
      CheckRange(*found, given, least, most, range);
      value = std::chrono::duration_cast<std::decay_t<decltype(value)>>(given);
    }
  };
  using std::chrono::seconds;
  // What Linux takes (net/ipv4/tcp.c).
  duration("keepalives_idle", tcp.keepalives_idle, seconds(1), seconds(32767), "1s to 9h");
  duration("keepalives_interval", tcp.keepalives_interval, seconds(1), seconds(32767),
           "1s to 9h");
  if (const auto count = section.Find("keepalives_count")) {
    tcp.keepalives_count = static_cast<unsigned>(ParseAt(*count, ParseNumber));
    CheckRange(*count, tcp.keepalives_count, 1U, 127U, "1 to 127");
  }
  duration("user_timeout", tcp.user_timeout, seconds(1), std::chrono::hours(24), "1s to 24h");
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

void ReadAdmin(const Item& item, Config& config) {
  const Section section(item, {"address"});
  const Address address =
      ParseAt(section.Require("address", "write address: 127.0.0.1:9632"), ParseAddress);
  config.admin_host = address.host;
  config.admin_port = address.port;
}

// The first 64 bits of its SHA-256.
std::uint64_t HashOf(const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < sizeof hash; ++i) hash = (hash << 8) | digest[i];
  return hash;
}

}  // namespace

Config Load(const std::filesystem::path& file, std::uint64_t version) {
  const std::string name = file.string();
  const std::string text = ReadWhole(name);
  const Item root = ParseYaml(name, text);
  const Section top(root, {"listen", "roles", "environments", "audit", "admin", "log", "limits",
                           "tcp", "workers"});

  Config config;
  config.file = file;
  config.directory.version = version;
  config.content_hash = HashOf(text);
  if (const auto limits = top.Find("limits")) ReadLimits(*limits, config.limits);
  if (const auto tcp = top.Find("tcp")) ReadTcp(*tcp, config.tcp);
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
  const std::vector<Role> roles = ReadRoles(top.Find("roles"));
  for (const Item::Entry& entry : environments.Entries()) {
    ReadEnvironment(entry, roles, config);
  }
  config.audit =
      ReadAudit(top.Require("audit", "write audit: with file: ./audit.jsonl under it"));
  if (const auto admin = top.Find("admin")) ReadAdmin(*admin, config);
  return config;
}

}  // namespace pgmoat::config
