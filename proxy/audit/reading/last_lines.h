// The last records of a trail, read from its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include "proxy/audit/reading/filter.h"
#include "proxy/audit/reading/following.h"

namespace pgmoat::audit {

inline constexpr std::size_t kAllLines = SIZE_MAX;

// Up to `count` lines that the filter picks, oldest first: of `followed`, if any, which is then
// read up to its end, and, as far as they are needed, of `older` files, whose last one is the
// newest.
// Throws ReadError.
std::deque<std::string> LastLines(Followed* followed,
                                  const std::vector<std::filesystem::path>& older,
                                  Filter& filter, std::size_t count);

}  // namespace pgmoat::audit
