#include "proxy/session/migration_digest.h"

#include <openssl/sha.h>

#include <string>

namespace pgmoat::session {

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

}  // namespace pgmoat::session
