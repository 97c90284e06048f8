// CREATE TABLE: shapes that are regretted later.
#include <unordered_map>

#include "policy/migration_linter.h"

namespace pgmoat::policy {

namespace {

// LIKE … INCLUDING INDEXES brings the other table's primary key.
bool CopiesIndexes(const Node* element) {
  return Tag(element) == T_TableLikeClause &&
         (As<TableLikeClause>(element)->options & CREATE_TABLE_LIKE_INDEXES) != 0;
}

bool IsNullable(const ColumnDef* column) {
  return FindConstraint(column, CONSTR_NOTNULL) == nullptr &&
         FindConstraint(column, CONSTR_PRIMARY) == nullptr &&
         FindConstraint(column, CONSTR_IDENTITY) == nullptr;
}

}  // namespace

void MigrationLinter::CheckCreateTable(const CreateStmt* create) {
  NoteNewTable(create->relation);
  if (IsTemporary(create->relation)) return;
  const std::string table = NameOf(create->relation);
  const std::string_view own_name = View(create->relation->relname);
  for (int i = 0; i < Length(create->tableElts); ++i) {
    const Node* element = Item(create->tableElts, i);
    if (Tag(element) == T_Constraint && As<Constraint>(element)->contype == CONSTR_FOREIGN) {
      CheckForeignKey(create->relation, As<Constraint>(element)->fk_attrs);
    }
    if (Tag(element) != T_ColumnDef) continue;
    const auto* column = As<ColumnDef>(element);
    const std::string_view name = View(column->colname);
    CheckColumnShape(column, table);
    if (IsNullable(column) && NamesAnOwner(name) && !whole_.SetsNotNull(own_name, name)) {
      Report(Lint::kNullableOwner, table + "." + std::string(name));
    }
    if (FindConstraint(column, CONSTR_FOREIGN) != nullptr &&
        !whole_.HasIndexOn(own_name, name)) {
      Report(Lint::kForeignKeyWithoutIndex, table + "." + std::string(name));
    }
  }
  CheckPrimaryKey(create, table);
}

void MigrationLinter::CheckPrimaryKey(const CreateStmt* create, const std::string& table) {
  // A partition has its parent's; of a typed table and INHERITS it is said here or nowhere.
  if (create->partbound != nullptr) return;
  std::unordered_map<std::string_view, const ColumnDef*> columns;
  const ColumnDef* key = nullptr;
  bool has_key = whole_.AddsPrimaryKey(View(create->relation->relname));
  for (int i = 0; i < Length(create->tableElts); ++i) {
    const Node* element = Item(create->tableElts, i);
    has_key |= CopiesIndexes(element);
    if (Tag(element) == T_ColumnDef) {
      const auto* column = As<ColumnDef>(element);
      columns[View(column->colname)] = column;
      if (FindConstraint(column, CONSTR_PRIMARY) != nullptr) key = column;
    } else if (Tag(element) == T_Constraint) {
      const auto* constraint = As<Constraint>(element);
      if (constraint->contype != CONSTR_PRIMARY || Length(constraint->keys) != 1) continue;
      const auto found = columns.find(StringOf(Item(constraint->keys, 0)));
      if (found != columns.end()) key = found->second;
    }
  }
  if (!has_key) Report(Lint::kTableWithoutPrimaryKey, table);
  if (key == nullptr || !IsSmallInteger(BuiltinTypeName(key->typeName))) return;
  // A key that comes from elsewhere, of a small table of countries say, does not grow.
  const bool numbered = IsSerial(BuiltinTypeName(key->typeName)) ||
                        FindConstraint(key, CONSTR_IDENTITY) != nullptr ||
                        FindConstraint(key, CONSTR_DEFAULT) != nullptr;
  if (numbered) {
    Report(Lint::kSmallPrimaryKey, table + "." + std::string(View(key->colname)));
  }
}

void MigrationLinter::CheckColumnShape(const ColumnDef* column, const std::string& table) {
  const std::string_view type = BuiltinTypeName(column->typeName);
  const auto report = [&](Lint lint) {
    Report(lint, table + "." + std::string(View(column->colname)));
  };
  if (type == "timestamp") report(Lint::kTimestampWithoutTimeZone);
  if (type == "bpchar" && Length(column->typeName->typmods) > 0) report(Lint::kCharType);
  if (type == "json") report(Lint::kJsonType);
}

void MigrationLinter::CheckForeignKey(const RangeVar* table, const List* columns) {
  if (Length(columns) == 0 || whole_.HasIndexOn(View(table->relname), columns)) return;
  Report(Lint::kForeignKeyWithoutIndex,
         NameOf(table) + "." + std::string(StringOf(Item(columns, 0))));
}

}  // namespace pgmoat::policy
