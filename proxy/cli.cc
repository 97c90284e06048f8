#include "proxy/cli.h"

#include <openssl/crypto.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision.h"
#include "policy/parser.h"
#include "proxy/config/config.h"
#include "proxy/explain.h"
#include "proxy/run.h"

namespace pgmoat::cli {
namespace {

constexpr int kUsage = 2;

constexpr const char* kExamples = R"(Examples:
  pgmoat run --config pgmoat.yaml
  pgmoat check-config --config pgmoat.yaml
  pgmoat explain --role readonly 'DELETE FROM users'
  pgmoat explain --config pgmoat.yaml --environment production --role app - < change.sql
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

std::string_view SslModeName(config::SslMode mode) {
  switch (mode) {
    case config::SslMode::kDisable:
      return "disable";
    case config::SslMode::kPrefer:
      return "prefer";
    case config::SslMode::kRequire:
      return "require";
    case config::SslMode::kVerifyCa:
      return "verify-ca";
    case config::SslMode::kVerifyFull:
      return "verify-full";
  }
  return "";
}

std::string UpstreamText(const config::Upstream& upstream) {
  const bool ipv6 = upstream.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + upstream.host + "]" : upstream.host) + ":" +
         std::to_string(upstream.port) +
         " sslmode=" + std::string(SslModeName(upstream.sslmode));
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
      rows.push_back({environment.name, login.pattern,
                      std::string(policy::RoleName(login.rules->role)),
                      UpstreamText(config.upstreams[i])});
    }
  }
  Print(file + ": ok, " + Counted(config.directory.environments.size(), "environment") + ", " +
        Counted(rows.size() - 1, "login") + "\n" + Table(rows));
  return 0;
}

struct ExplainOptions {
  std::string config;
  std::string role;
  std::string environment;
  std::string format = "text";
  std::string sql;
};

// The rules that the config gives to `environment`, or its only one.
policy::Rules RulesOf(const config::Config& config, const std::string& wanted) {
  std::string names;
  for (const auth::Environment& environment : config.directory.environments) {
    if (environment.name == wanted ||
        (wanted.empty() && config.directory.environments.size() == 1)) {
      // All rules of an environment are alike but for the role.
      return *environment.logins.front().rules;
    }
    names += (names.empty() ? "" : ", ") + environment.name;
  }
  throw std::runtime_error(
      wanted.empty()
          ? "the config has several environments; choose one with --environment: " + names
          : "unknown environment '" + wanted + "'; the config has " + names);
}

int ExplainSql(ExplainOptions options) {
  policy::Rules rules;
  rules.environment = options.environment.empty() ? "default" : options.environment;
  if (!options.config.empty()) {
    try {
      rules = RulesOf(config::Load(options.config, 1), options.environment);
    } catch (const config::ConfigError& error) {
      std::fprintf(stderr, "%s\n", error.what());
      return kUsage;
    } catch (const std::runtime_error& error) {
      return Complain(error.what());
    }
  }
  if (!policy::ParseRoleName(options.role, rules.role)) {
    using policy::BuiltinRole;
    std::string names;
    for (const BuiltinRole role : {BuiltinRole::kReadonly, BuiltinRole::kApp,
                                   BuiltinRole::kDeploy, BuiltinRole::kAdmin}) {
      names += (names.empty() ? "" : ", ") + std::string(policy::RoleName(role));
    }
    return Complain("unknown role '" + options.role + "'; choose one of " + names);
  }
  if (options.sql == "-") {
    options.sql.clear();
    char chunk[65536];
    std::size_t got = 0;
    while ((got = std::fread(chunk, 1, sizeof chunk, stdin)) > 0)
      options.sql.append(chunk, got);
    if (options.sql.find('\0') != std::string::npos) {
      return Complain("the SQL has a NUL byte, which the protocol cannot carry");
    }
  }
  const Explanation explanation = Explain(rules, options.sql);
  Print(options.format == "json" ? explanation.json : explanation.text);
  return explanation.allowed ? 0 : 1;
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
  CLI::App* explain = app.add_subcommand(
      "explain", "Say what pgmoat makes of a statement: facts, decision, error");
  explain
      ->add_option("sql", explain_options.sql, "The text of a query; '-' reads standard input")
      ->type_name("SQL")
      ->required();
  explain->add_option("-r,--role", explain_options.role, "readonly, app, deploy or admin")
      ->type_name("ROLE")
      ->required();
  explain
      ->add_option("-c,--config", explain_options.config,
                   "Take limits and allowed functions from this config")
      ->type_name("FILE");
  explain
      ->add_option("-e,--environment", explain_options.environment,
                   "The environment; needed when the config has several")
      ->type_name("NAME");
  explain->add_option("-f,--format", explain_options.format, "text or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
  explain->footer("Exit code: 0 allowed, 1 denied, 2 a mistake in the command line or config.");

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
  if (version->parsed()) return Version();
  return Complain(
      "a verb is missing: run, check-config, explain or version; see pgmoat --help");
}

}  // namespace pgmoat::cli
