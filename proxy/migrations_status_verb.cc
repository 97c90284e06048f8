#include "proxy/migrations_status_verb.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "proxy/config/config.h"
#include "proxy/config/upstream_url.h"
#include "proxy/migrations/database/status.h"
#include "proxy/migrations/database/status_report.h"
#include "proxy/migrations/manifest.h"
#include "proxy/migrations/proofs.h"
#include "proxy/printed_lines.h"

namespace pgmoat::cli {
namespace {

constexpr int kUsage = 2;
constexpr std::chrono::seconds kConnectPatience{10};

std::size_t EnvironmentAt(const config::Config& config, const std::string& wanted) {
  const auto& all = config.directory.environments;
  std::string names;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].name == wanted || (wanted.empty() && all.size() == 1)) return i;
    names += (names.empty() ? "" : ", ") + all[i].name;
  }
  throw std::runtime_error(
      wanted.empty()
          ? "the config has several environments; choose one with --environment: " + names
          : "unknown environment '" + wanted + "'; the config has " + names);
}

// What role deploy must show in the environment; null: nothing.
const policy::MigrationRules* RulesOf(const auth::Environment& environment) {
  for (const auto& rules : environment.roles) {
    if (rules->migrations != nullptr) return rules->migrations.get();
  }
  return nullptr;
}

database::DatabaseUrl UrlOf(const config::Upstream& upstream) {
  database::DatabaseUrl url;
  url.Set("host", upstream.host);
  url.Set("port", std::to_string(upstream.port));
  url.Set("sslmode", std::string(config::SslModeName(upstream.sslmode)));
  const std::pair<const char*, const std::filesystem::path&> files[] = {
      {"sslrootcert", upstream.sslrootcert},
      {"sslcert", upstream.sslcert},
      {"sslkey", upstream.sslkey}};
  for (const auto& [keyword, file] : files) {
    if (!file.empty()) url.Set(keyword, file.string());
  }
  return url;
}

signing::PublicKeys KeysFrom(const std::vector<std::filesystem::path>& files) {
  signing::PublicKeys keys;
  for (const auto& file : files) keys.Add(file);
  return keys;
}

// Contents that a pgmoat elsewhere has seen succeed, of the environments that count.
std::vector<policy::Digest> ProvenOf(const migrations::EnvironmentFiles::Proofs& from,
                                     std::vector<std::string>& warnings) {
  std::vector<policy::Digest> proven;
  const auto keys = KeysFrom(from.public_keys);
  const auto complain = [&](const std::string& what) {
    warnings.push_back("a proof does not count: " + what);
  };
  for (const migrations::Proof& proof :
       migrations::ReadProofs(from.directory, keys, complain)) {
    const bool counts = std::find(from.environments.begin(), from.environments.end(),
                                  proof.environment) != from.environments.end();
    if (counts) proven.push_back(proof.content);
  }
  return proven;
}

// One database for several tenants, for instance.
void WarnOfTwins(database::StatusReport& report) {
  for (std::size_t i = 1; i < report.ledgers.size(); ++i) {
    const auto twin = std::find_if(
        report.ledgers.begin(), report.ledgers.begin() + static_cast<std::ptrdiff_t>(i),
        [&](const database::Ledger& other) { return other.tool == report.ledgers[i].tool; });
    if (twin == report.ledgers.begin() + static_cast<std::ptrdiff_t>(i)) continue;
    report.warnings.push_back(twin->table + " and " + report.ledgers[i].table +
                              " are ledgers of the same tool: what one of them has counts as "
                              "applied");
  }
}

// What the environment's files say, and of whom.
std::vector<database::ApprovedName> ReadFiles(const migrations::EnvironmentFiles& files,
                                              database::StatusReport& report) {
  report.manifest = files.manifest.string();
  report.proofs = !files.proofs.directory.empty();
  std::vector<policy::Digest> proven;
  if (report.proofs) proven = ProvenOf(files.proofs, report.warnings);
  std::vector<database::ApprovedName> approved;
  if (files.manifest.empty()) return approved;
  const migrations::Manifest manifest = migrations::ReadManifest(files.manifest);
  report.signers = migrations::SignersOf(manifest, KeysFrom(files.public_keys));
  if (report.signers.empty()) {
    report.warnings.emplace_back(
        "the manifest is signed by none of the public_keys, so that pgmoat approves nothing "
        "of it");
  }
  for (const migrations::ManifestMigration& migration : manifest.migrations) {
    const bool seen =
        std::find(proven.begin(), proven.end(), migration.content) != proven.end();
    approved.push_back({migration.tool, migration.name, migration.checksum, seen});
  }
  return approved;
}

}  // namespace

struct MigrationsStatusVerb::Options {
  CLI::App* verb = nullptr;
  std::string config;
  std::string environment;
  std::string url;
  std::string user;
  std::string dbname;
  std::string format = "text";

  void Add(CLI::App& migrations);
  [[nodiscard]] database::DatabaseUrl Where(const config::Upstream& upstream) const;
  [[nodiscard]] int RunStatus() const;
};

void MigrationsStatusVerb::Options::Add(CLI::App& migrations) {
  verb = migrations.add_subcommand(
      "status", "Hold the ledgers of a database against manifest and proofs");
  const auto option = [&](const char* names, std::string& value, const char* what,
                          const char* type) {
    return verb->add_option(names, value, what)->type_name(type);
  };
  option("-c,--config", config, "The config file", "FILE")->required();
  option("-e,--environment", environment, "The environment; needed when there are several",
         "NAME");
  CLI::Option* database =
      option("--database", url, "Where, if not at the environment's upstream", "URL");
  option("-U,--user", user, "Who logs in there (default: as libpq has it)", "NAME")
      ->excludes(database);
  option("-d,--dbname", dbname, "The database there", "NAME")->excludes(database);
  option("--format", format, "text or json", "FORMAT")->check(CLI::IsMember({"text", "json"}));
  verb->footer(
      "A password comes from PGPASSWORD or the password file.\n"
      "Exit code: 0 all is applied or pending; 1 something is unknown, changed or failed;\n"
      "2 a mistake, a file that is not right, or no connection.");
}

database::DatabaseUrl MigrationsStatusVerb::Options::Where(
    const config::Upstream& upstream) const {
  database::DatabaseUrl where = url.empty() ? UrlOf(upstream) : database::ParseDatabaseUrl(url);
  if (!user.empty()) where.Set("user", user);
  if (!dbname.empty()) where.Set("dbname", dbname);
  where.Set("application_name", "pgmoat status");
  return where;
}

int MigrationsStatusVerb::Options::RunStatus() const {
  const config::Config loaded = config::Load(config, 1);
  const std::size_t at = EnvironmentAt(loaded, environment);
  const migrations::EnvironmentFiles& files = loaded.migrations[at];
  const policy::MigrationRules* rules = RulesOf(loaded.directory.environments[at]);

  database::StatusReport report;
  report.environment = loaded.directory.environments[at].name;
  if (rules != nullptr) report.approvals = rules->approvals;
  const std::vector<database::ApprovedName> approved = ReadFiles(files, report);

  const database::Interrupts interrupts;
  database::Database connection(Where(loaded.upstreams[at]), interrupts, kConnectPatience);
  report.server = connection.Server();
  report.database = connection.Name();
  report.user = connection.User();
  report.ledgers = database::ReadLedgers(
      connection, rules != nullptr ? rules->own_ledgers : std::vector<policy::OwnLedger>{});
  WarnOfTwins(report);
  report.migrations = database::StatusOf(approved, !files.manifest.empty(), report.ledgers);
  PrintLines(format == "json" ? database::StatusJson(report) : database::StatusText(report));
  return report.Good() ? 0 : 1;
}

MigrationsStatusVerb::MigrationsStatusVerb(CLI::App& migrations)
    : options_(std::make_unique<Options>()) {
  options_->Add(migrations);
}

MigrationsStatusVerb::~MigrationsStatusVerb() = default;

bool MigrationsStatusVerb::parsed() const { return options_->verb->parsed(); }

int MigrationsStatusVerb::Run() const {
  try {
    return Written(options_->RunStatus());
  } catch (const config::ConfigError& error) {
    PrintLines(error.what() + std::string("\n"), stderr);
  } catch (const std::exception& error) {
    PrintLines("pgmoat: " + std::string(error.what()) + "\n", stderr);
  }
  return kUsage;
}

}  // namespace pgmoat::cli
