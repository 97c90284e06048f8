// Operators and casts: what a statement calls without a function's name.
#include <algorithm>

#include "policy/walk.h"

namespace pgmoat::policy {

namespace {

// Looking for a cast that is listed already stays cheap.
constexpr std::size_t kMostCompared = 64;

struct QualifiedName {
  std::string_view schema;
  std::string_view name;
};

QualifiedName NameOf(const List* names) {
  const int count = Length(names);
  if (count == 0) return {};
  return {count > 1 ? StringOf(Item(names, count - 2)) : std::string_view(),
          StringOf(Item(names, count - 1))};
}

}  // namespace

void Walk::AddOperator(const List* name) {
  const QualifiedName used = NameOf(name);
  if (!used.name.empty()) facts_.operators.Add(used.schema, used.name);
}

void Walk::AddOperators(const A_Expr* expression) {
  // BETWEEN is written without the operators that it stands for.
  switch (expression->kind) {
    case AEXPR_BETWEEN:
    case AEXPR_BETWEEN_SYM:
      facts_.operators.Add({}, ">=");
      facts_.operators.Add({}, "<=");
      return;
    case AEXPR_NOT_BETWEEN:
    case AEXPR_NOT_BETWEEN_SYM:
      facts_.operators.Add({}, "<");
      facts_.operators.Add({}, ">");
      return;
    default:
      AddOperator(expression->name);
  }
}

void Walk::AddCast(const TypeName* type) {
  const QualifiedName target = type == nullptr ? QualifiedName{} : NameOf(type->names);
  if (target.name.empty()) return;
  const std::size_t compared = std::min(facts_.casts.size(), kMostCompared);
  for (std::size_t i = 0; i < compared; ++i) {
    if (facts_.casts[i].name == target.name && facts_.casts[i].schema == target.schema) return;
  }
  facts_.casts.push_back({std::string(target.schema), std::string(target.name)});
}

void Walk::NoteNames(const Node* node) {
  switch (Tag(node)) {
    case T_TypeCast:
      AddCast(As<TypeCast>(node)->typeName);
      return;
    case T_XmlSerialize:
      AddCast(As<XmlSerialize>(node)->typeName);
      return;
    case T_RangeTableFuncCol:
      AddCast(As<RangeTableFuncCol>(node)->typeName);
      return;
    case T_RangeFunction: {
      // json_to_record(…) AS x(a type)
      const List* columns = As<RangeFunction>(node)->coldeflist;
      for (int i = 0; i < Length(columns); ++i) {
        AddCast(As<ColumnDef>(Item(columns, i))->typeName);
      }
      return;
    }
    case T_SubLink: {
      const auto* link = As<SubLink>(node);
      if (link->operName != nullptr) return AddOperator(link->operName);
      if (link->subLinkType == ANY_SUBLINK) facts_.operators.Add({}, "=");  // IN
      return;
    }
    case T_CaseExpr:
      if (As<CaseExpr>(node)->arg != nullptr) facts_.operators.Add({}, "=");
      return;
    case T_JoinExpr:
      if (As<JoinExpr>(node)->isNatural || As<JoinExpr>(node)->usingClause != nullptr) {
        facts_.operators.Add({}, "=");
      }
      return;
    case T_SortBy:
      AddOperator(As<SortBy>(node)->useOp);
      return;
    case T_Constraint: {
      // EXCLUDE: pairs of an element and an operator.
      const List* exclusions = As<Constraint>(node)->exclusions;
      for (int i = 0; i < Length(exclusions); ++i) {
        const List* pair = As<List>(Item(exclusions, i));
        if (Length(pair) > 1) AddOperator(As<List>(Item(pair, 1)));
      }
      return;
    }
    default:
      return;
  }
}

}  // namespace pgmoat::policy
