#include "policy/glob.h"

#include <cstddef>

namespace pgmoat::policy {
namespace {

// Bytes of the UTF-8 character at the front of `text`; a byte that begins none counts
// as one, so that names in other encodings still have characters.
std::size_t CharacterBytes(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t claimed = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::size_t bytes = 1;
  while (bytes < claimed && bytes < text.size() &&
         (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) {
    ++bytes;
  }
  return bytes;
}

}  // namespace

// Greedy, and backtracks to the last star only: an earlier star need never take more
// than it did, because the later one can take the rest.  So time is at most
// |pattern| * |text|, and linear for a single star; "a*a*a*a*b" is no attack.
bool GlobMatches(std::string_view pattern, std::string_view text) {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = kNone;  // where the last star of the pattern stands
  std::size_t resume = 0;    // where the text goes on once that star takes one byte more
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t += CharacterBytes(text.substr(t));
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != kNone) {
      p = star + 1;
      resume += CharacterBytes(text.substr(resume));
      t = resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace pgmoat::policy
