// Definitions: ALTER, DROP and GRANT, and what they do to which object.
#include "policy/alter_table.h"
#include "policy/object_names.h"
#include "policy/walk.h"

namespace pgmoat::policy {

namespace {

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
      NoteDropBehavior(alter->behavior);
      Push(alter->def);
      return true;
    }
    case T_RenameStmt: {
      const auto* rename = As<RenameStmt>(node);
      AddStatement(ChangeOf(rename->renameType), TagsOf(rename->renameType).alter);
      AddRelation(rename->relation, Access::kAlter);
      NoteDropBehavior(rename->behavior);
      facts_.if_exists |= rename->missing_ok;
      return true;
    }
    case T_AlterObjectSchemaStmt: {
      const auto* alter = As<AlterObjectSchemaStmt>(node);
      AddStatement(ChangeOf(alter->objectType), TagsOf(alter->objectType).alter);
      AddRelation(alter->relation, Access::kAlter);
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
    case T_AlterSeqStmt: {
      const auto* alter = As<AlterSeqStmt>(node);
      // OWNED BY ties the sequence's life to a column's: what DROP COLUMN takes along.
      AddStatement(HasOption(alter->options, "owned_by") ? Kind::kAlterDestructive
                                                         : Kind::kAlterChanging,
                   "ALTER SEQUENCE");
      AddRelation(alter->sequence, Access::kAlter);
      facts_.if_exists |= alter->missing_ok;
      return true;
    }
    case T_AlterEnumStmt:
      // ADD VALUE leaves what exists alone; RENAME VALUE does not.
      AddStatement(As<AlterEnumStmt>(node)->oldVal == nullptr ? Kind::kAlterAdditive
                                                              : Kind::kAlterChanging,
                   "ALTER TYPE");
      return true;
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
    case T_AlterPolicyStmt: {
      // A policy is a protection, and its new condition may protect less.
      const auto* policy = As<AlterPolicyStmt>(node);
      AddStatement(Kind::kAlterChanging, "ALTER POLICY");
      AddRelation(policy->table, Access::kAlter);
      Push(policy->with_check);
      Push(policy->qual);
      return true;
    }
    case T_AlterFunctionStmt:
      AddStatement(Kind::kAlterChanging, TagsOf(As<AlterFunctionStmt>(node)->objtype).alter);
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
    AddStatement(AlterTableKind(command), tag);
    NoteDropBehavior(command->behavior);
    if (command->def == nullptr) continue;
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

void Walk::VisitDrop(const DropStmt* drop) {
  AddStatement(Kind::kDrop, TagsOf(drop->removeType).drop);
  NoteDropBehavior(drop->behavior);
  facts_.if_exists |= drop->missing_ok;
  facts_.concurrently |= drop->concurrent;
  if (!IsRelationType(drop->removeType)) return;
  for (int i = 0; i < Length(drop->objects); ++i) {
    const Node* name = Item(drop->objects, i);
    if (Tag(name) == T_List) AddRelationName(As<List>(name), Access::kDrop);
  }
}

void Walk::VisitGrant(const GrantStmt* grant) {
  AddStatement(Kind::kPrivilege, grant->is_grant ? "GRANT" : "REVOKE");
  NoteDropBehavior(grant->behavior);
  // Rights on the server itself are not the deployer's to give.
  if (grant->objtype == OBJECT_PARAMETER_ACL) AddKind(Kind::kServerControl);
  if (grant->targtype == ACL_TARGET_OBJECT) AddRelations(grant->objects, Access::kAlter);
}

}  // namespace pgmoat::policy
