// The keys of signed checkpoints: made by `audit keygen`, read by `audit verify`.
// What keys and signatures are is in signing/keys.h.
#pragma once

#include <openssl/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "proxy/audit/reading/trail_line.h"
#include "proxy/signing/keys.h"

namespace pgmoat::audit {

// What checkpoints are signed for (signing/keys.h).
inline constexpr std::string_view kCheckpointPurpose = "pgmoat audit checkpoint v1";

// Whom to believe.
class PublicKeys {
 public:
  using Result = signing::PublicKeys::Result;

  // PEM, Ed25519.  Throws std::runtime_error naming file and reason.
  void Add(const std::filesystem::path& file) { keys_.Add(file); }
  [[nodiscard]] Result Check(std::string_view key_id, const LineHash& hash,
                             std::string_view signature) const {
    return keys_.Check(key_id, kCheckpointPurpose, hash, signature);
  }
  [[nodiscard]] bool Has(std::string_view key_id) const { return keys_.Has(key_id); }
  [[nodiscard]] bool empty() const { return keys_.empty(); }

 private:
  signing::PublicKeys keys_;
};

// The first eight bytes of the SHA-256 of the raw public key, in hex.
std::string KeyIdOf(EVP_PKEY* key);
// What is signed of a checkpoint whose line has this hash.
std::string SignedText(const LineHash& hash);

using signing::MakeKeyFiles;

}  // namespace pgmoat::audit
