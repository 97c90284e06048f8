#include "policy/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pgmoat::policy {

namespace {

// Eight bytes at once: true when none has its high bit set and none is zero.
bool PlainAscii(std::uint64_t word) {
  constexpr std::uint64_t kHigh = 0x8080808080808080U;
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  // With all high bits clear, (word - kOnes) borrows into a high bit only from zero.
  return (word & kHigh) == 0 && ((word - kOnes) & kHigh) == 0;
}

bool Continuation(unsigned char byte) { return (byte & 0xC0U) == 0x80U; }

// Length of the well-formed character at the front of `text`; 0 when there is none.
std::size_t CharacterLength(const unsigned char* text, std::size_t available) {
  const unsigned char first = text[0];
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;  // a continuation, or overlong
  if (first < 0xE0) return available >= 2 && Continuation(text[1]) ? 2 : 0;
  if (first < 0xF0) {
    if (available < 3 || !Continuation(text[1]) || !Continuation(text[2])) return 0;
    if (first == 0xE0 && text[1] < 0xA0) return 0;  // overlong
    if (first == 0xED && text[1] > 0x9F) return 0;  // surrogate
    return 3;
  }
  if (first > 0xF4 || available < 4) return 0;
  if (!Continuation(text[1]) || !Continuation(text[2]) || !Continuation(text[3])) return 0;
  if (first == 0xF0 && text[1] < 0x90) return 0;  // overlong
  if (first == 0xF4 && text[1] > 0x8F) return 0;  // above U+10FFFF
  return 4;
}

}  // namespace

bool IsReadableUtf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= sizeof(std::uint64_t)) {
      std::uint64_t word;
      std::memcpy(&word, bytes + at, sizeof word);
      if (PlainAscii(word)) {
        at += sizeof word;
        continue;
      }
    }
    const std::size_t length = CharacterLength(bytes + at, text.size() - at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace pgmoat::policy
