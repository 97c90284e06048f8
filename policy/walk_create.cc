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
      NoteCreated(create->relation, create->oncommit);
      facts_.if_not_exists |= create->if_not_exists;
      Push(create->partspec);
      Push(create->partbound);
      Push(create->options);
      Push(create->constraints);
      Push(create->ofTypename);
      Push(create->tableElts);
      Push(create->inhRelations);
      facts_.joins_parent |= create->inhRelations != nullptr;
      return true;
    }
    case T_CreateTableAsStmt: {
      const auto* create = As<CreateTableAsStmt>(node);
      const bool view = create->objtype == OBJECT_MATVIEW;
      AddStatement(Kind::kSelectInto, view ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS");
      if (view) AddKind(Kind::kCreate);
      NoteCreated(create->into->rel, create->into->onCommit);
      facts_.if_not_exists |= create->if_not_exists;
      Push(create->into->options);
      Push(create->query);
      return true;
    }
    case T_ViewStmt: {
      const auto* view = As<ViewStmt>(node);
      AddStatement(Kind::kCreate, "CREATE VIEW");
      NoteReplaced(view->replace);
      NoteCreated(view->view, ONCOMMIT_NOOP);
      Push(view->options);
      Push(view->query);
      return true;
    }
    case T_IndexStmt: {
      const auto* index = As<IndexStmt>(node);
      AddStatement(Kind::kCreate, "CREATE INDEX");
      AddRelation(index->relation, Access::kAlter);
      facts_.concurrently |= index->concurrent;
      facts_.if_not_exists |= index->if_not_exists;
      Push(index->whereClause);
      Push(index->options);
      Push(index->indexParams);
      return true;
    }
    case T_CreateSeqStmt:
      AddStatement(Kind::kCreate, "CREATE SEQUENCE");
      NoteCreated(As<CreateSeqStmt>(node)->sequence, ONCOMMIT_NOOP);
      facts_.if_not_exists |= As<CreateSeqStmt>(node)->if_not_exists;
      Push(As<CreateSeqStmt>(node)->options);
      return true;
    case T_CreateSchemaStmt:
      AddStatement(Kind::kCreate, "CREATE SCHEMA");
      facts_.if_not_exists |= As<CreateSchemaStmt>(node)->if_not_exists;
      Push(As<CreateSchemaStmt>(node)->schemaElts);
      return true;
    case T_CreateFunctionStmt:
      VisitFunction(As<CreateFunctionStmt>(node));
      return true;
    case T_CreateTrigStmt: {
      const auto* trigger = As<CreateTrigStmt>(node);
      AddStatement(Kind::kCreate, "CREATE TRIGGER");
      NoteReplaced(trigger->replace);
      AddRelation(trigger->relation, Access::kAlter);
      AddFunction(trigger->funcname);
      Push(trigger->whenClause);
      return true;
    }
    case T_RuleStmt:
      VisitRule(As<RuleStmt>(node));
      return true;
    case T_Constraint:
      NoteNames(node);
      PushChildren(node);
      return true;
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
      facts_.if_not_exists |= As<CreateStatsStmt>(node)->if_not_exists;
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
      NoteReplaced(As<DefineStmt>(node)->replace);
      facts_.if_not_exists |= As<DefineStmt>(node)->if_not_exists;
      AddSupportFunctions(As<DefineStmt>(node)->definition);
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
    case T_CreateOpClassStmt: {
      AddStatement(Kind::kCreate, "CREATE OPERATOR CLASS");
      const List* items = As<CreateOpClassStmt>(node)->items;
      for (int i = 0; i < Length(items); ++i) {
        const auto* item = As<CreateOpClassItem>(Item(items, i));
        if (item->itemtype == OPCLASS_ITEM_FUNCTION) AddFunction(item->name->objname);
      }
      return true;
    }
    case T_CreateOpFamilyStmt:
      AddStatement(Kind::kCreate, "CREATE OPERATOR FAMILY");
      return true;
    case T_CreateConversionStmt:
      AddStatement(Kind::kCreate, "CREATE CONVERSION");
      AddFunction(As<CreateConversionStmt>(node)->func_name);
      return true;
    case T_CreateCastStmt:
      AddStatement(Kind::kCreate, "CREATE CAST");
      if (As<CreateCastStmt>(node)->func != nullptr) {
        AddFunction(As<CreateCastStmt>(node)->func->objname);
      }
      return true;
    case T_CreateTransformStmt:
      AddStatement(Kind::kCreate, "CREATE TRANSFORM");
      return true;
    case T_CreateExtensionStmt: {
      const auto* extension = As<CreateExtensionStmt>(node);
      AddStatement(Kind::kExtension, "CREATE EXTENSION");
      facts_.extensions.emplace_back(View(extension->extname));
      facts_.if_not_exists |= extension->if_not_exists;
      facts_.cascade |= HasOption(extension->options, "cascade");
      return true;
    }
    case T_AlterExtensionStmt:
      AddStatement(Kind::kExtension, "ALTER EXTENSION");
      AddKind(Kind::kAlterChanging);
      facts_.extensions.emplace_back(View(As<AlterExtensionStmt>(node)->extname));
      return true;
    case T_AlterExtensionContentsStmt:
      // ADD makes DROP EXTENSION take the object along and pg_dump leave it out; DROP lets
      // go of what the extension needs.
      AddStatement(Kind::kExtension, "ALTER EXTENSION");
      AddKind(Kind::kAlterDestructive);
      facts_.loses_protection = true;
      facts_.extensions.emplace_back(View(As<AlterExtensionContentsStmt>(node)->extname));
      return true;
    case T_CommentStmt:
      AddStatement(Kind::kComment, "COMMENT");
      AddObjectRelation(As<CommentStmt>(node)->objtype, As<CommentStmt>(node)->object,
                        Access::kAlter);
      return true;
    case T_SecLabelStmt:
      AddStatement(Kind::kComment, "SECURITY LABEL");
      AddObjectRelation(As<SecLabelStmt>(node)->objtype, As<SecLabelStmt>(node)->object,
                        Access::kAlter);
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
      facts_.loses_data = true;
      AddRelations(As<TruncateStmt>(node)->relations, Access::kWrite);
      NoteDropBehavior(As<TruncateStmt>(node)->behavior);
      return true;
    default:
      return false;
  }
}

}  // namespace pgmoat::policy
