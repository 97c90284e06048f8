#include "policy/condition.h"

#include "policy/alternatives.h"
#include "policy/constants.h"
#include "policy/same_expression.h"
#include "policy/setting_rules.h"

namespace pgmoat::policy {

namespace {

// Recursion is bounded: past this nobody wrote the condition by hand.
constexpr int kDeepest = 200;
bool IsBooleanType(const TypeName* type) {
  return LastName(type->names) == "bool" && Length(type->arrayBounds) == 0;
}

bool IsTextType(const TypeName* type) {
  return (LastName(type->names) == "text" || LastName(type->names) == "varchar") &&
         Length(type->arrayBounds) == 0 && Length(type->typmods) == 0;
}

// Never null, in any row.
bool IsNeverNull(const Node* node) {
  switch (Tag(node)) {
    case T_ColumnRef: {
      const std::string_view column = LastName(As<ColumnRef>(node)->fields);
      for (const std::string_view system :
           {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"}) {
        if (column == system) return true;
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

bool IsPlainOperand(const Node* node) {
  if (node == nullptr) return false;
  if (Tag(node) == T_TypeCast) node = As<TypeCast>(node)->arg;
  return Tag(node) == T_ColumnRef || Tag(node) == T_ParamRef ||
         (Tag(node) == T_A_Const && !As<A_Const>(node)->isnull);
}

// `id = 1`: NULL only where a column is, and NULLs are looked past.  Not so
// `data ->> 'a' = 'b'`.
bool IsPlainComparison(const Node* node) {
  if (Tag(node) == T_BoolExpr) {
    const List* args = As<BoolExpr>(node)->args;
    for (int i = 0; i < Length(args); ++i) {
      if (Tag(Item(args, i)) == T_BoolExpr || !IsPlainComparison(Item(args, i))) return false;
    }
    return true;
  }
  if (Tag(node) != T_A_Expr) return false;
  const auto* expression = As<A_Expr>(node);
  switch (expression->kind) {
    case AEXPR_OP:
      return !NegatorOf(OperatorName(expression)).empty() &&
             IsPlainOperand(expression->lexpr) && IsPlainOperand(expression->rexpr);
    case AEXPR_IN:
    case AEXPR_BETWEEN:
    case AEXPR_NOT_BETWEEN:
    case AEXPR_LIKE:
    case AEXPR_ILIKE:
      return IsPlainOperand(expression->lexpr);
    default:
      return false;
  }
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
  // true: `id = 1 OR length('a') = 1`; so may `$1 IS NULL OR id = $1`, which is every
  // row when $1 is null.
  for (const Truth strongest :
       {Truth::kTrue, Truth::kDoubt, Truth::kParameter, Truth::kVaries, Truth::kNull}) {
    if (left == strongest || right == strongest) return strongest;
  }
  return Truth::kFalse;
}

Truth Condition::Fold(const Node* node, int depth) {
  if (node == nullptr || ++depth > kDeepest || --work_.nodes_left < 0) {
    work_.gave_up = true;
    return Truth::kDoubt;
  }
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
    case T_MinMaxExpr:
      return FoldMinMax(As<MinMaxExpr>(node), depth);
    case T_CaseExpr:
      return FoldCase(As<CaseExpr>(node), depth);
    case T_SubLink:
      return FoldSubLink(As<SubLink>(node), depth);
    case T_FuncCall:
      return FoldCall(As<FuncCall>(node));
    default:
      return ByDependence(node);
  }
}

Truth Condition::ByDependence(const void* node) {
  switch (DependenceOf(static_cast<const Node*>(node), target_, work_.nodes_left)) {
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
  if (truth != Truth::kVaries) return truth;
  if (conjunction) return ExcludeEachOther(args, target_) ? Truth::kFalse : truth;
  return CoverEveryRow(args, target_) ? Truth::kTrue : truth;
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
  if (IsNeverNull(arg) || IsPlainComparison(arg)) {
    return asks_null ? Truth::kFalse : Truth::kTrue;
  }
  // NULLIF(x, x)
  if (Tag(arg) == T_A_Expr && As<A_Expr>(arg)->kind == AEXPR_NULLIF &&
      Same(As<A_Expr>(arg)->lexpr, As<A_Expr>(arg)->rexpr)) {
    return asks_null ? Truth::kTrue : Truth::kFalse;
  }
  // A whole row IS NULL only when each of its columns is.
  const bool row = Tag(arg) == T_ColumnRef && target_.ColumnOf(As<ColumnRef>(arg)) == "*";
  if (row && asks_null) return Truth::kFalse;
  return ByDependence(test);
}

Truth Condition::FoldBooleanTest(const BooleanTest* test, int depth) {
  const bool asks_unknown =
      test->booltesttype == IS_UNKNOWN || test->booltesttype == IS_NOT_UNKNOWN;
  if (asks_unknown && IsPlainComparison(As<Node>(test->arg))) {
    return test->booltesttype == IS_UNKNOWN ? Truth::kFalse : Truth::kTrue;
  }
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

// Of booleans greatest is OR and least is AND, but that they look past nulls.
Truth Condition::FoldMinMax(const MinMaxExpr* expression, int depth) {
  Truth all = Truth::kNull;
  for (int i = 0; i < Length(expression->args); ++i) {
    const Truth truth = Fold(Item(expression->args, i), depth);
    if (truth == Truth::kNull) continue;
    if (all == Truth::kNull) {
      all = truth;
    } else {
      all = expression->op == IS_GREATEST ? Or(all, truth) : And(all, truth);
    }
  }
  return all;
}

Truth Condition::FoldWhen(const CaseExpr* expression, const CaseWhen* when, int depth) {
  const Node* value = As<Node>(when->expr);
  if (expression->arg == nullptr) return Fold(value, depth);
  if (Same(As<Node>(expression->arg), value)) return Truth::kTrue;
  const Truth left = ByDependence(expression->arg);
  const Truth right = ByDependence(value);
  return left == Truth::kVaries || right == Truth::kVaries ? Truth::kVaries : Or(left, right);
}

Truth Condition::FoldCase(const CaseExpr* expression, int depth) {
  bool all_true = true;
  bool none_true = true;
  bool any_excludes = false;
  bool every_row_may_stay = false;  // a branch for all rows alike excludes none of them
  bool chosen_by_row = false;       // so far
  auto note = [&](Truth met, Truth result) {
    chosen_by_row |= met == Truth::kVaries;
    all_true &= result == Truth::kTrue;
    none_true &= result == Truth::kFalse || result == Truth::kNull;
    any_excludes |= CanExclude(result);
    every_row_may_stay |= !chosen_by_row && !CanExclude(result);
  };
  bool settled = false;
  for (int i = 0; i < Length(expression->args) && !settled; ++i) {
    const auto* when = As<CaseWhen>(Item(expression->args, i));
    const Truth met = FoldWhen(expression, when, depth);
    if (met == Truth::kFalse || met == Truth::kNull) continue;
    settled = met == Truth::kTrue;
    note(met, Fold(As<Node>(when->result), depth));
  }
  if (!settled) {
    const auto* otherwise = As<Node>(expression->defresult);
    note(Truth::kTrue, otherwise == nullptr ? Truth::kNull : Fold(otherwise, depth));
  }
  if (all_true) return Truth::kTrue;
  if (none_true) return Truth::kFalse;
  return every_row_may_stay || !any_excludes ? Truth::kDoubt : Truth::kVaries;
}

}  // namespace pgmoat::policy
