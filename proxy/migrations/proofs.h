// Records of migrations that ran: what a pgmoat of staging writes and one of production
// reads.  One JSON object a line, one file per environment and pgmoat, in one directory.
//
//   {"version":1,"tool","name","checksum","content","environment","time","duration_ms",
//    "rows","locks":["ACCESS EXCLUSIVE on users"],"statements":N,"key","signature"}
//
// Signed is the SHA-256 of the line without its signature, members sorted, no white space
// (signing/keys.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/migrations.h"
#include "proxy/migrations/format_error.h"
#include "proxy/signing/keys.h"

namespace pgmoat::migrations {

struct Proof {
  policy::MigrationTool tool = policy::MigrationTool::kPlainSql;
  std::string name;      // may be empty
  std::string checksum;  // likewise
  policy::Digest content{};
  std::string environment;
  std::chrono::sys_time<std::chrono::milliseconds> time;
  std::chrono::milliseconds duration{0};
  std::uint64_t rows = 0;
  std::uint64_t statements = 0;
  std::vector<std::string> locks;
};

// Its line, with the newline.
std::string ProofLine(const Proof& proof, const signing::SigningKey& key);

// Throws FormatError when the line is no proof, or not signed by one of `keys`.
Proof ParseProof(std::string_view line, const signing::PublicKeys& keys);

// The proofs in a directory's *.jsonl files that are signed by one of `keys`.  What is not
// right costs only its line: `complain` gets "file:line: what".  A last line without its
// newline is still being written, and left for later.
//
// Throws FormatError when directory or a file cannot be read.
std::vector<Proof> ReadProofs(const std::filesystem::path& directory,
                              const signing::PublicKeys& keys,
                              const std::function<void(const std::string&)>& complain);

}  // namespace pgmoat::migrations
