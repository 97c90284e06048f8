#include "proxy/session/audit_trail.h"

namespace pgmoat::session {

// 128 bits are 26 characters of 5 bits, the first of which has 3 (the ULID specification,
// "Encoding").
std::string RecordId::Text() const {
  if (IsNull()) return {};
  constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string text(26, '0');
  unsigned buffer = 0;
  int bits = 0;
  std::size_t byte = bytes.size();
  for (std::size_t i = text.size(); i-- > 0;) {
    if (bits < 5 && byte > 0) {
      buffer |= static_cast<unsigned>(bytes[--byte]) << bits;
      bits += 8;
    }
    text[i] = kAlphabet[buffer & 31U];
    buffer >>= 5;
    bits -= 5;
  }
  return text;
}

}  // namespace pgmoat::session
