#include "policy/effective_where.h"

#include "policy/condition.h"

namespace pgmoat::policy {

namespace {

// `(SELECT * FROM t) AS s`: the whole of one table under another name.
const RangeVar* WholeTable(const Node* item) {
  const Node* query = As<RangeSubselect>(item)->subquery;
  if (query == nullptr || Tag(query) != T_SelectStmt) return nullptr;
  const auto* select = As<SelectStmt>(query);
  if (select->op != SETOP_NONE || select->whereClause != nullptr ||
      select->limitCount != nullptr || select->limitOffset != nullptr ||
      select->havingClause != nullptr || Length(select->fromClause) != 1) {
    return nullptr;
  }
  const Node* from = Item(select->fromClause, 0);
  return Tag(from) == T_RangeVar ? As<RangeVar>(from) : nullptr;
}

// A CTE hides the table of its name.
bool Names(const WithClause* with, const RangeVar* relation) {
  if (with == nullptr || relation->schemaname != nullptr) return false;
  for (int i = 0; i < Length(with->ctes); ++i) {
    const auto* cte = As<CommonTableExpr>(Item(with->ctes, i));
    if (View(cte->ctename) == View(relation->relname)) return true;
  }
  return false;
}

void AddTwin(const Node* item, Target& target) {
  if (item == nullptr) return;
  if (Tag(item) == T_RangeVar) {
    const auto* relation = As<RangeVar>(item);
    if (target.IsSameRelation(relation)) target.AddTwin(VisibleName(relation));
  } else if (Tag(item) == T_RangeSubselect) {
    const RangeVar* relation = WholeTable(item);
    const Alias* alias = As<RangeSubselect>(item)->alias;
    if (relation != nullptr && alias != nullptr && target.IsSameRelation(relation)) {
      target.AddTwin(View(alias->aliasname));
    }
  }
}

}  // namespace

bool WhereIsEffective(const RangeVar* relation, const List* from, const Node* where) {
  if (where == nullptr) return false;
  Target target(relation);
  for (int i = 0; i < Length(from); ++i) AddTwin(Item(from, i), target);
  return CanExclude(Condition(target).Fold(where));
}

bool UpsertIsEffective(const InsertStmt* insert) {
  const OnConflictClause* conflict = insert->onConflictClause;
  if (conflict == nullptr || conflict->action != ONCONFLICT_UPDATE) return true;
  const Node* query = insert->selectStmt;
  if (query == nullptr || Tag(query) != T_SelectStmt) return true;
  const auto* select = As<SelectStmt>(query);
  if (select->op != SETOP_NONE || select->limitCount != nullptr ||
      Length(select->fromClause) != 1) {
    return true;
  }
  const Node* from = Item(select->fromClause, 0);
  const RangeVar* source = nullptr;
  if (Tag(from) == T_RangeVar) source = As<RangeVar>(from);
  if (Tag(from) == T_RangeSubselect) source = WholeTable(from);
  const Target target(insert->relation);
  if (source == nullptr || !target.IsSameRelation(source)) return true;
  if (Names(insert->withClause, source) || Names(select->withClause, source)) return true;
  if (conflict->whereClause != nullptr &&
      CanExclude(Condition(target).Fold(conflict->whereClause))) {
    return true;
  }
  return WhereIsEffective(source, nullptr, select->whereClause);
}

bool MergeIsEffective(const MergeStmt* merge) {
  Target target(merge->relation);
  AddTwin(merge->sourceRelation, target);
  Condition condition(target);
  const Truth join = condition.Fold(merge->joinCondition);
  for (int i = 0; i < Length(merge->mergeWhenClauses); ++i) {
    const auto* when = As<MergeWhenClause>(Item(merge->mergeWhenClauses, i));
    if (!ChangesTargetRows(when)) continue;
    const Truth own =
        when->condition == nullptr ? Truth::kTrue : condition.Fold(when->condition);
    if (!CanExclude(Condition::And(join, own))) return false;
  }
  return true;
}

}  // namespace pgmoat::policy
