// The rules that a config adds to a role: which of them decides on which part of a
// statement (RuleMatch says what a part is).
#pragma once

#include <string_view>

#include "policy/circumstances.h"
#include "policy/facts.h"
#include "policy/rules.h"

namespace pgmoat::policy {

// Borrows from the statement.
struct OwnVerdict {
  // The first part that is refused, and by which rule; null: none is.
  const OwnRule* denied = nullptr;
  std::string_view denied_action;  // "read of hr.salaries", for the message
  std::string_view denied_object;  // the relation or function; empty: the statement as such
  // The first `log` rule that decided on a part.
  const OwnRule* logged = nullptr;
  // Kinds of which every part was let through: the built-in role is not asked.
  KindSet lifted;
  // Of those, the ones that may touch every row.
  KindSet lifted_where;
};

OwnVerdict ApplyOwnRules(const Rules& rules, const StatementFacts& statement,
                         const Circumstances& circumstances);

// A rule of the config lets the function through.
bool OwnRulesAllow(const Rules& rules, const FunctionUse& function,
                   const StatementFacts& statement, const Circumstances& circumstances);

}  // namespace pgmoat::policy
