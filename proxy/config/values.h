// The scalars of the config file: sizes, durations, numbers; slips of the finger in names.
// Addresses and upstream URLs have files of their own.
//
// Knows no YAML and no lines.  Errors: ValueError, "what; remedy", which the caller
// puts a place in front of.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/config/config.h"

namespace pgmoat::config {

class ValueError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

// "4096", "64KiB", "16MiB", "1GiB".
std::size_t ParseSize(std::string_view text);

// "500ms", "30s", "5min", "1h", "90d".
std::chrono::milliseconds ParseDuration(std::string_view text);

std::uint64_t ParseNumber(std::string_view text);

// The one of `names` that `wrong` is most likely a slip of the finger for, or "".
std::string_view Nearest(std::string_view wrong, const std::vector<std::string_view>& names);

// "a, b, c"
std::string Joined(const std::vector<std::string_view>& names);

// The end of an error about a name that is not among `names`: "did you mean 'b'?" or
// "choose a, b or c".
std::string Suggestion(std::string_view wrong, const std::vector<std::string_view>& names);

}  // namespace pgmoat::config
