// Tells of most names at once that a table does not hold them.  Every qualified column of
// a statement is looked up as the call that it might be (Walk::AddFieldCall), and next to
// none is one.
//
// Threads: any; immutable once built.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pgmoat::policy {

class NameFilter {
 public:
  // `rows`: a range of anything with a `name`.
  template <typename Rows>
  constexpr explicit NameFilter(const Rows& rows) {
    for (const auto& row : rows) {
      const std::uint32_t slot = SlotOf(row.name);
      bits_[slot / 64] |= std::uint64_t{1} << (slot % 64);
    }
  }

  // False: no row has this name.
  [[nodiscard]] constexpr bool MayHold(std::string_view name) const {
    const std::uint32_t slot = SlotOf(name);
    return ((bits_[slot / 64] >> (slot % 64)) & 1U) != 0;
  }

 private:
  static constexpr std::uint32_t kSlots = 8192;

  // Few characters tell enough; names are not hashed whole.
  static constexpr std::uint32_t SlotOf(std::string_view name) {
    if (name.empty()) return 0;
    const auto at = [&](std::size_t i) {
      return std::uint32_t{static_cast<unsigned char>(name[i])};
    };
    const std::size_t size = name.size();
    const std::uint32_t picked =
        at(0) | at(size / 2) << 8 | at(size - 1) << 16 | at(size * 3 / 4) << 24;
    return ((picked ^ static_cast<std::uint32_t>(size) * 0x01000193U) * 0x9E3779B1U) >> 19;
  }

  std::array<std::uint64_t, kSlots / 64> bits_{};
};

}  // namespace pgmoat::policy
