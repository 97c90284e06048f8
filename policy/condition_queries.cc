// Conditions made of subqueries.  Where one sees every row of the target
// (condition_twins.cc), each row finds itself in it: `x IN (SELECT x FROM t)`, `EXISTS (SELECT
// 1 FROM t s WHERE s.id = t.id)`.
#include "policy/condition.h"
#include "policy/constants.h"
#include "policy/same_expression.h"

namespace pgmoat::policy {

namespace {

bool IsPlainAggregate(const Node* node) {
  if (node == nullptr || Tag(node) != T_FuncCall) return false;
  const auto* call = As<FuncCall>(node);
  if (call->over != nullptr) return false;
  if (call->agg_star) return true;
  const std::string_view called = LastName(call->funcname);
  for (const std::string_view name : {"count", "sum", "min", "max", "avg", "bool_and",
                                      "bool_or", "every", "array_agg", "string_agg"}) {
    if (called == name) return true;
  }
  return false;
}

bool TakesOne(const SelectStmt* select) {
  if (TakesAll(select)) return true;
  const auto limit = SignOf(ConstantOf(select->limitCount));
  return select->limitOffset == nullptr && limit && *limit > 0;
}

bool TakesNone(const SelectStmt* select) {
  const auto limit = SignOf(ConstantOf(select->limitCount));
  return limit && *limit == 0;
}

const Node* OnlyTarget(const SelectStmt* select) {
  if (Length(select->targetList) != 1) return nullptr;
  return As<ResTarget>(Item(select->targetList, 0))->val;
}

bool IsStar(const Node* node) {
  if (Tag(node) != T_ColumnRef) return false;
  const List* fields = As<ColumnRef>(node)->fields;
  return Tag(Item(fields, Length(fields) - 1)) == T_A_Star;
}

bool IsPlainValue(const Node* node) {
  return Tag(node) == T_ColumnRef || Tag(node) == T_A_Const || Tag(node) == T_ParamRef;
}

// `a`, `a = b`: no function, which may be one that returns many rows or none.
bool ShowsPlainValues(const SelectStmt* select) {
  for (int i = 0; i < Length(select->targetList); ++i) {
    const Node* value = As<ResTarget>(Item(select->targetList, i))->val;
    if (IsPlainValue(value)) continue;
    if (Tag(value) != T_A_Expr || As<A_Expr>(value)->kind != AEXPR_OP) return false;
    const auto* expression = As<A_Expr>(value);
    if (expression->lexpr != nullptr && !IsPlainValue(expression->lexpr)) return false;
    if (!IsPlainValue(expression->rexpr)) return false;
  }
  return true;
}

// As written: `t.id < id` may be two tables' columns.
bool IsSameColumn(const Node* left, const Node* right) {
  if (Tag(left) != T_ColumnRef || Tag(right) != T_ColumnRef) return false;
  const auto* a = As<ColumnRef>(left);
  const auto* b = As<ColumnRef>(right);
  return QualifierOf(a) == QualifierOf(b) && LastName(a->fields) == LastName(b->fields) &&
         !LastName(a->fields).empty();
}

// SELECT list against what is looked for in it: `x`, or `(a, b)` item by item.
bool ListsTheSame(const List* items, const Node* column, const Target& inner) {
  if (Length(items) == 1) {
    const Node* only = As<ResTarget>(Item(items, 0))->val;
    if (IsStar(only)) return true;
    if (Tag(column) != T_RowExpr) return SameExpression(only, column, inner);
  }
  if (Tag(column) != T_RowExpr) return false;
  const List* wanted = As<RowExpr>(column)->args;
  if (Length(items) != Length(wanted)) return false;
  for (int i = 0; i < Length(items); ++i) {
    if (!SameExpression(As<ResTarget>(Item(items, i))->val, Item(wanted, i), inner)) {
      return false;
    }
  }
  return true;
}

}  // namespace

Truth Condition::FoldSubLink(const SubLink* link, int depth) {
  const Node* query = link->subselect;
  if (query == nullptr || Tag(query) != T_SelectStmt) return ByDependence(link);
  const auto* select = As<SelectStmt>(query);
  if (FindsNothing(select)) {
    if (link->subLinkType == ALL_SUBLINK) return Truth::kTrue;
    if (link->subLinkType == ANY_SUBLINK || link->subLinkType == EXISTS_SUBLINK) {
      return Truth::kFalse;
    }
  }
  switch (link->subLinkType) {
    case EXISTS_SUBLINK:
      return FoldExists(select, depth);
    case EXPR_SUBLINK: {
      // (SELECT true)
      const Node* only = WithoutDisguise(As<Node>(link), target_);
      return only == As<Node>(link) ? ByDependence(link) : Fold(only, depth);
    }
    case ANY_SUBLINK: {
      const std::string_view op = link->operName == nullptr ? "=" : LastName(link->operName);
      const bool reflexive = op == "=" || op == "<=" || op == ">=";
      if (reflexive && SelectsWholeColumn(query, link->testexpr, depth)) return Truth::kTrue;
      return ByDependence(link);
    }
    default:
      return ByDependence(link);
  }
}

Truth Condition::FoldExists(const SelectStmt* select, int depth) {
  if (select->op == SETOP_UNION && TakesOne(select)) {
    const WithInScope scope(work_, select->withClause);
    if (depth > kMostNestedQueries) return Truth::kDoubt;
    const Truth left = FoldExists(select->larg, depth + 1);
    return left == Truth::kTrue ? left : Or(left, FoldExists(select->rarg, depth + 1));
  }
  if (select->op != SETOP_NONE || select->havingClause != nullptr || !TakesOne(select)) {
    return ByDependence(select);
  }
  if (select->valuesLists != nullptr) return Truth::kTrue;
  // An aggregate over no rows is a row.
  if (select->groupClause == nullptr && IsPlainAggregate(OnlyTarget(select))) {
    return Truth::kTrue;
  }
  if (select->fromClause == nullptr) {
    return select->whereClause == nullptr ? Truth::kTrue : Fold(select->whereClause, depth);
  }
  Target inner = target_;
  if (IsWhole(select, inner, depth)) return Truth::kTrue;
  const Truth truth = ByDependence(select);
  // What a row shows does not tell whether there is one: EXISTS (SELECT u.id = t.id FROM u).
  const bool whole_from = select->whereClause == nullptr && select->groupClause == nullptr &&
                          select->withClause == nullptr;
  if (truth != Truth::kVaries || !whole_from || !ShowsPlainValues(select)) return truth;
  return ByDependence(select->fromClause);
}

// SELECT … WHERE false, LIMIT 0.  Only what holds whosever the columns are counts.
bool Condition::FindsNothing(const SelectStmt* select) {
  if (TakesNone(select)) return true;
  if (select->op != SETOP_NONE || select->whereClause == nullptr ||
      (select->groupClause == nullptr && IsPlainAggregate(OnlyTarget(select)))) {
    return false;
  }
  const auto is_false = [&](const Node* node) {
    if (Tag(node) == T_A_Const) return Fold(node) == Truth::kFalse;
    if (Tag(node) != T_A_Expr || As<A_Expr>(node)->kind != AEXPR_OP) return false;
    const auto* expression = As<A_Expr>(node);
    const std::string_view op = OperatorName(expression);
    if (expression->lexpr == nullptr) return false;
    if ((op == "<>" || op == "<" || op == ">") &&
        IsSameColumn(expression->lexpr, expression->rexpr)) {
      return true;
    }
    const auto holds = CompareConstants(PlainConstant(expression->lexpr), op,
                                        PlainConstant(expression->rexpr));
    return holds && !*holds;
  };
  const Node* where = select->whereClause;
  if (Tag(where) != T_BoolExpr || As<BoolExpr>(where)->boolop != AND_EXPR) {
    return is_false(where);
  }
  const List* terms = As<BoolExpr>(where)->args;
  for (int i = 0; i < Length(terms); ++i) {
    if (is_false(Item(terms, i))) return true;
  }
  return false;
}

// `column IN (query)` holds for every row.
bool Condition::SelectsWholeColumn(const Node* query, const Node* column, int depth) {
  if (query == nullptr || column == nullptr || Tag(query) != T_SelectStmt) return false;
  if (++depth > kMostNestedQueries || --work_.nodes_left < 0) {
    work_.gave_up = true;
    return false;
  }
  const auto* select = As<SelectStmt>(query);
  if (select->op != SETOP_NONE) {
    if (select->op == SETOP_EXCEPT || !TakesAll(select)) return false;
    const WithInScope scope(work_, select->withClause);
    const bool left = SelectsWholeColumn(As<Node>(select->larg), column, depth);
    if (left == (select->op == SETOP_UNION)) return left;
    return SelectsWholeColumn(As<Node>(select->rarg), column, depth);
  }
  if (select->fromClause == nullptr) return SelectsOuterColumn(select, column);
  Target inner = target_;
  if (!IsWhole(select, inner, depth)) return false;
  // A limit takes nothing from a query that is bound to the outer row.
  const bool bound = select->whereClause != nullptr && TakesOne(select) &&
                     ByDependence(select->whereClause) == Truth::kVaries;
  return (TakesAll(select) || bound) && ListsTheSame(select->targetList, column, inner);
}

// x IN (SELECT x), x IN (VALUES (1), (x)): the inner x is the outer one.
bool Condition::SelectsOuterColumn(const SelectStmt* select, const Node* column) {
  if (!TakesOne(select) || select->havingClause != nullptr) return false;
  for (int i = 0; i < Length(select->valuesLists); ++i) {
    const List* row = As<List>(Item(select->valuesLists, i));
    const bool wide = Tag(column) == T_RowExpr;
    const List* wanted = wide ? As<RowExpr>(column)->args : nullptr;
    if (Length(row) != (wide ? Length(wanted) : 1)) continue;
    bool same = true;
    for (int j = 0; j < Length(row) && same; ++j) {
      same = Same(Item(row, j), wide ? Item(wanted, j) : column);
    }
    if (same) return true;
  }
  if (select->targetList == nullptr) return false;
  if (select->whereClause != nullptr && Fold(select->whereClause) != Truth::kTrue) return false;
  return ListsTheSame(select->targetList, column, target_);
}

// (SELECT min(x) FROM t), (SELECT array_agg(x) FROM t): of the whole column.
bool Condition::IsExtreme(const Node* query, std::string_view aggregate, const Node* column,
                          int depth) {
  if (query == nullptr || Tag(query) != T_SelectStmt) return false;
  const auto* select = As<SelectStmt>(query);
  const Node* only = OnlyTarget(select);
  if (only == nullptr || Tag(only) != T_FuncCall || select->groupClause != nullptr)
    return false;
  const auto* call = As<FuncCall>(only);
  if (LastName(call->funcname) != aggregate || Length(call->args) != 1 ||
      call->agg_filter != nullptr) {
    return false;
  }
  Target inner = target_;
  return IsWhole(select, inner, depth) && SameExpression(Item(call->args, 0), column, inner);
}

// (SELECT count(*) FROM t s WHERE s.id = t.id): at least one.
bool Condition::CountsOwnRow(const Node* query, int depth) {
  if (query == nullptr || Tag(query) != T_SelectStmt) return false;
  const auto* select = As<SelectStmt>(query);
  const Node* only = OnlyTarget(select);
  if (only == nullptr || Tag(only) != T_FuncCall || select->groupClause != nullptr)
    return false;
  const auto* call = As<FuncCall>(only);
  Target inner = target_;
  return LastName(call->funcname) == "count" && call->agg_filter == nullptr &&
         IsWhole(select, inner, depth);
}

}  // namespace pgmoat::policy
