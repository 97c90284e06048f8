// What people and their tools send all day.  A false refusal counts as much as a
// miss.  Captured texts are in data/: statements parted by a line "----".
#include <fstream>
#include <vector>

#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

std::vector<std::string> StatementsOf(const std::string& file) {
  std::ifstream in(std::string(PGMOAT_TEST_DATA) + "/" + file);
  EXPECT_TRUE(in.good()) << file;
  std::vector<std::string> statements;
  std::string statement;
  for (std::string line; std::getline(in, line);) {
    if (line == "----") {
      statements.push_back(std::move(statement));
      statement.clear();
    } else {
      statement += line + "\n";
    }
  }
  return statements;
}

void ExpectAllAllowed(const std::string& file, std::size_t at_least) {
  const std::vector<std::string> statements = StatementsOf(file);
  EXPECT_GE(statements.size(), at_least) << file;
  for (const std::string& sql : statements) {
    for (const BuiltinRole role :
         {BuiltinRole::kReadonly, BuiltinRole::kApp, BuiltinRole::kDeploy}) {
      ExpectAllowed(role, sql);
    }
  }
}

TEST(Everyday, PsqlBackslashCommands) { ExpectAllAllowed("psql_backslash.sql", 60); }
TEST(Everyday, PgDump) { ExpectAllAllowed("pg_dump.sql", 40); }
TEST(Everyday, ToolsAndFrameworks) { ExpectAllAllowed("tools.sql", 40); }

TEST(Everyday, AppsStatements) {
  for (const std::string& sql : StatementsOf("app.sql")) ExpectAllowed(BuiltinRole::kApp, sql);
}

TEST(Everyday, DeploysStatements) {
  for (const std::string& sql : StatementsOf("deploy.sql")) {
    ExpectAllowed(BuiltinRole::kDeploy, sql);
    ExpectRefused(BuiltinRole::kApp, sql);
    ExpectRefused(BuiltinRole::kReadonly, sql);
  }
}

}  // namespace
}  // namespace pgmoat::policy
