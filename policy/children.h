// What hangs below a node of the raw tree.  The one place that knows the shape of
// every node the grammar can produce; the walks over it know what nodes mean.
#pragma once

#include "policy/raw_tree.h"

namespace pgmoat::policy {

// Children in the order of the text: nodes or Lists, none of them null.
class Children {
 public:
  void Add(const void* child) {
    if (child != nullptr) items_[size_++] = child;
  }
  template <typename... Rest>
  void Add(const void* first, const Rest*... rest) {
    Add(first);
    (Add(static_cast<const void*>(rest)), ...);
  }
  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] const void* operator[](int index) const { return items_[index]; }

 private:
  static constexpr int kMost = 16;  // a SelectStmt has fifteen
  const void* items_[kMost];
  int size_ = 0;
};

// Children of expressions, FROM items, clauses and definitions.  For INSERT, UPDATE,
// DELETE and MERGE the target relation is not among them, nor is the relation of an
// INTO or LOCKING clause: how those are used is for the walk to say.
// False: a node this function does not know.  A List is not a node to it.
bool ChildrenOf(const Node* node, Children& children);

// A node that has no children and says nothing by itself.
inline bool IsPlainLeaf(const Node* node) {
  const NodeTag tag = Tag(node);
  if (tag == T_ColumnRef) return Length(As<ColumnRef>(node)->fields) == 1;  // t.f may be f(t)
  return tag == T_A_Const || tag == T_ParamRef || tag == T_String;
}

}  // namespace pgmoat::policy
