// Lines and columns of a file, counting from 1; columns in characters.
#pragma once

#include <cstddef>
#include <string_view>

namespace pgmoat::lint {

struct Place {
  std::size_t line = 1;
  std::size_t column = 1;
};

// Cheap when it is asked for growing offsets, as they come.
//
// Lifetime: borrows the text.
class Positions {
 public:
  explicit Positions(std::string_view text) : text_(text) {}
  [[nodiscard]] Place At(std::size_t offset);

 private:
  std::string_view text_;
  std::size_t offset_ = 0;
  Place place_;
};

}  // namespace pgmoat::lint
