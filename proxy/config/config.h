// The config file as values.  Knows YAML and files; knows no sockets.
//
// Lifetime: a Config is loaded whole or not at all, then never changes; a reload
//   makes a new one (design 4).
// Errors:   ConfigError names file, line, value and remedy.
// Secrets:  none are held here; keys and passwords are named by path.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "proxy/audit/sinks/sink_options.h"
#include "proxy/auth/identity.h"
#include "proxy/migrations/files.h"

namespace pgmoat::config {

// TLS between client and proxy.
enum class ClientTlsMode { kDisable, kAllow, kRequire };

struct ListenerTls {
  ClientTlsMode mode = ClientTlsMode::kDisable;
  std::filesystem::path certificate;  // PEM, chain included
  std::filesystem::path key;          // PEM
};

struct Listener {
  std::string address;     // as written: "127.0.0.1:6432", "[::1]:6432", a socket file's path
  std::string host;        // of a Unix-domain socket: its directory, as in libpq
  std::uint16_t port = 0;  // 0: the system chooses (tests)
  ListenerTls tls;
  // Of a Unix-domain socket's file (unix_socket_permissions in PostgreSQL).
  unsigned permissions = 0777;
  [[nodiscard]] bool is_unix_socket() const { return host.starts_with('/'); }
};

// TLS between proxy and server, with libpq's words and meanings.
enum class SslMode { kDisable, kPrefer, kRequire, kVerifyCa, kVerifyFull };

struct Upstream {
  std::string host;  // of a Unix-domain socket: its directory, as in libpq
  std::uint16_t port = 5432;
  SslMode sslmode = SslMode::kPrefer;
  std::filesystem::path sslrootcert;  // empty: the system's store
  std::filesystem::path sslcert;      // what pgmoat shows the server; empty: nothing
  std::filesystem::path sslkey;
  bool direct_tls = false;  // TLS without asking for it first (sslnegotiation=direct)
  [[nodiscard]] bool is_unix_socket() const { return host.starts_with('/'); }
  friend bool operator==(const Upstream&, const Upstream&) = default;
};

// Of the connections to clients and to servers, with the names and meanings of PostgreSQL's
// settings.  0: as the operating system has it.
struct TcpOptions {
  std::chrono::seconds keepalives_idle{0};      // TCP_KEEPIDLE
  std::chrono::seconds keepalives_interval{0};  // TCP_KEEPINTVL
  unsigned keepalives_count = 0;                // TCP_KEEPCNT
  std::chrono::milliseconds user_timeout{0};    // TCP_USER_TIMEOUT
};

enum class LogFormat { kText, kJson };

struct Limits {
  std::size_t max_statement_bytes = std::size_t{16} << 20;
  std::size_t max_connections = 10'000;
  std::size_t max_audited_bytes = std::size_t{64} << 10;  // of a statement's text in the trail
  std::chrono::milliseconds login_timeout{60'000};
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds drain_timeout{30'000};
  // What is known of a database's own functions and views is read anew when it is older;
  // DDL that passes through pgmoat counts at once.
  std::chrono::milliseconds catalog_max_age{60'000};
};

// When the journal goes from the kernel's memory to the disk.
enum class AuditSync { kNone, kInterval, kEach };

// What a role's records are is in policy::AuditOptions.
struct AuditConfig {
  std::filesystem::path journal_dir;
  std::size_t segment_bytes = std::size_t{16} << 20;   // of a worker's journal
  std::size_t max_spool_bytes = std::size_t{1} << 30;  // that sinks may be behind
  AuditSync sync = AuditSync::kInterval;
  std::chrono::milliseconds sync_interval{100};
  std::uint64_t checkpoint_lines = 10'000;
  std::filesystem::path signing_key;  // PEM, Ed25519; empty: checkpoints are not signed
  std::vector<audit::SinkOptions> sinks;
  friend bool operator==(const AuditConfig&, const AuditConfig&) = default;
};

// What an environment's `migrations` names.  How much it asks is in policy::MigrationRules.
using MigrationFiles = migrations::EnvironmentFiles;

struct Config {
  std::filesystem::path file;
  std::vector<Listener> listen;
  auth::Directory directory;
  std::vector<Upstream> upstreams;         // one per environment, same order
  std::vector<MigrationFiles> migrations;  // likewise
  AuditConfig audit;
  std::uint64_t content_hash = 0;  // of the file's text; rules and audit records carry it
  std::string admin_host;          // empty: no admin listener
  std::uint16_t admin_port = 0;
  LogFormat log_format = LogFormat::kText;
  std::string log_level = "info";
  Limits limits;
  TcpOptions tcp;
  unsigned workers = 0;  // 0: one per core
};

class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads and checks `file`.  `version` becomes the version of its rules.
// Throws ConfigError: "pgmoat.yaml:12: unknown key 'upsteam'; did you mean 'upstream'?"
Config Load(const std::filesystem::path& file, std::uint64_t version);

}  // namespace pgmoat::config
