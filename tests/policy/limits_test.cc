// Long, deep and broken texts.
#include <chrono>
#include <thread>

#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

std::string Repeat(std::string_view piece, int times) {
  std::string text;
  text.reserve(piece.size() * static_cast<std::size_t>(times));
  for (int i = 0; i < times; ++i) text.append(piece);
  return text;
}

void ExpectStatus(std::string_view sql, TextStatus status) {
  const TextFacts facts = FactsOf(sql);
  EXPECT_EQ(facts.status, status) << sql.substr(0, 60);
  // Whatever it was, the next statement of the same thread is read as ever.
  EXPECT_EQ(FactsOf("SELECT 1").status, TextStatus::kUnderstood);
}

TEST(Limits, AMillionTermsAreTooDeep) {
  ExpectStatus("SELECT 1" + Repeat("+1", 1'000'000), TextStatus::kTooDeep);
}

TEST(Limits, AHundredThousandParenthesesAreTooDeep) {
  ExpectStatus("SELECT " + Repeat("(", 100'000) + "1" + Repeat(")", 100'000),
               TextStatus::kTooDeep);
}

TEST(Limits, DeepNestingOfEveryShapeIsSurvived) {
  const int n = 100'000;
  ExpectStatus("SELECT " + Repeat("NOT ", n) + "true", TextStatus::kTooDeep);
  ExpectStatus("SELECT " + Repeat("- ", n) + "x", TextStatus::kTooDeep);
  ExpectStatus("SELECT 1" + Repeat(" UNION SELECT 1", n), TextStatus::kTooDeep);
  ExpectStatus("SELECT 1" + Repeat("::int", n), TextStatus::kTooDeep);
  ExpectStatus("SELECT 'a'" + Repeat("||'a'", n), TextStatus::kTooDeep);
  ExpectStatus("SELECT x" + Repeat(" IS NULL", 1) + Repeat(" IS TRUE", 20'000),
               TextStatus::kTooDeep);
  ExpectStatus("SELECT * FROM t" + Repeat(" CROSS JOIN t", n), TextStatus::kTooDeep);
  ExpectStatus("DELETE FROM t WHERE 1" + Repeat("+1", n) + " = 2", TextStatus::kTooDeep);
  for (const std::string& sql :
       {"SELECT " + Repeat("CASE WHEN true THEN ", n) + "1" + Repeat(" END", n),
        Repeat("SELECT (", n) + "SELECT 1" + Repeat(")", n),
        "SELECT " + Repeat("f(", n) + Repeat(")", n),
        "SELECT " + Repeat("ARRAY[", n) + "1" + Repeat("]", n)}) {
    const TextStatus status = FactsOf(sql).status;
    EXPECT_EQ(status, TextStatus::kTooDeep) << sql.substr(0, 40);
  }
}

TEST(Limits, ADeepConditionIsNotRecursedInto) {
  // Just below the depth limit of the walk, far above that of condition folding.
  std::string where = "x";
  ExpectStatus("DELETE FROM t WHERE " + Repeat("NOT ", 9'000) + "x", TextStatus::kUnderstood);
  ExpectStatus("DELETE FROM t WHERE x = 1" + Repeat("+1", 9'000), TextStatus::kUnderstood);
}

TEST(Limits, LongButFlatIsUnderstoodInLinearTime) {
  const auto begin = std::chrono::steady_clock::now();
  ExpectStatus("SELECT * FROM t WHERE id IN (1" + Repeat(",2", 1'300'000) + ")",
               TextStatus::kUnderstood);
  ExpectStatus("DELETE FROM t WHERE id IN (1" + Repeat(",2", 1'300'000) + ")",
               TextStatus::kUnderstood);
  ExpectStatus("INSERT INTO t VALUES (1)" + Repeat(",(2)", 300'000), TextStatus::kUnderstood);
  ExpectStatus("SELECT '" + Repeat("x", 10 << 20) + "'", TextStatus::kUnderstood);
  ExpectStatus("SELECT /*" + Repeat("x", 10 << 20) + "*/ 1", TextStatus::kUnderstood);
  ExpectStatus("SELECT 1" + Repeat(" AND true", 1'000'000), TextStatus::kUnderstood);
  ExpectStatus(Repeat("SELECT 1;", 100'000), TextStatus::kUnderstood);
  // Two orders of magnitude above what it takes.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

TEST(Limits, ManyCtesAreNotQuadratic) {
  std::string sql = "WITH a0 AS (SELECT 1)";
  for (int i = 1; i < 30'000; ++i) {
    sql += ", a" + std::to_string(i) + " AS (SELECT * FROM a" + std::to_string(i - 1) + ")";
  }
  const auto begin = std::chrono::steady_clock::now();
  ExpectStatus(sql + " SELECT * FROM a1", TextStatus::kUnderstood);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST(Limits, ManyOperatorsAndCastsAreNotQuadratic) {
  std::string sql = "SELECT 1";
  for (int i = 0; i < 100'000; ++i) {
    const std::string name = "n" + std::to_string(i);
    sql += ", a::" + name + ", a OPERATOR(" + name + ".!) b";
  }
  const auto begin = std::chrono::steady_clock::now();
  const StatementFacts facts = Only(sql + " FROM t");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_EQ(facts.casts.size(), 100'000U);
}

TEST(Limits, LongListsOfEveryItemAreStillEffective) {
  for (const char* item : {"1", "$1", "'a'::uuid"}) {
    const std::string list = item + Repeat(std::string(",") + item, 300'000);
    EXPECT_TRUE(Only("DELETE FROM t WHERE id IN (" + list + ")").effective_where) << item;
    EXPECT_TRUE(Only("DELETE FROM t WHERE id = ANY (ARRAY[" + list + "])").effective_where)
        << item;
  }
}

TEST(Limits, MultiAssignmentSourceIsReadOnce) {
  std::string columns = "c0";
  for (int i = 1; i < 1'000; ++i) columns += ",c" + std::to_string(i);
  const StatementFacts facts =
      Only("UPDATE t SET (" + columns + ") = (SELECT f(), * FROM u) WHERE id = 1");
  EXPECT_EQ(facts.functions.size(), 1U);
}

TEST(Limits, InvalidEncodingIsRefused) {
  for (const std::string& sql :
       {std::string("SELECT '\xff'"), std::string("SELECT '\xc0\xa7'"),
        std::string("SELECT '\xe0\x80\xa7'"), std::string("SELECT '\xed\xa0\x80'"),
        std::string("SELECT '\xf4\x90\x80\x80'"), std::string("SELECT '\xe4\xbd'"),
        std::string("SELECT '\x80'"), std::string("SELECT 1\0; DROP TABLE t", 22)}) {
    ExpectStatus(sql, TextStatus::kInvalidEncoding);
    ExpectRefused(BuiltinRole::kApp, sql, "any.invalid-encoding", "22021");
  }
  ExpectStatus("SELECT 'päß 日本 😀', \"größe\" FROM t", TextStatus::kUnderstood);
}

TEST(Limits, RefusalsCarryTheirSqlstate) {
  ExpectRefused(BuiltinRole::kReadonly, "SELECT 1" + Repeat("+1", 200'000), "any.too-deep",
                "54001");
  ExpectRefused(BuiltinRole::kApp, "SELEC 1", "any.not-understood", "42601");
  const Decision decision = JudgeTooLong(RulesOf(BuiltinRole::kDeploy));
  EXPECT_FALSE(decision.allowed);
  EXPECT_EQ(decision.sqlstate, "54000");
  EXPECT_TRUE(JudgeTooLong(RulesOf(BuiltinRole::kAdmin)).allowed);
  ExpectAllowed(BuiltinRole::kAdmin, "SELEC 1");
}

TEST(Limits, ThreadsDoNotDisturbEachOther) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int j = 0; j < 500; ++j) {
        EXPECT_EQ(FactsOf("SELECT a FROM t WHERE b = 1").status, TextStatus::kUnderstood);
        EXPECT_EQ(FactsOf("SELEC").status, TextStatus::kSyntaxError);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace pgmoat::policy
