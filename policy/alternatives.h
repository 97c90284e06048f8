// Do the alternatives of an OR leave out any row?  Do the terms of an AND leave any?
#pragma once

#include "policy/row_dependence.h"

namespace pgmoat::policy {

// `x = 1 OR x <> 1`, `a = true OR a = false`, `x < 5 OR x = 5 OR x > 5`,
// `x <> 1 OR x <> 2`: one of them holds for every row, NULLs looked past.
bool CoverEveryRow(const List* alternatives, const Target& target);

// `x = 1 AND x <> 1`, `a AND NOT a`, `x = 1 AND x = 2`: never together.
bool ExcludeEachOther(const List* terms, const Target& target);

}  // namespace pgmoat::policy
