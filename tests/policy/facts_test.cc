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
      {"ALTER DATABASE a RENAME TO b", "rename database", "ALTER DATABASE"},
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
      {"ALTER TABLE t RENAME TO u", "alter_changing rename", ""},
      {"ALTER TABLE t RENAME a TO b", "alter_changing rename", ""},
      {"ALTER TABLE t OWNER TO x", "alter_changing", ""},
      {"ALTER TABLE t SET SCHEMA s", "alter_changing rename", ""},
      {"ALTER SEQUENCE s OWNED BY t.a", "alter_changing", ""},
      {"ALTER SEQUENCE s OWNED BY NONE", "alter_changing", ""},
      {"ALTER SEQUENCE s INCREMENT 2", "alter_changing", ""},
      {"ALTER TABLE t ALTER a TYPE text", "alter_changing", ""},
      {"ALTER TABLE t ALTER a TYPE varchar", "alter_changing", ""},
      {"ALTER TABLE t ALTER a SET GENERATED ALWAYS", "alter_changing", ""},
      {"ALTER TABLE t REPLICA IDENTITY FULL", "alter_changing", ""},
      {"ALTER POLICY p ON t USING (owner = current_user)", "alter_changing", ""},
      {"ALTER POLICY p ON t TO x", "alter_changing", ""},
      {"ALTER EXTENSION e UPDATE", "alter_changing extension", ""},
      {"CREATE OR REPLACE VIEW v AS SELECT 1", "read create alter_changing", ""},
      {"CREATE OR REPLACE FUNCTION f() RETURNS int RETURN 1", "create alter_changing", ""},
      {"CREATE OR REPLACE TRIGGER r AFTER INSERT ON t EXECUTE FUNCTION f()",
       "create alter_changing", ""},
      {"CREATE RULE r AS ON INSERT TO v DO INSTEAD SELECT 1", "read create alter_changing", ""},
      {"ALTER FUNCTION f() STABLE", "alter_changing", ""},
      {"ALTER TYPE m RENAME VALUE 'a' TO 'b'", "alter_changing rename", ""},
      {"ALTER TABLE t DROP COLUMN a", "alter_destructive", ""},
      {"ALTER TABLE t ALTER a TYPE bigint", "alter_destructive", ""},
      {"ALTER TABLE t ALTER a TYPE varchar(10)", "alter_changing", ""},
      {"ALTER TABLE t ALTER a TYPE text USING left(a, 1)", "alter_destructive", ""},
      {"ALTER TABLE t ALTER a TYPE text[]", "alter_destructive", ""},
      {"ALTER TABLE t ALTER a TYPE app.text", "alter_destructive", ""},
      {"ALTER SEQUENCE s RESTART WITH 1", "alter_destructive", ""},
      {"ALTER TABLE t ALTER a RESTART", "alter_destructive", ""},
      {"ALTER TABLE t REPLICA IDENTITY NOTHING", "alter_destructive", ""},
      {"ALTER POLICY p ON t USING (true)", "alter_destructive", ""},
      {"ALTER POLICY p ON t WITH CHECK (owner = owner)", "alter_destructive", ""},
      {"ALTER EXTENSION e DROP TABLE t", "alter_destructive extension", ""},
      {"ALTER EXTENSION e ADD TABLE t", "alter_destructive extension", ""},
      {"CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING", "create alter_destructive", ""},
      {"ALTER TABLE t DROP CONSTRAINT c", "alter_destructive", ""},
      {"ALTER TABLE t SET UNLOGGED", "alter_destructive", ""},
      {"ALTER TABLE t DISABLE TRIGGER ALL", "alter_destructive", ""},
      {"ALTER TABLE t DISABLE RULE r", "alter_destructive", ""},
      {"ALTER TABLE t DISABLE ROW LEVEL SECURITY", "alter_destructive", ""},
      {"ALTER TABLE t NO FORCE ROW LEVEL SECURITY", "alter_destructive", ""},
      {"ALTER TABLE t DETACH PARTITION p", "alter_destructive", ""},
      {"ALTER TABLE t NO INHERIT p", "alter_destructive", ""},
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
  EXPECT_EQ(Only("EXPLAIN ANALYZE DECLARE c CURSOR FOR SELECT 1").declares_cursor, "");
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

std::string Operators(const StatementFacts& facts) {
  std::string text;
  facts.operators.ForEach([&](std::string_view schema, std::string_view name) {
    if (!text.empty()) text += ' ';
    if (!schema.empty()) text += std::string(schema) + ".";
    text += name;
  });
  return text;
}

std::string Casts(const StatementFacts& facts) {
  std::string text;
  for (const TypeUse& use : facts.casts) {
    if (!text.empty()) text += ' ';
    text += use.schema.empty() ? use.name : use.schema + "." + use.name;
  }
  return text;
}

TEST(Facts, OperatorsAreListedByNameOnceEach) {
  const char* const cases[][2] = {
      {"SELECT 1", ""},
      {"SELECT a FROM t WHERE b = 1 AND c = 2", "="},
      {"SELECT a FROM t WHERE b OPERATOR(app.=) 1 AND c OPERATOR(pg_catalog.=) 2",
       "app.= pg_catalog.="},
      {"SELECT a !=! b, c !=! d FROM t", "!=!"},
      {"SELECT a <> 1 FROM t WHERE b IN (1, 2) AND c NOT IN (3)", "= <>"},
      {"SELECT a FROM t WHERE b BETWEEN 1 AND 2", ">= <="},
      {"SELECT a FROM t WHERE b NOT BETWEEN SYMMETRIC 1 AND 2", "> <"},
      {"SELECT a LIKE 'x', b NOT ILIKE 'x', c SIMILAR TO 'x' FROM t", "~~ ~ !~~*"},
      {"SELECT nullif(a, b) FROM t", "="},
      {"SELECT a IS DISTINCT FROM b FROM t", "="},
      {"SELECT CASE a WHEN 1 THEN 2 END FROM t", "="},
      {"SELECT a IN (SELECT b FROM u) FROM t", "="},
      {"SELECT a ### ANY (SELECT b FROM u) FROM t", "###"},
      {"SELECT a <% ALL (b) FROM t", "<%"},
      {"SELECT 1 FROM t JOIN u USING (a)", "="},
      {"SELECT 1 FROM t NATURAL JOIN u", "="},
      {"SELECT 1 FROM t ORDER BY a USING ~<~", "~<~"},
      {"SELECT @ a, - b FROM t", "- @"},
      {"ALTER TABLE t ADD EXCLUDE USING gist (a WITH &&)", "&&"},
      {"DELETE FROM t WHERE a = 1", "="},
      {"EXPLAIN SELECT a ~>~ b FROM t", "~>~"},
  };
  for (const auto& [sql, operators] : cases) EXPECT_EQ(Operators(Only(sql)), operators) << sql;
  std::string many = "SELECT 1";
  for (int i = 0; i < 1000; ++i)
    many += ", a <-# b, a OPERATOR(s" + std::to_string(i) + ".=) b";
  const std::string found = Operators(Only(many + " FROM t"));
  EXPECT_NE(found.find("s999.="), std::string::npos);
}

TEST(Facts, WellKnownOperatorsAreDistinct) {
  for (std::size_t i = 0; i < kWellKnownOperators.size(); ++i) {
    for (std::size_t j = i + 1; j < kWellKnownOperators.size(); ++j) {
      EXPECT_NE(kWellKnownOperators[i], kWellKnownOperators[j]);
    }
  }
}

TEST(Facts, CastsAreListedByTargetType) {
  const char* const cases[][2] = {
      {"SELECT 1", ""},
      {"SELECT a::app.money2, CAST(b AS \"T\"), date '2000-01-01' FROM t", "app.money2 T date"},
      {"SELECT 1::int, 2::integer, 'a'::varchar(3)", "pg_catalog.int4 pg_catalog.varchar"},
      {"SELECT a::text[] FROM t", "text"},
      {"SELECT xmlserialize(content a AS mytype) FROM t", "mytype"},
      {"SELECT * FROM json_to_record(a) AS x(b mytype)", "mytype"},
      {"SELECT * FROM XMLTABLE('/a' PASSING x COLUMNS b mytype)", "mytype"},
      {"PREPARE p (mytype) AS SELECT $1", "mytype"},
      {"CREATE TABLE t (a mytype DEFAULT 'x'::other)", "other"},
  };
  for (const auto& [sql, casts] : cases) EXPECT_EQ(Casts(Only(sql)), casts) << sql;
}

TEST(Facts, RowLockIsTheStrongest) {
  EXPECT_EQ(Only("SELECT 1 FROM t").row_lock, RowLock::kNone);
  EXPECT_EQ(Only("SELECT 1 FROM t FOR KEY SHARE").row_lock, RowLock::kKeyShare);
  EXPECT_EQ(Only("SELECT 1 FROM t FOR SHARE NOWAIT").row_lock, RowLock::kShare);
  EXPECT_EQ(Only("SELECT 1 FROM t, u FOR SHARE OF t FOR NO KEY UPDATE OF u").row_lock,
            RowLock::kNoKeyUpdate);
  EXPECT_EQ(Only("SELECT 1 FROM (SELECT 1 FROM t FOR UPDATE) s FOR SHARE").row_lock,
            RowLock::kUpdate);
  EXPECT_EQ(Only("EXPLAIN SELECT 1 FROM t FOR UPDATE").row_lock, RowLock::kNone);
}

TEST(Facts, CopySaysWhereToAndWhichWay) {
  struct CopyCase {
    const char* sql;
    CopyTarget target;
    bool from;
  };
  for (const CopyCase& c :
       {CopyCase{"COPY t TO STDOUT", CopyTarget::kClient, false},
        CopyCase{"COPY t FROM STDIN", CopyTarget::kClient, true},
        CopyCase{"COPY t TO '/x'", CopyTarget::kFile, false},
        CopyCase{"COPY t FROM '/x'", CopyTarget::kFile, true},
        CopyCase{"COPY (SELECT 1) TO PROGRAM 'x'", CopyTarget::kProgram, false},
        CopyCase{"COPY t FROM PROGRAM 'x'", CopyTarget::kProgram, true},
        CopyCase{"SELECT 1", CopyTarget::kNone, false}}) {
    const StatementFacts facts = Only(c.sql);
    EXPECT_EQ(facts.copy_target, c.target) << c.sql;
    EXPECT_EQ(facts.copy_from, c.from) << c.sql;
  }
}

TEST(Facts, TransactionsBeginAndSayHow) {
  for (const char* sql :
       {"BEGIN", "START TRANSACTION READ ONLY", "COMMIT AND CHAIN", "ROLLBACK AND CHAIN"}) {
    EXPECT_TRUE(Only(sql).begins_transaction) << sql;
  }
  for (const char* sql :
       {"COMMIT", "ROLLBACK TO s", "SET TRANSACTION READ WRITE", "SELECT 1"}) {
    EXPECT_FALSE(Only(sql).begins_transaction) << sql;
  }
  EXPECT_TRUE(Only("BEGIN READ ONLY").asks_read_only);
  EXPECT_FALSE(Only("BEGIN READ WRITE").asks_read_only);
  EXPECT_FALSE(Only("BEGIN").asks_read_only);
}

TEST(Facts, ObjectOptions) {
  EXPECT_TRUE(Only("CREATE TABLE IF NOT EXISTS t (a int)").if_not_exists);
  EXPECT_FALSE(Only("CREATE TABLE IF NOT EXISTS t (a int)").if_exists);
  EXPECT_TRUE(Only("ALTER TABLE t ADD COLUMN IF NOT EXISTS a int").if_not_exists);
  EXPECT_TRUE(Only("ALTER TABLE t DROP COLUMN IF EXISTS a").if_exists);
  EXPECT_TRUE(Only("ALTER TYPE m ADD VALUE IF NOT EXISTS 'x'").if_not_exists);
  EXPECT_TRUE(Only("ALTER TABLE IF EXISTS t ADD a int").if_exists);
  EXPECT_FALSE(Only("ALTER TABLE IF EXISTS t ADD a int").if_not_exists);
  EXPECT_TRUE(Only("CREATE OR REPLACE VIEW v AS SELECT 1").or_replace);
  EXPECT_TRUE(Only("CREATE OR REPLACE FUNCTION f() RETURNS int RETURN 1").or_replace);
  EXPECT_TRUE(Only("CREATE OR REPLACE RULE r AS ON INSERT TO t DO ALSO SELECT 1").or_replace);
  EXPECT_TRUE(Only("CREATE OR REPLACE AGGREGATE a (int) (sfunc = f, stype = int)").or_replace);
  EXPECT_FALSE(Only("CREATE VIEW v AS SELECT 1").or_replace);
  EXPECT_TRUE(Only("CREATE UNLOGGED TABLE t (a int)").unlogged);
  EXPECT_TRUE(Only("CREATE UNLOGGED TABLE t AS SELECT 1").unlogged);
  EXPECT_TRUE(Only("ALTER TABLE t RENAME a TO b").renames);
  EXPECT_TRUE(Only("ALTER TABLE t SET SCHEMA s").renames);
  EXPECT_TRUE(Only("ALTER TYPE m RENAME VALUE 'a' TO 'b'").renames);
  EXPECT_FALSE(Only("ALTER TABLE t OWNER TO x").renames);
  EXPECT_TRUE(Only("ALTER TABLE t ALTER a TYPE text").retypes);
  EXPECT_FALSE(Only("ALTER TABLE t ALTER a SET DEFAULT 1").retypes);
}

TEST(Facts, WhatADefinitionCanLose) {
  struct LossCase {
    const char* sql;
    bool data;
    bool protection;
  };
  const LossCase cases[] = {
      {"DROP TABLE t", true, false},
      {"DROP MATERIALIZED VIEW v", true, false},
      {"DROP SEQUENCE s", true, false},
      {"DROP SCHEMA s", true, false},
      {"DROP FOREIGN TABLE t", true, false},
      {"DROP EXTENSION e", true, false},
      {"DROP DATABASE d", true, false},
      {"DROP OWNED BY x", true, false},
      {"DROP VIEW v", false, false},
      {"DROP VIEW v CASCADE", true, false},  // a materialized view on it goes along
      {"DROP FUNCTION f()", false, false},
      {"DROP FUNCTION f() CASCADE", true, false},
      {"DROP TYPE m", false, false},  // fails while a column is of it
      {"DROP TYPE m CASCADE", true, false},
      {"DROP DOMAIN d CASCADE", true, false},
      {"DROP INDEX i", false, true},
      {"DROP INDEX CONCURRENTLY IF EXISTS i", false, true},
      {"DROP TRIGGER IF EXISTS r ON t", false, true},
      {"DROP TRIGGER r ON t CASCADE", false, true},
      {"DROP RULE r ON t", false, true},
      {"DROP POLICY p ON t", false, true},
      {"DROP STATISTICS s", false, false},
      {"TRUNCATE t", true, false},
      {"ALTER TABLE t DROP COLUMN a", true, false},
      {"ALTER TABLE t ALTER a TYPE bigint", true, false},
      {"ALTER TABLE t ALTER a TYPE text", false, false},
      {"ALTER TABLE t SET UNLOGGED", true, false},
      {"ALTER TABLE t DETACH PARTITION p", true, false},
      {"ALTER TABLE t DROP CONSTRAINT c", false, true},
      {"ALTER TABLE t DISABLE TRIGGER r", false, true},
      {"ALTER TABLE t DISABLE ROW LEVEL SECURITY", false, true},
      {"ALTER TABLE t REPLICA IDENTITY NOTHING", false, true},
      {"ALTER DOMAIN d DROP CONSTRAINT c", false, true},
      {"ALTER POLICY p ON t USING (1 = 1)", false, true},
      {"ALTER SEQUENCE s RESTART", true, false},
      {"CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING", true, false},
      {"REFRESH MATERIALIZED VIEW v WITH NO DATA", true, false},
      {"ALTER TABLE t ADD a int, DROP b, DROP CONSTRAINT c", true, true},
      {"ALTER TABLE t ADD a int", false, false},
      {"CREATE TABLE t (a int)", false, false},
      {"DELETE FROM t WHERE a = 1", false, false},
  };
  for (const LossCase& c : cases) {
    const StatementFacts facts = Only(c.sql);
    EXPECT_EQ(facts.loses_data, c.data) << c.sql;
    EXPECT_EQ(facts.loses_protection, c.protection) << c.sql;
  }
}

TEST(Facts, TemporaryRelationsAreNamed) {
  const char* const cases[][2] = {
      {"CREATE TEMP TABLE x (a int)", "x"},
      {"CREATE TEMPORARY TABLE IF NOT EXISTS \"X\" AS SELECT 1", "X"},
      {"CREATE LOCAL TEMP TABLE pg_temp.x (a int)", "pg_temp.x"},
      {"CREATE TABLE pg_temp.x AS SELECT 1", "pg_temp.x"},
      {"SELECT 1 INTO TEMP x", "x"},
      {"CREATE TEMP VIEW v AS SELECT 1", "v"},
      {"CREATE TEMP SEQUENCE s", "s"},
      {"EXPLAIN ANALYZE CREATE TEMP TABLE x AS SELECT 1", "x"},
      {"CREATE TEMP TABLE x AS EXECUTE p", "x"},
  };
  for (const auto& [sql, name] : cases) {
    EXPECT_EQ(Only(sql).creates_temporary, std::vector<std::string>{name}) << sql;
  }
  for (const char* sql : {"CREATE TABLE x (a int)", "CREATE UNLOGGED TABLE x (a int)",
                          "EXPLAIN CREATE TEMP TABLE x AS SELECT 1", "SELECT * FROM pg_temp.x",
                          "CREATE TABLE pg_temp_3.x (a int)", "DROP TABLE pg_temp.x"}) {
    EXPECT_TRUE(Only(sql).creates_temporary.empty()) << sql;
  }
  EXPECT_TRUE(Only("CREATE TEMP TABLE x (a int) ON COMMIT DROP").on_commit_drop);
  EXPECT_TRUE(Only("CREATE TEMP TABLE x ON COMMIT DROP AS SELECT 1").on_commit_drop);
  EXPECT_FALSE(Only("CREATE TEMP TABLE x (a int) ON COMMIT DELETE ROWS").on_commit_drop);
  EXPECT_TRUE(IsInTemporarySchema("pg_temp.x"));
  EXPECT_TRUE(IsInTemporarySchema("db.pg_temp.x"));
  EXPECT_FALSE(IsInTemporarySchema("x"));
  EXPECT_FALSE(IsInTemporarySchema("public.pg_temp"));
  EXPECT_FALSE(IsInTemporarySchema("pg_temp.x.y"));
}

TEST(Facts, EveryTargetOfADefinitionIsARelation) {
  const char* const cases[][2] = {
      {"DROP TABLE a, pg_temp.b, c CASCADE", "a:drop pg_temp.b:drop c:drop"},
      {"DROP VIEW v, w", "v:drop w:drop"},
      {"DROP INDEX i", "i:drop"},
      {"DROP SEQUENCE s", "s:drop"},
      {"DROP TRIGGER r ON s.t", "s.t:alter"},
      {"DROP RULE r ON t", "t:alter"},
      {"DROP POLICY p ON t", "t:alter"},
      {"TRUNCATE a, ONLY b", "a:write b:write"},
      {"ALTER TABLE x ADD a int", "x:alter"},
      {"ALTER INDEX i RENAME TO j", "i:alter"},
      {"ALTER SEQUENCE s RESTART", "s:alter"},
      {"ALTER TABLE x INHERIT y", "x:alter y:alter"},
      {"CREATE INDEX i ON x (a)", "x:alter"},
      {"CREATE TRIGGER r AFTER INSERT ON x EXECUTE FUNCTION f()", "x:alter"},
      {"COMMENT ON TABLE s.t IS 'x'", "s.t:alter"},
      {"COMMENT ON COLUMN s.t.c IS 'x'", "s.t:alter"},
      {"DROP FUNCTION f()", ""},
      {"DROP SCHEMA s", ""},
  };
  for (const auto& [sql, relations] : cases) EXPECT_EQ(Relations(Only(sql)), relations) << sql;
}

TEST(Facts, SettingsHaveAScope) {
  struct ScopeCase {
    const char* sql;
    const char* name;
    SettingScope scope;
  };
  for (const ScopeCase& c :
       {ScopeCase{"SET work_mem = '1MB'", "work_mem", SettingScope::kSession},
        ScopeCase{"SET LOCAL work_mem = '1MB'", "work_mem", SettingScope::kTransaction},
        ScopeCase{"SELECT set_config('a.b', 'c', false)", "a.b", SettingScope::kSession},
        ScopeCase{"SELECT set_config('a.b', 'c', true)", "a.b", SettingScope::kTransaction},
        ScopeCase{"CREATE FUNCTION f() RETURNS int LANGUAGE sql SET Session_Replication_Role = "
                  "replica AS 'SELECT 1'",
                  "session_replication_role", SettingScope::kFunction},
        ScopeCase{"ALTER FUNCTION f() SET search_path FROM CURRENT", "search_path",
                  SettingScope::kFunction},
        ScopeCase{"ALTER PROCEDURE f() RESET work_mem", "work_mem", SettingScope::kFunction},
        ScopeCase{"ALTER ROLE x SET work_mem = '1MB'", "work_mem", SettingScope::kDefault},
        ScopeCase{"ALTER DATABASE d SET work_mem = '1MB'", "work_mem", SettingScope::kDefault},
        ScopeCase{"ALTER SYSTEM SET work_mem = '1MB'", "work_mem", SettingScope::kDefault}}) {
    const StatementFacts facts = Only(c.sql);
    ASSERT_EQ(facts.settings.size(), 1U) << c.sql;
    EXPECT_EQ(facts.settings[0].name, c.name) << c.sql;
    EXPECT_EQ(facts.settings[0].scope, c.scope) << c.sql;
  }
  EXPECT_FALSE(Only("ALTER FUNCTION f() SET search_path FROM CURRENT").settings[0].is_constant);
  // Not of this session.
  EXPECT_FALSE(Only("ALTER ROLE x SET default_transaction_read_only = off").asks_read_write);
}

TEST(Facts, FunctionsSayTheirLanguageAndWhoseRightsTheyUse) {
  EXPECT_EQ(Only("CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'a', 'b'").language, "c");
  EXPECT_EQ(Only("CREATE FUNCTION f() RETURNS int AS 'x' LANGUAGE 'plpython3u'").language,
            "plpython3u");
  EXPECT_EQ(Only("CREATE PROCEDURE f() LANGUAGE plpgsql AS 'x'").language, "plpgsql");
  EXPECT_EQ(Only("CREATE FUNCTION f() RETURNS int RETURN 1").language, "");
  EXPECT_EQ(Only("DO LANGUAGE plperlu 'x'").language, "plperlu");
  EXPECT_TRUE(Only("CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'x'")
                  .security_definer);
  EXPECT_TRUE(Only("ALTER FUNCTION f() SECURITY DEFINER").security_definer);
  EXPECT_FALSE(Only("ALTER FUNCTION f() SECURITY INVOKER").security_definer);
}

TEST(Facts, ExtensionsAreNamed) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(Only("CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\" CASCADE").extensions,
            Names{"uuid-ossp"});
  EXPECT_EQ(Only("ALTER EXTENSION e UPDATE").extensions, Names{"e"});
  EXPECT_EQ(Only("ALTER EXTENSION e DROP TABLE t").extensions, Names{"e"});
  EXPECT_EQ(Only("DROP EXTENSION a, b").extensions, (Names{"a", "b"}));
  EXPECT_EQ(Only("CREATE LANGUAGE plperl").extensions, Names{"plperl"});
}

TEST(Facts, FunctionsThatADefinitionBindsAreListed) {
  for (const char* sql :
       {"CREATE OPERATOR !! (FUNCTION = s.f, RIGHTARG = text)",
        "CREATE OPERATOR !! (PROCEDURE = s.f, RIGHTARG = text)",
        "CREATE AGGREGATE a (text) (SFUNC = s.f, STYPE = text)",
        "CREATE CAST (text AS m) WITH FUNCTION s.f(text)",
        "CREATE TRIGGER r AFTER INSERT ON t EXECUTE FUNCTION s.f()",
        "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION s.f()",
        "CREATE TYPE m (INPUT = s.f, OUTPUT = g)",
        "CREATE OPERATOR CLASS c FOR TYPE m USING btree AS FUNCTION 1 s.f(m, m)",
        "CREATE DEFAULT CONVERSION c FOR 'UTF8' TO 'LATIN1' FROM s.f"}) {
    EXPECT_NE((" " + Functions(Only(sql))).find(" s.f"), std::string::npos) << sql;
  }
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
  ReadFacts("CREATE TEMP TABLE x ON COMMIT DROP AS SELECT a::m !! b FROM t FOR UPDATE", facts);
  ReadFacts("SELECT 1", facts);
  EXPECT_TRUE(facts.statements[0].operators.Empty());
  EXPECT_TRUE(facts.statements[0].casts.empty());
  EXPECT_TRUE(facts.statements[0].creates_temporary.empty());
  EXPECT_FALSE(facts.statements[0].on_commit_drop);
  EXPECT_EQ(facts.statements[0].row_lock, RowLock::kNone);
  EXPECT_EQ(Names(facts.statements[0].kinds), "read");
}

}  // namespace
}  // namespace pgmoat::policy
