// The names of rotated files, and which of them are there.
//
//   audit.jsonl                            written now
//   audit.jsonl.20261127T194500Z.zst       rotated then, compressed
//   audit.jsonl.20261127T204500Z           rotated, not (yet) compressed
//   audit.jsonl.20261127T204500Z.zst.tmp   being compressed, or left by a killed process
//
// Sorted by name they are in the order of their lines: a name is never older than the
// newest that is there, whatever the clock says, and no two have the same second.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgmoat::audit {

struct RotatedFile {
  std::filesystem::path path;
  std::filesystem::path base;  // without .gz, .zst, .tmp
  std::chrono::sys_seconds time;
  bool compressed = false;
  bool temporary = false;  // of a compression that is not complete
};

// Those of `file`, oldest first.  Throws std::filesystem::filesystem_error.
[[nodiscard]] std::vector<RotatedFile> RotatedFiles(const std::filesystem::path& file);

// The name for `file` when it is rotated now.
[[nodiscard]] std::filesystem::path NextRotatedName(const std::filesystem::path& file,
                                                    std::chrono::sys_seconds now);

// "20261127T194500Z"
[[nodiscard]] std::string RotationStamp(std::chrono::sys_seconds time);
[[nodiscard]] std::optional<std::chrono::sys_seconds> ParseRotationStamp(std::string_view text);

}  // namespace pgmoat::audit
