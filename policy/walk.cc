#include "policy/walk.h"

#include <algorithm>
#include <utility>

#include "policy/children.h"
#include "policy/functions.h"
#include "policy/parser.h"

namespace pgmoat::policy {

namespace {

// Looking for what is listed already stays cheap.
constexpr std::size_t kMostCompared = 64;

}  // namespace

bool IsTemporary(const RangeVar* relation) {
  return relation->relpersistence == RELPERSISTENCE_TEMP ||
         View(relation->schemaname) == "pg_temp";
}

WalkResult Walk::Run(const Node* statement) {
  stack_.clear();
  depth_ = 0;
  Push(statement);
  while (!stack_.empty()) {
    WorkItem& top = stack_.back();
    const void* node = top.node;
    depth_ = top.depth;
    scope_ = top.scope;
    planned_ = top.planned;
    if (Tag(node) == T_List) {
      const List* list = As<List>(node);
      // Null items exist: DISTINCT, and gaps that the grammar leaves in lists.
      const Node* item = nullptr;
      while (top.next < list->length) {
        item = Item(list, top.next++);
        if (item != nullptr && !IsPlainLeaf(item)) break;
        item = nullptr;
      }
      if (top.next >= list->length) stack_.pop_back();
      if (item == nullptr) continue;
      node = item;
      if (Tag(node) == T_List) {
        Push(node);
        continue;
      }
    } else {
      stack_.pop_back();
    }
    ++depth_;
    if (depth_ > kMaxDepth) {
      stack_.clear();
      return WalkResult::kTooDeep;
    }
    Visit(static_cast<const Node*>(node));
  }
  return WalkResult::kDone;
}

void Walk::Visit(const Node* node) {
  if (VisitQuery(node) || VisitUtility(node) || VisitDefinition(node)) return;
  PushChildren(node);
}

void Walk::PushIn(const void* node, std::int32_t scope, bool planned) {
  if (node == nullptr) return;
  stack_.push_back({node, 0, depth_, scope, planned});
}

void Walk::PushChildren(const Node* node) {
  Children children;
  if (!ChildrenOf(node, children)) {
    AddKind(Kind::kNotUnderstood);
    return;
  }
  // The last pushed is visited first.
  for (int i = children.size() - 1; i >= 0; --i) Push(children[i]);
}

void Walk::PushChildrenInScope(const Node* node, const WithClause* with) {
  if (with == nullptr) {
    PushChildren(node);
    return;
  }
  const int count = Length(with->ctes);
  const std::int32_t outer = scope_;
  const auto all = static_cast<std::int32_t>(scopes_.size());
  scopes_.push_back({with->ctes, count, outer});

  Children children;
  ChildrenOf(node, children);
  for (int i = children.size() - 1; i >= 0; --i) {
    if (children[i] != with) PushIn(children[i], all, planned_);
  }
  for (int i = count - 1; i >= 0; --i) {
    std::int32_t scope = all;
    if (!with->recursive) {
      scope = static_cast<std::int32_t>(scopes_.size());
      scopes_.push_back({with->ctes, i, outer});
    }
    PushIn(Item(with->ctes, i), scope, planned_);
  }
}

bool Walk::IsCteName(const RangeVar* relation) const {
  return scope_ >= 0 && relation->schemaname == nullptr &&
         Find(View(relation->relname)) != nullptr;
}

const CommonTableExpr* Walk::Find(std::string_view name) const {
  for (std::int32_t at = scope_; at >= 0;) {
    const Scope& scope = scopes_[static_cast<std::size_t>(at)];
    for (int i = 0; i < scope.visible; ++i) {
      if (--cte_lookups_left_ < 0) return nullptr;
      const auto* cte = As<CommonTableExpr>(Item(scope.ctes, i));
      if (View(cte->ctename) == name) return cte;
    }
    if (--cte_lookups_left_ < 0) return nullptr;
    at = scope.outer;
  }
  return nullptr;
}

void Walk::AddStatement(Kind kind, std::string_view tag) {
  AddKind(kind);
  if (depth_ == 1) facts_.tag = tag;
}

void Walk::AddRelation(const RangeVar* relation, Access access) {
  if (relation == nullptr) return;
  ListOnce(UseOf(relation, access));
}

RelationUse Walk::UseOf(const RangeVar* relation, Access access) {
  RelationUse use;
  use.access = access;
  if (!names_.empty()) {
    use.name = std::move(names_.back());
    names_.pop_back();
    use.name.clear();
  }
  if (relation->catalogname != nullptr) use.name.append(relation->catalogname).append(".");
  use.schema_at = use.name.size();
  if (relation->schemaname != nullptr) use.name.append(relation->schemaname).append(".");
  use.name_at = use.name.size();
  use.name.append(View(relation->relname));
  return use;
}

// A relation that is used a million times is one fact.
void Walk::ListOnce(RelationUse&& use) {
  const std::size_t compared = std::min(facts_.relations.size(), kMostCompared);
  for (std::size_t i = 0; i < compared; ++i) {
    const RelationUse& listed = facts_.relations[i];
    if (listed.access == use.access && listed.name == use.name &&
        listed.name_at == use.name_at && listed.schema_at == use.schema_at) {
      return;
    }
  }
  facts_.relations.push_back(std::move(use));
}

void Walk::AddRelationName(const List* name, Access access, int count) {
  if (count < 0) count = Length(name);
  if (count == 0) return;
  RelationUse use;
  use.access = access;
  for (int i = 0; i < count; ++i) {
    if (i > 0) use.name.append(".");
    use.schema_at = i > 1 ? use.name_at : 0;
    use.name_at = use.name.size();
    use.name.append(StringOf(Item(name, i)));
  }
  ListOnce(std::move(use));
}

void Walk::AddRelations(const List* relations, Access access) {
  for (int i = 0; i < Length(relations); ++i) {
    const Node* item = Item(relations, i);
    if (item != nullptr && Tag(item) == T_RangeVar) AddRelation(As<RangeVar>(item), access);
  }
}

void Walk::AddFunction(const List* name) {
  const int count = Length(name);
  if (count == 0) return;
  const std::string_view own_name = StringOf(Item(name, count - 1));
  // database.schema.function: the server insists that the database is this one.
  const std::string_view schema =
      count > 1 ? StringOf(Item(name, count - 2)) : std::string_view();
  const std::size_t compared = std::min(facts_.functions.size(), kMostCompared);
  for (std::size_t i = 0; i < compared; ++i) {
    if (facts_.functions[i].name == own_name && facts_.functions[i].schema == schema) return;
  }
  facts_.functions.push_back({std::string(schema), std::string(own_name)});
}

// Most fields are columns: only a name that somebody gave a verdict is noted.
void Walk::AddFieldCall(std::string_view field, bool of_value) {
  if (!field.empty()) facts_.fields.Add(field, of_value);
  if (field.size() < 6) return;
  if (FindGivenVerdict(field) == nullptr && FindExtensionVerdict(field) == nullptr) return;
  facts_.functions.emplace_back().name = field;
}

void Walk::NoteCreated(const RangeVar* relation, OnCommitAction on_commit) {
  AddRelation(relation, Access::kCreate);
  facts_.unlogged |= relation->relpersistence == RELPERSISTENCE_UNLOGGED;
  if (!IsTemporary(relation)) return;
  // An element of CREATE SCHEMA is not the statement.
  if (depth_ == 1 || facts_.tag == "SELECT INTO") facts_.temporary = true;
  if (planned_) return;
  facts_.on_commit_drop |= on_commit == ONCOMMIT_DROP;
  facts_.creates_temporary.push_back(UseOf(relation, Access::kCreate).name);
}

void Walk::AddUnfiltered(Kind kind) {
  if (planned_) return;
  facts_.effective_where = false;
  facts_.unfiltered.Add(kind);
}

void Walk::NoteDropBehavior(DropBehavior behavior) {
  if (behavior == DROP_CASCADE) facts_.cascade = true;
}

}  // namespace pgmoat::policy
