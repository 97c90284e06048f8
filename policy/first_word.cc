#include "policy/first_word.h"

namespace pgmoat::policy {

namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

}  // namespace

std::size_t EndOfComment(std::string_view text, std::size_t at) {
  if (text[at] == '-') {
    const std::size_t end = text.find_first_of("\r\n", at);
    return end == std::string_view::npos ? text.size() : end;
  }
  int depth = 0;
  while (at + 1 < text.size()) {
    if (text[at] == '/' && text[at + 1] == '*') {
      ++depth;
      at += 2;
    } else if (text[at] == '*' && text[at + 1] == '/') {
      at += 2;
      if (--depth == 0) return at;
    } else {
      ++at;
    }
  }
  return text.size();
}

std::size_t FirstWord(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const std::string_view rest = text.substr(at);
    if (IsSpace(rest.front())) {
      ++at;
    } else if (rest.starts_with("--") || rest.starts_with("/*")) {
      at = EndOfComment(text, at);
    } else {
      break;
    }
  }
  return at;
}

}  // namespace pgmoat::policy
