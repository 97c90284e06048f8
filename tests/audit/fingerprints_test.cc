#include "proxy/audit/fingerprints.h"

#include <gtest/gtest.h>

#include <cctype>
#include <initializer_list>
#include <optional>
#include <random>
#include <string>

#include "policy/fingerprint.h"
#include "tests/audit/some_records.h"

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

// What the cache rests on.  `key` is a text with the literals 0 and ''; gives it others.
std::string WithLiterals(const std::string& key, std::mt19937& random) {
  const auto pick = [&](std::initializer_list<const char*> from) {
    return std::string(from.begin()[random() % from.size()]);
  };
  const auto in_name = [](char c) { return std::isalnum(c) != 0 || c == '_' || c == '$'; };
  std::string text;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const char before = i > 0 ? key[i - 1] : ' ';
    if (key[i] == '0' && !in_name(before)) {
      text += before == '.' ? pick({"0", "25", "1e3"})
                            : pick({"0", "1", "25", "2147483648", "99999999999999999999", "1.5",
                                    "7.", "1e3", "2.5E-10"});
    } else if (key.compare(i, 2, "''") == 0) {
      text += pick({"''", "'a'", "'it''s'", "'-1'", "'t'", "'{1,2}'", "'/* x */'", "'--'",
                    "'1 day'", "'\\'", "'é'"});
      ++i;
    } else {
      text += key[i];
    }
  }
  return text;
}

constexpr const char* kStatements[] = {
    "SELECT abalance FROM pgbench_accounts WHERE aid = 1",
    "UPDATE pgbench_accounts SET abalance = abalance + -1 WHERE aid = 1",
    "INSERT INTO h (tid, bid, mtime, note) VALUES (1, 2, CURRENT_TIMESTAMP, 'x'), (3, 4, "
    "now(), 'y')",
    "DELETE FROM t WHERE a = 'x' AND b IN (1, 2, 3) AND c IN ('a', 1)",
    "SELECT -1, - 1, +1, -'1', - - 1, 1 - 1, -a, -(1), 1-1, 2*-3, -.5",
    "SELECT a AS b1, c FROM s.t t1 WHERE d LIKE 'x%' ESCAPE 'y' ORDER BY 1, 2 DESC LIMIT 5 "
    "OFFSET 6",
    "SELECT 1::int, '1'::int, int '1', '1'::numeric(10, 2), x::varchar(3), x::char(4), "
    "x::bit(5)",
    "SELECT interval '1' year, interval(3) '1', interval '1' second(2), time(2) '1', "
    "timestamp(3) with time zone '1'",
    "SELECT x::time(3), x::timestamp(2) without time zone, x::interval second(4), x::dec(3), "
    "x::float4, x::float8",
    "SELECT extract('year' from x), x AT TIME ZONE 'UTC', substring(x from 1 for 2), overlay(x "
    "placing 'a' from 1)",
    "SELECT a[1], a[1:2], a[b], a[b:3], ARRAY[1,2], array['a', 'b']",
    "SELECT count(*) FILTER (WHERE a > 1), sum(x) OVER (ORDER BY y ROWS 5 PRECEDING), ntile(4) "
    "OVER w FROM t WINDOW w AS (PARTITION BY 1)",
    "SELECT * FROM t TABLESAMPLE bernoulli (10) REPEATABLE (3), generate_series(1, 10, 2) g(i)",
    "SELECT CASE a WHEN 1 THEN 'x' WHEN 'y' THEN 2 ELSE 3 END, coalesce(a, 0, ''), nullif(a, "
    "'')",
    "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) v(x, y) WHERE x BETWEEN 1 AND 2 OR x = "
    "ANY('{1,2}')",
    "WITH r AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT * FROM r FETCH FIRST 3 ROWS "
    "ONLY",
    "INSERT INTO t VALUES (1, DEFAULT, 'a') ON CONFLICT (a) DO UPDATE SET b = 2 WHERE t.c = "
    "'x' RETURNING 1",
    "SELECT 'a'\n'b', 'a' /* x='1' */, $1, $2::text, ($1 + 1)",
    "SELECT x -> 'a' ->> 0, x #> '{a}', x @> '1', '1' || 2, a->-1, 5 % 3, 2 ^ 3, @ -1, !! 1",
    "SELECT a FROM t GROUP BY GROUPING SETS ((1), (2)), ROLLUP (3) HAVING count(*) > 5",
    "SELECT true, 't'::bool, bool 't', null, 1 IS NULL, 'x' IS DISTINCT FROM 1, x SIMILAR TO "
    "'y'",
    "SELECT xmlelement(name a, 'x'), xmlpi(name b, 'c'), xmlparse(content '<a/>'), x COLLATE "
    "\"C\"",
    "SELECT row(1, 'a'), (1, 2) = (3, 4), f(a => 1, b := 'x'), f(VARIADIC '{1}'), date "
    "'2020-01-01'",
    "TABLE t",
    "VALUES (1, 'a'), (2, 'b')",
    "SELECT 1; SELECT 'a'; DELETE FROM t WHERE a = 1",
};

TEST(AppendWithoutLiterals, EqualKeysMeanEqualFingerprints) {
  std::mt19937 random(5);
  int compared = 0;
  for (const std::string statement : kStatements) {
    std::string key;
    std::optional<std::uint64_t> fingerprint;
    for (int round = 0; round < 200; ++round) {
      std::string again;
      const std::string text = WithLiterals(Key(statement).value_or(statement), random);
      if (!AppendWithoutLiterals(text, again)) break;
      ASSERT_TRUE(key.empty() || key == again) << text;
      key = again;
      // Texts that the server refuses (a number where only an integer may be) have none.
      const auto its = policy::Fingerprint(text);
      if (!its) continue;
      ASSERT_EQ(fingerprint.value_or(*its), *its) << text;
      fingerprint = its;
      ++compared;
    }
  }
  EXPECT_GT(compared, 3000);
}

std::optional<std::uint64_t> Of(Fingerprints& fingerprints, std::string text,
                                policy::KindSet kinds = {policy::Kind::kRead}) {
  auto audited = Text(std::move(text));
  audited->kinds = kinds;
  return fingerprints.Of(*audited);
}

TEST(Fingerprints, OfWhatDiffersInLiteralsIsThatOfTheParser) {
  Fingerprints fingerprints;
  for (int i = 0; i < 5000; ++i) {
    const std::string text = "SELECT a" + std::to_string(i % 2500) +
                             " FROM t WHERE b = " + std::to_string(i) + " AND c = '" +
                             std::to_string(i) + "'";
    ASSERT_EQ(Of(fingerprints, text), policy::Fingerprint(text)) << text;
  }
}

TEST(Fingerprints, OfWhatIsLeftToTheParserIsRightToo) {
  Fingerprints fingerprints;
  EXPECT_NE(Of(fingerprints, "SELECT x::float(24)"), Of(fingerprints, "SELECT x::float(53)"));
  EXPECT_NE(Of(fingerprints, "SELECT -1"), Of(fingerprints, "SELECT -'1'"));
  EXPECT_EQ(Of(fingerprints, "SET work_mem = 5", {policy::Kind::kSetting}),
            policy::Fingerprint("SET work_mem = 5"));
}

TEST(Fingerprints, NoneOfTextThatIsNotAllThereOrDoesNotParse) {
  Fingerprints fingerprints;
  EXPECT_EQ(Of(fingerprints, "SELECT 1 FROM"), std::nullopt);
  EXPECT_EQ(Of(fingerprints, ""), std::nullopt);
  auto cut = Text("SELECT 1");
  EXPECT_TRUE(fingerprints.Of(*cut));
  cut->truncated = true;
  EXPECT_EQ(fingerprints.Of(*cut), std::nullopt);
}

}  // namespace
}  // namespace pgmoat::audit
