#include "policy/operator_set.h"

#include <algorithm>

namespace pgmoat::policy {

namespace {

// Looking for one that is there already stays cheap.
constexpr std::size_t kMostCompared = 64;

}  // namespace

void OperatorSet::Add(std::string_view schema, std::string_view name) {
  if (schema.empty()) {
    for (std::size_t i = 0; i < kWellKnownOperators.size(); ++i) {
      if (kWellKnownOperators[i] != name) continue;
      well_known_ |= std::uint64_t{1} << i;
      return;
    }
  }
  const std::size_t compared = std::min(others_.size(), kMostCompared);
  for (std::size_t i = 0; i < compared; ++i) {
    if (others_[i].name == name && others_[i].schema == schema) return;
  }
  others_.push_back({std::string(schema), std::string(name)});
}

}  // namespace pgmoat::policy
