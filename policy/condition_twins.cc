// Which FROM items and queries have every row of the target in them: the table once more,
// a derived table, a CTE, one side of an outer join.
#include "policy/condition.h"
#include "policy/constants.h"

namespace pgmoat::policy {

namespace {

// DISTINCT ON keeps one row of many; plain DISTINCT is a list of one null pointer.
bool HasDistinctOn(const SelectStmt* select) {
  return Length(select->distinctClause) > 0 && Item(select->distinctClause, 0) != nullptr;
}

// What the FROM items of one side of a join are called.
void AddNames(const Node* item, Target& target, int depth) {
  if (item == nullptr || depth > kMostNestedQueries) return;
  if (Tag(item) == T_JoinExpr) {
    AddNames(As<JoinExpr>(item)->larg, target, depth + 1);
    AddNames(As<JoinExpr>(item)->rarg, target, depth + 1);
  } else if (Tag(item) == T_RangeVar) {
    target.AddRelative(VisibleName(As<RangeVar>(item)));
  } else if (Tag(item) == T_RangeSubselect && As<RangeSubselect>(item)->alias != nullptr) {
    target.AddRelative(View(As<RangeSubselect>(item)->alias->aliasname));
  }
}

}  // namespace

// LIMIT ALL and OFFSET 0 take nothing away.
bool TakesAll(const SelectStmt* select) {
  const bool all = select->limitCount == nullptr ||
                   ConstantOf(select->limitCount).type == Constant::Type::kNull;
  if (select->limitOffset == nullptr) return all;
  const auto offset = SignOf(ConstantOf(select->limitOffset));
  return all && offset && *offset == 0;
}

bool Condition::SeesEveryRow(const Node* query) {
  Target seen = target_;
  return AddQueryAsTwin(query, {}, nullptr, seen, 0);
}

// Each row of the target comes out of the query's FROM and passes its WHERE.  `inner`:
// the target as it is called inside.  LIMIT is the caller's business.
bool Condition::IsWhole(const SelectStmt* select, Target& inner, int depth) {
  if (++depth > kMostNestedQueries || --work_.nodes_left < 0) {
    work_.gave_up = true;
    return false;
  }
  if (select->op != SETOP_NONE || select->valuesLists != nullptr ||
      select->havingClause != nullptr || HasDistinctOn(select)) {
    return false;
  }
  const WithInScope scope(work_, select->withClause);
  const std::size_t before = inner.twin_count();
  for (int i = 0; i < Length(select->fromClause); ++i) {
    FindTwins(Item(select->fromClause, i), inner, depth);
  }
  if (inner.twin_count() == before) return false;
  if (Length(select->fromClause) == 1 && Tag(Item(select->fromClause, 0)) != T_JoinExpr) {
    inner.UnqualifiedMeansLastTwin();
  }
  if (select->whereClause == nullptr) return true;
  const Truth where = Condition(inner, work_).Fold(select->whereClause, depth);
  if (work_.nodes_left < 0) work_.gave_up = true;
  return where == Truth::kTrue;
}

const CommonTableExpr* Condition::FindCte(const RangeVar* relation) const {
  if (relation->schemaname != nullptr) return nullptr;
  const std::string_view name = View(relation->relname);
  for (std::size_t i = work_.withs.size(); i > 0; --i) {
    const List* ctes = work_.withs[i - 1]->ctes;
    for (int j = 0; j < Length(ctes); ++j) {
      if (--work_.nodes_left < 0) return nullptr;
      const auto* cte = As<CommonTableExpr>(Item(ctes, j));
      if (View(cte->ctename) == name) return cte;
    }
  }
  return work_.ctes == nullptr ? nullptr : work_.ctes->Find(name);
}

void Condition::FindTwins(const Node* item, Target& target, int depth) {
  if (item == nullptr) return;
  if (++depth > kMostNestedQueries || --work_.nodes_left < 0) {
    work_.gave_up = true;
    return;
  }
  switch (Tag(item)) {
    case T_RangeVar: {
      const auto* relation = As<RangeVar>(item);
      const List* names = relation->alias == nullptr ? nullptr : relation->alias->colnames;
      const CommonTableExpr* cte = FindCte(relation);
      bool open = false;
      for (const CommonTableExpr* other : work_.open_ctes) open |= other == cte;
      if (cte != nullptr && !open) {
        work_.open_ctes.push_back(cte);
        AddQueryAsTwin(cte->ctequery, VisibleName(relation),
                       names != nullptr ? names : cte->aliascolnames, target, depth);
        work_.open_ctes.pop_back();
        return;
      }
      // `t AS s(a, b)` renames by position, and nobody here knows the positions.
      if (names == nullptr && target_.IsSameRelation(relation)) {
        work_.gave_up |= !target.AddTwin({.alias = VisibleName(relation)});
      }
      return;
    }
    case T_RangeSubselect: {
      const auto* derived = As<RangeSubselect>(item);
      if (derived->alias == nullptr) return;
      AddQueryAsTwin(derived->subquery, View(derived->alias->aliasname),
                     derived->alias->colnames, target, depth);
      return;
    }
    case T_JoinExpr:
      FindTwinsInJoin(As<JoinExpr>(item), target, depth);
      return;
    default:
      return;
  }
}

void Condition::FindTwinsInJoin(const JoinExpr* join, Target& target, int depth) {
  const bool bare = join->quals == nullptr && !join->isNatural && join->usingClause == nullptr;
  const bool filters =
      !bare && (join->quals == nullptr || Fold(join->quals, depth) != Truth::kTrue);
  const bool keeps_left =
      !filters || join->jointype == JOIN_LEFT || join->jointype == JOIN_FULL;
  const bool keeps_right =
      !filters || join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL;
  const std::size_t before = target.twin_count();
  if (keeps_left) FindTwins(join->larg, target, depth);
  if (keeps_right) FindTwins(join->rarg, target, depth);
  // t s LEFT JOIN u ON …: u's columns tell the rows of s apart.
  if (!filters || target.twin_count() == before) return;
  if (keeps_left) AddNames(join->rarg, target, depth);
  if (keeps_right) AddNames(join->larg, target, depth);
}

// `alias` is a twin where the query's result has every row of the target in it.
bool Condition::AddQueryAsTwin(const Node* query, std::string_view alias, const List* names,
                               Target& target, int depth) {
  if (query == nullptr || Tag(query) != T_SelectStmt) return false;
  if (++depth > kMostNestedQueries || --work_.nodes_left < 0) {
    work_.gave_up = true;
    return false;
  }
  const auto* select = As<SelectStmt>(query);
  if (!TakesAll(select)) return false;
  if (select->op == SETOP_UNION) {
    // A union's columns are called as in its first query.
    const SelectStmt* first = select;
    for (int i = 0; first->op != SETOP_NONE && i < kMostNestedQueries; ++i) first = first->larg;
    if (names == nullptr) names = first->targetList;
    const WithInScope scope(work_, select->withClause);
    return AddQueryAsTwin(As<Node>(select->larg), alias, names, target, depth) ||
           AddQueryAsTwin(As<Node>(select->rarg), alias, names, target, depth);
  }
  Target inner = target_;
  if (!IsWhole(select, inner, depth)) return false;
  work_.gave_up |= !target.AddTwin({.alias = alias,
                                    .names = names != nullptr ? names : select->targetList,
                                    .columns = select->targetList});
  return true;
}

}  // namespace pgmoat::policy
