// Bytes of messages, written in tests as text with explicit NULs.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/message.h"

namespace pgmoat::protocol {

// Int16 and Int32 in network order, to be joined with +.
inline std::string Int16(std::uint32_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}
inline std::string Int32(std::uint32_t value) {
  return Int16(value >> 16) + Int16(value & 0xffff);
}
// A String: the text and its NUL.
inline std::string Str(std::string_view text) { return std::string(text) + '\0'; }

// A whole message with type byte and length.
inline std::string Message(char type, std::string_view body) {
  return type + Int32(static_cast<std::uint32_t>(body.size() + kLengthBytes)) +
         std::string(body);
}

inline std::string TextOf(const std::vector<std::byte>& bytes) {
  return std::string(AsText(bytes));
}

// A copy in a heap block of exactly that size, so that the address sanitizer sees a read
// one byte past the end.
class ExactCopy {
 public:
  explicit ExactCopy(std::string_view text)
      : bytes_(AsBytes(text).begin(), AsBytes(text).end()) {}
  [[nodiscard]] Bytes bytes() const { return bytes_; }

 private:
  const std::vector<std::byte> bytes_;  // made from a range: no capacity to spare
};

// `decode` takes `body`, and nothing that is cut short or has a byte too many.
template <typename Decode>
void ExpectTakesExactly(Decode decode, std::string_view body) {
  EXPECT_TRUE(decode(ExactCopy(body).bytes())) << "the whole body";
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_FALSE(decode(ExactCopy(body.substr(0, size)).bytes()))
        << "cut after " << size << " bytes";
  }
  for (const char extra : {'\0', 'x', '\xff'}) {
    EXPECT_FALSE(decode(ExactCopy(std::string(body) + extra).bytes()))
        << "one byte too many: " << static_cast<int>(extra);
  }
}

}  // namespace pgmoat::protocol
