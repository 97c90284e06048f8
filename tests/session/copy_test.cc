// COPY changes who reads what; the session must stay in step (reply_queue.h).
#include <gtest/gtest.h>

#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

class Copy : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    c.SetChunk(GetParam());
    c.LogIn("app");
  }
  void ExpectInStep() {
    EXPECT_EQ(c.Run("client Query \"SELECT 7\""), "-> Query \"SELECT 7\"\n");
    EXPECT_EQ(c.Run("server RowDescription x\nserver CommandComplete \"SELECT 1\"\nserver "
                    "ReadyForQuery I"),
              "<- message T\n<- CommandComplete \"SELECT 1\"\n<- ReadyForQuery I\n");
    EXPECT_TRUE(c.session().Idle());
    EXPECT_FALSE(c.closed);
  }
  Conversation c;
};

INSTANTIATE_TEST_SUITE_P(WholeAndSplit, Copy, ::testing::Values(0, 1));

TEST_P(Copy, InBySimpleQuery) {
  EXPECT_EQ(c.Run("client Query \"COPY t FROM STDIN\"\nserver CopyInResponse x"),
            "-> Query \"COPY t FROM STDIN\"\n<- message G\n");
  EXPECT_EQ(c.Run("client CopyData \"1\\n\"\nclient CopyDone"),
            "-> CopyData \"1\n\"\n-> CopyDone\n");
  EXPECT_EQ(c.Run("server CommandComplete \"COPY 1\"\nserver ReadyForQuery I"),
            "<- CommandComplete \"COPY 1\"\n<- ReadyForQuery I\n");
  EXPECT_EQ(c.trail.Lines(), "statement Query ok rows=1 «COPY t FROM STDIN»\n");
  ExpectInStep();
}

TEST_P(Copy, OutBySimpleQuery) {
  EXPECT_EQ(c.Run(R"_(client Query "COPY t TO STDOUT"
                     server CopyOutResponse x
                     server CopyData row
                     server CopyDone
                     server CommandComplete "COPY 1"
                     server ReadyForQuery I)_"),
            "-> Query \"COPY t TO STDOUT\"\n<- message H\n<- CopyData \"row\"\n<- message c\n"
            "<- CommandComplete \"COPY 1\"\n<- ReadyForQuery I\n");
  ExpectInStep();
}

TEST_P(Copy, ExtendedWithAnEarlySyncThatTheServerSwallows) {
  // As libpq's PQexecParams does: Sync goes out before anybody knows it is a COPY.
  c.Run(R"_(client Parse "" "COPY t FROM STDIN"
           client Bind "" ""
           client Execute ""
           client Sync
           server ParseComplete
           server BindComplete
           server CopyInResponse x
           client CopyData 1
           client CopyDone
           client Sync)_");
  EXPECT_EQ(c.Run("server CommandComplete \"COPY 1\"\nserver ReadyForQuery I"),
            "<- CommandComplete \"COPY 1\"\n<- ReadyForQuery I\n");
  ExpectInStep();
}

TEST_P(Copy, ExtendedThatFailsAfterTheEarlySyncWasSwallowed) {
  c.Run(R"_(client Parse "" "COPY t FROM STDIN"
           client Bind "" ""
           client Execute ""
           client Sync
           server ParseComplete
           server BindComplete
           server CopyInResponse x
           client CopyData bad
           client CopyDone
           client Sync)_");
  EXPECT_EQ(c.Run("server Error ERROR 22P02 bad\nserver ReadyForQuery I"),
            "<- ErrorResponse ERROR 22P02 \"bad\"\n<- ReadyForQuery I\n");
  EXPECT_TRUE(c.session().Idle());
  ExpectInStep();
}

TEST_P(Copy, ExtendedThatFailsBeforeTheEarlySyncWasRead) {
  c.Run(R"_(client Parse "" "COPY t FROM STDIN"
           client Bind "" ""
           client Execute ""
           client Sync
           server ParseComplete
           server BindComplete
           server CopyInResponse x
           client CopyData bad
           client CopyDone
           client Sync)_");
  EXPECT_EQ(
      c.Run("server Error ERROR P0001 trigger\nserver ReadyForQuery I\nserver ReadyForQuery I"),
      "<- ErrorResponse ERROR P0001 \"trigger\"\n<- ReadyForQuery I\n<- ReadyForQuery I\n");
  ExpectInStep();
}

TEST_P(Copy, ExtendedWhoseDataStillArrivesAfterTheFailure) {
  c.Run(R"_(client Parse "" "COPY t FROM STDIN"
           client Bind "" ""
           client Execute ""
           client Sync
           server ParseComplete
           server BindComplete
           server CopyInResponse x
           client CopyData bad
           server Error ERROR 22P02 bad
           client CopyData more
           client CopyDone
           client Sync)_");
  EXPECT_EQ(c.Run("server ReadyForQuery I"), "<- ReadyForQuery I\n");
  ExpectInStep();
}

TEST_P(Copy, SyncAloneAfterAFailedCopyIsAnswered) {
  c.Run(R"_(client Parse "" "COPY t FROM STDIN"
           client Bind "" ""
           client Execute ""
           client Sync
           server ParseComplete
           server BindComplete
           server CopyInResponse x
           client CopyFail no
           client Sync
           server Error ERROR 57014 failed
           server ReadyForQuery I)_");
  EXPECT_EQ(c.Run("client Sync\nserver ReadyForQuery I"), "-> Sync\n<- ReadyForQuery I\n");
  ExpectInStep();
}

TEST_P(Copy, DenialRightAfterAFailedCopyIsRewritten) {
  c.Run(R"_(client Parse "" "COPY t FROM STDIN"
           client Bind "" ""
           client Execute ""
           client Sync
           server ParseComplete
           server BindComplete
           server CopyInResponse x
           client CopyFail no
           client Sync
           server Error ERROR 57014 failed
           server ReadyForQuery I)_");
  c.Run("client Parse \"\" \"TRUNCATE t\"\nclient Sync");
  EXPECT_EQ(c.Run("server Error ERROR 42601 \"syntax error\"\nserver ReadyForQuery I"),
            "<- ErrorResponse ERROR 42501 \"TRUNCATE is not allowed for role app in "
            "environment production\"\n"
            "<- ReadyForQuery I\n");
}

TEST_P(Copy, DataThatArrivesAfterTheFailureIsIgnoredByTheServer) {
  c.Run(R"_(client Query "COPY t FROM STDIN"
           server CopyInResponse x
           client CopyData bad
           server Error ERROR 22P02 bad
           server ReadyForQuery I)_");
  EXPECT_EQ(c.Run("client CopyData more\nclient CopyDone"),
            "-> CopyData \"more\"\n-> CopyDone\n");
  ExpectInStep();
}

TEST_P(Copy, PipelinedDataBeforeTheResponse) {
  c.Run(R"_(client Query "COPY t FROM STDIN"
           client CopyData 1
           client CopyDone
           client Query "SELECT 1")_");
  EXPECT_EQ(c.Run(R"_(server CopyInResponse x
                     server CommandComplete "COPY 1"
                     server ReadyForQuery I
                     server RowDescription x
                     server CommandComplete "SELECT 1"
                     server ReadyForQuery I)_"),
            "<- message G\n<- CommandComplete \"COPY 1\"\n<- ReadyForQuery I\n<- message T\n"
            "<- CommandComplete \"SELECT 1\"\n<- ReadyForQuery I\n");
  ExpectInStep();
}

TEST_P(Copy, SyncBehindOtherMessagesIsNotTakenForSwallowed) {
  // Found by random pipelines: the deferred constraint fails at that Sync.
  c.Run(R"_(client Query "COPY t FROM STDIN"
           client CopyData bad
           client Parse "" "INSERT INTO late VALUES (1)"
           client Bind "" ""
           client Execute ""
           client CopyFail x
           client Sync
           client Query "SELECT 1"
           server CopyInResponse x
           server Error ERROR 22P02 bad
           server ReadyForQuery I
           server ParseComplete
           server BindComplete
           server CommandComplete "INSERT 0 1")_");
  EXPECT_EQ(c.Run(R"_(server Error ERROR 23505 deferred
                     server ReadyForQuery I
                     server RowDescription x
                     server CommandComplete "SELECT 1"
                     server ReadyForQuery I)_"),
            "<- ErrorResponse ERROR 23505 \"deferred\"\n<- ReadyForQuery I\n<- message T\n"
            "<- CommandComplete \"SELECT 1\"\n<- ReadyForQuery I\n");
  ExpectInStep();
}

TEST_P(Copy, MessagesBehindAnEarlySyncOfAFailedCopyEndTheSession) {
  // The server may have swallowed the Sync and skip the Execute, or run it: the trail must
  // not claim either.
  c.Run(R"_(client Parse "" "COPY t FROM STDIN"
           client Bind "" ""
           client Execute ""
           client Sync
           client CopyFail x
           client Execute "b"
           client Sync
           server ParseComplete
           server BindComplete
           server CopyInResponse x)_");
  EXPECT_NE(c.Run("server Error ERROR 57014 failed").find("FATAL 08P01"), std::string::npos);
  EXPECT_NE(c.trail.Lines().find("Execute lost"), std::string::npos) << c.trail.Lines();
}

TEST_P(Copy, MarkersThatNobodyAnswersDoNotFillTheQueue) {
  std::string flood;
  for (int i = 0; i < 70'000; ++i) flood += std::string("c\0\0\0\4", 5);
  c.out.Clear();
  EXPECT_EQ(c.session().OnClientBytes(protocol::AsBytes(flood), c.now, c.out), flood.size());
  c.out.Clear();
  EXPECT_TRUE(c.session().WantsClientBytes());
}

TEST_P(Copy, TwoInOneQuery) {
  c.Run(R"_(client Query "COPY a FROM STDIN; COPY b FROM STDIN"
           server CopyInResponse x
           client CopyData 1
           client CopyDone
           server CommandComplete "COPY 1"
           server CopyInResponse x
           client CopyData 2
           client CopyDone)_");
  EXPECT_EQ(c.Run("server CommandComplete \"COPY 1\"\nserver ReadyForQuery I"),
            "<- CommandComplete \"COPY 1\"\n<- ReadyForQuery I\n");
  EXPECT_EQ(c.trail.Lines(),
            "statement Query ok rows=1 «COPY a FROM STDIN»\nstatement Query ok rows=1 «COPY b "
            "FROM STDIN»\n");
  ExpectInStep();
}

TEST_P(Copy, EndedByTheServerBeforeItsDataEndedIsAViolation) {
  c.Run("client Query \"COPY t FROM STDIN\"\nserver CopyInResponse x\nclient CopyData 1");
  EXPECT_NE(c.Run("server CommandComplete \"COPY 1\"").find("FATAL 08P01"), std::string::npos);
}

}  // namespace
}  // namespace pgmoat::session::testing
