#include "proxy/audit/tags.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace pgmoat::audit {
namespace {

std::string Json(std::string_view statement) {
  std::string json;
  AppendTags(statement, json);
  return json;
}

TEST(Tags, OfTheCommentAtTheEnd) {
  EXPECT_EQ(Json("SELECT 1 /*action='%2Fpolls',traceparent='00-5bd66ef5-01'*/"),
            R"(,"tags":{"action":"/polls","traceparent":"00-5bd66ef5-01"})");
  EXPECT_EQ(Json("SELECT 1 /*a='b'*/ ;\n"), R"(,"tags":{"a":"b"})");
}

TEST(Tags, OfTheCommentAtTheBeginning) {
  EXPECT_EQ(Json(" /* a='b' , c='' */ SELECT 1"), R"(,"tags":{"a":"b","c":""})");
}

TEST(Tags, TheEndGoesBeforeTheBeginningUnlessItHasNone) {
  EXPECT_EQ(Json("/*a='1'*/ SELECT 1 /*b='2'*/"), R"(,"tags":{"b":"2"})");
  EXPECT_EQ(Json("/*a='1'*/ SELECT 1 /* see above */"), R"(,"tags":{"a":"1"})");
}

TEST(Tags, EscapedQuotesAndEncodedNames) {
  EXPECT_EQ(ReadTags(R"(SELECT 1 /*n%20m='it\'s %e2%82%ac'*/)"), (Tags{{"n m", "it's €"}}));
}

TEST(Tags, ValuesThatAreNoUtf8StayValidJson) {
  const std::string json = Json("SELECT 1 /*a='%ff%00\"'*/");
  const auto parsed = nlohmann::json::parse("{" + json.substr(1) + "}");
  EXPECT_EQ(parsed["tags"]["a"], std::string("\xEF\xBF\xBD\0\"", 5));
}

TEST(Tags, NoneOfWhatIsNotAsItShouldBe) {
  for (const char* text : {
           "",
           "SELECT 1",
           "SELECT 1 /**/",
           "SELECT 1 /* a note */",
           "SELECT 1 /*a=b*/",
           "SELECT 1 /*a='b*/",
           "SELECT 1 /*='b'*/",
           "SELECT 1 /*a='b',*/",
           "SELECT 1 /*a='b' c='d'*/",
           "SELECT 1 /*a='%zz'*/",
           "SELECT 1 /*a='%4*/",
           "SELECT 1 /*a='b\\c'*/",
           "SELECT 1 /*a='b',a='c'*/",
           "*/",
           "/*",
           "/*/",
           "/*a='b'",
           "SELECT 1 /*a='b'*/ + 2",
           "/*a='b',,c='d'*/ SELECT 1",
       }) {
    EXPECT_EQ(Json(text), "") << text;
  }
}

TEST(Tags, NoneWhereOneIsTooLongOrThereAreTooMany) {
  const auto with = [](std::size_t name, std::size_t value) {
    return "SELECT 1 /*" + std::string(name, 'n') + "='" + std::string(value, 'v') + "'*/";
  };
  EXPECT_EQ(ReadTags(with(kMaxTagNameBytes, kMaxTagValueBytes)).size(), 1U);
  EXPECT_TRUE(ReadTags(with(kMaxTagNameBytes + 1, 1)).empty());
  EXPECT_TRUE(ReadTags(with(1, kMaxTagValueBytes + 1)).empty());
  std::string many = "SELECT 1 /*t0=''";
  for (std::size_t i = 1; i < kMaxTags; ++i) many += ",t" + std::to_string(i) + "=''";
  EXPECT_EQ(ReadTags(many + "*/").size(), kMaxTags);
  EXPECT_TRUE(ReadTags(many + ",more=''*/").empty());
}

TEST(Tags, EveryPrefixOfAStatementIsRead) {
  const std::string text = "/*a='%41\\''*/ SELECT 1 /*b='%42\\'',c='d'*/";
  for (std::size_t bytes = 0; bytes <= text.size(); ++bytes) {
    const Tags tags = ReadTags(std::string_view(text).substr(0, bytes));
    EXPECT_LE(tags.size(), 2U);
    EXPECT_EQ(tags.empty(), bytes < 13) << text.substr(0, bytes);
  }
}

}  // namespace
}  // namespace pgmoat::audit
