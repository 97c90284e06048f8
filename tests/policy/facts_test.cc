#include <algorithm>
#include <string>
#include <vector>

#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

std::string Names(KindSet kinds) {
  std::string names;
  kinds.ForEach([&](Kind kind) {
    if (!names.empty()) names += ' ';
    names += KindName(kind);
  });
  return names;
}

std::string Relations(const StatementFacts& facts) {
  std::string text;
  for (const RelationUse& use : facts.relations) {
    if (!text.empty()) text += ' ';
    text += use.name + ":" + std::string(AccessName(use.access));
  }
  return text;
}

std::string Functions(const StatementFacts& facts) {
  std::string text;
  for (const FunctionUse& use : facts.functions) {
    if (!text.empty()) text += ' ';
    text += use.schema.empty() ? use.name : use.schema + "." + use.name;
  }
  return text;
}

struct KindCase {
  const char* sql;
  const char* kinds;
  const char* tag;
};

TEST(Facts, KindsAndTagOfEachStatement) {
  const KindCase cases[] = {
      {"SELECT 1", "read", "SELECT"},
      {"VALUES (1)", "read", "VALUES"},
      {"TABLE t", "read", "SELECT"},
      {"INSERT INTO t VALUES (1)", "read insert", "INSERT"},
      {"INSERT INTO t DEFAULT VALUES", "insert", "INSERT"},
      {"UPDATE t SET a = 1 WHERE b = 2", "update", "UPDATE"},
      {"DELETE FROM t WHERE b = 2", "delete", "DELETE"},
      {"MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE", "merge", "MERGE"},
      {"TRUNCATE t", "truncate", "TRUNCATE"},
      {"SELECT 1 INTO t", "read select_into", "SELECT INTO"},
      {"SELECT 1 INTO t UNION SELECT 2", "read select_into", "SELECT INTO"},
      {"CREATE TABLE t AS SELECT 1", "read select_into", "CREATE TABLE AS"},
      {"CREATE MATERIALIZED VIEW t AS SELECT 1", "read select_into create",
       "CREATE MATERIALIZED VIEW"},
      {"SELECT 1 FROM t FOR UPDATE", "read row_lock", "SELECT"},
      {"SELECT 1 FROM t FOR KEY SHARE", "read row_lock", "SELECT"},
      {"SELECT * FROM (SELECT * FROM t FOR SHARE) s", "read row_lock", "SELECT"},
      {"CREATE TABLE t (a int)", "create", "CREATE TABLE"},
      {"CREATE VIEW v AS SELECT 1", "read create", "CREATE VIEW"},
      {"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "create",
       "CREATE FUNCTION"},
      {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC DELETE FROM t WHERE a = 1; SELECT 1; END",
       "read delete create", "CREATE FUNCTION"},
      {"CREATE FUNCTION f() RETURNS int RETURN 1", "create", "CREATE FUNCTION"},
      {"CREATE RULE r AS ON INSERT TO t DO ALSO DELETE FROM u WHERE a = 1", "delete create",
       "CREATE RULE"},
      {"CREATE SCHEMA s CREATE TABLE t (a int) GRANT SELECT ON t TO x", "create privilege",
       "CREATE SCHEMA"},
      {"CREATE TYPE m AS ENUM ('a')", "create", "CREATE TYPE"},
      {"CREATE TYPE m AS (a int)", "create", "CREATE TYPE"},
      {"CREATE AGGREGATE a (int) (sfunc = f, stype = int)", "create", "CREATE AGGREGATE"},
      {"DROP TABLE t", "drop", "DROP TABLE"},
      {"DROP INDEX CONCURRENTLY i", "drop", "DROP INDEX"},
      {"DROP FUNCTION f()", "drop", "DROP FUNCTION"},
      {"DROP EXTENSION e", "drop", "DROP EXTENSION"},
      {"GRANT SELECT ON t TO x", "privilege", "GRANT"},
      {"REVOKE SELECT ON t FROM x", "privilege", "REVOKE"},
      {"GRANT SET ON PARAMETER work_mem TO x", "privilege server_control", "GRANT"},
      {"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x", "privilege",
       "ALTER DEFAULT PRIVILEGES"},
      {"GRANT a TO b", "role_management", "GRANT ROLE"},
      {"CREATE ROLE r", "role_management", "CREATE ROLE"},
      {"ALTER ROLE r SET work_mem = '1GB'", "role_management", "ALTER ROLE"},
      {"DROP OWNED BY r", "role_management", "DROP OWNED"},
      {"REASSIGN OWNED BY a TO b", "role_management", "REASSIGN OWNED"},
      {"CREATE DATABASE d", "database", "CREATE DATABASE"},
      {"ALTER DATABASE d SET work_mem = '1GB'", "database", "ALTER DATABASE"},
      {"ALTER DATABASE a RENAME TO b", "database", "ALTER DATABASE"},
      {"DROP TABLESPACE s", "database", "DROP TABLESPACE"},
      {"SET work_mem = '1MB'", "setting", "SET"},
      {"RESET ALL", "setting", "RESET"},
      {"SET TRANSACTION READ ONLY", "setting", "SET"},
      {"SELECT set_config('a.b', 'c', false)", "read setting", "SELECT"},
      {"SHOW work_mem", "show", "SHOW"},
      {"BEGIN", "transaction", "BEGIN"},
      {"START TRANSACTION", "transaction", "START TRANSACTION"},
      {"ROLLBACK TO SAVEPOINT s", "transaction", "ROLLBACK"},
      {"SET CONSTRAINTS ALL DEFERRED", "transaction", "SET CONSTRAINTS"},
      {"PREPARE TRANSACTION 'x'", "two_phase", "PREPARE TRANSACTION"},
      {"COMMIT PREPARED 'x'", "two_phase", "COMMIT PREPARED"},
      {"DECLARE c CURSOR FOR SELECT 1", "read cursor", "DECLARE CURSOR"},
      {"FETCH 1 FROM c", "cursor", "FETCH"},
      {"PREPARE p AS SELECT 1", "read prepare", "PREPARE"},
      {"EXECUTE p(1)", "execute", "EXECUTE"},
      {"CREATE TABLE t AS EXECUTE p", "select_into execute", "CREATE TABLE AS"},
      {"DEALLOCATE p", "deallocate", "DEALLOCATE"},
      {"DISCARD ALL", "deallocate", "DISCARD"},
      {"DO $$ BEGIN END $$", "do", "DO"},
      {"CALL p(1)", "call", "CALL"},
      {"COPY t TO STDOUT", "copy_out", "COPY"},
      {"COPY (SELECT 1) TO STDOUT", "read copy_out", "COPY"},
      {"COPY t FROM STDIN", "copy_in", "COPY"},
      {"COPY t TO '/tmp/x'", "copy_file", "COPY"},
      {"COPY t FROM PROGRAM 'cat'", "copy_program", "COPY"},
      {"LOCK TABLE t", "lock", "LOCK TABLE"},
      {"LISTEN c", "listen", "LISTEN"},
      {"NOTIFY c", "notify", "NOTIFY"},
      {"VACUUM t", "maintenance", "VACUUM"},
      {"ANALYZE", "maintenance", "ANALYZE"},
      {"REINDEX TABLE t", "maintenance", "REINDEX"},
      {"CLUSTER t", "maintenance", "CLUSTER"},
      {"REFRESH MATERIALIZED VIEW m", "maintenance", "REFRESH MATERIALIZED VIEW"},
      {"CREATE PUBLICATION p FOR TABLE t", "replication", "CREATE PUBLICATION"},
      {"DROP SUBSCRIPTION s", "replication", "DROP SUBSCRIPTION"},
      {"CHECKPOINT", "server_control", "CHECKPOINT"},
      {"LOAD 'x'", "server_control", "LOAD"},
      {"ALTER SYSTEM SET a = 1", "server_control", "ALTER SYSTEM"},
      {"CREATE EXTENSION e", "extension", "CREATE EXTENSION"},
      {"EXPLAIN SELECT 1", "explain", "EXPLAIN"},
      {"EXPLAIN ANALYZE SELECT 1", "read explain_analyze", "EXPLAIN"},
      {"EXPLAIN (ANALYSE) DELETE FROM t", "delete explain_analyze", "EXPLAIN"},
      {"EXPLAIN ANALYZE EXECUTE p", "execute explain_analyze", "EXPLAIN"},
      {"COMMENT ON TABLE t IS 'x'", "comment", "COMMENT"},
      {"CREATE SERVER s FOREIGN DATA WRAPPER w", "foreign_server", "CREATE SERVER"},
      {"CREATE FOREIGN TABLE t (a int) SERVER s", "create foreign_server",
       "CREATE FOREIGN TABLE"},
      {"IMPORT FOREIGN SCHEMA a FROM SERVER s INTO b", "foreign_server",
       "IMPORT FOREIGN SCHEMA"},
      {"CREATE LANGUAGE plperl", "extension", "CREATE EXTENSION"},  // as the grammar has it
      {"CREATE LANGUAGE l HANDLER h", "language", "CREATE LANGUAGE"},
      {"CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()", "database",
       "CREATE EVENT TRIGGER"},
      {"", "empty", "empty query"},
      {" ; /* x */ ;", "empty", "empty query"},
  };
  for (const KindCase& c : cases) {
    const StatementFacts facts = Only(c.sql);
    EXPECT_EQ(Names(facts.kinds), c.kinds) << c.sql;
    EXPECT_EQ(facts.tag, c.tag) << c.sql;
  }
}

TEST(Facts, ExplainPlansUnlessAnalyzeIsSaidInAnyWay) {
  for (const char* options : {"", "(VERBOSE)", "(ANALYZE false)", "(ANALYZE off)",
                              "(ANALYZE 0)", "(COSTS, ANALYZE 'OFF')", "(BUFFERS false)"}) {
    const StatementFacts facts = Only(std::string("EXPLAIN ") + options + " DELETE FROM t");
    EXPECT_EQ(Names(facts.kinds), "explain") << options;
    EXPECT_EQ(Names(facts.planned_kinds), "delete") << options;
  }
  for (const char* options :
       {"ANALYZE", "ANALYSE", "ANALYZE VERBOSE", "(ANALYZE)", "(ANALYSE)", "(analyze true)",
        "(ANALYZE on)", "(ANALYZE 1)", "(\"ANALYZE\" on)", "(\"analyse\")", "(ANALYZE 'x')",
        "(ANALYZE false, ANALYZE true)", "(ANALYZE true, ANALYZE false)",
        "(ANALYZE false, ANALYZE false)", "(VERBOSE, ANALYZE, COSTS)"}) {
    const StatementFacts facts = Only(std::string("EXPLAIN ") + options + " DELETE FROM t");
    EXPECT_EQ(Names(facts.kinds), "delete explain_analyze") << options;
  }
}

TEST(Facts, AlterTableGoesAsFarAsItsWorstSubcommand) {
  const KindCase cases[] = {
      {"ALTER TABLE t ADD COLUMN a int", "alter_additive", ""},
      {"ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", "alter_additive", ""},
      {"ALTER TABLE t VALIDATE CONSTRAINT c", "alter_additive", ""},
      {"ALTER TABLE t ATTACH PARTITION p DEFAULT", "alter_additive", ""},
      {"ALTER TABLE t ENABLE ROW LEVEL SECURITY", "alter_additive", ""},
      {"ALTER TYPE m ADD VALUE 'x'", "alter_additive", ""},
      {"ALTER TABLE t ALTER a SET DEFAULT 1", "alter_changing", ""},
      {"ALTER TABLE t ALTER a SET NOT NULL", "alter_changing", ""},
      {"ALTER TABLE t RENAME TO u", "alter_changing", ""},
      {"ALTER TABLE t RENAME a TO b", "alter_changing", ""},
      {"ALTER TABLE t OWNER TO x", "alter_changing", ""},
      {"ALTER TABLE t SET SCHEMA s", "alter_changing", ""},
      {"ALTER SEQUENCE s RESTART", "alter_changing", ""},
      {"ALTER FUNCTION f() STABLE", "alter_changing", ""},
      {"ALTER TYPE m RENAME VALUE 'a' TO 'b'", "alter_changing", ""},
      {"ALTER TABLE t DROP COLUMN a", "alter_destructive", ""},
      {"ALTER TABLE t ALTER a TYPE text", "alter_destructive", ""},
      {"ALTER TABLE t DROP CONSTRAINT c", "alter_destructive", ""},
      {"ALTER TABLE t SET UNLOGGED", "alter_destructive", ""},
      {"ALTER TABLE t DISABLE TRIGGER ALL", "alter_destructive", ""},
      {"ALTER TABLE t DISABLE RULE r", "alter_destructive", ""},
      {"ALTER TABLE t DISABLE ROW LEVEL SECURITY", "alter_destructive", ""},
      {"ALTER TABLE t NO FORCE ROW LEVEL SECURITY", "alter_destructive", ""},
      {"ALTER TABLE t DETACH PARTITION p", "alter_destructive", ""},
      {"ALTER TABLE t NO INHERIT p", "alter_destructive", ""},
      {"ALTER SEQUENCE s OWNED BY t.a", "alter_destructive", ""},
      {"ALTER DOMAIN d DROP CONSTRAINT c", "alter_destructive", ""},
      {"ALTER TYPE c DROP ATTRIBUTE a", "alter_destructive", ""},
      {"ALTER TABLE t ADD COLUMN a int, DROP COLUMN b", "alter_additive alter_destructive", ""},
  };
  for (const KindCase& c : cases) EXPECT_EQ(Names(Only(c.sql).kinds), c.kinds) << c.sql;
}

TEST(Facts, RelationsAreListedAsWrittenWithTheirAccess) {
  EXPECT_EQ(Relations(Only("SELECT * FROM a, public.b JOIN \"C\" ON true WHERE x IN "
                           "(SELECT 1 FROM d)")),
            "a:read public.b:read C:read d:read");
  EXPECT_EQ(Relations(Only("INSERT INTO a SELECT * FROM b")), "a:write b:read");
  EXPECT_EQ(Relations(Only("DELETE FROM s.a USING b WHERE a.x = b.x")), "s.a:write b:read");
  EXPECT_EQ(Relations(Only("TRUNCATE a, b CASCADE")), "a:write b:write");
  EXPECT_EQ(Relations(Only("CREATE TABLE a (x int REFERENCES b, LIKE c)")),
            "a:create b:read c:read");
  EXPECT_EQ(Relations(Only("DROP TABLE a, s.b")), "a:drop s.b:drop");
  EXPECT_EQ(Relations(Only("ALTER TABLE a ADD FOREIGN KEY (x) REFERENCES b")),
            "a:alter b:read");
  EXPECT_EQ(Relations(Only("LOCK a IN SHARE MODE")), "a:lock");
  EXPECT_EQ(Relations(Only("COPY a FROM STDIN")), "a:write");
  EXPECT_EQ(Relations(Only("CREATE INDEX ON a (f(x))")), "a:alter");
  EXPECT_EQ(Relations(Only("MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE")),
            "a:write b:read");
  EXPECT_EQ(Relations(Only("VACUUM a")), "a:write");
  EXPECT_EQ(Relations(Only("SELECT 1 INTO a FROM b")), "a:create b:read");
}

TEST(Facts, CteNamesAreNotRelationsWhereTheyAreVisible) {
  EXPECT_EQ(Relations(Only("WITH a AS (SELECT * FROM b) SELECT * FROM a")), "b:read");
  // Not recursive: the inner one is the table.
  EXPECT_EQ(Relations(Only("WITH a AS (SELECT * FROM a) SELECT * FROM a")), "a:read");
  EXPECT_EQ(
      Relations(Only("WITH RECURSIVE a AS (SELECT 1 UNION SELECT * FROM a) SELECT * FROM a")),
      "");
  EXPECT_EQ(Relations(Only("WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b")),
            "");
  EXPECT_EQ(Relations(Only("WITH a AS (SELECT 1) SELECT * FROM public.a")), "public.a:read");
  EXPECT_EQ(Relations(Only("SELECT (WITH a AS (SELECT 1) SELECT 1 FROM a) FROM a")), "a:read");
  EXPECT_EQ(
      Relations(Only("WITH a AS (SELECT 1) SELECT (SELECT 1 FROM a), * FROM (TABLE a) s")), "");
  EXPECT_EQ(Relations(Only("WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a")), "b:write");
}

TEST(Facts, FunctionsAreFoundWhereverTheyHide) {
  for (const char* sql :
       {"SELECT f()",
        "SELECT * FROM f()",
        "SELECT * FROM ROWS FROM (f(), g())",
        "SELECT 1 WHERE f()",
        "SELECT 1 ORDER BY f()",
        "SELECT 1 GROUP BY f()",
        "SELECT 1 HAVING f()",
        "SELECT 1 LIMIT f()",
        "SELECT 1 OFFSET f()",
        "SELECT (f()).*",
        "SELECT a[f()] FROM t",
        "SELECT ARRAY[f()]",
        "SELECT ROW(f())",
        "SELECT CASE f() WHEN 1 THEN 1 END",
        "SELECT CASE WHEN true THEN f() END",
        "SELECT coalesce(1, f())",
        "SELECT greatest(f())",
        "SELECT nullif(f(), 1)",
        "SELECT f() IS NULL",
        "SELECT f() IS TRUE",
        "SELECT f() COLLATE \"C\"",
        "SELECT f()::int",
        "SELECT x FROM t WINDOW w AS (PARTITION BY f())",
        "SELECT count(*) FILTER (WHERE f()) FROM t",
        "SELECT sum(a) OVER (ORDER BY f()) FROM t",
        "SELECT string_agg(a, b ORDER BY f()) FROM t",
        "SELECT xmlelement(name a, f())",
        "SELECT xmlforest(f() AS a)",
        "SELECT xmlserialize(content f() AS text)",
        "SELECT DISTINCT ON (f()) 1",
        "SELECT 1 FROM t JOIN u ON f()",
        "SELECT 1 FROM t TABLESAMPLE bernoulli (f())",
        "SELECT * FROM LATERAL (SELECT f()) s",
        "SELECT * FROM XMLTABLE('/a' PASSING f() COLUMNS b int)",
        "SELECT * FROM XMLTABLE('/a' PASSING x COLUMNS b int DEFAULT f())",
        "VALUES (f())",
        "SELECT 1 UNION SELECT f()",
        "SELECT a IN (1, f()) FROM t",
        "SELECT a BETWEEN 1 AND f() FROM t",
        "SELECT a = ANY (f()) FROM t",
        "SELECT EXISTS (SELECT f())",
        "WITH c AS (SELECT f()) SELECT 1",
        "INSERT INTO t VALUES (f())",
        "INSERT INTO t VALUES (1) RETURNING f()",
        "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = f()",
        "INSERT INTO t VALUES (1) ON CONFLICT (f()) DO NOTHING",
        "UPDATE t SET a = f()",
        "UPDATE t SET a[f()] = 1",
        "UPDATE t SET (a, b) = (SELECT f(), 1)",
        "DELETE FROM t RETURNING f()",
        "MERGE INTO t USING u ON f() WHEN MATCHED THEN DELETE",
        "MERGE INTO t USING u ON true WHEN MATCHED AND f() THEN DELETE",
        "MERGE INTO t USING u ON true WHEN NOT MATCHED THEN INSERT VALUES (f())",
        "CREATE TABLE t (a int DEFAULT f())",
        "CREATE TABLE t (a int CHECK (f()))",
        "CREATE TABLE t (a int GENERATED ALWAYS AS (f()) STORED)",
        "CREATE TABLE p PARTITION OF t FOR VALUES IN (f())",
        "CREATE TABLE t (a int) PARTITION BY RANGE (f())",
        "CREATE INDEX ON t (f(a))",
        "CREATE INDEX ON t (a) WHERE f()",
        "CREATE VIEW v AS SELECT f()",
        "CREATE STATISTICS s ON (f(a)), b FROM t",
        "ALTER TABLE t ALTER a SET DEFAULT f()",
        "ALTER TABLE t ALTER a TYPE int USING f()",
        "ALTER TABLE t ADD a int DEFAULT f()",
        "CREATE POLICY p ON t USING (f())",
        "ALTER POLICY p ON t WITH CHECK (f())",
        "CREATE TRIGGER r AFTER INSERT ON t FOR EACH ROW WHEN (f()) EXECUTE FUNCTION g()",
        "CREATE DOMAIN d AS int CHECK (f())",
        "CREATE FUNCTION g(a int DEFAULT f()) RETURNS int RETURN 1",
        "COPY (SELECT f()) TO STDOUT",
        "COPY t FROM STDIN WHERE f()",
        "PREPARE p AS SELECT f()",
        "EXECUTE p(f())",
        "DECLARE c CURSOR FOR SELECT f()",
        "EXPLAIN SELECT f()",
        "CALL f()",
        "SELECT a FROM t FETCH FIRST f() ROWS ONLY",
        "SELECT NOT f()",
        "SELECT - f()",
        "SELECT extract(year FROM f())",
        "SELECT GROUPING(f()) FROM t GROUP BY CUBE (f())",
        "SELECT sum(a) OVER (ROWS BETWEEN f() PRECEDING AND CURRENT ROW) FROM t",
        "CREATE RULE r AS ON UPDATE TO t WHERE f() DO NOTHING",
        "CREATE PUBLICATION p FOR TABLE t WHERE (f())",
        "ALTER TABLE t ADD EXCLUDE USING gist (f() WITH &&)"}) {
    const StatementFacts facts = Only(sql);
    const bool found = std::any_of(facts.functions.begin(), facts.functions.end(),
                                   [](const FunctionUse& use) { return use.name == "f"; });
    EXPECT_TRUE(found) << sql << ": " << Functions(facts);
    EXPECT_FALSE(facts.kinds.Has(Kind::kNotUnderstood)) << sql;
  }
}

TEST(Facts, FunctionNamesAreAsWritten) {
  EXPECT_EQ(Functions(Only("SELECT pg_catalog.now(), App.\"Get\"(), d.s.f(), LENGTH('x')")),
            "pg_catalog.now app.Get s.f length");
  EXPECT_EQ(Functions(Only("SELECT 1 FROM t TABLESAMPLE system (1)")), "system");
}

TEST(Facts, NamesOfPreparedStatementsAndCursors) {
  EXPECT_EQ(Only("PREPARE p AS SELECT 1").prepares, "p");
  EXPECT_EQ(Only("EXPLAIN ANALYZE EXECUTE p").executes, std::vector<std::string>{"p"});
  EXPECT_EQ(Only("DEALLOCATE p").deallocates, "p");
  EXPECT_TRUE(Only("DEALLOCATE ALL").deallocates_all);
  EXPECT_TRUE(Only("DISCARD ALL").deallocates_all);
  EXPECT_FALSE(Only("DISCARD PLANS").deallocates_all);
  EXPECT_EQ(Only("DECLARE \"C\" CURSOR WITH HOLD FOR SELECT 1").declares_cursor, "C");
}

TEST(Facts, Flags) {
  EXPECT_TRUE(Only("DROP TABLE IF EXISTS t CASCADE").cascade);
  EXPECT_TRUE(Only("DROP TABLE IF EXISTS t").if_exists);
  EXPECT_TRUE(Only("CREATE INDEX CONCURRENTLY i ON t (a)").concurrently);
  EXPECT_TRUE(Only("ALTER TABLE t DETACH PARTITION p CONCURRENTLY").concurrently);
  EXPECT_TRUE(Only("LOCK t").strong_lock);
  EXPECT_TRUE(Only("LOCK t IN ROW SHARE MODE").strong_lock);
  EXPECT_FALSE(Only("LOCK t IN ACCESS SHARE MODE").strong_lock);
  EXPECT_TRUE(Only("CREATE TEMP TABLE t (a int)").temporary);
  EXPECT_TRUE(Only("CREATE TABLE pg_temp.t (a int)").temporary);
  EXPECT_TRUE(Only("SELECT 1 INTO TEMP t").temporary);
  EXPECT_FALSE(Only("CREATE TABLE t (a int)").temporary);
  EXPECT_TRUE(Only("BEGIN READ WRITE").asks_read_write);
  EXPECT_TRUE(
      Only("START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE").asks_read_write);
  EXPECT_TRUE(Only("SET TRANSACTION READ WRITE").asks_read_write);
  EXPECT_TRUE(Only("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE").asks_read_write);
  EXPECT_FALSE(Only("BEGIN READ ONLY").asks_read_write);
  EXPECT_FALSE(Only("BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE").asks_read_write);
}

TEST(Facts, StatementsStandWhereTheyAre) {
  const std::string sql = "SELECT 1;  DROP TABLE t ;\n\tSELECT 2 ";
  const TextFacts facts = FactsOf(sql);
  ASSERT_EQ(facts.statements.size(), 3U);
  auto text = [&](int i) {
    return sql.substr(facts.statements[static_cast<std::size_t>(i)].offset,
                      facts.statements[static_cast<std::size_t>(i)].length);
  };
  EXPECT_EQ(text(0), "SELECT 1");
  EXPECT_EQ(text(1), "DROP TABLE t");
  EXPECT_EQ(text(2), "SELECT 2");
}

TEST(Facts, ReusedFactsHoldNothingOfTheLastText) {
  TextFacts facts;
  ReadFacts("SELECT f() FROM t; DELETE FROM u; SET a = b", facts);
  ReadFacts("DROP TABLE v CASCADE", facts);
  ASSERT_EQ(facts.statements.size(), 1U);
  EXPECT_EQ(Relations(facts.statements[0]), "v:drop");
  EXPECT_TRUE(facts.statements[0].functions.empty());
  EXPECT_TRUE(facts.statements[0].effective_where);
  ReadFacts("SELECT 1", facts);
  EXPECT_FALSE(facts.statements[0].cascade);
  EXPECT_EQ(Names(facts.statements[0].kinds), "read");
}

}  // namespace
}  // namespace pgmoat::policy
