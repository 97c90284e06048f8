// CRC-32C (Castagnoli; RFC 3720, appendix B.4), with the processor's instruction where it
// has one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pgmoat::audit {

// Goes on from `crc`, which is that of what came before; 0 at the beginning.
std::uint32_t Crc32c(std::uint32_t crc, const void* data, std::size_t size);

// Without the instruction; what the other is tested against.
std::uint32_t Crc32cByTable(std::uint32_t crc, const void* data, std::size_t size);

}  // namespace pgmoat::audit
