#include "proxy/config/migrations.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "policy/migration_lint.h"
#include "proxy/config/files.h"
#include "proxy/config/scalars.h"

namespace pgmoat::config {
namespace {

using policy::FindingEffect;
using policy::MigrationRequirement;
using policy::MigrationRules;
using policy::MigrationTool;

// Names of an enumeration, for ChoiceAt.
template <typename Enum, typename NameOf>
std::vector<std::string_view> NamesUpTo(Enum end, NameOf name) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < static_cast<std::size_t>(end); ++i) {
    names.push_back(name(static_cast<Enum>(i)));
  }
  return names;
}

std::filesystem::path DirectoryAt(const Item& item) {
  const std::filesystem::path path = item.Text();
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    item.place.Fail(Quoted(item.place.name) + ": there is no directory " +
                    Quoted(path.string()) + "; make it, or choose another");
  }
  return path;
}

// The same key twice would not be two people.  Two files with one key are told apart where
// keys are read.
std::vector<std::filesystem::path> PublicKeysAt(const Item& item) {
  std::vector<std::filesystem::path> files;
  for (const Item& one : item.List()) {
    const std::filesystem::path file = ReadableFile(one);
    if (std::find(files.begin(), files.end(), file) != files.end()) {
      one.place.Fail(Quoted(one.place.name) + ": " + Quoted(file.string()) +
                     " is in the list twice; keep one of them");
    }
    files.push_back(file);
  }
  return files;
}

policy::ToolSet ToolsAt(const Item& item) {
  policy::ToolSet tools;
  for (const Item& one : item.List()) {
    tools.Add(static_cast<MigrationTool>(
        ChoiceAt(one, NamesUpTo(MigrationTool::kCount, policy::ToolName))));
  }
  return tools;
}

policy::OwnLedger LedgerAt(const Item& item) {
  const Section section(item, {"table"});
  const Item table = section.Require("table", "write table: ops.schema_history");
  const std::string name = table.Text();
  const std::size_t dot = name.find('.');
  policy::OwnLedger ledger;
  if (dot != std::string::npos) ledger.schema = name.substr(0, dot);
  ledger.table = dot == std::string::npos ? name : name.substr(dot + 1);
  const bool wrong = ledger.table.empty() || (dot == 0) ||
                     ledger.table.find('.') != std::string::npos ||
                     name.find_first_of("\"'*? ") != std::string::npos;
  if (wrong) {
    table.place.Fail(Quoted(table.place.name) + ": " + Quoted(name) +
                     " is not a table's name; write it without quotes, as "
                     "ops.schema_history");
  }
  return ledger;
}

void ReadLintIds(const Section& section, std::string_view key, FindingEffect effect,
                 policy::LintRules& lint) {
  const auto list = section.Find(key);
  if (!list) return;
  std::vector<std::string_view> ids;
  for (const policy::FindingKind& kind : policy::FindingKinds()) ids.push_back(kind.id);
  for (const Item& one : list->List()) {
    const std::string id(ids[ChoiceAt(one, ids)]);
    const bool repeated = std::any_of(lint.by_id.begin(), lint.by_id.end(),
                                      [&](const auto& entry) { return entry.first == id; });
    if (repeated) {
      one.place.Fail(Quoted(one.place.name) + ": " + Quoted(id) +
                     " is listed twice under lint; keep one of them");
    }
    lint.by_id.emplace_back(id, effect);
  }
}

policy::LintRules LintAt(const Item& item) {
  const Section section(item, {"default", "refuse", "warn", "ignore"});
  policy::LintRules lint;
  lint.on_wire = true;
  if (const auto otherwise = section.Find("default")) {
    lint.otherwise =
        static_cast<FindingEffect>(ChoiceAt(*otherwise, {"off", "warn", "refuse"}));
  }
  ReadLintIds(section, "refuse", FindingEffect::kRefuse, lint);
  ReadLintIds(section, "warn", FindingEffect::kWarn, lint);
  ReadLintIds(section, "ignore", FindingEffect::kIgnore, lint);
  return lint;
}

// A key that says nothing under this `require` is a protection that somebody believes in.
void RefuseWithout(const Section& section, std::vector<std::string_view> keys,
                   const std::string& why_and_remedy) {
  for (const std::string_view key : keys) {
    if (const auto found = section.Find(key)) {
      found->place.Fail(Quoted(found->place.name) + ": " + why_and_remedy);
    }
  }
}

void ReadApprovals(const Section& section, MigrationRules& rules, MigrationFiles& files) {
  if (rules.require < MigrationRequirement::kApproved) {
    RefuseWithout(section, {"manifest", "public_keys", "approvals"},
                  "counts only with require: approved or proven; write one of them, or remove "
                  "it");
    return;
  }
  files.manifest = ReadableFile(
      section.Require("manifest", "name the file that `pgmoat migrations approve` writes"));
  const Item keys = section.Require(
      "public_keys", "list the public keys of those who approve, as [alice.pub]");
  files.public_keys = PublicKeysAt(keys);
  const auto approvals = section.Find("approvals");
  if (!approvals) return;
  const std::uint64_t count = ParseAt(*approvals, ParseNumber);
  CheckRange<std::uint64_t>(*approvals, count, 1, 16, "1 to 16");
  if (count > files.public_keys.size()) {
    approvals->place.Fail(Quoted(approvals->place.name) + ": " + approvals->Text() +
                          " keys must sign, but public_keys has " +
                          std::to_string(files.public_keys.size()) + "; add keys to it");
  }
  rules.approvals = static_cast<unsigned>(count);
}

void ReadProofs(const Section& section, MigrationRequirement require,
                MigrationFiles::Proofs& proofs) {
  if (require < MigrationRequirement::kProven) {
    RefuseWithout(section, {"proofs"},
                  "counts only with require: proven; write that, or remove it");
    return;
  }
  const Section from(section.Require("proofs",
                                     "write where the records of staging are, as {directory: "
                                     "proofs, public_keys: [staging.pub], environments: "
                                     "[staging]}"),
                     {"directory", "public_keys", "environments"});
  proofs.directory =
      DirectoryAt(from.Require("directory", "name the directory that staging writes to"));
  proofs.public_keys = PublicKeysAt(
      from.Require("public_keys", "list the public keys of staging's record_proofs"));
  proofs.environments =
      from.Require("environments", "list the environments whose records count, as [staging]")
          .Texts();
}

void ReadRecordProofs(const Section& section, MigrationRules& rules,
                      MigrationFiles::RecordProofs& record) {
  const auto item = section.Find("record_proofs");
  if (!item) return;
  const Section to(*item, {"directory", "signing_key"});
  record.directory =
      DirectoryAt(to.Require("directory", "name the directory that proofs are written to"));
  record.signing_key = SigningKeyFile(
      to.Require("signing_key", "name a key that `pgmoat migrations keygen` has made"));
  rules.records_proofs = true;
}

}  // namespace

Migrations ReadMigrations(const std::optional<Item>& item) {
  MigrationRules rules;
  Migrations migrations;
  if (item) {
    const Section section(*item, {"require", "tools", "ledgers", "manifest", "public_keys",
                                  "approvals", "proofs", "record_proofs", "lint"});
    if (const auto require = section.Find("require")) {
      rules.require = static_cast<MigrationRequirement>(
          ChoiceAt(*require, {"none", "ledger", "approved", "proven"}));
    }
    if (rules.require == MigrationRequirement::kNothing) {
      RefuseWithout(section,
                    {"tools", "ledgers", "manifest", "public_keys", "approvals", "proofs",
                     "record_proofs", "lint"},
                    "does nothing with require: none; write ledger, approved or proven, or "
                    "remove it");
      return migrations;
    }
    if (const auto tools = section.Find("tools")) rules.tools = ToolsAt(*tools);
    if (const auto ledgers = section.Find("ledgers")) {
      for (const Item& one : ledgers->List()) rules.own_ledgers.push_back(LedgerAt(one));
    }
    ReadApprovals(section, rules, migrations.files);
    ReadProofs(section, rules.require, migrations.files.proofs);
    ReadRecordProofs(section, rules, migrations.files.record_proofs);
    if (const auto lint = section.Find("lint")) rules.lint = LintAt(*lint);
  }
  migrations.rules = std::make_shared<const MigrationRules>(std::move(rules));
  return migrations;
}

}  // namespace pgmoat::config
