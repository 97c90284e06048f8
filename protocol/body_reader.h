// Reads the fields of a message body: bounds-checked, never throws.
//
// A read past the end, or a String without its NUL, makes the reader fail for
// good; fields read after that are empty.  A decoder asks once, at its end:
// Done() is true only when nothing failed and the body was consumed exactly.
//
// Lifetime: views returned borrow from the body.
// PostgreSQL documentation, section "Message Data Types".
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "protocol/message.h"

namespace pgmoat::protocol {

class BodyReader {
 public:
  explicit BodyReader(Bytes body) : rest_(body) {}

  std::uint8_t Byte1() {
    const Bytes bytes = Take(1);
    return failed_ ? 0 : std::to_integer<std::uint8_t>(bytes[0]);
  }
  std::int16_t Int16() {
    const Bytes bytes = Take(2);
    if (failed_) return 0;
    return static_cast<std::int16_t>((std::to_integer<unsigned>(bytes[0]) << 8) |
                                     std::to_integer<unsigned>(bytes[1]));
  }
  std::int32_t Int32() {
    const Bytes bytes = Take(4);
    return failed_ ? 0 : static_cast<std::int32_t>(LoadUint32(bytes.data()));
  }
  // Up to the next NUL, which is consumed and not returned.
  std::string_view String() {
    if (failed_) return {};
    const void* nul = rest_.empty() ? nullptr : std::memchr(rest_.data(), 0, rest_.size());
    const auto* end = static_cast<const std::byte*>(nul);
    if (end == nullptr) {
      failed_ = true;
      return {};
    }
    const auto length = static_cast<std::size_t>(end - rest_.data());
    const std::string_view text = AsText(rest_.first(length));
    rest_ = rest_.subspan(length + 1);
    return text;
  }
  Bytes Take(std::size_t count) {
    if (failed_ || count > rest_.size()) {
      failed_ = true;
      return {};
    }
    const Bytes bytes = rest_.first(count);
    rest_ = rest_.subspan(count);
    return bytes;
  }
  // A length-prefixed value; -1 is NULL and has no bytes.  Other negative lengths fail.
  Bytes Value() {
    const std::int32_t length = Int32();
    if (length < -1) failed_ = true;
    return length > 0 ? Take(static_cast<std::size_t>(length)) : Bytes{};
  }
  // A count of items of at least `item_bytes` each; more than the rest of the body can
  // hold fails, so that a loop over it is bounded by the body.  The server reads the
  // Int16 without sign (up to 65,535 parameters), and an Int32 that is negative is above
  // every bound.
  std::uint32_t Count16(std::size_t item_bytes) {
    return Count(static_cast<std::uint16_t>(Int16()), item_bytes);
  }
  std::uint32_t Count32(std::size_t item_bytes) {
    return Count(static_cast<std::uint32_t>(Int32()), item_bytes);
  }

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] Bytes rest() const { return rest_; }
  [[nodiscard]] bool Done() const { return !failed_ && rest_.empty(); }

 private:
  std::uint32_t Count(std::uint32_t count, std::size_t item_bytes) {
    if (std::uint64_t{count} * item_bytes > rest_.size()) failed_ = true;
    return failed_ ? 0 : count;
  }

  Bytes rest_;
  bool failed_ = false;
};

}  // namespace pgmoat::protocol
