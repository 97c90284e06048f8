// SHA-256 and its spelling.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/migrations.h"

namespace pgmoat::migrations {

policy::Digest Sha256(std::string_view bytes);
// What a migration is known by: over the digests of its statements that change something,
// one after the other.
policy::Digest ContentOf(const std::vector<policy::Digest>& changing);

std::string Hex(const policy::Digest& digest);
// 64 digits, in lower case; nothing else.
std::optional<policy::Digest> ParseHex(std::string_view hex);

}  // namespace pgmoat::migrations
