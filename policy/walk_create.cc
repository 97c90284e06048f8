// Definitions: CREATE of things in a database.
#include "policy/object_names.h"
#include "policy/walk.h"

namespace pgmoat::policy {

bool Walk::VisitCreate(const Node* node) {
  switch (Tag(node)) {
    case T_CreateStmt:
    case T_CreateForeignTableStmt: {
      const bool foreign = Tag(node) == T_CreateForeignTableStmt;
      const auto* create =
          foreign ? &As<CreateForeignTableStmt>(node)->base : As<CreateStmt>(node);
      AddStatement(Kind::kCreate, foreign ? "CREATE FOREIGN TABLE" : "CREATE TABLE");
      if (foreign) AddKind(Kind::kForeignServer);
      AddRelation(create->relation, Access::kCreate);
      facts_.temporary |= !foreign && depth_ == 1 && IsTemporary(create->relation);
      facts_.if_exists |= create->if_not_exists;
      Push(create->partspec);
      Push(create->partbound);
      Push(create->options);
      Push(create->constraints);
      Push(create->ofTypename);
      Push(create->tableElts);
      Push(create->inhRelations);
      return true;
    }
    case T_CreateTableAsStmt: {
      const auto* create = As<CreateTableAsStmt>(node);
      const bool view = create->objtype == OBJECT_MATVIEW;
      AddStatement(Kind::kSelectInto, view ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS");
      if (view) AddKind(Kind::kCreate);
      AddRelation(create->into->rel, Access::kCreate);
      facts_.temporary |= !view && IsTemporary(create->into->rel);
      facts_.if_exists |= create->if_not_exists;
      Push(create->into->options);
      Push(create->query);
      return true;
    }
    case T_ViewStmt: {
      const auto* view = As<ViewStmt>(node);
      AddStatement(Kind::kCreate, "CREATE VIEW");
      AddRelation(view->view, Access::kCreate);
      Push(view->options);
      Push(view->query);
      return true;
    }
    case T_IndexStmt: {
      const auto* index = As<IndexStmt>(node);
      AddStatement(Kind::kCreate, "CREATE INDEX");
      AddRelation(index->relation, Access::kAlter);
      facts_.concurrently |= index->concurrent;
      facts_.if_exists |= index->if_not_exists;
      Push(index->whereClause);
      Push(index->options);
      Push(index->indexParams);
      return true;
    }
    case T_CreateSeqStmt:
      AddStatement(Kind::kCreate, "CREATE SEQUENCE");
      AddRelation(As<CreateSeqStmt>(node)->sequence, Access::kCreate);
      facts_.if_exists |= As<CreateSeqStmt>(node)->if_not_exists;
      Push(As<CreateSeqStmt>(node)->options);
      return true;
    case T_CreateSchemaStmt:
      AddStatement(Kind::kCreate, "CREATE SCHEMA");
      facts_.if_exists |= As<CreateSchemaStmt>(node)->if_not_exists;
      Push(As<CreateSchemaStmt>(node)->schemaElts);
      return true;
    case T_CreateFunctionStmt: {
      const auto* function = As<CreateFunctionStmt>(node);
      AddStatement(Kind::kCreate,
                   function->is_procedure ? "CREATE PROCEDURE" : "CREATE FUNCTION");
      Push(function->sql_body);
      Push(function->options);
      Push(function->parameters);
      return true;
    }
    case T_CreateTrigStmt: {
      const auto* trigger = As<CreateTrigStmt>(node);
      AddStatement(Kind::kCreate, "CREATE TRIGGER");
      AddRelation(trigger->relation, Access::kAlter);
      Push(trigger->whenClause);
      return true;
    }
    case T_RuleStmt: {
      const auto* rule = As<RuleStmt>(node);
      AddStatement(Kind::kCreate, "CREATE RULE");
      AddRelation(rule->relation, Access::kAlter);
      Push(rule->actions);
      Push(rule->whereClause);
      return true;
    }
    case T_CreatePolicyStmt: {
      const auto* policy = As<CreatePolicyStmt>(node);
      AddStatement(Kind::kCreate, "CREATE POLICY");
      AddRelation(policy->table, Access::kAlter);
      Push(policy->with_check);
      Push(policy->qual);
      return true;
    }
    case T_CreateStatsStmt:
      AddStatement(Kind::kCreate, "CREATE STATISTICS");
      facts_.if_exists |= As<CreateStatsStmt>(node)->if_not_exists;
      Push(As<CreateStatsStmt>(node)->relations);
      Push(As<CreateStatsStmt>(node)->exprs);
      return true;
    default:
      return false;
  }
}

bool Walk::VisitCreateOther(const Node* node) {
  switch (Tag(node)) {
    case T_DefineStmt:
      AddStatement(Kind::kCreate, TagsOf(As<DefineStmt>(node)->kind).create);
      Push(As<DefineStmt>(node)->definition);
      return true;
    case T_CreateDomainStmt:
      AddStatement(Kind::kCreate, "CREATE DOMAIN");
      Push(As<CreateDomainStmt>(node)->constraints);
      return true;
    case T_CompositeTypeStmt:
    case T_CreateEnumStmt:
    case T_CreateRangeStmt:
      AddStatement(Kind::kCreate, "CREATE TYPE");
      return true;
    case T_CreateOpClassStmt:
      AddStatement(Kind::kCreate, "CREATE OPERATOR CLASS");
      return true;
    case T_CreateOpFamilyStmt:
      AddStatement(Kind::kCreate, "CREATE OPERATOR FAMILY");
      return true;
    case T_CreateConversionStmt:
      AddStatement(Kind::kCreate, "CREATE CONVERSION");
      return true;
    case T_CreateCastStmt:
      AddStatement(Kind::kCreate, "CREATE CAST");
      return true;
    case T_CreateTransformStmt:
      AddStatement(Kind::kCreate, "CREATE TRANSFORM");
      return true;
    case T_CreateExtensionStmt:
      AddStatement(Kind::kExtension, "CREATE EXTENSION");
      facts_.if_exists |= As<CreateExtensionStmt>(node)->if_not_exists;
      facts_.cascade |= HasOption(As<CreateExtensionStmt>(node)->options, "cascade");
      return true;
    case T_AlterExtensionStmt:
      AddStatement(Kind::kExtension, "ALTER EXTENSION");
      return true;
    case T_AlterExtensionContentsStmt:
      AddStatement(Kind::kExtension, "ALTER EXTENSION");
      return true;
    case T_CommentStmt:
      AddStatement(Kind::kComment, "COMMENT");
      return true;
    case T_SecLabelStmt:
      AddStatement(Kind::kComment, "SECURITY LABEL");
      return true;
    case T_DropStmt:
      VisitDrop(As<DropStmt>(node));
      return true;
    case T_GrantStmt:
      VisitGrant(As<GrantStmt>(node));
      return true;
    case T_AlterDefaultPrivilegesStmt:
      AddStatement(Kind::kPrivilege, "ALTER DEFAULT PRIVILEGES");
      return true;
    case T_TruncateStmt:
      AddStatement(Kind::kTruncate, "TRUNCATE");
      AddRelations(As<TruncateStmt>(node)->relations, Access::kWrite);
      NoteDropBehavior(As<TruncateStmt>(node)->behavior);
      return true;
    default:
      return false;
  }
}

}  // namespace pgmoat::policy
