// A reload changes the rules under a running session (design 3.8).
#include <gtest/gtest.h>

#include "protocol/frontend.h"
#include "proxy/session/judged_text.h"
#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

class RulesChange : public ::testing::Test {
 protected:
  void Reload(std::shared_ptr<const auth::Directory> directory) {
    c.out.Clear();
    c.session().SetDirectory(std::move(directory), c.now, c.out);
    seen = c.TakeOutput();
  }
  void Prepare() {
    c.LogIn("admin");
    c.Run(R"_(client Parse "wipe" "TRUNCATE orders"
             client Parse "read" "SELECT 1"
             client Sync
             server ParseComplete
             server ParseComplete
             server ReadyForQuery I)_");
  }
  Conversation c;
  std::string seen;
};

TEST_F(RulesChange, BindOfWhatWasPreparedBeforeIsRefused) {
  Prepare();
  Reload(MakeDirectory(2, {{"admin", policy::BuiltinRole::kApp}}));
  EXPECT_EQ(seen, "");
  EXPECT_EQ(c.Run("client Bind \"\" wipe\nclient Execute \"\"\nclient Sync"),
            "-> Bind \"\" \"pgmoat_denied_<id>\"\n-> Sync\n");
  EXPECT_EQ(c.Run("server Error ERROR 26000 x\nserver ReadyForQuery I"),
            "<- ErrorResponse ERROR 42501 \"TRUNCATE is not allowed for role app in "
            "environment production\"\n"
            "<- ReadyForQuery I\n");
  EXPECT_EQ(c.Run("client Bind \"\" read\nclient Execute \"\"\nclient Sync"),
            "-> Bind \"\" \"read\"\n-> Execute \"\"\n-> Sync\n");
}

TEST_F(RulesChange, ExecuteOfAPortalBoundBeforeIsRefused) {
  Prepare();
  c.Run("client Query BEGIN\nserver CommandComplete BEGIN\nserver ReadyForQuery T");
  c.Run("client Bind p wipe\nclient Sync\nserver BindComplete\nserver ReadyForQuery T");
  Reload(MakeDirectory(2, {{"admin", policy::BuiltinRole::kApp}}));
  EXPECT_EQ(c.Run("client Execute p\nclient Sync"),
            "-> Execute \"pgmoat_denied_<id>\"\n-> Sync\n");
}

TEST_F(RulesChange, SqlExecuteOfWhatWasPreparedBeforeIsRefused) {
  Prepare();
  Reload(MakeDirectory(2, {{"admin", policy::BuiltinRole::kApp}}));
  EXPECT_EQ(c.Run("client Query \"EXECUTE wipe\""), "-> Query \"pgmoat denied <id>\"\n");
}

TEST_F(RulesChange, RedefinitionThatTheServerMayRefuseDoesNotHideTheOldMeaning) {
  Prepare();
  Reload(MakeDirectory(2, {{"admin", policy::BuiltinRole::kApp}}));
  // The server will say 42P05: wipe exists.  Until then the name may mean either.
  EXPECT_EQ(
      c.Run("client Parse wipe \"SELECT 1\"\nclient Sync\nclient Bind \"\" wipe\nclient Sync"),
      "-> Parse \"wipe\" \"SELECT 1\"\n-> Sync\n-> Bind \"\" \"pgmoat_denied_<id>\"\n-> "
      "Sync\n");
}

TEST_F(RulesChange, RoleThatNeedsAWallInTheStartupPacketEndsTheSession) {
  Prepare();
  Reload(MakeDirectory(2, {{"admin", policy::BuiltinRole::kReadonly}}));
  EXPECT_NE(seen.find("FATAL 57P01"), std::string::npos) << seen;
  EXPECT_NE(seen.find("another role"), std::string::npos) << seen;
}

TEST_F(RulesChange, WithdrawnLoginEndsTheSession) {
  Prepare();
  auto directory = std::make_shared<auth::Directory>(*MakeDirectory(2));
  directory->environments[0].logins.pop_back();
  Reload(directory);
  EXPECT_NE(seen.find("FATAL 57P01"), std::string::npos) << seen;
}

TEST_F(RulesChange, SameRoleGoesOnUndisturbed) {
  Prepare();
  Reload(MakeDirectory(2));
  EXPECT_EQ(seen, "");
  EXPECT_EQ(c.Run("client Bind \"\" wipe\nclient Sync"), "-> Bind \"\" \"wipe\"\n-> Sync\n");
}

TEST_F(RulesChange, SmallerStatementLimitHoldsFromTheNextStatement) {
  c.LogIn("app");
  Reload(MakeDirectory(2, {}, 20'000));
  const std::string text = "SELECT '" + std::string(30'000, 'x') + "'";
  EXPECT_EQ(c.Run("client Query \"" + text + "\""), "-> Query \"pgmoat denied <id>\"\n");
}

// The judgement was made elsewhere, by the old rules.
TEST_F(RulesChange, LongTextThatWasBeingJudgedIsJudgedAgain) {
  c.LogIn("admin");
  std::vector<std::byte> message;
  protocol::EncodeQuery(message, "TRUNCATE orders -- " + std::string(40'000, 'x'));
  c.out.Clear();
  EXPECT_EQ(c.session().OnClientBytes(message, c.now, c.out), message.size());
  ASSERT_EQ(c.out.action, Action::kJudge);
  const JudgeWork work = c.out.judge_work;
  Reload(MakeDirectory(2, {{"admin", policy::BuiltinRole::kApp}}));
  EXPECT_EQ(seen, "");
  c.out.Clear();
  c.session().OnJudged(work(), c.now, c.out);
  EXPECT_TRUE(c.out.to_server.empty());
  ASSERT_EQ(c.out.action, Action::kJudge);
  EXPECT_EQ(c.TakeOutput(), "-> Query \"pgmoat denied <id>\"\n");
}

}  // namespace
}  // namespace pgmoat::session::testing
