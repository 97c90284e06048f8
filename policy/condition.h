// What a condition comes to, folded as far as names and constants tell.
#pragma once

#include "policy/row_dependence.h"

namespace pgmoat::policy {

enum class Truth {
  kTrue,       // for every row
  kFalse,      // for no row
  kNull,       // for no row either
  kVaries,     // depends on the row
  kParameter,  // the same for every row; $1 decides
  kDoubt,      // the same for every row and not folded, or too deep or long to tell
};

Truth Not(Truth truth);
// Excludes a row, or may: all that an effective WHERE needs.
inline bool CanExclude(Truth truth) {
  return truth == Truth::kVaries || truth == Truth::kFalse || truth == Truth::kNull;
}

class Condition {
 public:
  explicit Condition(const Target& target) : target_(target) {}

  Truth Fold(const Node* condition) { return Fold(condition, 0); }

  static Truth And(Truth left, Truth right);
  static Truth Or(Truth left, Truth right);

 private:
  Truth Fold(const Node* node, int depth);
  Truth FoldBool(const BoolExpr* expression, int depth);
  Truth FoldConstant(const Node* node) const;
  Truth FoldCast(const TypeCast* cast, int depth);
  Truth FoldOperator(const A_Expr* expression, int depth);
  Truth FoldComparison(const A_Expr* expression, int depth);
  Truth FoldAny(const A_Expr* expression, int depth);
  Truth FoldIn(const A_Expr* expression);
  Truth FoldLike(const A_Expr* expression);
  Truth FoldBetween(const A_Expr* expression);
  Truth FoldNullTest(const NullTest* test);
  Truth FoldBooleanTest(const BooleanTest* test, int depth);
  Truth FoldCoalesce(const CoalesceExpr* expression, int depth);
  Truth FoldCase(const CaseExpr* expression, int depth);
  Truth FoldSubLink(const SubLink* link, int depth);
  bool FindsNothing(const SelectStmt* select, int depth);
  Truth FoldExists(const SelectStmt* select, int depth);
  bool SelectsColumnOfWholeTarget(const SelectStmt* select, const Node* column, int depth);

  // Not folded: does it depend on the row at all?
  Truth ByDependence(const void* node);
  [[nodiscard]] bool Same(const Node* left, const Node* right) const;

  const Target& target_;
  int nodes_left_ = 100'000;
};

}  // namespace pgmoat::policy
