// max_rows and max_result_bytes (limits.h).
#include <gtest/gtest.h>

#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

std::shared_ptr<const auth::Directory> Limited(std::uint64_t rows, std::uint64_t bytes) {
  policy::RoleLimits limits;
  limits.max_rows = rows;
  limits.max_result_bytes = bytes;
  return MakeDirectory(1, {}, 1 << 20, limits);
}

constexpr std::string_view kTooMany =
    "<- ErrorResponse ERROR 54000 \"the result has more rows than max_rows 2 of role app in "
    "environment production\"\n";
constexpr std::string_view kEnd =
    "<- ErrorResponse FATAL 54000 \"terminating the session: the result has more rows than "
    "max_rows 2 of role app in environment production, and what the server has done meanwhile "
    "may stand\"\n";

class ResultLimits : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    c.SetChunk(GetParam());
    c.LogIn("app");
  }
  void Begin() {
    c.Run("client Query BEGIN\nserver CommandComplete BEGIN\nserver ReadyForQuery T");
    c.trail.records.clear();
  }
  // The answer to a Query, cut at its third row; the cancel is under way.
  void CutQuery(const std::string& text) {
    c.Run("client Query \"" + text + "\"");
    EXPECT_EQ(c.Run("server RowDescription x\nserver DataRow 1\nserver DataRow 2"),
              "<- message T\n<- DataRow \"1\"\n<- DataRow \"2\"\n");
    EXPECT_EQ(c.Run("server DataRow 3"), "** CancelServer\n");
    EXPECT_EQ(c.Run("server DataRow 4\nserver DataRow 5\ncancel-delivered"), "");
  }
  // The same by the extended protocol; `rest` follows the Execute.
  void CutExecute(const std::string& text, const std::string& rest) {
    c.Run("client Parse \"\" \"" + text + "\"\nclient Bind \"\" \"\"\nclient Execute \"\"\n" +
          rest);
    c.Run("server ParseComplete\nserver BindComplete\nserver DataRow 1\nserver DataRow 2");
    c.Run("server DataRow 3\ncancel-delivered");
  }
  void ExpectUsable() {
    EXPECT_EQ(c.Run("client Query \"SELECT 7\""), "-> Query \"SELECT 7\"\n");
    EXPECT_EQ(c.Run("server DataRow 7\nserver CommandComplete \"SELECT 1\"\nserver "
                    "ReadyForQuery I"),
              "<- DataRow \"7\"\n<- CommandComplete \"SELECT 1\"\n<- ReadyForQuery I\n");
    EXPECT_TRUE(c.session().Idle());
    EXPECT_FALSE(c.closed);
  }
  Conversation c{{}, Limited(2, 0)};
};

INSTANTIATE_TEST_SUITE_P(WholeAndSplit, ResultLimits, ::testing::Values(0, 1));

TEST_P(ResultLimits, AsManyRowsAsAllowedPass) {
  EXPECT_EQ(
      c.Run("client Query \"SELECT a FROM t\"\nserver DataRow 1\nserver DataRow 2\nserver "
            "CommandComplete \"SELECT 2\"\nserver ReadyForQuery I"),
      "-> Query \"SELECT a FROM t\"\n<- DataRow \"1\"\n<- DataRow \"2\"\n"
      "<- CommandComplete \"SELECT 2\"\n<- ReadyForQuery I\n");
}

TEST_P(ResultLimits, ServersErrorBecomesOurs) {
  CutQuery("SELECT a FROM t");
  EXPECT_EQ(c.Run("server Error ERROR 57014 cancelled\nserver ReadyForQuery I"),
            std::string(kTooMany) + "<- ReadyForQuery I\n");
  EXPECT_EQ(c.trail.Lines(),
            "statement Query error limit.max-rows 54000 rows=2 «SELECT a FROM t»\n");
  EXPECT_EQ(c.metrics.limits, "limit.max-rows\n");
  ExpectUsable();
}

TEST_P(ResultLimits, CancelThatComesTooLateLeavesOurErrorForAReader) {
  CutQuery("SELECT a FROM t");
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 5\"\nserver ReadyForQuery I"),
            std::string(kTooMany) + "<- ReadyForQuery I\n");
  EXPECT_EQ(c.trail.Lines(),
            "statement Query error limit.max-rows 54000 rows=2 «SELECT a FROM t»\n");
  ExpectUsable();
}

TEST_P(ResultLimits, NoticesPassWhileRowsAreDropped) {
  CutQuery("SELECT a FROM t");
  EXPECT_EQ(c.Run("server NoticeResponse x\nserver DataRow 6"), "<- message N\n");
}

TEST_P(ResultLimits, ClientWaitsUntilTheServerHasAnswered) {
  CutQuery("SELECT a FROM t");
  EXPECT_EQ(c.Run("client Query \"SELECT 2\""), "");
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 5\"\nserver ReadyForQuery I"),
            std::string(kTooMany) + "<- ReadyForQuery I\n-> Query \"SELECT 2\"\n");
}

TEST_P(ResultLimits, TooLateInATransactionMakesTheServerFailIt) {
  Begin();
  CutQuery("INSERT INTO t SELECT 1 RETURNING a");
  EXPECT_EQ(c.Run("server CommandComplete \"INSERT 0 5\"\nserver ReadyForQuery T"),
            "-> Query \"pgmoat denied <id>\"\n");
  EXPECT_EQ(c.Run("server Error ERROR 42601 \"syntax error\"\nserver ReadyForQuery E"),
            std::string(kTooMany) + "<- ReadyForQuery E\n");
  EXPECT_EQ(c.trail.Lines(),
            "statement Query error limit.max-rows 54000 rows=2 "
            "«INSERT INTO t SELECT 1 RETURNING a»\n");
  c.Run("client Query ROLLBACK\nserver CommandComplete ROLLBACK\nserver ReadyForQuery I");
  ExpectUsable();
}

TEST_P(ResultLimits, TooLateForACommittedWriteEndsTheSession) {
  CutQuery("INSERT INTO t SELECT 1 RETURNING a");
  const std::string seen =
      c.Run("server CommandComplete \"INSERT 0 5\"\nserver ReadyForQuery I");
  EXPECT_NE(seen.find(kEnd), std::string::npos) << seen;
  EXPECT_TRUE(c.closed);
}

TEST_P(ResultLimits, FunctionOfTheUsersOwnCountsAsAWrite) {
  CutQuery("SELECT app.import_all()");
  EXPECT_NE(c.Run("server CommandComplete \"SELECT 5\"\nserver ReadyForQuery I").find(kEnd),
            std::string::npos);
}

TEST_P(ResultLimits, WriteBeforeItInTheSameTextEndsTheSession) {
  c.Run(
      "client Query \"INSERT INTO t VALUES (1); SELECT a FROM t\"\n"
      "server CommandComplete \"INSERT 0 1\"");
  c.Run("server DataRow 1\nserver DataRow 2\nserver DataRow 3\ncancel-delivered");
  EXPECT_NE(c.Run("server CommandComplete \"SELECT 5\"\nserver ReadyForQuery I").find(kEnd),
            std::string::npos);
}

// Seen on a real server: it looks for a cancel once more behind the commit.
TEST_P(ResultLimits, ErrorBehindTheCommitOfAWriteEndsTheSession) {
  CutQuery("INSERT INTO t SELECT 1 RETURNING a");
  const std::string seen = c.Run(
      "server CommandComplete \"INSERT 0 5\"\nserver Error ERROR 57014 x\nserver ReadyForQuery "
      "I");
  EXPECT_NE(seen.find(kEnd), std::string::npos) << seen;
  EXPECT_TRUE(c.trail.Lines().starts_with(
      "statement Query error limit.max-rows 54000 rows=2 «INSERT INTO t SELECT 1 RETURNING a»\n"
      "disconnect "))
      << c.trail.Lines();
}

TEST_P(ResultLimits, ErrorBehindTheEndOfAReadIsOurs) {
  CutQuery("SELECT a FROM t");
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 5\"\nserver Error ERROR 57014 x\nserver "
                  "ReadyForQuery I"),
            std::string(kTooMany) + "<- ReadyForQuery I\n");
  ExpectUsable();
}

TEST_P(ResultLimits, ErrorBehindTheEndOfAWriteInATransactionUndoesIt) {
  Begin();
  CutQuery("INSERT INTO t SELECT 1 RETURNING a");
  EXPECT_EQ(c.Run("server CommandComplete \"INSERT 0 5\"\nserver Error ERROR 57014 x\nserver "
                  "ReadyForQuery E"),
            std::string(kTooMany) + "<- ReadyForQuery E\n");
}

TEST_P(ResultLimits, ErrorAtTheSyncOfAWriteEndsTheSession) {
  CutExecute("INSERT INTO t SELECT 1 RETURNING a", "client Sync");
  EXPECT_NE(c.Run("server CommandComplete \"INSERT 0 5\"\nserver Error ERROR 57014 x\nserver "
                  "ReadyForQuery I")
                .find(kEnd),
            std::string::npos);
}

TEST_P(ResultLimits, RestOfATextThatOnlyReadsIsSwallowed) {
  CutQuery("SELECT a FROM t; SELECT 1");
  EXPECT_EQ(
      c.Run("server CommandComplete \"SELECT 5\"\nserver RowDescription x\nserver DataRow "
            "1\nserver CommandComplete \"SELECT 1\"\nserver ReadyForQuery I"),
      std::string(kTooMany) + "<- ReadyForQuery I\n");
  ExpectUsable();
}

TEST_P(ResultLimits, RestOfATextThatTheCancelMeetsIsRolledBack) {
  CutQuery("SELECT a FROM t; INSERT INTO t VALUES (1)");
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 5\"\nserver Error ERROR 57014 "
                  "cancelled\nserver ReadyForQuery I"),
            std::string(kTooMany) + "<- ReadyForQuery I\n");
  EXPECT_EQ(c.trail.Lines(),
            "statement Query error limit.max-rows 54000 rows=2 «SELECT a FROM t»\n"
            "statement Query error 57014 «INSERT INTO t VALUES (1)»\n");
  ExpectUsable();
}

TEST_P(ResultLimits, ExtendedWithItsSyncBehindIt) {
  CutExecute("SELECT a FROM t", "client Sync");
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 5\"\nserver ReadyForQuery I"),
            std::string(kTooMany) + "<- ReadyForQuery I\n");
  ExpectUsable();
}

TEST_P(ResultLimits, ExtendedWhoseSyncIsStillToComeIsFailedByTheServer) {
  CutExecute("INSERT INTO t SELECT 1 RETURNING a", "");
  // The cut sent the Flush that lets this through.
  EXPECT_EQ(c.Run("server CommandComplete \"INSERT 0 5\""),
            "-> Execute \"pgmoat_denied_<id>\"\n");
  EXPECT_EQ(c.Run("server Error ERROR 34000 \"no such portal\""), kTooMany);
  EXPECT_EQ(c.Run("client Execute \"\"\nclient Sync\nserver ReadyForQuery I"),
            "-> Sync\n<- ReadyForQuery I\n");
  ExpectUsable();
}

TEST_P(ResultLimits, CutSendsAFlushWhenTheServerMayKeepItsAnswerBack) {
  c.Run(
      "client Parse \"\" \"SELECT a FROM t\"\nclient Bind \"\" \"\"\nclient Execute \"\"\n"
      "server ParseComplete\nserver BindComplete\nserver DataRow 1\nserver DataRow 2");
  EXPECT_EQ(c.Run("server DataRow 3"), "-> Flush\n** CancelServer\n");
}

TEST_P(ResultLimits, ExtendedInATransactionMakesTheServerFailIt) {
  Begin();
  CutExecute("SELECT a FROM t", "client Sync");
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 5\"\nserver ReadyForQuery T"),
            "-> Query \"pgmoat denied <id>\"\n");
  EXPECT_EQ(c.Run("server Error ERROR 42601 x\nserver ReadyForQuery E"),
            std::string(kTooMany) + "<- ReadyForQuery E\n");
}

TEST_P(ResultLimits, WriteThatIsPipelinedBehindItEndsTheSession) {
  CutExecute("SELECT a FROM t",
             "client Parse \"\" \"INSERT INTO t VALUES (1)\"\nclient Bind \"\" \"\"\n"
             "client Execute \"\"\nclient Sync");
  EXPECT_NE(c.Run(R"_(server CommandComplete "SELECT 5"
                       server ParseComplete
                       server BindComplete
                       server CommandComplete "INSERT 0 1"
                       server ReadyForQuery I)_")
                .find(kEnd),
            std::string::npos);
}

TEST_P(ResultLimits, ReadThatIsPipelinedBehindItIsSwallowed) {
  CutExecute("SELECT a FROM t",
             "client Parse \"\" \"SELECT 1\"\nclient Bind \"\" \"\"\nclient Describe P \"\"\n"
             "client Execute \"\"\nclient Sync");
  EXPECT_EQ(c.Run(R"_(server CommandComplete "SELECT 5"
                     server ParseComplete
                     server BindComplete
                     server RowDescription x
                     server DataRow 1
                     server CommandComplete "SELECT 1"
                     server ReadyForQuery I)_"),
            std::string(kTooMany) + "<- ReadyForQuery I\n");
  ExpectUsable();
}

TEST_P(ResultLimits, NamedStatementThatIsPipelinedBehindItEndsTheSession) {
  CutExecute("SELECT a FROM t", "client Parse s \"SELECT 1\"\nclient Sync");
  EXPECT_NE(c.Run("server CommandComplete \"SELECT 5\"\nserver ParseComplete").find(kEnd),
            std::string::npos);
}

TEST_P(ResultLimits, NextPipelineInTheSameTransactionEndsTheSession) {
  Begin();
  CutExecute("SELECT a FROM t", "client Sync\nclient Query \"INSERT INTO t VALUES (1)\"");
  EXPECT_NE(c.Run("server CommandComplete \"SELECT 5\"\nserver ReadyForQuery T").find(kEnd),
            std::string::npos);
}

TEST_P(ResultLimits, NextPipelineOutsideATransactionGoesOn) {
  CutExecute("SELECT a FROM t", "client Sync\nclient Query \"SELECT 1\"");
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 5\"\nserver ReadyForQuery I"),
            std::string(kTooMany) + "<- ReadyForQuery I\n");
  EXPECT_EQ(c.Run("server DataRow 1\nserver CommandComplete \"SELECT 1\"\nserver ReadyForQuery "
                  "I"),
            "<- DataRow \"1\"\n<- CommandComplete \"SELECT 1\"\n<- ReadyForQuery I\n");
  ExpectUsable();
}

TEST_P(ResultLimits, CopyToStdout) {
  c.Run(
      "client Query \"COPY t TO STDOUT\"\nserver CopyOutResponse x\nserver CopyData 1\nserver "
      "CopyData 2");
  EXPECT_EQ(c.Run("server CopyData 3\nserver CopyData 4\ncancel-delivered"),
            "** CancelServer\n");
  EXPECT_EQ(c.Run("server CopyDone\nserver CommandComplete \"COPY 4\"\nserver ReadyForQuery I"),
            std::string(kTooMany) + "<- ReadyForQuery I\n");
  ExpectUsable();
}

TEST_P(ResultLimits, TrailerOfABinaryCopyIsNoRow) {
  EXPECT_EQ(
      c.Run("client Query \"COPY t TO STDOUT\"\nserver CopyOutResponse x\nserver CopyData "
            "1\nserver CopyData 2\nserver CopyData \xff\xff\nserver CopyDone"),
      "-> Query \"COPY t TO STDOUT\"\n<- message H\n<- CopyData \"1\"\n<- CopyData "
      "\"2\"\n<- CopyData \"\xff\xff\"\n<- message c\n");
}

TEST_P(ResultLimits, CopyFromStdinBehindTheCutIsFailed) {
  CutQuery("SELECT a FROM t; COPY t FROM STDIN");
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 5\"\nserver CopyInResponse x"),
            "-> CopyFail\n");
  EXPECT_EQ(c.Run("server Error ERROR 57014 \"COPY failed\"\nserver ReadyForQuery I"),
            std::string(kTooMany) + "<- ReadyForQuery I\n");
  ExpectUsable();
}

TEST_P(ResultLimits, EachFetchIsAStatement) {
  Begin();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(c.Run("client Query \"FETCH 2 FROM cur\"\nserver DataRow 1\nserver DataRow "
                    "2\nserver CommandComplete \"FETCH 2\"\nserver ReadyForQuery T"),
              "-> Query \"FETCH 2 FROM cur\"\n<- DataRow \"1\"\n<- DataRow \"2\"\n"
              "<- CommandComplete \"FETCH 2\"\n<- ReadyForQuery T\n");
  }
}

TEST_P(ResultLimits, PortalThatIsSuspendedTooLate) {
  Begin();
  c.Run(
      "client Parse \"\" \"SELECT a FROM t\"\nclient Bind \"\" \"\"\nclient Execute \"\" 4\n"
      "client Sync\nserver ParseComplete\nserver BindComplete\nserver DataRow 1\nserver "
      "DataRow "
      "2\nserver DataRow 3\ncancel-delivered\nserver DataRow 4");
  EXPECT_EQ(c.Run("server PortalSuspended\nserver ReadyForQuery T"),
            "-> Query \"pgmoat denied <id>\"\n");
}

TEST_P(ResultLimits, StatementThatTheCancelOfAnotherMeetsIsToldSo) {
  CutExecute("SELECT a FROM t", "client Sync\nclient Query \"SELECT 1\"");
  c.Run("server CommandComplete \"SELECT 5\"\nserver ReadyForQuery I");
  EXPECT_NE(c.Run("server Error ERROR 57014 x\nserver ReadyForQuery I")
                .find("cancelled together with an earlier one"),
            std::string::npos);
  ExpectUsable();
}

TEST_P(ResultLimits, SecondCancelIsNotSentForWhatIsAnsweredByThen) {
  c.Run("client Query \"SELECT a FROM t\"\nclient Query \"SELECT a FROM t\"");
  const std::string cut = "server DataRow 1\nserver DataRow 2\nserver DataRow 3\n";
  const std::string end = "server CommandComplete \"SELECT 3\"\nserver ReadyForQuery I";
  EXPECT_NE(c.Run(cut + end).find("** CancelServer"), std::string::npos);
  // The first is still on its way.
  EXPECT_EQ(c.Run(cut).find("** CancelServer"), std::string::npos);
  EXPECT_EQ(c.Run(end), std::string(kTooMany) + "<- ReadyForQuery I\n");
  EXPECT_EQ(c.Run("cancel-delivered"), "");
  ExpectUsable();
}

TEST_P(ResultLimits, CancelThatDidNotArriveEndsTheSession) {
  c.Run(
      "client Query \"SELECT a FROM t\"\nserver DataRow 1\nserver DataRow 2\nserver DataRow 3");
  EXPECT_NE(c.Run("cancel-failed").find("FATAL 57014"), std::string::npos);
}

class ResultBytes : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    c.SetChunk(GetParam());
    c.LogIn("app");
  }
  // 10 bytes of header and length on the wire belong to two rows.
  Conversation c{{}, Limited(0, 20)};
};

INSTANTIATE_TEST_SUITE_P(WholeAndSplit, ResultBytes, ::testing::Values(0, 1));

TEST_P(ResultBytes, ExactlyAsManyAsAllowedPass) {
  EXPECT_EQ(
      c.Run("client Query \"SELECT a FROM t\"\nserver DataRow aaaaa\nserver DataRow bbbbb"),
      "-> Query \"SELECT a FROM t\"\n<- DataRow \"aaaaa\"\n<- DataRow \"bbbbb\"\n");
}

TEST_P(ResultBytes, RowThatExceedsIsNotBegun) {
  c.Run("client Query \"SELECT a FROM t\"\nserver DataRow aaaaa");
  EXPECT_EQ(c.Run("server DataRow bbbbbb\ncancel-delivered"), "** CancelServer\n");
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 2\"\nserver ReadyForQuery I"),
            "<- ErrorResponse ERROR 54000 \"the result is larger than max_result_bytes 20B of "
            "role app in environment production\"\n<- ReadyForQuery I\n");
  EXPECT_EQ(c.trail.Lines(),
            "statement Query error limit.max-result-bytes 54000 rows=1 «SELECT a FROM t»\n");
}

TEST_P(ResultBytes, OfOneStatementOnly) {
  EXPECT_EQ(c.Run("client Query \"SELECT a FROM t; SELECT 1\"\nserver DataRow "
                  "aaaaaaaaaaaaaaa\nserver CommandComplete \"SELECT 1\"\nserver DataRow b"),
            "-> Query \"SELECT a FROM t; SELECT 1\"\n<- DataRow \"aaaaaaaaaaaaaaa\"\n"
            "<- CommandComplete \"SELECT 1\"\n<- DataRow \"b\"\n");
}

TEST_P(ResultBytes, FunctionCallResponse) {
  EXPECT_EQ(c.Run("client FunctionCall 1317"), "-> FunctionCall 1317\n");  // length(text)
  EXPECT_EQ(c.Run("server FunctionCallResponse 0123456789012345678901234567890"),
            "** CancelServer\n");
  const std::string seen = c.Run("cancel-delivered\nserver ReadyForQuery I");
  EXPECT_NE(seen.find("FATAL 54000"), std::string::npos) << seen;
}

}  // namespace
}  // namespace pgmoat::session::testing
