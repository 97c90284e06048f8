// The files that a file sink leaves, by their names:
//
//   audit.jsonl.20261126T000000Z.zst      rotated: <path>.<UTC stamp>[-n][.gz|.zst]
//   audit.jsonl.20261126T000000Z-1.zst    … a second one in the same second
//   audit.jsonl.20261127T000000Z
//   audit.jsonl                           the live file, the newest
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pgmoat::audit {

// The rotated files of `live`, oldest first, without it.  A directory that cannot be read
// has none.
std::vector<std::filesystem::path> RotatedFilesOf(const std::filesystem::path& live);

// Oldest first, when all are files of one sink; otherwise as they are.
std::vector<std::filesystem::path> InOrder(std::vector<std::filesystem::path> files);

// The name without the end that compression gives it: the same before and after.
std::string UncompressedName(const std::filesystem::path& file);

// The spool's files in `directory`, "<position of its first byte>.jsonl", in order.
std::vector<std::filesystem::path> SpoolFilesOf(const std::filesystem::path& directory);

}  // namespace pgmoat::audit
