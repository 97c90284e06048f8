#include "proxy/session/statement_names.h"

#include <gtest/gtest.h>

namespace pgmoat::session {
namespace {

JudgedTextPtr Text() {
  return std::make_shared<JudgedText>("SELECT 1", policy::TextFacts{}, 100);
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
