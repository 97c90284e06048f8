// ALTER TABLE: what it does to a table that is in use.
#include "policy/alter_table.h"
#include "policy/migration_linter.h"

namespace pgmoat::policy {

namespace {

bool HasDefault(const ColumnDef* column) {
  const Constraint* constraint = FindConstraint(column, CONSTR_DEFAULT);
  return constraint != nullptr &&
         ConstantOf(constraint->raw_expr).type != Constant::Type::kNull;
}

// Every row gets a value of its own.
bool IsNumbered(const ColumnDef* column) {
  return IsSerial(BuiltinTypeName(column->typeName)) ||
         FindConstraint(column, CONSTR_IDENTITY) != nullptr;
}

bool IsRewrite(AlterTableType subtype) {
  return subtype == AT_SetTableSpace || subtype == AT_SetLogged || subtype == AT_SetUnLogged ||
         subtype == AT_SetAccessMethod;
}

// PostgreSQL documentation, ALTER TABLE: the notes on the lock of each form.
bool LetsOthersWrite(const AlterTableCmd* command) {
  switch (command->subtype) {
    case AT_ValidateConstraint:
    case AT_SetStatistics:
    case AT_ClusterOn:
    case AT_DropCluster:
    case AT_SetOptions:
    case AT_ResetOptions:
    case AT_SetRelOptions:
    case AT_ResetRelOptions:
    case AT_AttachPartition:  // of the parent; the partition is hardly in use yet
    case AT_DetachPartitionFinalize:
      return true;
    case AT_DetachPartition:
      return command->def != nullptr && Tag(command->def) == T_PartitionCmd &&
             As<PartitionCmd>(command->def)->concurrent;
    default:
      return false;
  }
}

}  // namespace

bool LetsOthersWrite(const Node* statement) {
  if (Tag(statement) != T_AlterTableStmt) return false;
  const List* commands = As<AlterTableStmt>(statement)->cmds;
  for (int i = 0; i < Length(commands); ++i) {
    if (!LetsOthersWrite(As<AlterTableCmd>(Item(commands, i)))) return false;
  }
  return true;
}

void MigrationLinter::CheckAlterTable(const AlterTableStmt* alter) {
  if (alter->objtype != OBJECT_TABLE) return;
  for (int i = 0; i < Length(alter->cmds); ++i) {
    CheckCommand(alter, As<AlterTableCmd>(Item(alter->cmds, i)));
  }
}

void MigrationLinter::CheckCommand(const AlterTableStmt* alter, const AlterTableCmd* command) {
  const bool is_new = IsNew(alter->relation);
  const auto column = [&] {
    return NameOf(alter->relation) + "." + std::string(View(command->name));
  };
  switch (command->subtype) {
    case AT_AddColumn:
      if (command->def != nullptr && Tag(command->def) == T_ColumnDef) {
        CheckAddColumn(alter, As<ColumnDef>(command->def));
      }
      return;
    case AT_AddConstraint:
      if (command->def != nullptr && Tag(command->def) == T_Constraint) {
        CheckAddConstraint(alter, As<Constraint>(command->def));
      }
      return;
    case AT_ValidateConstraint:
      if (context_.in_transaction && locked_.Has(NameOf(alter->relation))) {
        Report(Lint::kValidateInSameTransaction, NameOf(alter->relation));
      }
      validated_.Add(NameOf(alter->relation));
      return;
    case AT_SetNotNull:
      if (!is_new && !validated_.Has(NameOf(alter->relation))) {
        Report(Lint::kSetNotNull, column());
      }
      return;
    case AT_AlterColumnType:
      // To text it is none from varchar, which is what most come from.
      if (!is_new && AlterTableReach(command).kind == Kind::kAlterDestructive) {
        Report(Lint::kTypeRewrite, column());
      }
      return;
    case AT_DetachPartition:
      if (command->def != nullptr && Tag(command->def) == T_PartitionCmd &&
          As<PartitionCmd>(command->def)->concurrent && context_.in_transaction) {
        Report(Lint::kConcurrentlyInTransaction, NameOf(alter->relation));
      }
      return;
    default:
      if (!is_new && IsRewrite(command->subtype)) {
        Report(Lint::kTableRewrite, NameOf(alter->relation));
      }
  }
}

void MigrationLinter::CheckAddColumn(const AlterTableStmt* alter, const ColumnDef* column) {
  const RangeVar* table = alter->relation;
  const std::string name = NameOf(table) + "." + std::string(View(column->colname));
  CheckColumnShape(column, NameOf(table));
  const Constraint* foreign_key = FindConstraint(column, CONSTR_FOREIGN);
  if (foreign_key != nullptr &&
      !whole_.HasIndexOn(View(table->relname), View(column->colname))) {
    Report(Lint::kForeignKeyWithoutIndex, name);
  }
  if (IsNew(table)) return;

  const Constraint* value = FindConstraint(column, CONSTR_DEFAULT);
  const bool generated = FindConstraint(column, CONSTR_GENERATED) != nullptr;
  const bool primary = FindConstraint(column, CONSTR_PRIMARY) != nullptr;
  if (IsNumbered(column) || (value != nullptr && MayBeVolatile(value->raw_expr))) {
    Report(Lint::kVolatileDefault, name);
  }
  if (generated) Report(Lint::kStoredGeneratedColumn, name);
  const bool not_null = primary || FindConstraint(column, CONSTR_NOTNULL) != nullptr;
  if (not_null && !HasDefault(column) && !IsNumbered(column) && !generated) {
    Report(Lint::kNotNullWithoutDefault, name);
  }
  if (primary || FindConstraint(column, CONSTR_UNIQUE) != nullptr) {
    Report(Lint::kConstraintBuildsIndex, name);
  }
  // A foreign key of a column that is NULL everywhere needs no look at the rows; the server
  // knows that.  A CHECK it evaluates.
  const bool checked = FindConstraint(column, CONSTR_CHECK) != nullptr;
  if (checked || (foreign_key != nullptr && HasDefault(column))) {
    Report(Lint::kConstraintWithoutNotValid, name);
  }
}

void MigrationLinter::CheckAddConstraint(const AlterTableStmt* alter,
                                         const Constraint* constraint) {
  const RangeVar* table = alter->relation;
  const bool is_new = IsNew(table);
  switch (constraint->contype) {
    case CONSTR_FOREIGN: {
      // Of a column that was there before, there may be an index.
      bool new_column = is_new;
      for (int i = 0; i < Length(constraint->fk_attrs); ++i) {
        new_column |=
            whole_.AddsColumn(View(table->relname), StringOf(Item(constraint->fk_attrs, i)));
      }
      if (new_column) CheckForeignKey(table, constraint->fk_attrs);
      [[fallthrough]];
    }
    case CONSTR_CHECK:
      if (!is_new && !constraint->skip_validation) {
        Report(Lint::kConstraintWithoutNotValid, NameOf(table));
      }
      return;
    case CONSTR_PRIMARY:
    case CONSTR_UNIQUE:
    case CONSTR_EXCLUSION:
      if (!is_new && constraint->indexname == nullptr) {
        Report(Lint::kConstraintBuildsIndex, NameOf(table));
      }
      return;
    default:
      return;
  }
}

// The tables that have a column of the domain are read.
void MigrationLinter::CheckAlterDomain(const AlterDomainStmt* alter) {
  const std::string domain = NameOf(alter->typeName);
  if (new_types_.Has(domain)) return;
  if (alter->subtype == 'O') Report(Lint::kSetNotNull, domain);
  if (alter->subtype != 'C' || alter->def == nullptr || Tag(alter->def) != T_Constraint) return;
  if (!As<Constraint>(alter->def)->skip_validation) {
    Report(Lint::kConstraintWithoutNotValid, domain);
  }
}

}  // namespace pgmoat::policy
