// What a migration does, for those who approve it.
#include "proxy/migrations/approval.h"

#include <algorithm>

#include "policy/canonical.h"
#include "proxy/migrations/digests.h"
#include "proxy/migrations/report.h"
#include "tests/migration_files/workspace.h"

namespace pgmoat::migrations {
namespace {

using Texts = std::vector<std::string>;

std::vector<Judged> JudgeProject(const std::string& name) {
  const Project project =
      ReadProject(std::filesystem::path(PGMOAT_PROJECTS) / name, std::nullopt);
  std::vector<Judged> judged;
  for (const MigrationFile& file : project.migrations) judged.push_back(Judge(file, {}));
  return judged;
}

ManifestMigration JudgeSql(const std::string& sql, const policy::MigrationRules& rules = {}) {
  MigrationFile file;
  file.name = "one";
  file.file = "one.sql";
  file.text = sql;
  file.scripts = {{sql, 1}};
  return Judge(file, rules).migration;
}

policy::Digest DigestOf(const std::string& sql) {
  return Sha256(policy::CanonicalStatements(sql).value().at(0));
}

TEST(Judge, LinesAreThoseOfTheFile) {
  const auto judged = JudgeProject("prisma");
  ASSERT_EQ(judged.size(), 2U);
  const auto& statements = judged[1].migration.statements;
  ASSERT_EQ(statements.size(), 2U);
  EXPECT_EQ(statements[0].line, 7U);
  EXPECT_EQ(statements[1].line, 10U);
  EXPECT_EQ(statements[1].destroys, Texts{"drops table old_users"});
  EXPECT_FALSE(statements[1].accepted);
  EXPECT_EQ(UnacceptedLines(judged[1].migration).size(), 2U);
  EXPECT_TRUE(UnacceptedLines(judged[0].migration).empty());

  const auto goose = JudgeProject("goose");
  ASSERT_EQ(goose[0].migration.statements.size(), 3U);
  EXPECT_EQ(goose[0].migration.statements[1].line, 4U);
  EXPECT_EQ(goose[0].migration.statements[2].line, 10U);
  const auto drizzle = JudgeProject("drizzle");
  EXPECT_EQ(drizzle[0].migration.statements.at(1).line, 5U);
}

TEST(Judge, StatementsAreTheSameHoweverTheyAreLaidOut) {
  const ManifestMigration a = JudgeSql("CREATE TABLE a (id int);\nDROP TABLE b;");
  const ManifestMigration b = JudgeSql(
      "-- one\n/* a /* b */ -- */ CREATE TABLE a(\n  id int /* two */\n);;\n\n DROP  TABLE b");
  EXPECT_EQ(a.content, b.content);
  EXPECT_NE(a.text, b.text);
  EXPECT_EQ(a.statements.size(), 2U);
  EXPECT_EQ(b.statements.size(), 2U);
  EXPECT_EQ(a.content,
            ContentOf({DigestOf("CREATE TABLE a (id int)"), DigestOf("DROP TABLE b")}));
  EXPECT_EQ(a.statements[0].fingerprint.size(), 16U);
}

TEST(Judge, WhatChangesNothingIsNoPartOfTheContent) {
  const ManifestMigration bare = JudgeSql("CREATE TABLE a (id int)");
  const ManifestMigration with =
      JudgeSql("SET lock_timeout = '1s'; BEGIN; CREATE TABLE a (id int); COMMIT; SELECT 1");
  EXPECT_EQ(bare.content, with.content);
  EXPECT_EQ(with.statements.size(), 5U);
  EXPECT_NE(bare.content, JudgeSql("CREATE TABLE a (id bigint)").content);
}

TEST(Judge, WhatIsWrittenToALedgerIsNoPartOfTheContent) {
  const ManifestMigration bare = JudgeSql("CREATE TABLE a (id int)");
  EXPECT_EQ(JudgeSql("CREATE TABLE a (id int); "
                     "INSERT INTO alembic_version (version_num) VALUES ('1')")
                .content,
            bare.content);
  const std::string own = "CREATE TABLE a (id int); INSERT INTO ops.history VALUES ('1')";
  EXPECT_NE(JudgeSql(own).content, bare.content);
  policy::MigrationRules rules;
  rules.own_ledgers = {{"ops", "history"}};
  EXPECT_EQ(JudgeSql(own, rules).content, bare.content);
}

TEST(Judge, WhatIsNotUnderstoodIsNotApproved) {
  const auto error = [](const std::string& sql) { return ErrorOf([&] { JudgeSql(sql); }); };
  EXPECT_EQ(error("SELECT 1;\nCREATE TABLE ${name} (id int)"),
            "one.sql:2: the migration does not parse (syntax error at or near \"$\"), and what "
            "is not understood cannot be approved; placeholders, psql's commands and data of "
            "COPY are no SQL");
  EXPECT_NE(error("SELECT '\xFF'").find("is not UTF-8"), std::string::npos);
  EXPECT_EQ(error(std::string("SELECT 1;\0DROP TABLE a", 22)),
            "one.sql: has a NUL byte; remove it");
  EXPECT_NE(error("\\i other.sql").find("does not parse"), std::string::npos);
}

TEST(Judge, FindingsNameTheirStatement) {
  MigrationFile file;
  file.name = "one";
  file.scripts = {{"CREATE TABLE a (id int PRIMARY KEY);", 1},
                  {"SELECT 1; CREATE INDEX i ON users (id);", 2}};
  const Judged judged = Judge(file, {});
  const auto found =
      std::find_if(judged.findings.begin(), judged.findings.end(),
                   [](const FoundIn& finding) { return finding.id == "index-not-concurrent"; });
  ASSERT_NE(found, judged.findings.end());
  EXPECT_EQ(found->statement, 2U);
  EXPECT_NE(FindingLines(judged).find(":2: index-not-concurrent: "), std::string::npos)
      << FindingLines(judged);
}

TEST(KeepAccepted, OnlyForTheSameContentAndTheSameDestruction) {
  ManifestMigration earlier = JudgeSql("DROP TABLE a; TRUNCATE b");
  earlier.statements[0].accepted = true;
  earlier.statements[1].accepted = true;
  earlier.statements[1].lint_accepted = {"x"};

  ManifestMigration same = JudgeSql("drop table A; truncate b");
  same.content = earlier.content;
  KeepAccepted({earlier}, same);
  EXPECT_FALSE(same.statements[0].accepted);  // another text

  ManifestMigration again = JudgeSql("DROP TABLE a;\n\nTRUNCATE b;");
  KeepAccepted({earlier}, again);
  EXPECT_TRUE(again.statements[0].accepted);
  EXPECT_TRUE(again.statements[1].accepted);
  EXPECT_EQ(again.statements[1].lint_accepted, Texts{"x"});

  ManifestMigration sees_more = JudgeSql("DROP TABLE a; TRUNCATE b");
  sees_more.statements[0].destroys.emplace_back("drops something else, too");
  KeepAccepted({earlier}, sees_more);
  EXPECT_FALSE(sees_more.statements[0].accepted);

  ManifestMigration renamed = JudgeSql("DROP TABLE a; TRUNCATE b");
  renamed.name = "two";
  KeepAccepted({earlier}, renamed);
  EXPECT_FALSE(renamed.statements[0].accepted);

  ManifestMigration grown = JudgeSql("DROP TABLE a; TRUNCATE b; TRUNCATE c");
  KeepAccepted({earlier}, grown);
  EXPECT_EQ(Unaccepted(grown).size(), 3U);
}

TEST(Report, NamesWhatIsDestroyedWhereAndWhetherItIsAccepted) {
  ManifestMigration migration =
      JudgeSql("CREATE TABLE c (id int);\nDROP TABLE a;\nTRUNCATE b;");
  migration.statements[1].accepted = true;
  const std::string table = Table({migration});
  EXPECT_NE(table.find("one        sql   3 (3 change)  drops table a  (one.sql:2, accepted)\n"),
            std::string::npos)
      << table;
  EXPECT_NE(table.find("(one.sql:3, NOT ACCEPTED)\n"), std::string::npos) << table;
}

}  // namespace
}  // namespace pgmoat::migrations
