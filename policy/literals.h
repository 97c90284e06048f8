// What the tree says of the literals of a text: what may stand in place of each.  Private
// to policy/.
#pragma once

#include <cstddef>
#include <vector>

#include "policy/raw_tree.h"

namespace pgmoat::policy {

enum class Treatment {
  kParameter,    // an expression: $n may stand here
  kQuoted,       // the grammar wants a constant: DATE '…', SET x = '…'
  kKeep,         // a number that is no data: varchar(10), ORDER BY 1, SET work_mem = 64
  kHideLiteral,  // '***', also for a bare word: SET app.user = alice
  kHide,         // a secret, also as a bare word: SET app.password = word
  kHideString,   // a secret, if it is a string
  kNextString,   // not here: the next string after this place is a secret
};

struct Place {
  std::size_t at;  // bytes; of a negative number: its sign, as the parser has it
  Treatment treatment;
};

enum class PlacesResult { kDone, kTooDeep, kNotUnderstood };

// Replaces what `places` held; ordered by `at`.  A literal that is in no place is an option
// of a statement: the text of COMMENT, a number of FETCH …
PlacesResult FindPlaces(const RawTree& tree, std::vector<Place>& places);

}  // namespace pgmoat::policy
