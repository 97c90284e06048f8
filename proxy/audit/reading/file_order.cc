#include "proxy/audit/reading/file_order.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

namespace pgmoat::audit {
namespace {

namespace fs = std::filesystem;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::uint64_t> WholeNumber(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

// What a name says of a file's age.  The live file's stamp is "~", behind all digits.
struct Age {
  std::string base;
  std::string stamp;
  std::uint64_t repeat = 0;
};

// "20261126T000000Z", "20261126T000000Z-1": digits with 'T', and whatever punctuation
// between, up to 'Z'.
bool ReadStamp(std::string_view text, Age& age) {
  const std::size_t zulu = text.find('Z');
  if (zulu == std::string_view::npos || zulu < 8 || !IsDigit(text[0])) return false;
  for (const char c : text.substr(0, zulu)) {
    if (IsDigit(c)) {
      age.stamp += c;
    } else if (std::string_view("T-:._").find(c) == std::string_view::npos) {
      return false;
    }
  }
  const std::string_view rest = text.substr(zulu + 1);
  if (rest.empty()) return true;
  if (rest[0] != '-') return false;
  const auto repeat = WholeNumber(rest.substr(1));
  age.repeat = repeat.value_or(0);
  return repeat.has_value();
}

// `base`: the live file's name; empty: try every dot.
std::optional<Age> AgeOf(const fs::path& file, std::string_view base) {
  const std::string name = UncompressedName(file.filename());
  const std::size_t first = base.empty() ? 0 : base.size();
  if (!base.empty() && !name.starts_with(base)) return {};
  for (std::size_t dot = name.find('.', first); dot != std::string::npos;
       dot = base.empty() ? name.find('.', dot + 1) : std::string::npos) {
    Age age;
    if (!base.empty() && dot != first) return {};
    if (ReadStamp(std::string_view(name).substr(dot + 1), age)) {
      age.base = (file.parent_path() / name.substr(0, dot)).string();
      return age;
    }
  }
  return {};
}

using Aged = std::pair<Age, fs::path>;

std::vector<fs::path> Sorted(std::vector<Aged> aged) {
  std::stable_sort(aged.begin(), aged.end(), [](const Aged& a, const Aged& b) {
    return std::tie(a.first.stamp, a.first.repeat) < std::tie(b.first.stamp, b.first.repeat);
  });
  std::vector<fs::path> files;
  for (auto& [age, file] : aged) files.push_back(std::move(file));
  return files;
}

}  // namespace

std::string UncompressedName(const fs::path& file) {
  const fs::path extension = file.extension();
  if (extension == ".gz" || extension == ".zst") return fs::path(file).replace_extension();
  return file;
}

std::vector<fs::path> RotatedFilesOf(const fs::path& live) {
  std::vector<Aged> aged;
  std::error_code error;
  const fs::path directory = live.has_parent_path() ? live.parent_path() : fs::path(".");
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const fs::path file = live.parent_path() / entry.path().filename();
    if (auto age = AgeOf(file, live.filename().string())) aged.emplace_back(*age, file);
  }
  // While a file is being compressed both may be there: the finished one replaces the other.
  std::vector<fs::path> files = Sorted(std::move(aged));
  std::vector<fs::path> unique;
  for (auto& file : files) {
    if (!unique.empty() && UncompressedName(unique.back()) == UncompressedName(file)) {
      if (UncompressedName(file) == file.string()) unique.back() = std::move(file);
    } else {
      unique.push_back(std::move(file));
    }
  }
  return unique;
}

std::vector<fs::path> InOrder(std::vector<fs::path> files) {
  std::vector<Aged> aged;
  std::string base;
  for (const fs::path& file : files) {
    auto age = AgeOf(file, {});
    if (!age) age = Age{.base = file.string(), .stamp = "~"};
    if (!base.empty() && base != age->base) return files;
    base = age->base;
    aged.emplace_back(*age, file);
  }
  return Sorted(std::move(aged));
}

std::vector<fs::path> SpoolFilesOf(const fs::path& directory) {
  std::vector<std::pair<std::uint64_t, fs::path>> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() != ".jsonl") continue;
    const auto position = WholeNumber(entry.path().stem().string());
    if (position) found.emplace_back(*position, entry.path());
  }
  std::sort(found.begin(), found.end());
  std::vector<fs::path> files;
  for (auto& [position, file] : found) files.push_back(std::move(file));
  return files;
}

}  // namespace pgmoat::audit
