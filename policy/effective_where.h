// Has an UPDATE, DELETE or MERGE a condition that can exclude a row?
//
// Constant-folds what is true whatever the row holds.  NULLs are looked past on
// purpose: `x = x` excludes rows where x is null, and nobody means that.
//
// Cannot see: that a column is NOT NULL, and value ranges (`x > 0 OR x < 10`);
// README.md lists the rest.  `outer` knows the CTEs around the statement, its own
// aside.
#pragma once

#include "policy/row_dependence.h"

namespace pgmoat::policy {

bool WhereIsEffective(const UpdateStmt* update, const CteLookup& outer);
bool WhereIsEffective(const DeleteStmt* removal, const CteLookup& outer);

// INSERT … SELECT from the table itself, ON CONFLICT DO UPDATE: an UPDATE of every row
// unless the SELECT or the DO UPDATE has a condition.
bool UpsertIsEffective(const InsertStmt* insert, const CteLookup& outer);

// Every WHEN clause that updates or deletes rows of the target has a condition, its
// own or ON's, that can exclude one.
bool MergeIsEffective(const MergeStmt* merge, const CteLookup& outer);

// A policy's USING or WITH CHECK on `relation` that is plainly true; null is not.
bool HoldsForEveryRow(const RangeVar* relation, const Node* condition, const CteLookup& outer);

}  // namespace pgmoat::policy
