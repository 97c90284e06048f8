// Does a condition's value depend on the row of the table that a statement writes?
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "policy/raw_tree.h"

namespace pgmoat::policy {

// The table that UPDATE, DELETE or MERGE writes, as its conditions name it.
class Target {
 public:
  explicit Target(const RangeVar* relation);

  // Alias, or name without schema.
  [[nodiscard]] std::string_view name() const { return name_; }
  // The same table, as far as names tell.
  [[nodiscard]] bool IsSameRelation(const RangeVar* other) const;

  // The same table once more, in USING or FROM: `DELETE FROM t USING t AS s`.  Then
  // t.id = s.id holds for every row.  Past a few of them the rest are forgotten.
  void AddTwin(std::string_view alias);
  [[nodiscard]] bool IsTwin(std::string_view alias) const;

  // The column of a reference to the target or its twins; empty for any other.  An
  // unqualified name counts: without a catalog nobody can say whose it is.
  [[nodiscard]] std::string_view ColumnOf(const ColumnRef* reference) const;

 private:
  const RangeVar* relation_;
  std::string_view name_;
  std::array<std::string_view, 4> twins_;
  std::size_t twin_count_ = 0;
};

// What a FROM item is called by.
std::string_view VisibleName(const RangeVar* relation);

enum class Dependence {
  kOnRow,
  kOnParameter,  // $1, and no row: the same for all rows, unknown until it runs
  kOnNothing,
  kUnknown,  // too long to tell
};

// Linear in the expression, and at most `nodes_left` nodes of it, which is counted
// down.
Dependence DependenceOf(const Node* expression, const Target& target, int& nodes_left);

}  // namespace pgmoat::policy
