// Who may ask for a grant, in which words, and what ends one.
#include "policy/break_glass.h"

#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

Rules With(BuiltinRole role, std::chrono::milliseconds max) {
  Rules rules;
  rules.role = role;
  rules.environment = "production";
  rules.break_glass.max = max;
  return rules;
}

TextFacts Read(std::string_view text) {
  TextFacts facts;
  ReadFacts(text, facts);
  return facts;
}

const Rules kMay = With(BuiltinRole::kDeploy, std::chrono::minutes(15));
const Rules kMayNot = With(BuiltinRole::kApp, {});
const Rules kAdmin = With(BuiltinRole::kAdmin, {});

TEST(BreakGlass, EverySpellingOfTheSetIsOne) {
  for (const char* sql :
       {"SET pgmoat.break_glass = 'INC-123: why'", "SET pgmoat.break_glass TO 'INC-123: why'",
        "set session PGMOAT.Break_Glass = 'INC-123: why'",
        "SET \"pgmoat\".\"Break_GLASS\" = 'INC-123: why'",
        "SET \"pgmoat.break_glass\" = 'INC-123: why'",
        "/* ticket */ SET pgmoat . break_glass = 'INC-123: why' -- now\n;",
        "SET pgmoat.break_glass = E'INC-123\\x3a why'",
        "SET pgmoat.break_glass = U&'INC-123\\003a why'",
        "SET pgmoat.break_glass = 'INC-123'\n': why'",
        "SET pgmoat.break_glass = $$INC-123: why$$"}) {
    EXPECT_EQ(ReasonOf(Read(sql)), "INC-123: why") << sql;
    EXPECT_TRUE(Judge(kMay, Read(sql)).allowed) << sql;
    EXPECT_EQ(Judge(kMayNot, Read(sql)).rule, "any.break-glass") << sql;
    EXPECT_TRUE(Judge(kAdmin, Read(sql)).allowed) << sql;
  }
}

TEST(BreakGlass, OtherWaysToSetItAreRefusedAndOpenNothing) {
  for (const char* sql :
       {"SET pgmoat.break_glass = 'INC-123'; DROP TABLE t",
        "SELECT 1; SET pgmoat.break_glass = 'INC-123'",
        "SET pgmoat.break_glass = 'INC-123'; SET pgmoat.break_glass = 'INC-124'",
        "SET LOCAL pgmoat.break_glass = 'INC-123'",
        "SELECT set_config('pgmoat.break_glass', 'INC-123', false)",
        "SELECT set_config('PGMOAT.break_glass', $1, false)",
        "WITH x AS (SELECT set_config('pgmoat.break_glass', 'INC-123', false)) SELECT 1 FROM x",
        "PREPARE p AS SELECT set_config('pgmoat.break_glass', 'INC-123', false)",
        "EXPLAIN ANALYZE SELECT set_config('pgmoat.break_glass', 'INC-123', false)",
        "ALTER ROLE dev SET pgmoat.break_glass = 'INC-123'",
        "ALTER ROLE ALL IN DATABASE shop SET pgmoat.break_glass = 'INC-123'",
        "ALTER DATABASE shop SET pgmoat.break_glass = 'INC-123'",
        "ALTER SYSTEM SET pgmoat.break_glass = 'INC-123'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET pgmoat.break_glass = 'INC-123' AS "
        "'SELECT 1'",
        "ALTER FUNCTION f() SET pgmoat.break_glass = 'INC-123'"}) {
    const TextFacts facts = Read(sql);
    ASSERT_EQ(facts.status, TextStatus::kUnderstood) << sql;
    EXPECT_EQ(ReasonOf(facts), "") << sql;
    for (const Rules& rules : {kMay, kMayNot}) {
      const Decision decision = Judge(rules, facts);
      EXPECT_FALSE(decision.allowed) << sql;
      EXPECT_EQ(decision.rule, "any.break-glass") << sql;
      EXPECT_EQ(decision.sqlstate, "42501") << sql;
      EXPECT_EQ(decision.message.find("INC"), std::string::npos) << sql;
    }
  }
}

// Nobody can tell what these set; the glass stays whole, whatever it is.
TEST(BreakGlass, DisguisesOpenNothing) {
  for (const char* sql : {"UPDATE pg_settings SET setting = 'INC-123' WHERE name = "
                          "'pgmoat.break_glass'",
                          "SELECT set_config('pgmoat.break' || '_glass', 'INC-123', false)",
                          "DO $$ BEGIN SET pgmoat.break_glass = 'INC-123'; END $$",
                          "EXECUTE prepared_set", "SELECT f()"}) {
    EXPECT_EQ(ReasonOf(Read(sql)), "") << sql;
  }
  EXPECT_FALSE(Judge(kMay, Read("UPDATE pg_settings SET setting = 'x'")).allowed);
}

TEST(BreakGlass, AdminNeedsNoneButSetsItForNobodyElse) {
  EXPECT_TRUE(Judge(kAdmin, Read("SET pgmoat.break_glass = 'x'; SELECT 1")).allowed);
  EXPECT_TRUE(Judge(kAdmin, Read("SET LOCAL pgmoat.break_glass = 'INC-123'")).allowed);
  for (const char* sql : {"ALTER ROLE dev SET pgmoat.break_glass = 'INC-123'",
                          "ALTER FUNCTION f() SET pgmoat.break_glass = 'INC-123'"}) {
    EXPECT_EQ(Judge(kAdmin, Read(sql)).rule, "any.break-glass") << sql;
  }
}

TEST(BreakGlass, ReasonHasThreeVisibleCharacters) {
  const auto decision = [](std::string_view reason) {
    return Judge(kMay, Read("SET pgmoat.break_glass = '" + std::string(reason) + "'"));
  };
  for (const char* reason : {"a", "ab", " \t a b ", "   ", "é"}) {
    EXPECT_EQ(decision(reason).rule, "any.break-glass") << reason;
    EXPECT_NE(decision(reason).hint.find("Say why"), std::string::npos) << reason;
    EXPECT_FALSE(JudgeStartupSetting(kMay, "pgmoat.break_glass", reason).allowed) << reason;
  }
  for (const char* reason : {"abc", "a b c", "été", "火事だ", ""}) {
    EXPECT_TRUE(decision(reason).allowed) << reason;
    EXPECT_TRUE(JudgeStartupSetting(kMay, "PGMOAT.break_glass", reason).allowed) << reason;
  }
}

TEST(BreakGlass, ShadowModeOnlyTells) {
  Rules shadow = kMayNot;
  shadow.enforce = false;
  const Decision decision = Judge(shadow, Read("SET pgmoat.break_glass = 'INC-123'"));
  EXPECT_TRUE(decision.allowed);
  EXPECT_TRUE(decision.would_deny);
  EXPECT_EQ(decision.rule, "any.break-glass");
  EXPECT_TRUE(JudgeStartupSetting(shadow, "pgmoat.break_glass", "INC-123").allowed);
}

TEST(BreakGlass, PermissionIsAskedAtTheLoginToo) {
  EXPECT_EQ(JudgeStartupSetting(kMayNot, "pgmoat.break_glass", "INC-123").rule,
            "any.break-glass");
  EXPECT_TRUE(JudgeStartupSetting(kMayNot, "pgmoat.break_glass", "").allowed);
  EXPECT_TRUE(JudgeStartupSetting(kAdmin, "pgmoat.break_glass", "x").allowed);
  // What pgmoat itself sets is nobody's, and a slip of the finger is not overlooked.
  for (const char* name : {"pgmoat.actor", "pgmoat.break_glas", "pgmoat.expect_enviroment"}) {
    EXPECT_EQ(JudgeStartupSetting(kAdmin, name, "x").rule, "any.actor") << name;
  }
}

TEST(BreakGlass, EverythingThatTakesTheSettingBackEndsIt) {
  for (const char* sql : {"RESET pgmoat.break_glass", "SET pgmoat.break_glass TO DEFAULT",
                          "SET pgmoat.break_glass = ''", "SET LOCAL pgmoat.break_glass = ''",
                          "SET LOCAL pgmoat.break_glass TO DEFAULT", "RESET ALL", "DISCARD ALL",
                          "SELECT set_config('pgmoat.break_glass', NULL, false)",
                          "SELECT set_config('pgmoat.break_glass', '', false)",
                          "SELECT 1; RESET ALL; SELECT 2"}) {
    EXPECT_TRUE(EndsGrant(Read(sql))) << sql;
    EXPECT_TRUE(Judge(kMayNot, Read(sql)).allowed) << sql;  // harmless without a grant
  }
  for (const char* sql : {"RESET work_mem", "DISCARD PLANS", "DEALLOCATE ALL", "SELECT 1",
                          "SET pgmoat.break_glass = 'INC-123'"}) {
    EXPECT_FALSE(EndsGrant(Read(sql))) << sql;
  }
}

TEST(BreakGlass, WhatOutlivesAGrant) {
  for (const char* sql :
       {"SET standard_conforming_strings = off", "SET session_replication_role = replica",
        "SET LOCAL session_replication_role = replica", "SET client_encoding = SJIS",
        "DO $$ BEGIN PERFORM 1; END $$", "SELECT set_config($1, $2, false)", "SELEC 1",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1", "CREATE TEMP VIEW v AS SELECT 1"}) {
    EXPECT_TRUE(OutlivesGrant(kMay, Read(sql))) << sql;
  }
  for (const char* sql :
       {"DROP TABLE t", "SET work_mem = '1GB'", "SET ROLE owner", "SET client_encoding = UTF8",
        "BEGIN; TRUNCATE t; COMMIT", "DECLARE c CURSOR FOR SELECT 1",
        "CREATE VIEW v AS SELECT 1", "CREATE TEMP TABLE t (a int)"}) {
    EXPECT_FALSE(OutlivesGrant(kMay, Read(sql))) << sql;
  }
}

TEST(BreakGlass, GrantedRulesRecordEverything) {
  Rules own = kMay;
  own.audit.record = Recorded::kDenied;
  own.audit.required = false;
  own.audit.redact_literals = true;
  own.limits.statement_timeout = std::chrono::seconds(1);
  const Rules rules = GrantedRules(own, kAdmin);
  EXPECT_EQ(rules.role, BuiltinRole::kAdmin);
  EXPECT_EQ(rules.audit.record, Recorded::kAll);
  EXPECT_TRUE(rules.audit.required);
  EXPECT_TRUE(rules.audit.redact_literals);
  EXPECT_EQ(rules.limits.statement_timeout.count(), 0);
  EXPECT_EQ(rules.break_glass.max, own.break_glass.max);
}

}  // namespace
}  // namespace pgmoat::policy
