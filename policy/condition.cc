#include "policy/condition.h"

#include "policy/same_expression.h"
#include "policy/setting_rules.h"

namespace pgmoat::policy {

namespace {

// Recursion is bounded: past this nobody wrote the condition by hand.
constexpr int kDeepest = 200;
// Pairs in an OR list are compared up to this length; `id = 1 OR id = 2 …` of an ORM
// may be thousands long.
constexpr int kLongestOr = 100;

bool LastNameIs(const List* names, std::string_view name) {
  const int count = Length(names);
  return count > 0 && StringOf(Item(names, count - 1)) == name;
}

bool IsBooleanType(const TypeName* type) {
  return LastNameIs(type->names, "bool") && Length(type->arrayBounds) == 0;
}

bool IsTextType(const TypeName* type) {
  return (LastNameIs(type->names, "text") || LastNameIs(type->names, "varchar")) &&
         Length(type->arrayBounds) == 0 && Length(type->typmods) == 0;
}

// Never null, in any row.
bool IsNeverNull(const Node* node) {
  switch (Tag(node)) {
    case T_ColumnRef: {
      const List* fields = As<ColumnRef>(node)->fields;
      for (const std::string_view system :
           {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"}) {
        if (LastNameIs(fields, system)) return true;
      }
      return false;
    }
    case T_A_Const:
      return !As<A_Const>(node)->isnull;
    case T_NullTest:
    case T_BooleanTest:
    case T_A_ArrayExpr:
    case T_SQLValueFunction:
      return true;
    case T_A_Expr:
      return As<A_Expr>(node)->kind == AEXPR_DISTINCT ||
             As<A_Expr>(node)->kind == AEXPR_NOT_DISTINCT;
    case T_SubLink:
      return As<SubLink>(node)->subLinkType == EXISTS_SUBLINK;
    case T_CoalesceExpr: {
      const List* args = As<CoalesceExpr>(node)->args;
      for (int i = 0; i < Length(args); ++i) {
        if (Tag(Item(args, i)) == T_A_Const && !As<A_Const>(Item(args, i))->isnull) return true;
      }
      return false;
    }
    default:
      return false;
  }
}

bool IsPlainAggregate(const Node* node) {
  if (node == nullptr || Tag(node) != T_FuncCall) return false;
  const auto* call = As<FuncCall>(node);
  if (call->over != nullptr) return false;
  if (call->agg_star) return true;
  for (const std::string_view name : {"count", "sum", "min", "max", "avg", "bool_and",
                                      "bool_or", "every", "array_agg", "string_agg"}) {
    if (LastNameIs(call->funcname, name)) return true;
  }
  return false;
}

// LIMIT ALL and OFFSET 0 take nothing away.
bool TakesAll(const SelectStmt* select) {
  const bool all = select->limitCount == nullptr ||
                   ConstantOf(select->limitCount).type == Constant::Type::kNull;
  if (select->limitOffset == nullptr) return all;
  const Constant offset = ConstantOf(select->limitOffset);
  return all && offset.type == Constant::Type::kInteger && offset.integer == 0;
}

// One FROM item, taken whole: no condition, limit or grouping of groups.
bool IsBare(const SelectStmt* select) {
  return select->op == SETOP_NONE && select->withClause == nullptr && TakesAll(select) &&
         select->havingClause == nullptr && select->valuesLists == nullptr;
}

const Node* OnlyTarget(const SelectStmt* select) {
  if (Length(select->targetList) != 1) return nullptr;
  return As<ResTarget>(Item(select->targetList, 0))->val;
}

}  // namespace

Truth Not(Truth truth) {
  if (truth == Truth::kTrue) return Truth::kFalse;
  if (truth == Truth::kFalse) return Truth::kTrue;
  return truth;
}

Truth Condition::And(Truth left, Truth right) {
  for (const Truth strongest :
       {Truth::kFalse, Truth::kNull, Truth::kVaries, Truth::kDoubt, Truth::kParameter}) {
    if (left == strongest || right == strongest) return strongest;
  }
  return Truth::kTrue;
}

Truth Condition::Or(Truth left, Truth right) {
  // An alternative that is the same for every row and that we cannot fold may well be
  // true: `id = 1 OR length('a') = 1`.  A parameter is another matter: `$1 IS NULL OR
  // id = $1` is how optional filters are written.
  for (const Truth strongest :
       {Truth::kTrue, Truth::kDoubt, Truth::kVaries, Truth::kParameter, Truth::kNull}) {
    if (left == strongest || right == strongest) return strongest;
  }
  return Truth::kFalse;
}

Truth Condition::Fold(const Node* node, int depth) {
  if (node == nullptr || ++depth > kDeepest || --nodes_left_ < 0) return Truth::kDoubt;
  switch (Tag(node)) {
    case T_A_Const:
      return FoldConstant(node);
    case T_ParamRef:
      return Truth::kParameter;
    case T_BoolExpr:
      return FoldBool(As<BoolExpr>(node), depth);
    case T_A_Expr:
      return FoldOperator(As<A_Expr>(node), depth);
    case T_TypeCast:
      return FoldCast(As<TypeCast>(node), depth);
    case T_CollateClause:
      return Fold(As<CollateClause>(node)->arg, depth);
    case T_NullTest:
      return FoldNullTest(As<NullTest>(node));
    case T_BooleanTest:
      return FoldBooleanTest(As<BooleanTest>(node), depth);
    case T_CoalesceExpr:
      return FoldCoalesce(As<CoalesceExpr>(node), depth);
    case T_CaseExpr:
      return FoldCase(As<CaseExpr>(node), depth);
    case T_SubLink:
      return FoldSubLink(As<SubLink>(node), depth);
    default:
      return ByDependence(node);
  }
}

Truth Condition::ByDependence(const void* node) {
  switch (DependenceOf(static_cast<const Node*>(node), target_, nodes_left_)) {
    case Dependence::kOnRow:
      return Truth::kVaries;
    case Dependence::kOnParameter:
      return Truth::kParameter;
    default:
      return Truth::kDoubt;
  }
}

bool Condition::Same(const Node* left, const Node* right) const {
  return SameExpression(left, right, target_);
}

Truth Condition::FoldBool(const BoolExpr* expression, int depth) {
  const List* args = expression->args;
  if (expression->boolop == NOT_EXPR) return Not(Fold(Item(args, 0), depth));
  const bool conjunction = expression->boolop == AND_EXPR;
  Truth truth = conjunction ? Truth::kTrue : Truth::kFalse;
  for (int i = 0; i < Length(args); ++i) {
    const Truth next = Fold(Item(args, i), depth);
    truth = conjunction ? And(truth, next) : Or(truth, next);
    // Settled: what follows cannot make an AND less able to exclude a row.
    if (truth == (conjunction ? Truth::kFalse : Truth::kTrue)) return truth;
  }
  if (conjunction || truth != Truth::kVaries || Length(args) > kLongestOr) return truth;
  for (int i = 0; i < Length(args); ++i) {
    for (int j = i + 1; j < Length(args); ++j) {
      if (AreComplements(Item(args, i), Item(args, j), target_)) return Truth::kTrue;
    }
  }
  return truth;
}

Truth Condition::FoldConstant(const Node* node) const {
  const Constant constant = ConstantOf(node);
  switch (constant.type) {
    case Constant::Type::kNull:
      return Truth::kNull;
    case Constant::Type::kBoolean:
    case Constant::Type::kInteger:  // 1::boolean
      return constant.integer != 0 ? Truth::kTrue : Truth::kFalse;
    case Constant::Type::kString:
      if (IsPlainlyTrue(constant.text)) return Truth::kTrue;
      return constant.text == "f" || constant.text == "false" ? Truth::kFalse : Truth::kDoubt;
    default:
      return Truth::kDoubt;
  }
}

Truth Condition::FoldCast(const TypeCast* cast, int depth) {
  const Node* arg = cast->arg;
  if (Tag(arg) == T_A_Const && As<A_Const>(arg)->isnull) return Truth::kNull;
  if (IsBooleanType(cast->typeName) || (IsTextType(cast->typeName) && Tag(arg) == T_A_Const)) {
    return Fold(arg, depth);
  }
  return ByDependence(cast);
}

Truth Condition::FoldNullTest(const NullTest* test) {
  const Node* arg = As<Node>(test->arg);
  const bool asks_null = test->nulltesttype == IS_NULL;
  const bool null_constant = Tag(arg) == T_A_Const && As<A_Const>(arg)->isnull;
  if (null_constant) return asks_null ? Truth::kTrue : Truth::kFalse;
  if (IsNeverNull(arg)) return asks_null ? Truth::kFalse : Truth::kTrue;
  return ByDependence(test);
}

Truth Condition::FoldBooleanTest(const BooleanTest* test, int depth) {
  const Truth arg = Fold(As<Node>(test->arg), depth);
  if (arg != Truth::kTrue && arg != Truth::kFalse && arg != Truth::kNull) return arg;
  bool holds = false;
  switch (test->booltesttype) {
    case IS_TRUE:
      holds = arg == Truth::kTrue;
      break;
    case IS_NOT_TRUE:
      holds = arg != Truth::kTrue;
      break;
    case IS_FALSE:
      holds = arg == Truth::kFalse;
      break;
    case IS_NOT_FALSE:
      holds = arg != Truth::kFalse;
      break;
    case IS_UNKNOWN:
      holds = arg == Truth::kNull;
      break;
    case IS_NOT_UNKNOWN:
      holds = arg != Truth::kNull;
      break;
  }
  return holds ? Truth::kTrue : Truth::kFalse;
}

Truth Condition::FoldCoalesce(const CoalesceExpr* expression, int depth) {
  for (int i = 0; i < Length(expression->args); ++i) {
    const Truth truth = Fold(Item(expression->args, i), depth);
    if (truth != Truth::kNull) return truth;
  }
  return Truth::kNull;
}

Truth Condition::FoldCase(const CaseExpr* expression, int depth) {
  bool can_be_true = false;
  bool can_be_false = false;
  Truth mixed = Truth::kFalse;  // of conditions and results that are not constant
  bool settled = false;
  auto note = [&](Truth result) {
    can_be_true |= result != Truth::kFalse && result != Truth::kNull;
    can_be_false |= result != Truth::kTrue;
    mixed = result == Truth::kTrue ? mixed : Or(mixed, result);
  };
  for (int i = 0; i < Length(expression->args) && !settled; ++i) {
    const auto* when = As<CaseWhen>(Item(expression->args, i));
    Truth met;
    if (expression->arg == nullptr) {
      met = Fold(As<Node>(when->expr), depth);
    } else if (Same(As<Node>(expression->arg), As<Node>(when->expr))) {
      met = Truth::kTrue;
    } else {
      const Truth value = ByDependence(expression->arg);
      const Truth compared = ByDependence(when->expr);
      met = value == Truth::kVaries || compared == Truth::kVaries ? Truth::kVaries
                                                                  : Or(value, compared);
    }
    if (met == Truth::kFalse || met == Truth::kNull) continue;
    settled = met == Truth::kTrue;
    if (!settled) mixed = Or(mixed, met);
    note(Fold(As<Node>(when->result), depth));
  }
  if (!settled) {
    note(expression->defresult == nullptr ? Truth::kNull
                                          : Fold(As<Node>(expression->defresult), depth));
  }
  if (!can_be_false) return Truth::kTrue;
  if (!can_be_true) return Truth::kFalse;
  return mixed;
}

// SELECT … WHERE false.  Only constants count: whose a column is, is a guess in here.
bool Condition::FindsNothing(const SelectStmt* select, int depth) {
  if (!IsBare(select) || select->whereClause == nullptr ||
      IsPlainAggregate(OnlyTarget(select))) {
    return false;
  }
  const auto is_false = [&](const Node* node) {
    if (Tag(node) == T_A_Expr) {
      const auto* expression = As<A_Expr>(node);
      if (expression->lexpr == nullptr || Tag(expression->lexpr) != T_A_Const ||
          expression->rexpr == nullptr || Tag(expression->rexpr) != T_A_Const) {
        return false;
      }
    } else if (Tag(node) != T_A_Const) {
      return false;
    }
    return Fold(node, depth) == Truth::kFalse;
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

Truth Condition::FoldSubLink(const SubLink* link, int depth) {
  const Node* query = link->subselect;
  if (query == nullptr || Tag(query) != T_SelectStmt) return ByDependence(link);
  const auto* select = As<SelectStmt>(query);
  if (FindsNothing(select, depth)) {
    if (link->subLinkType == ALL_SUBLINK) return Truth::kTrue;
    if (link->subLinkType == ANY_SUBLINK || link->subLinkType == EXISTS_SUBLINK) {
      return Truth::kFalse;
    }
  }
  switch (link->subLinkType) {
    case EXISTS_SUBLINK:
      return FoldExists(select, depth);
    case EXPR_SUBLINK:
      // (SELECT true)
      if (IsBare(select) && select->fromClause == nullptr && select->whereClause == nullptr &&
          OnlyTarget(select) != nullptr) {
        return Fold(OnlyTarget(select), depth);
      }
      return ByDependence(link);
    case ANY_SUBLINK: {
      const bool equality = link->operName == nullptr || LastNameIs(link->operName, "=");
      if (equality && SelectsColumnOfWholeTarget(select, link->testexpr, depth)) {
        return Truth::kTrue;
      }
      return ByDependence(link);
    }
    default:
      return ByDependence(link);
  }
}

Truth Condition::FoldExists(const SelectStmt* select, int depth) {
  if (select->valuesLists != nullptr && select->limitCount == nullptr &&
      select->limitOffset == nullptr) {
    return Truth::kTrue;
  }
  if (!IsBare(select)) return ByDependence(select);
  // An aggregate over no rows is a row.
  if (select->groupClause == nullptr && IsPlainAggregate(OnlyTarget(select))) {
    return Truth::kTrue;
  }
  if (select->fromClause == nullptr) {
    return select->whereClause == nullptr ? Truth::kTrue : Fold(select->whereClause, depth);
  }
  if (select->whereClause != nullptr && Length(select->fromClause) == 1 &&
      Tag(Item(select->fromClause, 0)) == T_RangeVar) {
    // EXISTS (SELECT 1 FROM t AS s WHERE s.id = t.id): every row finds itself.
    const auto* relation = As<RangeVar>(Item(select->fromClause, 0));
    if (target_.IsSameRelation(relation) && VisibleName(relation) != target_.name()) {
      Target inner = target_;
      inner.AddTwin(VisibleName(relation));
      Condition condition(inner);
      condition.nodes_left_ = nodes_left_;
      const Truth truth = condition.Fold(select->whereClause, depth);
      nodes_left_ = condition.nodes_left_;
      if (truth == Truth::kTrue) return truth;
    }
  }
  return ByDependence(select);
}

bool Condition::SelectsColumnOfWholeTarget(const SelectStmt* select, const Node* column,
                                           int depth) {
  const Node* selected = OnlyTarget(select);
  if (!IsBare(select) || selected == nullptr || column == nullptr) return false;
  if (select->whereClause != nullptr && Fold(select->whereClause, depth) != Truth::kTrue) {
    return false;
  }
  // x IN (SELECT x): the inner x is the outer one.
  if (select->fromClause == nullptr) return Same(selected, column);
  if (Length(select->fromClause) != 1 || Tag(Item(select->fromClause, 0)) != T_RangeVar) {
    return false;
  }
  const auto* relation = As<RangeVar>(Item(select->fromClause, 0));
  if (!target_.IsSameRelation(relation)) return false;
  Target inner = target_;
  inner.AddTwin(VisibleName(relation));
  return SameExpression(selected, column, inner);
}

}  // namespace pgmoat::policy
