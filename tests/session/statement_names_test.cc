#include "proxy/session/statement_names.h"

#include <gtest/gtest.h>

namespace pgmoat::session {
namespace {

JudgedTextPtr Text() {
  return std::make_shared<JudgedText>("SELECT 1", policy::TextFacts{}, AuditedTextOptions{});
}

class StatementNamesTest : public ::testing::TestWithParam<const char*> {
 protected:
  StatementNames names;
  JudgedTextPtr old_text = Text();
  JudgedTextPtr new_text = Text();
};

INSTANTIATE_TEST_SUITE_P(UnnamedAndNamed, StatementNamesTest, ::testing::Values("", "s1"));

TEST_P(StatementNamesTest, UnconfirmedMeaningStandsBesideTheConfirmedOne) {
  names.Expect(GetParam(), {old_text});
  names.Confirm(GetParam(), {old_text});
  names.Expect(GetParam(), {new_text});
  EXPECT_EQ(names.Find(GetParam()), (Texts{old_text, new_text}));
}

TEST_P(StatementNamesTest, ConfirmationReplacesWhatWasBefore) {
  names.Expect(GetParam(), {old_text});
  names.Confirm(GetParam(), {old_text});
  names.Expect(GetParam(), {new_text});
  names.Confirm(GetParam(), {new_text});
  EXPECT_EQ(names.Find(GetParam()), Texts{new_text});
}

TEST_P(StatementNamesTest, WithdrawalLeavesWhatWasBefore) {
  names.Expect(GetParam(), {old_text});
  names.Confirm(GetParam(), {old_text});
  names.Expect(GetParam(), {new_text});
  names.Withdraw(GetParam(), {new_text});
  EXPECT_EQ(names.Find(GetParam()), Texts{old_text});
}

TEST_P(StatementNamesTest, ForgettingKeepsWhatIsOnItsWay) {
  names.Expect(GetParam(), {old_text});
  names.Confirm(GetParam(), {old_text});
  names.Expect(GetParam(), {new_text});
  names.Forget(GetParam());
  EXPECT_EQ(names.Find(GetParam()), Texts{new_text});
}

TEST_P(StatementNamesTest, ForgettingAllForgetsBoth) {
  names.Expect(GetParam(), {old_text});
  names.Confirm(GetParam(), {old_text});
  names.ForgetAll();
  EXPECT_TRUE(names.Find(GetParam()).empty());
}

TEST_P(StatementNamesTest, EveryAnswerTakesTheMeaningOfItsOwnMessage) {
  Texts texts;
  for (int i = 0; i < 9; ++i) {
    texts.push_back(Text());
    names.Expect(GetParam(), {texts.back()});
  }
  for (int i = 0; i < 9; ++i) {
    if (i % 3 == 2) {
      names.Withdraw(GetParam(), {texts[i]});
    } else {
      names.Confirm(GetParam(), {texts[i]});
    }
    Texts left(texts.begin() + (i % 3 == 2 ? i - 1 : i), texts.end());
    if (i % 3 == 2) left.erase(left.begin() + 1);
    EXPECT_EQ(names.Find(GetParam()), left) << i;
  }
}

TEST_P(StatementNamesTest, AnAnswerOutOfOrderLeavesTheOthersInTheirs) {
  const JudgedTextPtr last = Text();
  names.Expect(GetParam(), {old_text, new_text});
  names.Expect(GetParam(), {last});
  names.Withdraw(GetParam(), {new_text});
  EXPECT_EQ(names.Find(GetParam()), (Texts{old_text, last}));
  names.Withdraw(GetParam(), {last});
  names.Withdraw(GetParam(), {old_text});
  EXPECT_TRUE(names.Find(GetParam()).empty());
}

// What an answer costs must not grow with the messages behind it.  Were it linear, this
// would take minutes.
TEST_P(StatementNamesTest, DeepPipelineIsNotQuadratic) {
  constexpr int kMessages = 1'000'000;
  for (int i = 0; i < kMessages; ++i) names.Expect(GetParam(), {new_text});
  for (int i = 0; i < kMessages; ++i) names.Confirm(GetParam(), {new_text});
  EXPECT_EQ(names.Find(GetParam()), Texts{new_text});
}

TEST(StatementNamesDeallocateAll, KeepsTheUnnamedStatement) {
  StatementNames names;
  const JudgedTextPtr text = Text();
  names.Expect("", {text});
  names.Confirm("", {text});
  names.Expect("s", {text});
  names.Confirm("s", {text});
  names.ForgetNamed();
  EXPECT_EQ(names.Find(""), Texts{text});
  EXPECT_TRUE(names.Find("s").empty());
}

}  // namespace
}  // namespace pgmoat::session
