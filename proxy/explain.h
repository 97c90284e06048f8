// The verb `explain`: what pgmoat thinks of a text, without a server.
//
// Uses the very functions that judge in the proxy, and the session's own words for the
// denial; decides nothing by itself.  It does not know a session: what an EXECUTE runs,
// or which settings were changed before, is judged by the proxy only.
#pragma once

#include <string>
#include <string_view>

#include "policy/decision.h"

namespace pgmoat::cli {

struct Explanation {
  bool allowed = false;
  std::string text;  // for people; ends with a newline
  std::string json;  // one object, ends with a newline
};

// `sql` has no NUL in it (the protocol's String cannot).
Explanation Explain(const policy::Rules& rules, std::string_view sql,
                    const policy::Circumstances& circumstances);

}  // namespace pgmoat::cli
