// The checks of a migration, statement by statement.  Private to policy/.
//
//   whole text  -> WholeText: indexes, primary keys, NOT NULL that come later
//   statement i -> what it says: CREATE, ALTER TABLE, the rest
//               -> which locks it takes (lock_levels.h), with or without lock_timeout
//               -> what holds behind it: transaction, lock_timeout, new tables
//
// Lifetime: borrows the tree and the context for the call.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/facts.h"
#include "policy/migration_lint_kinds.h"
#include "policy/migration_lint_names.h"
#include "policy/migration_lint_whole.h"
#include "policy/walk.h"

namespace pgmoat::policy {

// An ALTER TABLE that is content with SHARE UPDATE EXCLUSIVE, which facts do not tell.
bool LetsOthersWrite(const Node* statement);

class MigrationLinter {
 public:
  MigrationLinter(std::string_view sql, const List* statements, LintContext& context);

  std::vector<Finding> Run();

 private:
  void Report(Lint lint, std::string object);
  [[nodiscard]] bool IsNew(const RangeVar* relation) const;
  void NoteNewTable(const RangeVar* relation);

  void Check(const Node* statement);

  // migration_lint_table.cc
  void CheckCreateTable(const CreateStmt* create);
  void CheckPrimaryKey(const CreateStmt* create, const std::string& table);
  void CheckColumnShape(const ColumnDef* column, const std::string& table);
  void CheckForeignKey(const RangeVar* table, const List* columns);

  // migration_lint_alter.cc
  void CheckAlterTable(const AlterTableStmt* alter);
  void CheckCommand(const AlterTableStmt* alter, const AlterTableCmd* command);
  void CheckAddColumn(const AlterTableStmt* alter, const ColumnDef* column);
  void CheckAddConstraint(const AlterTableStmt* alter, const Constraint* constraint);
  void CheckAlterDomain(const AlterDomainStmt* alter);

  // migration_lint_other.cc
  bool CheckIndexes(const Node* statement);
  bool CheckMaintenance(const Node* statement);
  bool CheckNames(const Node* statement);
  void CheckEnumChange(const AlterEnumStmt* alter);
  void CheckFunction(const CreateFunctionStmt* function);
  void CheckDropIndex(const DropStmt* drop);

  // What follows from the facts, whatever the statement is.
  void CheckLocks(const Node* statement, const StatementFacts& facts);
  void CheckDataChange(const StatementFacts& facts);
  void FollowSettings(const StatementFacts& facts);
  void FollowTransaction(const Node* statement);
  void EndTransaction();

  std::string_view text_;
  const List* statements_;
  LintContext& context_;
  WholeText whole_;
  NameSet new_tables_;
  NameSet new_indexes_;
  NameSet new_types_;
  // Tables of others that this transaction has locked against everybody.
  NameSet locked_;
  // Tables some constraint of which the text has validated: SET NOT NULL may rest on it.
  NameSet validated_;

  WalkScratch scratch_;
  std::vector<Finding> findings_;
  // Of the statement that is being looked at.
  std::size_t statement_ = 0;
  std::size_t offset_ = 0;
};

}  // namespace pgmoat::policy
