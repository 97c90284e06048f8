// Projects as they stand in projects/: which tool, which files, in which order.
#include "proxy/migrations/project.h"

#include "proxy/migrations/digests.h"
#include "tests/migration_files/workspace.h"

namespace pgmoat::migrations {
namespace {

using policy::MigrationTool;
using Texts = std::vector<std::string>;

std::filesystem::path At(const std::string& name) {
  return std::filesystem::path(PGMOAT_PROJECTS) / name;
}
Project Read(const std::string& name) { return ReadProject(At(name), std::nullopt); }

Texts Names(const Project& project) {
  Texts names;
  for (const MigrationFile& migration : project.migrations) names.push_back(migration.name);
  return names;
}

TEST(ReadProject, Prisma) {
  for (const char* where : {"prisma", "prisma/prisma/migrations"}) {
    const Project project = Read(where);
    EXPECT_EQ(project.tool, MigrationTool::kPrisma);
    EXPECT_EQ(Names(project), (Texts{"20240101000000_init", "20240202000000_drop_legacy"}));
    EXPECT_TRUE(project.notes.empty());
    EXPECT_EQ(project.migrations[0].checksum,
              "a44a821632ea3476a0a547b481009f85e22afc3fdb27e710ec2040f6a33aa9fb");
    EXPECT_EQ(project.migrations[0].file,
              At("prisma/prisma/migrations/20240101000000_init/migration.sql"));
  }
}

TEST(ReadProject, DrizzleRunsInTheJournalsOrder) {
  const Project project = Read("drizzle");
  EXPECT_EQ(project.tool, MigrationTool::kDrizzle);
  EXPECT_EQ(Names(project), (Texts{"0000_brave_ant", "0001_slow_hawk"}));
  EXPECT_EQ(project.migrations[1].checksum,
            "e8da537436a60590c4b1ac22a85751e8f6b500d0fec90be34d061a0076f5f5e2");
  EXPECT_EQ(project.migrations[0].scripts.size(), 2U);
  EXPECT_EQ(project.migrations[0].scripts[1].line, 4U);
  EXPECT_EQ(project.notes, Texts{At("drizzle/drizzle/0002_not_in_the_journal.sql").string() +
                                 " is not in Drizzle's journal and left out."});
}

TEST(ReadProject, FlywayCountsVersionsAndRunsRepeatableOnesLast) {
  const Project project = Read("flyway");
  EXPECT_EQ(project.tool, MigrationTool::kFlyway);
  EXPECT_EQ(Names(project), (Texts{"V2__a.sql", "V10__b_and_c.sql", "R__views.sql"}));
  EXPECT_EQ(project.migrations[1].checksum, "-793856892");
  EXPECT_EQ(project.notes, Texts{At("flyway/afterMigrate.sql").string() +
                                 " has no name as Flyway's migrations do and is left out."});
}

TEST(ReadProject, Goose) {
  const Project project = Read("goose");
  EXPECT_EQ(project.tool, MigrationTool::kGoose);
  EXPECT_EQ(Names(project), (Texts{"00001_users", "00002_index"}));
  EXPECT_EQ(project.migrations[0].scripts.size(), 3U);
  EXPECT_TRUE(project.migrations[0].in_transaction);
  EXPECT_FALSE(project.migrations[1].in_transaction);
}

TEST(ReadProject, Dbmate) {
  const Project project = Read("dbmate");
  EXPECT_EQ(project.tool, MigrationTool::kDbmate);
  EXPECT_EQ(Names(project), (Texts{"20240101000000_users", "20240102000000_index"}));
}

TEST(ReadProject, GolangMigrateTakesUpInTheOrderOfNumbers) {
  const Project project = Read("golang-migrate");
  EXPECT_EQ(project.tool, MigrationTool::kGolangMigrate);
  EXPECT_EQ(Names(project), (Texts{"2_a", "10_b"}));
}

TEST(ReadProject, PlainAndSupabase) {
  EXPECT_EQ(Read("plain").tool, MigrationTool::kPlainSql);
  EXPECT_EQ(Names(Read("plain")), (Texts{"002_a", "010_flags"}));
  EXPECT_EQ(Read("supabase").tool, MigrationTool::kSupabase);
}

TEST(ReadProject, OneFileAndTheToolThatIsNamed) {
  EXPECT_EQ(ReadProject(At("goose/00001_users.sql"), std::nullopt).tool, MigrationTool::kGoose);
  const Project project = ReadProject(At("plain"), MigrationTool::kSupabase);
  EXPECT_EQ(project.tool, MigrationTool::kSupabase);
  EXPECT_EQ(project.migrations[0].tool, MigrationTool::kSupabase);
  // What is not as the tool has it is not taken for something else.
  EXPECT_EQ(ErrorOf([] { ReadProject(At("plain"), MigrationTool::kGoose); }),
            At("plain/002_a.sql").string() +
                ": has no '-- +goose Up'; add it, or name another --tool");
}

TEST(ReadProject, CodeIsNotSql) {
  EXPECT_EQ(ErrorOf([] { Read("rails"); }),
            At("rails").string() +
                ": holds Rails' migrations (1 *.rb file), which are code: what they send is "
                "known only when they run; write their SQL to files and approve those, or let "
                "the environment require: ledger");
}

class OwnProject : public Workspace {};

TEST_F(OwnProject, NothingThereIsSaid) {
  EXPECT_EQ(
      ErrorOf([&] { ReadProject(In("none"), std::nullopt); }),
      In("none").string() + ": there is no such folder; name the one that has the migrations");
  EXPECT_EQ(ErrorOf([&] { ReadProject(directory_, std::nullopt); }),
            directory_.string() +
                ": there are no migrations here; name the folder that has "
                "them");
}

TEST_F(OwnProject, CodeBesideSqlIsNoted) {
  Put("001_a.sql", "SELECT 1");
  Put("002_b.go", "package b");
  const Project project = ReadProject(directory_, std::nullopt);
  EXPECT_EQ(project.notes,
            Texts{directory_.string() + " also holds migrations in Go (1 *.go file), which are "
                                        "code and cannot be approved."});
}

TEST_F(OwnProject, DrizzlesJournalLeadsNowhereElse) {
  Put("meta/_journal.json", "{\"entries\": [{\"idx\": 0, \"tag\": \"../../etc/x\"}]}");
  EXPECT_EQ(ErrorOf([&] { ReadProject(directory_, std::nullopt); }),
            In("meta/_journal.json").string() +
                ": is no journal of Drizzle: entries[0] has a tag that is no file's name");
}

}  // namespace
}  // namespace pgmoat::migrations
