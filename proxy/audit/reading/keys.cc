#include "proxy/audit/reading/keys.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>

namespace pgmoat::audit {

std::string KeyIdOf(EVP_PKEY* key) {
  std::array<unsigned char, 32> raw{};
  std::size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(key, raw.data(), &size) != 1 || size != raw.size()) return {};
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(raw.data(), raw.size(), hash.data());
  std::string id;
  for (std::size_t i = 0; i < 8; ++i) {
    id += "0123456789abcdef"[hash[i] >> 4];
    id += "0123456789abcdef"[hash[i] & 15];
  }
  return id;
}

std::string SignedText(const LineHash& hash) {
  std::string text(kCheckpointPurpose);
  text += '\0';
  text.append(reinterpret_cast<const char*>(hash.data()), hash.size());
  return text;
}

}  // namespace pgmoat::audit
