// Counts and sums of records by the values of fields.
//
// Memory: one entry a group.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "proxy/audit/reading/filter.h"

namespace pgmoat::audit {

class Groups {
 public:
  // Fields by name; a dot goes into an object: "tags.traceparent".  A field with a list
  // ("kinds", "relations": their names) counts a record once for each of its values.
  Groups(std::vector<std::string> by, std::vector<std::string> sums);

  void Add(const Json& record);
  // Those that Add looks at.
  [[nodiscard]] std::vector<std::string> Fields() const;

  // The largest `top` groups, all with 0: in the order of their counts.  The first row of a
  // table and of CSV names the columns; JSON is an object a line.
  [[nodiscard]] std::string Table(std::size_t top) const;
  [[nodiscard]] std::string Csv(std::size_t top) const;
  [[nodiscard]] std::string JsonLines(std::size_t top) const;

 private:
  using Key = std::vector<std::string>;
  struct Group {
    std::uint64_t count = 0;
    std::vector<long double> sums;
  };
  using Entry = std::map<Key, Group>::value_type;

  void AddTo(const Json& record, Key& key);
  [[nodiscard]] std::vector<const Entry*> Largest(std::size_t top) const;
  [[nodiscard]] std::vector<std::vector<std::string>> Rows(std::size_t top) const;

  std::vector<std::string> by_;
  std::vector<std::string> sums_;
  std::map<Key, Group> groups_;
};

}  // namespace pgmoat::audit
