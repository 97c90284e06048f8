// Fingerprints without a parse for statements that differ only in their literals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "proxy/session/audit_trail.h"

namespace pgmoat::audit {

// `text` with its numbers and quoted literals replaced, so that texts with the same result
// have the same fingerprint; false: this text may be an exception from that.  Appends to
// `key`.
//
// The fingerprint leaves constants out; but where the grammar itself reads a number it does
// not: float(24) is another type than float(53), and int[3] has its 3 in the tree.  A string
// stays apart from a number, since the grammar takes the minus of -1 into the constant, and
// not that of -'1'.
[[nodiscard]] bool AppendWithoutLiterals(std::string_view text, std::string& key);

// Threads: one, which parses (policy/parser.h).
// Memory:  2 × kGeneration keys of up to kMaxKeyBytes.
class Fingerprints {
 public:
  // Nothing for a text that is not all there, or that has none (policy/fingerprint.h).
  [[nodiscard]] std::optional<std::uint64_t> Of(const session::AuditedText& text);

 private:
  static constexpr std::size_t kGeneration = 1024;
  static constexpr std::size_t kMaxKeyBytes = 2048;

  using Known = std::unordered_map<std::string, std::uint64_t>;

  // Keyed by all of the text: two texts must not be taken for each other.  When `young_` is
  // full, it becomes `old_`, and what was in that and was not asked for since is forgotten.
  Known young_;
  Known old_;
  std::string key_;
};

}  // namespace pgmoat::audit
