#include "policy/lock_levels.h"

#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

std::string LocksIn(std::string_view sql) {
  std::string text;
  for (const TableLock& lock : LocksOf(Only(sql))) {
    if (!text.empty()) text += "; ";
    text.append(lock.mode).append(" on ").append(lock.relation);
  }
  return text;
}

struct LockCase {
  const char* sql;
  const char* locks;
};

// PostgreSQL documentation, "Explicit Locking", table-level lock modes.
TEST(LockLevels, AsTheDocumentationHasThem) {
  const LockCase cases[] = {
      {"SELECT * FROM a JOIN app.b USING (id)", "ACCESS SHARE on a; ACCESS SHARE on app.b"},
      {"COPY a TO STDOUT", "ACCESS SHARE on a"},
      {"SELECT * FROM a FOR UPDATE", "ROW SHARE on a"},
      {"SELECT * FROM a FOR KEY SHARE", "ROW SHARE on a"},
      {"INSERT INTO a SELECT * FROM b", "ROW EXCLUSIVE on a; ACCESS SHARE on b"},
      {"UPDATE a SET x = 1 FROM b WHERE a.id = b.id", "ROW EXCLUSIVE on a; ACCESS SHARE on b"},
      {"DELETE FROM a WHERE id = 1", "ROW EXCLUSIVE on a"},
      {"MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE",
       "ROW EXCLUSIVE on a; ACCESS SHARE on b"},
      {"COPY a FROM STDIN", "ROW EXCLUSIVE on a"},
      {"ANALYZE a", "SHARE UPDATE EXCLUSIVE on a"},
      {"CREATE INDEX CONCURRENTLY i ON a (x)", "SHARE UPDATE EXCLUSIVE on a"},
      {"CREATE STATISTICS s ON x, y FROM a", "SHARE UPDATE EXCLUSIVE on a"},
      {"COMMENT ON TABLE a IS 'x'", "SHARE UPDATE EXCLUSIVE on a"},
      {"DROP INDEX CONCURRENTLY i", "SHARE UPDATE EXCLUSIVE on i"},
      {"ALTER INDEX i RENAME TO j", "SHARE UPDATE EXCLUSIVE on i"},
      {"CREATE INDEX i ON a (x)", "SHARE on a"},
      {"CREATE TRIGGER g BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()",
       "SHARE ROW EXCLUSIVE on a"},
      {"CREATE TABLE c (a_id int REFERENCES a)", "SHARE ROW EXCLUSIVE on a"},
      {"ALTER SEQUENCE s INCREMENT 2", "SHARE ROW EXCLUSIVE on s"},
      {"REFRESH MATERIALIZED VIEW CONCURRENTLY m", "EXCLUSIVE on m"},
      {"REFRESH MATERIALIZED VIEW m", "ACCESS EXCLUSIVE on m"},
      {"DROP TABLE a, b", "ACCESS EXCLUSIVE on a; ACCESS EXCLUSIVE on b"},
      {"TRUNCATE a", "ACCESS EXCLUSIVE on a"},
      {"REINDEX TABLE a", "ACCESS EXCLUSIVE on a"},
      {"CLUSTER a", "ACCESS EXCLUSIVE on a"},
      {"VACUUM FULL a", "ACCESS EXCLUSIVE on a"},
      {"ALTER TABLE a ADD COLUMN x int", "ACCESS EXCLUSIVE on a"},
      {"ALTER TABLE a ADD FOREIGN KEY (x) REFERENCES b",
       "ACCESS EXCLUSIVE on a; SHARE ROW EXCLUSIVE on b"},
      {"ALTER TABLE a RENAME TO b", "ACCESS EXCLUSIVE on a"},
      {"DROP INDEX i", "ACCESS EXCLUSIVE on i"},
      {"CREATE POLICY p ON a", "ACCESS EXCLUSIVE on a"},
      {"DROP TRIGGER g ON a", "ACCESS EXCLUSIVE on a"},
      {"CREATE OR REPLACE VIEW v AS SELECT * FROM a",
       "ACCESS EXCLUSIVE on v; ACCESS SHARE on a"},
      {"CREATE TABLE p PARTITION OF a DEFAULT", "ACCESS EXCLUSIVE on a"},
      {"LOCK TABLE a", "ACCESS EXCLUSIVE on a"},
      {"LOCK TABLE a IN ACCESS SHARE MODE", "ACCESS SHARE on a"},
  };
  for (const LockCase& one : cases) EXPECT_EQ(LocksIn(one.sql), one.locks) << one.sql;
}

TEST(LockLevels, WhatIsNewIsNotListed) {
  EXPECT_EQ(LocksIn("CREATE TABLE a (id int)"), "");
  EXPECT_EQ(LocksIn("CREATE TABLE a AS SELECT * FROM b"), "ACCESS SHARE on b");
  EXPECT_EQ(LocksIn("SELECT 1"), "");
}

TEST(LockLevels, TheStrongestOfARelationCounts) {
  EXPECT_EQ(LocksIn("INSERT INTO a SELECT * FROM a"), "ROW EXCLUSIVE on a");
  EXPECT_EQ(LocksIn("ALTER TABLE a ADD FOREIGN KEY (p) REFERENCES a"), "ACCESS EXCLUSIVE on a");
}

}  // namespace
}  // namespace pgmoat::policy
