// The `options` parameter of the StartupMessage, split as the server splits it.
#include <algorithm>

#include "policy/decision.h"
#include "policy/setting_rules.h"

namespace pgmoat::policy {

namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r';
}

// As pg_split_opts: words parted by space; a backslash takes the next byte as it is.
std::vector<std::string> Words(std::string_view options) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (true) {
    while (at < options.size() && IsSpace(options[at])) ++at;
    if (at == options.size()) return words;
    std::string& word = words.emplace_back();
    bool escaped = false;
    for (; at < options.size(); ++at) {
      const char c = options[at];
      if (IsSpace(c) && !escaped) break;
      if (!escaped && c == '\\') {
        escaped = true;
      } else {
        word += c;
        escaped = false;
      }
    }
  }
}

void AppendWord(std::string_view word, std::string& options) {
  if (!options.empty()) options += ' ';
  for (const char c : word) {
    if (IsSpace(c) || c == '\\') options += '\\';
    options += c;
  }
}

// As ParseLongOption: name=value, where '-' in the name stands for '_'.
bool AddOption(std::string_view text, std::vector<StartupOption>& out) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  StartupOption& option = out.emplace_back();
  option.name = FoldSettingName(text.substr(0, equals));
  for (char& c : option.name) {
    if (c == '-') c = '_';
  }
  option.value = text.substr(equals + 1);
  return true;
}

}  // namespace

bool SplitStartupOptions(std::string_view options, std::vector<StartupOption>& out) {
  out.clear();
  const std::vector<std::string> words = Words(options);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "-c") {
      if (++i == words.size() || !AddOption(words[i], out)) return false;
    } else if (word.starts_with("-c")) {
      if (!AddOption(word.substr(2), out)) return false;
    } else if (word.starts_with("--")) {
      if (!AddOption(word.substr(2), out)) return false;
    } else {
      return false;
    }
  }
  return true;
}

std::string TakeStartupOptions(std::string_view options,
                               std::initializer_list<std::string_view> names,
                               std::vector<StartupOption>& taken) {
  const std::size_t taken_before = taken.size();
  const auto takes = [&](std::string_view text) {
    if (!AddOption(text, taken)) return false;
    const bool wanted = std::find(names.begin(), names.end(), taken.back().name) != names.end();
    if (!wanted) taken.pop_back();
    return wanted;
  };
  std::string rest;
  const std::vector<std::string> words = Words(options);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const bool apart = word == "-c" && i + 1 < words.size();
    if (apart ? takes(words[i + 1])
              : (word.starts_with("-c") || word.starts_with("--")) && takes(word.substr(2))) {
      i += apart ? 1 : 0;
      continue;
    }
    AppendWord(word, rest);
    if (apart) AppendWord(words[++i], rest);
  }
  return taken.size() == taken_before ? std::string(options) : rest;
}

}  // namespace pgmoat::policy
