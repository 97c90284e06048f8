// An app may drop its own temporary table, and in no order of messages the permanent one
// of the same name.
#include "proxy/session/temporary_tracker.h"

#include <gtest/gtest.h>

#include "policy/parser.h"
#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

class Temporary : public ::testing::Test {
 protected:
  Temporary() { c.LogIn("app"); }

  // One Query that the server answers at once.
  void Ok(const std::string& sql, const std::string& tag, char status) {
    c.Run("client Query \"" + sql + "\"\nserver CommandComplete \"" + tag +
          "\"\nserver ReadyForQuery " + status);
  }
  bool Allowed(const std::string& sql) {
    return c.Run("client Query \"" + sql + "\"") == "-> Query \"" + sql + "\"\n";
  }
  void Make() { Ok("CREATE TEMP TABLE orders (a int)", "CREATE TABLE", 'I'); }
  void Begin() { Ok("BEGIN", "BEGIN", 'T'); }
  void MakeInBlock() {
    Begin();
    Ok("CREATE TEMP TABLE orders (a int)", "CREATE TABLE", 'T');
  }
  Conversation c;
};

TEST_F(Temporary, TableThatIsNotTemporaryIsNotDropped) {
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, TableOfTheSessionIsDroppedOnce) {
  Make();
  EXPECT_TRUE(Allowed("DROP TABLE orders"));
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, TableAsCountsByTheTagOfItsRows) {
  Ok("CREATE TEMP TABLE orders AS SELECT 1", "SELECT 1", 'I');
  EXPECT_TRUE(Allowed("TRUNCATE orders"));
}

TEST_F(Temporary, TableOfAnOpenTransactionCounts) {
  MakeInBlock();
  EXPECT_TRUE(Allowed("DELETE FROM orders"));
}

TEST_F(Temporary, TableOfAPipelineCountsOnlyWhenItIsCommitted) {
  c.Run(R"_(client Parse "" "CREATE TEMP TABLE orders (a int)"
           client Bind "" ""
           client Execute ""
           client Flush
           server ParseComplete
           server BindComplete
           server CommandComplete "CREATE TABLE")_");
  // An error now would take it away and leave no failed transaction.
  c.Run(
      "client Parse \"\" \"SELECT 1/0\"\nclient Bind \"\" \"\"\nclient Execute \"\"\nclient "
      "Sync");
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, TableOfATextThatIsNotDoneDoesNotCount) {
  c.Run("client Query \"CREATE TEMP TABLE orders (a int); SELECT 1/0\"");
  c.Run("server CommandComplete \"CREATE TABLE\"");
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, TableOfATextThatFailedDoesNotCount) {
  c.Run("client Query \"CREATE TEMP TABLE orders (a int); SELECT 1/0\"");
  c.Run("server CommandComplete \"CREATE TABLE\"\nserver Error ERROR 22012 x");
  c.Run("server ReadyForQuery I");
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, CreateThatFailedDoesNotCount) {
  c.Run("client Query \"CREATE TEMP TABLE orders (a nosuchtype)\"");
  c.Run("server Error ERROR 42704 x\nserver ReadyForQuery I");
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

// What is prepared beside the table makes none when it runs.
TEST_F(Temporary, WhatWasPreparedBesideItMakesNoTable) {
  c.Run(R"_(client Query "CREATE TEMP TABLE orders AS SELECT 1; PREPARE p AS SELECT 2"
           server CommandComplete "SELECT 1"
           server CommandComplete PREPARE
           server ReadyForQuery I)_");
  EXPECT_TRUE(Allowed("DROP TABLE orders"));
  c.Run("server CommandComplete \"DROP TABLE\"\nserver ReadyForQuery I");
  c.Run(R"_(client Bind "" p
           client Execute ""
           client Sync
           server BindComplete
           server Row "2"
           server CommandComplete "SELECT 1"
           server ReadyForQuery I)_");
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, WhatIfNotExistsFoundMayGoAlongWithAnother) {
  Ok("CREATE TEMP TABLE other (a int, CONSTRAINT orders PRIMARY KEY (a))", "CREATE TABLE", 'I');
  Ok("CREATE TEMP TABLE IF NOT EXISTS orders (a int)", "CREATE TABLE", 'I');
  Ok("TRUNCATE orders", "TRUNCATE TABLE", 'I');
  Ok("DROP TABLE other", "DROP TABLE", 'I');
  EXPECT_FALSE(Allowed("TRUNCATE orders"));
}

TEST_F(Temporary, WhatExecuteRunsCounts) {
  Make();
  c.Run(R"_(client Parse s "SELECT set_config('search_path', 'public,pg_temp', false)"
           client Sync
           server ParseComplete
           server ReadyForQuery I)_");
  Ok("EXECUTE s", "SELECT 1", 'I');
  EXPECT_FALSE(Allowed("TRUNCATE orders"));
}

TEST_F(Temporary, ExecuteRunsOnlyWhatPrepareTakes) {
  c.Run(R"_(client Parse s "DROP TABLE pg_temp.orders"
           client Sync
           server ParseComplete
           server ReadyForQuery I)_");
  EXPECT_FALSE(Allowed("EXECUTE s"));
}

TEST_F(Temporary, RollbackCountsFromTheMomentItIsSent) {
  MakeInBlock();
  EXPECT_TRUE(Allowed("ROLLBACK"));
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, RollbackToSavepointLikewise) {
  MakeInBlock();
  EXPECT_TRUE(Allowed("ROLLBACK TO SAVEPOINT s"));
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, RollbackSentBeforeTheTableWasMadeCountsToo) {
  Begin();
  EXPECT_TRUE(Allowed("CREATE TEMP TABLE orders (a int)"));
  EXPECT_TRUE(Allowed("ROLLBACK"));
  c.Run("server CommandComplete \"CREATE TABLE\"\nserver ReadyForQuery T");
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, CommitKeepsIt) {
  MakeInBlock();
  EXPECT_TRUE(Allowed("COMMIT"));
  EXPECT_FALSE(Allowed("TRUNCATE orders")) << "the COMMIT may yet turn out to be a ROLLBACK";
  c.Run("server CommandComplete COMMIT\nserver ReadyForQuery I");
  c.Run("server Error ERROR 42601 x\nserver ReadyForQuery I");
  EXPECT_TRUE(Allowed("TRUNCATE orders"));
}

TEST_F(Temporary, CommitOfAFailedTransactionDoesNotKeepIt) {
  MakeInBlock();
  c.Run("client Query \"SELECT 1/0\"\nclient Query COMMIT");
  c.Run("server Error ERROR 22012 x\nserver ReadyForQuery E");
  c.Run("server CommandComplete ROLLBACK\nserver ReadyForQuery I");
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, TableThatGoesAtTheCommitDoesNotCountAfterIt) {
  Begin();
  Ok("CREATE TEMP TABLE orders (a int) ON COMMIT DROP", "CREATE TABLE", 'T');
  Ok("CREATE TEMP TABLE IF NOT EXISTS orders (a int)", "CREATE TABLE", 'T');
  EXPECT_TRUE(Allowed("DELETE FROM orders"));
  c.Run("server CommandComplete \"DELETE 0\"\nserver ReadyForQuery T");
  Ok("COMMIT", "COMMIT", 'I');
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, TableThatGoesAtOnceNeverCounts) {
  Ok("CREATE TEMP TABLE orders (a int) ON COMMIT DROP", "CREATE TABLE", 'I');
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, QualifiedDropBehindACommitTakesTheName) {
  MakeInBlock();
  EXPECT_TRUE(Allowed("COMMIT"));
  EXPECT_TRUE(Allowed("DROP TABLE pg_temp.orders"));
  c.Run("server CommandComplete COMMIT\nserver ReadyForQuery I");
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, QualifiedDropBehindTheCreateTakesTheName) {
  Begin();
  EXPECT_TRUE(Allowed("CREATE TEMP TABLE orders (a int)"));
  EXPECT_TRUE(Allowed("DROP TABLE pg_temp.orders"));
  c.Run("server CommandComplete \"CREATE TABLE\"\nserver ReadyForQuery T");
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, DiscardTakesAll) {
  Make();
  EXPECT_TRUE(Allowed("DISCARD TEMP"));
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST(TemporaryTracker, RenameTakesTheName) {
  const auto statement = [](std::string_view sql) {
    policy::TextFacts facts;
    policy::ReadFacts(sql, facts);
    return facts.statements.at(0);
  };
  TemporaryTracker tracker;
  const auto create = statement("CREATE TEMP TABLE orders (a int)");
  tracker.Completed(create, tracker.Forwarded(create), "CREATE TABLE");
  tracker.Ready(protocol::TransactionStatus::kIdle);
  EXPECT_TRUE(tracker.tables().Has("orders"));
  const std::uint64_t before = tracker.version();
  tracker.Forwarded(statement("ALTER TABLE pg_temp.orders RENAME TO other"));
  EXPECT_FALSE(tracker.tables().Has("orders"));
  EXPECT_FALSE(tracker.tables().Has("other"));
  EXPECT_GT(tracker.version(), before);
}

TEST_F(Temporary, ProcedureMayRollBack) {
  c.Run(R"_(client Parse "" "CREATE TEMP TABLE orders (a int)"
           client Bind "" ""
           client Execute ""
           client Parse "" "CALL p()"
           client Bind "" ""
           client Execute ""
           client Sync
           server ParseComplete
           server BindComplete
           server CommandComplete "CREATE TABLE"
           server ParseComplete
           server BindComplete
           server CommandComplete CALL
           server ReadyForQuery I)_");
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, NameThatMayStandForTwoTextsMakesNothing) {
  c.Run(R"_(client Parse s "CREATE TEMP TABLE orders AS SELECT 1"
           client Sync
           server ParseComplete
           server ReadyForQuery I
           client Close S s
           client Parse s "SELECT 1"
           client Bind "" s
           client Execute ""
           client Sync
           server CloseComplete
           server ParseComplete
           server BindComplete
           server CommandComplete "SELECT 1"
           server ReadyForQuery I)_");
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST_F(Temporary, SearchPathThatNamesPgTempEndsTheTrust) {
  Make();
  EXPECT_TRUE(Allowed("SET search_path = public, pg_temp"));
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
  EXPECT_FALSE(Allowed("CREATE TEMP TABLE orders (a int); DROP TABLE orders"));
}

TEST_F(Temporary, SearchPathThatTheServerReportsLikewise) {
  Make();
  c.Run("server ParameterStatus search_path \"public, pg_temp\"");
  EXPECT_FALSE(Allowed("DROP TABLE orders"));
}

TEST(TemporaryStartup, SearchPathOfTheStartupPacketLikewise) {
  for (const char* startup :
       {"\"search_path=public, pg_temp\"", "\"Search_Path=public,PG_TEMP\"",
        "\"options=-c search_path=public,pg_\\temp\"",
        "\"options=--search-path=public,PG_TEMP\""}) {
    Conversation c;
    c.Run("client Startup user=app database=shop " + std::string(startup));
    c.Run(R"_(connected
             server AuthenticationOk
             server ReadyForQuery I
             client Query "CREATE TEMP TABLE orders (a int)"
             server CommandComplete "CREATE TABLE"
             server ReadyForQuery I)_");
    EXPECT_EQ(c.Run("client Query \"DROP TABLE orders\""), "-> Query \"pgmoat denied <id>\"\n")
        << startup;
  }
}

}  // namespace
}  // namespace pgmoat::session::testing
