#include "proxy/migrations/digests.h"

#include <openssl/sha.h>

namespace pgmoat::migrations {

policy::Digest Sha256(std::string_view bytes) {
  policy::Digest digest;
  ::SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return digest;
}

policy::Digest ContentOf(const std::vector<policy::Digest>& changing) {
  std::string bytes;
  for (const policy::Digest& digest : changing) {
    bytes.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  }
  return Sha256(bytes);
}

std::string Hex(const policy::Digest& digest) {
  std::string hex;
  hex.reserve(2 * digest.size());
  for (const std::uint8_t byte : digest) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

std::optional<policy::Digest> ParseHex(std::string_view hex) {
  policy::Digest digest{};
  if (hex.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const std::size_t value = std::string_view("0123456789abcdef").find(hex[i]);
    if (value == std::string_view::npos) return std::nullopt;
    digest[i / 2] = static_cast<std::uint8_t>((digest[i / 2] << 4) | value);
  }
  return digest;
}

}  // namespace pgmoat::migrations
