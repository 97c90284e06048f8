// Definitions: ALTER, DROP and GRANT, and what they do to which object.
#include "policy/alter_table.h"
#include "policy/effective_where.h"
#include "policy/object_names.h"
#include "policy/walk.h"

namespace pgmoat::policy {

namespace {

// DROP of one of these, going alone, takes rows or a counter with it; an extension may
// have tables of its own.
bool HoldsData(ObjectType type) {
  return type == OBJECT_TABLE || type == OBJECT_FOREIGN_TABLE || type == OBJECT_MATVIEW ||
         type == OBJECT_SEQUENCE || type == OBJECT_SCHEMA || type == OBJECT_EXTENSION;
}

// Belongs to one relation, and nothing depends on it: CASCADE finds nothing to take.
bool BelongsToRelation(ObjectType type) {
  return type == OBJECT_TRIGGER || type == OBJECT_RULE || type == OBJECT_POLICY ||
         type == OBJECT_TABCONSTRAINT || type == OBJECT_COLUMN;
}

bool GuardsData(ObjectType type) {
  return type == OBJECT_TRIGGER || type == OBJECT_RULE || type == OBJECT_POLICY ||
         type == OBJECT_EVENT_TRIGGER || type == OBJECT_INDEX;  // it may be a unique one
}

bool IsRelationType(ObjectType type) {
  return type == OBJECT_TABLE || type == OBJECT_VIEW || type == OBJECT_MATVIEW ||
         type == OBJECT_SEQUENCE || type == OBJECT_INDEX || type == OBJECT_FOREIGN_TABLE;
}

// ALTER TABLE … RENAME, OWNER TO, SET SCHEMA on things that are not the deployer's.
Kind ChangeOf(ObjectType type) {
  switch (type) {
    case OBJECT_ROLE:
      return Kind::kRoleManagement;
    case OBJECT_DATABASE:
    case OBJECT_TABLESPACE:
      return Kind::kDatabase;
    case OBJECT_FDW:
    case OBJECT_FOREIGN_SERVER:
      return Kind::kForeignServer;
    case OBJECT_LANGUAGE:
      return Kind::kLanguage;
    case OBJECT_PUBLICATION:
    case OBJECT_SUBSCRIPTION:
      return Kind::kReplication;
    case OBJECT_EXTENSION:
      return Kind::kExtension;
    case OBJECT_EVENT_TRIGGER:
      return Kind::kAlterDestructive;
    default:
      return Kind::kAlterChanging;
  }
}

}  // namespace

bool Walk::VisitDefinition(const Node* node) {
  return VisitCreate(node) || VisitCreateOther(node) || VisitAlter(node) ||
         VisitServerObject(node);
}

bool Walk::VisitAlter(const Node* node) {
  switch (Tag(node)) {
    case T_AlterTableStmt:
      VisitAlterTable(As<AlterTableStmt>(node));
      return true;
    case T_AlterDomainStmt: {
      const auto* alter = As<AlterDomainStmt>(node);
      AddStatement(AlterDomainKind(alter->subtype), "ALTER DOMAIN");
      facts_.loses_protection |= AlterDomainKind(alter->subtype) == Kind::kAlterDestructive;
      NoteDropBehavior(alter->behavior);
      Push(alter->def);
      return true;
    }
    case T_RenameStmt: {
      const auto* rename = As<RenameStmt>(node);
      AddStatement(ChangeOf(rename->renameType), TagsOf(rename->renameType).alter);
      AddRelation(rename->relation, Access::kAlter);
      facts_.renames = true;
      AddKind(Kind::kRename);
      NoteDropBehavior(rename->behavior);
      facts_.if_exists |= rename->missing_ok;
      return true;
    }
    case T_AlterObjectSchemaStmt: {
      const auto* alter = As<AlterObjectSchemaStmt>(node);
      AddStatement(ChangeOf(alter->objectType), TagsOf(alter->objectType).alter);
      AddRelation(alter->relation, Access::kAlter);
      facts_.renames = true;
      AddKind(Kind::kRename);
      facts_.if_exists |= alter->missing_ok;
      return true;
    }
    case T_AlterOwnerStmt: {
      const auto* alter = As<AlterOwnerStmt>(node);
      AddStatement(ChangeOf(alter->objectType), TagsOf(alter->objectType).alter);
      AddRelation(alter->relation, Access::kAlter);
      return true;
    }
    case T_AlterObjectDependsStmt: {
      const auto* alter = As<AlterObjectDependsStmt>(node);
      AddStatement(Kind::kAlterChanging, TagsOf(alter->objectType).alter);
      AddRelation(alter->relation, Access::kAlter);
      return true;
    }
    case T_AlterSeqStmt:
      VisitAlterSequence(As<AlterSeqStmt>(node));
      return true;
    case T_AlterEnumStmt: {
      // ADD VALUE leaves what exists alone; RENAME VALUE does not.
      const auto* alter = As<AlterEnumStmt>(node);
      const bool renames = alter->oldVal != nullptr;
      AddStatement(renames ? Kind::kAlterChanging : Kind::kAlterAdditive, "ALTER TYPE");
      facts_.renames |= renames;
      if (renames) AddKind(Kind::kRename);
      facts_.if_not_exists |= alter->skipIfNewValExists;
      return true;
    }
    case T_AlterOpFamilyStmt:
      AddStatement(
          As<AlterOpFamilyStmt>(node)->isDrop ? Kind::kAlterDestructive : Kind::kAlterAdditive,
          "ALTER OPERATOR FAMILY");
      return true;
    case T_AlterTSConfigurationStmt: {
      const auto* alter = As<AlterTSConfigurationStmt>(node);
      Kind kind = Kind::kAlterChanging;
      if (alter->kind == ALTER_TSCONFIG_ADD_MAPPING) kind = Kind::kAlterAdditive;
      if (alter->kind == ALTER_TSCONFIG_DROP_MAPPING) kind = Kind::kAlterDestructive;
      AddStatement(kind, "ALTER TEXT SEARCH CONFIGURATION");
      return true;
    }
    case T_AlterPolicyStmt:
      VisitAlterPolicy(As<AlterPolicyStmt>(node));
      return true;
    case T_AlterFunctionStmt:
      AddStatement(Kind::kAlterChanging, TagsOf(As<AlterFunctionStmt>(node)->objtype).alter);
      VisitFunctionOptions(As<AlterFunctionStmt>(node)->actions);
      return true;
    case T_AlterOperatorStmt:
      AddStatement(Kind::kAlterChanging, "ALTER OPERATOR");
      return true;
    case T_AlterTypeStmt:
      AddStatement(Kind::kAlterChanging, "ALTER TYPE");
      return true;
    case T_AlterTSDictionaryStmt:
      AddStatement(Kind::kAlterChanging, "ALTER TEXT SEARCH DICTIONARY");
      return true;
    case T_AlterCollationStmt:
      AddStatement(Kind::kAlterChanging, "ALTER COLLATION");
      return true;
    case T_AlterStatsStmt:
      AddStatement(Kind::kAlterChanging, "ALTER STATISTICS");
      return true;
    default:
      return false;
  }
}

void Walk::VisitAlterTable(const AlterTableStmt* alter) {
  const std::string_view tag = TagsOf(alter->objtype).alter;
  AddRelation(alter->relation, Access::kAlter);
  facts_.if_exists |= alter->missing_ok;
  for (int i = 0; i < Length(alter->cmds); ++i) {
    const auto* command = As<AlterTableCmd>(Item(alter->cmds, i));
    const AlterReach reach = AlterTableReach(command);
    AddStatement(reach.kind, tag);
    facts_.loses_data |= reach.loses_data;
    facts_.loses_protection |= reach.loses_protection;
    facts_.retypes |= command->subtype == AT_AlterColumnType;
    // ADD COLUMN IF NOT EXISTS and DROP COLUMN IF EXISTS share a field.
    (command->subtype == AT_AddColumn ? facts_.if_not_exists : facts_.if_exists) |=
        command->missing_ok;
    NoteDropBehavior(command->behavior);
    if (command->def == nullptr) continue;
    facts_.joins_parent |=
        Tag(command->def) == T_RangeVar || Tag(command->def) == T_PartitionCmd;
    if (Tag(command->def) == T_RangeVar) {
      AddRelation(As<RangeVar>(command->def), Access::kAlter);  // [NO] INHERIT parent
    } else if (Tag(command->def) == T_PartitionCmd) {
      const auto* partition = As<PartitionCmd>(command->def);
      AddRelation(partition->name, Access::kAlter);
      facts_.concurrently |= partition->concurrent;
      Push(partition->bound);
    } else {
      Push(command->def);
    }
  }
}

void Walk::VisitAlterSequence(const AlterSeqStmt* alter) {
  AddRelation(alter->sequence, Access::kAlter);
  facts_.if_exists |= alter->missing_ok;
  // Where it stands is its data: RESTART gives out numbers that were given out before.
  const bool restarts = HasOption(alter->options, "restart");
  AddStatement(restarts ? Kind::kAlterDestructive : Kind::kAlterChanging, "ALTER SEQUENCE");
  facts_.loses_data |= restarts;
}

// A policy is a protection, and its new condition may protect less; one that is true for
// every row protects nothing.
void Walk::VisitAlterPolicy(const AlterPolicyStmt* policy) {
  const bool opens = HoldsForEveryRow(policy->table, policy->qual, *this) ||
                     HoldsForEveryRow(policy->table, policy->with_check, *this);
  AddStatement(opens ? Kind::kAlterDestructive : Kind::kAlterChanging, "ALTER POLICY");
  facts_.loses_protection |= opens;
  AddRelation(policy->table, Access::kAlter);
  Push(policy->with_check);
  Push(policy->qual);
}

void Walk::VisitDrop(const DropStmt* drop) {
  const ObjectType type = drop->removeType;
  AddStatement(Kind::kDrop, TagsOf(type).drop);
  NoteDropBehavior(drop->behavior);
  facts_.if_exists |= drop->missing_ok;
  facts_.concurrently |= drop->concurrent;
  // CASCADE takes what depends on the object: a type's columns, a view's materialized
  // views.
  const bool takes_along = drop->behavior == DROP_CASCADE && !BelongsToRelation(type);
  facts_.loses_data |= HoldsData(type) || takes_along;
  facts_.loses_protection |= GuardsData(type);
  for (int i = 0; i < Length(drop->objects); ++i) {
    const Node* name = Item(drop->objects, i);
    if (type == OBJECT_EXTENSION) facts_.extensions.emplace_back(StringOf(name));
    AddObjectRelation(type, name, IsRelationType(type) ? Access::kDrop : Access::kAlter);
  }
}

// The relation that an object is, or belongs to.
void Walk::AddObjectRelation(ObjectType type, const Node* object, Access access) {
  if (object == nullptr || Tag(object) != T_List) return;
  const List* name = As<List>(object);
  if (IsRelationType(type)) AddRelationName(name, access);
  // TRIGGER r ON t, COLUMN t.c: the last part is the object's own name.
  if (BelongsToRelation(type)) AddRelationName(name, access, Length(name) - 1);
}

void Walk::VisitGrant(const GrantStmt* grant) {
  AddStatement(Kind::kPrivilege, grant->is_grant ? "GRANT" : "REVOKE");
  NoteDropBehavior(grant->behavior);
  // Rights on the server itself are not the deployer's to give.
  if (grant->objtype == OBJECT_PARAMETER_ACL) AddKind(Kind::kServerControl);
  if (grant->targtype == ACL_TARGET_OBJECT) AddRelations(grant->objects, Access::kAlter);
}

}  // namespace pgmoat::policy
