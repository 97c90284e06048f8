// What a condition comes to, folded as far as names and constants tell.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

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

// What all conditions of one statement share.
struct FoldWork {
  const CteLookup* ctes = nullptr;
  int nodes_left = 100'000;
  int comparisons_left = 2'000'000;
  // Past a limit: whatever the fold says, there is a doubt.
  bool gave_up = false;
  [[nodiscard]] bool InDoubt() const { return gave_up || comparisons_left < 0; }
  // WITH clauses of subqueries that are being looked at, and CTEs: one that comes round
  // again is recursive.
  std::vector<const WithClause*> withs;
  std::vector<const CommonTableExpr*> open_ctes;
};

// The WITH clause of a subquery, for as long as it is looked at.
class WithInScope {
 public:
  WithInScope(FoldWork& work, const WithClause* with) : work_(work), pushed_(with != nullptr) {
    if (pushed_) work_.withs.push_back(with);
  }
  ~WithInScope() {
    if (pushed_) work_.withs.pop_back();
  }
  WithInScope(const WithInScope&) = delete;
  WithInScope& operator=(const WithInScope&) = delete;

 private:
  FoldWork& work_;
  bool pushed_;
};

// Queries inside queries; past this nobody wrote it by hand.
inline constexpr int kMostNestedQueries = 200;

// LIMIT ALL and OFFSET 0 take nothing away.
bool TakesAll(const SelectStmt* select);

class Condition {
 public:
  Condition(const Target& target, FoldWork& work) : target_(target), work_(work) {}

  Truth Fold(const Node* condition) { return Fold(condition, 0); }

  // Adds to `target` each FROM item that is its table once more, whole.
  void FindTwins(const Node* from_item, Target& target) { FindTwins(from_item, target, 0); }
  // The query's result has every row of the target in it.
  bool SeesEveryRow(const Node* query);

  static Truth And(Truth left, Truth right);
  static Truth Or(Truth left, Truth right);

 private:
  Truth Fold(const Node* node, int depth);
  Truth FoldBool(const BoolExpr* expression, int depth);
  Truth FoldConstant(const Node* node) const;
  Truth FoldCast(const TypeCast* cast, int depth);
  Truth FoldNullTest(const NullTest* test);
  Truth FoldBooleanTest(const BooleanTest* test, int depth);
  Truth FoldCoalesce(const CoalesceExpr* expression, int depth);
  Truth FoldMinMax(const MinMaxExpr* expression, int depth);
  Truth FoldCase(const CaseExpr* expression, int depth);
  Truth FoldWhen(const CaseExpr* expression, const CaseWhen* when, int depth);

  // condition_operators.cc
  Truth FoldOperator(const A_Expr* expression, int depth);
  Truth FoldComparison(const A_Expr* expression, int depth);
  Truth FoldDistinct(const A_Expr* expression);
  Truth FoldAny(const A_Expr* expression, int depth);
  Truth FoldIn(const A_Expr* expression, int depth);
  Truth FoldLike(const A_Expr* expression, std::string_view op);
  Truth FoldBetween(const A_Expr* expression, int depth);
  Truth FoldCall(const FuncCall* call);

  // condition_values.cc: `left op right` for = <> < <= > >=; nothing: not to be told.
  std::optional<Truth> Compare(const Node* left, std::string_view op, const Node* right,
                               int depth);
  std::optional<Truth> CompareRows(const Node* left, std::string_view op, const Node* right,
                                   int depth);
  std::optional<Truth> CompareShifted(const Node* left, std::string_view op, const Node* right);
  std::optional<Truth> CompareWithChoice(const Node* value, const Node* choice);
  bool IsAlways(const Node* left, std::string_view op, const Node* right, int depth);
  [[nodiscard]] Constant ValueOf(const Node* node) const;

  // condition_queries.cc
  Truth FoldSubLink(const SubLink* link, int depth);
  Truth FoldExists(const SelectStmt* select, int depth);
  bool FindsNothing(const SelectStmt* select);
  bool SelectsWholeColumn(const Node* query, const Node* column, int depth);
  bool SelectsOuterColumn(const SelectStmt* select, const Node* column);
  bool IsExtreme(const Node* query, std::string_view aggregate, const Node* column, int depth);
  bool CountsOwnRow(const Node* query, int depth);

  // condition_twins.cc
  bool IsWhole(const SelectStmt* select, Target& inner, int depth);
  void FindTwins(const Node* from_item, Target& target, int depth);
  void FindTwinsInJoin(const JoinExpr* join, Target& target, int depth);
  bool AddQueryAsTwin(const Node* query, std::string_view alias, const List* names,
                      Target& target, int depth);
  [[nodiscard]] const CommonTableExpr* FindCte(const RangeVar* relation) const;

  // Not folded: does it depend on the row at all?
  Truth ByDependence(const void* node);
  [[nodiscard]] bool Same(const Node* left, const Node* right) const;

  const Target& target_;
  FoldWork& work_;
};

}  // namespace pgmoat::policy
