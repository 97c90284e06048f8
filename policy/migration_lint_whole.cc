#include "policy/migration_lint_whole.h"

#include "policy/migration_lint_names.h"

namespace pgmoat::policy {

namespace {

// No name has a NUL in it.
std::string Key(std::string_view table, std::string_view column) {
  std::string key(table);
  key += '\0';
  return key.append(column);
}

// Of a partial index: it leaves out only the rows that refer to nothing.
bool LeavesOutOnlyNulls(const Node* condition) {
  return condition != nullptr && Tag(condition) == T_NullTest &&
         As<NullTest>(condition)->nulltesttype == IS_NOT_NULL;
}

}  // namespace

WholeText::WholeText(const List* statements) {
  for (int i = 0; i < Length(statements); ++i) {
    const Node* statement = As<RawStmt>(Item(statements, i))->stmt;
    if (statement == nullptr) continue;
    if (Tag(statement) != T_CreateSchemaStmt) {
      Read(statement);
      continue;
    }
    const List* elements = As<CreateSchemaStmt>(statement)->schemaElts;
    for (int j = 0; j < Length(elements); ++j) Read(Item(elements, j));
  }
}

bool WholeText::HasIndexOn(std::string_view table, std::string_view column) const {
  return leading_columns_.contains(Key(table, column));
}

bool WholeText::HasIndexOn(std::string_view table, const List* columns) const {
  for (int i = 0; i < Length(columns); ++i) {
    if (HasIndexOn(table, StringOf(Item(columns, i)))) return true;
  }
  return false;
}

bool WholeText::AddsPrimaryKey(std::string_view table) const {
  return primary_keys_.contains(std::string(table));
}

bool WholeText::SetsNotNull(std::string_view table, std::string_view column) const {
  return not_null_.contains(Key(table, column));
}

bool WholeText::AddsColumn(std::string_view table, std::string_view column) const {
  return added_columns_.contains(Key(table, column));
}

void WholeText::Read(const Node* statement) {
  switch (Tag(statement)) {
    case T_IndexStmt:
      ReadIndex(As<IndexStmt>(statement));
      return;
    case T_CreateStmt:
      ReadTable(As<CreateStmt>(statement));
      return;
    case T_AlterTableStmt:
      ReadAlter(As<AlterTableStmt>(statement));
      return;
    default:
      return;
  }
}

void WholeText::ReadIndex(const IndexStmt* index) {
  if (index->whereClause != nullptr && !LeavesOutOnlyNulls(index->whereClause)) return;
  if (Length(index->indexParams) == 0) return;
  const Node* first = Item(index->indexParams, 0);
  if (first == nullptr || Tag(first) != T_IndexElem) return;
  const char* column = As<IndexElem>(first)->name;  // null: an expression
  if (column == nullptr) return;
  leading_columns_.insert(Key(View(index->relation->relname), column));
}

void WholeText::ReadTable(const CreateStmt* create) {
  const std::string_view table = View(create->relation->relname);
  for (int i = 0; i < Length(create->tableElts); ++i) {
    const Node* element = Item(create->tableElts, i);
    if (Tag(element) == T_ColumnDef) ReadColumn(table, As<ColumnDef>(element));
    if (Tag(element) == T_Constraint) ReadConstraint(table, As<Constraint>(element));
  }
}

void WholeText::ReadAlter(const AlterTableStmt* alter) {
  const std::string_view table = View(alter->relation->relname);
  for (int i = 0; i < Length(alter->cmds); ++i) {
    const auto* command = As<AlterTableCmd>(Item(alter->cmds, i));
    if (command->subtype == AT_SetNotNull) not_null_.insert(Key(table, View(command->name)));
    if (command->def == nullptr) continue;
    if (command->subtype == AT_AddColumn && Tag(command->def) == T_ColumnDef) {
      const auto* column = As<ColumnDef>(command->def);
      added_columns_.insert(Key(table, View(column->colname)));
      ReadColumn(table, column);
    } else if (command->subtype == AT_AddConstraint && Tag(command->def) == T_Constraint) {
      ReadConstraint(table, As<Constraint>(command->def));
    }
  }
}

void WholeText::ReadColumn(std::string_view table, const ColumnDef* column) {
  const bool primary = FindConstraint(column, CONSTR_PRIMARY) != nullptr;
  if (primary) primary_keys_.emplace(table);
  if (primary || FindConstraint(column, CONSTR_UNIQUE) != nullptr) {
    leading_columns_.insert(Key(table, View(column->colname)));
  }
}

void WholeText::ReadConstraint(std::string_view table, const Constraint* constraint) {
  const bool primary = constraint->contype == CONSTR_PRIMARY;
  if (!primary && constraint->contype != CONSTR_UNIQUE) return;
  if (primary) primary_keys_.emplace(table);
  if (Length(constraint->keys) == 0) return;  // USING INDEX: that is listed by itself
  leading_columns_.insert(Key(table, StringOf(Item(constraint->keys, 0))));
  for (int i = 0; primary && i < Length(constraint->keys); ++i) {
    not_null_.insert(Key(table, StringOf(Item(constraint->keys, i))));
  }
}

}  // namespace pgmoat::policy
