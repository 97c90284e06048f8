// What a config names by a file because nobody should read it in the config.
#pragma once

#include <filesystem>
#include <string>

namespace pgmoat::audit {

// The file's content without white space at its ends.  Read again whenever it is used, so
// that a password or token that is changed on disk comes into force.
// Throws std::runtime_error naming the file and never what is in it.
[[nodiscard]] std::string ReadSecretFile(const std::filesystem::path& file);

}  // namespace pgmoat::audit
