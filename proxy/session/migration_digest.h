// SHA-256, and what a migration is known by: the program approves by these digests what
// the session then recognises on the wire.
#pragma once

#include <string_view>
#include <vector>

#include "policy/migrations.h"

namespace pgmoat::session {

policy::Digest Sha256(std::string_view bytes);
// Of a migration: over the digests of its statements that change something, one after the
// other.
policy::Digest ContentOf(const std::vector<policy::Digest>& changing);

}  // namespace pgmoat::session
