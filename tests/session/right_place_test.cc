// pgmoat.expect_environment, and the greeting.
#include <gtest/gtest.h>

#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

std::shared_ptr<const auth::Directory> Greeting(
    std::string greeting, const std::function<void(policy::Rules&)>& change = {}) {
  auto directory = std::make_shared<auth::Directory>(*MakeChangedDirectory([&](auto& rules) {
    if (change) change(rules);
  }));
  directory->environments[0].greeting = std::move(greeting);
  return directory;
}

std::string LogIn(Conversation& c) {
  c.Run("client Startup user=app database=shop\nconnected");
  return c.Run("server AuthenticationOk\nserver ReadyForQuery I");
}

TEST(RightPlace, AMatchPassesAndIsNotSentOn) {
  for (const char* startup :
       {"pgmoat.expect_environment=production", "PGMOAT.EXPECT_ENVIRONMENT=production",
        "\"options=-c pgmoat.expect_environment=production\"",
        "\"options=-cpgmoat.expect_environment=production --pgmoat.expect-environment="
        "production\""}) {
    for (const std::size_t chunk : {0U, 1U}) {
      Conversation c;
      c.SetChunk(chunk);
      EXPECT_EQ(c.Run("client Startup user=admin database=shop " + std::string(startup)),
                "** ConnectServer\n");
      EXPECT_EQ(c.Run("connected"), "-> StartupMessage 3.0 user=admin database=shop\n");
    }
  }
}

TEST(RightPlace, AMismatchIsRefusedForEveryRoleWithBothNames) {
  for (const char* startup :
       {"pgmoat.expect_environment=staging", "\"options=-c pgmoat.expect_environment=staging\"",
        "\"options=-d 5 -e --pgmoat.Expect-Environment=staging\"",
        "pgmoat.expect_environment=production "
        "\"options=-c pgmoat.expect_environment=staging\""}) {
    for (const char* user : {"admin", "readonly"}) {
      Conversation c;
      EXPECT_EQ(c.Run("client Startup user=" + std::string(user) + " database=shop " + startup),
                "<- ErrorResponse FATAL 28000 \"this is environment production, and "
                "pgmoat.expect_environment says \"staging\"\"\n** Close\n")
          << startup;
      EXPECT_EQ(c.trail.Lines(), "login denied login.wrong-environment 28000\n");
      EXPECT_EQ(c.metrics.refused_logins, 1);
    }
  }
}

TEST(RightPlace, TheNameIsComparedExactlyAndShownAsText) {
  for (const char* name : {"", "Production", "production2", "prod*"}) {
    Conversation c;
    EXPECT_NE(c.Run("client Startup user=admin database=shop \"pgmoat.expect_environment=" +
                    std::string(name) + "\"")
                  .find("FATAL 28000"),
              std::string::npos)
        << name;
  }
  Conversation c;
  EXPECT_NE(c.Run("client Startup user=admin database=shop "
                  "\"pgmoat.expect_environment=st\xC3\xA4\x1B\"")
                .find("says \"st???\""),
            std::string::npos);
}

TEST(RightPlace, GreetingComesInFrontOfTheFirstReadyForQuery) {
  Conversation c{{}, Greeting(std::string(auth::kDefaultGreeting))};
  EXPECT_EQ(
      LogIn(c),
      "<- Authentication 0\n<- NoticeResponse NOTICE \"you are in environment production, "
      "as login app with role app: every statement is on record\"\n<- ReadyForQuery I\n");
}

TEST(RightPlace, GreetingSaysWhatIsOnRecord) {
  const auto greeted = [](policy::Recorded record, bool enforce) {
    Conversation c{{}, Greeting(std::string(auth::kDefaultGreeting), [&](policy::Rules& rules) {
                     rules.audit.record = record;
                     rules.enforce = enforce;
                   })};
    return LogIn(c);
  };
  EXPECT_NE(greeted(policy::Recorded::kWrites, true).find("everything that may write is"),
            std::string::npos);
  EXPECT_NE(greeted(policy::Recorded::kDdl, true).find("changes of the schema are"),
            std::string::npos);
  EXPECT_NE(greeted(policy::Recorded::kNone, true).find(": everything that is refused is on"),
            std::string::npos);
  EXPECT_NE(greeted(policy::Recorded::kAll, false).find("shadow mode, nothing is refused"),
            std::string::npos);
}

TEST(RightPlace, GreetingMayHaveTheConfigsWords) {
  Conversation c{{}, Greeting("PRODUCTION.  Think.")};
  EXPECT_EQ(LogIn(c),
            "<- Authentication 0\n<- NoticeResponse NOTICE \"PRODUCTION.  Think.\"\n"
            "<- ReadyForQuery I\n");
  Conversation silent;
  EXPECT_EQ(LogIn(silent), "<- Authentication 0\n<- ReadyForQuery I\n");
}

}  // namespace
}  // namespace pgmoat::session::testing
