// Only where policy/fingerprint.cc is not there yet.
#include <functional>

#include "policy/fingerprint.h"

namespace pgmoat::policy {
std::optional<std::uint64_t> Fingerprint(std::string_view text) {
  return std::hash<std::string_view>()(text);
}
}  // namespace pgmoat::policy
