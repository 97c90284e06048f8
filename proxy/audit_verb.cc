#include "proxy/audit_verb.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "proxy/audit_commands.h"
#include "proxy/config/config.h"

namespace pgmoat::cli {
namespace {

constexpr int kUsage = 2;

// One value each time: what follows may be a file.
CLI::Option* Repeatable(CLI::App* verb, const char* name, std::vector<std::string>& values,
                        const char* what, const char* type) {
  return verb->add_option(name, values, what)->type_name(type)->allow_extra_args(false);
}

void AddFilter(CLI::App* verb, FilterArguments& arguments) {
  audit::FilterOptions& options = arguments.options;
  verb->add_flag("--denied", options.denied, "Only what pgmoat refused");
  Repeatable(verb, "--login", options.logins, "Login name; '*' and '?' stand for others",
             "GLOB");
  Repeatable(verb, "--role", options.roles, "pgmoat's role", "GLOB");
  Repeatable(verb, "--environment", options.environments, "Environment", "GLOB");
  Repeatable(verb, "--database", options.databases, "Database", "GLOB");
  Repeatable(verb, "--relation", options.relations,
             "A table or view that it reads or writes; without a dot: in any schema", "GLOB");
  Repeatable(verb, "--kind", options.kinds,
             "Kind of statement: read, insert, drop …, or write, alter, ddl", "KIND");
  Repeatable(verb, "--session", options.sessions, "Session", "ID");
  Repeatable(verb, "--event", options.events, "Event", "EVENT")
      ->check(CLI::IsMember({"login", "statement", "disconnect", "grant", "gap", "start",
                             "reload", "stop", "checkpoint"}));
  Repeatable(verb, "--decision", options.decisions, "pgmoat's decision", "DECISION")
      ->check(CLI::IsMember({"allow", "deny", "would_deny"}));
  Repeatable(verb, "--outcome", options.outcomes, "What came of it", "OUTCOME")
      ->check(CLI::IsMember({"ok", "error", "denied", "skipped", "lost", "running"}));
  Repeatable(verb, "--rule", options.rules, "The rule that decided", "GLOB");
  Repeatable(verb, "--id", options.ids, "The audit id that an error's DETAIL names", "ID");
  verb->add_option("--since", arguments.since,
                   "Not before: 10m, 2h, 1d (ago), or UTC: 2026-11-27T19:00Z")
      ->type_name("TIME");
  verb->add_option("--until", arguments.until, "Before: likewise")->type_name("TIME");
}

}  // namespace

struct AuditVerb::Options {
  VerifyArguments verify_arguments;
  TailArguments tail_arguments;
  QueryArguments query_arguments;
  std::string key_file;
  CLI::App* audit = nullptr;
  CLI::App* verify = nullptr;
  CLI::App* keygen = nullptr;
  CLI::App* schema = nullptr;
  CLI::App* tail = nullptr;
  CLI::App* query = nullptr;

  void AddVerify();
  void AddKeygen();
  void AddTail();
  void AddQuery();
  int RunChosen() const;
};

void AuditVerb::Options::AddVerify() {
  verify = audit->add_subcommand("verify",
                                 "Say whether the trail is as pgmoat wrote it, and where not");
  verify->add_option("file", verify_arguments.files, "Files of the trail, also compressed")
      ->type_name("FILE")
      ->required();
  Repeatable(verify, "--public-key", verify_arguments.public_keys,
             "Check signatures of checkpoints with this key", "FILE");
  verify->add_flag("--from-start", verify_arguments.from_start,
                   "The first line must be the first of the chain");
  verify->add_flag("--rotated", verify_arguments.rotated,
                   "FILE is the live file: its rotated ones, too");
  verify->footer(
      "Files of one sink are put in order by their names; others are read as given.\n"
      "Exit code: 0 proved; 1 a line was changed, removed, inserted or reordered, or no\n"
      "checkpoint is signed by a key that was given; 2 a mistake in the command line.");
}

void AuditVerb::Options::AddKeygen() {
  keygen = audit->add_subcommand("keygen", "Make a key that signs checkpoints");
  keygen
      ->add_option("-o,--out", key_file,
                   "The private key's file; the public one is FILE.pub, and goes to whoever "
                   "verifies")
      ->type_name("FILE")
      ->required();
}

void AuditVerb::Options::AddTail() {
  TailArguments& arguments = tail_arguments;
  tail = audit->add_subcommand("tail", "Show the latest records, and those that come");
  tail->add_option("file", arguments.files, "Files of the trail; the newest is followed")
      ->type_name("FILE");
  CLI::Option* config =
      tail->add_option("-c,--config", arguments.config,
                       "What this config's pgmoat has not given to all sinks yet")
          ->type_name("FILE");
  CLI::Option* journal = tail->add_option("--journal-dir", arguments.journal_dir,
                                          "Likewise, by its audit.journal_dir")
                             ->type_name("DIR");
  config->excludes(journal)->excludes("file");
  journal->excludes("file");
  tail->add_flag("-f,--follow", arguments.follow, "Go on with what comes");
  tail->add_option("-n,--lines", arguments.lines,
                   "How many to begin with (default 20; all with --since or --until)")
      ->type_name("N");
  tail->add_option("--format", arguments.format, "table or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json"}));
  AddFilter(tail, arguments.filter);
}

void AuditVerb::Options::AddQuery() {
  QueryArguments& arguments = query_arguments;
  query = audit->add_subcommand("query", "Find and count records in files");
  query->add_option("file", arguments.files, "Files of the trail, also compressed")
      ->type_name("FILE")
      ->required();
  query->add_flag("--rotated", arguments.rotated,
                  "FILE is the live file: its rotated ones, too");
  Repeatable(query, "--count-by", arguments.count_by,
             "Count by the values of these fields: login,outcome", "FIELD[,FIELD]")
      ->delimiter(',');
  Repeatable(query, "--sum", arguments.sums, "Add up these fields: rows_affected",
             "FIELD[,FIELD]")
      ->delimiter(',');
  query->add_option("--top", arguments.top, "Only the N largest groups")->type_name("N");
  query->add_option("--format", arguments.format, "table, json or csv")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"table", "json", "csv"}));
  AddFilter(query, arguments.filter);
}

AuditVerb::AuditVerb(CLI::App& app) : options_(std::make_unique<Options>()) {
  options_->audit =
      app.add_subcommand("audit", "Read the audit trail, and prove that it is whole");
  // Not (1): see cli.cc.
  options_->audit->require_subcommand(0, 1);
  options_->AddTail();
  options_->AddQuery();
  options_->AddVerify();
  options_->AddKeygen();
  options_->schema =
      options_->audit->add_subcommand("schema", "Print the JSON Schema of the trail's lines");
}

AuditVerb::~AuditVerb() = default;

bool AuditVerb::parsed() const { return options_->audit->parsed(); }

int AuditVerb::Run() {
  int result = kUsage;
  try {
    result = options_->RunChosen();
  } catch (const config::ConfigError& error) {
    std::fprintf(stderr, "%s\n", error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pgmoat: %s\n", error.what());
  }
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return result;
  std::fputs("pgmoat: standard output cannot be written\n", stderr);
  return kUsage;
}

int AuditVerb::Options::RunChosen() const {
  if (verify->parsed()) return AuditVerify(verify_arguments);
  if (tail->parsed()) return AuditTail(tail_arguments);
  if (query->parsed()) return AuditQuery(query_arguments);
  if (keygen->parsed()) return AuditKeygen(key_file);
  if (schema->parsed()) return AuditSchema();
  throw std::runtime_error(
      "a verb is missing: tail, query, verify, keygen or schema; see pgmoat audit --help");
}

}  // namespace pgmoat::cli
