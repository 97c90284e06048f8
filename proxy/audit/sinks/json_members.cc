#include "proxy/audit/sinks/json_members.h"

namespace pgmoat::audit {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

// `at` is a quote; returns where the string has ended, or kNone.
std::size_t AfterString(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return kNone;
}

std::size_t AfterValue(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = AfterString(text, at);
      if (at == kNone || depth == 0) return at;
      continue;
    }
    if (depth == 0 && (c == ',' || c == '}')) return at;  // after a number, true, null
    if (c == '{' || c == '[') ++depth;
    ++at;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
  return kNone;
}

}  // namespace

bool JsonMembers::Next(JsonMember& member) {
  // What stands before a member: the object's brace, or the comma after the one before.
  if (at_ >= line_.size() || line_[at_] != (at_ == 0 ? '{' : ',')) return false;
  const std::size_t key = at_ + 1;
  if (key >= line_.size() || line_[key] != '"') return false;
  const std::size_t colon = AfterString(line_, key);
  if (colon == kNone || colon >= line_.size() || line_[colon] != ':') return false;
  const std::size_t end = AfterValue(line_, colon + 1);
  if (end == kNone) return false;
  member.key = line_.substr(key + 1, colon - key - 2);
  member.value = line_.substr(colon + 1, end - colon - 1);
  at_ = end;
  return true;
}

std::string_view StringMember(std::string_view line, std::string_view key) {
  JsonMembers members(line);
  JsonMember member;
  while (members.Next(member)) {
    if (member.key != key) continue;
    if (member.value.size() < 2 || member.value.front() != '"') return {};
    return member.value.substr(1, member.value.size() - 2);
  }
  return {};
}

}  // namespace pgmoat::audit
