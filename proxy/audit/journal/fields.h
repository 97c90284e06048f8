// Fields of a payload, written into memory of a known size and read back.
//
// Private to proxy/audit/journal.  A Writer that has no room, and a Reader that has nothing
// left, fail for good: written() is 0 then, Done() false.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace pgmoat::audit {

static_assert(std::endian::native == std::endian::little, "the journal is little-endian");

class Writer {
 public:
  Writer(std::byte* to, std::size_t room) : begin_(to), at_(to), end_(to + room) {}

  void U8(std::uint8_t value) { Put(&value, sizeof value); }
  void U16(std::uint16_t value) { Put(&value, sizeof value); }
  void U32(std::uint32_t value) { Put(&value, sizeof value); }
  void U64(std::uint64_t value) { Put(&value, sizeof value); }
  void Bytes(std::string_view bytes) { Put(bytes.data(), bytes.size()); }
  void String16(std::string_view text) {
    U16(static_cast<std::uint16_t>(text.size()));
    Bytes(text);
  }
  void String32(std::string_view text) {
    U32(static_cast<std::uint32_t>(text.size()));
    Bytes(text);
  }
  // As much of it as there is room for, but for `kept` bytes; returns how much.
  std::size_t CutString32(std::string_view text, std::size_t kept = 0) {
    const std::size_t used = sizeof(std::uint32_t) + kept;
    const std::size_t most = room() > used ? room() - used : 0;
    const std::string_view cut = text.substr(0, most);
    String32(cut);
    return cut.size();
  }
  std::size_t CutString16(std::string_view text, std::size_t kept = 0) {
    const std::size_t used = sizeof(std::uint16_t) + kept;
    const std::size_t most = room() > used ? room() - used : 0;
    const std::string_view cut = text.substr(0, std::min<std::size_t>(most, 0xFFFF));
    String16(cut);
    return cut.size();
  }

  void Fail() { failed_ = true; }
  [[nodiscard]] std::byte* at() const { return at_; }
  [[nodiscard]] std::size_t room() const { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] std::size_t written() const {
    return failed_ ? 0 : static_cast<std::size_t>(at_ - begin_);
  }

 private:
  [[gnu::always_inline]] void Put(const void* from, std::size_t bytes) {
    if (failed_ || bytes > room()) [[unlikely]] {
      failed_ = true;
      return;
    }
    if (bytes > 0) std::memcpy(at_, from, bytes);
    at_ += bytes;
  }

  std::byte* begin_;
  std::byte* at_;
  std::byte* end_;
  bool failed_ = false;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t U8() { return Number<std::uint8_t>(); }
  std::uint16_t U16() { return Number<std::uint16_t>(); }
  std::uint32_t U32() { return Number<std::uint32_t>(); }
  std::uint64_t U64() { return Number<std::uint64_t>(); }
  std::string_view Bytes(std::size_t count) {
    if (failed_ || count > rest_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }
  // Numbers of eight bytes that follow each other.
  template <std::size_t N>
  std::array<std::uint64_t, N> Words() {
    std::array<std::uint64_t, N> words{};
    if (failed_ || rest_.size() < sizeof words) {
      failed_ = true;
    } else {
      std::memcpy(words.data(), rest_.data(), sizeof words);
      rest_.remove_prefix(sizeof words);
    }
    return words;
  }
  std::string_view String16() { return Bytes(U16()); }
  std::string_view String32() { return Bytes(U32()); }
  void Copy(void* to, std::size_t count) {
    const std::string_view bytes = Bytes(count);
    if (!failed_) std::memcpy(to, bytes.data(), count);
  }

  [[nodiscard]] std::size_t left() const { return rest_.size(); }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool Done() const { return !failed_ && rest_.empty(); }

 private:
  template <typename T>
  T Number() {
    T value{};
    Copy(&value, sizeof value);
    return value;
  }

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace pgmoat::audit
