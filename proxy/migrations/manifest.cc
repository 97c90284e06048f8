#include "proxy/migrations/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "proxy/migrations/digests.h"
#include "proxy/migrations/strict_json.h"
#include "proxy/migrations/text_files.h"

namespace pgmoat::migrations {
namespace {

using nlohmann::json;
using policy::Digest;

constexpr std::string_view kPurpose = "pgmoat migration manifest v1";
constexpr std::uint64_t kVersion = 1;

std::string At(const char* list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

Digest ContentOfStatements(const std::vector<ManifestStatement>& statements) {
  std::vector<Digest> changing;
  for (const ManifestStatement& statement : statements) {
    if (statement.changes) changing.push_back(statement.digest);
  }
  return ContentOf(changing);
}

// --- reading ---

ManifestStatement StatementFrom(const json& value, const std::string& where) {
  Members members(value, where);
  ManifestStatement statement;
  statement.line = members.Number("line");
  statement.digest = members.Digest("sha256");
  statement.fingerprint = members.TextOr("fingerprint", "");
  statement.changes = members.Flag("changes");
  statement.destroys = members.Texts("destroys");
  statement.accepted = members.FlagOr("accepted", false);
  statement.lint_accepted = members.Texts("lint_accepted");
  members.End();
  return statement;
}

ManifestMigration MigrationFrom(const json& value, const std::string& where) {
  Members members(value, where);
  ManifestMigration migration;
  migration.name = members.Text("name");
  const std::string tool = members.Text("tool");
  const auto known = policy::ParseToolName(tool);
  if (!known) members.Fail("has the tool '" + tool + "', which this pgmoat does not know");
  migration.tool = *known;
  migration.file = members.Text("file");
  migration.checksum = members.Text("checksum");
  migration.text = members.Digest("text_sha256");
  migration.content = members.Digest("content");
  for (const json& statement : members.Array("statements")) {
    const std::string at = where + "." + At("statements", migration.statements.size());
    migration.statements.push_back(StatementFrom(statement, at));
  }
  members.End();
  // What is looked up and what is compared must be the same thing.
  if (migration.content != ContentOfStatements(migration.statements)) {
    members.Fail("has a 'content' that is not that of its statements");
  }
  return migration;
}

// --- writing ---

json JsonOf(const ManifestStatement& statement) {
  json value = {{"line", statement.line},
                {"sha256", Hex(statement.digest)},
                {"changes", statement.changes}};
  if (!statement.fingerprint.empty()) value["fingerprint"] = statement.fingerprint;
  if (!statement.destroys.empty()) value["destroys"] = statement.destroys;
  if (statement.accepted) value["accepted"] = true;
  if (!statement.lint_accepted.empty()) value["lint_accepted"] = statement.lint_accepted;
  return value;
}

json JsonWithoutSignatures(const Manifest& manifest) {
  json migrations = json::array();
  for (const ManifestMigration& migration : manifest.migrations) {
    json statements = json::array();
    for (const ManifestStatement& statement : migration.statements) {
      statements.push_back(JsonOf(statement));
    }
    migrations.push_back({{"name", migration.name},
                          {"tool", policy::ToolName(migration.tool)},
                          {"file", migration.file},
                          {"checksum", migration.checksum},
                          {"text_sha256", Hex(migration.text)},
                          {"content", Hex(migration.content)},
                          {"statements", std::move(statements)}});
  }
  return {{"version", kVersion}, {"migrations", std::move(migrations)}};
}

// Names of files may be bytes that are no text.
std::string Dumped(const json& value, int indent) {
  try {
    return value.dump(indent);
  } catch (const json::type_error&) {
    throw FormatError("a migration's name or file is not UTF-8; rename it");
  }
}

}  // namespace

Manifest ParseManifest(std::string_view text) {
  const json root = ParseStrictly(text);
  Members members(root, "");
  if (members.Number("version") != kVersion) {
    members.Fail("has a version that this pgmoat does not know; use a newer pgmoat");
  }
  Manifest manifest;
  for (const json& migration : members.Array("migrations")) {
    manifest.migrations.push_back(
        MigrationFrom(migration, At("migrations", manifest.migrations.size())));
  }
  for (const json& value : members.Array("signatures")) {
    Members signature(value, At("signatures", manifest.signatures.size()));
    manifest.signatures.push_back({signature.Text("key"), signature.Text("signature")});
    signature.End();
  }
  members.End();
  return manifest;
}

Manifest ReadManifest(const std::filesystem::path& file) {
  const std::string text = ReadTextFile(file);
  try {
    return ParseManifest(text);
  } catch (const FormatError& error) {
    throw FormatError(file.string() + ": is no manifest of migrations: " + error.what() +
                      "; write it anew with `pgmoat migrations approve`");
  }
}

std::string ManifestText(const Manifest& manifest) {
  json value = JsonWithoutSignatures(manifest);
  json signatures = json::array();
  for (const Signature& signature : manifest.signatures) {
    signatures.push_back({{"key", signature.key}, {"signature", signature.signature}});
  }
  value["signatures"] = std::move(signatures);
  return Dumped(value, 2) + "\n";
}

void WriteManifest(const Manifest& manifest, const std::filesystem::path& file) {
  ReplaceTextFile(file, ManifestText(manifest));
}

Digest ManifestDigest(const Manifest& manifest) {
  return Sha256(Dumped(JsonWithoutSignatures(manifest), -1));
}

void SignManifest(Manifest& manifest, const signing::SigningKey& key) {
  std::erase_if(manifest.signatures,
                [&](const Signature& signature) { return signature.key == key.id(); });
  manifest.signatures.push_back({key.id(), key.Sign(kPurpose, ManifestDigest(manifest))});
}

std::vector<std::string> SignersOf(const Manifest& manifest, const signing::PublicKeys& keys) {
  const Digest digest = ManifestDigest(manifest);
  std::vector<std::string> signers;
  for (const auto& [key, signature] : manifest.signatures) {
    switch (keys.Check(key, kPurpose, digest, signature)) {
      case signing::PublicKeys::Result::kBad:
        throw FormatError("the signature of key " + key +
                          " is not over this content; sign the manifest anew");
      case signing::PublicKeys::Result::kUnknownKey:
        break;
      case signing::PublicKeys::Result::kGood:
        if (std::find(signers.begin(), signers.end(), key) == signers.end()) {
          signers.push_back(key);
        }
    }
  }
  return signers;
}

policy::Approvals ApprovalsOf(const Manifest& manifest, unsigned signatures) {
  policy::Approvals approvals;
  approvals.signatures = signatures;
  for (const ManifestMigration& migration : manifest.migrations) {
    policy::ApprovedMigration& approved = approvals.migrations.emplace_back();
    approved.name = migration.name;
    approved.tool = migration.tool;
    approved.checksum = migration.checksum;
    approved.text = migration.text;
    approved.content = migration.content;
    for (const ManifestStatement& statement : migration.statements) {
      approved.statements.push_back({statement.digest, statement.changes,
                                     !statement.destroys.empty(), statement.accepted,
                                     statement.lint_accepted});
    }
  }
  return approvals;
}

}  // namespace pgmoat::migrations
