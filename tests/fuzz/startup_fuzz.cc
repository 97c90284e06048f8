// A startup packet is judged the same however it arrives, never read past its end, and
// written again it gives the bytes it was read from.

#include <algorithm>
#include <memory>
#include <vector>

#include "protocol/startup.h"
#include "tests/fuzz/check.h"

namespace pgmoat::protocol {
namespace {

using Status = StartupResult::Status;

// The first `size` bytes in a heap block of exactly that size, so that a read past the
// end is seen.
class ExactPrefix {
 public:
  ExactPrefix(Bytes input, std::size_t size)
      : size_(size), bytes_(std::make_unique<std::byte[]>(size)) {
    std::copy_n(input.begin(), size, bytes_.get());
  }
  [[nodiscard]] Bytes bytes() const { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::byte[]> bytes_;
};

// What `packet` says, on the wire again.
std::vector<std::byte> Encode(const StartupPacket& packet) {
  std::vector<std::byte> out;
  if (const auto* startup = std::get_if<StartupMessage>(&packet)) EncodeStartup(out, *startup);
  if (const auto* cancel = std::get_if<CancelRequest>(&packet))
    EncodeCancelRequest(out, *cancel);
  if (std::holds_alternative<SslRequest>(packet)) EncodeSslRequest(out);
  return out;
}

void CheckEqual(const StartupMessage& one, const StartupMessage& other) {
  PGMOAT_CHECK(one.version == other.version);
  PGMOAT_CHECK(one.parameters == other.parameters);
}

void CheckPacket(const StartupResult& result, Bytes input) {
  PGMOAT_CHECK(result.consumed >= 8);
  PGMOAT_CHECK(result.consumed <= input.size());
  PGMOAT_CHECK(result.consumed <= kMaxStartupBytes);
  PGMOAT_CHECK(result.consumed == LoadUint32(input.data()));
  if (std::holds_alternative<GssEncRequest>(result.packet)) {
    PGMOAT_CHECK(result.consumed == 8);
    return;
  }
  const std::vector<std::byte> encoded = Encode(result.packet);
  PGMOAT_CHECK(std::ranges::equal(encoded, input.first(result.consumed)));

  const StartupResult again = DecodeStartup(encoded);
  PGMOAT_CHECK(again.status == Status::kPacket);
  PGMOAT_CHECK(again.packet.index() == result.packet.index());
  if (const auto* startup = std::get_if<StartupMessage>(&result.packet)) {
    PGMOAT_CHECK(!startup->Parameter("user").empty());
    CheckEqual(*startup, std::get<StartupMessage>(again.packet));
  }
  if (const auto* cancel = std::get_if<CancelRequest>(&result.packet)) {
    const auto* begin = cancel->secret_key.data();
    PGMOAT_CHECK(begin >= input.data());
    PGMOAT_CHECK(begin + cancel->secret_key.size() == input.data() + result.consumed);
  }
}

void CheckSame(const StartupResult& one, const StartupResult& other) {
  PGMOAT_CHECK(one.status == other.status);
  PGMOAT_CHECK(one.consumed == other.consumed);
  PGMOAT_CHECK(one.packet.index() == other.packet.index());
  PGMOAT_CHECK(one.status != Status::kViolation || one.error == other.error);
}

void Run(Bytes input) {
  const ExactPrefix whole(input, input.size());
  const StartupResult result = DecodeStartup(whole.bytes());
  if (result.status != Status::kPacket) PGMOAT_CHECK(result.consumed == 0);
  if (result.status == Status::kPacket) CheckPacket(result, whole.bytes());

  // Fewer bytes: either not enough to tell, or already the same answer.  Every size of
  // the head is tried, and the rest in strides.
  bool told = false;
  for (std::size_t size = 0; size < input.size(); size += size < 64 ? 1 : 61) {
    const ExactPrefix part(input, size);
    const StartupResult early = DecodeStartup(part.bytes());
    if (early.status == Status::kNeedMore) {
      PGMOAT_CHECK(!told);
      PGMOAT_CHECK(early.consumed == 0);
      // Nobody waits once all that the length promises is there.
      PGMOAT_CHECK(size < 8 || LoadUint32(part.bytes().data()) > size);
      continue;
    }
    told = true;
    CheckSame(early, result);
  }
  if (result.status == Status::kPacket) {
    const ExactPrefix exactly(input, result.consumed);
    CheckSame(DecodeStartup(exactly.bytes()), result);
    const ExactPrefix short_of_it(input, result.consumed - 1);
    PGMOAT_CHECK(DecodeStartup(short_of_it.bytes()).status == Status::kNeedMore);
  }
}

}  // namespace
}  // namespace pgmoat::protocol

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  pgmoat::protocol::Run({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
