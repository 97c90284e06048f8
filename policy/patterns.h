// Patterns that every text matches.
#pragma once

#include <string_view>

namespace pgmoat::policy {

// LIKE, ILIKE, SIMILAR TO: '%', '%%'.
bool LikeMatchesAnything(std::string_view pattern);

// A regular expression that is satisfied by nothing at all, at any place of a text:
// '', '.*', '^', 'a?', '(x|)', '^.*$'.  False also for whatever this does not read.
bool RegexMatchesAnything(std::string_view pattern);

}  // namespace pgmoat::policy
