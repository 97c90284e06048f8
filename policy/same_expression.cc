#include "policy/same_expression.h"

namespace pgmoat::policy {

namespace {

// Conditions that people write compare shallow expressions.
constexpr int kDeepest = 24;

bool Same(const Node* left, const Node* right, const Target& target, int depth);

bool SameList(const List* left, const List* right, const Target& target, int depth) {
  if (Length(left) != Length(right)) return false;
  for (int i = 0; i < Length(left); ++i) {
    if (!Same(Item(left, i), Item(right, i), target, depth)) return false;
  }
  return true;
}

bool SameColumn(const ColumnRef* left, const ColumnRef* right, const Target& target,
                int depth) {
  const std::string_view column = target.ColumnOf(left);
  if (!column.empty() && column == target.ColumnOf(right)) return true;
  return SameList(left->fields, right->fields, target, depth);
}

bool SameConstant(const Node* left, const Node* right) {
  const Constant a = ConstantOf(left);
  const Constant b = ConstantOf(right);
  return a.type == b.type && a.type != Constant::Type::kNull && a.integer == b.integer &&
         a.text == b.text;
}

bool Same(const Node* left, const Node* right, const Target& target, int depth) {
  if (left == nullptr || right == nullptr) return left == right;
  if (Tag(left) != Tag(right) || ++depth > kDeepest) return false;
  switch (Tag(left)) {
    case T_ColumnRef:
      return SameColumn(As<ColumnRef>(left), As<ColumnRef>(right), target, depth);
    case T_A_Const:
    case T_String:
    case T_Integer:
    case T_Float:
    case T_Boolean:
      return SameConstant(left, right);
    case T_A_Star:
      return true;
    case T_ParamRef:
      return As<ParamRef>(left)->number == As<ParamRef>(right)->number;
    case T_List:
      return SameList(As<List>(left), As<List>(right), target, depth);
    case T_A_Expr: {
      const auto* a = As<A_Expr>(left);
      const auto* b = As<A_Expr>(right);
      return a->kind == b->kind && SameList(a->name, b->name, target, depth) &&
             Same(a->lexpr, b->lexpr, target, depth) && Same(a->rexpr, b->rexpr, target, depth);
    }
    case T_BoolExpr:
      return As<BoolExpr>(left)->boolop == As<BoolExpr>(right)->boolop &&
             SameList(As<BoolExpr>(left)->args, As<BoolExpr>(right)->args, target, depth);
    case T_NullTest:
      return As<NullTest>(left)->nulltesttype == As<NullTest>(right)->nulltesttype &&
             Same(As<Node>(As<NullTest>(left)->arg), As<Node>(As<NullTest>(right)->arg), target,
                  depth);
    case T_TypeCast: {
      const auto* a = As<TypeCast>(left);
      const auto* b = As<TypeCast>(right);
      return SameList(a->typeName->names, b->typeName->names, target, depth) &&
             SameList(a->typeName->typmods, b->typeName->typmods, target, depth) &&
             Same(a->arg, b->arg, target, depth);
    }
    case T_CollateClause:
      return Same(As<CollateClause>(left)->arg, As<CollateClause>(right)->arg, target, depth);
    case T_FuncCall:
      return SameList(As<FuncCall>(left)->funcname, As<FuncCall>(right)->funcname, target,
                      depth) &&
             SameList(As<FuncCall>(left)->args, As<FuncCall>(right)->args, target, depth);
    case T_CoalesceExpr:
      return SameList(As<CoalesceExpr>(left)->args, As<CoalesceExpr>(right)->args, target,
                      depth);
    case T_RowExpr:
      return SameList(As<RowExpr>(left)->args, As<RowExpr>(right)->args, target, depth);
    case T_A_ArrayExpr:
      return SameList(As<A_ArrayExpr>(left)->elements, As<A_ArrayExpr>(right)->elements, target,
                      depth);
    case T_A_Indirection:
      return Same(As<A_Indirection>(left)->arg, As<A_Indirection>(right)->arg, target, depth) &&
             SameList(As<A_Indirection>(left)->indirection,
                      As<A_Indirection>(right)->indirection, target, depth);
    case T_A_Indices:
      return Same(As<A_Indices>(left)->lidx, As<A_Indices>(right)->lidx, target, depth) &&
             Same(As<A_Indices>(left)->uidx, As<A_Indices>(right)->uidx, target, depth);
    default:
      return false;
  }
}

bool IsNegationOf(const Node* maybe_not, const Node* other, const Target& target) {
  if (Tag(maybe_not) != T_BoolExpr || As<BoolExpr>(maybe_not)->boolop != NOT_EXPR) return false;
  return SameExpression(Item(As<BoolExpr>(maybe_not)->args, 0), other, target);
}

}  // namespace

bool SameExpression(const Node* left, const Node* right, const Target& target) {
  return Same(left, right, target, 0);
}

std::string_view OperatorName(const A_Expr* expression) {
  const int count = Length(expression->name);
  return count == 0 ? std::string_view() : StringOf(Item(expression->name, count - 1));
}

std::string_view NegatorOf(std::string_view name) {
  constexpr std::string_view kPairs[][2] = {{"=", "<>"},   {"<", ">="},     {">", "<="},
                                            {"~~", "!~~"}, {"~~*", "!~~*"}, {"~", "!~"},
                                            {"~*", "!~*"}};
  for (const auto& [a, b] : kPairs) {
    if (name == a) return b;
    if (name == b) return a;
  }
  return {};
}

bool AreComplements(const Node* left, const Node* right, const Target& target) {
  if (IsNegationOf(left, right, target) || IsNegationOf(right, left, target)) return true;
  if (Tag(left) != Tag(right)) return false;
  if (Tag(left) == T_NullTest) {
    return As<NullTest>(left)->nulltesttype != As<NullTest>(right)->nulltesttype &&
           SameExpression(As<Node>(As<NullTest>(left)->arg), As<Node>(As<NullTest>(right)->arg),
                          target);
  }
  if (Tag(left) == T_BooleanTest) {
    // IS TRUE and IS NOT TRUE are neighbours; so are the other pairs.
    const auto* a = As<BooleanTest>(left);
    const auto* b = As<BooleanTest>(right);
    return a->booltesttype / 2 == b->booltesttype / 2 && a->booltesttype != b->booltesttype &&
           SameExpression(As<Node>(a->arg), As<Node>(b->arg), target);
  }
  if (Tag(left) != T_A_Expr) return false;
  const auto* a = As<A_Expr>(left);
  const auto* b = As<A_Expr>(right);
  const bool opposite = (a->kind == b->kind && NegatorOf(OperatorName(a)) == OperatorName(b)) ||
                        (a->kind == AEXPR_DISTINCT && b->kind == AEXPR_NOT_DISTINCT) ||
                        (a->kind == AEXPR_NOT_DISTINCT && b->kind == AEXPR_DISTINCT) ||
                        (a->kind == AEXPR_BETWEEN && b->kind == AEXPR_NOT_BETWEEN) ||
                        (a->kind == AEXPR_NOT_BETWEEN && b->kind == AEXPR_BETWEEN);
  return opposite && SameExpression(a->lexpr, b->lexpr, target) &&
         SameExpression(a->rexpr, b->rexpr, target);
}

}  // namespace pgmoat::policy
