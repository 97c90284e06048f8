#include "proxy/migrations_commands.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "policy/migrations.h"
#include "proxy/audit/reading/printable.h"
#include "proxy/migrations/approval.h"
#include "proxy/migrations/digests.h"
#include "proxy/migrations/manifest.h"
#include "proxy/migrations/project.h"
#include "proxy/migrations/report.h"
#include "proxy/signing/keys.h"

namespace pgmoat::cli {
namespace {

namespace fs = std::filesystem;
using migrations::Judged;
using migrations::Manifest;
using migrations::ManifestMigration;
using migrations::ManifestStatement;

constexpr int kNotApproved = 1;

// Line by line: the lines are ours, what is in them is not.
void Print(std::string_view text, std::FILE* to = stdout) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::fprintf(to, "%s\n", audit::Printable(text.substr(0, end)).c_str());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

[[noreturn]] void FailOption(const std::string& what) { throw std::runtime_error(what); }

std::optional<policy::MigrationTool> ToolNamed(const std::string& name) {
  if (name.empty()) return std::nullopt;
  const auto tool = policy::ParseToolName(name);
  if (!tool) {
    std::string known;
    for (unsigned i = 0; i < static_cast<unsigned>(policy::MigrationTool::kCount); ++i) {
      known += (i == 0 ? "" : ", ") +
               std::string(policy::ToolName(static_cast<policy::MigrationTool>(i)));
    }
    FailOption("--tool: '" + name + "' is unknown; choose one of " + known);
  }
  return tool;
}

policy::MigrationRules RulesWith(const std::vector<std::string>& ledgers) {
  policy::MigrationRules rules;
  for (const std::string& name : ledgers) {
    const std::size_t dot = name.find('.');
    rules.own_ledgers.push_back(
        dot == std::string::npos
            ? policy::OwnLedger{"", name}
            : policy::OwnLedger{name.substr(0, dot), name.substr(dot + 1)});
  }
  return rules;
}

std::vector<signing::SigningKey> SigningKeys(const std::vector<std::string>& files) {
  std::vector<signing::SigningKey> keys;
  for (const std::string& file : files) keys.emplace_back(file);
  return keys;
}

// --- what is there now ---

struct Found {
  std::vector<Judged> judged;
  std::vector<std::string> notes;

  [[nodiscard]] Manifest Unsigned() const {
    Manifest manifest;
    for (const Judged& one : judged) manifest.migrations.push_back(one.migration);
    return manifest;
  }
};

// A file is named as from the manifest: so it is the same wherever `approve` runs.
std::string FromManifest(const fs::path& file, const fs::path& manifest) {
  const fs::path base = fs::absolute(manifest).lexically_normal().parent_path();
  return fs::absolute(file).lexically_normal().lexically_relative(base).string();
}

Found ReadFolders(const ApproveArguments& arguments) {
  const auto tool = ToolNamed(arguments.tool);
  const policy::MigrationRules rules = RulesWith(arguments.ledgers);
  Found found;
  for (const std::string& folder : arguments.folders) {
    migrations::Project project = migrations::ReadProject(folder, tool);
    for (const migrations::MigrationFile& file : project.migrations) {
      found.judged.push_back(migrations::Judge(file, rules));
      ManifestMigration& migration = found.judged.back().migration;
      migration.file = FromManifest(file.file, arguments.manifest);
    }
    for (std::string& note : project.notes) found.notes.push_back(std::move(note));
  }
  return found;
}

// --- what is accepted ---

void AcceptDestruction(const std::string& name, Found& found) {
  bool known = false;
  bool destroys = false;
  for (Judged& judged : found.judged) {
    if (judged.migration.name != name) continue;
    known = true;
    for (ManifestStatement& statement : judged.migration.statements) {
      if (statement.destroys.empty()) continue;
      destroys = true;
      statement.accepted = true;
    }
  }
  if (!known) FailOption("--accept-destruction: there is no migration '" + name + "'");
  if (!destroys) {
    FailOption("--accept-destruction: migration '" + name +
               "' destroys nothing; remove the option");
  }
}

void AcceptFinding(const std::string& name_and_id, Found& found) {
  const std::size_t colon = name_and_id.rfind(':');
  if (colon == std::string::npos) {
    FailOption("--accept-finding: '" + name_and_id +
               "' names no finding; write it as MIGRATION:index-not-concurrent");
  }
  const std::string name = name_and_id.substr(0, colon);
  const std::string id = name_and_id.substr(colon + 1);
  bool known = false;
  for (Judged& judged : found.judged) {
    if (judged.migration.name != name) continue;
    for (const migrations::FoundIn& finding : judged.findings) {
      if (finding.id != id) continue;
      known = true;
      auto& accepted = judged.migration.statements.at(finding.statement).lint_accepted;
      if (std::find(accepted.begin(), accepted.end(), id) == accepted.end()) {
        accepted.push_back(id);
      }
    }
  }
  if (!known) {
    FailOption("--accept-finding: lint has no finding '" + id + "' in a migration '" + name +
               "'");
  }
}

// The acceptances of a manifest are its writer's; a signer takes over only those that a key
// of theirs has signed, so that nobody else can slip one in.
void KeepAccepted(const Manifest& earlier, const std::vector<signing::SigningKey>& signers,
                  const std::string& file, Found& found) {
  if (!signers.empty()) {
    signing::PublicKeys keys;
    for (const signing::SigningKey& key : signers) keys.Add(key);
    std::string why = "no key that signs now has signed it";
    try {
      if (!migrations::SignersOf(earlier, keys).empty()) why.clear();
    } catch (const migrations::FormatError& error) {
      why = error.what();
    }
    if (!why.empty()) {
      Print(file + ": what it has accepted does not count: " + why);
      return;
    }
  }
  for (Judged& judged : found.judged) {
    migrations::KeepAccepted(earlier.migrations, judged.migration);
  }
}

// --- what is told ---

void ShowMigrations(const Manifest& manifest) {
  std::size_t statements = 0;
  for (const ManifestMigration& migration : manifest.migrations) {
    statements += migration.statements.size();
  }
  Print(migrations::Table(manifest.migrations));
  Print(migrations::Counted(manifest.migrations.size(), "migration") + ", " +
        migrations::Counted(statements, "statement") + "; content " +
        migrations::Hex(migrations::ManifestDigest(manifest)));
}

void ShowSignatures(const Manifest& manifest, const std::vector<std::string>& good) {
  for (const migrations::Signature& signature : manifest.signatures) {
    const bool is_good = std::find(good.begin(), good.end(), signature.key) != good.end();
    Print("signed by key " + signature.key +
          (is_good ? ": right" : ": not checked, no --public-key has it"));
  }
  if (manifest.signatures.empty()) Print("signed by nobody");
}

// False, and said which and what to do, when something is destroyed that nobody accepted.
bool CheckAccepted(const Manifest& manifest) {
  std::string lines;
  for (const ManifestMigration& migration : manifest.migrations) {
    for (const std::string& line : migrations::UnacceptedLines(migration)) {
      lines += line + "; if that is meant, --accept-destruction " + migration.name + "\n";
    }
  }
  Print(lines, stderr);
  return lines.empty();
}

signing::PublicKeys PublicKeysFrom(const std::vector<std::string>& files) {
  signing::PublicKeys keys;
  for (const std::string& file : files) keys.Add(file);
  return keys;
}

// The keys that have signed it.  Nothing, and said why, when keys are given and none has, or
// a signature of theirs is not right.
std::optional<std::vector<std::string>> GoodSigners(const Manifest& manifest,
                                                    const std::string& file,
                                                    const std::vector<std::string>& keys) {
  std::vector<std::string> good;
  const signing::PublicKeys public_keys = PublicKeysFrom(keys);
  try {
    good = migrations::SignersOf(manifest, public_keys);
  } catch (const migrations::FormatError& error) {
    Print(file + ": " + error.what(), stderr);
    return std::nullopt;
  }
  if (good.empty() && !keys.empty()) {
    Print(file + ": none of the keys has signed it; sign it with --sign-only", stderr);
    return std::nullopt;
  }
  return good;
}

// --- the ways to go ---

int Check(const ApproveArguments& arguments, Found found, const Manifest& there) {
  for (Judged& judged : found.judged) {
    migrations::KeepAccepted(there.migrations, judged.migration);
  }
  if (found.Unsigned().migrations != there.migrations) {
    Print(arguments.manifest +
              ": is not what the folders are; run `pgmoat migrations approve` "
              "and sign it",
          stderr);
    return kNotApproved;
  }
  if (!CheckAccepted(there)) return kNotApproved;
  if (!GoodSigners(there, arguments.manifest, arguments.public_keys)) return kNotApproved;
  Print(arguments.manifest + ": is what the folders are");
  return 0;
}

int SignAndWrite(Manifest manifest, const std::vector<signing::SigningKey>& keys,
                 const std::string& file) {
  if (!keys.empty() && !CheckAccepted(manifest)) {
    Print(file + ": not signed, and left as it was", stderr);
    return kNotApproved;
  }
  for (const signing::SigningKey& key : keys) {
    migrations::SignManifest(manifest, key);
    Print("signed by key " + key.id());
  }
  migrations::WriteManifest(manifest, file);
  if (manifest.signatures.empty()) {
    Print(file + ": written, signed by nobody; --sign-only --signing-key FILE signs it");
  } else {
    Print(file + ": written");
  }
  return 0;
}

std::optional<Manifest> ReadIfThere(const std::string& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return std::nullopt;
  return migrations::ReadManifest(file);
}

int SignOnly(const ApproveArguments& arguments) {
  if (arguments.signing_keys.empty()) {
    FailOption("--sign-only signs nothing without a key; add --signing-key FILE");
  }
  if (!arguments.accept_destruction.empty() || !arguments.accept_finding.empty()) {
    FailOption("--sign-only changes nothing; accept without it, and sign after that");
  }
  const Manifest manifest = migrations::ReadManifest(arguments.manifest);
  if (!arguments.folders.empty()) {
    ApproveArguments check = arguments;
    check.public_keys.clear();
    const int result = Check(check, ReadFolders(arguments), manifest);
    if (result != 0) return result;
  }
  ShowMigrations(manifest);
  return SignAndWrite(manifest, SigningKeys(arguments.signing_keys), arguments.manifest);
}

}  // namespace

int MigrationsApprove(const ApproveArguments& arguments) {
  if (arguments.sign_only) return SignOnly(arguments);
  if (arguments.folders.empty()) {
    FailOption("no folder is named; write it behind `pgmoat migrations approve`");
  }
  Found found = ReadFolders(arguments);
  if (arguments.check)
    return Check(arguments, std::move(found), migrations::ReadManifest(arguments.manifest));
  const std::vector<signing::SigningKey> keys = SigningKeys(arguments.signing_keys);
  const std::optional<Manifest> earlier = ReadIfThere(arguments.manifest);
  if (earlier) KeepAccepted(*earlier, keys, arguments.manifest, found);
  for (const std::string& name : arguments.accept_destruction) AcceptDestruction(name, found);
  for (const std::string& one : arguments.accept_finding) AcceptFinding(one, found);

  Manifest manifest = found.Unsigned();
  if (earlier && earlier->migrations == manifest.migrations) {
    manifest.signatures = earlier->signatures;
  }
  ShowMigrations(manifest);
  for (const Judged& judged : found.judged) Print(migrations::FindingLines(judged));
  for (const std::string& note : found.notes) Print(note);
  return SignAndWrite(std::move(manifest), keys, arguments.manifest);
}

int MigrationsShow(const ShowArguments& arguments) {
  const Manifest manifest = migrations::ReadManifest(arguments.manifest);
  ShowMigrations(manifest);
  const auto good = GoodSigners(manifest, arguments.manifest, arguments.public_keys);
  if (!good) return kNotApproved;
  ShowSignatures(manifest, *good);
  return 0;
}

}  // namespace pgmoat::cli
