// A text in the memory of another says of itself what it would say in memory of its own.
#include "proxy/session/judged_text.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "policy/parser.h"
#include "tests/session/same_text.h"

namespace pgmoat::session {
namespace {

policy::TextFacts Read(std::string_view text, policy::TextFacts facts = {}) {
  policy::ReadFacts(text, facts);
  return facts;
}

void ExpectSame(const JudgedText& a, const JudgedText& b) {
  EXPECT_EQ(a.facts().status, b.facts().status);
  ASSERT_EQ(a.facts().statements.size(), b.facts().statements.size());
  ASSERT_EQ(a.audited().size(), b.audited().size());
  for (std::size_t i = 0; i < a.audited().size(); ++i) {
    ExpectSame(*a.audited()[i], *b.audited()[i]);
    EXPECT_EQ(a.audited()[i]->mark.segment, b.audited()[i]->mark.segment);
  }
  ExpectSame(*a.Whole(), *b.Whole());
  EXPECT_EQ(a.Whole()->mark.segment, b.Whole()->mark.segment);
  ASSERT_EQ(a.telling().size(), b.telling().size());
  for (std::size_t i = 0; i < a.telling().size(); ++i) {
    const JudgedTextPtr prepared = a.PreparedBy(*a.telling()[i]);
    const JudgedTextPtr other = b.PreparedBy(*b.telling()[i]);
    ASSERT_EQ(prepared == nullptr, other == nullptr);
    if (prepared) ExpectSame(*prepared, *other);
  }
  EXPECT_EQ(a.held_bytes(), b.held_bytes());
  EXPECT_EQ(a.MayHoldSecrets(), b.MayHoldSecrets());
  EXPECT_EQ(a.OnlyReads(), b.OnlyReads());
  EXPECT_EQ(a.DefinesData(), b.DefinesData());
}

const std::vector<std::string>& Texts() {
  static const std::vector<std::string> texts = {
      "SELECT abalance FROM pgbench_accounts WHERE aid = 1",
      "CREATE ROLE somebody PASSWORD 'a secret that is long enough to be seen'",
      "UPDATE public.a_table_with_a_long_name SET x = 1 WHERE id = 2",
      "SELECT 1; DROP TABLE first_table, second_table; SELECT 2",
      "",
      "SELECT FROM no_sense WHERE",
      "SELECT '" + std::string(300, 'x') + "' FROM another_long_table_name",
      "EXECUTE something",
      "SET search_path = elsewhere",
      "SELECT a.x FROM alpha_relation_name a JOIN beta_relation_name b USING (id)",
      "ALTER USER postgres PASSWORD",  // not understood, and mentions secrets
      "DELETE FROM t",
      "PREPARE p AS DELETE FROM t WHERE a = $1",
      "PREPARE p AS SELECT 'x'; ALTER USER postgres PASSWORD 'another secret'",
  };
  return texts;
}

TEST(JudgedText, BecomesAnyOtherText) {
  for (const AuditedTextOptions& options :
       {AuditedTextOptions{}, AuditedTextOptions{.max_bytes = 40, .redact_literals = true}}) {
    for (const std::string& before : Texts()) {
      for (const std::string& after : Texts()) {
        SCOPED_TRACE(before + " -> " + after);
        JudgedText text(before, Read(before), options);
        (void)text.OnlyReads();  // which it remembers
        text.audited().front()->mark.Set(7, 7);
        text.Become(after, Read(after, text.TakeFacts()), options);
        ExpectSame(text, JudgedText(after, Read(after), options));
      }
    }
  }
}

TEST(JudgedText, WhatTheTrailHoldsStays) {
  JudgedText text("SELECT 1 FROM first_relation_of_all",
                  Read("SELECT 1 FROM first_relation_of_all"), {});
  const std::shared_ptr<const AuditedText> held = text.Whole();
  text.Become("SELECT 2", Read("SELECT 2", text.TakeFacts()), {});
  EXPECT_EQ(held->text, "SELECT 1 FROM first_relation_of_all");
  ASSERT_EQ(held->relations.size(), 1U);
  EXPECT_EQ(text.Whole()->text, "SELECT 2");
}

TEST(JudgedText, WhatAPrepareNamesIsThatStatementAlone) {
  const std::string sql =
      "CREATE TEMP TABLE t (a int); PREPARE p AS DELETE FROM u; ALTER USER u PASSWORD 'x'";
  const JudgedText text(sql, Read(sql), {});
  const auto& statements = text.facts().statements;
  EXPECT_EQ(text.PreparedBy(statements[0]), nullptr);
  EXPECT_EQ(text.PreparedBy(statements[2]), nullptr);
  const JudgedTextPtr prepared = text.PreparedBy(statements[1]);
  ASSERT_NE(prepared, nullptr);
  ASSERT_EQ(prepared->facts().statements.size(), 1U);
  const policy::StatementFacts& own = prepared->facts().statements.front();
  EXPECT_EQ(own.prepares, "");
  EXPECT_EQ(own.kinds, statements[1].kinds);
  EXPECT_FALSE(own.effective_where);
  EXPECT_EQ(prepared->telling(), std::vector{&own});
  EXPECT_EQ(prepared->PreparedBy(own), nullptr);
  EXPECT_EQ(prepared->Whole(), text.audited()[1]);
  EXPECT_FALSE(prepared->MayHoldSecrets());
  EXPECT_FALSE(prepared->DefinesData());
  EXPECT_EQ(prepared->migration().steps.size(), 1U);
}

TEST(JudgedText, WhatAPrepareNamesOutlivesItsText) {
  JudgedText text("PREPARE p AS DELETE FROM t", Read("PREPARE p AS DELETE FROM t"), {});
  const JudgedTextPtr prepared = text.PreparedBy(text.facts().statements.front());
  text.Become("SELECT 2", Read("SELECT 2", text.TakeFacts()), {});
  EXPECT_EQ(prepared->Whole()->text, "PREPARE p AS DELETE FROM t");
  EXPECT_EQ(prepared->facts().statements.front().relations.front().name, "t");
}

TEST(JudgedText, IsJudgedAnew) {
  policy::Rules rules;
  rules.version = 1;
  JudgedText text("SELECT 1", Read("SELECT 1"), {});
  text.Judge(rules, {}, 0);
  ASSERT_TRUE(text.IsJudged(rules, {}, 0));
  text.Become("SELECT 2", Read("SELECT 2", text.TakeFacts()), {});
  EXPECT_FALSE(text.IsJudged(rules, {}, 0));
}

}  // namespace
}  // namespace pgmoat::session
