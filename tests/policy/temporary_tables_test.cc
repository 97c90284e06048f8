// What one text may do with temporary tables that it makes itself: a name that is not sure
// to be the temporary table's is the permanent table's.
#include "policy/temporary_tables.h"

#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

class TemporaryInText : public ::testing::Test {
 protected:
  bool Allowed(std::string_view sql) {
    Circumstances circumstances;
    circumstances.temporary_tables = &session_;
    return Judge(RulesOf(BuiltinRole::kApp), FactsOf(sql), circumstances).allowed;
  }
  TemporaryTables session_;
};

TEST_F(TemporaryInText, WhatTheTextMadeItMayDrop) {
  for (const char* sql :
       {"CREATE TEMP TABLE t (a int); INSERT INTO t VALUES (1); DROP TABLE t",
        "CREATE TEMP TABLE t AS SELECT 1; DELETE FROM t; TRUNCATE t; DROP TABLE t",
        "SELECT 1 AS a INTO TEMP t; DROP TABLE t",
        "CREATE TABLE pg_temp.t (a int); DROP TABLE t",
        "CREATE TEMP TABLE IF NOT EXISTS t (a int); DROP TABLE t",
        "BEGIN; CREATE TEMP TABLE t (a int); COMMIT; DROP TABLE t",
        "BEGIN; CREATE TEMP TABLE t (a int) ON COMMIT DROP; DROP TABLE t; COMMIT",
        "SAVEPOINT s; CREATE TEMP TABLE t (a int); RELEASE s; DROP TABLE t",
        "DROP TABLE IF EXISTS pg_temp.t; CREATE TEMP TABLE t (a int); DROP TABLE t",
        "SET search_path = a, b; CREATE TEMP TABLE t (a int); RESET search_path; DROP TABLE "
        "t"}) {
    EXPECT_TRUE(Allowed(sql)) << sql;
  }
}

// In a database in LATIN1 these names are two, and "Ä" is folded where it stands unquoted.
TEST_F(TemporaryInText, ANameThatTheServerMayReadOtherwiseIsNotSure) {
  std::string umlauts;
  for (int i = 0; i < 32; ++i) umlauts += "ä";
  const std::string letters(62, 'a');
  for (const auto& [made, dropped] :
       {std::pair(umlauts + "1", umlauts + "2"), std::pair(letters + "ä", letters),
        std::pair(letters, letters + "ä"), std::pair(std::string("\"Ä\""), std::string("Ä"))}) {
    EXPECT_FALSE(Allowed("CREATE TEMP TABLE " + made + " (a int); DROP TABLE " + dropped));
    EXPECT_FALSE(Allowed("CREATE TEMP TABLE IF NOT EXISTS " + made + " (a int); DELETE FROM " +
                         dropped));
  }
  const std::string name(59, 'a');
  EXPECT_TRUE(Allowed("CREATE TEMP TABLE " + name + " (a int); DROP TABLE " + name));
  EXPECT_TRUE(Allowed("CREATE TEMP TABLE ä (a int); DROP TABLE pg_temp.ä"));
}

TEST_F(TemporaryInText, WhatMayBeThePermanentTableItMayNot) {
  for (const char* sql :
       {"DROP TABLE t; CREATE TEMP TABLE t (a int)",
        "CREATE TEMP TABLE u (a int); DROP TABLE t",
        "CREATE TEMP TABLE t (a int); DROP TABLE t; DROP TABLE t",
        "CREATE TEMP TABLE t (a int); DROP TABLE pg_temp.t; DROP TABLE t",
        "CREATE TEMP TABLE t (a int); ALTER TABLE t RENAME TO u; DROP TABLE t",
        "CREATE TEMP TABLE t (a int); ALTER TABLE pg_temp.t RENAME TO u; DELETE FROM t",
        "BEGIN; CREATE TEMP TABLE t (a int); ROLLBACK; DROP TABLE t",
        "BEGIN; SAVEPOINT s; CREATE TEMP TABLE t (a int); ROLLBACK TO s; DROP TABLE t",
        "BEGIN; CREATE TEMP TABLE t (a int) ON COMMIT DROP; COMMIT; DROP TABLE t",
        "BEGIN; CREATE TEMP TABLE t (a int) ON COMMIT DROP; "
        "CREATE TEMP TABLE IF NOT EXISTS t (a int); COMMIT; DROP TABLE t",
        "CREATE TEMP TABLE t (a int); PREPARE TRANSACTION 'x'; DROP TABLE t",
        "CREATE TEMP TABLE t (a int); CALL p(); TRUNCATE t",
        "CREATE TEMP TABLE t (a int); DISCARD TEMP; DROP TABLE t",
        "CREATE TEMP TABLE t (a int); DROP TABLE public.t",
        "SET search_path = public, pg_temp; CREATE TEMP TABLE t (a int); DROP TABLE t",
        "CREATE TEMP TABLE t (a int); SET LOCAL search_path = public, pg_temp; DROP TABLE t",
        "SELECT set_config('search_path', 'public, PG_TEMP', false); "
        "CREATE TEMP TABLE t (a int); DROP TABLE t",
        "SELECT set_config('search_path', current_user, false); CREATE TEMP TABLE t (a int); "
        "DROP TABLE t"}) {
    EXPECT_FALSE(Allowed(sql)) << sql;
  }
}

TEST_F(TemporaryInText, ATableWithAParentGoesWithIt) {
  for (const char* sql :
       {"CREATE TEMP TABLE p (a int) PARTITION BY LIST (a); "
        "CREATE TEMP TABLE t PARTITION OF p DEFAULT; DROP TABLE p; DROP TABLE t",
        "CREATE TEMP TABLE p (a int); CREATE TEMP TABLE t () INHERITS (p); "
        "DROP TABLE p CASCADE; DROP TABLE t",
        "CREATE TEMP TABLE p (a int); CREATE TEMP TABLE t (a int); ALTER TABLE t INHERIT p; "
        "DROP TABLE pg_temp.p CASCADE; DROP TABLE t",
        "CREATE TEMP TABLE p (a int) PARTITION BY LIST (a); CREATE TEMP TABLE t (a int); "
        "ALTER TABLE pg_temp.p ATTACH PARTITION t DEFAULT; DROP TABLE pg_temp.p; DROP TABLE "
        "t"}) {
    EXPECT_FALSE(Allowed(sql)) << sql;
  }
}

TEST_F(TemporaryInText, TheSessionsTablesStopToCountWithinTheText) {
  for (const char* sql :
       {"DROP TABLE t; DROP TABLE t", "ROLLBACK; DROP TABLE t", "COMMIT; DROP TABLE t",
        "ROLLBACK TO s; TRUNCATE t",
        "CREATE TEMP TABLE IF NOT EXISTS t (a int); COMMIT; DROP TABLE t",
        "DISCARD TEMP; DROP TABLE t", "SET search_path = public, pg_temp; DROP TABLE t"}) {
    session_.Add("t");
    EXPECT_FALSE(Allowed(sql)) << sql;
    EXPECT_TRUE(Allowed("SELECT 1; DROP TABLE t"));
  }
}

TEST_F(TemporaryInText, ASessionWhoseSearchPathIsNotSureHasNone) {
  session_.Distrust();
  session_.Add("t");
  EXPECT_FALSE(Allowed("DROP TABLE t"));
  EXPECT_FALSE(Allowed("CREATE TEMP TABLE t (a int); DROP TABLE t"));
  EXPECT_TRUE(Allowed("CREATE TEMP TABLE t (a int); DROP TABLE pg_temp.t"));
}

}  // namespace
}  // namespace pgmoat::policy
