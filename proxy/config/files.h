// Files that a config is, or names.
//
// Private to proxy/config.  Errors: ConfigError.
#pragma once

#include <filesystem>
#include <string>

#include "proxy/config/section.h"

namespace pgmoat::config {

// The config file's text.
std::string ReadWhole(const std::string& file);

// Why `path` cannot be read, or "".
std::string WhyUnreadable(const std::filesystem::path& path);

// A path in the config that must be readable: better told now than at the first login.
std::filesystem::path ReadableFile(const Item& item);
// Likewise, of a private key that signs.
std::filesystem::path SigningKeyFile(const Item& item);

}  // namespace pgmoat::config
