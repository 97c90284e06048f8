#include "proxy/audit/reading/table.h"

#include <gtest/gtest.h>

#include "proxy/audit/reading/printable.h"

namespace pgmoat::audit {
namespace {

Json Statement() {
  return Json::parse(R"({"v":2,"seq":17,"id":"01JDQ","time":"2026-11-27T19:45:00.123456789Z",
      "event":"statement","environment":"production","login":"dev_ro","decision":"allow",
      "outcome":"ok","statement":"SELECT 1","statement_bytes":8,"rows_returned":1,
      "duration_us":1234.500})");
}

TEST(Table, AStatementIsALine) {
  EXPECT_EQ(TableHeader(kAnyWidth),
            "TIME                    LOGIN        ENV          OUTCOME       ROWS        MS  "
            "STATEMENT\n");
  EXPECT_EQ(TableRow(Statement(), kAnyWidth),
            "2026-11-27 19:45:00.123 dev_ro       production   ok               1      1.23  "
            "SELECT 1\n");
}

TEST(Table, ARefusalSaysByWhichRule) {
  Json record = Statement();
  record["outcome"] = "denied";
  record["decision"] = "deny";
  record["rule"] = "readonly.write";
  record["sqlstate"] = "25006";
  record["statement"] = "DELETE FROM users";
  const std::string row = TableRow(record, kAnyWidth);
  EXPECT_NE(row.find(" denied "), std::string::npos) << row;
  EXPECT_TRUE(row.ends_with("  [25006 readonly.write] DELETE FROM users\n")) << row;
}

TEST(Table, WhatWouldBeRefusedIsToldApart) {
  Json record = Statement();
  record["decision"] = "would_deny";
  EXPECT_NE(TableRow(record, kAnyWidth).find(" would_deny "), std::string::npos);
}

TEST(Table, AWithheldTextIsALength) {
  Json record = Statement();
  record.erase("statement");
  EXPECT_TRUE(TableRow(record, kAnyWidth).ends_with("  (8 bytes, text withheld)\n"));
}

TEST(Table, OtherEventsTellTheirStory) {
  const Json gap = {{"event", "gap"}, {"lost_records", 3}, {"reason", "the disk was full"}};
  EXPECT_TRUE(TableRow(Json::parse(gap.dump()), kAnyWidth)
                  .ends_with("  (gap) 3 records lost the disk was full\n"));
}

TEST(Table, ARowFitsTheTerminal) {
  Json record = Statement();
  record["statement"] = std::string(500, 'x');
  for (const std::size_t width : {1U, 40U, 80U, 200U}) {
    const std::string row = TableRow(record, width);
    EXPECT_EQ(Columns(std::string_view(row).substr(0, row.size() - 1)), width);
    EXPECT_TRUE(row.ends_with("…\n"));
  }
}

TEST(Table, NoFieldReachesTheTerminalAsItIs) {
  const std::string attack = "\x1b[2J\x1b]0;x\x07\n\r\u009b1A\u202e";
  for (const char* field :
       {"time", "login", "environment", "outcome", "statement", "rule", "sqlstate", "event",
        "reason", "role", "database", "client_address"}) {
    for (const char* event : {"statement", "login", "disconnect"}) {
      Json record = Statement();
      record["event"] = event;
      record[field] = attack;
      const std::string row = TableRow(record, kAnyWidth);
      EXPECT_EQ(row.find('\n'), row.size() - 1) << field;
      EXPECT_EQ(Printable(std::string_view(row).substr(0, row.size() - 1)) + "\n", row)
          << field;
    }
  }
}

TEST(Table, WrongTypesDoNoHarm) {
  const Json record = Json::parse(
      R"({"time":1,"login":[],"environment":{},"outcome":null,"event":"statement",
          "rows_returned":-1,"duration_us":"x","statement":7})");
  EXPECT_TRUE(TableRow(record, kAnyWidth).ends_with("(0 bytes, text withheld)\n"));
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(AlignedTable({{"LOGIN", "COUNT"}, {"日本", "7"}, {"shop_app\x1b", "12345"}}, 1),
            "LOGIN         COUNT\n"
            "日本              7\n"
            "shop_app\\x1b  12345\n");
}

TEST(Csv, QuotesWhatNeedsIt) {
  EXPECT_EQ(CsvRow({"a", "", "b,c", "say \"hi\"", "two\nlines"}),
            "a,,\"b,c\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n");
  const std::vector<std::string> cells = CsvCells(Statement());
  ASSERT_EQ(cells.size(), CsvColumns().size());
  EXPECT_EQ(cells.front(), "2026-11-27T19:45:00.123456789Z");
  EXPECT_EQ(cells.back(), "SELECT 1");
}

}  // namespace
}  // namespace pgmoat::audit
