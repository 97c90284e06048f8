#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

TEST(EffectiveWhere, NoConditionIsNotEffective) {
  for (const char* sql : {"DELETE FROM t", "UPDATE t SET a = 1", "DELETE FROM ONLY t",
                          "WITH d AS (DELETE FROM t RETURNING *) SELECT count(*) FROM d",
                          "EXPLAIN ANALYZE DELETE FROM t", "PREPARE p AS DELETE FROM t",
                          "COPY (DELETE FROM t RETURNING *) TO STDOUT"}) {
    EXPECT_FALSE(Only(sql).effective_where) << sql;
    ExpectRefused(BuiltinRole::kApp, sql);
  }
}

TEST(EffectiveWhere, PlannedOnlyIsNotHeldAgainstIt) {
  EXPECT_TRUE(Only("EXPLAIN DELETE FROM t").effective_where);
  EXPECT_TRUE(Only("EXPLAIN (ANALYZE off) DELETE FROM t").effective_where);
}

TEST(EffectiveWhere, ConditionTrueForEveryRowIsNotEffective) {
  for (const char* where : {"true",
                            "TRUE",
                            "'t'",
                            "'yes'::bool",
                            "1::boolean",
                            "NOT false",
                            "NOT NOT true",
                            "1=1",
                            "1 = 1 AND 2 = 2",
                            "'a'='a'",
                            "2 > 1",
                            "1 <> 2",
                            "1 <= 1",
                            "1.5 = 1.5",
                            "'a'::text = 'a'",
                            "x = 1 OR true",
                            "x = 1 OR 1=1",
                            "x = 1 OR (2 > 1 AND 'a'='a')",
                            "true OR x = 1",
                            "x = x",
                            "t.x = x",
                            "t.x = t.x",
                            "x >= x",
                            "x <= x",
                            "NOT (x <> x)",
                            "x IS NOT DISTINCT FROM x",
                            "NOT x IS DISTINCT FROM x",
                            "lower(x) = lower(x)",
                            "x + 1 = x + 1",
                            "x::text = x::text",
                            "x IS NOT NULL OR x IS NULL",
                            "x IS NULL OR x IS NOT NULL OR y = 1",
                            "x = 1 OR x <> 1",
                            "x < 5 OR x >= 5",
                            "x LIKE 'a%' OR x NOT LIKE 'a%'",
                            "NOT x = 1 OR x = 1",
                            "active OR NOT active",
                            "x BETWEEN 1 AND 2 OR x NOT BETWEEN 1 AND 2",
                            "x IN (1) OR x NOT IN (1)",
                            "coalesce(x = x, true)",
                            "coalesce(NULL, true)",
                            "1 BETWEEN 0 AND 2",
                            "1 BETWEEN SYMMETRIC 2 AND 0",
                            "3 NOT BETWEEN 0 AND 2",
                            "x BETWEEN x AND x",
                            "1 IN (1)",
                            "1 IN (2, 1)",
                            "1 NOT IN (2, 3)",
                            "x IN (1, x)",
                            "x = ANY (ARRAY[1, x])",
                            "x <> ALL (ARRAY[]::int[])",
                            "x <> ALL ('{}')",
                            "x LIKE '%'",
                            "x ILIKE '%%'",
                            "x LIKE '%' ESCAPE '!'",
                            "x SIMILAR TO '%'",
                            "x ~ '.*'",
                            "x ~ ''",
                            "NOT x NOT LIKE '%'",
                            "x ~~ '%'",
                            "x OPERATOR(pg_catalog.~~) '%'",
                            "x OPERATOR(pg_catalog.=) x",
                            "EXISTS (SELECT 1)",
                            "EXISTS (SELECT)",
                            "EXISTS (VALUES (1))",
                            "(SELECT true)",
                            "EXISTS (SELECT count(*) FROM other WHERE other.id = t.id)",
                            "EXISTS (SELECT 1 FROM t s WHERE s.id = t.id)",
                            "x IN (SELECT x FROM t)",
                            "x IN (SELECT x FROM t WHERE true)",
                            "t.x IN (SELECT s.x FROM t s)",
                            "x = ANY (SELECT x FROM t)",
                            "x = ANY (ARRAY(SELECT x FROM t))",
                            "x IN (SELECT x)",
                            "ctid = ANY (ARRAY(SELECT ctid FROM t))",
                            "ctid IN (SELECT ctid FROM t)",
                            "ctid IS NOT NULL",
                            "ctid > '(0,0)'",
                            "ctid >= '(0,1)'::tid",
                            "'(0,0)' < ctid",
                            "xmin IS NOT NULL",
                            "tableoid IS NOT NULL",
                            "t IS DISTINCT FROM NULL",
                            "(x = x) = true",
                            "(x = x) IS TRUE",
                            "(x <> x) IS NOT TRUE",
                            "(NULL) IS NULL",
                            "NULL::bool IS UNKNOWN",
                            "CASE WHEN x = 1 THEN true ELSE true END",
                            "CASE WHEN true THEN true ELSE x = 1 END",
                            "CASE x WHEN x THEN true END",
                            "coalesce(x, 1) IS NOT NULL",
                            "(x IS NULL) IS NOT NULL",
                            "ARRAY[x] IS NOT NULL",
                            "(true)",
                            "((1)) = ((1))",
                            "(x, y) = (x, y)",
                            "current_user IS NOT NULL"}) {
    const std::string remove = std::string("DELETE FROM t WHERE ") + where;
    EXPECT_FALSE(Only(remove).effective_where) << remove;
    const std::string update = std::string("UPDATE t SET a = 1 WHERE ") + where;
    EXPECT_FALSE(Only(update).effective_where) << update;
  }
}

TEST(EffectiveWhere, SameForEveryRowAndNotFoldedIsNotEffective) {
  for (const char* where :
       {"$1", "1 = $1", "now() > '2000-01-01'", "length('a') = 1", "random() < 2",
        "EXISTS (SELECT 1 FROM pg_class)", "EXISTS (SELECT 1 FROM t WHERE x = 5)",
        "(SELECT true FROM u)", "'a' LIKE 'a'", "1 + 1 = 2", "x = 1 OR length('a') = 1",
        "x = 1 OR current_user = 'me'"}) {
    const std::string sql = std::string("DELETE FROM t WHERE ") + where;
    EXPECT_FALSE(Only(sql).effective_where) << sql;
  }
}

TEST(EffectiveWhere, ConditionOnARowIsEffective) {
  for (const char* where : {"id = 1",
                            "id = $1",
                            "t.id = $1",
                            "public.t.id = 1",
                            "id IN (1, 2, 3)",
                            "id IN ($1)",
                            "id = ANY ($1)",
                            "id <> ALL ($1)",
                            "id = ANY (ARRAY[1, 2])",
                            "id = ANY ('{1,2}')",
                            "name LIKE 'a%'",
                            "name LIKE $1",
                            "name ~ '^a'",
                            "expires < now()",
                            "expires < now() - interval '1 day'",
                            "id BETWEEN 1 AND 5",
                            "x IS NULL",
                            "x IS NOT NULL",
                            "active",
                            "NOT active",
                            "active IS TRUE",
                            "active = true",
                            "$1 IS NULL OR id = $1",
                            "($1::int IS NULL OR id = $1) AND tenant = $2",
                            "id = 1 OR id = 2",
                            "x = y",
                            "id = 1 AND true",
                            "true AND id = 1",
                            "false",
                            "1 = 0",
                            "NULL",
                            "EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id)",
                            "NOT EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id)",
                            "id IN (SELECT t_id FROM u)",
                            "id IN (SELECT id FROM t WHERE x = 1)",
                            "id IN (SELECT id FROM t LIMIT 100)",
                            "ctid = ANY (ARRAY(SELECT ctid FROM t LIMIT 1000))",
                            "ctid IN (SELECT ctid FROM t WHERE expires < now() LIMIT 100)",
                            "id = (SELECT max(id) FROM t)",
                            "coalesce(deleted, false)",
                            "coalesce(x, 0) = 0",
                            "CASE WHEN x = 1 THEN true ELSE false END",
                            "(id, tenant) IN ((1, 2), (3, 4))",
                            "data @> '{\"a\": 1}'",
                            "data ->> 'a' = 'b'",
                            "tags && ARRAY['a']",
                            "CURRENT OF c",
                            "x NOT IN (1, 2)",
                            "date_trunc('day', at) = '2024-01-01'",
                            "x > 0 OR x < 10"}) {
    const std::string remove = std::string("DELETE FROM t WHERE ") + where;
    EXPECT_TRUE(Only(remove).effective_where) << remove;
    const std::string update = std::string("UPDATE t SET a = 1 WHERE ") + where;
    EXPECT_TRUE(Only(update).effective_where) << update;
  }
}

TEST(EffectiveWhere, JoinNeedsAConditionOnTheTarget) {
  for (const char* sql :
       {"DELETE FROM t USING u", "DELETE FROM t USING u WHERE u.x = 1",
        "DELETE FROM t AS a USING u WHERE u.x = 1", "UPDATE t SET a = 1 FROM u",
        "UPDATE t SET a = u.b FROM u WHERE u.x = 1",
        "DELETE FROM t USING t AS s WHERE t.id = s.id",
        "DELETE FROM t a USING t b WHERE a.id = b.id",
        "UPDATE t SET a = 1 FROM (SELECT * FROM t) AS s WHERE s.id = t.id"}) {
    EXPECT_FALSE(Only(sql).effective_where) << sql;
  }
  for (const char* sql : {"DELETE FROM t USING u WHERE u.id = t.id",
                          "DELETE FROM t AS a USING u WHERE a.id = u.id",
                          "UPDATE t SET a = u.b FROM u WHERE u.id = t.id",
                          "DELETE FROM t a USING t b WHERE a.email = b.email AND a.id < b.id",
                          "UPDATE t SET a = 1 FROM (SELECT id FROM t WHERE x = 1 LIMIT 10) AS "
                          "s WHERE s.id = t.id"}) {
    EXPECT_TRUE(Only(sql).effective_where) << sql;
  }
}

TEST(EffectiveWhere, MergeThatTouchesEveryRowIsNotEffective) {
  for (const char* sql :
       {"MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
        "MERGE INTO t USING u ON 1 = 1 WHEN MATCHED THEN UPDATE SET a = 1",
        "MERGE INTO t USING u ON u.x = 1 WHEN MATCHED THEN DELETE",
        "MERGE INTO t USING u ON true WHEN MATCHED AND u.x = 1 THEN DELETE",
        "MERGE INTO t USING t AS s ON t.id = s.id WHEN MATCHED THEN DELETE"}) {
    EXPECT_FALSE(Only(sql).effective_where) << sql;
    ExpectRefused(BuiltinRole::kApp, sql, "app.merge-without-where", "42501");
  }
  for (const char* sql :
       {"MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN DELETE",
        "MERGE INTO t USING u ON t.id = u.id WHEN MATCHED THEN UPDATE SET a = u.a "
        "WHEN NOT MATCHED THEN INSERT (id) VALUES (u.id)",
        "MERGE INTO t USING u ON true WHEN MATCHED AND t.x = 1 THEN DELETE",
        "MERGE INTO t USING u ON true WHEN NOT MATCHED THEN INSERT VALUES (1)"}) {
    EXPECT_TRUE(Only(sql).effective_where) << sql;
    ExpectAllowed(BuiltinRole::kApp, sql);
  }
}

TEST(EffectiveWhere, EachOffenderIsNamed) {
  const StatementFacts facts = Only(
      "WITH d AS (DELETE FROM a RETURNING *), u AS (UPDATE b SET x = 1 WHERE id = 2 RETURNING "
      "*) "
      "SELECT 1");
  EXPECT_TRUE(facts.unfiltered.Has(Kind::kDelete));
  EXPECT_FALSE(facts.unfiltered.Has(Kind::kUpdate));
}

TEST(EffectiveWhere, UpsertFromTheTableItselfIsAnUpdateOfIt) {
  for (const char* sql :
       {"INSERT INTO t SELECT * FROM t ON CONFLICT (id) DO UPDATE SET a = 1",
        "INSERT INTO t SELECT * FROM public.t x ON CONFLICT (id) DO UPDATE SET a = 1",
        "INSERT INTO t SELECT * FROM (SELECT * FROM t) x ON CONFLICT (id) DO UPDATE SET a = 1",
        "INSERT INTO t SELECT * FROM t WHERE true ON CONFLICT (id) DO UPDATE SET a = 1 "
        "WHERE true"}) {
    ExpectRefused(BuiltinRole::kApp, sql, "app.update-without-where", "42501");
  }
  for (const char* sql :
       {"INSERT INTO t SELECT * FROM t WHERE id = 1 ON CONFLICT (id) DO UPDATE SET a = 1",
        "INSERT INTO t SELECT * FROM t ON CONFLICT (id) DO UPDATE SET a = 1 WHERE t.a = 2",
        "INSERT INTO t SELECT * FROM t ON CONFLICT DO NOTHING",
        "WITH t AS (VALUES (1)) INSERT INTO t SELECT * FROM t ON CONFLICT (id) DO UPDATE SET "
        "a = 1",
        "INSERT INTO t SELECT * FROM u ON CONFLICT (id) DO UPDATE SET a = excluded.a"}) {
    ExpectAllowed(BuiltinRole::kApp, sql);
  }
}

TEST(EffectiveWhere, EmptySubqueriesAndComplementsExcludeNothing) {
  for (const char* where :
       {"id NOT IN (SELECT id FROM u WHERE false)", "id <> ALL (SELECT id FROM u WHERE 1 = 0)",
        "NOT EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id AND false)",
        "a IS TRUE OR a IS NOT TRUE", "a IS NOT UNKNOWN OR a IS UNKNOWN",
        "id IN (SELECT id FROM t LIMIT ALL)", "id IN (SELECT id FROM t OFFSET 0)"}) {
    ExpectRefused(BuiltinRole::kApp, "DELETE FROM t WHERE " + std::string(where),
                  "app.delete-without-where", "42501");
  }
  for (const char* where :
       {"NOT EXISTS (SELECT 1 FROM u WHERE u.t_id = t.id)", "a IS TRUE OR a IS UNKNOWN",
        "id IN (SELECT id FROM t ORDER BY id LIMIT 10)",
        "id IN (SELECT id FROM t ORDER BY id OFFSET 10)",
        "NOT EXISTS (SELECT 1 FROM u WHERE t.id < id)"}) {
    ExpectAllowed(BuiltinRole::kApp, "DELETE FROM t WHERE " + std::string(where));
  }
}

TEST(EffectiveWhere, UpsertIsNotAnUnfilteredUpdate) {
  const StatementFacts facts =
      Only("INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = excluded.a");
  EXPECT_TRUE(facts.kinds.Has(Kind::kInsert));
  EXPECT_TRUE(facts.kinds.Has(Kind::kUpdate));
  EXPECT_TRUE(facts.effective_where);
}

TEST(EffectiveWhere, NestedTooDeepToTellIsNotEffective) {
  std::string where = "x = 1";
  for (int i = 0; i < 1000; ++i) where = "NOT (" + where + ")";
  EXPECT_FALSE(Only("DELETE FROM t WHERE " + where).effective_where);
}

TEST(EffectiveWhere, ThousandsOfAlternativesAreLinear) {
  std::string where = "id = 0";
  for (int i = 1; i < 20'000; ++i) where += " OR id = " + std::to_string(i);
  EXPECT_TRUE(Only("DELETE FROM t WHERE " + where).effective_where);
}

}  // namespace
}  // namespace pgmoat::policy
