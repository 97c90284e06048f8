#include "policy/ledgers.h"

#include <gtest/gtest.h>

#include <string>

#include "policy/parser.h"

namespace pgmoat::policy {
namespace {

MigrationPart Read(const std::string& sql, const MigrationRules& rules = {}) {
  TextFacts facts;
  ReadFacts(sql, facts);
  const auto parts = ReadMigrationParts(sql, facts, rules);
  EXPECT_EQ(parts.size(), 1U) << sql;
  return parts.empty() ? MigrationPart() : parts.front();
}

std::string ActName(LedgerAct act) {
  constexpr const char* kNames[] = {"none",    "begins", "records", "finishes",
                                    "by flag", "notes",  "rewinds", "forbidden"};
  return kNames[static_cast<std::size_t>(act)];
}

std::string Act(const std::string& sql, const MigrationRules& rules = {}) {
  const MigrationPart part = Read(sql, rules);
  if (part.ledger.act == LedgerAct::kNone) return part.changes ? "change" : "nothing";
  EXPECT_FALSE(part.changes) << sql;
  return std::string(ToolName(part.ledger.tool)) + " " + ActName(part.ledger.act);
}

TEST(Ledgers, WhatEachToolWrites) {
  const struct {
    const char* sql;
    const char* act;
  } kCases[] = {
      {R"(INSERT INTO "_prisma_migrations" ("id","checksum","started_at","migration_name") VALUES ($1,$2,$3,$4))",
       "prisma begins"},
      {R"(UPDATE "_prisma_migrations" SET "applied_steps_count" = $1 WHERE "id" = $2)",
       "prisma notes"},
      {R"(UPDATE "_prisma_migrations" SET "finished_at" = $1 WHERE "id" = $2)",
       "prisma finishes"},
      {R"(UPDATE "_prisma_migrations" SET "rolled_back_at" = $1 WHERE "id" = $2)",
       "prisma notes"},
      {R"(INSERT INTO "_prisma_migrations" ("id","checksum","finished_at","migration_name") VALUES ($1,$2,$3,$4))",
       "prisma forbidden"},
      {R"(UPDATE "_prisma_migrations" SET "checksum" = $1)", "prisma forbidden"},
      {R"(DELETE FROM "_prisma_migrations" WHERE id = $1)", "prisma forbidden"},
      {R"(insert into "drizzle"."__drizzle_migrations" ("hash", "created_at") values($1, $2))",
       "drizzle records"},
      {R"(INSERT INTO "schema_migrations" ("version") VALUES ($1) RETURNING "version")",
       "rails records"},
      {"INSERT INTO public.schema_migrations (version, dirty) VALUES ($1, $2)",
       "golang-migrate by flag"},
      {"INSERT INTO supabase_migrations.schema_migrations(version, name, statements) "
       "VALUES($1, $2, $3)",
       "supabase records"},
      {"UPDATE alembic_version SET version_num='b' WHERE alembic_version.version_num = 'a'",
       "alembic records"},
      {"DELETE FROM alembic_version WHERE alembic_version.version_num = 'a'",
       "alembic forbidden"},
      {"INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)",
       "goose by flag"},
      {R"(update "knex_migrations_lock" set "is_locked" = $1)", "knex notes"},
      {"DELETE FROM public.databasechangeloglock", "liquibase notes"},
      {R"(INSERT INTO "django_content_type" ("app_label", "model") VALUES ('a', 'b'))",
       "django notes"},
      {R"(DELETE FROM "django_content_type" WHERE id = 1)", "change"},
      {R"(CREATE TABLE "migrations" ("id" SERIAL NOT NULL))", "typeorm notes"},
      {"CREATE INDEX i ON flyway_schema_history (success)", "flyway notes"},
      {"DROP TABLE _prisma_migrations", "prisma forbidden"},
      {"TRUNCATE public.schema_migrations", "rails forbidden"},
      {"CREATE SCHEMA IF NOT EXISTS drizzle", "sql notes"},
      {"CREATE SCHEMA other", "change"},
      {"CREATE TABLE users (id int)", "change"},
      {"SELECT * FROM _prisma_migrations", "nothing"},
      {"SELECT pg_advisory_lock(72707369)", "nothing"},
  };
  for (const auto& [sql, act] : kCases) EXPECT_EQ(Act(sql), act) << sql;
}

// A row must be sure to be written, and nothing besides.
TEST(Ledgers, WhatOnlyLooksLikeARecord) {
  for (const char* sql :
       {"INSERT INTO schema_migrations SELECT '1' WHERE false",
        "INSERT INTO schema_migrations (version) VALUES ('1') ON CONFLICT DO NOTHING",
        "INSERT INTO schema_migrations (version) VALUES ('1') ON CONFLICT (version) DO UPDATE "
        "SET version = '2' WHERE false",
        "INSERT INTO schema_migrations (version) VALUES ('1'), ('of one that has not run')",
        "WITH w AS (SELECT 1) INSERT INTO schema_migrations (version) VALUES ('1')"}) {
    EXPECT_EQ(Act(sql), "rails forbidden") << sql;
  }
  EXPECT_EQ(Act("WITH d AS (DELETE FROM users WHERE id = 1) INSERT INTO schema_migrations "
                "(version) VALUES ('1')"),
            "change");
}

// Which columns are written must be plain to see, too.
TEST(Ledgers, PrismasRowHasItsColumnsNamed) {
  EXPECT_EQ(Act("INSERT INTO _prisma_migrations VALUES ('1', 'sum', now(), 'init')"),
            "prisma forbidden");
}

TEST(Ledgers, WhatIsWrittenIsReadWithoutColumnsAsWell) {
  for (const char* sql : {"INSERT INTO schema_migrations (version) VALUES ('1')",
                          "INSERT INTO schema_migrations VALUES ('1')"}) {
    const MigrationPart part = Read(sql);
    ASSERT_EQ(part.ledger.row.size(), 1U) << sql;
    EXPECT_EQ(part.ledger.row[0].constant, "1") << sql;
  }
}

TEST(Ledgers, ValuesAreFoundByColumn) {
  const MigrationPart part = Read(
      R"(INSERT INTO "_prisma_migrations" ("id","checksum","started_at","migration_name") VALUES ($1,'abc'::text,now(),$4))");
  EXPECT_EQ(part.ledger.checksum.constant, "abc");
  EXPECT_EQ(part.ledger.name.parameter, 4);
}

TEST(Ledgers, OnlyNamedToolsCount) {
  MigrationRules rules;
  rules.tools.Add(MigrationTool::kPrisma);
  EXPECT_EQ(Act("INSERT INTO schema_migrations (version) VALUES ('1')", rules), "change");
  rules.tools.Add(MigrationTool::kGolangMigrate);
  EXPECT_EQ(Act("TRUNCATE public.schema_migrations", rules), "golang-migrate rewinds");
}

TEST(Ledgers, OfTheConfigsOwn) {
  MigrationRules rules;
  rules.own_ledgers.push_back({"ops", "history"});
  EXPECT_EQ(Act("INSERT INTO ops.history (v) VALUES (1)", rules), "sql records");
  EXPECT_EQ(Act("UPDATE ops.history SET v = 2", rules), "sql forbidden");
  EXPECT_EQ(Act("INSERT INTO other.history (v) VALUES (1)", rules), "change");
}

TEST(Ledgers, FunctionsThatMayWriteAreChanges) {
  for (const char* sql : {"SELECT nextval('s')", "SELECT app.rebuild()", "CALL p()",
                          "COPY t FROM STDIN", "SELECT 1 INTO t2", "GRANT SELECT ON t TO r"}) {
    EXPECT_EQ(Act(sql), "change") << sql;
  }
  for (const char* sql :
       {"SELECT count(*) FROM t FOR UPDATE", "SET lock_timeout = '1s'", "VACUUM t",
        "LOCK TABLE t", "BEGIN", "DEALLOCATE ALL", "SELECT set_config('a.b', 'c', true)"}) {
    EXPECT_EQ(Act(sql), "nothing") << sql;
  }
}

}  // namespace
}  // namespace pgmoat::policy
