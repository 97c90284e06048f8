// A client that does nothing forbidden: everything passes, in order, and is recorded.
#include <gtest/gtest.h>

#include "tests/session/conversation.h"
#include "tests/session/message_text.h"

namespace pgmoat::session::testing {
namespace {

class Transparency : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override { c.SetChunk(GetParam()); }
  Conversation c;
};

INSTANTIATE_TEST_SUITE_P(WholeAndSplit, Transparency, ::testing::Values(0, 1, 2, 3, 5, 11));

TEST_P(Transparency, SimpleQueryWithSeveralStatementsLeavesARecordEach) {
  c.LogIn("app");
  EXPECT_EQ(c.Run("client Query \"SELECT 1; UPDATE t SET a = 1 WHERE id = 2; SELECT 3\""),
            "-> Query \"SELECT 1; UPDATE t SET a = 1 WHERE id = 2; SELECT 3\"\n");
  EXPECT_EQ(c.Run(R"_(server RowDescription x
                     server DataRow row
                     server CommandComplete "SELECT 1"
                     server CommandComplete "UPDATE 4"
                     server Error ERROR 22012 "division by zero"
                     server ReadyForQuery I)_"),
            "<- message T\n<- DataRow \"row\"\n<- CommandComplete \"SELECT 1\"\n<- "
            "CommandComplete \"UPDATE 4\"\n"
            "<- ErrorResponse ERROR 22012 \"division by zero\"\n<- ReadyForQuery I\n");
  EXPECT_EQ(c.trail.Lines(),
            "statement Query ok rows=1 «SELECT 1»\n"
            "statement Query ok rows=4 «UPDATE t SET a = 1 WHERE id = 2»\n"
            "statement Query error 22012 «SELECT 3»\n");
}

TEST_P(Transparency, StatementsAfterAnErrorAreRecordedAsSkipped) {
  c.LogIn("app");
  c.Run(R"_(client Query "SELECT 1; SELECT 2"
           server Error ERROR 42P01 "no table"
           server ReadyForQuery I)_");
  EXPECT_EQ(c.trail.Lines(),
            "statement Query error 42P01 «SELECT 1»\nstatement Query skipped «SELECT 2»\n");
}

TEST_P(Transparency, ExtendedPipelineWithErrorSkipsToSyncAndGoesOn) {
  c.LogIn("app");
  EXPECT_EQ(c.Run(R"_(client Parse "a" "SELECT 1"
                     client Describe S "a"
                     client Bind "p" "a"
                     client Execute "p" 1
                     client Execute "p"
                     client Sync
                     client Bind "" "a"
                     client Execute ""
                     client Close S "a"
                     client Sync)_"),
            "-> Parse \"a\" \"SELECT 1\"\n-> Describe \"a\"\n-> Bind \"p\" \"a\"\n-> Execute "
            "\"p\"\n-> Execute \"p\"\n"
            "-> Sync\n-> Bind \"\" \"a\"\n-> Execute \"\"\n-> Close \"a\"\n-> Sync\n");
  EXPECT_EQ(c.Run(R"_(server ParseComplete
                     server ParameterDescription x
                     server RowDescription x
                     server BindComplete
                     server DataRow 1
                     server PortalSuspended
                     server Error ERROR 57014 cancelled
                     server ReadyForQuery I
                     server BindComplete
                     server CommandComplete "SELECT 1"
                     server CloseComplete
                     server ReadyForQuery I)_"),
            "<- ParseComplete\n<- message t\n<- message T\n<- BindComplete\n<- DataRow "
            "\"1\"\n<- message s\n"
            "<- ErrorResponse ERROR 57014 \"cancelled\"\n<- ReadyForQuery I\n<- BindComplete\n"
            "<- CommandComplete \"SELECT 1\"\n<- CloseComplete\n<- ReadyForQuery I\n");
  EXPECT_EQ(c.trail.Lines(),
            "statement Execute ok rows=1 «SELECT 1»\nstatement Execute error 57014 «SELECT 1»\n"
            "statement Execute ok rows=1 «SELECT 1»\n");
  EXPECT_TRUE(c.session().Idle());
}

TEST_P(Transparency, MessagesSentAfterTheErrorArrivedAreNotForwardedUntilSync) {
  c.LogIn("app");
  c.Run("client Parse \"\" \"SELECT x\"\nclient Flush\nserver Error ERROR 42703 \"no column\"");
  EXPECT_EQ(c.Run("client Bind \"\" \"\"\nclient Execute \"\"\nclient Query \"SELECT 1\""), "");
  EXPECT_EQ(c.Run("client Sync\nserver ReadyForQuery I"), "-> Sync\n<- ReadyForQuery I\n");
  EXPECT_EQ(c.Run("client Query \"SELECT 1\""), "-> Query \"SELECT 1\"\n");
}

TEST_P(Transparency, AsynchronousMessagesPassAtAnyPoint) {
  c.LogIn("app");
  EXPECT_EQ(c.Run("server NotificationResponse x\nserver NoticeResponse y"),
            "<- message A\n<- message N\n");
  c.Run("client Query \"SELECT 1\"\nserver RowDescription x");
  EXPECT_EQ(
      c.Run("server NoticeResponse y\nserver ParameterStatus TimeZone UTC\nserver DataRow 1"),
      "<- message N\n<- ParameterStatus \"TimeZone\" \"UTC\"\n<- DataRow \"1\"\n");
}

TEST_P(Transparency, EmptyQueryIsAnswered) {
  c.LogIn("readonly");
  EXPECT_EQ(c.Run("client Query \"\"\nserver EmptyQueryResponse\nserver ReadyForQuery I"),
            "-> Query \"\"\n<- message I\n<- ReadyForQuery I\n");
}

TEST_P(Transparency, CommitThatFailsAtSyncIsForwardedAndRecorded) {
  c.LogIn("app");
  c.Run(
      "client Parse \"\" \"INSERT INTO t VALUES (1)\"\nclient Bind \"\" \"\"\nclient Execute "
      "\"\"\nclient Sync");
  EXPECT_EQ(c.Run(R"_(server ParseComplete
                     server BindComplete
                     server CommandComplete "INSERT 0 1"
                     server Error ERROR 23503 "deferred"
                     server ReadyForQuery I)_"),
            "<- ParseComplete\n<- BindComplete\n<- CommandComplete \"INSERT 0 1\"\n"
            "<- ErrorResponse ERROR 23503 \"deferred\"\n<- ReadyForQuery I\n");
  EXPECT_EQ(
      c.trail.Lines(),
      "statement Execute ok rows=1 «INSERT INTO t VALUES (1)»\nstatement Sync error 23503\n");
}

TEST_P(Transparency, ApplicationNameIsFollowed) {
  c.LogIn("app");
  c.Run("server ParameterStatus application_name worker");
  c.Run(
      "client Query \"SELECT 1\"\nserver CommandComplete \"SELECT 1\"\nserver ReadyForQuery I");
  EXPECT_EQ(c.trail.records.at(0).subject->application_name, "worker");
}

TEST_P(Transparency, AdminMayRunWhatNobodyUnderstands) {
  c.LogIn("admin");
  EXPECT_EQ(c.Run("client Query \"IDENTIFY_SYSTEM\""), "-> Query \"IDENTIFY_SYSTEM\"\n");
}

TEST_P(Transparency, TextThatTheServerReadsAsFewerStatementsIsOnRecordWhole) {
  c.LogIn("admin");
  c.Run(R"_(client Query "SELECT 1; SELECT 2"
           server CommandComplete "SELECT 1"
           server ReadyForQuery I)_");
  EXPECT_EQ(c.trail.Lines(),
            "statement Query ok rows=1 «SELECT 1»\nstatement Query skipped «SELECT 2»\n");
}

TEST(TransparencyMemory, HugeRowStreamsWithoutBeingHeld) {
  Conversation c;
  c.LogIn("app");
  c.Run("client Query \"SELECT 1\"\nserver RowDescription x");
  // A DataRow of 1 GB that comes in pieces of 64 KiB: each goes out as it comes in.
  const std::uint32_t length = 0x3fffffff;
  std::vector<std::byte> head = {std::byte{'D'}, std::byte{length >> 24},
                                 std::byte{(length >> 16) & 0xff},
                                 std::byte{(length >> 8) & 0xff}, std::byte{length & 0xff}};
  c.out.Clear();
  EXPECT_EQ(c.session().OnServerBytes(head, c.now, c.out), head.size());
  const std::vector<std::byte> piece(64 * 1024);
  std::uint64_t rest = length - 4;
  while (rest > 0) {
    const std::size_t size =
        static_cast<std::size_t>(std::min<std::uint64_t>(rest, piece.size()));
    c.out.Clear();
    ASSERT_EQ(c.session().OnServerBytes(protocol::Bytes(piece).first(size), c.now, c.out),
              size);
    ASSERT_EQ(c.out.to_client.bytes(), size);
    rest -= size;
  }
  c.out.Clear();
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I").substr(0, 0),
            "");
  EXPECT_EQ(c.trail.records.at(0).bytes_returned, std::uint64_t{length} + 1);
}

// A read may hold thousands of short answers, and each ends a statement that is recorded.
TEST(Transparency, OneReadFullOfAnswersIsTakenInTurns) {
  Conversation c;
  c.LogIn("app");
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "SET a.b=1;";
  c.Run("client Query \"" + text + "\"");
  std::vector<std::byte> answers;
  for (int i = 0; i < 2000; ++i) {
    const auto answer = EncodeMessage({"CommandComplete", "SET"}, false);
    answers.insert(answers.end(), answer.begin(), answer.end());
  }
  std::size_t turns = 0;
  for (protocol::Bytes rest = answers; !rest.empty(); ++turns) {
    c.out.Clear();
    const std::size_t taken = c.session().OnServerBytes(rest, c.now, c.out);
    ASSERT_GT(taken, 0U);
    EXPECT_EQ(c.out.to_client.bytes(), taken);
    rest = rest.subspan(taken);
    EXPECT_EQ(c.out.turn_over, !rest.empty());
  }
  EXPECT_GT(turns, 2U);
  c.out.Clear();
}

}  // namespace
}  // namespace pgmoat::session::testing
