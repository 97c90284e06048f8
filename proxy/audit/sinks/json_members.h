// Reads a line of the trail as the object that it is, member by member, without copying.
// For what the trail wrote itself: it finds its way over values, and does not check them.
#pragma once

#include <cstddef>
#include <string_view>

namespace pgmoat::audit {

struct JsonMember {
  std::string_view key;    // as it stands between the quotes
  std::string_view value;  // as it stands: with quotes, braces or brackets
};

// Borrows the line.
class JsonMembers {
 public:
  explicit JsonMembers(std::string_view line) : line_(line) {}

  // False: there is no further one, or the line is not an object from here on.
  [[nodiscard]] bool Next(JsonMember& member);

 private:
  std::string_view line_;
  std::size_t at_ = 0;
};

// The value of a string member of the line's own object, without its quotes and with its
// escapes; empty when there is none.
[[nodiscard]] std::string_view StringMember(std::string_view line, std::string_view key);

}  // namespace pgmoat::audit
