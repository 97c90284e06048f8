// A stretch of a line that is made of words and numbers of our own, put together in place and
// appended at once: to append each by itself takes several times as long.
//
// Room: the caller sees to it that what stands between two calls of Flush() fits in kRoom.
#pragma once

#include <cassert>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace pgmoat::audit {

class LinePart {
 public:
  static constexpr std::size_t kRoom = 1024;

  explicit LinePart(std::string& out) : out_(out) {}
  LinePart(const LinePart&) = delete;
  LinePart& operator=(const LinePart&) = delete;

  void Flush() {
    out_.append(room_, static_cast<std::size_t>(at_ - room_));
    at_ = room_;
  }

  // If there is not room for so much more.
  void FlushBeyond(std::size_t bytes) {
    if (static_cast<std::size_t>(room_ + kRoom - at_) < bytes) Flush();
  }

  template <std::size_t N>
  void Put(const char (&literal)[N]) {
    std::memcpy(Take(N - 1), literal, N - 1);
  }
  void Word(std::string_view word) { std::memcpy(Take(word.size()), word.data(), word.size()); }
  void Number(std::uint64_t number) {
    char* to = Take(0);
    at_ = std::to_chars(to, room_ + kRoom, number).ptr;
  }
  // With leading zeros; `number` has at most N digits.
  template <int N>
  void Padded(std::uint64_t number) {
    char* to = Take(N);
    for (int i = N; i-- > 0; number /= 10) to[i] = static_cast<char>('0' + number % 10);
  }
  void Hex64(std::uint64_t number) {
    constexpr char kDigits[] = "0123456789abcdef";
    char* to = Take(16);
    for (int i = 0; i < 16; ++i) to[i] = kDigits[number >> (60 - 4 * i) & 15];
  }
  // `bytes` to be written by the caller.
  char* Take(std::size_t bytes) {
    assert(bytes <= static_cast<std::size_t>(room_ + kRoom - at_));
    char* taken = at_;
    at_ += bytes;
    return taken;
  }

 private:
  std::string& out_;
  char room_[kRoom];
  char* at_ = room_;
};

}  // namespace pgmoat::audit
