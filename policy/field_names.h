// The names that stand where a column or field does, `t.name` and `(x).name`: each is a
// call of a function of one argument when there is no such column ("SQL Functions on
// Composite Types" in PostgreSQL's documentation).  A catalog tells for which names that
// would matter.
//
// Kept as hashes: almost every statement has some, and must not allocate for them.  Two
// names in one hash at worst refuse a column.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pgmoat::policy {

class FieldNames {
 public:
  // FNV-1a.
  static constexpr std::uint32_t Hash(std::string_view name) {
    std::uint32_t hash = 2166136261U;
    for (const char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
    return hash;
  }

  // `of_value`: (x).name, where x may be of any type; else t.name.
  void Add(std::string_view name, bool of_value) {
    const Entry entry{Hash(name), of_value};
    if (count_ < first_.size()) {
      first_[count_++] = entry;
    } else {
      more_.push_back(entry);
    }
  }
  // Calls f(hash, of_value); a name that occurs twice comes twice.
  template <typename F>
  void ForEach(F f) const {
    for (std::size_t i = 0; i < count_; ++i) f(first_[i].hash, first_[i].of_value);
    for (const Entry& entry : more_) f(entry.hash, entry.of_value);
  }

 private:
  struct Entry {
    std::uint32_t hash;
    bool of_value;
  };
  std::array<Entry, 16> first_{};
  std::size_t count_ = 0;
  std::vector<Entry> more_;
};

}  // namespace pgmoat::policy
