#include "proxy/session/audit_trail.h"

namespace pgmoat::session {
namespace {

constexpr char kAlphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

std::uint64_t BigEndian(const std::uint8_t* bytes) {
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | bytes[i];
  return number;
}

}  // namespace

std::string RecordId::Text() const {
  if (IsNull()) return {};
  std::string text(kTextBytes, '0');
  WriteText(text.data());
  return text;
}

// 128 bits are 26 characters of 5 bits, the first of which has 3 (the ULID specification,
// "Encoding").  The one in the middle has bits of both halves:
//
//   3 + 12 × 5 + 1 | 4 + 12 × 5
void RecordId::WriteText(char* to) const {
  const std::uint64_t high = BigEndian(bytes.data());
  const std::uint64_t low = BigEndian(bytes.data() + 8);
  for (int i = 0; i < 13; ++i) to[i] = kAlphabet[high >> (61 - 5 * i) & 31];
  to[13] = kAlphabet[(high << 4 | low >> 60) & 31];
  for (int i = 14; i < 26; ++i) to[i] = kAlphabet[low >> (125 - 5 * i) & 31];
}

}  // namespace pgmoat::session
