#include "policy/migration_lint.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/policy/corpus.h"
#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

// "index-not-concurrent users; rename users.a", of what is not in `but`.
std::string Findings(std::string_view sql, LintContext context = {},
                     std::string_view but = "no-lock-timeout") {
  std::string text;
  for (const Finding& finding : LintMigration(sql, context)) {
    if (finding.kind->id == but) continue;
    if (!text.empty()) text += "; ";
    text.append(finding.kind->id).append(" ").append(finding.object);
  }
  return text;
}

bool Finds(std::string_view sql, std::string_view id, LintContext context = {}) {
  const auto findings = LintMigration(sql, context);
  return std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& finding) { return finding.kind->id == id; });
}

struct LintCase {
  const char* id;
  const char* risky;
  const char* safer;
};

// For each id a text that has it, and the safer one, which has it not.
const LintCase kCases[] = {
    {"no-lock-timeout", "ALTER TABLE t ADD COLUMN a int",
     "SET lock_timeout = '5s'; ALTER TABLE t ADD COLUMN a int"},
    {"index-not-concurrent", "CREATE INDEX i ON t (a)", "CREATE INDEX CONCURRENTLY i ON t (a)"},
    {"drop-index-not-concurrent", "DROP INDEX i", "DROP INDEX CONCURRENTLY i"},
    {"reindex-not-concurrent", "REINDEX TABLE t", "REINDEX TABLE CONCURRENTLY t"},
    {"refresh-not-concurrent", "REFRESH MATERIALIZED VIEW m",
     "REFRESH MATERIALIZED VIEW CONCURRENTLY m"},
    {"concurrently-in-transaction", "BEGIN; CREATE INDEX CONCURRENTLY i ON t (a); COMMIT",
     "BEGIN; COMMIT; CREATE INDEX CONCURRENTLY i ON t (a)"},
    {"volatile-default", "ALTER TABLE t ADD COLUMN a uuid DEFAULT gen_random_uuid()",
     "ALTER TABLE t ADD COLUMN a uuid; ALTER TABLE t ALTER a SET DEFAULT gen_random_uuid()"},
    {"stored-generated-column", "ALTER TABLE t ADD a int GENERATED ALWAYS AS (b * 2) STORED",
     "ALTER TABLE t ADD a int"},
    {"not-null-without-default", "ALTER TABLE t ADD COLUMN a int NOT NULL",
     "ALTER TABLE t ADD COLUMN a int NOT NULL DEFAULT 0"},
    {"set-not-null", "ALTER TABLE t ALTER a SET NOT NULL",
     "ALTER TABLE t VALIDATE CONSTRAINT a_is_there; ALTER TABLE t ALTER a SET NOT NULL"},
    {"constraint-without-not-valid", "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)",
     "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID"},
    {"validate-in-same-transaction",
     "BEGIN; ALTER TABLE t ADD CHECK (a > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c",
     "BEGIN; ALTER TABLE t ADD CHECK (a > 0) NOT VALID; COMMIT; "
     "ALTER TABLE t VALIDATE CONSTRAINT c"},
    {"constraint-builds-index", "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a)",
     "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX i"},
    {"type-rewrite", "ALTER TABLE t ALTER a TYPE bigint", "ALTER TABLE t ADD COLUMN b bigint"},
    {"table-rewrite", "VACUUM FULL t", "VACUUM t"},
    {"data-change-under-lock", "BEGIN; ALTER TABLE t ADD COLUMN a int; UPDATE t SET a = 1",
     "BEGIN; ALTER TABLE t ADD COLUMN a int; COMMIT; UPDATE t SET a = 1"},
    {"rename", "ALTER TABLE t RENAME TO u", "CREATE VIEW u AS TABLE t"},
    {"enum-value-in-transaction", "BEGIN; ALTER TYPE e ADD VALUE 'x'; COMMIT",
     "ALTER TYPE e ADD VALUE 'x'"},
    {"enum-type", "CREATE TYPE mood AS ENUM ('a', 'b')",
     "CREATE TABLE moods (mood text PRIMARY KEY)"},
    {"foreign-key-without-index",
     "CREATE TABLE t (id bigint PRIMARY KEY, a_id bigint REFERENCES a)",
     "CREATE TABLE t (id bigint PRIMARY KEY, a_id bigint REFERENCES a); "
     "CREATE INDEX ON t (a_id)"},
    {"table-without-primary-key", "CREATE TABLE t (a int)",
     "CREATE TABLE t (a int PRIMARY KEY)"},
    {"small-primary-key", "CREATE TABLE t (id serial PRIMARY KEY)",
     "CREATE TABLE t (id bigserial PRIMARY KEY)"},
    {"nullable-owner", "CREATE TABLE t (id bigint PRIMARY KEY, \"tenantId\" bigint)",
     "CREATE TABLE t (id bigint PRIMARY KEY, \"tenantId\" bigint NOT NULL)"},
    {"timestamp-without-time-zone", "ALTER TABLE t ADD COLUMN at timestamp(3)",
     "ALTER TABLE t ADD COLUMN at timestamptz(3)"},
    {"char-type", "ALTER TABLE t ADD COLUMN c char(3)", "ALTER TABLE t ADD COLUMN c text"},
    {"json-type", "ALTER TABLE t ADD COLUMN c json", "ALTER TABLE t ADD COLUMN c jsonb"},
    {"security-definer-search-path",
     "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
     "CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = '' "
     "AS 'SELECT 1'"},
};

TEST(MigrationLint, FindsWhatIsRiskyAndNotTheSaferWay) {
  for (const LintCase& one : kCases) {
    ASSERT_EQ(FactsOf(one.risky).status, TextStatus::kUnderstood) << one.risky;
    ASSERT_EQ(FactsOf(one.safer).status, TextStatus::kUnderstood) << one.safer;
    EXPECT_TRUE(Finds(one.risky, one.id)) << one.id << ": " << one.risky;
    EXPECT_FALSE(Finds(one.safer, one.id)) << one.id << ": " << one.safer;
  }
}

TEST(MigrationLint, EveryKindHasACaseAndWords) {
  std::set<std::string_view> cases;
  for (const LintCase& one : kCases) cases.insert(one.id);
  for (const FindingKind& kind : FindingKinds()) {
    EXPECT_TRUE(cases.contains(kind.id)) << kind.id;
    EXPECT_TRUE(kind.explanation.ends_with(".")) << kind.id;
    EXPECT_TRUE(kind.safer.ends_with(".")) << kind.id;
    EXPECT_EQ(FindingKindOf(kind.id), &kind);
  }
  EXPECT_EQ(cases.size(), FindingKinds().size());
  EXPECT_EQ(FindingKindOf("no-such-kind"), nullptr);
}

TEST(MigrationLint, ATableThatTheMigrationCreatesIsNobodysYet) {
  const char* const kCreate = "CREATE TABLE app.t (id bigint PRIMARY KEY, a int);";
  for (const char* later :
       {"CREATE INDEX i ON app.t (a)", "CREATE INDEX i ON t (a)",
        "ALTER TABLE t ADD COLUMN b int NOT NULL", "ALTER TABLE t ALTER a TYPE bigint",
        "ALTER TABLE app.t ADD CONSTRAINT u UNIQUE (a)", "ALTER TABLE t ADD CHECK (a > 0)",
        "ALTER TABLE t ALTER a SET NOT NULL", "ALTER TABLE t RENAME TO u",
        "ALTER TABLE t RENAME TO u; CREATE INDEX i ON app.u (a)", "ALTER TABLE t RENAME a TO b",
        "ALTER TABLE t ADD b uuid DEFAULT gen_random_uuid()",
        "CREATE INDEX i ON t (a); DROP INDEX i"}) {
    EXPECT_EQ(Findings(std::string(kCreate) + later, {}, ""), "") << later;
  }
  EXPECT_EQ(Findings(std::string(kCreate) + "CREATE INDEX i ON other.t (a)"),
            "index-not-concurrent other.t");
  EXPECT_EQ(Findings("CREATE INDEX i ON t (a); CREATE TABLE t (a int PRIMARY KEY)"),
            "index-not-concurrent t");
  EXPECT_EQ(Findings("CREATE TEMP TABLE t (a int); CREATE INDEX i ON t (a)", {}, ""), "");
  EXPECT_EQ(Findings("CREATE TABLE t AS SELECT 1 AS a; CREATE INDEX i ON t (a)", {}, ""), "");
  EXPECT_EQ(Findings("SELECT 1 AS a INTO t; CREATE INDEX i ON t (a)", {}, ""), "");
  EXPECT_EQ(
      Findings("CREATE SCHEMA s CREATE TABLE t (a int PRIMARY KEY); CREATE INDEX ON t (a)"),
      "");
}

TEST(MigrationLint, TheContextGoesOnToTheNextText) {
  LintContext context;
  context.in_transaction = true;
  EXPECT_TRUE(LintMigration("SET LOCAL lock_timeout = '2s'", context).empty());
  EXPECT_TRUE(context.has_lock_timeout);
  EXPECT_TRUE(LintMigration("CREATE TABLE t (id bigint PRIMARY KEY)", context).empty());
  ASSERT_EQ(context.new_tables, std::vector<std::string>{"t"});
  EXPECT_TRUE(LintMigration("CREATE INDEX ON public.t (id)", context).empty());
  EXPECT_TRUE(LintMigration("COMMIT", context).empty());
  EXPECT_FALSE(context.in_transaction);
  EXPECT_FALSE(context.has_lock_timeout);
}

TEST(MigrationLint, LockTimeoutIsFollowed) {
  const auto without = [](const std::string& before) {
    return Finds(before + "; ALTER TABLE t ADD COLUMN a int", "no-lock-timeout");
  };
  EXPECT_FALSE(without("SELECT set_config('lock_timeout', '4s', false)"));
  EXPECT_FALSE(without("BEGIN; SET LOCAL lock_timeout TO '4s'"));
  EXPECT_TRUE(without("BEGIN; SET LOCAL lock_timeout TO '4s'; COMMIT"));
  EXPECT_TRUE(without("SET lock_timeout = 0"));
  EXPECT_TRUE(without("SET lock_timeout = '5s'; RESET lock_timeout"));
  EXPECT_TRUE(without("SET lock_timeout = '5s'; RESET ALL"));
  EXPECT_TRUE(without("SET statement_timeout = '5s'"));
  EXPECT_TRUE(without("ALTER ROLE r SET lock_timeout = '5s'"));
  // What blocks nobody, and what touches nothing that is there, needs none.
  for (const char* sql :
       {"CREATE TABLE t (id bigint PRIMARY KEY, parent bigint REFERENCES t); CREATE INDEX ON t "
        "(parent)",
        "CREATE INDEX CONCURRENTLY i ON t (a)", "ALTER TABLE t VALIDATE CONSTRAINT c",
        "ALTER TABLE t SET (fillfactor = 70)", "INSERT INTO t VALUES (1)", "VACUUM t",
        "COMMENT ON TABLE t IS 'x'", "SELECT 1"}) {
    EXPECT_EQ(Findings(sql, {}, ""), "") << sql;
  }
  EXPECT_EQ(Findings("CREATE TABLE t (id bigint PRIMARY KEY, a bigint UNIQUE REFERENCES other)",
                     {}, ""),
            "no-lock-timeout other");
}

TEST(MigrationLint, WhatATransactionOfTheToolsOwnChanges) {
  LintContext in_transaction;
  in_transaction.in_transaction = true;
  EXPECT_TRUE(
      Finds("DROP INDEX CONCURRENTLY i", "concurrently-in-transaction", in_transaction));
  EXPECT_TRUE(
      Finds("REINDEX INDEX CONCURRENTLY i", "concurrently-in-transaction", in_transaction));
  EXPECT_TRUE(Finds("ALTER TABLE t DETACH PARTITION p CONCURRENTLY",
                    "concurrently-in-transaction", in_transaction));
  EXPECT_TRUE(Finds("ALTER TYPE e ADD VALUE 'x'", "enum-value-in-transaction", in_transaction));
  EXPECT_EQ(Findings("CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'x'", in_transaction,
                     "enum-type"),
            "");
  EXPECT_FALSE(Finds("COMMIT AND CHAIN; COMMIT; DROP INDEX CONCURRENTLY i",
                     "concurrently-in-transaction", in_transaction));
  EXPECT_TRUE(Finds("COMMIT AND CHAIN; DROP INDEX CONCURRENTLY i",
                    "concurrently-in-transaction", in_transaction));
}

TEST(MigrationLint, ColumnsThatAreAdded) {
  EXPECT_EQ(Findings("ALTER TABLE t ADD a timestamptz DEFAULT now()"), "");
  EXPECT_EQ(Findings("ALTER TABLE t ADD a timestamptz DEFAULT CURRENT_TIMESTAMP"), "");
  EXPECT_EQ(Findings("ALTER TABLE t ADD a float DEFAULT (1 + random())"),
            "volatile-default t.a");
  EXPECT_EQ(Findings("ALTER TABLE t ADD a uuid DEFAULT uuid_generate_v4()"),
            "volatile-default t.a");
  EXPECT_EQ(Findings("ALTER TABLE t ADD a bigserial"), "volatile-default t.a");
  EXPECT_EQ(Findings("ALTER TABLE t ADD a bigint GENERATED ALWAYS AS IDENTITY"),
            "volatile-default t.a");
  EXPECT_EQ(Findings("ALTER TABLE t ADD a int NOT NULL DEFAULT NULL"),
            "not-null-without-default t.a");
  EXPECT_EQ(Findings("ALTER TABLE t ADD a int UNIQUE"), "constraint-builds-index t.a");
  EXPECT_EQ(Findings("ALTER TABLE t ADD a int CHECK (a > 0)"),
            "constraint-without-not-valid t.a");
  EXPECT_EQ(
      Findings("ALTER TABLE t ADD a int REFERENCES u; CREATE INDEX CONCURRENTLY ON t (a)"), "");
  EXPECT_EQ(Findings("ALTER TABLE t ADD a int DEFAULT 1 REFERENCES u"),
            "foreign-key-without-index t.a; constraint-without-not-valid t.a");
  EXPECT_EQ(Findings("ALTER TYPE pair ADD ATTRIBUTE a int"), "");
  // To expand and contract it must be allowed to be NULL for a while.
  EXPECT_EQ(Findings("ALTER TABLE t ADD user_id bigint"), "");
}

TEST(MigrationLint, ForeignKeysAndTheirIndexes) {
  const std::string id = "foreign-key-without-index";
  const std::string table = "CREATE TABLE t (id bigint PRIMARY KEY, a bigint, b bigint";
  EXPECT_TRUE(Finds(table + ", FOREIGN KEY (a) REFERENCES u)", id));
  EXPECT_FALSE(Finds(table + ", FOREIGN KEY (a) REFERENCES u, UNIQUE (a, b))", id));
  EXPECT_TRUE(Finds(table + ", FOREIGN KEY (a) REFERENCES u, UNIQUE (b, a))", id));
  EXPECT_FALSE(
      Finds(table + ", FOREIGN KEY (a, b) REFERENCES u); CREATE INDEX ON t (b, a)", id));
  EXPECT_TRUE(Finds(table + "); ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u", id));
  EXPECT_FALSE(Finds(table + "); ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u NOT VALID; "
                             "CREATE INDEX ON t (a) WHERE a IS NOT NULL",
                     id));
  EXPECT_TRUE(
      Finds(table + ", FOREIGN KEY (a) REFERENCES u); CREATE INDEX ON t (a) WHERE b > 0", id));
  // Of a column that was there before, the index may be, too.
  EXPECT_FALSE(Finds("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u NOT VALID", id));
}

TEST(MigrationLint, PrimaryKeysThatComeOtherwise) {
  for (const char* sql :
       {"CREATE TABLE t (a int); ALTER TABLE ONLY t ADD CONSTRAINT k PRIMARY KEY (a)",
        "CREATE TABLE t (a int, b int, PRIMARY KEY (a, b))",
        "CREATE TABLE t (LIKE u INCLUDING ALL)", "CREATE TABLE p PARTITION OF t DEFAULT",
        "CREATE TEMP TABLE t (a int)", "CREATE FOREIGN TABLE t (a int) SERVER s"}) {
    EXPECT_FALSE(Finds(sql, "table-without-primary-key")) << sql;
  }
  EXPECT_TRUE(Finds("CREATE TABLE t (LIKE u)", "table-without-primary-key"));
  EXPECT_TRUE(Finds("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (id))",
                    "small-primary-key"));
  EXPECT_FALSE(Finds("CREATE TABLE countries (id int PRIMARY KEY)", "small-primary-key"));
}

TEST(MigrationLint, OwnersThatBecomeNotNullLater) {
  const std::string table = "CREATE TABLE t (id bigint PRIMARY KEY, user_id bigint)";
  EXPECT_TRUE(Finds(table, "nullable-owner"));
  EXPECT_FALSE(Finds(table + "; ALTER TABLE t ALTER user_id SET NOT NULL", "nullable-owner"));
  EXPECT_FALSE(Finds("CREATE TABLE t (user_id bigint PRIMARY KEY)", "nullable-owner"));
  EXPECT_FALSE(Finds("CREATE TABLE t (user_id bigint, a int, PRIMARY KEY (user_id, a))",
                     "nullable-owner"));
}

TEST(MigrationLint, Renames) {
  EXPECT_EQ(Findings("ALTER TABLE app.t RENAME COLUMN a TO b"), "rename app.t.a");
  EXPECT_EQ(Findings("ALTER TABLE t SET SCHEMA s"), "rename t");
  EXPECT_EQ(Findings("ALTER SCHEMA s RENAME TO u"), "rename s");
  EXPECT_EQ(Findings("ALTER TYPE e RENAME VALUE 'secret' TO 'y'"), "rename e");
  EXPECT_EQ(Findings("ALTER FUNCTION app.f(int) RENAME TO g"), "rename app.f");
  EXPECT_EQ(Findings("ALTER INDEX i RENAME TO j; ALTER TABLE t RENAME CONSTRAINT c TO d"), "");
}

TEST(MigrationLint, SaysWhereTheStatementBegins) {
  const std::string sql =
      "-- first\nCREATE TABLE t (id bigint PRIMARY KEY);\n/* a /* nested */ one */ -- x\n"
      "  CREATE INDEX i ON u (a);";
  LintContext context;
  context.has_lock_timeout = true;
  const auto findings = LintMigration(sql, context);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].statement, 1U);
  EXPECT_EQ(findings[0].offset, sql.find("CREATE INDEX"));
}

TEST(MigrationLint, WhatDoesNotParseHasNone) {
  LintContext context;
  EXPECT_TRUE(LintMigration("CREATE INDEX ON", context).empty());
  EXPECT_TRUE(LintMigration("", context).empty());
  EXPECT_TRUE(LintMigration("ALTER TABLE \xC3\x28 RENAME TO u", context).empty());
}

// Whatever the text, nothing but an opinion comes of it.
TEST(MigrationLint, SurvivesEveryTextAndEveryCutOfIt) {
  std::size_t found = 0;
  const auto look = [&](std::string_view text) {
    for (const bool in_transaction : {false, true}) {
      LintContext context;
      context.in_transaction = in_transaction;
      for (const Finding& finding : LintMigration(text, context)) {
        ++found;
        ASSERT_NE(finding.kind, nullptr);
        ASSERT_LT(finding.offset, text.size());
      }
    }
  };
  for (const std::string& text : Corpus()) look(text);
  std::ifstream in(std::string(PGMOAT_TEST_CASES) + "/../corpus.sql");
  ASSERT_TRUE(in.good());
  std::stringstream whole;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("\\")) continue;  // psql's own, and so is :'loot'
    for (std::size_t at; (at = line.find(":'")) != std::string::npos;) line.erase(at, 1);
    whole << line << "\n";
  }
  const std::string corpus = whole.str();
  EXPECT_EQ(FactsOf(corpus).status, TextStatus::kUnderstood);
  look(corpus);
  EXPECT_GT(found, 100U);
  for (std::size_t end = 0; end < corpus.size(); end += 97) look(corpus.substr(0, end));
}

TEST(MigrationLint, IsLinear) {
  std::string sql;
  for (int i = 0; i < 5'000; ++i) {
    const std::string n = std::to_string(i);
    sql += "CREATE TABLE s" + n + ".t (id bigint PRIMARY KEY, a bigint REFERENCES s" + n +
           ".u); CREATE INDEX ON s" + n + ".t (id);";
  }
  std::string deep = "ALTER TABLE t ADD a int DEFAULT ";
  for (int i = 0; i < 50'000; ++i) deep += "1 + ";
  deep += "random()::int";
  LintContext context;
  EXPECT_EQ(LintMigration(sql, context).size(), 10'000U);
  EXPECT_EQ(context.new_tables.size(), 5'000U);
  EXPECT_TRUE(Finds(deep, "volatile-default"));
}

}  // namespace
}  // namespace pgmoat::policy
