#include "policy/row_dependence.h"

#include <vector>

#include "policy/children.h"

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

void Target::AddTwin(std::string_view alias) {
  if (twin_count_ < twins_.size()) twins_[twin_count_++] = alias;
}

bool Target::IsTwin(std::string_view alias) const {
  for (std::size_t i = 0; i < twin_count_; ++i) {
    if (twins_[i] == alias) return true;
  }
  return false;
}

std::string_view Target::ColumnOf(const ColumnRef* reference) const {
  const int count = Length(reference->fields);
  const Node* last = Item(reference->fields, count - 1);
  const std::string_view column = Tag(last) == T_A_Star ? "*" : StringOf(last);
  if (count == 1) return column;
  const std::string_view qualifier = StringOf(Item(reference->fields, count - 2));
  return qualifier == name_ || IsTwin(qualifier) ? column : std::string_view();
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
  const int count = Length(reference->fields);
  if (count == 1) return !hidden.unqualified;
  return !hidden.qualified && StringOf(Item(reference->fields, count - 2)) == target.name();
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
    Hidden inside = hidden;
    if (Tag(node) == T_SelectStmt) {
      const List* from = As<SelectStmt>(node)->fromClause;
      for (int i = 0; i < Length(from); ++i) LookAtFromItem(Item(from, i), target, inside);
    }
    Children children;
    if (!ChildrenOf(static_cast<const Node*>(node), children)) return Dependence::kUnknown;
    for (int i = children.size() - 1; i >= 0; --i) pending.push_back({children[i], inside});
  }
  return parameter ? Dependence::kOnParameter : Dependence::kOnNothing;
}

}  // namespace pgmoat::policy
