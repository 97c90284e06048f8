#include "proxy/migrations_rehearse_verb.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "policy/migrations.h"
#include "proxy/config/values.h"
#include "proxy/migrations/database/rehearse.h"
#include "proxy/migrations/database/rehearse_report.h"
#include "proxy/migrations/project.h"
#include "proxy/printed_lines.h"

namespace pgmoat::cli {
namespace {

constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

constexpr std::chrono::seconds kConnectPatience{10};

void Tell(const std::string& note) { PrintLines("pgmoat: " + note + "\n", stderr); }

template <typename Parse>
auto ParseOption(const char* option, const std::string& text, Parse parse) {
  try {
    return parse(text);
  } catch (const config::ValueError& error) {
    throw std::runtime_error(std::string(option) + ": " + error.what());
  }
}

// 0: none, as for the server.
std::chrono::milliseconds ParseTimeout(const std::string& text) {
  return text == "0" ? std::chrono::milliseconds(0) : config::ParseDuration(text);
}

std::string ToolNames() {
  std::string names;
  for (unsigned i = 0; i < static_cast<unsigned>(policy::MigrationTool::kCount); ++i) {
    names += (i == 0 ? "" : ", ");
    names += policy::ToolName(static_cast<policy::MigrationTool>(i));
  }
  return names;
}

std::optional<policy::MigrationTool> ParseTool(const std::string& name) {
  if (name.empty()) return std::nullopt;
  auto tool = policy::ParseToolName(name);
  if (!tool) {
    throw std::runtime_error("--tool: unknown tool '" + name + "'; choose " + ToolNames());
  }
  return tool;
}

database::Script ScriptOf(const migrations::MigrationFile& file) {
  database::Script script;
  script.file = file.file.string();
  for (const migrations::Script& part : file.scripts) {
    database::Script read = database::ReadScript(script.file, part.sql, part.line);
    for (const std::string& note : read.notes) Tell(note);
    std::move(read.statements.begin(), read.statements.end(),
              std::back_inserter(script.statements));
  }
  return script;
}

}  // namespace

struct MigrationsRehearseVerb::Options {
  CLI::App* verb = nullptr;
  std::string url;
  std::string tool;
  std::vector<std::string> paths;
  std::string lock_timeout = "5s";
  std::string statement_timeout = "0";
  std::string count_up_to = "64MiB";
  std::string format = "text";
  database::RehearseOptions rehearse;

  void Add(CLI::App& migrations);
  void AddLimits();
  void ReadValues();
  [[nodiscard]] std::vector<database::Script> Scripts() const;
  [[nodiscard]] bool RefuseUnsafe(const std::vector<database::Script>& scripts) const;
  [[nodiscard]] int RunRehearsal();
};

void MigrationsRehearseVerb::Options::Add(CLI::App& migrations) {
  verb = migrations.add_subcommand(
      "rehearse", "Run migrations in a transaction on a real database, and roll it back");
  verb->add_option("path", paths, "Files, or folders of migrations, in the order to run them")
      ->type_name("FILE|DIR")
      ->required();
  verb->add_option("--database", url,
                   "Where: postgres://USER@HOST:5432/DATABASE; a password better by PGPASSWORD "
                   "or the password file")
      ->type_name("URL")
      ->required();
  verb->add_option("--tool", tool,
                   "Whose migrations they are; told by their shape if not given")
      ->type_name("TOOL");
  verb->add_option("--format", format, "text or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
  AddLimits();
  verb->footer(
      "Nothing is ever committed; locks are real, so rehearse on staging, or when it is "
      "quiet.\n"
      "Exit code: 0 it runs; 1 it fails, or rows are lost; 2 a mistake, or no connection.");
}

void MigrationsRehearseVerb::Options::AddLimits() {
  verb->add_option("--watch", rehearse.watched,
                   "Count the rows of this table only; may be given again")
      ->type_name("TABLE")
      ->allow_extra_args(false);
  verb->add_option("--max-row-loss", rehearse.max_row_loss_percent,
                   "Fail when a table loses more of its rows than this (default 0)")
      ->type_name("PERCENT")
      ->check(CLI::Range(0.0, 100.0));
  verb->add_option("--count-up-to", count_up_to,
                   "Larger tables are estimated unless watched (default 64MiB)")
      ->type_name("SIZE");
  verb->add_option("--lock-timeout", lock_timeout,
                   "Give up when a lock is not to be had (default 5s; 0: never)")
      ->type_name("TIME");
  verb->add_option("--statement-timeout", statement_timeout,
                   "Give up when a statement takes longer (default 0: never)")
      ->type_name("TIME");
  verb->add_flag("--allow-unsafe", rehearse.allow_unsafe,
                 "Also run what a rollback may not take back: server files, other servers");
}

void MigrationsRehearseVerb::Options::ReadValues() {
  rehearse.lock_timeout = ParseOption("--lock-timeout", lock_timeout, ParseTimeout);
  rehearse.statement_timeout =
      ParseOption("--statement-timeout", statement_timeout, ParseTimeout);
  rehearse.count_up_to_bytes = ParseOption("--count-up-to", count_up_to, config::ParseSize);
}

std::vector<database::Script> MigrationsRehearseVerb::Options::Scripts() const {
  std::vector<database::Script> scripts;
  for (const std::string& path : paths) {
    const migrations::Project project = migrations::ReadProject(path, ParseTool(tool));
    for (const std::string& note : project.notes) Tell(note);
    for (const migrations::MigrationFile& file : project.migrations) {
      scripts.push_back(ScriptOf(file));
      if (file.in_transaction) continue;
      Tell(file.file.string() +
           " asks to run outside of a transaction, and is rehearsed in one.");
    }
  }
  return scripts;
}

// True: something is, and was told.
bool MigrationsRehearseVerb::Options::RefuseUnsafe(
    const std::vector<database::Script>& scripts) const {
  bool refused = false;
  for (const database::Script& script : scripts) {
    for (const database::ScriptStatement& statement : script.statements) {
      const database::Plan plan = PlanOf(statement, rehearse.allow_unsafe);
      if (plan.treatment != database::Treatment::kRefuse) continue;
      refused = true;
      PrintLines(script.file + ":" + std::to_string(statement.line) + ": " +
                     std::string(statement.facts.tag) + " is not run: " + plan.reason + "\n",
                 stderr);
    }
  }
  return refused;
}

int MigrationsRehearseVerb::Options::RunRehearsal() {
  ReadValues();
  database::DatabaseUrl where_to = database::ParseDatabaseUrl(url);
  where_to.Set("application_name", "pgmoat rehearse");
  const std::vector<database::Script> scripts = Scripts();
  if (RefuseUnsafe(scripts)) {
    Tell("nothing was run");
    return kFailed;
  }
  const database::Interrupts interrupts;
  database::Database connection(where_to, interrupts, kConnectPatience);
  const auto where = database::RehearsedWhere::Of(connection);
  const bool text = format == "text";
  if (text) PrintLines(BeginText(where));
  const database::Rehearsal rehearsal = database::Rehearse(
      where_to, interrupts, connection, scripts, rehearse, [text](const database::Step& step) {
        if (text) PrintLines(StepText(step));
      });
  PrintLines(text ? EndText(rehearsal, rehearse) : RehearsalJson(where, rehearsal, rehearse));
  return rehearsal.result == database::Rehearsal::Result::kOk ? kOk : kFailed;
}

MigrationsRehearseVerb::MigrationsRehearseVerb(CLI::App& migrations)
    : options_(std::make_unique<Options>()) {
  options_->Add(migrations);
}

MigrationsRehearseVerb::~MigrationsRehearseVerb() = default;

bool MigrationsRehearseVerb::parsed() const { return options_->verb->parsed(); }

int MigrationsRehearseVerb::Run() const {
  try {
    return Written(options_->RunRehearsal());
  } catch (const std::exception& error) {
    Tell(error.what());
  }
  return kUsage;
}

}  // namespace pgmoat::cli
