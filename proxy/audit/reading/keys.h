// The keys of signed checkpoints: made by `audit keygen`, read by `audit verify`.
//
// Secrets: a private key goes to its file, mode 0600, and nowhere else.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/audit/reading/trail_line.h"

namespace pgmoat::audit {

// Whom to believe.
class PublicKeys {
 public:
  PublicKeys();
  ~PublicKeys();
  PublicKeys(const PublicKeys&) = delete;
  PublicKeys& operator=(const PublicKeys&) = delete;

  // PEM, Ed25519.  Throws std::runtime_error naming file and reason.
  void Add(const std::filesystem::path& file);

  enum class Result {
    kGood,
    kBad,         // not a signature over `hash`, or by another key than it says
    kUnknownKey,  // signed by a key that is not here
  };
  [[nodiscard]] Result Check(std::string_view key_id, const LineHash& hash,
                             std::string_view signature) const;
  [[nodiscard]] bool Has(std::string_view key_id) const;
  [[nodiscard]] bool empty() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The first eight bytes of the SHA-256 of the raw public key, in hex.
std::string KeyIdOf(EVP_PKEY* key);
// What is signed of a checkpoint whose line has this hash.
std::string SignedText(const LineHash& hash);

// Makes `file` and `file`.pub; returns the key's id.  Never writes over a file: throws
// std::runtime_error naming it and the reason.
std::string MakeKeyFiles(const std::filesystem::path& file);

}  // namespace pgmoat::audit
