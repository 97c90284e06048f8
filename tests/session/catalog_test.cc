// Catalog snapshots (design 3.5): read over the client's own session, unseen by it.
#include "policy/catalog.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

using std::chrono::seconds;

const std::string kAsked = "-> the catalog query\n";

std::string Shortened(std::string seen) {
  const std::string query = "-> Query \"" + std::string(policy::CatalogQuery()) + "\"\n";
  for (std::size_t at; (at = seen.find(query)) != std::string::npos;) {
    seen.replace(at, query.size(), kAsked);
  }
  return seen;
}

const std::string kDenied = "-> Query \"pgmoat denied <id>\"\n";
constexpr std::string_view kHello = R"_(connected
    server AuthenticationOk
    server ParameterStatus "client_encoding" "UTF8"
    server BackendKeyData 4711
    server ReadyForQuery I)_";

class CatalogSession : public ::testing::Test {
 protected:
  std::unique_ptr<Conversation> Open(SessionOptions options = {}) {
    return std::make_unique<Conversation>(std::move(options), MakeDirectory(), &store);
  }
  static std::string Hello(Conversation& c, const std::string& user = "readonly") {
    return Shortened(
        c.Run("client Startup user=" + user + " database=shop\n" + std::string(kHello)));
  }
  static std::string Answer(Conversation& c, const std::string& rows = "") {
    return c.Run("server CommandComplete SET\nserver RowDescription x\n" + rows +
                 "\nserver CommandComplete \"SELECT 1\"\nserver ReadyForQuery I");
  }
  static std::string Refuse(Conversation& c) {
    return c.Run(
        "server CommandComplete SET\nserver Error ERROR 57014 \"statement timeout\"\n"
        "server ReadyForQuery I");
  }
  static std::string Ask(Conversation& c, const std::string& sql) {
    return Shortened(c.Run("client Query \"" + sql + "\""));
  }
  static void Done(Conversation& c, const std::string& tag = "SELECT 1") {
    c.Run("server CommandComplete \"" + tag + "\"\nserver ReadyForQuery I");
  }
  static std::string Sent(const std::string& sql) { return "-> Query \"" + sql + "\"\n"; }

  static constexpr const char* kVolatile = "server Row function public f volatile \"\" \"\"";
  static constexpr const char* kStable = "server Row function public f \"\" \"\" \"\"";
  CatalogStore store;
};

TEST_F(CatalogSession, IsAskedForBeforeTheFirstReadyForQueryAndUnseen) {
  auto c = Open();
  const std::string seen = Hello(*c);
  EXPECT_NE(seen.find(kAsked), std::string::npos) << seen;
  EXPECT_EQ(seen.find("<- ReadyForQuery"), std::string::npos) << seen;
  EXPECT_FALSE(c->session().LoggedIn());
  EXPECT_EQ(Answer(*c, kVolatile), "<- ReadyForQuery I\n");
  EXPECT_TRUE(c->session().LoggedIn());
  EXPECT_EQ(c->metrics.catalog_reads, 1);
  EXPECT_EQ(Ask(*c, "SELECT f()"), kDenied);
}

TEST_F(CatalogSession, IsUnseenHoweverTheServersBytesAreSplit) {
  for (std::size_t chunk = 1; chunk < 80; ++chunk) {
    CatalogStore own;
    Conversation c({}, MakeDirectory(), &own);
    c.SetChunk(chunk);
    std::string seen = Hello(c);
    seen += Answer(c, std::string(kVolatile) + "\nserver NoticeResponse x");
    std::string client;
    for (std::size_t at = 0; at < seen.size();) {
      const std::size_t end = seen.find('\n', at) + 1;
      if (seen.compare(at, 3, "<- ") == 0) client += seen.substr(at, end - at);
      at = end;
    }
    EXPECT_EQ(c.metrics.catalog_reads, 1) << chunk;
    EXPECT_EQ(Ask(c, "SELECT f()"), kDenied) << chunk;
    static std::string whole = client;
    EXPECT_EQ(client, whole) << chunk;
    EXPECT_TRUE(client.ends_with("<- ReadyForQuery I\n")) << client;
    EXPECT_EQ(client.find("message N"), std::string::npos) << client;
  }
}

TEST_F(CatalogSession, IsOnlyForWhomItMatters) {
  for (const char* user : {"app", "deploy", "admin"}) {
    auto c = Open();
    EXPECT_EQ(Hello(*c, user).find(kAsked), std::string::npos) << user;
    EXPECT_TRUE(c->session().LoggedIn()) << user;
  }
}

TEST_F(CatalogSession, IsSharedByTheSessionsOfTheDatabase) {
  auto first = Open();
  Hello(*first);
  Answer(*first, kStable);
  auto second = Open();
  EXPECT_EQ(Hello(*second).find(kAsked), std::string::npos);
  EXPECT_EQ(Ask(*second, "SELECT f()"), Sent("SELECT f()"));
}

TEST_F(CatalogSession, CommittedDdlOfAnotherSessionMakesTheNextStatementAskAgain) {
  auto c = Open();
  Hello(*c);
  Answer(*c, kStable);
  auto other = Open();
  Hello(*other, "deploy");
  Ask(*other, "CREATE VIEW v AS SELECT 1");
  EXPECT_EQ(Ask(*c, "SELECT f()"), Sent("SELECT f()")) << "not committed yet";
  Done(*c);
  Done(*other, "CREATE VIEW");
  EXPECT_EQ(Ask(*c, "SELECT f()"), kAsked);
  // Judged by the new one, which came after it.
  EXPECT_EQ(Answer(*c, kVolatile), kDenied);
}

TEST_F(CatalogSession, DdlWhoseAnswerNobodyWaitsForCountsToo) {
  auto c = Open();
  Hello(*c);
  Answer(*c, kStable);
  auto other = Open();
  Hello(*other, "deploy");
  Ask(*other, "SELECT 1; CREATE VIEW v AS SELECT 1");
  other->Run("client-closed reset");
  EXPECT_EQ(Ask(*c, "SELECT 1"), kAsked);
}

TEST_F(CatalogSession, DdlBehindACommitCountsThoughARollbackFollows) {
  auto c = Open();
  Hello(*c);
  Answer(*c, kStable);
  auto other = Open();
  Hello(*other, "deploy");
  Ask(*other, "BEGIN; CREATE VIEW v AS SELECT 1; COMMIT; BEGIN");
  other->Run(
      "server CommandComplete BEGIN\nserver CommandComplete \"CREATE VIEW\"\n"
      "server CommandComplete COMMIT\nserver CommandComplete BEGIN\n"
      "server ReadyForQuery T");
  other->Run("client Query ROLLBACK\nserver CommandComplete ROLLBACK\nserver ReadyForQuery I");
  EXPECT_EQ(Ask(*c, "SELECT 1"), kAsked);
}

TEST_F(CatalogSession, DdlOfABlockCountsAtItsCommit) {
  auto c = Open();
  Hello(*c);
  Answer(*c, kStable);
  auto other = Open();
  Hello(*other, "deploy");
  other->Run("client Query BEGIN\nserver CommandComplete BEGIN\nserver ReadyForQuery T");
  other->Run(
      "client Query \"CREATE VIEW v AS SELECT 1\"\nserver CommandComplete \"CREATE VIEW\"\n"
      "server ReadyForQuery T");
  EXPECT_EQ(Ask(*c, "SELECT 1"), Sent("SELECT 1"));
  Done(*c);
  other->Run("client Query COMMIT\nserver CommandComplete COMMIT\nserver ReadyForQuery I");
  EXPECT_EQ(Ask(*c, "SELECT 1"), kAsked);
}

TEST_F(CatalogSession, DdlThatFailsAndTemporaryTablesDoNot) {
  auto c = Open();
  Hello(*c);
  Answer(*c, kStable);
  auto other = Open();
  Hello(*other, "deploy");
  Ask(*other, "CREATE VIEW v AS SELECT nosuch");
  other->Run("server Error ERROR 42703 x\nserver ReadyForQuery I");
  Ask(*other, "CREATE TEMP TABLE t (a int)");
  Done(*other, "CREATE TABLE");
  Ask(*other, "INSERT INTO t VALUES (1)");
  Done(*other, "INSERT 0 1");
  EXPECT_EQ(Ask(*c, "SELECT 1"), Sent("SELECT 1"));
}

TEST_F(CatalogSession, DdlThatIsRolledBackDoesNot) {
  auto c = Open();
  Hello(*c);
  Answer(*c, kStable);
  auto other = Open();
  Hello(*other, "deploy");
  other->Run("client Query BEGIN\nserver CommandComplete BEGIN\nserver ReadyForQuery T");
  other->Run(
      "client Query \"CREATE VIEW v AS SELECT 1\"\nserver CommandComplete \"CREATE VIEW\"\n"
      "server ReadyForQuery T");
  other->Run("client Query ROLLBACK\nserver CommandComplete ROLLBACK\nserver ReadyForQuery I");
  EXPECT_EQ(Ask(*c, "SELECT 1"), Sent("SELECT 1"));
}

TEST_F(CatalogSession, OldOnesAreReadAnew) {
  SessionOptions options;
  options.catalog_max_age = seconds(60);
  auto c = Open(options);
  Hello(*c);
  Answer(*c, kStable);
  c->now.steady += seconds(59);
  EXPECT_EQ(Ask(*c, "SELECT 1"), Sent("SELECT 1"));
  Done(*c);
  c->now.steady += seconds(2);
  EXPECT_EQ(Ask(*c, "SELECT 1"), kAsked);
  EXPECT_EQ(Answer(*c, kStable), Sent("SELECT 1"));
}

TEST_F(CatalogSession, RefusalByTheServerLeavesOnlyWhatIsBuiltIn) {
  auto c = Open();
  Hello(*c);
  EXPECT_EQ(Refuse(*c), "<- ReadyForQuery I\n") << "the login is not at fault";
  EXPECT_EQ(c->metrics.failed_catalog_reads, 1);
  EXPECT_EQ(Ask(*c, "SELECT * FROM orders"), kDenied);
  EXPECT_NE(c->trail.Lines().find("readonly.no-catalog"), std::string::npos)
      << c->trail.Lines();
  c->Run("server Error ERROR 42601 x\nserver ReadyForQuery I");
  EXPECT_EQ(Ask(*c, "SELECT now() FROM pg_catalog.pg_class"),
            Sent("SELECT now() FROM pg_catalog.pg_class"));
  Done(*c);
  c->now.steady += seconds(6);
  EXPECT_EQ(Ask(*c, "SELECT * FROM orders"), kAsked);
  EXPECT_EQ(Answer(*c), Sent("SELECT * FROM orders"));
}

TEST_F(CatalogSession, AnotherSessionsSnapshotEndsTheWant) {
  auto c = Open();
  Hello(*c);
  Refuse(*c);
  auto other = Open();
  Hello(*other);
  Answer(*other, kStable);
  EXPECT_EQ(Ask(*c, "SELECT * FROM orders"), Sent("SELECT * FROM orders"));
}

TEST_F(CatalogSession, TransactionsAndPipelinesAreNotDisturbed) {
  auto c = Open();
  Hello(*c);
  Answer(*c, kStable);
  c->Run("client Query BEGIN\nserver CommandComplete BEGIN\nserver ReadyForQuery T");
  c->now.steady += seconds(100);
  EXPECT_EQ(c->Run("client Query \"SELECT 1\"\nserver CommandComplete \"SELECT 1\"\n"
                   "server ReadyForQuery T"),
            Sent("SELECT 1") + "<- CommandComplete \"SELECT 1\"\n<- ReadyForQuery T\n");
  c->Run("client Query COMMIT\nserver CommandComplete COMMIT\nserver ReadyForQuery I");
  EXPECT_EQ(Shortened(c->Run("client Parse \"\" \"SELECT 1\"")), kAsked);
  EXPECT_EQ(Answer(*c), "-> Parse \"\" \"SELECT 1\"\n");
  c->now.steady += seconds(100);
  EXPECT_EQ(c->Run("client Bind \"\" \"\"\nclient Execute \"\"\nclient Sync"),
            "-> Bind \"\" \"\"\n-> Execute \"\"\n-> Sync\n");
}

class WhileReading : public CatalogSession {
 protected:
  WhileReading() : c(Open()) {
    Hello(*c);
    Answer(*c, kStable);
    c->now.steady += seconds(100);
    EXPECT_EQ(Ask(*c, "SELECT f()"), kAsked);
  }
  std::unique_ptr<Conversation> c;
};

TEST_F(WhileReading, TheClientWaitsAndIsJudgedByTheNewOne) {
  EXPECT_FALSE(c->session().WantsClientBytes());
  EXPECT_FALSE(c->session().Idle());
  EXPECT_EQ(Answer(*c, kVolatile), kDenied);
}

TEST_F(WhileReading, TerminateWaitsItsTurn) {
  EXPECT_EQ(c->Run("client Terminate"), "");
  EXPECT_EQ(Answer(*c, kStable), Sent("SELECT f()") + "-> Terminate\n");
}

TEST_F(WhileReading, TheClientGoes) {
  c->Run("client-closed");
  EXPECT_NE(c->trail.Lines().find("disconnect ok"), std::string::npos) << c->trail.Lines();
}

TEST_F(WhileReading, TheServerEndsTheSession) {
  EXPECT_EQ(c->Run("server Error FATAL 57P01 bye"),
            "<- ErrorResponse FATAL 57P01 \"bye\"\n** Close\n");
}

TEST_F(WhileReading, TheServerCloses) {
  const std::string seen = c->Run("server-closed");
  EXPECT_NE(seen.find("<- ErrorResponse FATAL 08006"), std::string::npos) << seen;
  EXPECT_NE(seen.find("** Close"), std::string::npos) << seen;
}

TEST_F(WhileReading, DrainWaitsForTheAnswer) {
  EXPECT_EQ(c->Run("drain"), "");
  const std::string seen = Answer(*c, kStable);
  EXPECT_NE(seen.find("FATAL 57P01"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("-> Query"), std::string::npos) << "what waited never ran: " << seen;
}

TEST_F(WhileReading, Kill) {
  const std::string seen = c->Run("kill");
  EXPECT_NE(seen.find("FATAL 57P01"), std::string::npos) << seen;
  EXPECT_TRUE(c->closed);
}

TEST_F(WhileReading, ReloadCountsForWhatWaits) {
  c->out.Clear();
  c->session().SetDirectory(MakeDirectory(2, {{"readonly", policy::BuiltinRole::kApp}}), c->now,
                            c->out);
  EXPECT_EQ(c->TakeOutput(), "");
  EXPECT_EQ(Answer(*c, kVolatile), Sent("SELECT f()")) << "an app may call it";
}

TEST_F(WhileReading, NotificationsAreTheClients) {
  EXPECT_NE(c->Run("server NotificationResponse x").find("<- message A"), std::string::npos);
}

TEST_F(WhileReading, ClientEncodingThatTheServerReportsLastIsJudged) {
  EXPECT_EQ(c->Run("server ParameterStatus client_encoding SJIS"), "");
  const std::string seen = Answer(*c, kStable);
  EXPECT_NE(seen.find("<- ErrorResponse FATAL 42501"), std::string::npos) << seen;
  EXPECT_TRUE(c->closed);
}

TEST_F(WhileReading, RowsThatTheQueryDoesNotMakeAreAViolation) {
  for (const char* row :
       {"server Row function public f volatile", "server Row function public f x y z",
        "server Row nonsense a b c d e", "server ParseComplete", "server CopyInResponse x"}) {
    auto other = Open();
    other->now.steady += seconds(1000);
    Hello(*other);
    EXPECT_NE(other->Run(row).find("FATAL 08P01"), std::string::npos) << row;
  }
}

TEST_F(WhileReading, TooManyRowsAreNoCatalogAndNoMemory) {
  const std::string row = "server Row relation public t \"\" \"\" " + std::string(1 << 20, 'x');
  for (int i = 0; i < 200; ++i) EXPECT_EQ(c->Run(row), "");
  EXPECT_EQ(Answer(*c), kDenied);
  EXPECT_EQ(c->metrics.failed_catalog_reads, 1);
}

}  // namespace
}  // namespace pgmoat::session::testing
