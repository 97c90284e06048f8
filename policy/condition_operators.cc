// Conditions made of operators: comparisons, IN, LIKE, BETWEEN, ANY, ALL.
#include <optional>

#include "policy/condition.h"
#include "policy/same_expression.h"

namespace pgmoat::policy {

namespace {

// A constant, also behind a cast that keeps its value: 1::int, 'a'::text.
Constant PlainConstant(const Node* node) {
  if (node == nullptr) return {};
  if (Tag(node) == T_TypeCast) {
    const auto* cast = As<TypeCast>(node);
    const Constant constant = ConstantOf(cast->arg);
    const List* names = cast->typeName->names;
    if (Length(names) == 0 || Length(cast->typeName->arrayBounds) > 0) return {};
    const std::string_view type = StringOf(Item(names, Length(names) - 1));
    const bool keeps =
        constant.type == Constant::Type::kNull ||
        (constant.type == Constant::Type::kInteger &&
         (type == "int2" || type == "int4" || type == "int8" || type == "numeric")) ||
        (constant.type == Constant::Type::kString && type == "text") ||
        (constant.type == Constant::Type::kBoolean && type == "bool");
    return keeps ? constant : Constant{};
  }
  return ConstantOf(node);
}

// `left op right` for constants; nothing where types, collations or precision would
// have a say.
std::optional<bool> CompareConstants(const Constant& left, std::string_view op,
                                     const Constant& right) {
  if (left.type != right.type) return std::nullopt;
  switch (left.type) {
    case Constant::Type::kInteger:
    case Constant::Type::kBoolean:
      if (op == "=") return left.integer == right.integer;
      if (op == "<>") return left.integer != right.integer;
      if (op == "<") return left.integer < right.integer;
      if (op == "<=") return left.integer <= right.integer;
      if (op == ">") return left.integer > right.integer;
      if (op == ">=") return left.integer >= right.integer;
      return std::nullopt;
    case Constant::Type::kString:
    case Constant::Type::kFloat: {
      const bool same = left.text == right.text;
      if (same && (op == "=" || op == "<=" || op == ">=")) return true;
      if (same && (op == "<>" || op == "<" || op == ">")) return false;
      if (left.type == Constant::Type::kFloat) return std::nullopt;
      if (op == "=") return false;
      if (op == "<>") return true;
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

bool IsComparison(std::string_view op) {
  return op == "=" || op == "<>" || op == "<" || op == "<=" || op == ">" || op == ">=";
}

Truth FromBool(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

// The pattern of LIKE, ILIKE and SIMILAR TO, out of the function that ESCAPE and
// SIMILAR wrap it in.
const Node* PatternOf(const Node* node) {
  if (node == nullptr || Tag(node) != T_FuncCall) return node;
  const auto* call = As<FuncCall>(node);
  const int count = Length(call->funcname);
  const std::string_view name = StringOf(Item(call->funcname, count - 1));
  const bool escape =
      name == "like_escape" || name == "similar_to_escape" || name == "similar_escape";
  return escape && Length(call->args) > 0 ? Item(call->args, 0) : node;
}

bool MatchesAnything(const Node* pattern) {
  const Constant constant = PlainConstant(pattern);
  return constant.type == Constant::Type::kString && !constant.text.empty() &&
         constant.text.find_first_not_of('%') == std::string_view::npos;
}

bool RegexMatchesAnything(const Node* pattern) {
  const Constant constant = PlainConstant(pattern);
  if (constant.type != Constant::Type::kString) return false;
  for (const std::string_view any : {"", "^", "$", ".*", "^.*", ".*$", "^.*$", "()", ".?"}) {
    if (constant.text == any) return true;
  }
  return false;
}

bool IsCtid(const Node* node) {
  if (node == nullptr || Tag(node) != T_ColumnRef) return false;
  const List* fields = As<ColumnRef>(node)->fields;
  return StringOf(Item(fields, Length(fields) - 1)) == "ctid";
}

// Items are numbered from 1, so (0,0) is before the first row and (0,1) is the first.
bool IsBeforeEveryRow(const Node* node, bool or_first) {
  if (node != nullptr && Tag(node) == T_TypeCast) node = As<TypeCast>(node)->arg;
  const Constant constant = ConstantOf(node);
  if (constant.type != Constant::Type::kString) return false;
  return constant.text == "(0,0)" || (or_first && constant.text == "(0,1)");
}

bool IsEmptyArray(const Node* node) {
  while (node != nullptr && Tag(node) == T_TypeCast) node = As<TypeCast>(node)->arg;
  if (node == nullptr) return false;
  if (Tag(node) == T_A_ArrayExpr) return Length(As<A_ArrayExpr>(node)->elements) == 0;
  return ConstantOf(node).type == Constant::Type::kString && ConstantOf(node).text == "{}";
}

bool IsBooleanConstant(const Node* node) {
  return node != nullptr && PlainConstant(node).type == Constant::Type::kBoolean;
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
    case AEXPR_NOT_DISTINCT: {
      const bool distinct = expression->kind == AEXPR_DISTINCT;
      if (Same(expression->lexpr, expression->rexpr)) return FromBool(!distinct);
      const Constant left = PlainConstant(expression->lexpr);
      const Constant right = PlainConstant(expression->rexpr);
      const bool left_null = left.type == Constant::Type::kNull;
      const bool right_null = right.type == Constant::Type::kNull;
      if (left_null && right_null) return FromBool(!distinct);
      if (left.type != Constant::Type::kNone && right.type != Constant::Type::kNone) {
        if (left_null || right_null) return FromBool(distinct);
        const auto equal = CompareConstants(left, "=", right);
        if (equal) return FromBool(*equal != distinct);
      }
      // `t IS DISTINCT FROM NULL`: a whole row never is NULL.
      const Node* other = right_null  ? expression->lexpr
                          : left_null ? expression->rexpr
                                      : nullptr;
      if (other != nullptr && Tag(other) == T_ColumnRef &&
          target_.ColumnOf(As<ColumnRef>(other)) == target_.name()) {
        return FromBool(distinct);
      }
      if (other != nullptr && IsCtid(other)) return FromBool(distinct);
      return ByDependence(expression);
    }
    case AEXPR_IN:
      return FoldIn(expression);
    case AEXPR_LIKE:
    case AEXPR_ILIKE:
    case AEXPR_SIMILAR:
      return FoldLike(expression);
    case AEXPR_BETWEEN:
    case AEXPR_NOT_BETWEEN:
    case AEXPR_BETWEEN_SYM:
    case AEXPR_NOT_BETWEEN_SYM:
      return FoldBetween(expression);
    default:
      return ByDependence(expression);
  }
}

Truth Condition::FoldComparison(const A_Expr* expression, int depth) {
  const Node* left = expression->lexpr;
  const Node* right = expression->rexpr;
  const std::string_view op = OperatorName(expression);
  if (left == nullptr || right == nullptr) return ByDependence(expression);
  if (op == "~~" || op == "~~*" || op == "!~~" || op == "!~~*" || op == "~" || op == "~*" ||
      op == "!~" || op == "!~*") {
    return FoldLike(expression);
  }
  if (!IsComparison(op)) return ByDependence(expression);

  if (Same(left, right)) return FromBool(op == "=" || op == "<=" || op == ">=");
  const Constant a = PlainConstant(left);
  const Constant b = PlainConstant(right);
  if (a.type == Constant::Type::kNull || b.type == Constant::Type::kNull) return Truth::kNull;
  if (a.type != Constant::Type::kNone && b.type != Constant::Type::kNone) {
    const auto holds = CompareConstants(a, op, b);
    return holds ? FromBool(*holds) : Truth::kDoubt;
  }
  // (x = x) = true, false <> (1 = 1)
  if (op == "=" || op == "<>") {
    const bool left_constant = IsBooleanConstant(left);
    if (left_constant || IsBooleanConstant(right)) {
      const bool wanted = (left_constant ? a : b).integer != 0;
      const Truth truth = Fold(left_constant ? right : left, depth);
      return wanted == (op == "=") ? truth : Not(truth);
    }
  }
  if ((op == ">" || op == ">=") && IsCtid(left) && IsBeforeEveryRow(right, op == ">=")) {
    return Truth::kTrue;
  }
  if ((op == "<" || op == "<=") && IsCtid(right) && IsBeforeEveryRow(left, op == "<=")) {
    return Truth::kTrue;
  }
  return ByDependence(expression);
}

Truth Condition::FoldAny(const A_Expr* expression, int depth) {
  const Node* left = expression->lexpr;
  const Node* right = expression->rexpr;
  const bool all = expression->kind == AEXPR_OP_ALL;
  if (IsEmptyArray(right)) return FromBool(all);
  if (all || OperatorName(expression) != "=") return ByDependence(expression);
  if (Tag(right) == T_A_ArrayExpr) {
    const List* elements = As<A_ArrayExpr>(right)->elements;
    for (int i = 0; i < Length(elements); ++i) {
      if (Same(left, Item(elements, i))) return Truth::kTrue;
    }
  }
  if (Tag(right) == T_SubLink && As<SubLink>(right)->subLinkType == ARRAY_SUBLINK &&
      Tag(As<SubLink>(right)->subselect) == T_SelectStmt &&
      SelectsColumnOfWholeTarget(As<SelectStmt>(As<SubLink>(right)->subselect), left, depth)) {
    return Truth::kTrue;
  }
  return ByDependence(expression);
}

Truth Condition::FoldIn(const A_Expr* expression) {
  const bool negated = OperatorName(expression) == "<>";
  const Node* left = expression->lexpr;
  if (expression->rexpr == nullptr || Tag(expression->rexpr) != T_List) {
    return ByDependence(expression);
  }
  const List* list = As<List>(expression->rexpr);
  const Constant constant = PlainConstant(left);
  bool all_differ = constant.type != Constant::Type::kNone;
  for (int i = 0; i < Length(list); ++i) {
    const Node* item = Item(list, i);
    if (Same(left, item)) return FromBool(!negated);
    if (!all_differ) continue;
    const auto equal = CompareConstants(constant, "=", PlainConstant(item));
    if (equal && *equal) return FromBool(!negated);
    all_differ = equal.has_value();
  }
  return all_differ ? FromBool(negated) : ByDependence(expression);
}

Truth Condition::FoldLike(const A_Expr* expression) {
  const std::string_view op = OperatorName(expression);
  const bool negated = !op.empty() && op[0] == '!';
  const bool like = op.find("~~") != std::string_view::npos;
  const Node* pattern = PatternOf(expression->rexpr);
  const bool anything = like || expression->kind == AEXPR_SIMILAR
                            ? MatchesAnything(pattern)
                            : RegexMatchesAnything(pattern);
  if (anything) return FromBool(!negated);
  return ByDependence(expression);
}

Truth Condition::FoldBetween(const A_Expr* expression) {
  const bool negated =
      expression->kind == AEXPR_NOT_BETWEEN || expression->kind == AEXPR_NOT_BETWEEN_SYM;
  const bool symmetric =
      expression->kind == AEXPR_BETWEEN_SYM || expression->kind == AEXPR_NOT_BETWEEN_SYM;
  if (expression->rexpr == nullptr || Tag(expression->rexpr) != T_List) {
    return ByDependence(expression);
  }
  const List* bounds = As<List>(expression->rexpr);
  const Node* value = expression->lexpr;
  const Node* low = Item(bounds, 0);
  const Node* high = Item(bounds, 1);
  if (Same(value, low) && Same(value, high)) return FromBool(!negated);
  const Constant x = PlainConstant(value);
  const auto holds = [&](const Node* from, const Node* to) -> std::optional<bool> {
    const auto above = CompareConstants(x, ">=", PlainConstant(from));
    const auto below = CompareConstants(x, "<=", PlainConstant(to));
    if (!above || !below) return std::nullopt;
    return *above && *below;
  };
  const auto straight = holds(low, high);
  const auto turned = holds(high, low);
  if (!straight || !turned) return ByDependence(expression);
  return FromBool((*straight || (symmetric && *turned)) != negated);
}

}  // namespace pgmoat::policy
