#include "policy/same_expression.h"

#include "policy/constants.h"

namespace pgmoat::policy {

namespace {

// Conditions that people write compare shallow expressions.
constexpr int kDeepest = 24;
// Disguises one around the other.
constexpr int kMostLayers = 200;

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

bool IsInteger(const Node* node, long value) {
  const Constant constant = PlainConstant(node);
  return constant.type == Constant::Type::kInteger && constant.integer == value;
}

bool IsEmptyText(const Node* node) {
  const Constant constant = PlainConstant(node);
  return constant.type == Constant::Type::kString && constant.text.empty();
}

// x of `x op neutral`, or null.
const Node* BesideNeutral(const A_Expr* expression) {
  const Node* left = expression->lexpr;
  const Node* right = expression->rexpr;
  const std::string_view op = OperatorName(expression);
  if (left == nullptr) {
    if (op == "+") return right;
    // -(-x)
    if (op != "-" || Tag(right) != T_A_Expr) return nullptr;
    const auto* inner = As<A_Expr>(right);
    return inner->lexpr == nullptr && OperatorName(inner) == "-" ? inner->rexpr : nullptr;
  }
  if (right == nullptr) return nullptr;
  if (op == "+" && IsInteger(left, 0)) return right;
  if ((op == "+" || op == "-") && IsInteger(right, 0)) return left;
  if (op == "*" && IsInteger(left, 1)) return right;
  if ((op == "*" || op == "/") && IsInteger(right, 1)) return left;
  if (op == "||" && IsEmptyText(left)) return right;
  if (op == "||" && IsEmptyText(right)) return left;
  return nullptr;
}

// A cast that keeps apart what was apart.  Not to a number of fewer digits:
// `price = price::int` is a condition.
const Node* BehindCast(const TypeCast* cast) {
  const TypeName* type = cast->typeName;
  const std::string_view name = LastName(type->names);
  const bool keeps = name == "text" || name == "varchar" || name == "numeric";
  return keeps && Length(type->typmods) == 0 && Length(type->arrayBounds) == 0 ? cast->arg
                                                                               : nullptr;
}

// SELECT x, VALUES (x)
const Node* OnlyValueOf(const SelectStmt* select) {
  if (select->op != SETOP_NONE || select->withClause != nullptr ||
      select->fromClause != nullptr || select->whereClause != nullptr ||
      select->havingClause != nullptr || select->limitCount != nullptr ||
      select->limitOffset != nullptr) {
    return nullptr;
  }
  if (Length(select->valuesLists) == 1) {
    const List* row = As<List>(Item(select->valuesLists, 0));
    return Length(row) == 1 ? Item(row, 0) : nullptr;
  }
  if (Length(select->targetList) != 1) return nullptr;
  return As<ResTarget>(Item(select->targetList, 0))->val;
}

// One layer less, or null.
const Node* Unwrapped(const Node* node, const Target& target, int depth) {
  switch (Tag(node)) {
    case T_A_Expr: {
      const auto* expression = As<A_Expr>(node);
      if (expression->kind == AEXPR_OP) return BesideNeutral(expression);
      const bool against_null = expression->kind == AEXPR_NULLIF &&
                                PlainConstant(expression->rexpr).type == Constant::Type::kNull;
      return against_null ? expression->lexpr : nullptr;
    }
    case T_TypeCast:
      return BehindCast(As<TypeCast>(node));
    case T_CollateClause:
      return As<CollateClause>(node)->arg;
    case T_CoalesceExpr: {
      // NULLs are looked past: what follows the first is of no account.
      const List* args = As<CoalesceExpr>(node)->args;
      return Length(args) > 0 && Tag(Item(args, 0)) == T_ColumnRef ? Item(args, 0) : nullptr;
    }
    case T_MinMaxExpr: {
      // Of columns only: comparing nested ones again and again would be exponential.
      const List* args = As<MinMaxExpr>(node)->args;
      const Node* first = Item(args, 0);
      if (Tag(first) != T_ColumnRef) return nullptr;
      for (int i = 1; i < Length(args); ++i) {
        if (Tag(Item(args, i)) != T_ColumnRef ||
            !SameColumn(As<ColumnRef>(first), As<ColumnRef>(Item(args, i)), target, depth)) {
          return nullptr;
        }
      }
      return first;
    }
    case T_SubLink: {
      const auto* link = As<SubLink>(node);
      if (link->subLinkType != EXPR_SUBLINK || Tag(link->subselect) != T_SelectStmt) {
        return nullptr;
      }
      return OnlyValueOf(As<SelectStmt>(link->subselect));
    }
    default:
      return nullptr;
  }
}

const Node* Bare(const Node* node, const Target& target, int depth) {
  for (int layers = 0; layers < kMostLayers; ++layers) {
    const Node* inner = Unwrapped(node, target, depth);
    if (inner == nullptr) break;
    node = inner;
  }
  return node;
}

bool Same(const Node* left, const Node* right, const Target& target, int depth) {
  if (left == nullptr || right == nullptr) return left == right;
  if (++depth > kDeepest) return false;
  left = Bare(left, target, depth);
  right = Bare(right, target, depth);
  if (Tag(left) != Tag(right)) return false;
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
    case T_BooleanTest:
      return As<BooleanTest>(left)->booltesttype == As<BooleanTest>(right)->booltesttype &&
             Same(As<Node>(As<BooleanTest>(left)->arg), As<Node>(As<BooleanTest>(right)->arg),
                  target, depth);
    case T_MinMaxExpr:
      return As<MinMaxExpr>(left)->op == As<MinMaxExpr>(right)->op &&
             SameList(As<MinMaxExpr>(left)->args, As<MinMaxExpr>(right)->args, target, depth);
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

}  // namespace

bool SameExpression(const Node* left, const Node* right, const Target& target) {
  return Same(left, right, target, 0);
}

const Node* WithoutDisguise(const Node* node, const Target& target) {
  return Bare(node, target, 0);
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

}  // namespace pgmoat::policy
