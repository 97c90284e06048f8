#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

constexpr auto kReadonly = BuiltinRole::kReadonly;
constexpr auto kApp = BuiltinRole::kApp;
constexpr auto kDeploy = BuiltinRole::kDeploy;

TEST(Settings, NameAndValueAreReadFromEverySpelling) {
  struct Case {
    const char* sql;
    const char* name;
    const char* value;
  };
  for (const Case& c :
       {Case{"SET a.b = 'c'", "a.b", "c"},
        {"SET LOCAL work_mem TO 64", "work_mem", "64"},
        {"SET SESSION x TO on", "x", "on"},
        {"SET x = true", "x", "true"},
        {"SET x = -1.5", "x", "-1.5"},
        {"SET search_path = a, \"B\", 'c'", "search_path", "a,B,c"},
        {"SET NAMES 'utf8'", "client_encoding", "utf8"},
        {"SET TIME ZONE 'UTC'", "timezone", "UTC"},
        {"SET TIME ZONE INTERVAL '1' HOUR", "timezone", "1"},
        {"SET ROLE x", "role", "x"},
        {"SET ROLE NONE", "role", "none"},
        {"SET SCHEMA 'x'", "search_path", "x"},
        {"SET SESSION AUTHORIZATION x", "session_authorization", "x"},
        {"SET \"Work_Mem\" = 1", "work_mem", "1"},
        {"SELECT set_config('Work_Mem', '1', true)", "work_mem", "1"},
        {"SELECT pg_catalog.set_config('a', 'b'::text, false)", "a", "b"},
        {"SELECT set_config(new_value => 'b', setting_name => 'a', is_local => true)", "a",
         "b"},
        {"SELECT set_config(is_local := true, setting_name := 'a', new_value := 'b')", "a",
         "b"},
        {"SELECT set_config('a', E'\\142', false)", "a", "b"},
        {"SELECT set_config(name, 'b', false) FROM pg_settings WHERE name = 'a'", "a", "b"}}) {
    const StatementFacts facts = Only(c.sql);
    ASSERT_EQ(facts.settings.size(), 1U) << c.sql;
    EXPECT_EQ(facts.settings[0].name, c.name) << c.sql;
    EXPECT_EQ(facts.settings[0].value, c.value) << c.sql;
    EXPECT_TRUE(facts.settings[0].is_constant) << c.sql;
  }
}

TEST(Settings, NobodyCanTellWhatANonConstantNameSets) {
  for (const char* sql :
       {"SELECT set_config('a' || 'b', 'c', false)", "SELECT set_config($1, 'c', false)",
        "SELECT set_config(name, 'c', false) FROM pg_settings",
        "SELECT set_config(name, 'c', false) FROM pg_settings WHERE name <> 'a'",
        "SELECT set_config(name, 'c', false) FROM pg_settings WHERE name = 'a' OR true",
        "SELECT set_config(name, 'c', false) FROM a, b WHERE name = 'a'",
        "SELECT set_config('a'::char(1), 'c', false)",
        "SELECT set_config(lower('A'), 'c', false)",
        "SELECT set_config(VARIADIC ARRAY['a', 'c', 'off'])", "SELECT set_config('a')",
        "SELECT set_config(new_value => 'b', setting_name => $1, is_local => true)",
        "UPDATE pg_settings SET setting = 'off' WHERE name = 'x'",
        "UPDATE pg_catalog.pg_settings SET setting = 'off' WHERE name = 'x'"}) {
    const StatementFacts facts = Only(sql);
    ASSERT_FALSE(facts.settings.empty()) << sql;
    EXPECT_FALSE(facts.settings[0].is_constant) << sql;
    EXPECT_TRUE(facts.settings[0].name.empty()) << sql;
    ExpectRefused(kApp, sql, "any.unknown-setting", "42501");
    ExpectRefused(kReadonly, sql);
    ExpectAllowed(BuiltinRole::kAdmin, sql);
  }
}

TEST(Settings, ValueMayComeFromAParameterUnlessItIsGuarded) {
  ExpectAllowed(kApp, "SELECT set_config('app.user_id', $1, true)");
  ExpectAllowed(kReadonly, "SELECT set_config('request.jwt.claims', $1, true)");
  ExpectAllowed(kApp,
                "SELECT set_config('search_path', $1, true), set_config('role', $2, true)");
  ExpectRefused(kApp, "SELECT set_config('client_encoding', $1, true)", "any.setting", "42501");
  ExpectRefused(kReadonly, "SELECT set_config('role', $1, true)", "readonly.setting", "42501");
  ExpectRefused(kReadonly, "SELECT set_config('transaction_read_only', $1, true)",
                "readonly.read-write", "25006");
}

TEST(Settings, AUsersOwnSetConfigIsAFunctionLikeAnother) {
  EXPECT_TRUE(Only("SELECT app.set_config('x', 'y', true)").settings.empty());
}

TEST(Settings, RefusedToEveryRestrictedRole) {
  for (const char* setting : {"standard_conforming_strings = off",
                              "standard_conforming_strings = 0",
                              "standard_conforming_strings TO 'no'",
                              "\"STANDARD_conforming_strings\" = off",
                              "client_encoding = 'SJIS'",
                              "client_encoding = sjis",
                              "client_encoding TO \"Big5\"",
                              "client_encoding = 'GBK'",
                              "client_encoding = 'GB18030'",
                              "client_encoding = 'UHC'",
                              "client_encoding = 'JOHAB'",
                              "client_encoding = 'SHIFT_JIS_2004'",
                              "client_encoding = 'shift-jis'",
                              "client_encoding = 'mskanji'",
                              "client_encoding = 'win932'",
                              "client_encoding = 'nonsense'",
                              "NAMES 'SJIS'",
                              "backslash_quote = on",
                              "session_replication_role = replica",
                              "session_preload_libraries = 'x'",
                              "local_preload_libraries = 'x'",
                              "dynamic_library_path = '/tmp'",
                              "allow_system_table_mods = on",
                              "postgis.gdal_enabled_drivers = 'ENABLE_ALL'",
                              "postgis.enable_outdb_rasters = on",
                              "SESSION AUTHORIZATION postgres",
                              "session_authorization = 'postgres'",
                              "event_triggers = off",
                              "log_statement = none",
                              "log_duration = off",
                              "log_min_duration_statement = -1",
                              "log_min_duration_sample = -1",
                              "log_parameter_max_length = 0",
                              "log_statement_sample_rate = 0",
                              "log_transaction_sample_rate = 0",
                              "pgaudit.log_catalog = off",
                              "pgaudit.log_level = debug5",
                              "pgaudit.log_parameter = off",
                              "pgaudit.log_relation = off",
                              "pgaudit.log_statement = off",
                              "pgaudit.log_statement_once = on",
                              "pgaudit.role = ''"}) {
    for (const char* set : {"SET ", "SET LOCAL ", "SET SESSION "}) {
      if (std::string_view(setting).starts_with("SESSION") && set != std::string_view("SET "))
        continue;
      const std::string sql = std::string(set) + setting;
      for (const BuiltinRole role : {kReadonly, kApp, kDeploy})
        ExpectRefused(role, sql, "any.setting", "42501");
      ExpectAllowed(BuiltinRole::kAdmin, sql);
    }
  }
}

TEST(Settings, EverydaySettingsAreNobodysBusiness) {
  for (const char* sql :
       {"SET standard_conforming_strings = on",
        "SET client_encoding = 'UTF8'",
        "SET NAMES 'utf-8'",
        "SET client_encoding TO 'LATIN1'",
        "SET client_encoding = 'SQL_ASCII'",
        "SET client_encoding = 'WIN1252'",
        "SET client_encoding = 'EUC_JP'",
        "SET NAMES DEFAULT",
        "SET backslash_quote = safe_encoding",
        "RESET client_encoding",
        "RESET ALL",
        "RESET standard_conforming_strings",
        "SET SESSION AUTHORIZATION DEFAULT",
        "RESET SESSION AUTHORIZATION",
        "RESET ROLE",
        "DISCARD ALL",
        "SET statement_timeout = 0",
        "SET application_name = 'x'",
        "SET TIME ZONE 'UTC'",
        "SET DateStyle = ISO",
        "SET extra_float_digits = 3",
        "SET search_path = public, app",
        "SET search_path = ''",
        "SET search_path = pg_catalog, public",
        "SET search_path TO \"$user\", public",
        "SET default_transaction_isolation = 'serializable'",
        "SET work_mem = '64MB'",
        "SET bytea_output = hex",
        "SET client_min_messages TO warning",
        "SET jit = off",
        "SET default_transaction_read_only = on",
        "SET transaction_read_only = on",
        "RESET default_transaction_read_only",
        "SET default_transaction_read_only TO DEFAULT",
        "SET TRANSACTION READ ONLY",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "SET TRANSACTION SNAPSHOT '0003-1'",
        "SHOW ALL",
        "SHOW transaction_read_only"}) {
    for (const BuiltinRole role : {kReadonly, kApp, kDeploy}) ExpectAllowed(role, sql);
  }
}

TEST(Settings, ReadonlyKeepsItsSwitchesItsRoleAndItsSearchPath) {
  for (const char* sql :
       {"SET default_transaction_read_only = off", "SET LOCAL transaction_read_only = off",
        "SET transaction_read_only = f", "SET transaction_read_only TO 0",
        "SET transaction_read_only TO DEFAULT", "RESET transaction_read_only",
        "SET \"Default_Transaction_Read_Only\" = 'OFF'",
        "SET default_transaction_read_only = 'no'",
        "SELECT set_config('default_transaction_read_only', 'off', false)",
        "SELECT set_config('transaction_read_only', NULL, true)",
        "SELECT pg_catalog.set_config(setting_name => 'transaction_read_only', new_value => "
        "'off', is_local => false)",
        "BEGIN READ WRITE", "START TRANSACTION READ WRITE", "SET TRANSACTION READ WRITE",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        "BEGIN ISOLATION LEVEL SERIALIZABLE, READ WRITE", "BEGIN READ ONLY, READ WRITE"}) {
    ExpectRefused(kReadonly, sql, "readonly.read-write", "25006");
    ExpectAllowed(kApp, sql);
  }
  for (const char* sql :
       {"SET ROLE postgres", "SET LOCAL ROLE x", "SET role = 'x'", "SET ROLE NONE",
        "SET search_path = public, pg_catalog", "SET search_path = public, \"pg_catalog\"",
        "SELECT set_config('search_path', 'public, PG_CATALOG', false)"}) {
    ExpectRefused(kReadonly, sql, "readonly.setting", "42501");
    ExpectAllowed(kApp, sql);
  }
}

TEST(Settings, StartupIsJudgedByTheSameRules) {
  const Rules readonly = RulesOf(kReadonly);
  const Rules app = RulesOf(kApp);
  EXPECT_FALSE(JudgeStartupSetting(readonly, "default_transaction_read_only", "off").allowed);
  EXPECT_FALSE(JudgeStartupSetting(readonly, "Default_Transaction_Read_Only", "off").allowed);
  EXPECT_FALSE(JudgeStartupSetting(readonly, "role", "postgres").allowed);
  EXPECT_FALSE(JudgeStartupSetting(app, "client_encoding", "SJIS").allowed);
  EXPECT_FALSE(JudgeStartupSetting(app, "standard_conforming_strings", "off").allowed);
  EXPECT_TRUE(JudgeStartupSetting(app, "default_transaction_read_only", "off").allowed);
  EXPECT_TRUE(JudgeStartupSetting(readonly, "client_encoding", "UTF8").allowed);
  EXPECT_TRUE(JudgeStartupSetting(readonly, "application_name", "psql").allowed);
  EXPECT_TRUE(
      JudgeStartupSetting(RulesOf(BuiltinRole::kAdmin), "client_encoding", "SJIS").allowed);
}

TEST(Settings, WhatTheServerReportsIsTheSecondWall) {
  const Rules readonly = RulesOf(kReadonly);
  const Rules app = RulesOf(kApp);
  EXPECT_FALSE(JudgeReportedSetting(readonly, "default_transaction_read_only", "off").allowed);
  EXPECT_TRUE(JudgeReportedSetting(readonly, "default_transaction_read_only", "on").allowed);
  EXPECT_TRUE(JudgeReportedSetting(app, "default_transaction_read_only", "off").allowed);
  for (const Rules& rules : {readonly, app}) {
    EXPECT_FALSE(JudgeReportedSetting(rules, "standard_conforming_strings", "off").allowed);
    EXPECT_FALSE(JudgeReportedSetting(rules, "client_encoding", "SJIS").allowed);
    EXPECT_TRUE(JudgeReportedSetting(rules, "client_encoding", "UTF8").allowed);
    EXPECT_TRUE(JudgeReportedSetting(rules, "session_authorization", "x").allowed);
    EXPECT_TRUE(JudgeReportedSetting(rules, "TimeZone", "UTC").allowed);
  }
  EXPECT_TRUE(
      JudgeReportedSetting(RulesOf(BuiltinRole::kAdmin), "client_encoding", "SJIS").allowed);
}

TEST(Settings, OnlyReadonlyIsForcedToAnything) {
  const auto forced = ForcedSettings(RulesOf(kReadonly));
  ASSERT_EQ(forced.size(), 1U);
  EXPECT_EQ(forced[0].name, "default_transaction_read_only");
  EXPECT_EQ(forced[0].value, "on");
  EXPECT_TRUE(ForcedSettings(RulesOf(kApp)).empty());
}

TEST(Settings, ReplicationIsForAdmin) {
  EXPECT_FALSE(JudgeReplication(RulesOf(kApp)).allowed);
  EXPECT_TRUE(JudgeReplication(RulesOf(BuiltinRole::kAdmin)).allowed);
}

}  // namespace
}  // namespace pgmoat::policy
