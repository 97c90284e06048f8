#include "proxy/migrations_verb.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "proxy/audit/reading/printable.h"
#include "proxy/audit_commands.h"
#include "proxy/migrations_commands.h"

namespace pgmoat::cli {
namespace {

constexpr int kUsage = 2;

// One value each time: what follows may be a folder.
CLI::Option* Repeatable(CLI::App* verb, const char* name, std::vector<std::string>& values,
                        const char* what, const char* type) {
  return verb->add_option(name, values, what)->type_name(type)->allow_extra_args(false);
}

}  // namespace

struct MigrationsVerb::Options {
  ApproveArguments approve_arguments;
  ShowArguments show_arguments;
  std::string key_file;
  CLI::App* approve = nullptr;
  CLI::App* show = nullptr;
  CLI::App* keygen = nullptr;

  void AddApprove(CLI::App& migrations);
  void AddShow(CLI::App& migrations);
  void AddKeygen(CLI::App& migrations);
  int RunChosen() const;
};

void MigrationsVerb::Options::AddApprove(CLI::App& migrations) {
  ApproveArguments& arguments = approve_arguments;
  approve = migrations.add_subcommand("approve",
                                      "Write what migrations do to a manifest, and sign it");
  approve
      ->add_option("dir", arguments.folders,
                   "Folders with a project's migrations, or single files")
      ->type_name("DIR");
  approve
      ->add_option("--tool", arguments.tool,
                   "Whose migrations they are; without it the shape of the folder tells")
      ->type_name("TOOL");
  approve->add_option("-m,--manifest", arguments.manifest, "The manifest")
      ->type_name("FILE")
      ->capture_default_str();
  Repeatable(approve, "-k,--signing-key", arguments.signing_keys, "Sign with this private key",
             "FILE");
  Repeatable(approve, "--accept-destruction", arguments.accept_destruction,
             "What this migration destroys is meant", "MIGRATION");
  Repeatable(approve, "--accept-finding", arguments.accept_finding,
             "What lint finds in this migration is meant", "MIGRATION:ID");
  Repeatable(approve, "--ledger", arguments.ledgers,
             "A ledger of your own: what is written there is no part of a migration", "TABLE");
  Repeatable(approve, "--public-key", arguments.public_keys,
             "With --check: somebody with one of these keys must have signed", "FILE");
  CLI::Option* check = approve->add_flag("--check", arguments.check,
                                         "Write nothing; say whether the manifest is what "
                                         "the folders are");
  CLI::Option* sign_only =
      approve->add_flag("--sign-only", arguments.sign_only,
                        "Add a signature to the manifest as it is, after showing it");
  check->excludes(sign_only)->excludes("--signing-key");
  approve->footer(
      "Signatures stay while the content does.  What was accepted before stays accepted when\n"
      "a key that signs now has signed it.\n"
      "Exit code: 0; 1 something is destroyed that nobody accepted, or the manifest is not\n"
      "right; 2 a mistake in the command line, or in a file.");
}

void MigrationsVerb::Options::AddShow(CLI::App& migrations) {
  show = migrations.add_subcommand("show", "Show what a manifest approves, and who signed it");
  show->add_option("manifest", show_arguments.manifest, "The manifest")
      ->type_name("FILE")
      ->required();
  Repeatable(show, "--public-key", show_arguments.public_keys, "Check signatures with this key",
             "FILE");
}

void MigrationsVerb::Options::AddKeygen(CLI::App& migrations) {
  keygen = migrations.add_subcommand("keygen", "Make a key that signs manifests or proofs");
  keygen
      ->add_option("-o,--out", key_file,
                   "The private key's file; the public one is FILE.pub, and goes into the "
                   "config")
      ->type_name("FILE")
      ->required();
}

MigrationsVerb::MigrationsVerb(CLI::App& migrations) : options_(std::make_unique<Options>()) {
  options_->AddApprove(migrations);
  options_->AddShow(migrations);
  options_->AddKeygen(migrations);
}

MigrationsVerb::~MigrationsVerb() = default;

bool MigrationsVerb::parsed() const {
  return options_->approve->parsed() || options_->show->parsed() || options_->keygen->parsed();
}

int MigrationsVerb::Run() const {
  int result = kUsage;
  try {
    result = options_->RunChosen();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pgmoat: %s\n", audit::Printable(error.what()).c_str());
  }
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return result;
  std::fputs("pgmoat: standard output cannot be written\n", stderr);
  return kUsage;
}

int MigrationsVerb::Options::RunChosen() const {
  if (approve->parsed()) return MigrationsApprove(approve_arguments);
  if (show->parsed()) return MigrationsShow(show_arguments);
  return AuditKeygen(key_file);
}

}  // namespace pgmoat::cli
