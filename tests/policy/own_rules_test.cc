// Rules that a config adds to a role, shadow mode, temporary tables.
#include "policy/temporary_tables.h"
#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

OwnRule Make(Effect effect, KindSet kinds, std::vector<std::string> relations = {}) {
  OwnRule rule;
  rule.id = "support.1";
  rule.effect = effect;
  rule.match.kinds = kinds;
  rule.match.relations = std::move(relations);
  return rule;
}
OwnRule Allow(KindSet kinds, std::vector<std::string> relations = {}) {
  return Make(Effect::kAllow, kinds, std::move(relations));
}
OwnRule Deny(KindSet kinds, std::vector<std::string> relations = {}) {
  return Make(Effect::kDeny, kinds, std::move(relations));
}
OwnRule Log(KindSet kinds, std::vector<std::string> relations = {}) {
  return Make(Effect::kLog, kinds, std::move(relations));
}

class OwnRules : public ::testing::Test {
 protected:
  OwnRules() { rules_ = RulesOf(BuiltinRole::kReadonly); }
  void Extend(BuiltinRole role, std::vector<OwnRule> own) {
    rules_.role = role;
    rules_.name = "support";
    rules_.own = std::move(own);
  }
  Decision Ask(std::string_view sql) { return Judge(rules_, FactsOf(sql), circumstances_); }
  bool Allowed(std::string_view sql) { return Ask(sql).allowed; }
  std::string RuleOf(std::string_view sql) { return std::string(Ask(sql).rule); }

  Rules rules_;
  Circumstances circumstances_;
};

TEST_F(OwnRules, AllowLiftsOnlyWhatItNames) {
  Extend(BuiltinRole::kReadonly, {Allow({Kind::kInsert}, {"app.notes"})});
  EXPECT_TRUE(Allowed("INSERT INTO app.notes VALUES (1)"));
  EXPECT_EQ(RuleOf("INSERT INTO app.orders VALUES (1)"), "readonly.write");
  EXPECT_EQ(RuleOf("UPDATE app.notes SET a = 1 WHERE id = 1"), "readonly.write");
  EXPECT_EQ(RuleOf("WITH d AS (DELETE FROM app.notes WHERE id = 1 RETURNING 1) "
                   "INSERT INTO app.notes SELECT * FROM d"),
            "readonly.write");
  EXPECT_EQ(RuleOf("INSERT INTO notes VALUES (1)"), "readonly.write") << "no schema";
}

TEST_F(OwnRules, AllowDoesNotSpeakForTheOtherTablesOfTheStatement) {
  Extend(BuiltinRole::kReadonly,
         {Allow({Kind::kInsert}, {"notes"}), Deny({Kind::kRead}, {"hr.salaries"})});
  EXPECT_TRUE(Allowed("INSERT INTO notes SELECT name FROM customers"));
  EXPECT_EQ(RuleOf("INSERT INTO notes SELECT amount FROM hr.salaries"), "support.1");
}

TEST_F(OwnRules, FirstMatchWins) {
  Extend(BuiltinRole::kApp, {Allow({Kind::kTruncate}, {"staging_*"}), Deny({Kind::kTruncate})});
  EXPECT_TRUE(Allowed("TRUNCATE staging_orders"));
  EXPECT_EQ(RuleOf("TRUNCATE orders"), "support.1");
  EXPECT_EQ(RuleOf("TRUNCATE staging_orders, orders"), "support.1");
}

TEST_F(OwnRules, DenyReadHoldsForEveryWayToRead) {
  Extend(BuiltinRole::kApp, {Deny({Kind::kRead}, {"hr.salaries"})});
  EXPECT_EQ(RuleOf("SELECT * FROM hr.salaries"), "support.1");
  EXPECT_EQ(RuleOf("SELECT * FROM salaries"), "support.1") << "may be hr's";
  EXPECT_EQ(RuleOf("COPY hr.salaries TO STDOUT"), "support.1");
  EXPECT_EQ(RuleOf("EXPLAIN SELECT * FROM hr.salaries"), "support.1");
  EXPECT_EQ(RuleOf("WITH s AS (SELECT * FROM hr.salaries) SELECT 1"), "support.1");
  EXPECT_EQ(RuleOf("PREPARE p AS SELECT * FROM HR . Salaries"), "support.1");
  EXPECT_EQ(RuleOf("TABLE hr.salaries"), "support.1");
  EXPECT_TRUE(Allowed("SELECT * FROM public.salaries"));
}

TEST_F(OwnRules, DenialSaysWhatAndWhy) {
  Extend(BuiltinRole::kApp, {Deny({Kind::kRead}, {"hr.salaries"})});
  rules_.own[0].reason = "Salaries are for HR.";
  const Decision decision = Ask("SELECT * FROM hr.salaries");
  EXPECT_EQ(decision.sqlstate, "42501");
  EXPECT_EQ(decision.message,
            "Read of hr.salaries is not allowed for role support in environment production");
  EXPECT_EQ(decision.hint, "Salaries are for HR.");
}

TEST_F(OwnRules, WithoutWhereIsAskedForByName) {
  Extend(BuiltinRole::kApp, {Allow({Kind::kDelete}, {"cache"})});
  EXPECT_EQ(RuleOf("DELETE FROM cache"), "app.delete-without-where");
  rules_.own[0].without_where = true;
  EXPECT_TRUE(Allowed("DELETE FROM cache"));
  EXPECT_EQ(RuleOf("DELETE FROM orders"), "app.delete-without-where");
}

TEST_F(OwnRules, WritesThatReadonlyIsAllowedStillNeedAWhere) {
  Extend(BuiltinRole::kReadonly, {Allow({Kind::kUpdate}, {"notes"})});
  EXPECT_TRUE(Allowed("UPDATE notes SET a = 1 WHERE id = 1"));
  EXPECT_EQ(RuleOf("UPDATE notes SET a = 1"), "readonly.update-without-where");
}

TEST_F(OwnRules, LogLetsPassAndTells) {
  Extend(BuiltinRole::kApp, {Log({Kind::kTruncate}, {"orders"})});
  const Decision decision = Ask("TRUNCATE orders");
  EXPECT_TRUE(decision.allowed);
  EXPECT_TRUE(decision.would_deny);
  EXPECT_EQ(decision.rule, "support.1");
  EXPECT_EQ(RuleOf("TRUNCATE customers"), "app.truncate");
  EXPECT_FALSE(Ask("SELECT 1").would_deny);
}

TEST_F(OwnRules, FunctionsByName) {
  OwnRule allow = Allow({});
  allow.match.functions = {"app.get_user", "pg_sleep"};
  OwnRule deny = Deny({});
  deny.match.functions = {"pg_database_size"};
  Extend(BuiltinRole::kReadonly, {allow, deny});
  EXPECT_TRUE(Allowed("SELECT app.get_user(1), pg_sleep(1)"));
  EXPECT_EQ(RuleOf("SELECT pg_database_size('shop')"), "support.1");
  EXPECT_EQ(RuleOf("SELECT get_user(1)"), "readonly.function");
}

TEST_F(OwnRules, NoRuleAllowsFilesOrUnknownText) {
  Extend(BuiltinRole::kReadonly, {Allow({})});
  EXPECT_EQ(RuleOf("SELECT pg_read_file('x')"), "any.function");
  EXPECT_EQ(RuleOf("SELEC 1"), "any.not-understood");
  EXPECT_EQ(RuleOf("SET standard_conforming_strings = off"), "any.setting");
  EXPECT_TRUE(Allowed("DROP TABLE orders"));
}

TEST_F(OwnRules, AdminWithADenyRuleMustBeUnderstood) {
  Extend(BuiltinRole::kAdmin, {Deny({Kind::kDatabase})});
  EXPECT_EQ(RuleOf("DROP DATABASE shop"), "support.1");
  EXPECT_TRUE(Allowed("DROP TABLE orders"));
  EXPECT_TRUE(Allowed("SELECT pg_read_file('x')"));
  EXPECT_EQ(RuleOf("SELEC 1"), "any.not-understood");
}

TEST_F(OwnRules, CircumstancesThatDoNotHoldLeaveTheRuleOut) {
  OwnRule rule = Deny({});
  rule.match.databases = {"pay*"};
  rule.match.application_names = {"metabase"};
  Extend(BuiltinRole::kApp, {rule});
  circumstances_.database = "payroll";
  circumstances_.application_name = "psql";
  EXPECT_TRUE(Allowed("SELECT 1"));
  circumstances_.application_name = "metabase";
  EXPECT_FALSE(Allowed("SELECT 1"));
  EXPECT_FALSE(Allowed("SHOW work_mem"));
  circumstances_.database = "shop";
  EXPECT_TRUE(Allowed("SELECT 1"));
}

TEST_F(OwnRules, NetworksAndTimes) {
  OwnRule rule = Deny({Kind::kRead});
  rule.match.networks = {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, 0}, 104}};
  Extend(BuiltinRole::kApp, {rule});
  EXPECT_TRUE(Allowed("SELECT 1")) << "not over IP";
  IpAddress client{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 10, 9, 8, 7};
  circumstances_.client = &client;
  EXPECT_FALSE(Allowed("SELECT 1"));
  client[12] = 11;
  EXPECT_TRUE(Allowed("SELECT 1"));

  rules_.own[0].match.networks.clear();
  rules_.own[0].match.times = {{0x7F, std::chrono::hours(8), std::chrono::hours(9)}};
  circumstances_.time = std::chrono::system_clock::time_point(std::chrono::hours(8));
  EXPECT_FALSE(Allowed("SELECT 1"));
  circumstances_.time += std::chrono::hours(1);
  EXPECT_TRUE(Allowed("SELECT 1"));
}

TEST_F(OwnRules, ShadowModeRefusesNothingAndTellsEverything) {
  rules_.enforce = false;
  for (const char* sql : {"DROP TABLE orders", "SELEC 1", "SELECT pg_read_file('x')",
                          "SET standard_conforming_strings = off", "BEGIN READ WRITE"}) {
    const Decision decision = Ask(sql);
    EXPECT_TRUE(decision.allowed) << sql;
    EXPECT_TRUE(decision.would_deny) << sql;
    EXPECT_FALSE(decision.rule.empty()) << sql;
    EXPECT_FALSE(decision.message.empty()) << sql;
  }
  EXPECT_FALSE(Ask("SELECT 1").would_deny);
}

// --- temporary tables ---

class Temporary : public OwnRules {
 protected:
  Temporary() {
    rules_ = RulesOf(BuiltinRole::kApp);
    tables_.Add("scratch");
    circumstances_.temporary_tables = &tables_;
  }
  TemporaryTables tables_;
};

TEST_F(Temporary, AnAppMayDoWhatItLikesWithItsOwn) {
  for (const char* sql :
       {"DROP TABLE scratch", "DROP TABLE IF EXISTS scratch, pg_temp.other", "TRUNCATE scratch",
        "TRUNCATE TABLE scratch RESTART IDENTITY CASCADE", "CREATE INDEX ON scratch (a)",
        "ALTER TABLE scratch ADD COLUMN b int", "ALTER TABLE scratch DROP COLUMN b",
        "ANALYZE scratch", "DELETE FROM scratch", "UPDATE scratch SET a = 1"}) {
    EXPECT_TRUE(Allowed(sql)) << sql << ": " << RuleOf(sql);
  }
}

TEST_F(Temporary, ButNotWithOthersInTheSameStatement) {
  for (const char* sql :
       {"DROP TABLE scratch, orders", "DROP TABLE public.scratch", "TRUNCATE orders, scratch",
        "DROP TABLE orders", "ALTER TABLE public.scratch ADD COLUMN b int", "DROP VIEW scratch",
        "DROP SCHEMA scratch", "ANALYZE", "VACUUM",
        "WITH d AS (DELETE FROM orders) DELETE FROM scratch"}) {
    EXPECT_FALSE(Allowed(sql)) << sql;
  }
}

TEST_F(Temporary, NamesThatAreForgottenAreNotExcused) {
  tables_.Remove("scratch");
  EXPECT_FALSE(Allowed("DROP TABLE scratch"));
  EXPECT_TRUE(Allowed("DROP TABLE pg_temp.scratch"));
}

TEST_F(Temporary, OnlyAnAppHasThem) {
  rules_ = RulesOf(BuiltinRole::kReadonly);
  EXPECT_FALSE(Allowed("DROP TABLE scratch"));
}

}  // namespace
}  // namespace pgmoat::policy
