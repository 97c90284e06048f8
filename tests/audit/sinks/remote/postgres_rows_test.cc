#include "proxy/audit/sinks/postgres_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/audit/sinks/remote/lines.h"

namespace pgmoat::audit {
namespace {

// What stands in the last column, with COPY's escapes.
std::string Record(const std::string& row) { return row.substr(row.rfind('\t') + 1); }
std::string Replaced(const std::string& row) {
  const std::size_t end = row.rfind('\t');
  return row.substr(end - 1, 1);
}

TEST(PostgresRows, RowHasAValueForEachColumn) {
  const std::string row = PostgresRows(StatementLine(7, "s", R"("rows_affected":3)"));
  const auto columns =
      std::count(PostgresColumnNames().begin(), PostgresColumnNames().end(), ',');
  EXPECT_EQ(std::count(row.begin(), row.end(), '\t'), columns);
  EXPECT_EQ(std::count(row.begin(), row.end(), '\n'), 1);
  EXPECT_TRUE(
      row.starts_with("7\t" + IdOf(7) + "\t2026-11-27T19:45:00.000000007Z\tstatement\t"))
      << row;
}

TEST(PostgresRows, WhatCopyWouldReadOtherwiseIsEscaped) {
  const std::string row = PostgresRows(StatementLine(7, "a\\tb\\nc\\\\.\\rd"));
  EXPECT_NE(row.find("\ta\\tb\\nc\\\\.\\rd\t"), std::string::npos) << row;
}

TEST(PostgresRows, NulIsReplacedAndNoted) {
  const std::string row = PostgresRows("{\"session\":\"a\\u0000b\",\"x\":\"\\\\\\u0000\"}\n");
  EXPECT_NE(row.find("\ta\xef\xbf\xbd"
                     "b\t"),
            std::string::npos)
      << row;
  EXPECT_EQ(Record(row), R"({"session":"a\\ufffdb","x":"\\\\\\ufffd"})"
                         "\n");
  EXPECT_EQ(Replaced(row), "t");
}

TEST(PostgresRows, EscapedBackslashBeforeU0000IsNoNul) {
  const std::string row = PostgresRows("{\"session\":\"a\\\\u0000b\"}\n");
  EXPECT_EQ(Record(row), R"({"session":"a\\\\u0000b"})"
                         "\n");
  EXPECT_EQ(Replaced(row), "f");
}

TEST(PostgresRows, FieldOfAnotherTypeIsNull) {
  const std::string row = PostgresRows(
      R"({"seq":18446744073709551615,"id":7,"time":"yesterday","rows_affected":-1,"login":[]})"
      "\n");
  EXPECT_TRUE(row.starts_with("0\t\t1970-01-01T00:00:00Z\t\\N\t")) << row;
  EXPECT_EQ(row.find("yesterday"), row.rfind("yesterday")) << "only in the record";
}

TEST(PostgresRows, LineThatIsNoObjectIsKeptAsBase64) {
  for (const std::string& line :
       {std::string("nonsense"), std::string("[1]"), std::string(""),
        std::string("{\"a\":\"\xff\"}"), std::string(R"({"a":"\ud800"})"),
        std::string(R"({"a":1e999})")}) {
    const std::string row = PostgresRows(line + "\n");
    EXPECT_NE(row.find("\"unreadable\":"), std::string::npos) << row;
    EXPECT_EQ(Replaced(row), "t");
    EXPECT_EQ(PostgresRows(line + "\n"), row) << "the same id again";
  }
  EXPECT_NE(PostgresRows("nonsense\n").find(R"("bm9uc2Vuc2U=")"), std::string::npos);
  EXPECT_NE(PostgresRows("nonsens\n").find(R"("bm9uc2Vucw==")"), std::string::npos);
  EXPECT_NE(PostgresRows("nonsen\n").find(R"("bm9uc2Vu")"), std::string::npos);
}

}  // namespace
}  // namespace pgmoat::audit
