// What is in a spool.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proxy/audit/spool.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {

// From `position` on, read in pieces of up to `piece` bytes.
inline std::string TextOf(const Spool& spool, std::uint64_t position,
                          std::size_t piece = 4096) {
  std::string text;
  while (true) {
    const Spool::Piece read = spool.Read(position, piece);
    if (read.lines.empty()) return text;
    text += read.lines;
    position += read.lines.size();
  }
}

inline std::vector<std::string> LinesOf(const Spool& spool) {
  return Lines(TextOf(spool, spool.begin()));
}

}  // namespace pgmoat::audit
