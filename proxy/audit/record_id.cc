#include "proxy/audit/record_id.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace pgmoat::audit {
namespace {

// RAND_bytes costs about a microsecond a call whatever the size, so a thread fetches for
// many ids at once.  Bytes are wiped as they are used: what is left in memory tells
// nothing about ids already given out.
std::uint64_t Random64() {
  thread_local std::array<unsigned char, 1024> buffer;
  thread_local std::size_t left = 0;
  if (left == 0) {
    if (RAND_bytes(buffer.data(), static_cast<int>(buffer.size())) != 1) {
      throw std::runtime_error("no random bytes to be had from OpenSSL (RAND_bytes failed)");
    }
    left = buffer.size();
  }
  std::uint64_t value;
  unsigned char* next = buffer.data() + buffer.size() - left;
  std::memcpy(&value, next, sizeof value);
  std::memset(next, 0, sizeof value);
  left -= sizeof value;
  return value;
}

// One tick is 1/65536 ms.
std::uint64_t Tick(std::chrono::system_clock::time_point time) {
  const auto ns = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
  return ((ns / 1'000'000) << 16) | (((ns % 1'000'000) << 16) / 1'000'000);
}

}  // namespace

session::RecordId IdSource::Next(std::chrono::system_clock::time_point now) {
  const std::uint64_t wanted = Tick(now);
  last_tick_ = wanted > last_tick_ ? wanted : last_tick_ + 1;
  const std::uint64_t random = Random64();
  session::RecordId id;
  for (std::size_t i = 0; i < 8; ++i) {
    id.bytes[i] = static_cast<std::uint8_t>(last_tick_ >> (56 - 8 * i));
  }
  std::memcpy(id.bytes.data() + 8, &random, sizeof random);
  return id;
}

}  // namespace pgmoat::audit
