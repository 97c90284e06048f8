// statement_timeout and idle_in_transaction_timeout (limits.h), by a fake clock.
#include <gtest/gtest.h>

#include "proxy/session/limits.h"
#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kTooSlow =
    "<- ErrorResponse ERROR 57014 \"statement was cancelled: it ran longer than "
    "statement_timeout 1s of role app in environment production\"\n";
constexpr std::string_view kTogether =
    "<- ErrorResponse ERROR 57014 \"statement was cancelled together with an earlier one that "
    "reached a limit of role app in environment production\"\n";

std::shared_ptr<const auth::Directory> Limited(milliseconds statement, milliseconds idle,
                                               std::uint64_t version = 1) {
  policy::RoleLimits limits;
  limits.statement_timeout = statement;
  limits.idle_in_transaction_timeout = idle;
  return MakeDirectory(version, {}, 1 << 20, limits);
}

class TimeLimits : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    c.SetChunk(GetParam());
    c.LogIn("app");
  }
  std::string Begin() {
    return c.Run("client Query BEGIN\nserver CommandComplete BEGIN\nserver ReadyForQuery T");
  }
  void ExpectUsable() {
    EXPECT_EQ(c.Run("client Query \"SELECT 7\""), "-> Query \"SELECT 7\"\n");
    EXPECT_EQ(c.Run("server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I"),
              "<- CommandComplete \"SELECT 1\"\n<- ReadyForQuery I\n");
    EXPECT_TRUE(c.session().Idle());
    EXPECT_FALSE(c.closed);
  }
  Conversation c{{}, Limited(milliseconds(1000), milliseconds(3000))};
};

INSTANTIATE_TEST_SUITE_P(WholeAndSplit, TimeLimits, ::testing::Values(0, 1));

TEST_P(TimeLimits, QueryIsCancelledAndTheErrorIsOurs) {
  EXPECT_TRUE(c.session().HasTimeLimits());
  c.Run("client Query \"SELECT pg_sleep(30)\"");
  EXPECT_EQ(c.Run("wait 999\ntick"), "");
  EXPECT_EQ(c.Run("wait 1\ntick"), "** CancelServer\n");
  EXPECT_EQ(c.Run("wait 100\ntick"), "");
  EXPECT_EQ(c.Run("cancel-delivered"), "");
  EXPECT_EQ(c.Run("server Error ERROR 57014 cancelled\nserver ReadyForQuery I"),
            std::string(kTooSlow) + "<- ReadyForQuery I\n");
  EXPECT_EQ(c.trail.Lines(),
            "statement Query error limit.statement-timeout 57014 «SELECT pg_sleep(30)»\n");
  EXPECT_EQ(c.metrics.limits, "limit.statement-timeout\n");
  ExpectUsable();
}

TEST_P(TimeLimits, CancelRequestCarriesTheKeyOfTheServer) {
  c.Run("client Query \"SELECT pg_sleep(30)\"\nwait 1000");
  c.out.Clear();
  c.session().OnTick(c.now, c.out);
  const std::string expected("\0\0\0\x10\x04\xd2\x16\x2e\0\0\x12\x67\0\0\0\1", 16);
  EXPECT_EQ(protocol::AsText(c.out.cancel_request), expected);
}

TEST_P(TimeLimits, NothingOfTheClientIsReadWhileTheCancelIsOnItsWay) {
  c.Run("client Query \"SELECT pg_sleep(30)\"\nwait 1000\ntick");
  EXPECT_EQ(c.Run("client Query \"SELECT 2\""), "");
  // It ended by itself; the cancel may still meet the next one.
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I"),
            "<- CommandComplete \"SELECT 1\"\n<- ReadyForQuery I\n");
  EXPECT_EQ(c.Run("cancel-delivered"), "-> Query \"SELECT 2\"\n");
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I"),
            "<- CommandComplete \"SELECT 1\"\n<- ReadyForQuery I\n");
  ExpectUsable();
}

TEST_P(TimeLimits, PipelinedOneDoesNotPayForThoseBeforeIt) {
  c.Run("client Query \"SELECT 1\"\nclient Query \"SELECT 2\"\nwait 900\ntick");
  c.Run("server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I");
  EXPECT_EQ(c.Run("wait 999\ntick"), "");
  EXPECT_EQ(c.Run("wait 1\ntick"), "** CancelServer\n");
}

TEST_P(TimeLimits, PipelinedOneThatTheCancelMeetsIsToldSo) {
  c.Run("client Query \"SELECT 1\"\nclient Query \"SELECT 2\"\nwait 1000\ntick");
  EXPECT_EQ(
      c.Run("server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I\ncancel-delivered\n"
            "server Error ERROR 57014 cancelled\nserver ReadyForQuery I"),
      "<- CommandComplete \"SELECT 1\"\n<- ReadyForQuery I\n" + std::string(kTogether) +
          "<- ReadyForQuery I\n");
  ExpectUsable();
}

// The server looks for a cancel once more when a statement has ended and is committed.
TEST_P(TimeLimits, ErrorThatUndoesNothingIsDropped) {
  c.Run("client Query \"INSERT INTO t VALUES (1)\"\nwait 1000\ntick\ncancel-delivered");
  EXPECT_EQ(c.Run("server CommandComplete \"INSERT 0 1\"\nserver Error ERROR 57014 x\nserver "
                  "ReadyForQuery I"),
            "<- CommandComplete \"INSERT 0 1\"\n<- ReadyForQuery I\n");
  EXPECT_EQ(c.trail.Lines(), "statement Query ok rows=1 «INSERT INTO t VALUES (1)»\n");
  EXPECT_EQ(c.metrics.limits, "");
  ExpectUsable();
}

TEST_P(TimeLimits, ErrorBehindTheEndThatFailsTheTransactionIsTold) {
  Begin();
  c.Run("client Query \"INSERT INTO t VALUES (1)\"\nwait 1000\ntick\ncancel-delivered");
  EXPECT_EQ(
      c.Run("server CommandComplete \"INSERT 0 1\"\nserver Error ERROR 57014 x\nserver "
            "ReadyForQuery E"),
      "<- CommandComplete \"INSERT 0 1\"\n" + std::string(kTooSlow) + "<- ReadyForQuery E\n");
}

TEST_P(TimeLimits, ErrorAtTheSyncOfAWriteEndsTheSession) {
  for (const auto& [text, tells] :
       {std::pair("SELECT 1",
                  "<- ErrorResponse ERROR 57014 \"statement was cancelled: it ran "),
        std::pair("INSERT INTO t VALUES (1)",
                  "<- ErrorResponse FATAL 57014 \"terminating the session: statement was ")}) {
    c.Run("client Parse \"\" \"" + std::string(text) +
          "\"\nclient Bind \"\" \"\"\nclient Execute \"\"\nclient Sync\nserver ParseComplete\n"
          "server BindComplete\nserver CommandComplete x\nwait 1000\ntick\ncancel-delivered");
    const std::string seen = c.Run("server Error ERROR 57014 x\nserver ReadyForQuery I");
    EXPECT_NE(seen.find(tells), std::string::npos) << seen;
  }
}

TEST_P(TimeLimits, CancelOfTheClientsOwnStaysTheServersWords) {
  c.Run(
      "client Query \"SELECT pg_sleep(30)\"\nwait 1000\ntick\ncancel-delivered\n"
      "server Error ERROR 57014 cancelled\nserver ReadyForQuery I");
  c.Run("client Query \"SELECT pg_sleep(30)\"");
  EXPECT_EQ(c.Run("server Error ERROR 57014 \"user request\"\nserver ReadyForQuery I"),
            "<- ErrorResponse ERROR 57014 \"user request\"\n<- ReadyForQuery I\n");
}

TEST_P(TimeLimits, ExtendedInATransactionFailsIt) {
  Begin();
  c.Run(R"_(client Parse "" "SELECT pg_sleep(30)"
           client Bind "" ""
           client Execute ""
           client Sync
           server ParseComplete
           server BindComplete
           wait 1000)_");
  EXPECT_EQ(c.Run("tick"), "** CancelServer\n");
  EXPECT_EQ(
      c.Run("server Error ERROR 57014 cancelled\nserver ReadyForQuery E\ncancel-delivered"),
      std::string(kTooSlow) + "<- ReadyForQuery E\n");
  EXPECT_EQ(
      c.Run("client Query ROLLBACK\nserver CommandComplete ROLLBACK\nserver ReadyForQuery I"),
      "-> Query \"ROLLBACK\"\n<- CommandComplete \"ROLLBACK\"\n<- ReadyForQuery I\n");
  ExpectUsable();
}

TEST_P(TimeLimits, ParseThatWaitsForALockIsCancelledToo) {
  c.Run("client Parse \"\" \"SELECT 1\"\nclient Sync\nwait 1000\ntick\ncancel-delivered");
  EXPECT_EQ(c.Run("server Error ERROR 57014 cancelled\nserver ReadyForQuery I"),
            std::string(kTooSlow) + "<- ReadyForQuery I\n");
}

TEST_P(TimeLimits, StatementsOfAPipelineAreToldApartByAFlush) {
  EXPECT_EQ(c.Run(R"_(client Parse "" "SELECT 1"
                     client Bind "" ""
                     client Execute ""
                     client Bind "" ""
                     client Execute ""
                     client Sync)_"),
            "-> Parse \"\" \"SELECT 1\"\n-> Bind \"\" \"\"\n-> Execute \"\"\n-> Flush\n"
            "-> Bind \"\" \"\"\n-> Execute \"\"\n-> Sync\n");
}

TEST_P(TimeLimits, AnswersThatTheServerKeepsBackAreNotTimeItTakes) {
  c.Run("client Parse \"\" \"SELECT 1\"\nclient Bind \"\" \"\"\nclient Execute \"\"");
  EXPECT_EQ(c.Run("wait 100\ntick"), "-> Flush\n");
  EXPECT_EQ(c.Run("wait 100\ntick"), "");
  c.Run("server ParseComplete\nserver BindComplete\nserver CommandComplete \"SELECT 1\"");
  EXPECT_EQ(c.Run("wait 2000\ntick"), "");
  EXPECT_EQ(c.Run("client Sync\nserver ReadyForQuery I"), "-> Sync\n<- ReadyForQuery I\n");
  ExpectUsable();
}

TEST_P(TimeLimits, CopyFromStdinIsFailedBecauseItTakesNoCancelWhileItWaits) {
  c.Run("client Query \"COPY t FROM STDIN\"\nserver CopyInResponse x\nclient CopyData 1");
  EXPECT_EQ(c.Run("wait 1000\ntick"), "-> CopyFail\n** CancelServer\n");
  EXPECT_EQ(c.Run("server Error ERROR 57014 \"COPY failed\"\nserver ReadyForQuery I\n"
                  "cancel-delivered"),
            std::string(kTooSlow) + "<- ReadyForQuery I\n");
  // The client learns of it late.
  EXPECT_EQ(c.Run("client CopyData 2\nclient CopyDone"), "-> CopyData \"2\"\n-> CopyDone\n");
  ExpectUsable();
}

TEST_P(TimeLimits, CopyFromStdinByExtendedProtocol) {
  c.Run(R"_(client Parse "" "COPY t FROM STDIN"
           client Bind "" ""
           client Execute ""
           client Sync
           server ParseComplete
           server BindComplete
           server CopyInResponse x
           client CopyData 1
           wait 1000
           tick
           cancel-delivered
           server Error ERROR 57014 "COPY failed")_");
  EXPECT_EQ(c.Run("client CopyDone\nclient Sync\nserver ReadyForQuery I"),
            "-> CopyDone\n-> Sync\n<- ReadyForQuery I\n");
  ExpectUsable();
}

TEST_P(TimeLimits, ServerThatIgnoresTheCancelLosesTheSession) {
  c.Run("client Query \"SELECT pg_sleep(30)\"\nwait 1000\ntick\ncancel-delivered");
  EXPECT_EQ(c.Run("wait 4999\ntick"), "");
  const std::string seen = c.Run("wait 1\ntick");
  EXPECT_TRUE(seen.starts_with("<- ErrorResponse FATAL 57014 \"terminating the session: "))
      << seen;
  EXPECT_TRUE(c.closed);
  EXPECT_EQ(c.trail.Lines(),
            "statement Query lost «SELECT pg_sleep(30)»\n"
            "disconnect error limit.statement-timeout 57014\n");
}

TEST_P(TimeLimits, CancelThatDidNotArriveLosesTheSession) {
  // It may arrive some other time, and meet another statement.
  c.Run("client Query \"SELECT pg_sleep(30)\"\nwait 1000\ntick");
  const std::string seen = c.Run("cancel-failed");
  EXPECT_TRUE(seen.starts_with("<- ErrorResponse FATAL 57014 ")) << seen;
}

TEST_P(TimeLimits, IdleInATransactionEndsTheSession) {
  Begin();
  EXPECT_EQ(c.Run("wait 2999\ntick"), "");
  const std::string seen = c.Run("wait 1\ntick");
  EXPECT_TRUE(seen.find("<- ErrorResponse FATAL 25P03 \"terminating the session: idle in a "
                        "transaction longer than idle_in_transaction_timeout 3s of role app in "
                        "environment production\"") != std::string::npos)
      << seen;
  EXPECT_TRUE(
      c.trail.Lines().ends_with("disconnect error limit.idle-in-transaction-timeout 25P03\n"))
      << c.trail.Lines();
  EXPECT_EQ(c.metrics.limits, "limit.idle-in-transaction-timeout\n");
}

TEST_P(TimeLimits, IdleOutsideATransactionIsFine) {
  c.Run(
      "client Query \"SELECT 1\"\nserver CommandComplete \"SELECT 1\"\nserver ReadyForQuery I");
  EXPECT_EQ(c.Run("wait 100000\ntick"), "");
}

TEST_P(TimeLimits, EachStatementOfATransactionBeginsAnew) {
  Begin();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(c.Run("wait 2000\ntick"), "");
    c.Run(
        "client Query \"SELECT 1\"\nserver CommandComplete \"SELECT 1\"\nserver ReadyForQuery "
        "T");
  }
}

TEST_P(TimeLimits, UnfinishedPipelineIsATransactionToo) {
  c.Run("client Parse \"\" \"SELECT 1\"\nclient Flush\nserver ParseComplete");
  EXPECT_EQ(c.Run("wait 2999\ntick"), "");
  EXPECT_NE(c.Run("wait 1\ntick").find("FATAL 25P03"), std::string::npos);
}

TEST_P(TimeLimits, LongerOnesOfAReloadHoldFromTheNextStatementOn) {
  c.Run("client Query \"SELECT 1\"\nclient Query \"SELECT 2\"");
  c.out.Clear();
  c.session().SetDirectory(Limited(milliseconds(9000), milliseconds(0), 2), c.now, c.out);
  EXPECT_EQ(c.Run("wait 1000\ntick"), "** CancelServer\n");
  c.Run(
      "cancel-delivered\nserver Error ERROR 57014 x\nserver ReadyForQuery I\n"
      "server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I");
  c.Run("client Query \"SELECT 3\"");
  EXPECT_EQ(c.Run("wait 8999\ntick"), "");
  EXPECT_EQ(c.Run("wait 1\ntick"), "** CancelServer\n");
}

TEST_P(TimeLimits, ReloadThatTakesThemAwayStopsTheClock) {
  c.out.Clear();
  c.session().SetDirectory(MakeDirectory(2), c.now, c.out);
  EXPECT_FALSE(c.session().HasTimeLimits());
}

TEST_P(TimeLimits, NewOnesDoNotTouchWhatRuns) {
  Conversation other;
  other.SetChunk(GetParam());
  other.LogIn("app");
  EXPECT_FALSE(other.session().HasTimeLimits());
  other.Run("client Query \"SELECT pg_sleep(30)\"");
  other.out.Clear();
  other.session().SetDirectory(Limited(milliseconds(1000), milliseconds(0), 2), other.now,
                               other.out);
  EXPECT_TRUE(other.session().HasTimeLimits());
  EXPECT_EQ(other.Run("wait 60000\ntick"), "");
}

TEST_P(TimeLimits, ShadowModeHasNone) {
  auto directory =
      std::make_shared<auth::Directory>(*Limited(milliseconds(1000), milliseconds(1000)));
  for (auth::LoginRule& login : directory->environments[0].logins) {
    auto rules = std::make_shared<policy::Rules>(*login.rules);
    rules->enforce = false;
    login.rules = rules;
  }
  Conversation shadow({}, directory);
  shadow.LogIn("app");
  EXPECT_FALSE(shadow.session().HasTimeLimits());
}

TEST(TimeLimitsOfALongMessage, TimeThatTheClientTakesToSendItDoesNotCount) {
  Conversation c({}, Limited(milliseconds(1000), milliseconds(0)));
  c.LogIn("app");
  // A Bind of 40,000 bytes, in two halves; it is too long to be gathered.
  std::string bind("B\0\0\x9c\x40\0\0\0\0\0\1\0\0\x9c\x2c", 15);
  bind += std::string(39'980, 'x');
  bind += std::string("\0\0", 2);
  bind.resize(40'001, '\0');
  c.Run("client Parse \"\" \"SELECT $1\"");
  const auto offer = [&](std::string_view bytes) {
    c.out.Clear();
    EXPECT_EQ(c.session().OnClientBytes(protocol::AsBytes(bytes), c.now, c.out), bytes.size());
    std::string sent;
    c.out.to_server.ForEach([&](protocol::Bytes b) { sent += protocol::AsText(b); });
    c.out.Clear();
    return sent;
  };
  // What stands before it is flushed, since its own answer would be kept back.
  EXPECT_EQ(offer(std::string_view(bind).substr(0, 20'000)).substr(0, 6),
            std::string("H\0\0\0\4B", 6));
  c.Run("server ParseComplete\nwait 5000\ntick\nwait 5000");
  EXPECT_EQ(c.Run("tick"), "");
  EXPECT_EQ(offer(std::string_view(bind).substr(20'000)), bind.substr(20'000));
  EXPECT_EQ(c.Run("wait 999\ntick"), "-> Flush\n");
  EXPECT_EQ(c.Run("wait 1\ntick"), "** CancelServer\n");
}

TEST(LimitTexts, DurationsAndBytesAsAConfigHasThem) {
  EXPECT_EQ(DurationText(milliseconds(300)), "300ms");
  EXPECT_EQ(DurationText(milliseconds(1500)), "1500ms");
  EXPECT_EQ(DurationText(milliseconds(30'000)), "30s");
  EXPECT_EQ(DurationText(milliseconds(120'000)), "2min");
  EXPECT_EQ(BytesText(1000), "1000B");
  EXPECT_EQ(BytesText(std::uint64_t{100} << 20), "100MiB");
  EXPECT_EQ(BytesText(std::uint64_t{3} << 30), "3GiB");
}

}  // namespace
}  // namespace pgmoat::session::testing
