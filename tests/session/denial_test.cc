// Denials made by the server (design 3.2): what the server gets, what the client sees.
#include <gtest/gtest.h>

#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

class Denial : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override { c.SetChunk(GetParam()); }
  // The server's complaint about the stand-in that was made last.
  std::string Unknown() const {
    return "server Error ERROR 26000 \"prepared statement 'pgmoat_unknown_" + c.trail.LastId() +
           "' does not exist\"\n";
  }
  Conversation c;
};

INSTANTIATE_TEST_SUITE_P(WholeAndSplit, Denial, ::testing::Values(0, 1, 7));

TEST_P(Denial, QueryIsReplacedByOneThatTheServerRefuses) {
  c.LogIn("app");
  EXPECT_EQ(c.Run("client Query \"DROP TABLE orders\""), "-> Query \"pgmoat denied <id>\"\n");
  EXPECT_EQ(c.Run("server Error ERROR 42601 \"syntax error\"\nserver ReadyForQuery I"),
            "<- ErrorResponse ERROR 42501 \"DROP TABLE is not allowed for role app in "
            "environment production\"\n"
            "<- ReadyForQuery I\n");
  EXPECT_EQ(c.Run("client Query \"SELECT 1\""), "-> Query \"SELECT 1\"\n");
  EXPECT_EQ(c.metrics.denied, 1);
}

TEST_P(Denial, AllStatementsOfATextAreRefusedTogether) {
  c.LogIn("readonly");
  EXPECT_EQ(c.Run("client Query \"SELECT 1; DROP TABLE users\""),
            "-> Query \"pgmoat denied <id>\"\n");
}

TEST_P(Denial, ParseSkipsUntilSyncAndLeavesNothingBehind) {
  c.LogIn("readonly");
  EXPECT_EQ(c.Run(R"_(client Parse "s" "DELETE FROM orders"
                     client Bind "" "s"
                     client Execute ""
                     client Sync)_"),
            "-> Parse \"s\" \"pgmoat denied <id>\"\n-> Sync\n");
  const std::string seen =
      c.Run("server Error ERROR 42601 \"syntax error\"\nserver ReadyForQuery I");
  EXPECT_TRUE(seen.starts_with("<- ErrorResponse ERROR 25006 ")) << seen;
  // The name means nothing afterwards.
  EXPECT_EQ(c.Run("client Bind \"\" \"s\"\nclient Sync"),
            "-> Bind \"\" \"pgmoat_unknown_<id>\"\n-> Sync\n");
  EXPECT_EQ(c.Run(Unknown() + "server ReadyForQuery I"),
            "<- ErrorResponse ERROR 26000 \"prepared statement 's' does not exist\"\n<- "
            "ReadyForQuery I\n");
}

TEST_P(Denial, InTheMiddleOfAPipelineKeepsItsPlaceAndTheRestIsNotSent) {
  c.LogIn("app");
  EXPECT_EQ(c.Run(R"_(client Parse "" "INSERT INTO t VALUES (1)"
                     client Bind "" ""
                     client Execute ""
                     client Parse "" "TRUNCATE t"
                     client Bind "" ""
                     client Execute ""
                     client Parse "" "INSERT INTO t VALUES (2)"
                     client Bind "" ""
                     client Execute ""
                     client Sync
                     client Query "SELECT 2")_"),
            "-> Parse \"\" \"INSERT INTO t VALUES (1)\"\n-> Bind \"\" \"\"\n-> Execute \"\"\n"
            "-> Parse \"\" \"pgmoat denied <id>\"\n-> Sync\n-> Query \"SELECT 2\"\n");
  EXPECT_EQ(c.Run(R"_(server ParseComplete
                     server BindComplete
                     server CommandComplete "INSERT 0 1"
                     server Error ERROR 42601 "syntax error"
                     server ReadyForQuery I
                     server RowDescription x
                     server CommandComplete "SELECT 1"
                     server ReadyForQuery I)_"),
            "<- ParseComplete\n<- BindComplete\n<- CommandComplete \"INSERT 0 1\"\n"
            "<- ErrorResponse ERROR 42501 \"TRUNCATE is not allowed for role app in "
            "environment production\"\n"
            "<- ReadyForQuery I\n<- message T\n<- CommandComplete \"SELECT 1\"\n<- "
            "ReadyForQuery I\n");
}

TEST_P(Denial, AfterAnEarlierErrorIsSkippedLikeTheRest) {
  c.LogIn("app");
  c.Run(R"_(client Parse "" "SELECT nothing"
           client Parse "" "TRUNCATE t"
           client Sync)_");
  EXPECT_EQ(c.Run("server Error ERROR 42703 \"column does not exist\"\nserver ReadyForQuery I"),
            "<- ErrorResponse ERROR 42703 \"column does not exist\"\n<- ReadyForQuery I\n");
  EXPECT_TRUE(c.session().Idle());
}

TEST_P(Denial, InATransactionBlockFailsIt) {
  c.LogIn("app");
  c.Run("client Query BEGIN\nserver CommandComplete BEGIN\nserver ReadyForQuery T");
  c.Run("client Query \"DELETE FROM orders\"");
  EXPECT_EQ(c.Run("server Error ERROR 42601 \"syntax error\"\nserver ReadyForQuery E"),
            "<- ErrorResponse ERROR 42501 \"DELETE without a WHERE that can exclude a row is "
            "not allowed for role app in "
            "environment production\"\n<- ReadyForQuery E\n");
  EXPECT_FALSE(c.session().Idle());
}

TEST_P(Denial, FunctionCallIsReplacedAndSkipsNothing) {
  c.LogIn("readonly");
  EXPECT_EQ(c.Run("client FunctionCall 764"), "-> FunctionCall 0\n");  // lo_import
  EXPECT_EQ(c.Run("client Query \"SELECT 1\""), "-> Query \"SELECT 1\"\n");
  const std::string seen =
      c.Run(R"_(server Error ERROR 42883 "function with OID 0 does not exist"
                                    server ReadyForQuery I
                                    server CommandComplete "SELECT 1"
                                    server ReadyForQuery I)_");
  EXPECT_TRUE(seen.starts_with("<- ErrorResponse ERROR 42501 ")) << seen;
  EXPECT_TRUE(seen.ends_with("<- CommandComplete \"SELECT 1\"\n<- ReadyForQuery I\n")) << seen;
}

TEST_P(Denial, SqlExecuteIsJudgedByWhatItRuns) {
  c.LogIn("app");
  EXPECT_EQ(c.Run("client Query \"EXECUTE nobody\""),
            "-> Query \"EXECUTE \"pgmoat_unknown_<id>\"\"\n");
  EXPECT_EQ(c.Run(Unknown() + "server ReadyForQuery I"),
            "<- ErrorResponse ERROR 26000 \"prepared statement 'nobody' does not exist\"\n<- "
            "ReadyForQuery I\n");
  c.Run(
      "client Query \"PREPARE p AS SELECT 1\"\nserver CommandComplete PREPARE\nserver "
      "ReadyForQuery I");
  EXPECT_EQ(c.Run("client Query \"EXECUTE p\""), "-> Query \"EXECUTE p\"\n");
  c.Run("server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I");
  // Protocol and SQL share the names, both ways.
  EXPECT_EQ(c.Run("client Bind \"\" p\nclient Sync"), "-> Bind \"\" \"p\"\n-> Sync\n");
}

TEST_P(Denial, TextThatPreparesAndExecutesAtOnceIsAllowed) {
  c.LogIn("app");
  EXPECT_EQ(c.Run("client Query \"PREPARE p AS SELECT 1; EXECUTE p\""),
            "-> Query \"PREPARE p AS SELECT 1; EXECUTE p\"\n");
}

TEST_P(Denial, TooLongStatementIsRefusedUnreadAndTheNextOneWorks) {
  Conversation small({}, MakeDirectory(1, {}, 100'000));
  small.SetChunk(GetParam() == 1 ? 1000 : GetParam());
  small.LogIn("readonly");
  const std::string text = "SELECT '" + std::string(400'000, 'x') + "'";
  EXPECT_EQ(small.Run("client Query \"" + text + "\""), "-> Query \"pgmoat denied <id>\"\n");
  const std::string seen = small.Run("server Error ERROR 42601 x\nserver ReadyForQuery I");
  EXPECT_TRUE(seen.starts_with("<- ErrorResponse ERROR 54000 ")) << seen;
  EXPECT_EQ(small.Run("client Query \"SELECT 1\""), "-> Query \"SELECT 1\"\n");
  EXPECT_EQ(small.trail.records[0].text->text.size(), 16 * 1024 - 5u);
}

TEST_P(Denial, TooLongStatementOfAdminStreamsThrough) {
  Conversation small({}, MakeDirectory(1, {}, 100'000));
  small.LogIn("admin");
  const std::string text = "SELECT '" + std::string(400'000, 'x') + "'";
  EXPECT_EQ(small.Run("client Query \"" + text + "\""), "-> Query \"" + text + "\"\n");
}

TEST_P(Denial, LongStatementIsJudgedElsewhereAndOrderIsKept) {
  c.LogIn("app");
  const std::string values(50'000, 'x');
  EXPECT_EQ(c.Run("client Query \"SELECT '" + values + "'\"\nclient Query \"SELECT 2\""),
            "-> Query \"SELECT '" + values + "'\"\n-> Query \"SELECT 2\"\n");
}

TEST_P(Denial, WhenTheAuditTrailCannotBeWrittenOnlyAppGoesOn) {
  c.LogIn("readonly");
  c.trail.healthy = false;
  EXPECT_EQ(c.Run("client Query \"SELECT 1\""), "-> Query \"pgmoat denied <id>\"\n");
  const std::string seen = c.Run("server Error ERROR 42601 x\nserver ReadyForQuery I");
  EXPECT_TRUE(seen.starts_with("<- ErrorResponse ERROR 53100 ")) << seen;
  c.trail.healthy = true;
  EXPECT_EQ(c.Run("client Query \"SELECT 1\""), "-> Query \"SELECT 1\"\n");

  Conversation app;
  app.LogIn("app");
  app.trail.healthy = false;
  EXPECT_EQ(app.Run("client Query \"SELECT 1\""), "-> Query \"SELECT 1\"\n");
}

TEST_P(Denial, WhenTheAuditTrailCannotBeWrittenAnAdminsTooLongStatementIsRefused) {
  Conversation small({}, MakeDirectory(1, {}, 100'000));
  small.LogIn("admin");
  small.trail.healthy = false;
  EXPECT_EQ(small.Run("client Query \"SELECT '" + std::string(400'000, 'x') + "'\""),
            "-> Query \"pgmoat denied <id>\"\n");
  const std::string seen = small.Run("server Error ERROR 42601 x\nserver ReadyForQuery I");
  EXPECT_TRUE(seen.starts_with("<- ErrorResponse ERROR 53100 ")) << seen;
}

TEST_P(Denial, ServerThatDoesNotRefuseEndsTheSession) {
  c.LogIn("app");
  c.Run("client Query \"DROP TABLE t\"");
  const std::string seen = c.Run("server CommandComplete \"DROP TABLE\"");
  EXPECT_NE(seen.find("FATAL 08P01"), std::string::npos) << seen;
}

TEST_P(Denial, ServersFarewellIsNotRewritten) {
  c.LogIn("app");
  c.Run("client Query \"DROP TABLE t\"");
  EXPECT_EQ(
      c.Run("server Error FATAL 57P01 \"terminating connection due to administrator command\""),
      "<- ErrorResponse FATAL 57P01 \"terminating connection due to administrator "
      "command\"\n** Close\n");
}

TEST_P(Denial, IsRecordedOnceWithItsRule) {
  c.LogIn("readonly");
  c.Run(R"_(client Parse "" "UPDATE t SET a = 1 WHERE id = 1"
           client Bind "" ""
           client Execute ""
           client Sync
           server Error ERROR 42601 x
           server ReadyForQuery I)_");
  EXPECT_EQ(c.trail.Lines(),
            "statement Parse denied readonly.write 25006 «UPDATE t SET a = 1 WHERE id = 1»\n"
            "statement Execute skipped\n");
}

// Design 3.4: not even before the server has told that the encoding changed.
TEST_P(Denial, OnlyAsciiIsReadBehindAChangeOfTheEncoding) {
  c.LogIn("app");
  c.Run(
      "client Query \"SELECT 'é'\"\nserver CommandComplete \"SELECT 1\"\nserver ReadyForQuery "
      "I");
  EXPECT_EQ(c.Run("client Query \"SET client_encoding = 'LATIN1'\""),
            "-> Query \"SET client_encoding = 'LATIN1'\"\n");
  EXPECT_EQ(c.Run("client Query \"SELECT 'e'\""), "-> Query \"SELECT 'e'\"\n");
  EXPECT_EQ(c.Run("client Query \"SELECT 'é'\""), "-> Query \"pgmoat denied <id>\"\n");
}

TEST_P(Denial, AllTextsAreReadAgainOnceTheServerIsBackInUtf8) {
  c.LogIn("app");
  c.Run(R"_(client Query "SET client_encoding = 'LATIN1'"
            server CommandComplete "SET"
            server ParameterStatus client_encoding LATIN1
            server ReadyForQuery I
            client Query "SET client_encoding = 'UTF8'"
            client Query "SELECT 'e'")_");
  c.Run(R"_(server CommandComplete "SET"
            server ParameterStatus client_encoding UTF8
            server ReadyForQuery I)_");
  // Something is under way: it might have changed the encoding again.
  EXPECT_EQ(c.Run("client Query \"SELECT 'é'\""), "-> Query \"pgmoat denied <id>\"\n");
  c.Run(R"_(server CommandComplete "SELECT 1"
            server ReadyForQuery I
            server Error ERROR 42601 "syntax error"
            server ReadyForQuery I)_");
  EXPECT_EQ(c.Run("client Query \"SELECT 'é'\""), "-> Query \"SELECT 'é'\"\n");
}

TEST_P(Denial, OnlyAsciiIsReadWhileRollbackCanBringAnotherEncodingBack) {
  c.LogIn("app");
  c.Run(R"_(client Query "SET client_encoding = 'LATIN1'"
            server CommandComplete "SET"
            server ParameterStatus client_encoding LATIN1
            server ReadyForQuery I
            client Query "BEGIN; SET client_encoding = 'UTF8'"
            server CommandComplete "BEGIN"
            server CommandComplete "SET"
            server ParameterStatus client_encoding UTF8
            server ReadyForQuery T)_");
  EXPECT_EQ(c.Run("client Query \"SELECT 'é'\""), "-> Query \"pgmoat denied <id>\"\n");
}

// A reset brings back what the session began with, and may be followed in the same breath.
TEST_P(Denial, OnlyAsciiIsReadBehindAResetToAnotherEncoding) {
  for (const std::string reset : {"RESET client_encoding", "RESET ALL", "DISCARD ALL",
                                  "SET client_encoding TO DEFAULT"}) {
    Conversation other;
    other.Run(R"_(client Startup user=app database=shop
                  connected
                  server AuthenticationOk
                  server ParameterStatus "client_encoding" "LATIN1"
                  server BackendKeyData 4711
                  server ReadyForQuery I
                  client Query "SET client_encoding = 'UTF8'"
                  server CommandComplete "SET"
                  server ParameterStatus client_encoding UTF8
                  server ReadyForQuery I)_");
    EXPECT_EQ(other.Run("client Query \"SELECT 'é'\""), "-> Query \"SELECT 'é'\"\n") << reset;
    EXPECT_EQ(other.Run("client Query \"" + reset + "\""), "-> Query \"" + reset + "\"\n");
    EXPECT_EQ(other.Run("client Query \"SELECT 'é'\""), "-> Query \"pgmoat denied <id>\"\n")
        << reset;
  }
}

}  // namespace
}  // namespace pgmoat::session::testing
