// SHA-256 as sessions make it, and its spelling.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/migrations.h"
#include "proxy/session/migration_digest.h"

namespace pgmoat::migrations {

using session::ContentOf;
using session::Sha256;

std::string Hex(const policy::Digest& digest);
// 64 digits, in lower case; nothing else.
std::optional<policy::Digest> ParseHex(std::string_view hex);

}  // namespace pgmoat::migrations
