#include "proxy/audit/fingerprints.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace pgmoat::audit {
namespace {

// Nothing where the text is left to the parser.
std::optional<std::string> Key(std::string_view text) {
  std::string key;
  if (!AppendWithoutLiterals(text, key)) return std::nullopt;
  return key;
}

TEST(AppendWithoutLiterals, NumbersAndStringsGo) {
  EXPECT_EQ(Key("SELECT abalance FROM pgbench_accounts WHERE aid = 12345;"),
            "SELECT abalance FROM pgbench_accounts WHERE aid = 0;");
  EXPECT_EQ(Key("select 1, 1.5, .5, 1e10, 1.5e-3, 7., -2"), "select 0, 0, .0, 0, 0, 0, -0");
  EXPECT_EQ(Key("select 'a', 'it''s', '', '--', '/*', '1'"), "select '', '', '', '', '', ''");
}

TEST(AppendWithoutLiterals, NamesAndParametersStay) {
  for (const char* text : {"select a1, _2b, t9.c8 from \"T 'x' 12\"", "select $1, $23",
                           "select a$1 from \"a\"\"b 7\"", "select élan2"}) {
    EXPECT_EQ(Key(text), text);
  }
}

TEST(AppendWithoutLiterals, ACommentIsNoMoreThanSpace) {
  EXPECT_EQ(Key("SELECT 1 /*traceparent='00-12-01'*/"), "SELECT 0 /**/");
  EXPECT_EQ(Key("SELECT 1*/* x */2"), "SELECT 0*/**/0");
}

TEST(AppendWithoutLiterals, WhatTheGrammarReadsItselfIsLeftToTheParser) {
  for (const char* text : {
           "SELECT x::float(24)",
           "SELECT x::FLOAT (53)",
           "SELECT x::int[3]",
           "SELECT x::int[ 3]",
           "SELECT x::int[/**/3]",
           "SELECT E'a'",
           "SELECT B'01'",
           "SELECT X'1F'",
           "SELECT n'a'",
           "SELECT U&'a'",
           "SELECT U&\"a\"",
           "SELECT $$a$$",
           "SELECT $tag$a$tag$",
           "SELECT 0x1F",
           "SELECT 1_000",
           "SELECT 1a",
           "SELECT 1..2",
           "SELECT 1.2.3",
           "SELECT 1e",
           "SELECT 1$1",
           "SELECT 1 -- 'a",
           "SELECT /* /* */ 1",
           "SELECT 'a",
           "SELECT 'a''",
           "SELECT \"a",
           "SELECT 1 /* a",
           "SELECT $",
       }) {
    EXPECT_EQ(Key(text), std::nullopt) << text;
  }
}

TEST(AppendWithoutLiterals, AStringAndANumberStayApart) {
  EXPECT_NE(Key("SELECT -1"), Key("SELECT -'1'"));
}

TEST(AppendWithoutLiterals, EveryPrefixOfAStatementIsRead) {
  const std::string text = "SELECT a1, 'x''y' || \"q\"\"r\" /* c */ -1.5e-7 [a] $1 --";
  for (std::size_t bytes = 0; bytes <= text.size(); ++bytes) {
    const auto key = Key(std::string_view(text).substr(0, bytes));
    EXPECT_LE(key.value_or("").size(), bytes + 1);
  }
}

}  // namespace
}  // namespace pgmoat::audit
