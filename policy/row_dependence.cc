#include "policy/row_dependence.h"

#include <algorithm>
#include <vector>

#include "policy/children.h"
#include "policy/constants.h"

namespace pgmoat::policy {

std::string_view VisibleName(const RangeVar* relation) {
  return relation->alias != nullptr ? View(relation->alias->aliasname)
                                    : View(relation->relname);
}

Target::Target(const RangeVar* relation) : relation_(relation), name_(VisibleName(relation)) {}

bool Target::IsSameRelation(const RangeVar* other) const {
  if (View(other->relname) != View(relation_->relname)) return false;
  return other->schemaname == nullptr || relation_->schemaname == nullptr ||
         View(other->schemaname) == View(relation_->schemaname);
}

std::string_view QualifierOf(const ColumnRef* reference) {
  const int count = Length(reference->fields);
  return count < 2 ? std::string_view() : StringOf(Item(reference->fields, count - 2));
}

namespace {

// SELECT lists are searched up to this column.
constexpr int kMostColumns = 100;

std::string_view LastField(const ColumnRef* reference) {
  const Node* last = Item(reference->fields, Length(reference->fields) - 1);
  return Tag(last) == T_A_Star ? "*" : StringOf(last);
}

// What a SELECT list's item, or a name of an alias's column list, is called.
std::string_view NameOfItem(const Node* item) {
  if (Tag(item) != T_ResTarget) return StringOf(item);
  const auto* target = As<ResTarget>(item);
  if (target->name != nullptr) return View(target->name);
  return Tag(target->val) == T_ColumnRef ? LastField(As<ColumnRef>(target->val))
                                         : std::string_view();
}

}  // namespace

std::string_view Twin::ColumnOf(std::string_view name) const {
  if (names == nullptr) return name;
  const int count = std::min({Length(names), Length(columns), kMostColumns});
  for (int i = 0; i < count; ++i) {
    const Node* value = As<ResTarget>(Item(columns, i))->val;
    const bool column = Tag(value) == T_ColumnRef;
    // SELECT *: what follows keeps its names, as far as we can tell.
    if (column && LastField(As<ColumnRef>(value)) == "*") return name;
    if (NameOfItem(Item(names, i)) != name) continue;
    return column ? LastField(As<ColumnRef>(value)) : std::string_view();
  }
  return {};
}

void Target::AddTwin(const Twin& twin) {
  if (twin_count_ < twins_.size()) twins_[twin_count_++] = twin;
}

const Twin* Target::FindTwin(std::string_view alias) const {
  for (std::size_t i = 0; i < twin_count_; ++i) {
    if (twins_[i].alias == alias) return &twins_[i];
  }
  return nullptr;
}

void Target::AddRelative(std::string_view alias) {
  if (relative_count_ < relatives_.size()) relatives_[relative_count_++] = alias;
}

bool Target::IsTied(std::string_view alias) const {
  if (!tied_) return false;
  if (FindTwin(alias) != nullptr) return true;
  for (std::size_t i = 0; i < relative_count_; ++i) {
    if (relatives_[i] == alias) return true;
  }
  return false;
}

std::string_view Target::ColumnOf(const ColumnRef* reference) const {
  const std::string_view column = LastField(reference);
  const std::string_view qualifier = QualifierOf(reference);
  if (qualifier.empty()) {
    if (column == name_ || FindTwin(column) != nullptr) return "*";
    if (unqualified_ < 0) return column;
    const std::string_view mapped =
        twins_[static_cast<std::size_t>(unqualified_)].ColumnOf(column);
    return mapped.empty() ? column : mapped;  // not the twin's: the target's own
  }
  if (const Twin* twin = FindTwin(qualifier)) {
    const std::string_view mapped = twin->ColumnOf(column);
    if (!mapped.empty()) return mapped;
  }
  return qualifier == name_ ? column : std::string_view();
}

namespace {

// What a subquery's own FROM items hide of the outer target.
struct Hidden {
  bool qualified = false;    // one of them has the target's name
  bool unqualified = false;  // one of them is the target's table: its columns come first
};

struct Pending {
  const void* node;
  Hidden hidden;
};

void LookAtFromItem(const Node* item, const Target& target, Hidden& hidden) {
  // Joins lean to the left; what hangs to the right of one is a single item.
  while (item != nullptr && Tag(item) == T_JoinExpr) {
    const Node* right = As<JoinExpr>(item)->rarg;
    if (right != nullptr && Tag(right) == T_RangeVar) LookAtFromItem(right, target, hidden);
    item = As<JoinExpr>(item)->larg;
  }
  if (item == nullptr) return;
  if (Tag(item) == T_RangeVar) {
    const auto* relation = As<RangeVar>(item);
    if (VisibleName(relation) == target.name()) hidden.qualified = true;
    if (target.IsSameRelation(relation)) hidden.unqualified = true;
  } else if (Tag(item) == T_RangeSubselect) {
    const Alias* alias = As<RangeSubselect>(item)->alias;
    if (alias != nullptr && View(alias->aliasname) == target.name()) hidden.qualified = true;
  }
}

bool RefersToTarget(const ColumnRef* reference, const Target& target, Hidden hidden) {
  // Every row of a plain table has the same tableoid.
  if (LastField(reference) == "tableoid") return false;
  const std::string_view qualifier = QualifierOf(reference);
  if (qualifier.empty()) return !hidden.unqualified;
  return target.IsTied(qualifier) || (!hidden.qualified && qualifier == target.name());
}

// pg_typeof(x) is the same for every row.
bool IsTypeOf(const Node* node) {
  return Tag(node) == T_FuncCall && LastName(As<FuncCall>(node)->funcname) == "pg_typeof";
}

}  // namespace

Dependence DependenceOf(const Node* expression, const Target& target, int& nodes_left) {
  // Short-lived, but seldom needed: most conditions end at the first column.
  std::vector<Pending> pending;
  pending.push_back({expression, {}});
  bool parameter = false;
  while (!pending.empty()) {
    const auto [node, hidden] = pending.back();
    pending.pop_back();
    if (--nodes_left < 0) return Dependence::kUnknown;
    switch (Tag(node)) {
      case T_ColumnRef:
        if (RefersToTarget(As<ColumnRef>(node), target, hidden)) return Dependence::kOnRow;
        continue;
      case T_ParamRef:
        parameter = true;
        continue;
      case T_CurrentOfExpr:
        return Dependence::kOnRow;
      case T_List: {
        const List* list = As<List>(node);
        for (int i = list->length - 1; i >= 0; --i) {
          const Node* item = Item(list, i);
          if (item != nullptr && Tag(item) != T_A_Const) pending.push_back({item, hidden});
        }
        continue;
      }
      default:
        break;
    }
    if (IsTypeOf(static_cast<const Node*>(node))) continue;
    Hidden inside = hidden;
    if (Tag(node) == T_SelectStmt) {
      const List* from = As<SelectStmt>(node)->fromClause;
      for (int i = 0; i < Length(from); ++i) LookAtFromItem(Item(from, i), target, inside);
    }
    Children children;
    if (!ChildrenOf(static_cast<const Node*>(node), children)) return Dependence::kUnknown;
    for (int i = children.size() - 1; i >= 0; --i) {
      // A subquery with a FROM selects from it: SELECT oid FROM pg_class.
      Hidden own = inside;
      if (Tag(node) == T_SelectStmt && children[i] == As<SelectStmt>(node)->targetList &&
          As<SelectStmt>(node)->fromClause != nullptr) {
        own.unqualified = true;
      }
      pending.push_back({children[i], own});
    }
  }
  return parameter ? Dependence::kOnParameter : Dependence::kOnNothing;
}

}  // namespace pgmoat::policy
