#include "proxy/audit/tags.h"

#include <algorithm>
#include <optional>

#include "proxy/audit/json_text.h"

namespace pgmoat::audit {
namespace {

constexpr std::string_view kSpace = " \t\n\r\f\v";

std::string_view Trimmed(std::string_view text, std::string_view also_at_end = {}) {
  while (!text.empty() && kSpace.find(text.front()) != std::string_view::npos) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (kSpace.find(text.back()) != std::string_view::npos ||
                           also_at_end.find(text.back()) != std::string_view::npos)) {
    text.remove_suffix(1);
  }
  return text;
}

int Nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The character at the front of an escaped text: %41 is A, and \' is ' (the specification
// escapes quotes once more after the URL encoding).
std::optional<char> TakeCharacter(std::string_view& text) {
  const char c = text.front();
  if (c == '%') {
    const int high = text.size() > 2 ? Nibble(text[1]) : -1;
    const int low = text.size() > 2 ? Nibble(text[2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    text.remove_prefix(3);
    return static_cast<char>(high << 4 | low);
  }
  if (c == '\\') {
    if (text.size() < 2 || text[1] != '\'') return std::nullopt;
    text.remove_prefix(2);
    return '\'';
  }
  text.remove_prefix(1);
  return c;
}

// Up to `end`, which is taken, too.
std::optional<std::string> TakeUntil(std::string_view& text, char end, std::size_t max_bytes) {
  std::string value;
  while (!text.empty()) {
    if (text.front() == end) {
      text.remove_prefix(1);
      return value;
    }
    const auto c = TakeCharacter(text);
    if (!c || value.size() == max_bytes) return std::nullopt;
    value += *c;
  }
  return std::nullopt;
}

// Between the comment's marks.
Tags ReadComment(std::string_view text) {
  Tags tags;
  text = Trimmed(text);
  while (!text.empty()) {
    // In a name these are encoded.
    if (text.find_first_of(" ,'\t\r\n") < text.find('=')) return {};
    auto name = TakeUntil(text, '=', kMaxTagNameBytes);
    if (!name || name->empty() || text.empty() || text.front() != '\'') return {};
    text.remove_prefix(1);
    auto value = TakeUntil(text, '\'', kMaxTagValueBytes);
    if (!value || tags.size() == kMaxTags) return {};
    if (std::any_of(tags.begin(), tags.end(), [&](const auto& t) { return t.first == *name; }))
      return {};
    tags.emplace_back(std::move(*name), std::move(*value));
    text = Trimmed(text);
    if (text.empty()) break;
    if (text.front() != ',') return {};
    text = Trimmed(text.substr(1));
    if (text.empty()) return {};
  }
  return tags;
}

}  // namespace

Tags ReadTags(std::string_view text) {
  text = Trimmed(text, ";");
  if (text.ends_with("*/")) {
    const std::size_t begin = text.rfind("/*");
    if (begin != std::string_view::npos && begin + 4 <= text.size()) {
      Tags tags = ReadComment(text.substr(begin + 2, text.size() - begin - 4));
      if (!tags.empty()) return tags;
    }
  }
  if (!text.starts_with("/*")) return {};
  const std::size_t end = text.find("*/", 2);
  if (end == std::string_view::npos) return {};
  return ReadComment(text.substr(2, end - 2));
}

void AppendTags(std::string_view statement, std::string& json) {
  if (statement.find("/*") == std::string_view::npos) return;
  std::string_view before = ",\"tags\":{";
  for (const auto& [name, value] : ReadTags(statement)) {
    json += before;
    AppendJsonString(name, json);
    AppendStringField(":", value, json);
    before = ",";
  }
  if (before == ",") json += '}';
}

}  // namespace pgmoat::audit
