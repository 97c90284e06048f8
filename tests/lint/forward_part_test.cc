#include "proxy/lint/forward_part.h"

#include <gtest/gtest.h>

namespace pgmoat::lint {
namespace {

using policy::MigrationTool;

TEST(ForwardPart, TheWayBackIsLeftOut) {
  const std::string file =
      "-- +goose Up\nCREATE TABLE t (id int);\n-- +goose Down\nDROP TABLE t;\n";
  const ForwardPart part = ReadForwardPart(file);
  EXPECT_EQ(part.text.size(), file.size());
  EXPECT_NE(part.text.find("CREATE TABLE"), std::string::npos);
  EXPECT_EQ(part.text.find("DROP TABLE"), std::string::npos);
  EXPECT_EQ(part.tool, MigrationTool::kGoose);
  EXPECT_FALSE(part.without_transaction);
}

struct MarkerCase {
  const char* up;
  const char* down;
};

TEST(ForwardPart, TheMarkersOfEachTool) {
  const MarkerCase cases[] = {{"-- +goose Up", "-- +goose Down"},
                              {"--+migrate Up", "--  +migrate  down"},
                              {"-- migrate:up", "-- migrate:down"},
                              {"-- Up Migration", "-- Down Migration"}};
  for (const MarkerCase& one : cases) {
    const std::string up = one.up;
    const std::string down = one.down;
    const ForwardPart part =
        ReadForwardPart(down + "\r\nDROP 1\r\n" + up + "\r\nADD 1\r\n" + down + "\nDROP 2");
    EXPECT_NE(part.text.find("ADD 1"), std::string::npos) << up;
    EXPECT_EQ(part.text.find("DROP"), std::string::npos) << down;
  }
}

TEST(ForwardPart, WithoutTransaction) {
  for (const char* line : {"-- +goose NO TRANSACTION\n", "-- migrate:up transaction:false\n",
                           "-- +migrate Up notransaction\n", "-- atlas:txmode none\n"}) {
    EXPECT_TRUE(ReadForwardPart(line).without_transaction) << line;
  }
  EXPECT_FALSE(
      ReadForwardPart("-- migrate:up\nSELECT 'transaction:false'").without_transaction);
  EXPECT_FALSE(ReadForwardPart("SELECT 1").tool.has_value());
}

TEST(ForwardPart, FilesThatAreTheWayBack) {
  for (const char* name : {"1_users.down.sql", "down.sql", "DOWN.SQL", "0001_users_down.sql",
                           "U1__users.sql", "U1.2_3__users.sql"}) {
    EXPECT_TRUE(IsWayBack(name)) << name;
  }
  for (const char* name : {"1_users.up.sql", "migration.sql", "download.sql", "V1__users.sql",
                           "U__x.sql", "Users.sql", "U1_x.sql", "x.sql", "U", ""}) {
    EXPECT_FALSE(IsWayBack(name)) << name;
  }
}

}  // namespace
}  // namespace pgmoat::lint
