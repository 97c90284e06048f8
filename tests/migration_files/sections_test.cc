// The way forward in files of goose, dbmate and Drizzle; names and checksums of files.
#include "proxy/migrations/sections.h"

#include "proxy/migrations/file_names.h"
#include "tests/migration_files/workspace.h"

namespace pgmoat::migrations {
namespace {

// "line: text" of each script.
std::vector<std::string> Shown(const Sections& sections) {
  std::vector<std::string> shown;
  for (const Script& script : sections.forward) {
    shown.push_back(std::to_string(script.line) + ": " + script.sql);
  }
  return shown;
}
using Texts = std::vector<std::string>;

TEST(GooseSections, UpIsTakenAndStatementsStandAlone) {
  const Sections sections = GooseSections(
      "-- a remark\n-- +goose Up\nA;\n-- +goose StatementBegin\nB; C\n-- +goose StatementEnd\n"
      "D;\n-- +goose Down\nE;\n-- +goose StatementBegin\nF\n-- +goose StatementEnd\n");
  EXPECT_EQ(Shown(sections), (Texts{"3: A;\n", "5: B; C\n", "7: D;\n"}));
  EXPECT_TRUE(sections.in_transaction);
}

TEST(GooseSections, NoTransaction) {
  const Sections sections = GooseSections("-- +goose Up\nA;\n--+goose no transaction\nB;\n");
  EXPECT_FALSE(sections.in_transaction);
  EXPECT_EQ(Shown(sections), Texts{"2: A;\n\nB;\n"});
}

TEST(GooseSections, WhatIsNotSureIsRefused) {
  const auto error = [](const char* text) { return ErrorOf([&] { GooseSections(text); }); };
  EXPECT_EQ(error("A;\n"), "has no '-- +goose Up'; add it, or name another --tool");
  EXPECT_EQ(error("-- +goose Up\n-- +goose Up\n"),
            "line 2: a second '-- +goose Up'; keep one of them");
  EXPECT_EQ(error("-- +goose Up\n-- +goose StatementBegin\nA\n"),
            "has no '-- +goose StatementEnd' at its end");
  EXPECT_EQ(error("-- +goose Up\n-- +goose StatementEnd\n"),
            "line 2: a '-- +goose StatementEnd' that nothing belongs to; remove it");
  EXPECT_EQ(error("-- +goose Up\n-- +goose ENVSUB ON\nA;\n"),
            "line 2: goose puts environment variables into what follows, so that what runs is "
            "not what would be approved; write the values out");
}

TEST(DbmateSections, UpIsTaken) {
  const Sections sections = DbmateSections("-- migrate:up\nA;\nB;\n-- migrate:down\nC;\n");
  EXPECT_EQ(Shown(sections), Texts{"2: A;\nB;\n"});
  EXPECT_TRUE(sections.in_transaction);
  EXPECT_FALSE(DbmateSections("-- migrate:up transaction:false\nA;\n").in_transaction);
  EXPECT_EQ(ErrorOf([] { DbmateSections("-- migrate:down\nA;\n"); }),
            "has no '-- migrate:up'; add it, or name another --tool");
}

TEST(DrizzleSections, BreakpointsStandOnLinesOfTheirOwnOrBehindAStatement) {
  EXPECT_EQ(Shown(DrizzleSections("A;\n--> statement-breakpoint\nB\n;--> "
                                  "statement-breakpoint\n\n")),
            (Texts{"1: A;\n", "2: \nB\n;"}));
}

TEST(FlywayName, VersionsUndoAndRepeatable) {
  EXPECT_EQ(ParseFlywayName("V1__a.sql")->version, (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(ParseFlywayName("V1.2_3__a b.sql")->version, (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(ParseFlywayName("U7__a.sql")->kind, 'U');
  EXPECT_EQ(ParseFlywayName("R__views.sql")->kind, 'R');
  for (const char* name :
       {"V1_a.sql", "V__a.sql", "R1__a.sql", "X1__a.sql", "V1__a.txt", "V1.__a.sql",
        "Va__a.sql", "__a.sql", "", "V99999999999999999999999__a.sql"}) {
    EXPECT_FALSE(ParseFlywayName(name)) << name;
  }
}

// As zlib's crc32 has them.
TEST(FlywayChecksum, LinesWithoutTheirEnds) {
  EXPECT_EQ(FlywayChecksum("123456789"), -873187034);
  EXPECT_EQ(FlywayChecksum("1234\r\n567\r89\n"), -873187034);
  EXPECT_EQ(FlywayChecksum("\xEF\xBB\xBF"
                           "123456789\n\n"),
            -873187034);
  EXPECT_EQ(FlywayChecksum(""), 0);
}

}  // namespace
}  // namespace pgmoat::migrations
