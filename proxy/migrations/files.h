// The files of one environment, as its config names them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pgmoat::migrations {

struct EnvironmentFiles {
  std::filesystem::path manifest;                  // empty: nothing is approved
  std::vector<std::filesystem::path> public_keys;  // whose signatures count
  // Where successes elsewhere are read; directory empty: nowhere.
  struct Proofs {
    std::filesystem::path directory;
    std::vector<std::filesystem::path> public_keys;
    std::vector<std::string> environments;
    friend bool operator==(const Proofs&, const Proofs&) = default;
  } proofs;
  // Where successes here are written; directory empty: nowhere.
  struct RecordProofs {
    std::filesystem::path directory;
    std::filesystem::path signing_key;  // PEM, Ed25519
    friend bool operator==(const RecordProofs&, const RecordProofs&) = default;
  } record_proofs;
  friend bool operator==(const EnvironmentFiles&, const EnvironmentFiles&) = default;
};

}  // namespace pgmoat::migrations
