// A manifest, proof or migration that is not what it should be.
#pragma once

#include <stdexcept>

namespace pgmoat::migrations {

// "what; remedy", or "file: what; remedy" where the file is known.
class FormatError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace pgmoat::migrations
