// What the tests ask: facts of a text, and what a role is told about it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "policy/decision.h"
#include "policy/parser.h"

namespace pgmoat::policy {

inline TextFacts FactsOf(std::string_view sql) {
  TextFacts facts;
  ReadFacts(sql, facts);
  return facts;
}

// Facts of a text that is one statement.
inline StatementFacts Only(std::string_view sql) {
  TextFacts facts = FactsOf(sql);
  EXPECT_EQ(facts.status, TextStatus::kUnderstood) << sql;
  EXPECT_EQ(facts.statements.size(), 1U) << sql;
  return facts.statements.empty() ? StatementFacts{} : facts.statements[0];
}

inline Rules RulesOf(BuiltinRole role) {
  Rules rules;
  rules.role = role;
  rules.environment = "production";
  return rules;
}

inline Decision DecisionOf(BuiltinRole role, std::string_view sql) {
  return Judge(RulesOf(role), FactsOf(sql));
}

inline void ExpectAllowed(BuiltinRole role, std::string_view sql) {
  const Decision decision = DecisionOf(role, sql);
  EXPECT_TRUE(decision.allowed) << RoleName(role) << ": " << sql << "\n  " << decision.rule
                                << ": " << decision.message;
}

inline void ExpectRefused(BuiltinRole role, std::string_view sql, std::string_view rule,
                          std::string_view sqlstate) {
  const Decision decision = DecisionOf(role, sql);
  EXPECT_FALSE(decision.allowed) << RoleName(role) << ": " << sql;
  EXPECT_EQ(decision.rule, rule) << sql;
  EXPECT_EQ(decision.sqlstate, sqlstate) << sql;
}

inline void ExpectRefused(BuiltinRole role, std::string_view sql) {
  const Decision decision = DecisionOf(role, sql);
  EXPECT_FALSE(decision.allowed) << RoleName(role) << ": " << sql;
  EXPECT_FALSE(decision.rule.empty());
  EXPECT_EQ(decision.sqlstate.size(), 5U);
  EXPECT_FALSE(decision.hint.empty());
}

}  // namespace pgmoat::policy
