// What the whole of a migration says of a table, before its statements are looked at one by
// one: an index that comes after its foreign key is an index.  Private to policy/.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "policy/raw_tree.h"

namespace pgmoat::policy {

// Tables by their own names, whatever the schema.
class WholeText {
 public:
  // `statements`: a List of RawStmt, or null.
  explicit WholeText(const List* statements);

  // An index, primary key or unique constraint begins with one of the columns.
  [[nodiscard]] bool HasIndexOn(std::string_view table, const List* columns) const;
  [[nodiscard]] bool HasIndexOn(std::string_view table, std::string_view column) const;
  [[nodiscard]] bool AddsPrimaryKey(std::string_view table) const;
  [[nodiscard]] bool SetsNotNull(std::string_view table, std::string_view column) const;
  [[nodiscard]] bool AddsColumn(std::string_view table, std::string_view column) const;

 private:
  void Read(const Node* statement);
  void ReadIndex(const IndexStmt* index);
  void ReadTable(const CreateStmt* create);
  void ReadAlter(const AlterTableStmt* alter);
  void ReadColumn(std::string_view table, const ColumnDef* column);
  void ReadConstraint(std::string_view table, const Constraint* constraint);

  std::unordered_set<std::string> leading_columns_;
  std::unordered_set<std::string> primary_keys_;
  std::unordered_set<std::string> not_null_;
  std::unordered_set<std::string> added_columns_;
};

}  // namespace pgmoat::policy
