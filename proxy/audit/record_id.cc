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

std::string IdSource::Next(std::chrono::system_clock::time_point now) {
  const std::uint64_t wanted = Tick(now);
  std::uint64_t last = last_tick_.load(std::memory_order_relaxed);
  std::uint64_t high;
  do {
    high = wanted > last ? wanted : last + 1;
  } while (!last_tick_.compare_exchange_weak(last, high, std::memory_order_relaxed));
  std::uint64_t low = Random64();

  constexpr char kDigits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string id(26, '0');
  for (std::size_t i = id.size(); i-- > 0;) {
    id[i] = kDigits[low & 31];
    low = (low >> 5) | (high << 59);
    high >>= 5;
  }
  return id;
}

}  // namespace pgmoat::audit
