#include "proxy/lint_verb.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "policy/migration_lint.h"
#include "proxy/config/config.h"
#include "proxy/lint/formats.h"
#include "proxy/lint/judge_script.h"
#include "proxy/lint/problems.h"
#include "proxy/lint/sources.h"
#include "proxy/lint_approvals.h"
#include "proxy/role_choice.h"

namespace pgmoat::cli {
namespace {

constexpr int kUsage = 2;
constexpr std::size_t kMostThreads = 8;

void Complain(const std::string& what) { std::fprintf(stderr, "pgmoat: %s\n", what.c_str()); }

CLI::Option* Repeatable(CLI::App* verb, const char* name, std::vector<std::string>& values,
                        const char* what, const char* type) {
  return verb->add_option(name, values, what)
      ->type_name(type)
      ->delimiter(',')
      ->allow_extra_args(false);
}

std::string Listing() {
  std::string text;
  for (const policy::FindingKind& kind : policy::FindingKinds()) {
    text.append(kind.id).append("\n    ").append(kind.explanation);
    text.append("\n    Safer: ").append(kind.safer).append("\n");
  }
  return text;
}

std::vector<std::string> ToolNames() {
  std::vector<std::string> names;
  for (unsigned i = 0; i < static_cast<unsigned>(policy::MigrationTool::kCount); ++i) {
    names.emplace_back(policy::ToolName(static_cast<policy::MigrationTool>(i)));
  }
  return names;
}

// "all" stands for every finding.
void SetEffects(const std::vector<std::string>& ids, policy::FindingEffect effect,
                policy::LintRules& rules) {
  for (const std::string& id : ids) {
    if (id == "all") {
      rules.otherwise = effect;
      rules.by_id.clear();
      continue;
    }
    if (policy::FindingKindOf(id) == nullptr) {
      throw OptionError("no finding is called '" + id + "'; pgmoat lint --list has them");
    }
    std::erase_if(rules.by_id, [&](const auto& entry) { return entry.first == id; });
    rules.by_id.emplace_back(id, effect);
  }
}

// One slot for each file, filled by whichever thread takes it.
struct Judged {
  lint::FileReport report;
  std::string error;
};

void JudgeAll(const std::vector<std::filesystem::path>& files, const lint::LintOptions& options,
              std::vector<Judged>& judged) {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < files.size(); i = next++) {
      try {
        const std::string name = files[i] == "-" ? "<stdin>" : files[i].generic_string();
        judged[i].report = lint::JudgeScript(name, lint::ReadScriptFile(files[i]), options);
      } catch (const lint::SourceError& error) {
        judged[i].error = error.what();
      }
    }
  };
  const std::size_t threads =
      std::min({files.size() / 16 + 1, kMostThreads,
                std::max<std::size_t>(std::thread::hardware_concurrency(), 1)});
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& thread : others) thread.join();
}

bool WriteFile(const std::string& name, const std::string& text) {
  std::FILE* file = std::fopen(name.c_str(), "wb");
  if (file == nullptr) return false;
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return std::fclose(file) == 0 && written;
}

// Null: nothing is approved.  A manifest that is not right approves nothing, as on the wire.
std::unique_ptr<LintApprovals> ApprovalsFor(const std::string& manifest,
                                            const ChosenRole& chosen) {
  if (!manifest.empty()) {
    try {
      return std::make_unique<LintApprovals>(manifest);
    } catch (const std::runtime_error& error) {
      throw OptionError(error.what());
    }
  }
  if (chosen.files.manifest.empty() || chosen.rules->migrations == nullptr) return nullptr;
  try {
    return std::make_unique<LintApprovals>(chosen.files, chosen.rules->migrations->approvals);
  } catch (const std::runtime_error& error) {
    Complain(std::string(error.what()) + " (until then nothing counts as approved)");
    return nullptr;
  }
}

}  // namespace

struct LintVerb::Options {
  CLI::App* lint = nullptr;
  RoleChoice choice;
  std::string format = "text";
  std::string tool;
  std::string manifest;
  std::string sarif_file;
  std::vector<std::string> ignored;
  std::vector<std::string> refused;
  std::vector<std::string> files;
  bool list = false;
};

LintVerb::LintVerb(CLI::App& app) : options_(std::make_unique<Options>()) {
  Options& options = *options_;
  options.choice.role = "deploy";
  CLI::App* verb = app.add_subcommand(
      "lint", "Say what would happen to each statement of SQL files, and what is unsafe");
  options.lint = verb;
  verb->add_option("files", options.files,
                   "SQL files, or folders to look for *.sql in; '-' reads standard input")
      ->type_name("FILE|DIR");
  verb->add_option("-r,--role", options.choice.role, "Whose rules hold (default: deploy)")
      ->type_name("ROLE");
  verb->add_option("-c,--config", options.choice.config,
                   "Take roles, limits and migrations.lint from here")
      ->type_name("FILE");
  verb->add_option("-e,--environment", options.choice.environment,
                   "The environment; needed when the config has several")
      ->type_name("NAME");
  verb->add_option("-f,--format", options.format, "text, json, sarif or github")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json", "sarif", "github"}));
  verb->add_option("--sarif", options.sarif_file, "Write SARIF to this file, too")
      ->type_name("FILE");
  verb->add_option("--tool", options.tool,
                   "The tool that runs the files: whether it opens a transaction")
      ->type_name("TOOL")
      ->check(CLI::IsMember(ToolNames()));
  verb->add_option("--manifest", options.manifest,
                   "What this manifest accepts is accepted, signed or not (default: the "
                   "config's, if it is signed)")
      ->type_name("FILE");
  Repeatable(verb, "--ignore", options.ignored, "Findings that do not matter; all: none does",
             "ID[,ID]");
  Repeatable(verb, "--refuse", options.refused,
             "Findings that count as refusals; all: every one", "ID[,ID]");
  verb->add_flag("--list", options.list, "List the findings with their ids, and end");
  verb->footer(
      "Exit code: 0 nothing would be refused, there may be warnings; 1 something would be;\n"
      "2 a mistake in the command line or config, or a file that cannot be read.");
}

LintVerb::~LintVerb() = default;

bool LintVerb::parsed() const { return options_->lint->parsed(); }

int LintVerb::Run() try {
  const Options& options = *options_;
  if (options.list) {
    const std::string listing = Listing();
    std::fwrite(listing.data(), 1, listing.size(), stdout);
    return 0;
  }
  if (options.files.empty()) {
    throw OptionError("no file is named; give SQL files, or the folder of the migrations");
  }
  lint::LintOptions lint_options;
  const ChosenRole chosen = ChooseRole(options.choice);
  lint_options.rules = chosen.rules;
  lint_options.circumstances.time = std::chrono::system_clock::now();
  if (lint_options.rules->migrations != nullptr) {
    lint_options.effects = lint_options.rules->migrations->lint;
  }
  SetEffects(options.ignored, policy::FindingEffect::kIgnore, lint_options.effects);
  SetEffects(options.refused, policy::FindingEffect::kRefuse, lint_options.effects);
  if (!options.tool.empty()) lint_options.tool = policy::ParseToolName(options.tool);

  const auto approvals = ApprovalsFor(options.manifest, chosen);
  if (approvals != nullptr) {
    lint_options.approved = [&](std::string_view text) { return approvals->Find(text); };
    const auto& asked = chosen.rules->migrations;
    lint_options.asks_approval =
        asked != nullptr && asked->require >= policy::MigrationRequirement::kApproved;
  }
  const auto files = lint::FindScripts(options.files);
  std::vector<Judged> judged(files.size());
  JudgeAll(files, lint_options, judged);

  lint::Report report;
  report.role = lint_options.rules->RoleName();
  report.environment = lint_options.rules->environment;
  bool all_read = true;
  for (Judged& one : judged) {
    if (one.error.empty()) {
      report.files.push_back(std::move(one.report));
    } else {
      all_read = false;
      Complain(one.error);
    }
  }
  const std::string text = options.format == "json"     ? lint::AsJson(report)
                           : options.format == "sarif"  ? lint::AsSarif(report, PGMOAT_VERSION)
                           : options.format == "github" ? lint::AsGithub(report)
                                                        : lint::AsText(report);
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (!options.sarif_file.empty() &&
      !WriteFile(options.sarif_file, lint::AsSarif(report, PGMOAT_VERSION))) {
    throw OptionError("cannot write " + options.sarif_file + "; check its folder");
  }
  if (!all_read) return kUsage;
  return lint::CountsOf(report).errors == 0 ? 0 : 1;
} catch (const config::ConfigError& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return kUsage;
} catch (const OptionError& error) {
  Complain(error.what());
  return kUsage;
} catch (const lint::SourceError& error) {
  Complain(error.what());
  return kUsage;
}

}  // namespace pgmoat::cli
