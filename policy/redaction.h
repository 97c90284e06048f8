// A statement's text without what must not be on record.
//
// Threads: any, but only fixed ones parse (parser.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/facts.h"

namespace pgmoat::policy {

enum class Redaction {
  kSecrets,   // passwords in CREATE/ALTER ROLE and USER, OPTIONS of servers, user mappings
              // and foreign tables, connection strings of subscriptions and dblink …,
              // also as an argument of EXECUTE
  kLiterals,  // besides, every literal; comments go, too
};

// The statement may hold a secret, so that Redact has to look: cheap, from the facts alone.
[[nodiscard]] bool MayHoldSecrets(const StatementFacts& statement);

// Text that was not understood and yet names what a secret goes with ("PASSWORD", "dblink",
// "CONNECTION", "OPTIONS" …): it is withheld.
[[nodiscard]] bool MentionsSecrets(std::string_view text);

// `text` with what `what` names replaced: a literal by $1, $2 … as pg_stat_statements shows
// it, a secret by '***'.  Nothing: it cannot be parsed, and must be withheld.
[[nodiscard]] std::optional<std::string> Redact(std::string_view text, Redaction what);

}  // namespace pgmoat::policy
