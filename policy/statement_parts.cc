#include "policy/statement_parts.h"

namespace pgmoat::policy {

namespace {

// CREATE of things in a database.
bool PartsOfCreate(const Node* node, Children& out) {
  switch (Tag(node)) {
    case T_CreateStmt:
    case T_CreateForeignTableStmt: {
      const bool foreign = Tag(node) == T_CreateForeignTableStmt;
      const auto* s = foreign ? &As<CreateForeignTableStmt>(node)->base : As<CreateStmt>(node);
      out.Add(s->tableElts, s->inhRelations, s->partbound, s->partspec, s->ofTypename,
              s->constraints, s->options);
      if (foreign) out.Add(As<CreateForeignTableStmt>(node)->options);
      return true;
    }
    case T_CreateTableAsStmt:
      out.Add(As<CreateTableAsStmt>(node)->into->options, As<CreateTableAsStmt>(node)->query);
      return true;
    case T_ViewStmt:
      out.Add(As<ViewStmt>(node)->options, As<ViewStmt>(node)->query);
      return true;
    case T_IndexStmt: {
      const auto* s = As<IndexStmt>(node);
      out.Add(s->indexParams, s->indexIncludingParams, s->options, s->whereClause);
      return true;
    }
    case T_CreateSeqStmt:
      out.Add(As<CreateSeqStmt>(node)->options);
      return true;
    case T_CreateSchemaStmt:
      out.Add(As<CreateSchemaStmt>(node)->schemaElts);
      return true;
    case T_CreateFunctionStmt: {
      const auto* s = As<CreateFunctionStmt>(node);
      out.Add(s->parameters, s->returnType, s->options, s->sql_body);
      return true;
    }
    case T_CreateTrigStmt:
      out.Add(As<CreateTrigStmt>(node)->whenClause);
      return true;
    case T_RuleStmt:
      out.Add(As<RuleStmt>(node)->whereClause, As<RuleStmt>(node)->actions);
      return true;
    case T_CreatePolicyStmt:
      out.Add(As<CreatePolicyStmt>(node)->qual, As<CreatePolicyStmt>(node)->with_check);
      return true;
    case T_CreateStatsStmt:
      out.Add(As<CreateStatsStmt>(node)->exprs, As<CreateStatsStmt>(node)->relations);
      return true;
    case T_DefineStmt:
      out.Add(As<DefineStmt>(node)->definition);
      return true;
    case T_CreateDomainStmt:
      out.Add(As<CreateDomainStmt>(node)->typeName, As<CreateDomainStmt>(node)->constraints);
      return true;
    case T_CompositeTypeStmt:
      out.Add(As<CompositeTypeStmt>(node)->coldeflist);
      return true;
    case T_CreateRangeStmt:
      out.Add(As<CreateRangeStmt>(node)->params);
      return true;
    case T_CreateExtensionStmt:
      out.Add(As<CreateExtensionStmt>(node)->options);
      return true;
    case T_CreateEnumStmt:
    case T_CreateOpClassStmt:
    case T_CreateOpFamilyStmt:
    case T_CreateConversionStmt:
    case T_CreateCastStmt:
    case T_CreateTransformStmt:
    case T_CreatePLangStmt:
    case T_CreateAmStmt:
    case T_CreateEventTrigStmt:
      return true;
    default:
      return false;
  }
}

// ALTER, DROP, COMMENT and rights of things in a database.
bool PartsOfAlter(const Node* node, Children& out) {
  switch (Tag(node)) {
    case T_AlterTableStmt:
      out.Add(As<AlterTableStmt>(node)->cmds);
      return true;
    case T_AlterTableCmd:
      out.Add(As<AlterTableCmd>(node)->def);
      return true;
    case T_AlterDomainStmt:
      out.Add(As<AlterDomainStmt>(node)->def);
      return true;
    case T_AlterSeqStmt:
      out.Add(As<AlterSeqStmt>(node)->options);
      return true;
    case T_AlterPolicyStmt:
      out.Add(As<AlterPolicyStmt>(node)->qual, As<AlterPolicyStmt>(node)->with_check);
      return true;
    case T_AlterFunctionStmt:
      out.Add(As<AlterFunctionStmt>(node)->actions);
      return true;
    case T_AlterOperatorStmt:
      out.Add(As<AlterOperatorStmt>(node)->options);
      return true;
    case T_AlterTypeStmt:
      out.Add(As<AlterTypeStmt>(node)->options);
      return true;
    case T_AlterTSDictionaryStmt:
      out.Add(As<AlterTSDictionaryStmt>(node)->options);
      return true;
    case T_AlterExtensionStmt:
      out.Add(As<AlterExtensionStmt>(node)->options);
      return true;
    case T_AlterDefaultPrivilegesStmt:
    case T_RenameStmt:
    case T_AlterObjectSchemaStmt:
    case T_AlterOwnerStmt:
    case T_AlterObjectDependsStmt:
    case T_AlterEnumStmt:
    case T_AlterOpFamilyStmt:
    case T_AlterTSConfigurationStmt:
    case T_AlterCollationStmt:
    case T_AlterStatsStmt:
    case T_AlterExtensionContentsStmt:
    case T_AlterEventTrigStmt:
    case T_CommentStmt:
    case T_SecLabelStmt:
    case T_DropStmt:
    case T_GrantStmt:
    case T_TruncateStmt:
      return true;
    default:
      return false;
  }
}

// Roles, databases, foreign servers, replication.
bool PartsOfServerObject(const Node* node, Children& out) {
  switch (Tag(node)) {
    case T_AlterRoleSetStmt:
      out.Add(As<AlterRoleSetStmt>(node)->setstmt);
      return true;
    case T_AlterDatabaseSetStmt:
      out.Add(As<AlterDatabaseSetStmt>(node)->setstmt);
      return true;
    case T_AlterSystemStmt:
      out.Add(As<AlterSystemStmt>(node)->setstmt);
      return true;
    case T_CreatePublicationStmt:
      out.Add(As<CreatePublicationStmt>(node)->options,
              As<CreatePublicationStmt>(node)->pubobjects);
      return true;
    case T_AlterPublicationStmt:
      out.Add(As<AlterPublicationStmt>(node)->options,
              As<AlterPublicationStmt>(node)->pubobjects);
      return true;
    // Their options are names, strings and numbers, no expressions.
    case T_CreateRoleStmt:
    case T_AlterRoleStmt:
    case T_DropRoleStmt:
    case T_GrantRoleStmt:
    case T_DropOwnedStmt:
    case T_ReassignOwnedStmt:
    case T_CreatedbStmt:
    case T_AlterDatabaseStmt:
    case T_AlterDatabaseRefreshCollStmt:
    case T_DropdbStmt:
    case T_CreateTableSpaceStmt:
    case T_DropTableSpaceStmt:
    case T_AlterTableSpaceOptionsStmt:
    case T_AlterTableMoveAllStmt:
    case T_CreateFdwStmt:
    case T_AlterFdwStmt:
    case T_CreateForeignServerStmt:
    case T_AlterForeignServerStmt:
    case T_CreateUserMappingStmt:
    case T_AlterUserMappingStmt:
    case T_DropUserMappingStmt:
    case T_ImportForeignSchemaStmt:
    case T_CreateSubscriptionStmt:
    case T_AlterSubscriptionStmt:
    case T_DropSubscriptionStmt:
      return true;
    default:
      return false;
  }
}

bool PartsOfUtility(const Node* node, Children& out) {
  switch (Tag(node)) {
    case T_RawStmt:
      out.Add(As<RawStmt>(node)->stmt);
      return true;
    case T_ExplainStmt:
      out.Add(As<ExplainStmt>(node)->options, As<ExplainStmt>(node)->query);
      return true;
    case T_CopyStmt: {
      const auto* s = As<CopyStmt>(node);
      out.Add(s->query, s->options, s->whereClause);
      return true;
    }
    case T_PrepareStmt:
      out.Add(As<PrepareStmt>(node)->argtypes, As<PrepareStmt>(node)->query);
      return true;
    case T_ExecuteStmt:
      out.Add(As<ExecuteStmt>(node)->params);
      return true;
    case T_DeclareCursorStmt:
      out.Add(As<DeclareCursorStmt>(node)->query);
      return true;
    case T_CallStmt:
      out.Add(As<CallStmt>(node)->funccall);
      return true;
    case T_DoStmt:
      out.Add(As<DoStmt>(node)->args);
      return true;
    case T_VariableSetStmt:
      out.Add(As<VariableSetStmt>(node)->args);
      return true;
    case T_TransactionStmt:
      out.Add(As<TransactionStmt>(node)->options);
      return true;
    case T_DeallocateStmt:
    case T_FetchStmt:
    case T_ClosePortalStmt:
    case T_LockStmt:
    case T_VacuumStmt:
    case T_ClusterStmt:
    case T_ReindexStmt:
    case T_RefreshMatViewStmt:
    case T_VariableShowStmt:
    case T_ConstraintsSetStmt:
    case T_DiscardStmt:
    case T_ListenStmt:
    case T_UnlistenStmt:
    case T_NotifyStmt:
    case T_CheckPointStmt:
    case T_LoadStmt:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool PartsOf(const Node* node, Children& parts) {
  // ChildrenOf leaves out CREATE FUNCTION … SET: it sets nothing now.
  if (Tag(node) == T_DefElem) {
    parts.Add(As<DefElem>(node)->arg);
    return true;
  }
  if (Tag(node) == T_IntoClause) {
    parts.Add(As<IntoClause>(node)->options);
    return true;
  }
  return ChildrenOf(node, parts) || PartsOfUtility(node, parts) || PartsOfCreate(node, parts) ||
         PartsOfAlter(node, parts) || PartsOfServerObject(node, parts);
}

}  // namespace pgmoat::policy
