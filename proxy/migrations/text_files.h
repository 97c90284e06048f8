// Reading and replacing whole files.
//
// Private to proxy/migrations.  Errors: FormatError, "file: what; remedy".
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace pgmoat::migrations {

// Of 64 MiB at most.
std::string ReadTextFile(const std::filesystem::path& file);

// By a file beside it that takes its place: whoever reads sees the old or the new one.
void ReplaceTextFile(const std::filesystem::path& file, std::string_view text);

// Writes all of it.  False: errno says why, and a part may have been written.
bool WriteAll(int descriptor, std::string_view text);

}  // namespace pgmoat::migrations
