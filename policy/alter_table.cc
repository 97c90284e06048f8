#include "policy/alter_table.h"

#include "policy/constants.h"

namespace pgmoat::policy {

namespace {

// TYPE text, varchar: every value has its text, and different values have different ones.
// Where a length is given and a value does not fit, the server fails with 22001 instead of
// cutting it; only spaces at its end go.  For other types the column's old type would have to
// be known: bigint is wider than integer and narrower than numeric.  USING computes whatever it
// likes.
bool KeepsEveryValue(const Node* definition) {
  if (definition == nullptr || Tag(definition) != T_ColumnDef) return false;
  const auto* column = As<ColumnDef>(definition);
  if (column->raw_default != nullptr || column->typeName == nullptr) return false;
  const TypeName* type = column->typeName;
  const std::string_view name = LastName(type->names);
  const bool builtin =
      Length(type->names) == 1 || StringOf(Item(type->names, 0)) == "pg_catalog";
  return builtin && (name == "text" || name == "varchar") && Length(type->arrayBounds) == 0;
}

bool IsReplicaIdentityNothing(const Node* definition) {
  return definition != nullptr && Tag(definition) == T_ReplicaIdentityStmt &&
         As<ReplicaIdentityStmt>(definition)->identity_type == 'n';
}

}  // namespace

AlterReach AlterTableReach(const AlterTableCmd* command) {
  constexpr AlterReach kAdditive = {Kind::kAlterAdditive};
  constexpr AlterReach kChanging = {Kind::kAlterChanging};
  constexpr AlterReach kLosesData = {Kind::kAlterDestructive, true, false};
  constexpr AlterReach kLosesProtection = {Kind::kAlterDestructive, false, true};
  switch (command->subtype) {
    // What exists stays as it is.
    case AT_AddColumn:
    case AT_AddConstraint:
    case AT_ValidateConstraint:
    case AT_AddIndexConstraint:
    case AT_AddIdentity:
    case AT_AttachPartition:
    case AT_AddInherit:
    case AT_EnableTrig:
    case AT_EnableAlwaysTrig:
    case AT_EnableTrigAll:
    case AT_EnableTrigUser:
    case AT_EnableRule:
    case AT_EnableAlwaysRule:
    case AT_EnableRowSecurity:
    case AT_ForceRowSecurity:
    case AT_SetLogged:
      return kAdditive;

    // What exists behaves otherwise, but no data and no protection goes.
    case AT_ColumnDefault:
    case AT_SetNotNull:
    case AT_DropNotNull:  // undone by SET NOT NULL; expand-and-contract needs it
    case AT_SetStatistics:
    case AT_SetOptions:
    case AT_ResetOptions:
    case AT_SetStorage:
    case AT_SetCompression:
    case AT_AlterConstraint:
    case AT_ChangeOwner:
    case AT_ClusterOn:
    case AT_DropCluster:
    case AT_SetAccessMethod:
    case AT_SetTableSpace:
    case AT_SetRelOptions:
    case AT_ResetRelOptions:
    case AT_AddOf:
    case AT_DropOf:
      return kChanging;

    // OPTIONS of a foreign table: file_fdw reads whichever file or program they name.
    case AT_AlterColumnGenericOptions:
    case AT_GenericOptions:
      return {Kind::kForeignServer};

    case AT_AlterColumnType:
      return KeepsEveryValue(command->def) ? kChanging : kLosesData;
    case AT_SetIdentity: {
      // RESTART gives out numbers that were given out before.
      const bool options = command->def != nullptr && Tag(command->def) == T_List;
      return options && HasOption(As<List>(command->def), "restart") ? kLosesData : kChanging;
    }
    case AT_ReplicaIdentity:
      // NOTHING: subscribers can no longer tell which row was updated or deleted.
      return IsReplicaIdentityNothing(command->def) ? kLosesProtection : kChanging;

    case AT_DropColumn:
    case AT_SetUnLogged:      // a crash empties the table
    case AT_DetachPartition:  // its rows are no longer the parent's
    case AT_DetachPartitionFinalize:
    case AT_DropInherit:
      return kLosesData;

    case AT_DropConstraint:
    case AT_DropExpression:
    case AT_DropIdentity:
    case AT_DisableTrig:
    case AT_DisableTrigAll:
    case AT_DisableTrigUser:
    case AT_EnableReplicaTrig:  // it no longer fires here
    case AT_DisableRule:
    case AT_EnableReplicaRule:
    case AT_DisableRowSecurity:
    case AT_NoForceRowSecurity:
      return kLosesProtection;

    default:  // whatever is new
      return {Kind::kAlterDestructive, true, true};
  }
}

Kind AlterDomainKind(char subtype) {
  switch (subtype) {
    case 'C':  // ADD CONSTRAINT
    case 'V':  // VALIDATE CONSTRAINT
      return Kind::kAlterAdditive;
    case 'T':  // SET or DROP DEFAULT
    case 'N':  // DROP NOT NULL
    case 'O':  // SET NOT NULL
      return Kind::kAlterChanging;
    default:  // DROP CONSTRAINT
      return Kind::kAlterDestructive;
  }
}

}  // namespace pgmoat::policy
