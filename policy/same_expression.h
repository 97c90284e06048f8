// Are two expressions the same, so that `a = b` says nothing?
#pragma once

#include "policy/row_dependence.h"

namespace pgmoat::policy {

// Same shape, names and constants.  Columns of the target and its twins are the same
// when their names are.  False also where nested too deep to tell.
bool SameExpression(const Node* left, const Node* right, const Target& target);

// The same value in another guise: x of `x + 0`, `1 * x`, `x || ''`, `-(-x)`,
// `(SELECT x)`, `coalesce(x, …)`, `greatest(x, x)`, `nullif(x, NULL)`, `x::text`.
const Node* WithoutDisguise(const Node* node, const Target& target);

// Last component of an operator's name: "=", also of OPERATOR(pg_catalog.=).
std::string_view OperatorName(const A_Expr* expression);

// The operator that is true where `name` is false; empty when there is none we know.
std::string_view NegatorOf(std::string_view name);

}  // namespace pgmoat::policy
