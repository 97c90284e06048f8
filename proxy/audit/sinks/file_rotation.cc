#include "proxy/audit/sinks/file_rotation.h"

#include <algorithm>
#include <ctime>

namespace pgmoat::audit {
namespace {

constexpr std::size_t kStampBytes = std::string_view("20261127T194500Z").size();

bool TakeSuffix(std::string_view& name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return false;
  name.remove_suffix(suffix.size());
  return true;
}

std::filesystem::path DirectoryOf(const std::filesystem::path& file) {
  const std::filesystem::path directory = file.parent_path();
  return directory.empty() ? std::filesystem::path(".") : directory;
}

// `name` is a file name in the directory of `file`.
std::optional<RotatedFile> Parse(const std::filesystem::path& file, const std::string& name) {
  const std::string prefix = file.filename().string() + ".";
  std::string_view rest = name;
  if (!rest.starts_with(prefix)) return std::nullopt;
  rest.remove_prefix(prefix.size());
  RotatedFile rotated;
  rotated.temporary = TakeSuffix(rest, ".tmp");
  rotated.compressed = TakeSuffix(rest, ".gz") || TakeSuffix(rest, ".zst");
  if (rotated.temporary && !rotated.compressed) return std::nullopt;
  const auto time = ParseRotationStamp(rest);
  if (!time) return std::nullopt;
  rotated.time = *time;
  rotated.path = file.parent_path() / name;
  rotated.base = file.parent_path() / (prefix + std::string(rest));
  return rotated;
}

}  // namespace

std::string RotationStamp(std::chrono::sys_seconds time) {
  const std::time_t seconds = time.time_since_epoch().count();
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[kStampBytes + 1];
  const std::size_t bytes = std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
  return {text, bytes};
}

std::optional<std::chrono::sys_seconds> ParseRotationStamp(std::string_view text) {
  if (text.size() != kStampBytes) return std::nullopt;
  std::tm utc{};
  const std::string terminated(text);
  const char* end = ::strptime(terminated.c_str(), "%Y%m%dT%H%M%SZ", &utc);
  if (end != terminated.c_str() + terminated.size()) return std::nullopt;
  const std::chrono::sys_seconds time{std::chrono::seconds{::timegm(&utc)}};
  // strptime is lenient ("2026 127…"); what we wrote reads back the same.
  if (RotationStamp(time) != text) return std::nullopt;
  return time;
}

std::vector<RotatedFile> RotatedFiles(const std::filesystem::path& file) {
  std::vector<RotatedFile> found;
  for (const auto& entry : std::filesystem::directory_iterator(DirectoryOf(file))) {
    if (auto rotated = Parse(file, entry.path().filename().string())) {
      found.push_back(*std::move(rotated));
    }
  }
  std::sort(found.begin(), found.end(), [](const RotatedFile& one, const RotatedFile& other) {
    return one.path.native() < other.path.native();
  });
  return found;
}

std::filesystem::path NextRotatedName(const std::filesystem::path& file,
                                      std::chrono::sys_seconds now) {
  const std::vector<RotatedFile> there = RotatedFiles(file);
  if (!there.empty()) now = std::max(now, there.back().time + std::chrono::seconds{1});
  return file.string() + "." + RotationStamp(now);
}

}  // namespace pgmoat::audit
