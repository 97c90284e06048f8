// An eye on what kLiterals leaves that does not use the product's own scanner.
#pragma once

#include <cstddef>
#include <string_view>

namespace pgmoat::policy {

// No string constant is left in a redacted text but '***' (and the escape character of
// U&"…" UESCAPE '!'), no dollar quote, no comment.
inline bool ShowsNoString(std::string_view text) {
  constexpr std::string_view kHidden = "'***'";
  constexpr std::string_view kUescape = "uescape";
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
  };
  std::string_view last_word;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    if (rest.front() == '"') {
      const std::size_t end = text.find('"', i + 1);
      if (end == std::string_view::npos) return false;
      i = end + 1;
    } else if (rest.starts_with("--") || rest.starts_with("/*")) {
      return false;
    } else if (rest.front() == '\'') {
      bool uescape = last_word.size() == kUescape.size() && rest.size() > 2 && rest[2] == '\'';
      for (std::size_t k = 0; uescape && k < kUescape.size(); ++k) {
        uescape = (last_word[k] | 0x20) == kUescape[k];
      }
      if (!uescape && !rest.starts_with(kHidden)) return false;
      i += uescape ? 3 : kHidden.size();
      last_word = {};
    } else if (rest.front() == '$' && (rest.size() < 2 || rest[1] < '0' || rest[1] > '9')) {
      return false;
    } else if (is_word(rest.front())) {
      std::size_t length = 1;
      while (length < rest.size() && is_word(rest[length])) ++length;
      last_word = rest.substr(0, length);
      i += length;
    } else {
      ++i;
    }
  }
  return true;
}

}  // namespace pgmoat::policy
