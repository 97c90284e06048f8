// Conditions made of subqueries.  A subquery that sees every row of the target finds
// each row in itself: `x IN (SELECT x FROM t)`, `EXISTS (SELECT 1 FROM t s WHERE
// s.id = t.id)`.
#include "policy/condition.h"
#include "policy/constants.h"
#include "policy/same_expression.h"

namespace pgmoat::policy {

namespace {

// Queries inside queries; past this nobody wrote it by hand.
constexpr int kDeepest = 200;

bool IsPlainAggregate(const Node* node) {
  if (node == nullptr || Tag(node) != T_FuncCall) return false;
  const auto* call = As<FuncCall>(node);
  if (call->over != nullptr) return false;
  if (call->agg_star) return true;
  const std::string_view called = LastName(call->funcname);
  for (const std::string_view name : {"count", "sum", "min", "max", "avg", "bool_and",
                                      "bool_or", "every", "array_agg", "string_agg"}) {
    if (called == name) return true;
  }
  return false;
}

// LIMIT ALL and OFFSET 0 take nothing away.
bool TakesAll(const SelectStmt* select) {
  const bool all = select->limitCount == nullptr ||
                   ConstantOf(select->limitCount).type == Constant::Type::kNull;
  if (select->limitOffset == nullptr) return all;
  const auto offset = SignOf(ConstantOf(select->limitOffset));
  return all && offset && *offset == 0;
}

bool TakesOne(const SelectStmt* select) {
  if (TakesAll(select)) return true;
  const auto limit = SignOf(ConstantOf(select->limitCount));
  return select->limitOffset == nullptr && limit && *limit > 0;
}

bool TakesNone(const SelectStmt* select) {
  const auto limit = SignOf(ConstantOf(select->limitCount));
  return limit && *limit == 0;
}

const Node* OnlyTarget(const SelectStmt* select) {
  if (Length(select->targetList) != 1) return nullptr;
  return As<ResTarget>(Item(select->targetList, 0))->val;
}

bool IsStar(const Node* node) {
  if (Tag(node) != T_ColumnRef) return false;
  const List* fields = As<ColumnRef>(node)->fields;
  return Tag(Item(fields, Length(fields) - 1)) == T_A_Star;
}

// DISTINCT ON keeps one row of many; plain DISTINCT is a list of one null pointer.
bool HasDistinctOn(const SelectStmt* select) {
  return Length(select->distinctClause) > 0 && Item(select->distinctClause, 0) != nullptr;
}

// As written: `t.id < id` may be two tables' columns.
bool IsSameColumn(const Node* left, const Node* right) {
  if (Tag(left) != T_ColumnRef || Tag(right) != T_ColumnRef) return false;
  const auto* a = As<ColumnRef>(left);
  const auto* b = As<ColumnRef>(right);
  return QualifierOf(a) == QualifierOf(b) && LastName(a->fields) == LastName(b->fields) &&
         !LastName(a->fields).empty();
}

// SELECT list against what is looked for in it: `x`, or `(a, b)` item by item.
bool ListsTheSame(const List* items, const Node* column, const Target& inner) {
  if (Length(items) == 1) {
    const Node* only = As<ResTarget>(Item(items, 0))->val;
    if (IsStar(only)) return true;
    if (Tag(column) != T_RowExpr) return SameExpression(only, column, inner);
  }
  if (Tag(column) != T_RowExpr) return false;
  const List* wanted = As<RowExpr>(column)->args;
  if (Length(items) != Length(wanted)) return false;
  for (int i = 0; i < Length(items); ++i) {
    if (!SameExpression(As<ResTarget>(Item(items, i))->val, Item(wanted, i), inner)) {
      return false;
    }
  }
  return true;
}

// What the FROM items of one side of a join are called.
void AddNames(const Node* item, Target& target, int depth) {
  if (item == nullptr || depth > kDeepest) return;
  if (Tag(item) == T_JoinExpr) {
    AddNames(As<JoinExpr>(item)->larg, target, depth + 1);
    AddNames(As<JoinExpr>(item)->rarg, target, depth + 1);
  } else if (Tag(item) == T_RangeVar) {
    target.AddRelative(VisibleName(As<RangeVar>(item)));
  } else if (Tag(item) == T_RangeSubselect && As<RangeSubselect>(item)->alias != nullptr) {
    target.AddRelative(View(As<RangeSubselect>(item)->alias->aliasname));
  }
}

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

}  // namespace

bool Condition::SeesEveryRow(const Node* query) {
  Target seen = target_;
  return AddQueryAsTwin(query, {}, nullptr, seen, 0);
}

Truth Condition::FoldSubLink(const SubLink* link, int depth) {
  const Node* query = link->subselect;
  if (query == nullptr || Tag(query) != T_SelectStmt) return ByDependence(link);
  const auto* select = As<SelectStmt>(query);
  if (FindsNothing(select)) {
    if (link->subLinkType == ALL_SUBLINK) return Truth::kTrue;
    if (link->subLinkType == ANY_SUBLINK || link->subLinkType == EXISTS_SUBLINK) {
      return Truth::kFalse;
    }
  }
  switch (link->subLinkType) {
    case EXISTS_SUBLINK:
      return FoldExists(select, depth);
    case EXPR_SUBLINK: {
      // (SELECT true)
      const Node* only = WithoutDisguise(As<Node>(link), target_);
      return only == As<Node>(link) ? ByDependence(link) : Fold(only, depth);
    }
    case ANY_SUBLINK: {
      const std::string_view op = link->operName == nullptr ? "=" : LastName(link->operName);
      const bool reflexive = op == "=" || op == "<=" || op == ">=";
      if (reflexive && SelectsWholeColumn(query, link->testexpr, depth)) return Truth::kTrue;
      return ByDependence(link);
    }
    default:
      return ByDependence(link);
  }
}

Truth Condition::FoldExists(const SelectStmt* select, int depth) {
  if (select->op == SETOP_UNION && TakesOne(select)) {
    const WithInScope scope(work_, select->withClause);
    if (depth > kDeepest) return Truth::kDoubt;
    const Truth left = FoldExists(select->larg, depth + 1);
    return left == Truth::kTrue ? left : Or(left, FoldExists(select->rarg, depth + 1));
  }
  if (select->op != SETOP_NONE || select->havingClause != nullptr || !TakesOne(select)) {
    return ByDependence(select);
  }
  if (select->valuesLists != nullptr) return Truth::kTrue;
  // An aggregate over no rows is a row.
  if (select->groupClause == nullptr && IsPlainAggregate(OnlyTarget(select))) {
    return Truth::kTrue;
  }
  if (select->fromClause == nullptr) {
    return select->whereClause == nullptr ? Truth::kTrue : Fold(select->whereClause, depth);
  }
  Target inner = target_;
  return IsWhole(select, inner, depth) ? Truth::kTrue : ByDependence(select);
}

// SELECT … WHERE false, LIMIT 0.  Only what holds whosever the columns are counts.
bool Condition::FindsNothing(const SelectStmt* select) {
  if (TakesNone(select)) return true;
  if (select->op != SETOP_NONE || select->whereClause == nullptr ||
      (select->groupClause == nullptr && IsPlainAggregate(OnlyTarget(select)))) {
    return false;
  }
  const auto is_false = [&](const Node* node) {
    if (Tag(node) == T_A_Const) return Fold(node) == Truth::kFalse;
    if (Tag(node) != T_A_Expr || As<A_Expr>(node)->kind != AEXPR_OP) return false;
    const auto* expression = As<A_Expr>(node);
    const std::string_view op = OperatorName(expression);
    if (expression->lexpr == nullptr) return false;
    if ((op == "<>" || op == "<" || op == ">") &&
        IsSameColumn(expression->lexpr, expression->rexpr)) {
      return true;
    }
    const auto holds = CompareConstants(PlainConstant(expression->lexpr), op,
                                        PlainConstant(expression->rexpr));
    return holds && !*holds;
  };
  const Node* where = select->whereClause;
  if (Tag(where) != T_BoolExpr || As<BoolExpr>(where)->boolop != AND_EXPR) {
    return is_false(where);
  }
  const List* terms = As<BoolExpr>(where)->args;
  for (int i = 0; i < Length(terms); ++i) {
    if (is_false(Item(terms, i))) return true;
  }
  return false;
}

// Each row of the target comes out of the query's FROM and passes its WHERE.  `inner`:
// the target as it is called inside.  LIMIT is the caller's business.
bool Condition::IsWhole(const SelectStmt* select, Target& inner, int depth) {
  if (++depth > kDeepest || --work_.nodes_left < 0) {
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

// `column IN (query)` holds for every row.
bool Condition::SelectsWholeColumn(const Node* query, const Node* column, int depth) {
  if (query == nullptr || column == nullptr || Tag(query) != T_SelectStmt) return false;
  if (++depth > kDeepest || --work_.nodes_left < 0) {
    work_.gave_up = true;
    return false;
  }
  const auto* select = As<SelectStmt>(query);
  if (select->op != SETOP_NONE) {
    if (select->op == SETOP_EXCEPT || !TakesAll(select)) return false;
    const WithInScope scope(work_, select->withClause);
    const bool left = SelectsWholeColumn(As<Node>(select->larg), column, depth);
    if (left == (select->op == SETOP_UNION)) return left;
    return SelectsWholeColumn(As<Node>(select->rarg), column, depth);
  }
  if (select->fromClause == nullptr) return SelectsOuterColumn(select, column);
  Target inner = target_;
  if (!IsWhole(select, inner, depth)) return false;
  // A limit takes nothing from a query that is bound to the outer row.
  const bool bound = select->whereClause != nullptr && TakesOne(select) &&
                     ByDependence(select->whereClause) == Truth::kVaries;
  return (TakesAll(select) || bound) && ListsTheSame(select->targetList, column, inner);
}

// x IN (SELECT x), x IN (VALUES (1), (x)): the inner x is the outer one.
bool Condition::SelectsOuterColumn(const SelectStmt* select, const Node* column) {
  if (!TakesOne(select) || select->havingClause != nullptr) return false;
  for (int i = 0; i < Length(select->valuesLists); ++i) {
    const List* row = As<List>(Item(select->valuesLists, i));
    const bool wide = Tag(column) == T_RowExpr;
    const List* wanted = wide ? As<RowExpr>(column)->args : nullptr;
    if (Length(row) != (wide ? Length(wanted) : 1)) continue;
    bool same = true;
    for (int j = 0; j < Length(row) && same; ++j) {
      same = Same(Item(row, j), wide ? Item(wanted, j) : column);
    }
    if (same) return true;
  }
  if (select->targetList == nullptr) return false;
  if (select->whereClause != nullptr && Fold(select->whereClause) != Truth::kTrue) return false;
  return ListsTheSame(select->targetList, column, target_);
}

// (SELECT min(x) FROM t), (SELECT array_agg(x) FROM t): of the whole column.
bool Condition::IsExtreme(const Node* query, std::string_view aggregate, const Node* column,
                          int depth) {
  if (query == nullptr || Tag(query) != T_SelectStmt) return false;
  const auto* select = As<SelectStmt>(query);
  const Node* only = OnlyTarget(select);
  if (only == nullptr || Tag(only) != T_FuncCall || select->groupClause != nullptr)
    return false;
  const auto* call = As<FuncCall>(only);
  if (LastName(call->funcname) != aggregate || Length(call->args) != 1 ||
      call->agg_filter != nullptr) {
    return false;
  }
  Target inner = target_;
  return IsWhole(select, inner, depth) && SameExpression(Item(call->args, 0), column, inner);
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
  if (++depth > kDeepest || --work_.nodes_left < 0) {
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
        target.AddTwin({.alias = VisibleName(relation)});
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
  if (++depth > kDeepest || --work_.nodes_left < 0) {
    work_.gave_up = true;
    return false;
  }
  const auto* select = As<SelectStmt>(query);
  if (!TakesAll(select)) return false;
  if (select->op == SETOP_UNION) {
    // A union's columns are called as in its first query.
    const SelectStmt* first = select;
    for (int i = 0; first->op != SETOP_NONE && i < kDeepest; ++i) first = first->larg;
    if (names == nullptr) names = first->targetList;
    const WithInScope scope(work_, select->withClause);
    return AddQueryAsTwin(As<Node>(select->larg), alias, names, target, depth) ||
           AddQueryAsTwin(As<Node>(select->rarg), alias, names, target, depth);
  }
  Target inner = target_;
  if (!IsWhole(select, inner, depth)) return false;
  target.AddTwin({.alias = alias,
                  .names = names != nullptr ? names : select->targetList,
                  .columns = select->targetList});
  return true;
}

}  // namespace pgmoat::policy
