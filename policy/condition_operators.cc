// Conditions made of operators: comparisons, IN, LIKE, BETWEEN, ANY, ALL.
#include "policy/condition.h"
#include "policy/constants.h"
#include "policy/patterns.h"
#include "policy/same_expression.h"

namespace pgmoat::policy {

namespace {

// Constants of an IN list that are held against the likes of `x - x`.
constexpr int kMostInDisguise = 100;

Truth FromBool(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

bool IsComparison(std::string_view op) {
  return op == "=" || op == "<>" || op == "<" || op == "<=" || op == ">" || op == ">=";
}

bool IsMatch(std::string_view op) {
  return op == "~~" || op == "~~*" || op == "!~~" || op == "!~~*" || op == "~" || op == "~*" ||
         op == "!~" || op == "!~*";
}

// `x op x` holds.
bool IsReflexive(std::string_view op) {
  return op == "@>" || op == "<@" || op == "&&" || op == "~=" || op == "^@";
}

// The pattern of LIKE, ILIKE and SIMILAR TO, out of the function that ESCAPE and
// SIMILAR wrap it in.
const Node* PatternOf(const Node* node) {
  if (node == nullptr || Tag(node) != T_FuncCall) return node;
  const auto* call = As<FuncCall>(node);
  const std::string_view name = LastName(call->funcname);
  const bool escape =
      name == "like_escape" || name == "similar_to_escape" || name == "similar_escape";
  return escape && Length(call->args) > 0 ? Item(call->args, 0) : node;
}

bool MatchesAnything(const Node* pattern, bool like) {
  const auto text = PlainText(PatternOf(pattern));
  if (!text) return false;
  return like ? LikeMatchesAnything(*text) : RegexMatchesAnything(*text);
}

bool IsEmptyText(const Node* node) {
  const Constant constant = PlainConstant(node);
  return constant.type == Constant::Type::kString && constant.text.empty();
}

// Both true and false are among them, or `op` is <> and two of them differ.
bool LeaveNothingOut(const List* items, std::string_view op) {
  bool yes = false;
  bool no = false;
  const Constant first = Length(items) > 0 ? PlainConstant(Item(items, 0)) : Constant{};
  for (int i = 0; i < Length(items); ++i) {
    const Constant item = PlainConstant(Item(items, i));
    if (op == "<>") {
      const auto differ = CompareConstants(first, "<>", item);
      if (differ && *differ) return true;
    } else if (item.type == Constant::Type::kBoolean) {
      (item.integer != 0 ? yes : no) = true;
      if (yes && no) return true;
    }
  }
  return false;
}

// '{t,f}'
bool HoldsBothBooleans(const Node* node) {
  if (node != nullptr && Tag(node) == T_TypeCast) node = As<TypeCast>(node)->arg;
  const Constant constant = ConstantOf(node);
  if (constant.type != Constant::Type::kString) return false;
  for (const std::string_view both : {"{t,f}", "{f,t}", "{true,false}", "{false,true}"}) {
    if (constant.text == both) return true;
  }
  return false;
}

}  // namespace

Truth Condition::FoldOperator(const A_Expr* expression, int depth) {
  switch (expression->kind) {
    case AEXPR_OP:
      return FoldComparison(expression, depth);
    case AEXPR_OP_ANY:
    case AEXPR_OP_ALL:
      return FoldAny(expression, depth);
    case AEXPR_DISTINCT:
    case AEXPR_NOT_DISTINCT:
      return FoldDistinct(expression);
    case AEXPR_IN:
      return FoldIn(expression, depth);
    case AEXPR_LIKE:
    case AEXPR_ILIKE:
      return FoldLike(expression, OperatorName(expression));
    case AEXPR_SIMILAR:
      // Its operator is that of a regular expression, its pattern still SQL's.
      return FoldLike(expression, OperatorName(expression) == "~" ? "~~" : "!~~");
    case AEXPR_BETWEEN:
    case AEXPR_NOT_BETWEEN:
    case AEXPR_BETWEEN_SYM:
    case AEXPR_NOT_BETWEEN_SYM:
      return FoldBetween(expression, depth);
    default:
      return ByDependence(expression);
  }
}

Truth Condition::FoldComparison(const A_Expr* expression, int depth) {
  const Node* left = expression->lexpr;
  const Node* right = expression->rexpr;
  const std::string_view op = OperatorName(expression);
  if (left == nullptr || right == nullptr) return ByDependence(expression);
  if (IsMatch(op)) return FoldLike(expression, op);
  if (IsReflexive(op)) {
    const bool all = Same(left, right) || (op == "@>" && IsEmptyArray(right)) ||
                     (op == "<@" && IsEmptyArray(left)) || (op == "^@" && IsEmptyText(right));
    return all ? Truth::kTrue : ByDependence(expression);
  }
  if (!IsComparison(op)) return ByDependence(expression);
  const auto truth = Compare(left, op, right, depth);
  return truth ? *truth : ByDependence(expression);
}

Truth Condition::FoldDistinct(const A_Expr* expression) {
  const bool distinct = expression->kind == AEXPR_DISTINCT;
  const Node* left = expression->lexpr;
  const Node* right = expression->rexpr;
  if (Same(left, right)) return FromBool(!distinct);
  const Constant a = PlainConstant(left);
  const Constant b = PlainConstant(right);
  const bool left_null = a.type == Constant::Type::kNull;
  const bool right_null = b.type == Constant::Type::kNull;
  if (left_null && right_null) return FromBool(!distinct);
  if (a.type != Constant::Type::kNone && b.type != Constant::Type::kNone) {
    if (left_null || right_null) return FromBool(distinct);
    const auto equal = CompareConstants(a, "=", b);
    if (equal) return FromBool(*equal != distinct);
  }
  // A whole row never is NULL, nor is a ctid.
  const Node* other = right_null ? left : left_null ? right : nullptr;
  if (other != nullptr && Tag(other) == T_ColumnRef) {
    const std::string_view column = target_.ColumnOf(As<ColumnRef>(other));
    if (column == "*" || column == "ctid") return FromBool(distinct);
  }
  return ByDependence(expression);
}

Truth Condition::FoldAny(const A_Expr* expression, int depth) {
  const Node* left = expression->lexpr;
  const Node* right = expression->rexpr;
  const std::string_view op = OperatorName(expression);
  const bool all = expression->kind == AEXPR_OP_ALL;
  if (IsEmptyArray(right)) return FromBool(all);
  if (Tag(right) == T_SubLink && As<SubLink>(right)->subLinkType == ARRAY_SUBLINK &&
      Tag(As<SubLink>(right)->subselect) == T_SelectStmt) {
    const Node* query = As<SubLink>(right)->subselect;
    if (all && FindsNothing(As<SelectStmt>(query))) return Truth::kTrue;
    if (!all && op == "=" && SelectsWholeColumn(query, left, depth)) return Truth::kTrue;
  }
  // (SELECT array_agg(x) FROM t)
  const Node* array = right;
  while (Tag(array) == T_TypeCast) array = As<TypeCast>(array)->arg;
  if (!all && op == "=" && Tag(array) == T_SubLink &&
      IsExtreme(As<SubLink>(array)->subselect, "array_agg", left, depth)) {
    return Truth::kTrue;
  }
  if (!all && op == "=" && HoldsBothBooleans(right)) return Truth::kTrue;
  if (Tag(right) != T_A_ArrayExpr) return ByDependence(expression);
  const List* elements = As<A_ArrayExpr>(right)->elements;
  if (!all && (op == "=" || op == "<>") && LeaveNothingOut(elements, op)) return Truth::kTrue;
  bool each = all;
  for (int i = 0; i < Length(elements); ++i) {
    const bool holds = IsMatch(op) && op[0] == '~'
                           ? MatchesAnything(Item(elements, i), op[1] == '~')
                           : op == "=" && Same(left, Item(elements, i));
    if (!all && holds) return Truth::kTrue;
    each &= holds;
  }
  return each ? Truth::kTrue : ByDependence(expression);
}

Truth Condition::FoldIn(const A_Expr* expression, int depth) {
  const bool negated = OperatorName(expression) == "<>";
  const Node* left = expression->lexpr;
  if (expression->rexpr == nullptr || Tag(expression->rexpr) != T_List) {
    return ByDependence(expression);
  }
  const List* list = As<List>(expression->rexpr);
  const Constant constant = PlainConstant(left);
  bool all_differ = constant.type != Constant::Type::kNone;
  if (LeaveNothingOut(list, "=")) return FromBool(!negated);
  for (int i = 0; i < Length(list); ++i) {
    const Node* item = Item(list, i);
    // What is not constant by itself is none of a long list's constants.
    if (Tag(item) != T_A_Const || i < kMostInDisguise) {
      const auto equal = Compare(left, "=", item, depth);
      if (equal && *equal == Truth::kTrue) return FromBool(!negated);
    }
    if (!all_differ) continue;
    const auto equal = CompareConstants(constant, "=", PlainConstant(item));
    all_differ = equal.has_value() && !*equal;
  }
  return all_differ ? FromBool(negated) : ByDependence(expression);
}

Truth Condition::FoldLike(const A_Expr* expression, std::string_view op) {
  const bool negated = !op.empty() && op[0] == '!';
  const bool like = op.find("~~") != std::string_view::npos;
  if (MatchesAnything(expression->rexpr, like)) return FromBool(!negated);
  if (like && expression->lexpr != nullptr) {
    if (Same(expression->lexpr, expression->rexpr)) return FromBool(!negated);
    const auto truth = CompareWithChoice(expression->lexpr, expression->rexpr);
    if (truth) return *truth;
  }
  return ByDependence(expression);
}

Truth Condition::FoldBetween(const A_Expr* expression, int depth) {
  const bool negated =
      expression->kind == AEXPR_NOT_BETWEEN || expression->kind == AEXPR_NOT_BETWEEN_SYM;
  const bool symmetric =
      expression->kind == AEXPR_BETWEEN_SYM || expression->kind == AEXPR_NOT_BETWEEN_SYM;
  if (expression->rexpr == nullptr || Tag(expression->rexpr) != T_List) {
    return ByDependence(expression);
  }
  const Node* value = expression->lexpr;
  const Node* first = Item(As<List>(expression->rexpr), 0);
  const Node* second = Item(As<List>(expression->rexpr), 1);
  const auto within = [&](const Node* low, const Node* high) {
    const auto above = Compare(value, ">=", low, depth);
    const auto below = Compare(value, "<=", high, depth);
    if ((above && *above == Truth::kFalse) || (below && *below == Truth::kFalse)) {
      return Truth::kFalse;
    }
    return above && below ? And(*above, *below) : ByDependence(expression);
  };
  Truth truth = within(first, second);
  if (symmetric) truth = Or(truth, within(second, first));
  return negated ? Not(truth) : truth;
}

Truth Condition::FoldCall(const FuncCall* call) {
  const bool all =
      LastName(call->funcname) == "starts_with" && Length(call->args) == 2 &&
      (IsEmptyText(Item(call->args, 1)) || Same(Item(call->args, 0), Item(call->args, 1)));
  return all ? Truth::kTrue : ByDependence(call);
}

}  // namespace pgmoat::policy
