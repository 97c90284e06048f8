// Shadow mode and `log` rules: everything passes, and the trail tells what would not.
#include <gtest/gtest.h>

#include <memory>

#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

class Shadow : public ::testing::Test {
 protected:
  explicit Shadow(void (*change)(policy::Rules&) =
                      [](policy::Rules& rules) { rules.enforce = false; })
      : c({}, MakeChangedDirectory(change)) {}
  // The rule that is on record for the last statement; empty: none.
  std::string Recorded() const {
    const AuditRecord& record = c.trail.records.back();
    EXPECT_EQ(record.would_deny, !record.rule.empty());
    EXPECT_EQ(record.outcome, Outcome::kOk);
    return std::string(record.rule);
  }
  Conversation c;
};

TEST_F(Shadow, AQueryPassesAndIsOnRecord) {
  c.LogIn("app");
  EXPECT_EQ(c.Run("client Query \"DROP TABLE orders\""), "-> Query \"DROP TABLE orders\"\n");
  c.Run("server CommandComplete \"DROP TABLE\"\nserver ReadyForQuery I");
  EXPECT_EQ(Recorded(), "app.ddl");
  EXPECT_EQ(c.metrics.would_deny, 1);
  EXPECT_EQ(c.metrics.denied, 0);
  c.Run(
      "client Query \"SELECT 1\"\nserver CommandComplete \"SELECT 1\"\nserver ReadyForQuery I");
  EXPECT_EQ(Recorded(), "");
}

TEST_F(Shadow, AnExecuteIsOnRecordOnce) {
  c.LogIn("app");
  EXPECT_EQ(c.Run("client Parse \"\" \"TRUNCATE orders\"\nclient Bind \"\" \"\"\n"
                  "client Execute \"\"\nclient Sync"),
            "-> Parse \"\" \"TRUNCATE orders\"\n-> Bind \"\" \"\"\n-> Execute \"\"\n-> Sync\n");
  c.Run(
      "server ParseComplete\nserver BindComplete\nserver CommandComplete \"TRUNCATE TABLE\"\n"
      "server ReadyForQuery I");
  EXPECT_EQ(Recorded(), "app.truncate");
  EXPECT_EQ(c.metrics.would_deny, 1);
}

TEST_F(Shadow, WhatExecuteNamesIsOnRecord) {
  c.LogIn("app");
  c.Run(
      "client Query \"PREPARE d AS DELETE FROM orders\"\nserver CommandComplete PREPARE\n"
      "server ReadyForQuery I");
  c.Run(
      "client Query \"EXECUTE d\"\nserver CommandComplete \"DELETE 3\"\nserver ReadyForQuery "
      "I");
  EXPECT_EQ(Recorded(), "app.delete-without-where");
}

class ShortShadow : public Shadow {
 protected:
  ShortShadow()
      : Shadow([](policy::Rules& rules) {
          rules.enforce = false;
          rules.max_statement_bytes = 1024;
        }) {}
};

TEST_F(ShortShadow, WhatIsNotUnderstoodOrTooLongPassesToo) {
  c.LogIn("readonly");
  EXPECT_EQ(c.Run("client Query \"MERGE new syntax\""), "-> Query \"MERGE new syntax\"\n");
  c.Run("server CommandComplete MERGE\nserver ReadyForQuery I");
  EXPECT_EQ(Recorded(), "any.not-understood");
  const std::string text = "SELECT '" + std::string(5000, 'x') + "'";
  EXPECT_EQ(c.Run("client Query \"" + text + "\""), "-> Query \"" + text + "\"\n");
  c.Run("server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I");
  EXPECT_EQ(Recorded(), "any.too-long");
}

TEST(LogRule, PassesAndIsOnRecordWhileOthersAreRefused) {
  Conversation c({}, MakeChangedDirectory([](policy::Rules& rules) {
                   policy::OwnRule rule;
                   rule.id = "support.copies";
                   rule.effect = policy::Effect::kLog;
                   rule.match.kinds = {policy::Kind::kTruncate};
                   rules.own = {rule};
                 }));
  c.LogIn("app");
  EXPECT_EQ(c.Run("client Query \"TRUNCATE orders\""), "-> Query \"TRUNCATE orders\"\n");
  c.Run("server CommandComplete \"TRUNCATE TABLE\"\nserver ReadyForQuery I");
  EXPECT_TRUE(c.trail.records.back().would_deny);
  EXPECT_EQ(c.trail.records.back().rule, "support.copies");
  EXPECT_EQ(c.Run("client Query \"DROP TABLE orders\""), "-> Query \"pgmoat denied <id>\"\n");
}

}  // namespace
}  // namespace pgmoat::session::testing
