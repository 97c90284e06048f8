#include "proxy/cli.h"

#include <openssl/crypto.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision.h"
#include "policy/parser.h"
#include "proxy/audit_verb.h"
#include "proxy/config/config.h"
#include "proxy/config/upstream_url.h"
#include "proxy/explain_verb.h"
#include "proxy/lint_verb.h"
#include "proxy/migrations_rehearse_verb.h"
#include "proxy/migrations_status_verb.h"
#include "proxy/migrations_verb.h"
#include "proxy/run.h"

namespace pgmoat::cli {
namespace {

constexpr int kUsage = 2;

constexpr const char* kExamples = R"(Examples:
  pgmoat run --config pgmoat.yaml
  pgmoat check-config --config pgmoat.yaml
  pgmoat explain --role readonly 'DELETE FROM users'
  pgmoat explain --config pgmoat.yaml --environment production --role app - < change.sql
  pgmoat explain --config pgmoat.yaml --role support --client 192.0.2.7 'SELECT 1'
  pgmoat lint --config pgmoat.yaml --environment production prisma/migrations
  pgmoat audit tail -f --denied audit.jsonl
  pgmoat audit query --since 7d --count-by login,outcome --rotated audit.jsonl
  pgmoat audit verify --public-key audit.key.pub --rotated audit.jsonl
  pgmoat migrations approve --signing-key alice.key prisma/migrations
  pgmoat migrations rehearse --database postgres://migrator@staging/shop prisma/migrations
  pgmoat migrations status --config pgmoat.yaml --user migrator --dbname shop
  psql postgres://dev_ro@127.0.0.1:6432/shop

Signals while it runs: SIGTERM drains, a second one forces; SIGHUP reloads the config
and opens the audit file anew.)";

void Print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

int Complain(const std::string& what) {
  std::fprintf(stderr, "pgmoat: %s\n", what.c_str());
  return kUsage;
}

std::string Counted(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string UpstreamText(const config::Upstream& upstream) {
  const bool ipv6 = upstream.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + upstream.host + "]" : upstream.host) + ":" +
         std::to_string(upstream.port) +
         " sslmode=" + std::string(config::SslModeName(upstream.sslmode));
}

// Columns as wide as their widest cell, two spaces between them.
std::string Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += row[i];
      if (i + 1 < row.size()) text.append(widths[i] - row[i].size() + 2, ' ');
    }
    text += '\n';
  }
  return text;
}

// "app", "support (readonly, 5 rules)"
std::string RoleText(const policy::Rules& rules) {
  std::string text(rules.RoleName());
  if (rules.name.empty()) return text;
  return text + " (" + std::string(policy::RoleName(rules.role)) + ", " +
         Counted(rules.own.size(), "rule") + ")";
}

int CheckConfig(const std::string& file) {
  config::Config config;
  try {
    config = config::Load(file, 1);
  } catch (const config::ConfigError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return kUsage;
  }
  std::vector<std::vector<std::string>> rows = {{"ENVIRONMENT", "LOGIN", "ROLE", "UPSTREAM"}};
  for (std::size_t i = 0; i < config.directory.environments.size(); ++i) {
    const auth::Environment& environment = config.directory.environments[i];
    for (const auth::LoginRule& login : environment.logins) {
      rows.push_back({environment.name + (login.rules->enforce ? "" : " (shadow)"),
                      login.pattern, RoleText(*login.rules),
                      UpstreamText(config.upstreams[i])});
    }
  }
  Print(file + ": ok, " + Counted(config.directory.environments.size(), "environment") + ", " +
        Counted(rows.size() - 1, "login") + "\n" + Table(rows));
  return 0;
}

CLI::App* AddExplain(CLI::App& app, ExplainOptions& options) {
  CLI::App* explain = app.add_subcommand(
      "explain", "Say what pgmoat makes of a statement: facts, decision, error");
  const auto option = [&](const char* names, std::string& value, const char* what,
                          const char* type) {
    return explain->add_option(names, value, what)->type_name(type);
  };
  option("sql", options.sql, "The text of a query; '-' reads standard input", "SQL")
      ->required();
  option("-r,--role", options.role,
         "readonly, app, deploy, admin, or a role of the config's own", "ROLE")
      ->required();
  option("-c,--config", options.config, "Take roles, limits and allowed functions from here",
         "FILE");
  option("-e,--environment", options.environment,
         "The environment; needed when the config has several", "NAME");
  option("-f,--format", options.format, "text or json", "FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
  option("--database", options.database, "The database it is sent to", "NAME");
  option("--application-name", options.application_name, "What the client calls itself",
         "NAME");
  option("--client", options.client, "The client's IP address", "ADDRESS");
  option("--time", options.time, "When, in UTC: 2026-11-21T18:30:00Z (default: now)", "TIME");
  explain->footer(
      "Exit code: 0 allowed, also when only shadow mode allows it; 1 denied; 2 a mistake in\n"
      "the command line or config.");
  return explain;
}

int Version() {
  Print("pgmoat " PGMOAT_VERSION "\ngrammar: PostgreSQL " +
        std::string(policy::GrammarVersion()) + " (libpg_query)\n" +
        OpenSSL_version(OPENSSL_VERSION) + "\n");
  return 0;
}

}  // namespace

int Main(int argc, char** argv) {
  CLI::App app(
      "pgmoat stands between clients and PostgreSQL: it refuses what a role must not do\n"
      "and records every statement.",
      "pgmoat");
  // Not require_subcommand(1): that would answer a misspelt verb with "required".
  app.require_subcommand(0, 1);
  app.footer(kExamples);

  std::string config;
  CLI::App* run = app.add_subcommand("run", "Run the proxy in the foreground");
  run->add_option("-c,--config", config, "The config file")->type_name("FILE")->required();

  CLI::App* check = app.add_subcommand("check-config", "Say whether a config file is right");
  check->add_option("-c,--config,file", config, "The config file")
      ->type_name("FILE")
      ->required();

  ExplainOptions explain_options;
  CLI::App* explain = AddExplain(app, explain_options);

  LintVerb lint(app);
  AuditVerb audit(app);

  CLI::App* migrations = app.add_subcommand(
      "migrations", "Approve migrations, rehearse them, and see where they stand");
  // Not (1): as above.
  migrations->require_subcommand(0, 1);
  MigrationsVerb approvals(*migrations);
  MigrationsRehearseVerb rehearse(*migrations);
  MigrationsStatusVerb status(*migrations);

  CLI::App* version =
      app.add_subcommand("version", "Print the versions of pgmoat, its grammar and OpenSSL");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Prints help to standard output, errors to standard error.
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (run->parsed()) return Run(config);
  if (check->parsed()) return CheckConfig(config);
  if (explain->parsed()) return ExplainSql(std::move(explain_options));
  if (lint.parsed()) return lint.Run();
  if (audit.parsed()) return audit.Run();
  if (approvals.parsed()) return approvals.Run();
  if (rehearse.parsed()) return rehearse.Run();
  if (status.parsed()) return status.Run();
  if (migrations->parsed()) {
    return Complain("a verb is missing behind migrations; see pgmoat migrations --help");
  }
  if (version->parsed()) return Version();
  return Complain(
      "a verb is missing: run, check-config, explain, lint, audit, migrations or version; see "
      "pgmoat --help");
}

}  // namespace pgmoat::cli
