// Does a condition's value depend on the row of the table that a statement writes?
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "policy/raw_tree.h"

namespace pgmoat::policy {

// The WITH clauses around a statement.  Null: no CTE of that name is visible.
class CteLookup {
 public:
  virtual ~CteLookup() = default;
  virtual const CommonTableExpr* Find(std::string_view name) const = 0;
};

// The target's table once more, every row of it, under another name:
// `DELETE FROM t USING t AS s`.  Then t.id = s.id holds for every row.
struct Twin {
  std::string_view alias;
  // `(SELECT id AS i FROM t) AS s`, `c(i) AS (SELECT id FROM t)`: new names and the
  // columns that they stand for, by position.  Null: the columns keep their names.
  const List* names = nullptr;
  const List* columns = nullptr;

  // The target's name of the twin's column; empty where it is not one.
  [[nodiscard]] std::string_view ColumnOf(std::string_view name) const;
};

// The table that UPDATE, DELETE or MERGE writes, as its conditions name it.
class Target {
 public:
  explicit Target(const RangeVar* relation);

  // Alias, or name without schema.
  [[nodiscard]] std::string_view name() const { return name_; }
  // The same table, as far as names tell.
  [[nodiscard]] bool IsSameRelation(const RangeVar* other) const;

  // Past a few of them the rest are forgotten.
  void AddTwin(const Twin& twin);
  [[nodiscard]] const Twin* FindTwin(std::string_view alias) const;
  [[nodiscard]] std::size_t twin_count() const { return twin_count_; }
  // A query of one FROM item, a twin: names without a qualifier are its columns.
  void UnqualifiedMeansLastTwin() { unqualified_ = static_cast<int>(twin_count_) - 1; }

  // What an outer join adds to a twin: `t AS s LEFT JOIN u ON …`.
  void AddRelative(std::string_view alias);
  // The statement's condition ties its twins to the target (t.id = s.id): from now on a
  // condition on a twin or its relatives is one on the row.
  void TieTwins() { tied_ = true; }
  [[nodiscard]] bool IsTied(std::string_view alias) const;

  // The column of a reference to the target or its twins; empty for any other.  An
  // unqualified name counts: without a catalog nobody can say whose it is.  The whole
  // row is "*".
  [[nodiscard]] std::string_view ColumnOf(const ColumnRef* reference) const;

 private:
  const RangeVar* relation_;
  std::string_view name_;
  std::array<Twin, 4> twins_;
  std::size_t twin_count_ = 0;
  std::array<std::string_view, 8> relatives_;
  std::size_t relative_count_ = 0;
  int unqualified_ = -1;  // the twin whose columns names without a qualifier are
  bool tied_ = false;
};

// The name in front of a column's; empty when there is none.
std::string_view QualifierOf(const ColumnRef* reference);

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
