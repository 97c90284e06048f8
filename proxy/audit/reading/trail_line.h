// A line of the trail as its chain sees it: strictly what pgmoat writes, byte for byte.
//
//   {"v":2,"seq":17,"id":"…","time":"…","event":"statement", … ,"hash":"…"}
//   └──────────────── body: what is hashed ─────────────────┘└─ tail ─┘
//
// Lifetime: borrows from the line it was read from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pgmoat::audit {

using LineHash = std::array<std::uint8_t, 32>;

struct TrailLine {
  std::string_view body;
  std::uint64_t seq = 0;
  std::string_view time;
  std::string_view event;
  LineHash hash{};               // as stored
  std::optional<LineHash> prev;  // of start and checkpoint
  std::string_view key;          // of a signed checkpoint: 16 hex digits
  std::string_view signature;    // … base64
};

// Nothing: no line of ours.  `line` is without '\n'.
std::optional<TrailLine> ReadTrailLine(std::string_view line);

// Whether the line follows a line with the hash `previous`, untouched.
bool ContinuesFrom(const TrailLine& line, const LineHash& previous);

}  // namespace pgmoat::audit
