// Appends messages to a byte vector.
//
//   MessageWriter(out, BackendType::kReadyForQuery).Byte1('I');
//
// The length is filled in when the writer goes out of scope.  A message too long
// for its length word ends the process: a length that wraps would let the tail of
// one message be read as the next (CVE-2024-27304).  What this proxy writes itself
// is short, so that no peer can get there.
//
// Lifetime: `out` is borrowed; nothing else may append to it meanwhile.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "protocol/message.h"

namespace pgmoat::protocol {

class MessageWriter {
 public:
  MessageWriter(std::vector<std::byte>& out, FrontendType type)
      : MessageWriter(Begin(out, static_cast<std::byte>(type))) {}
  MessageWriter(std::vector<std::byte>& out, BackendType type)
      : MessageWriter(Begin(out, static_cast<std::byte>(type))) {}
  // Without a type byte: StartupMessage and its kin.
  explicit MessageWriter(std::vector<std::byte>& out) : out_(out), length_at_(out.size()) {
    out_.resize(out_.size() + kLengthBytes);
  }
  MessageWriter(const MessageWriter&) = delete;
  MessageWriter& operator=(const MessageWriter&) = delete;
  ~MessageWriter() {
    const std::size_t length = out_.size() - length_at_;
    if (length > kMaxMessageBytes) std::abort();
    for (std::size_t i = 0; i < kLengthBytes; ++i) {
      out_[length_at_ + i] = static_cast<std::byte>((length >> (24 - 8 * i)) & 0xff);
    }
  }

  MessageWriter& Byte1(std::uint8_t value) {
    out_.push_back(static_cast<std::byte>(value));
    return *this;
  }
  MessageWriter& Int16(std::int16_t value) {
    const auto bits = static_cast<std::uint16_t>(value);
    return Byte1(static_cast<std::uint8_t>(bits >> 8))
        .Byte1(static_cast<std::uint8_t>(bits & 0xff));
  }
  MessageWriter& Int32(std::int32_t value) {
    const auto bits = static_cast<std::uint32_t>(value);
    for (int shift = 24; shift >= 0; shift -= 8) {
      Byte1(static_cast<std::uint8_t>((bits >> shift) & 0xff));
    }
    return *this;
  }
  // A NUL inside `text` would end the field early and what follows would be read as
  // the next field; it is written as '?'.
  MessageWriter& String(std::string_view text) {
    const auto begin = static_cast<std::ptrdiff_t>(out_.size());
    Append(AsBytes(text));
    std::replace(out_.begin() + begin, out_.end(), std::byte{0}, std::byte{'?'});
    return Byte1(0);
  }
  MessageWriter& Append(Bytes bytes) {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
    return *this;
  }

 private:
  static std::vector<std::byte>& Begin(std::vector<std::byte>& out, std::byte type) {
    out.push_back(type);
    return out;
  }

  std::vector<std::byte>& out_;
  std::size_t length_at_;
};

}  // namespace pgmoat::protocol
