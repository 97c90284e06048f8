#include "policy/alter_table.h"

namespace pgmoat::policy {

Kind AlterTableKind(const AlterTableCmd* command) {
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
      return Kind::kAlterAdditive;

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
    case AT_ReplicaIdentity:
    case AT_AddOf:
    case AT_DropOf:
    case AT_SetIdentity:
      return Kind::kAlterChanging;

    // OPTIONS of a foreign table: file_fdw reads whichever file or program they name.
    case AT_AlterColumnGenericOptions:
    case AT_GenericOptions:
      return Kind::kForeignServer;

    // Data, or a protection of data, can be lost: DROP COLUMN, ALTER COLUMN TYPE,
    // DROP CONSTRAINT, DROP EXPRESSION, DROP IDENTITY, SET UNLOGGED (a crash empties
    // the table), DISABLE TRIGGER / RULE / ROW LEVEL SECURITY, ENABLE REPLICA
    // TRIGGER / RULE (it no longer fires here), NO FORCE, DETACH PARTITION, NO INHERIT;
    // and whatever is new.
    default:
      return Kind::kAlterDestructive;
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
