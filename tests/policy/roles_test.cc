#include "policy/roles.h"

#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

constexpr auto kReadonly = BuiltinRole::kReadonly;
constexpr auto kApp = BuiltinRole::kApp;
constexpr auto kDeploy = BuiltinRole::kDeploy;
constexpr auto kAdmin = BuiltinRole::kAdmin;

struct Attack {
  const char* sql;
  const char* rule;
  const char* sqlstate;
};

// Issue 2, "Try to break it".
TEST(Readonly, CannotWriteByAnyDisguise) {
  for (const Attack& attack :
       {Attack{"INSERT INTO t VALUES (1)", "readonly.write", "25006"},
        {"UPDATE t SET a = 1 WHERE b = 2", "readonly.write", "25006"},
        {"DELETE FROM t WHERE b = 2", "readonly.write", "25006"},
        {"MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE", "readonly.write",
         "25006"},
        {"TRUNCATE t", "readonly.write", "25006"},
        {"WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d", "readonly.write", "25006"},
        {"WITH a AS (WITH b AS (SELECT 1) SELECT * FROM b), d AS (INSERT INTO t SELECT * FROM "
         "a "
         "RETURNING *) SELECT 1",
         "readonly.write", "25006"},
        {"SELECT * FROM (WITH d AS (UPDATE t SET a = 1 RETURNING *) SELECT * FROM d) x",
         "readonly.write", "25006"},
        {"EXPLAIN ANALYZE INSERT INTO t VALUES (1)", "readonly.write", "25006"},
        {"EXPLAIN ANALYSE DELETE FROM t", "readonly.write", "25006"},
        {"EXPLAIN (ANALYZE false, ANALYZE) DELETE FROM t", "readonly.write", "25006"},
        {"EXPLAIN ANALYZE WITH d AS (DELETE FROM t RETURNING 1) SELECT 1", "readonly.write",
         "25006"},
        {"EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1", "readonly.ddl", "25006"},
        {"EXPLAIN ANALYZE SELECT nextval('s')", "readonly.write-function", "25006"},
        {"COPY (DELETE FROM t RETURNING *) TO STDOUT", "readonly.write", "25006"},
        {"COPY (WITH d AS (DELETE FROM t RETURNING *) SELECT 1) TO STDOUT", "readonly.write",
         "25006"},
        {"PREPARE p AS DELETE FROM t", "readonly.write", "25006"},
        {"DECLARE c CURSOR FOR WITH d AS (DELETE FROM t RETURNING *) SELECT 1",
         "readonly.write", "25006"},
        {"DECLARE c CURSOR FOR SELECT 1 FROM t FOR UPDATE", "readonly.row-lock", "25006"},
        {"SELECT 1 INTO x", "readonly.ddl", "25006"},
        {"SELECT 1 INTO TEMP x", "readonly.ddl", "25006"},
        {"SELECT * FROM t FOR UPDATE", "readonly.row-lock", "25006"},
        {"SELECT * FROM t FOR NO KEY UPDATE", "readonly.row-lock", "25006"},
        {"SELECT * FROM t FOR SHARE", "readonly.row-lock", "25006"},
        {"SELECT * FROM (SELECT * FROM t FOR KEY SHARE) s", "readonly.row-lock", "25006"},
        {"SELECT 1 UNION (SELECT 1 FROM t FOR UPDATE)", "readonly.row-lock", "25006"},
        {"DO $$ BEGIN DELETE FROM t; END $$", "readonly.code", "42501"},
        {"CALL p()", "readonly.code", "42501"},
        {"SELECT rolpassword FROM pg_authid", "any.password-hashes", "42501"},
        {"TABLE pg_catalog.pg_shadow", "any.password-hashes", "42501"},
        {"COPY t FROM STDIN", "readonly.write", "25006"},
        {"COPY t TO '/tmp/x'", "readonly.server-file", "42501"},
        {"COPY t FROM '/etc/passwd'", "readonly.server-file", "42501"},
        {"COPY t TO PROGRAM 'sh'", "readonly.server-file", "42501"},
        {"SELECT nextval('s')", "readonly.write-function", "25006"},
        {"SELECT pg_catalog.setval('s', 1)", "readonly.write-function", "25006"},
        {"SELECT 1 ORDER BY nextval('s')", "readonly.write-function", "25006"},
        {"SELECT pg_terminate_backend(1)", "any.function", "42501"},
        {"SELECT * FROM pg_read_file('/etc/passwd')", "any.function", "42501"},
        {"SELECT lo_import('/etc/passwd')", "any.function", "42501"},
        {"SELECT lo_create(0)", "readonly.write-function", "25006"},
        {"SELECT dblink_exec('', 'DROP TABLE t')", "any.function", "42501"},
        {"SELECT query_to_xml('DELETE FROM t', true, true, '')", "any.function", "42501"},
        {"SELECT 1; DROP TABLE users", "readonly.ddl", "25006"},
        {"SELECT 1; ; ; DELETE FROM t -- x", "readonly.write", "25006"},
        {"/* SELECT 1 */ DROP TABLE users", "readonly.ddl", "25006"},
        {"/* a /* b */ c */ DELETE /* x */ FROM t", "readonly.write", "25006"},
        {"-- SELECT\nDELETE FROM t", "readonly.write", "25006"},
        {"SELECT $$ $$; DROP TABLE t; SELECT $x$ $x$", "readonly.ddl", "25006"},
        {"SELECT '\\'; DROP TABLE t; --'", "readonly.ddl", "25006"},
        {"SELECT E'\\'; DROP TABLE t; --'", "", ""},
        {"SELECT E'\\''; DROP TABLE t; --'", "readonly.ddl", "25006"},
        {"COMMIT; DROP TABLE t", "readonly.ddl", "25006"},
        {"CREATE TEMP TABLE x (a int)", "readonly.ddl", "25006"},
        {"CREATE VIEW v AS SELECT 1", "readonly.ddl", "25006"},
        {"GRANT SELECT ON t TO PUBLIC", "readonly.ddl", "25006"},
        {"ALTER TABLE t ADD a int", "readonly.ddl", "25006"},
        {"COMMENT ON TABLE t IS 'x'", "readonly.ddl", "25006"},
        {"CREATE EXTENSION dblink", "readonly.ddl", "25006"},
        {"CREATE ROLE r SUPERUSER", "readonly.administration", "42501"},
        {"ALTER ROLE x SET default_transaction_read_only = off", "readonly.administration",
         "42501"},
        {"ALTER DATABASE d SET default_transaction_read_only = off", "readonly.administration",
         "42501"},
        {"CREATE DATABASE d", "readonly.administration", "42501"},
        {"ALTER SYSTEM SET x = 1", "readonly.administration", "42501"},
        {"LOAD '/tmp/x.so'", "readonly.administration", "42501"},
        {"CHECKPOINT", "readonly.administration", "42501"},
        {"CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", "readonly.administration",
         "42501"},
        {"IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c", "readonly.administration", "42501"},
        {"VACUUM FULL t", "readonly.maintenance", "42501"},
        {"REFRESH MATERIALIZED VIEW m", "readonly.maintenance", "42501"},
        {"CLUSTER t", "readonly.maintenance", "42501"},
        {"NOTIFY c", "readonly.notify", "42501"},
        {"LOCK TABLE t", "readonly.lock", "25006"},
        {"LOCK TABLE t IN ROW SHARE MODE", "readonly.lock", "25006"},
        {"PREPARE TRANSACTION 'x'", "readonly.two-phase", "42501"},
        {"ROLLBACK PREPARED 'x'", "readonly.two-phase", "42501"},
        {"UPDATE pg_settings SET setting = 'off'", "readonly.write", "25006"}}) {
    if (attack.rule[0] == '\0') {
      ExpectAllowed(kReadonly, attack.sql);
    } else {
      ExpectRefused(kReadonly, attack.sql, attack.rule, attack.sqlstate);
    }
    ExpectAllowed(kAdmin, attack.sql);
  }
}

TEST(Readonly, PlanningAWriteIsReading) {
  ExpectAllowed(kReadonly, "EXPLAIN INSERT INTO t VALUES (1)");
  ExpectAllowed(kReadonly, "EXPLAIN (VERBOSE, ANALYZE off) CREATE TABLE x AS SELECT 1");
  ExpectAllowed(kReadonly, "EXPLAIN ANALYZE SELECT * FROM t");
}

TEST(App, CannotHarmBeyondRows) {
  for (const Attack& attack :
       {Attack{"DROP TABLE t", "app.ddl", "42501"},
        {"CALL p()", "app.call", "42501"},
        {"CREATE TABLE t (a int)", "app.ddl", "42501"},
        {"CREATE TEMP VIEW v AS SELECT 1", "app.ddl", "42501"},
        {"CREATE TEMP SEQUENCE s", "app.ddl", "42501"},
        {"CREATE TABLE x AS SELECT 1", "app.ddl", "42501"},
        {"SELECT 1 INTO x", "app.ddl", "42501"},
        {"CREATE MATERIALIZED VIEW x AS SELECT 1", "app.ddl", "42501"},
        {"CREATE SCHEMA s CREATE TEMP TABLE t (a int)", "app.ddl", "42501"},
        {"ALTER TABLE t ADD a int", "app.ddl", "42501"},
        {"ALTER TABLE t DISABLE ROW LEVEL SECURITY", "app.ddl", "42501"},
        {"CREATE EXTENSION dblink", "app.ddl", "42501"},
        {"TRUNCATE t", "app.truncate", "42501"},
        {"DELETE FROM t", "app.delete-without-where", "42501"},
        {"DELETE FROM t WHERE true", "app.delete-without-where", "42501"},
        {"UPDATE t SET a = 1", "app.update-without-where", "42501"},
        {"WITH d AS (DELETE FROM t RETURNING *) SELECT 1", "app.delete-without-where", "42501"},
        {"MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE", "app.merge-without-where",
         "42501"},
        {"DO $$ BEGIN END $$", "app.code", "42501"},
        {"GRANT SELECT ON t TO PUBLIC", "app.privilege", "42501"},
        {"GRANT a TO b", "app.administration", "42501"},
        {"CREATE ROLE r", "app.administration", "42501"},
        {"DROP OWNED BY r", "app.administration", "42501"},
        {"DROP DATABASE d", "app.administration", "42501"},
        {"ALTER SYSTEM SET a = 1", "app.administration", "42501"},
        {"CREATE PUBLICATION p FOR ALL TABLES", "app.administration", "42501"},
        {"VACUUM t", "app.maintenance", "42501"},
        {"COPY t TO '/tmp/x'", "app.server-file", "42501"},
        {"COPY t FROM PROGRAM 'sh'", "app.server-file", "42501"},
        {"COPY (SELECT 1) TO PROGRAM 'sh'", "app.server-file", "42501"},
        {"SELECT pg_read_file('x')", "any.function", "42501"},
        {"SELECT lo_export(1, '/tmp/x')", "any.function", "42501"},
        {"INSERT INTO t VALUES (1); DROP TABLE t", "app.ddl", "42501"}}) {
    ExpectRefused(kApp, attack.sql, attack.rule, attack.sqlstate);
    ExpectRefused(kReadonly, attack.sql);
    ExpectAllowed(kAdmin, attack.sql);
  }
}

TEST(Deploy, AddsAndChangesButDestroysNothing) {
  for (const Attack& attack :
       {Attack{"DROP TABLE t", "deploy.drop", "42501"},
        {"DROP TABLE IF EXISTS t CASCADE", "deploy.drop", "42501"},
        {"DROP VIEW v CASCADE", "deploy.drop", "42501"},
        {"DROP TRIGGER t ON a", "deploy.drop", "42501"},
        {"DROP POLICY p ON a", "deploy.drop", "42501"},
        {"CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'a'", "any.untrusted-language",
         "42501"},
        {"CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'a'", "any.untrusted-language",
         "42501"},
        {"CREATE EXTENSION dblink", "any.dangerous-extension", "42501"},
        {"ALTER FUNCTION f() SET session_replication_role = replica", "any.setting", "42501"},
        {"INSERT INTO cron.job VALUES (1)", "any.system-catalog", "42501"},
        {"DROP SCHEMA s CASCADE", "deploy.drop", "42501"},
        {"DROP EXTENSION e", "deploy.drop", "42501"},
        {"TRUNCATE t", "deploy.truncate", "42501"},
        {"ALTER TABLE t DROP COLUMN a", "deploy.alter-destructive", "42501"},
        {"ALTER TABLE t ADD b int, DROP COLUMN a", "deploy.alter-destructive", "42501"},
        {"ALTER TABLE t ALTER a TYPE int", "deploy.alter-destructive", "42501"},
        {"ALTER TABLE t SET UNLOGGED", "deploy.alter-destructive", "42501"},
        {"ALTER TABLE t DISABLE TRIGGER USER", "deploy.alter-destructive", "42501"},
        {"ALTER TABLE t DISABLE ROW LEVEL SECURITY", "deploy.alter-destructive", "42501"},
        {"ALTER TABLE t DETACH PARTITION p", "deploy.alter-destructive", "42501"},
        {"ALTER TABLE t DROP CONSTRAINT c", "deploy.alter-destructive", "42501"},
        {"ALTER SEQUENCE s RESTART", "deploy.alter-destructive", "42501"},
        {"CREATE DATABASE d", "deploy.administration", "42501"},
        {"DROP DATABASE d", "deploy.administration", "42501"},
        {"CREATE ROLE r", "deploy.administration", "42501"},
        {"GRANT a TO b", "deploy.administration", "42501"},
        {"GRANT ALTER SYSTEM ON PARAMETER work_mem TO x", "deploy.administration", "42501"},
        {"DROP OWNED BY r", "deploy.administration", "42501"},
        {"REASSIGN OWNED BY a TO b", "deploy.administration", "42501"},
        {"ALTER SYSTEM SET a = 1", "deploy.administration", "42501"},
        {"CREATE LANGUAGE l HANDLER h", "deploy.administration", "42501"},
        {"CREATE SERVER s FOREIGN DATA WRAPPER w", "deploy.administration", "42501"},
        {"CREATE FOREIGN TABLE t (a int) SERVER s", "deploy.administration", "42501"},
        {"CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f()", "deploy.administration",
         "42501"},
        {"CREATE PUBLICATION p FOR ALL TABLES", "deploy.administration", "42501"},
        {"DO $$ BEGIN END $$", "deploy.code", "42501"},
        {"COPY t FROM PROGRAM 'sh'", "deploy.server-file", "42501"},
        {"DELETE FROM t", "deploy.delete-without-where", "42501"},
        {"UPDATE t SET a = 1", "deploy.update-without-where", "42501"}}) {
    ExpectRefused(kDeploy, attack.sql, attack.rule, attack.sqlstate);
    ExpectAllowed(kAdmin, attack.sql);
  }
}

TEST(Deploy, ProtectionsAndContentsAreNotLostByOtherWords) {
  ExpectRefused(kDeploy, "ALTER TABLE t ENABLE REPLICA TRIGGER x", "deploy.alter-destructive",
                "42501");
  ExpectRefused(kDeploy, "ALTER TABLE t ENABLE REPLICA RULE x", "deploy.alter-destructive",
                "42501");
  ExpectRefused(kDeploy, "REFRESH MATERIALIZED VIEW v WITH NO DATA", "deploy.alter-destructive",
                "42501");
  ExpectRefused(kDeploy, "ALTER FOREIGN TABLE t OPTIONS (SET program 'x')",
                "deploy.administration", "42501");
  ExpectAllowed(kDeploy, "REFRESH MATERIALIZED VIEW CONCURRENTLY v");
  ExpectAllowed(kDeploy, "DROP VIEW v");
  ExpectAllowed(kDeploy, "DROP FUNCTION IF EXISTS f(int)");
  ExpectAllowed(kDeploy, "DROP INDEX CONCURRENTLY IF EXISTS i");
  ExpectAllowed(kDeploy, "ALTER SEQUENCE s OWNED BY t.id");
  ExpectAllowed(kDeploy, "CREATE EXTENSION IF NOT EXISTS pg_trgm");
  ExpectAllowed(kDeploy, "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'");
  ExpectAllowed(kDeploy, "ALTER TABLE t ENABLE ALWAYS TRIGGER x");
}

TEST(Roles, SystemCatalogsAreNotWrittenByHand) {
  for (const char* sql :
       {"UPDATE pg_authid SET rolsuper = true WHERE rolname = 'x'",
        "DELETE FROM pg_catalog.pg_class WHERE oid = 1", "COPY pg_proc FROM STDIN",
        "INSERT INTO pg_auth_members VALUES (1)",
        "INSERT INTO information_schema.sql_parts VALUES (1)",
        "WITH u AS (DELETE FROM pg_database WHERE oid = 1 RETURNING 1) SELECT 1"}) {
    ExpectRefused(kApp, sql, "any.system-catalog", "42501");
    ExpectRefused(kDeploy, sql, "any.system-catalog", "42501");
    ExpectAllowed(kAdmin, sql);
  }
  // A table of that gem is nobody's catalog, nor is a user's own of a catalog's name.
  ExpectAllowed(kApp, "DELETE FROM pg_search_documents WHERE id = 1");
  ExpectAllowed(kApp, "DELETE FROM app.pg_class WHERE id = 1");
  ExpectAllowed(kApp, "EXPLAIN DELETE FROM pg_class");
}

TEST(Roles, WhatIsNotUnderstoodIsForAdminOnly) {
  StatementFacts statement;
  statement.kinds = {Kind::kRead, Kind::kNotUnderstood};
  TextFacts text;
  text.statements.push_back(statement);
  for (const BuiltinRole role : {kReadonly, kApp, kDeploy}) {
    EXPECT_EQ(Judge(RulesOf(role), text).sqlstate, "42601");
  }
  EXPECT_TRUE(Judge(RulesOf(kAdmin), text).allowed);
  text.statements[0].kinds = {Kind::kExplain};
  text.statements[0].planned_kinds = {Kind::kNotUnderstood};
  EXPECT_EQ(Judge(RulesOf(kReadonly), text).sqlstate, "42601");
}

TEST(Roles, MessageNamesActionRoleAndEnvironment) {
  EXPECT_EQ(DecisionOf(kApp, "DROP TABLE secret_name").message,
            "DROP TABLE is not allowed for role app in environment production");
  EXPECT_EQ(DecisionOf(kReadonly, "WITH d AS (DELETE FROM t RETURNING *) SELECT 1").message,
            "DELETE is not allowed for role readonly in environment production");
}

TEST(Roles, NoLiteralOfTheStatementIsRepeated) {
  for (const char* sql :
       {"SELECT set_config('client_encoding', 'hunter2', false)",
        "SELECT set_config('hunter2' || 'x', 'hunter2', false)",
        "DELETE FROM t WHERE 'hunter2' = 'hunter2'", "SELECT pg_read_file('hunter2')",
        "SET client_encoding = 'hunter2'", "ALTER ROLE x PASSWORD 'hunter2'", "SELECT 'hunter2",
        "COPY t TO '/tmp/hunter2'", "SELECT app.f('hunter2')"}) {
    const Decision decision = DecisionOf(kReadonly, sql);
    EXPECT_FALSE(decision.allowed) << sql;
    EXPECT_EQ(decision.message.find("hunter2"), std::string::npos) << decision.message;
    EXPECT_EQ(decision.hint.find("hunter2"), std::string::npos) << decision.hint;
  }
}

TEST(Roles, NamesAreReadAndWrittenAlike) {
  for (const BuiltinRole role : {kReadonly, kApp, kDeploy, kAdmin}) {
    BuiltinRole read = kReadonly;
    EXPECT_TRUE(ParseRoleName(RoleName(role), read));
    EXPECT_EQ(read, role);
  }
  BuiltinRole read = kDeploy;
  EXPECT_FALSE(ParseRoleName("Admin", read));
  EXPECT_EQ(read, kDeploy);
}

TEST(Roles, TableHasARowForEachKindAndStableIds) {
  for (const RoleRow& row : RoleTable()) {
    EXPECT_NE(KindName(row.kind), "unknown");
    for (const Rule* rule : {row.readonly, row.app, row.deploy}) {
      if (rule == nullptr) continue;
      EXPECT_EQ(rule->sqlstate.size(), 5U);
      EXPECT_NE(rule->id.find('.'), std::string_view::npos);
      EXPECT_FALSE(rule->hint.empty());
    }
  }
}

}  // namespace
}  // namespace pgmoat::policy
