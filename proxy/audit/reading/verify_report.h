// What `audit verify` says.
#pragma once

#include <cstddef>
#include <string>

#include "proxy/audit/reading/verifier.h"

namespace pgmoat::audit {

// Whether the findings are what the caller may rely on.  Not so without a fault, too, when
// keys were given and none of them signed anything.
[[nodiscard]] bool IsProved(const Findings& findings, bool keys_given);

// Sentences for people, each on a line.  Quotes nothing from the files but times, key ids and
// numbers that were checked.
std::string Report(const Findings& findings, std::size_t files, bool keys_given);

}  // namespace pgmoat::audit
