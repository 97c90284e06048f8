// How sessions end: violations, walls, drains, broken connections.
#include <gtest/gtest.h>

#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

TEST(Ending, TerminateIsForwardedAndRecorded) {
  Conversation c;
  c.LogIn("app");
  EXPECT_EQ(c.Run("client Terminate"), "-> Terminate\n** Close\n");
  EXPECT_EQ(c.trail.Lines(), "disconnect ok\n");
  EXPECT_EQ(c.metrics.sessions, 0);
}

TEST(Ending, TerminateBehindAPipelineLetsTheServerFinish) {
  Conversation c;
  c.LogIn("app");
  EXPECT_EQ(c.Run("client Query \"SELECT 1\"\nclient Terminate"),
            "-> Query \"SELECT 1\"\n-> Terminate\n");
  EXPECT_FALSE(c.session().WantsClientBytes());
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I"),
            "<- CommandComplete \"SELECT 1\"\n<- ReadyForQuery I\n");
  EXPECT_EQ(c.Run("server-closed"), "** Close\n");
  EXPECT_EQ(c.trail.Lines(), "statement Query ok rows=1 «SELECT 1»\ndisconnect ok\n");
}

TEST(Ending, LostConnectionRecordsWhatMayHaveRun) {
  Conversation c;
  c.LogIn("app");
  c.Run("client Query \"UPDATE t SET a = 1 WHERE id = 1\"\nclient-closed reset");
  EXPECT_TRUE(c.closed);
  EXPECT_EQ(c.trail.Lines(),
            "statement Query lost «UPDATE t SET a = 1 WHERE id = 1»\ndisconnect ok\n");
}

TEST(Ending, ClientThatSendsNoMoreIsAnsweredToTheEnd) {
  Conversation c;
  c.LogIn("app");
  EXPECT_FALSE(c.session().EndsServerStream());
  EXPECT_EQ(c.Run("client Query \"SELECT 1\"\nclient Query \"SELECT 2\"\nclient-closed"),
            "-> Query \"SELECT 1\"\n-> Query \"SELECT 2\"\n");
  EXPECT_TRUE(c.session().EndsServerStream());
  EXPECT_FALSE(c.session().WantsClientBytes());
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I"),
            "<- CommandComplete \"SELECT 1\"\n<- ReadyForQuery I\n");
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I"),
            "<- CommandComplete \"SELECT 1\"\n<- ReadyForQuery I\n** Close\n");
  EXPECT_EQ(c.trail.Lines(),
            "statement Query ok rows=1 «SELECT 1»\nstatement Query ok rows=1 «SELECT 2»\n"
            "disconnect ok\n");
}

// The server holds back what it has answered, and drops it when it finds no Sync.
TEST(Ending, ClientThatEndsInAPipelineEndsWithTheServer) {
  Conversation c;
  c.LogIn("app");
  EXPECT_EQ(c.Run("client Parse \"\" \"SELECT 1\"\nclient-closed"),
            "-> Parse \"\" \"SELECT 1\"\n");
  EXPECT_EQ(c.Run("server-closed"), "** Close\n");
}

TEST(Ending, ClientThatSendsNoMoreAndIsIdleEndsAtOnce) {
  Conversation c;
  c.LogIn("app");
  EXPECT_EQ(c.Run("client-closed"), "** Close\n");
  EXPECT_EQ(c.trail.Lines(), "disconnect ok\n");
}

TEST(Ending, NoDescriptorForTheServerIsOneConnectionTooMany) {
  Conversation c;
  c.Run("client Startup user=app database=shop");
  const std::string seen = c.Run("connect-starved");
  EXPECT_NE(seen.find("FATAL 53300"), std::string::npos) << seen;
  EXPECT_TRUE(c.closed);
}

TEST(Ending, ServerThatDiesIsExplainedToTheClient) {
  Conversation c;
  c.LogIn("app");
  c.Run("client Query \"SELECT 1\"");
  EXPECT_EQ(
      c.Run("server-closed"),
      "<- ErrorResponse FATAL 08006 \"the database server closed the connection\"\n** Close\n");
  EXPECT_EQ(c.trail.Lines(), "statement Query lost «SELECT 1»\ndisconnect error 08006\n");
}

TEST(Ending, ErrorIsNotWrittenIntoTheMiddleOfARow) {
  Conversation c;
  c.LogIn("app");
  c.Run("client Query \"SELECT 1\"\nserver RowDescription x");
  const std::string head("D\0\0\1\0half", 9);
  c.out.Clear();
  c.session().OnServerBytes(protocol::AsBytes(head), c.now, c.out);
  c.out.Clear();
  c.session().OnServerClosed("", c.now, c.out);
  EXPECT_TRUE(c.out.to_client.empty());
  EXPECT_EQ(c.out.action, Action::kClose);
}

TEST(Ending, WallsEndTheSessionWhenTheServerReportsAForbiddenValue) {
  struct Case {
    const char* user;
    const char* report;
    const char* sqlstate;
  };
  for (const Case& wall : {Case{"readonly", "default_transaction_read_only off", "25006"},
                           Case{"readonly", "standard_conforming_strings off", "42501"},
                           Case{"app", "client_encoding SJIS", "42501"},
                           Case{"app", "standard_conforming_strings off", "42501"}}) {
    Conversation c;
    c.LogIn(wall.user);
    const std::string seen = c.Run(std::string("server ParameterStatus ") + wall.report);
    EXPECT_NE(seen.find(std::string("<- ErrorResponse FATAL ") + wall.sqlstate),
              std::string::npos)
        << wall.report << "\n"
        << seen;
    EXPECT_TRUE(c.closed);
    EXPECT_EQ(seen.find("ParameterStatus"), std::string::npos) << seen;
  }
}

TEST(Ending, ChangedSessionAuthorizationEndsARestrictedSession) {
  Conversation c;
  c.LogIn("app");
  c.Run("server ParameterStatus session_authorization app");
  EXPECT_NE(c.Run("server ParameterStatus session_authorization postgres").find("FATAL 42501"),
            std::string::npos);
  Conversation admin;
  admin.LogIn("admin");
  admin.Run("server ParameterStatus session_authorization admin");
  EXPECT_EQ(admin.Run("server ParameterStatus session_authorization postgres"),
            "<- ParameterStatus \"session_authorization\" \"postgres\"\n");
}

TEST(Ending, DrainEndsAnIdleSessionAtOnce) {
  Conversation c;
  c.LogIn("app");
  EXPECT_EQ(c.Run("drain"),
            "-> Terminate\n<- ErrorResponse FATAL 57P01 \"terminating connection because "
            "pgmoat is shutting down\"\n"
            "** Close\n");
}

TEST(Ending, DrainLetsATransactionFinish) {
  Conversation c;
  c.LogIn("app");
  c.Run("client Query BEGIN\nserver CommandComplete BEGIN\nserver ReadyForQuery T");
  EXPECT_EQ(c.Run("drain"), "");
  EXPECT_EQ(c.Run("client Query COMMIT"), "-> Query \"COMMIT\"\n");
  const std::string seen = c.Run("server CommandComplete COMMIT\nserver ReadyForQuery I");
  EXPECT_NE(seen.find("<- ReadyForQuery I\n<- ErrorResponse FATAL 57P01"), std::string::npos)
      << seen;
  EXPECT_TRUE(c.closed);
}

TEST(Ending, DrainRefusesLoginsThatComeLater) {
  Conversation c;
  c.Run("drain");
  EXPECT_NE(c.Run("client Startup user=app database=shop").find("FATAL 57P03"),
            std::string::npos);
}

TEST(Ending, KillEndsATransactionToo) {
  Conversation c;
  c.LogIn("app");
  c.Run("client Query BEGIN\nserver CommandComplete BEGIN\nserver ReadyForQuery T");
  EXPECT_NE(c.Run("kill").find("FATAL 57P01"), std::string::npos);
}

TEST(Ending, ClientViolationsAreSaidAndNothingIsForwarded) {
  const std::string kBodies[] = {
      std::string("?\0\0\0\4", 5),                     // unknown type
      std::string("Q\0\0\0\3", 5),                     // length below 4
      std::string("Q\xff\xff\xff\xff", 5),             // negative length
      std::string("Q\0\0\0\5a", 6),                    // no NUL
      std::string("Q\0\0\0\7a\0b", 8),                 // bytes behind the NUL
      std::string("S\0\0\0\5x", 6),                    // Sync with a body
      std::string("D\0\0\0\6X\0", 7),                  // Describe of neither
      std::string("B\0\0\0\x0c\0\0\0\0\0\5\0\0", 13),  // Bind that promises values
      std::string("X\0\0\0\5x", 6),
  };
  for (const std::string& bytes : kBodies) {
    Conversation c;
    c.LogIn("app");
    c.out.Clear();
    c.session().OnClientBytes(protocol::AsBytes(bytes), c.now, c.out);
    const std::string seen = c.TakeOutput();
    EXPECT_NE(seen.find("FATAL 08P01"), std::string::npos) << seen;
    EXPECT_TRUE(c.closed);
  }
}

TEST(Ending, ServerViolationsEndTheSession) {
  for (const char* line :
       {"server CommandComplete x", "server ReadyForQuery I", "server ParseComplete",
        "server AuthenticationOk", "server BackendKeyData 1", "server Raw \"?????\"",
        "server Error ERROR 42601 unasked", "server CopyInResponse x"}) {
    Conversation c;
    c.LogIn("app");
    const std::string seen = c.Run(line);
    EXPECT_NE(seen.find("FATAL 08P01"), std::string::npos) << line << "\n" << seen;
    EXPECT_TRUE(c.closed) << line;
  }
}

TEST(Ending, PipelineBeyondTheLimitIsHeldBackAndResumes) {
  Conversation c;
  c.LogIn("app");
  std::string flood;
  for (int i = 0; i < 70'000; ++i) flood += std::string("S\0\0\0\4", 5);
  c.out.Clear();
  const std::size_t taken = c.session().OnClientBytes(protocol::AsBytes(flood), c.now, c.out);
  EXPECT_LT(taken, flood.size());
  EXPECT_FALSE(c.session().WantsClientBytes());
  c.out.Clear();
  const std::string ready("Z\0\0\0\5I", 6);
  c.session().OnServerBytes(protocol::AsBytes(ready), c.now, c.out);
  EXPECT_TRUE(c.session().WantsClientBytes());
}

}  // namespace
}  // namespace pgmoat::session::testing
