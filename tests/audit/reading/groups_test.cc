#include "proxy/audit/reading/groups.h"

#include <gtest/gtest.h>

namespace pgmoat::audit {
namespace {

void Fill(Groups& groups) {
  for (
      const char* record :
      {R"({"login":"a","outcome":"ok","rows_affected":2,"duration_us":1.5,"kinds":["read"]})",
       R"({"login":"b","outcome":"ok","rows_affected":18446744073709551615,"kinds":["read","insert"]})",
       R"({"login":"a","outcome":"error","duration_us":0.25,"tags":{"traceparent":"00-x"}})",
       R"({"outcome":"ok","relations":[{"name":"t","access":"read"},{"name":"t","access":"write"}]})"}) {
    groups.Add(Json::parse(record));
  }
}

TEST(Groups, CountByOneFieldTheLargestFirst) {
  Groups groups({"login"}, {});
  Fill(groups);
  EXPECT_EQ(groups.Table(0),
            "LOGIN  COUNT\n"
            "a          2\n"
            "-          1\n"
            "b          1\n");
  EXPECT_EQ(groups.Table(1), "LOGIN  COUNT\na          2\n");
  EXPECT_EQ(groups.JsonLines(0),
            "{\"login\":\"a\",\"count\":2}\n{\"count\":1}\n{\"login\":\"b\",\"count\":1}\n");
}

TEST(Groups, CountBySeveralFieldsWithSums) {
  Groups groups({"login", "outcome"}, {"rows_affected", "duration_us"});
  Fill(groups);
  EXPECT_EQ(groups.Csv(0),
            "login,outcome,count,rows_affected,duration_us\r\n"
            ",ok,1,0,0\r\n"
            "a,error,1,0,0.25\r\n"
            "a,ok,1,2,1.5\r\n"
            "b,ok,1,18446744073709551615,0\r\n");
}

TEST(Groups, ASumAloneIsOverAll) {
  Groups groups({}, {"duration_us"});
  EXPECT_EQ(groups.JsonLines(0), "{\"count\":0,\"duration_us\":0}\n");
  Fill(groups);
  EXPECT_EQ(groups.JsonLines(0), "{\"count\":4,\"duration_us\":1.75}\n");
}

TEST(Groups, AListCountsForEachOfItsValuesOnce) {
  Groups kinds({"kinds"}, {});
  Fill(kinds);
  EXPECT_EQ(kinds.Csv(0), "kinds,count\r\n,2\r\nread,2\r\ninsert,1\r\n");
  Groups relations({"relations"}, {});
  Fill(relations);
  EXPECT_EQ(relations.Csv(0), "relations,count\r\n,3\r\nt,1\r\n");
}

TEST(Groups, ADotGoesIntoAnObject) {
  Groups groups({"tags.traceparent"}, {});
  Fill(groups);
  EXPECT_EQ(groups.Csv(0), "tags.traceparent,count\r\n,3\r\n00-x,1\r\n");
}

TEST(Groups, ATerminalIsSafeFromValues) {
  Groups groups({"login"}, {});
  groups.Add(Json{{"login", "\x1b[2J\n"}});
  EXPECT_EQ(groups.Table(0), "LOGIN      COUNT\n\\x1b[2J\\n      1\n");
}

}  // namespace
}  // namespace pgmoat::audit
