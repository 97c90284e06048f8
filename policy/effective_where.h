// Has an UPDATE, DELETE or MERGE a condition that can exclude a row?
//
// Constant-folds what is true whatever the row holds.  NULLs are looked past on
// purpose: `x = x` excludes rows where x is null, and nobody means that.
//
// Cannot see: that a column is NOT NULL, and value ranges (`x > 0 OR x < 10`);
// README.md lists the rest.
#pragma once

#include "policy/raw_tree.h"

namespace pgmoat::policy {

// `from` is USING of DELETE, FROM of UPDATE; it and `where` may be null.
bool WhereIsEffective(const RangeVar* target, const List* from, const Node* where);

// Every WHEN clause that updates or deletes rows of the target has a condition, its
// own or ON's, that can exclude one.
// INSERT … SELECT from the table itself, ON CONFLICT DO UPDATE: an UPDATE of every row
// unless the SELECT or the DO UPDATE has a condition.
bool UpsertIsEffective(const InsertStmt* insert);

bool MergeIsEffective(const MergeStmt* merge);

}  // namespace pgmoat::policy
