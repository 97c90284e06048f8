// Compresses a file that is no longer written: into a temporary name, to the disk, to its
// own name; only then is the plain one removed.  A kill at any point leaves the plain file
// or the whole compressed one.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>

#include "proxy/audit/sinks/sink_options.h"

namespace pgmoat::audit {

// ".gz", ".zst", ""
[[nodiscard]] std::string CompressionSuffix(FileSinkOptions::Compression compression);

// Replaces `plain` by `plain` + suffix, with the same mode.  Returns why it could not, or
// nothing; nothing as well when `stop` became true, and then `plain` is as before.
[[nodiscard]] std::string CompressFile(const std::filesystem::path& plain,
                                       FileSinkOptions::Compression compression,
                                       const std::atomic<bool>& stop);

}  // namespace pgmoat::audit
