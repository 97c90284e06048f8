#include "policy/effective_where.h"

#include "policy/condition.h"
#include "policy/same_expression.h"

namespace pgmoat::policy {

namespace {

FoldWork WorkFor(const WithClause* own, const CteLookup& outer) {
  FoldWork work;
  work.ctes = &outer;
  if (own != nullptr) work.withs.push_back(own);
  return work;
}

// `t.id = s.id`, `t.position > s.position`: a comparison of the target and a twin.
bool Ties(const Node* term, const Target& target) {
  if (Tag(term) != T_A_Expr) return false;
  const auto* expression = As<A_Expr>(term);
  if (expression->kind != AEXPR_OP || NegatorOf(OperatorName(expression)).empty() ||
      expression->lexpr == nullptr || Tag(expression->lexpr) != T_ColumnRef ||
      Tag(expression->rexpr) != T_ColumnRef) {
    return false;
  }
  const std::string_view left = QualifierOf(As<ColumnRef>(expression->lexpr));
  const std::string_view right = QualifierOf(As<ColumnRef>(expression->rexpr));
  const auto is_own = [&](std::string_view name) {
    return name.empty() || name == target.name();
  };
  return (is_own(left) && target.FindTwin(right) != nullptr) ||
         (is_own(right) && target.FindTwin(left) != nullptr);
}

bool TiesTwins(const Node* where, const Target& target) {
  if (target.twin_count() == 0) return false;
  if (Tag(where) != T_BoolExpr || As<BoolExpr>(where)->boolop != AND_EXPR) {
    return Ties(where, target);
  }
  const List* terms = As<BoolExpr>(where)->args;
  for (int i = 0; i < Length(terms); ++i) {
    if (Ties(Item(terms, i), target)) return true;
  }
  return false;
}

bool IsEffective(const RangeVar* relation, const List* from, const Node* where, FoldWork work) {
  if (where == nullptr) return false;
  const Target plain(relation);
  Target target = plain;
  for (int i = 0; i < Length(from); ++i) {
    Condition(plain, work).FindTwins(Item(from, i), target);
  }
  const Truth truth = Condition(target, work).Fold(where);
  if (work.gave_up) return false;
  if (CanExclude(truth)) return true;
  if (!TiesTwins(where, target)) return false;
  target.TieTwins();
  return CanExclude(Condition(target, work).Fold(where)) && !work.gave_up;
}

// A WHEN clause's rows: those that ON joins, or those that it does not.
Truth RowsOf(const MergeWhenClause* when, Condition& condition, const Node* on) {
  const Truth join = condition.Fold(on);
  const Truth own = when->condition == nullptr ? Truth::kTrue : condition.Fold(when->condition);
  return Condition::And(IsForUnjoinedTargetRows(when) ? Not(join) : join, own);
}

}  // namespace

bool WhereIsEffective(const UpdateStmt* update, const CteLookup& outer) {
  return IsEffective(update->relation, update->fromClause, update->whereClause,
                     WorkFor(update->withClause, outer));
}

bool WhereIsEffective(const DeleteStmt* removal, const CteLookup& outer) {
  return IsEffective(removal->relation, removal->usingClause, removal->whereClause,
                     WorkFor(removal->withClause, outer));
}

bool UpsertIsEffective(const InsertStmt* insert, const CteLookup& outer) {
  const OnConflictClause* conflict = insert->onConflictClause;
  if (conflict == nullptr || conflict->action != ONCONFLICT_UPDATE) return true;
  const Node* query = insert->selectStmt;
  if (query == nullptr || Tag(query) != T_SelectStmt) return true;
  const Target target(insert->relation);
  FoldWork work = WorkFor(insert->withClause, outer);
  // SELECT … FROM t, whole: the rows that the INSERT runs into are all of t.
  const bool every_row = Condition(target, work).SeesEveryRow(query);
  if (work.gave_up) return false;
  if (!every_row) return true;
  return conflict->whereClause != nullptr &&
         CanExclude(Condition(target, work).Fold(conflict->whereClause)) && !work.gave_up;
}

bool MergeIsEffective(const MergeStmt* merge, const CteLookup& outer) {
  FoldWork work = WorkFor(merge->withClause, outer);
  const Target plain(merge->relation);
  Target target = plain;
  Condition(plain, work).FindTwins(merge->sourceRelation, target);
  Target tied = target;
  if (TiesTwins(merge->joinCondition, target)) tied.TieTwins();
  Condition condition(target, work);
  Condition tied_condition(tied, work);
  for (int i = 0; i < Length(merge->mergeWhenClauses); ++i) {
    const auto* when = As<MergeWhenClause>(Item(merge->mergeWhenClauses, i));
    if (!ChangesTargetRows(when)) continue;
    if (!CanExclude(RowsOf(when, condition, merge->joinCondition)) &&
        !CanExclude(RowsOf(when, tied_condition, merge->joinCondition))) {
      return false;
    }
  }
  return !work.gave_up;
}

bool HoldsForEveryRow(const RangeVar* relation, const Node* condition, const CteLookup& outer) {
  if (condition == nullptr) return false;
  FoldWork work = WorkFor(nullptr, outer);
  const Target target(relation);
  return Condition(target, work).Fold(condition) == Truth::kTrue;
}

}  // namespace pgmoat::policy
