// Statements of real tools and of people, for tests that want many: data/*.sql, and the
// cases of the end-to-end tests.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/policy/judged.h"

namespace pgmoat::policy {

// Those that the parser takes; each once.
inline std::vector<std::string> Corpus() {
  namespace fs = std::filesystem;
  std::vector<std::string> texts;
  const auto add = [&texts](const std::string& text) {
    if (!text.empty() && FactsOf(text).status == TextStatus::kUnderstood) {
      texts.push_back(text);
    }
  };
  for (const auto& entry : fs::directory_iterator(PGMOAT_TEST_DATA)) {
    std::ifstream in(entry.path());
    std::string text;
    for (std::string line; std::getline(in, line);) {
      if (line == "----") {
        add(text);
        text.clear();
      } else {
        text += (text.empty() ? "" : "\n") + line;
      }
    }
    add(text);
  }
  for (const auto& entry : fs::recursive_directory_iterator(PGMOAT_TEST_CASES)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with("#")) add(line);
    }
  }
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

}  // namespace pgmoat::policy
