// What the server is told of who came through, and what the client sees of it.
#include <gtest/gtest.h>

#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

std::shared_ptr<const auth::Directory> Telling() {
  auto directory = std::make_shared<auth::Directory>(*MakeDirectory());
  directory->environments[0].application_name = auth::kDefaultApplicationName;
  directory->environments[0].actor_setting = true;
  return directory;
}

class ApplicationNameTest : public ::testing::Test {
 protected:
  // A login as psql; what the server reports of the name is the last line before Ready.
  std::string LogIn(std::string_view user = "app", std::string_view more = "") {
    c.Run("client Startup user=" + std::string(user) + " database=shop " + std::string(more));
    std::string sent = c.Run("connected");
    c.Run("server AuthenticationOk\nserver BackendKeyData 4711");
    return sent;
  }
  std::string Reported(std::string_view name) {
    return c.Run("server ParameterStatus application_name \"" + std::string(name) + "\"");
  }

  Conversation c{{}, Telling()};
};

TEST_F(ApplicationNameTest, StartupCarriesNameAndActor) {
  EXPECT_EQ(LogIn("app", "application_name=psql"),
            "-> StartupMessage 3.0 user=app database=shop pgmoat.actor=app "
            "application_name=psql [app@127.0.0.1 via pgmoat]\n");
}

TEST_F(ApplicationNameTest, ClientWithoutNameGetsOneAllTheSame) {
  EXPECT_EQ(LogIn(),
            "-> StartupMessage 3.0 user=app database=shop pgmoat.actor=app "
            "application_name=[app@127.0.0.1 via pgmoat]\n");
  EXPECT_EQ(Reported("[app@127.0.0.1 via pgmoat]"),
            "<- ParameterStatus \"application_name\" \"\"\n");
}

TEST_F(ApplicationNameTest, NameInTheOptionsCounts) {
  EXPECT_EQ(LogIn("app", "\"options=-c application_name=job\""),
            "-> StartupMessage 3.0 user=app database=shop options=-c application_name=job "
            "pgmoat.actor=app application_name=job [app@127.0.0.1 via pgmoat]\n");
}

TEST_F(ApplicationNameTest, StandbyKeepsTheNameThatItsPrimaryKnows) {
  EXPECT_EQ(LogIn("admin", "replication=true application_name=standby1"),
            "-> StartupMessage 3.0 user=admin database=shop replication=true "
            "application_name=standby1 pgmoat.actor=admin\n");
}

TEST_F(ApplicationNameTest, ClientIsToldTheNameItChose) {
  LogIn("app", "application_name=psql");
  EXPECT_EQ(Reported("psql [app@127.0.0.1 via pgmoat]"),
            "<- ParameterStatus \"application_name\" \"psql\"\n");
}

TEST_F(ApplicationNameTest, NameChosenLaterIsToldOnceAndDecoratedWhenIdle) {
  LogIn("app", "application_name=psql");
  Reported("psql [app@127.0.0.1 via pgmoat]");
  c.Run("server ReadyForQuery I");
  c.Run("client Query \"SET application_name = 'it''s'\"");
  EXPECT_EQ(c.Run("server CommandComplete SET\n"
                  "server ParameterStatus application_name \"it's\"\n"
                  "server ReadyForQuery I"),
            "<- CommandComplete \"SET\"\n<- ParameterStatus \"application_name\" \"it's\"\n"
            "-> Query \"SET application_name = E'it''s [app@127.0.0.1 via pgmoat]'\"\n"
            "<- ReadyForQuery I\n");
  EXPECT_FALSE(c.session().Idle());
  EXPECT_FALSE(c.session().WantsClientBytes());
  EXPECT_EQ(
      c.Run("server CommandComplete SET\n"
            "server ParameterStatus application_name \"it's [app@127.0.0.1 via pgmoat]\"\n"
            "server NotificationResponse xyz\n"
            "server ReadyForQuery I"),
      "<- message A\n");
  EXPECT_TRUE(c.session().Idle());
  EXPECT_EQ(c.Run("client Query \"SELECT 1\""), "-> Query \"SELECT 1\"\n");
}

TEST_F(ApplicationNameTest, InATransactionPgmoatWaits) {
  LogIn("app", "application_name=psql");
  Reported("psql [app@127.0.0.1 via pgmoat]");
  c.Run(
      "server ReadyForQuery I\nclient Query BEGIN\nserver CommandComplete BEGIN\n"
      "server ReadyForQuery T");
  c.Run("client Query \"SET LOCAL application_name = 'x'\"");
  EXPECT_EQ(c.Run("server CommandComplete SET\nserver ParameterStatus application_name x\n"
                  "server ReadyForQuery T"),
            "<- CommandComplete \"SET\"\n<- ParameterStatus \"application_name\" \"x\"\n<- "
            "ReadyForQuery T\n");
  c.Run("client Query COMMIT");
  EXPECT_EQ(
      c.Run("server CommandComplete COMMIT\n"
            "server ParameterStatus application_name \"psql [app@127.0.0.1 via pgmoat]\"\n"
            "server ReadyForQuery I"),
      "<- CommandComplete \"COMMIT\"\n<- ParameterStatus \"application_name\" \"psql\"\n"
      "<- ReadyForQuery I\n");
}

TEST_F(ApplicationNameTest, AnswersOwedToTheClientComeFirst) {
  LogIn("app", "application_name=psql");
  Reported("psql [app@127.0.0.1 via pgmoat]");
  c.Run("server ReadyForQuery I");
  c.Run("client Query \"SET application_name = 'x'\"\nclient Query \"SELECT 1\"");
  EXPECT_EQ(c.Run("server CommandComplete SET\nserver ParameterStatus application_name x\n"
                  "server ReadyForQuery I"),
            "<- CommandComplete \"SET\"\n<- ParameterStatus \"application_name\" \"x\"\n<- "
            "ReadyForQuery I\n");
  EXPECT_EQ(c.Run("server CommandComplete \"SELECT 1\"\nserver ReadyForQuery I"),
            "<- CommandComplete \"SELECT 1\"\n"
            "-> Query \"SET application_name = E'x [app@127.0.0.1 via pgmoat]'\"\n"
            "<- ReadyForQuery I\n");
}

TEST_F(ApplicationNameTest, SomebodyWhoKeepsAnotherNameIsLeftAloneInTheEnd) {
  LogIn("app", "application_name=psql");
  EXPECT_EQ(Reported("pooler"), "<- ParameterStatus \"application_name\" \"pooler\"\n");
  std::string out = c.Run("server ReadyForQuery I");
  for (int attempt = 0; attempt < 3; ++attempt) {
    EXPECT_NE(out.find("-> Query \"SET application_name"), std::string::npos) << attempt;
    out = c.Run(
        "server CommandComplete SET\nserver ParameterStatus application_name pooler\n"
        "server ReadyForQuery I");
  }
  EXPECT_EQ(out, "");
  EXPECT_TRUE(c.session().Idle());
}

TEST_F(ApplicationNameTest, RefusedSetLeavesTheSessionUsable) {
  LogIn("app", "application_name=psql");
  Reported("psql [app@127.0.0.1 via pgmoat]");
  c.Run("server ReadyForQuery I\nclient Query \"SET application_name = 'x'\"");
  c.Run(
      "server CommandComplete SET\nserver ParameterStatus application_name x\n"
      "server ReadyForQuery I");
  EXPECT_EQ(c.Run("server Error ERROR 57014 \"canceling statement\"\nserver ReadyForQuery I"),
            "");
  EXPECT_TRUE(c.session().Idle());
}

TEST_F(ApplicationNameTest, ServerThatEndsMeanwhileIsHeard) {
  LogIn("app", "application_name=psql");
  Reported("other");
  c.Run("server ReadyForQuery I");
  EXPECT_EQ(c.Run("server Error FATAL 57P01 \"terminating connection\""),
            "<- ErrorResponse FATAL 57P01 \"terminating connection\"\n** Close\n");
}

TEST_F(ApplicationNameTest, NobodyElseSetsTheActor) {
  for (const char* user : {"readonly", "app", "deploy", "admin"}) {
    for (const char* startup : {"pgmoat.actor=x", "PGMOAT.Actor=x",
                                "\"options=-c pgmoat.actor=x\"", "options=--pgmoat.actor=x"}) {
      Conversation refused({}, Telling());
      refused.Run("client Startup user=" + std::string(user) + " database=shop " + startup);
      EXPECT_EQ(refused.trail.Lines(), "login denied any.actor 42501\n") << user << startup;
    }
    Conversation other({}, Telling());
    other.LogIn(user);
    for (const char* text :
         {"SET pgmoat.actor = 'x'", "SET LOCAL \\\"PGMOAT\\\".actor TO x",
          "SELECT set_config('pgmoat.actor', 'x', false)",
          "ALTER ROLE app SET pgmoat.actor = 'x'",
          "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET pgmoat.actor = 'x' AS 'SELECT 1'",
          "SELECT 1; SET pgmoat.actor = 'x'"}) {
      const std::string out = other.Run("client Query \"" + std::string(text) + "\"");
      EXPECT_EQ(out.find(text), std::string::npos) << user << ": " << out;
      EXPECT_EQ(other.trail.records.back().outcome, Outcome::kDenied) << user << ": " << text;
      other.Run("server Error ERROR 42601 \"syntax error\"\nserver ReadyForQuery I");
    }
    EXPECT_NE(other.Run("client Query \"RESET pgmoat.actor\"").find("RESET"),
              std::string::npos);
  }
}

}  // namespace
}  // namespace pgmoat::session::testing
