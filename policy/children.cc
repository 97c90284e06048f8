#include "policy/children.h"

namespace pgmoat::policy {

namespace {

bool StatementChildren(const Node* node, Children& out) {
  switch (Tag(node)) {
    case T_SelectStmt: {
      const auto* s = As<SelectStmt>(node);
      out.Add(s->withClause, s->larg, s->rarg, s->intoClause);
      // SELECT DISTINCT without ON is a list of one null pointer.
      if (Length(s->distinctClause) > 0 && Item(s->distinctClause, 0) != nullptr) {
        out.Add(s->distinctClause);
      }
      out.Add(s->targetList, s->fromClause, s->whereClause, s->groupClause, s->havingClause,
              s->windowClause, s->valuesLists, s->sortClause);
      out.Add(s->limitOffset, s->limitCount, s->lockingClause);
      return true;
    }
    case T_InsertStmt: {
      const auto* s = As<InsertStmt>(node);
      out.Add(s->withClause, s->cols, s->selectStmt, s->onConflictClause, s->returningList);
      return true;
    }
    case T_UpdateStmt: {
      const auto* s = As<UpdateStmt>(node);
      out.Add(s->withClause, s->targetList, s->fromClause, s->whereClause, s->returningList);
      return true;
    }
    case T_DeleteStmt: {
      const auto* s = As<DeleteStmt>(node);
      out.Add(s->withClause, s->usingClause, s->whereClause, s->returningList);
      return true;
    }
    case T_MergeStmt: {
      const auto* s = As<MergeStmt>(node);
      out.Add(s->withClause, s->sourceRelation, s->joinCondition, s->mergeWhenClauses);
      return true;
    }
    case T_ReturnStmt:
      out.Add(As<ReturnStmt>(node)->returnval);
      return true;
    default:
      return false;
  }
}

bool ExpressionChildren(const Node* node, Children& out) {
  switch (Tag(node)) {
    case T_A_Const:
    case T_ColumnRef:
    case T_ParamRef:
    case T_A_Star:
    case T_String:
    case T_Integer:
    case T_Float:
    case T_Boolean:
    case T_BitString:
    case T_SQLValueFunction:
    case T_SetToDefault:
    case T_CurrentOfExpr:
      return true;
    case T_A_Expr:
      out.Add(As<A_Expr>(node)->lexpr, As<A_Expr>(node)->rexpr);
      return true;
    case T_FuncCall: {
      const auto* call = As<FuncCall>(node);
      out.Add(call->args, call->agg_order, call->agg_filter, call->over);
      return true;
    }
    case T_A_Indices:
      out.Add(As<A_Indices>(node)->lidx, As<A_Indices>(node)->uidx);
      return true;
    case T_A_Indirection:
      out.Add(As<A_Indirection>(node)->arg, As<A_Indirection>(node)->indirection);
      return true;
    case T_A_ArrayExpr:
      out.Add(As<A_ArrayExpr>(node)->elements);
      return true;
    case T_ResTarget:
      out.Add(As<ResTarget>(node)->indirection, As<ResTarget>(node)->val);
      return true;
    case T_MultiAssignRef:
      // SET (a, b, c) = (…): all columns share one source.  Reading it once keeps
      // the walk linear.
      if (As<MultiAssignRef>(node)->colno == 1) out.Add(As<MultiAssignRef>(node)->source);
      return true;
    case T_TypeCast:
      out.Add(As<TypeCast>(node)->arg, As<TypeCast>(node)->typeName);
      return true;
    case T_TypeName:
      out.Add(As<TypeName>(node)->typmods);
      return true;
    case T_CollateClause:
      out.Add(As<CollateClause>(node)->arg);
      return true;
    case T_SubLink:
      out.Add(As<SubLink>(node)->testexpr, As<SubLink>(node)->subselect);
      return true;
    case T_CaseExpr:
      out.Add(As<CaseExpr>(node)->arg, As<CaseExpr>(node)->args, As<CaseExpr>(node)->defresult);
      return true;
    case T_CaseWhen:
      out.Add(As<CaseWhen>(node)->expr, As<CaseWhen>(node)->result);
      return true;
    case T_BoolExpr:
      out.Add(As<BoolExpr>(node)->args);
      return true;
    case T_RowExpr:
      out.Add(As<RowExpr>(node)->args);
      return true;
    case T_CoalesceExpr:
      out.Add(As<CoalesceExpr>(node)->args);
      return true;
    case T_MinMaxExpr:
      out.Add(As<MinMaxExpr>(node)->args);
      return true;
    case T_GroupingFunc:
      out.Add(As<GroupingFunc>(node)->args);
      return true;
    case T_NamedArgExpr:
      out.Add(As<NamedArgExpr>(node)->arg);
      return true;
    case T_NullTest:
      out.Add(As<NullTest>(node)->arg);
      return true;
    case T_BooleanTest:
      out.Add(As<BooleanTest>(node)->arg);
      return true;
    case T_XmlExpr:
      out.Add(As<XmlExpr>(node)->named_args, As<XmlExpr>(node)->args);
      return true;
    case T_XmlSerialize:
      out.Add(As<XmlSerialize>(node)->expr, As<XmlSerialize>(node)->typeName);
      return true;
    default:
      return false;
  }
}

bool ClauseChildren(const Node* node, Children& out) {
  switch (Tag(node)) {
    case T_RangeVar:
    case T_Alias:
    case T_IntoClause:
    case T_LockingClause:
    case T_CTESearchClause:
      return true;
    case T_RangeSubselect:
      out.Add(As<RangeSubselect>(node)->subquery);
      return true;
    case T_RangeFunction:
      out.Add(As<RangeFunction>(node)->functions, As<RangeFunction>(node)->coldeflist);
      return true;
    case T_RangeTableFunc: {
      const auto* table = As<RangeTableFunc>(node);
      out.Add(table->docexpr, table->rowexpr, table->namespaces, table->columns);
      return true;
    }
    case T_RangeTableFuncCol: {
      const auto* column = As<RangeTableFuncCol>(node);
      out.Add(column->typeName, column->colexpr, column->coldefexpr);
      return true;
    }
    case T_RangeTableSample: {
      const auto* sample = As<RangeTableSample>(node);
      out.Add(sample->relation, sample->args, sample->repeatable);
      return true;
    }
    case T_JoinExpr:
      out.Add(As<JoinExpr>(node)->larg, As<JoinExpr>(node)->rarg, As<JoinExpr>(node)->quals);
      return true;
    case T_SortBy:
      out.Add(As<SortBy>(node)->node);
      return true;
    case T_WindowDef: {
      const auto* window = As<WindowDef>(node);
      out.Add(window->partitionClause, window->orderClause, window->startOffset,
              window->endOffset);
      return true;
    }
    case T_GroupingSet:
      out.Add(As<GroupingSet>(node)->content);
      return true;
    case T_WithClause:
      out.Add(As<WithClause>(node)->ctes);
      return true;
    case T_CommonTableExpr:
      out.Add(As<CommonTableExpr>(node)->ctequery, As<CommonTableExpr>(node)->search_clause,
              As<CommonTableExpr>(node)->cycle_clause);
      return true;
    case T_CTECycleClause:
      out.Add(As<CTECycleClause>(node)->cycle_mark_value,
              As<CTECycleClause>(node)->cycle_mark_default);
      return true;
    case T_InferClause:
      out.Add(As<InferClause>(node)->indexElems, As<InferClause>(node)->whereClause);
      return true;
    case T_OnConflictClause: {
      const auto* clause = As<OnConflictClause>(node);
      out.Add(clause->infer, clause->targetList, clause->whereClause);
      return true;
    }
    case T_MergeWhenClause: {
      const auto* when = As<MergeWhenClause>(node);
      out.Add(when->condition, when->targetList, when->values);
      return true;
    }
    default:
      return false;
  }
}

bool DefinitionChildren(const Node* node, Children& out) {
  switch (Tag(node)) {
    case T_ObjectWithArgs:
    case T_AccessPriv:
    case T_RoleSpec:
    case T_TriggerTransition:
    case T_ReplicaIdentityStmt:
    case T_CreateOpClassItem:
      return true;
    case T_ColumnDef: {
      const auto* column = As<ColumnDef>(node);
      out.Add(column->typeName, column->raw_default, column->collClause, column->constraints,
              column->fdwoptions);
      return true;
    }
    case T_Constraint: {
      const auto* constraint = As<Constraint>(node);
      out.Add(constraint->raw_expr, constraint->exclusions, constraint->options,
              constraint->where_clause, constraint->pktable);
      return true;
    }
    case T_IndexElem:
      out.Add(As<IndexElem>(node)->expr, As<IndexElem>(node)->opclassopts);
      return true;
    case T_StatsElem:
      out.Add(As<StatsElem>(node)->expr);
      return true;
    case T_PartitionElem:
      out.Add(As<PartitionElem>(node)->expr);
      return true;
    case T_PartitionSpec:
      out.Add(As<PartitionSpec>(node)->partParams);
      return true;
    case T_PartitionBoundSpec: {
      const auto* bound = As<PartitionBoundSpec>(node);
      out.Add(bound->listdatums, bound->lowerdatums, bound->upperdatums);
      return true;
    }
    case T_PartitionRangeDatum:
      out.Add(As<PartitionRangeDatum>(node)->value);
      return true;
    case T_PartitionCmd:
      out.Add(As<PartitionCmd>(node)->name, As<PartitionCmd>(node)->bound);
      return true;
    case T_TableLikeClause:
      out.Add(As<TableLikeClause>(node)->relation);
      return true;
    case T_FunctionParameter:
      out.Add(As<FunctionParameter>(node)->argType, As<FunctionParameter>(node)->defexpr);
      return true;
    case T_DefElem: {
      // CREATE FUNCTION … SET name = value holds inside the function only.
      const Node* argument = As<DefElem>(node)->arg;
      if (argument != nullptr && Tag(argument) != T_VariableSetStmt) out.Add(argument);
      return true;
    }
    case T_VacuumRelation:
      out.Add(As<VacuumRelation>(node)->relation);
      return true;
    case T_PublicationObjSpec:
      out.Add(As<PublicationObjSpec>(node)->pubtable);
      return true;
    case T_PublicationTable:
      out.Add(As<PublicationTable>(node)->relation, As<PublicationTable>(node)->whereClause);
      return true;
    default:
      return false;
  }
}

}  // namespace

bool ChildrenOf(const Node* node, Children& children) {
  return ExpressionChildren(node, children) || ClauseChildren(node, children) ||
         StatementChildren(node, children) || DefinitionChildren(node, children);
}

}  // namespace pgmoat::policy
