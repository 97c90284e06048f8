// The list of migrations that somebody has approved, as a JSON file with signatures.
//
//   {"version":1,
//    "migrations":[{"name","tool","file","checksum","text_sha256","content",
//                   "statements":[{"line","sha256","fingerprint","changes","destroys":[…],
//                                  "accepted":true,"lint_accepted":[…]}]}],
//    "signatures":[{"key":"<16 hex>","signature":"<base64>"}]}
//
// Signed is the SHA-256 of the file without its signatures, members sorted, no white space
// (signing/keys.h).  Layout is free: white space may change and signatures stay right.
//
// Errors: FormatError, "file: what; remedy".
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "policy/migrations.h"
#include "proxy/migrations/format_error.h"
#include "proxy/signing/keys.h"

namespace pgmoat::migrations {

struct ManifestStatement {
  std::size_t line = 0;     // of the file, counting from 1
  policy::Digest digest{};  // of its canonical text
  std::string fingerprint;  // 16 hex digits; empty: none could be computed
  bool changes = false;
  std::vector<std::string> destroys;       // in words; empty: nothing
  bool accepted = false;                   // what it destroys is meant
  std::vector<std::string> lint_accepted;  // ids
  friend bool operator==(const ManifestStatement&, const ManifestStatement&) = default;
};

struct ManifestMigration {
  std::string name;
  policy::MigrationTool tool = policy::MigrationTool::kPlainSql;
  std::string file;      // as found from where `approve` ran
  std::string checksum;  // as the tool computes it; empty where it has none
  policy::Digest text{};
  policy::Digest content{};
  std::vector<ManifestStatement> statements;
  friend bool operator==(const ManifestMigration&, const ManifestMigration&) = default;
};

struct Signature {
  std::string key;
  std::string signature;
};

struct Manifest {
  std::vector<ManifestMigration> migrations;
  std::vector<Signature> signatures;
};

// `content` of a migration is held against its statements.
Manifest ParseManifest(std::string_view json);
Manifest ReadManifest(const std::filesystem::path& file);

// As a file: indented, sorted, with a newline at its end.
std::string ManifestText(const Manifest& manifest);
// Replaces `file` whole or not at all.
void WriteManifest(const Manifest& manifest, const std::filesystem::path& file);

// What is signed of it.
policy::Digest ManifestDigest(const Manifest& manifest);
// Replaces an earlier signature of the same key.
void SignManifest(Manifest& manifest, const signing::SigningKey& key);

// The different keys of `keys` that have signed it.  Others' signatures are left alone.
// Throws when a signature of one of `keys` is not right: somebody changed the file.
std::vector<std::string> SignersOf(const Manifest& manifest, const signing::PublicKeys& keys);

policy::Approvals ApprovalsOf(const Manifest& manifest, unsigned signatures);

}  // namespace pgmoat::migrations
