#include "policy/parse_error.h"

#include <gtest/gtest.h>

#include "policy/first_word.h"

namespace pgmoat::policy {
namespace {

// The part of the text from which on the parser does not understand it.
std::string Rest(std::string_view sql) {
  const auto error = FindParseError(sql);
  return error ? std::string(sql.substr(error->offset)) : "no error";
}

TEST(ParseError, SaysWhereAndWhat) {
  EXPECT_EQ(Rest("SELECT 1"), "no error");
  EXPECT_EQ(Rest("SELECT 1 FORM t"), "t");
  EXPECT_EQ(Rest("SELECT 'größer', 1 +* 2 FROM"), "");
  EXPECT_EQ(Rest("SELECT 'größer' AS \"ü\" ,, 2"), ", 2");
  EXPECT_EQ(Rest("SELECT 1;\n-- größer\nCREATE TABEL t ()"), "TABEL t ()");
  EXPECT_EQ(Rest("SELECT 'open"), "'open");
  EXPECT_EQ(FindParseError("CREATE TABEL t ()")->message, "syntax error at or near \"TABEL\"");
  EXPECT_EQ(FindParseError("SELECT (")->message, "syntax error at end of input");
}

TEST(FirstWord, SkipsSpaceAndComments) {
  const auto word = [](std::string_view sql) {
    return std::string(sql.substr(FirstWord(sql, 0)));
  };
  EXPECT_EQ(word(" \n\tSELECT"), "SELECT");
  EXPECT_EQ(word("-- a\r\n/* b /* c */ -- */ --\nSELECT"), "SELECT");
  EXPECT_EQ(word("/* open"), "");
  EXPECT_EQ(word("--"), "");
  EXPECT_EQ(word("- 1"), "- 1");
}

}  // namespace
}  // namespace pgmoat::policy
