// What hangs below any node of the raw tree, statements included.  children.h knows the
// nodes inside of statements, and the walk (walk.h) reads statements by itself, since it
// leaves out what says nothing of rights; a reader that must miss no literal, or must know
// how deep a tree is, takes this.  Private to policy/.
#pragma once

#include "policy/children.h"

namespace pgmoat::policy {

// Everything below `node` that can hold an expression, an option or a statement.
// False: a node that nobody here knows.
bool PartsOf(const Node* node, Children& parts);

}  // namespace pgmoat::policy
