#include "policy/alternatives.h"

#include "policy/constants.h"
#include "policy/same_expression.h"

namespace pgmoat::policy {

namespace {

// Pairs are compared up to this length; `id = 1 OR id = 2 …` of an ORM may be thousands
// long.
constexpr int kLongest = 100;

// What may hold of two values, or of one boolean.
enum : unsigned { kLess = 1, kEqual = 2, kGreater = 4, kAnyOrder = 7 };
enum : unsigned { kIsTrue = 1, kIsFalse = 2, kEitherWay = 3 };

unsigned OrderOf(std::string_view op) {
  if (op == "<") return kLess;
  if (op == "<=") return kLess | kEqual;
  if (op == "=") return kEqual;
  if (op == ">=") return kGreater | kEqual;
  if (op == ">") return kGreater;
  if (op == "<>") return kLess | kGreater;
  return 0;
}

unsigned Turned(unsigned order) {
  return (order & kEqual) | ((order & kLess) != 0 ? kGreater : 0U) |
         ((order & kGreater) != 0 ? kLess : 0U);
}

// `left op right`, out of an operator; op 0: something else.
struct Comparison {
  const Node* left = nullptr;
  const Node* right = nullptr;
  unsigned order = 0;
};

Comparison ComparisonOf(const Node* node) {
  if (Tag(node) != T_A_Expr) return {};
  const auto* expression = As<A_Expr>(node);
  if (expression->kind != AEXPR_OP || expression->lexpr == nullptr) return {};
  return {expression->lexpr, expression->rexpr, OrderOf(OperatorName(expression))};
}

// A condition on one boolean: `a`, `NOT a`, `a = false`, `a IS TRUE`.
struct BooleanTerm {
  const Node* value = nullptr;
  unsigned holds = 0;
};

BooleanTerm Opposite(BooleanTerm term) { return {term.value, kEitherWay & ~term.holds}; }

BooleanTerm BooleanTermOf(const Node* node) {
  switch (Tag(node)) {
    case T_BoolExpr:
      if (As<BoolExpr>(node)->boolop != NOT_EXPR) return {};
      return {Item(As<BoolExpr>(node)->args, 0), kIsFalse};
    case T_BooleanTest: {
      const auto* test = As<BooleanTest>(node);
      const auto* value = As<Node>(test->arg);
      if (test->booltesttype == IS_TRUE || test->booltesttype == IS_NOT_FALSE) {
        return {value, kIsTrue};
      }
      if (test->booltesttype == IS_FALSE || test->booltesttype == IS_NOT_TRUE) {
        return {value, kIsFalse};
      }
      return {};
    }
    case T_A_Expr: {
      const Comparison comparison = ComparisonOf(node);
      if (comparison.order != kEqual && comparison.order != (kLess | kGreater)) break;
      const Constant left = PlainConstant(comparison.left);
      const Constant right = PlainConstant(comparison.right);
      const bool on_left = left.type == Constant::Type::kBoolean;
      if (!on_left && right.type != Constant::Type::kBoolean) break;
      const BooleanTerm term = {on_left ? comparison.right : comparison.left,
                                (on_left ? left : right).integer != 0 ? kIsTrue : kIsFalse};
      return comparison.order == kEqual ? term : Opposite(term);
    }
    default:
      break;
  }
  return {node, kIsTrue};
}

// The order that `node` asks for between the operands of `first`; 0: of other ones.
unsigned OrderBetween(const Comparison& first, const Node* node, const Target& target) {
  const Comparison other = ComparisonOf(node);
  if (other.order == 0) return 0;
  if (SameExpression(first.left, other.left, target) &&
      SameExpression(first.right, other.right, target)) {
    return other.order;
  }
  if (SameExpression(first.left, other.right, target) &&
      SameExpression(first.right, other.left, target)) {
    return Turned(other.order);
  }
  return 0;
}

// x against two constants that differ.
bool AgainstTwoConstants(const Comparison& a, const Comparison& b, unsigned order,
                         const Target& target) {
  if (a.order != order || b.order != order) return false;
  const auto differ = CompareConstants(PlainConstant(a.right), "<>", PlainConstant(b.right));
  return differ && *differ && SameExpression(a.left, b.left, target);
}

bool AreOppositeTests(const Node* left, const Node* right, const Target& target) {
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

bool AreComplements(const Node* left, const Node* right, const Target& target) {
  const BooleanTerm a = BooleanTermOf(left);
  const BooleanTerm b = BooleanTermOf(right);
  if (a.value != nullptr && b.value != nullptr && (a.holds | b.holds) == kEitherWay &&
      SameExpression(a.value, b.value, target)) {
    return true;
  }
  return AreOppositeTests(left, right, target);
}

}  // namespace

bool CoverEveryRow(const List* alternatives, const Target& target) {
  const int count = Length(alternatives);
  if (count > kLongest) return false;
  for (int i = 0; i < count; ++i) {
    const Node* first = Item(alternatives, i);
    const Comparison comparison = ComparisonOf(first);
    unsigned covered = comparison.order;
    for (int j = i + 1; j < count; ++j) {
      const Node* other = Item(alternatives, j);
      if (AreComplements(first, other, target)) return true;
      if (comparison.order == 0) continue;
      covered |= OrderBetween(comparison, other, target);
      if (covered == kAnyOrder ||
          AgainstTwoConstants(comparison, ComparisonOf(other), kLess | kGreater, target)) {
        return true;
      }
    }
  }
  return false;
}

bool ExcludeEachOther(const List* terms, const Target& target) {
  const int count = Length(terms);
  if (count > kLongest) return false;
  for (int i = 0; i < count; ++i) {
    const Node* first = Item(terms, i);
    const Comparison comparison = ComparisonOf(first);
    unsigned possible = comparison.order;
    for (int j = i + 1; j < count; ++j) {
      const Node* other = Item(terms, j);
      if (AreComplements(first, other, target)) return true;
      if (comparison.order == 0) continue;
      if (const unsigned order = OrderBetween(comparison, other, target); order != 0) {
        possible &= order;
      }
      if (possible == 0 ||
          AgainstTwoConstants(comparison, ComparisonOf(other), kEqual, target)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace pgmoat::policy
