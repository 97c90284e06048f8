// Reads statement facts off libpg_query's raw tree (design 3.1).
//
// Deliberately does not know roles, sessions or sockets.
//
// Threads: libpg_query keeps thread-local state; call it on fixed threads.
//   Calls on different threads do not disturb each other.
// Errors:  never throws on account of the text; a text that cannot be read is
//   a TextStatus.
// Cost:    time and memory linear in the text.  Never recurses on account of
//   the text: walks hold their own stack, expression checks have a depth limit.
#pragma once

#include <cstddef>
#include <string_view>

#include "policy/facts.h"

namespace pgmoat::policy {

// Statements nested deeper than this are TextStatus::kTooDeep.  The server's own
// limit (max_stack_depth, 2 MB) is reached earlier than this by most expressions.
inline constexpr int kMaxDepth = 10'000;

// `text` need not be NUL-terminated and must not contain NUL (the protocol's
// String cannot).  Replaces what `facts` held.
void ReadFacts(std::string_view text, TextFacts& facts);

// "15.1": the PostgreSQL release whose grammar judges.
std::string_view GrammarVersion();

}  // namespace pgmoat::policy
