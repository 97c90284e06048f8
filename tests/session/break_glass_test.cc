// Grants: when they open, what they change, when they end (break_glass.h).  By a fake clock.
#include "proxy/session/break_glass.h"

#include <gtest/gtest.h>

#include "tests/session/conversation.h"
#include "tests/session/message_text.h"

namespace pgmoat::session::testing {
namespace {

using policy::BuiltinRole;
using std::chrono::minutes;

// All logins may break the glass but app's, which may not.
std::shared_ptr<const auth::Directory> Directory(
    std::chrono::milliseconds max = minutes(15), std::uint64_t version = 1,
    const std::function<void(policy::Rules&)>& change = {}) {
  auto directory = std::make_shared<auth::Directory>(*MakeChangedDirectory(
      [&](policy::Rules& rules) {
        if (rules.role != BuiltinRole::kApp && rules.role != BuiltinRole::kAdmin) {
          rules.break_glass.max = max;
        }
        if (change) change(rules);
      },
      version));
  auth::Environment& environment = directory->environments[0];
  for (const auth::LoginRule& login : environment.logins) {
    environment.roles.push_back(login.rules);
  }
  return directory;
}

constexpr std::string_view kSet =
    "client Query \"SET pgmoat.break_glass = 'INC-7: disk full'\"\n";
constexpr std::string_view kSetForwarded =
    "-> Query \"SET pgmoat.break_glass = 'INC-7: disk full'\"\n";
constexpr std::string_view kSetDone = "server CommandComplete SET\nserver ReadyForQuery I\n";
constexpr std::string_view kWarning =
    "<- NoticeResponse WARNING \"the glass is broken: until 1970-01-01 00:15:00 UTC you are "
    "role "
    "admin in environment production\"\n";
constexpr std::string_view kDropRefused =
    "<- ErrorResponse ERROR 42501 \"DROP TABLE is not allowed for role deploy in environment "
    "production\"\n";
constexpr std::string_view kSetAnswered = "<- CommandComplete \"SET\"\n<- ReadyForQuery I\n";

std::string Over(std::string_view cause, std::string_view role = "deploy") {
  return "<- NoticeResponse WARNING \"the glass is whole again (" + std::string(cause) +
         "): you are role " + std::string(role) + " in environment production\"\n";
}

constexpr std::string_view kEnded =
    "<- ErrorResponse FATAL 57P01 \"terminating connection because its break-glass grant is "
    "over\"\n";

class BreakGlass : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override { c.SetChunk(GetParam()); }
  void Open(std::string_view login = "deploy") {
    c.LogIn(login);
    ASSERT_EQ(c.Run(kSet), kSetForwarded);
    ASSERT_EQ(c.Run(kSetDone), std::string(kWarning) + std::string(kSetAnswered));
  }
  void ExpectDropRefused() {
    EXPECT_EQ(c.Run("client Query \"DROP TABLE orders\""), "-> Query \"pgmoat denied <id>\"\n");
    EXPECT_EQ(c.Run("server Error ERROR 42601 x\nserver ReadyForQuery I"),
              std::string(kDropRefused) + "<- ReadyForQuery I\n");
  }
  void ExpectDropAllowed() {
    EXPECT_EQ(c.Run("client Query \"DROP TABLE orders\""), "-> Query \"DROP TABLE orders\"\n");
    EXPECT_EQ(c.Run("server CommandComplete \"DROP TABLE\"\nserver ReadyForQuery I"),
              "<- CommandComplete \"DROP TABLE\"\n<- ReadyForQuery I\n");
  }
  void Reload(std::shared_ptr<const auth::Directory> directory) {
    c.out.Clear();
    c.session().SetDirectory(std::move(directory), c.now, c.out);
  }
  std::string Wait(std::chrono::milliseconds time) {
    return c.Run("wait " + std::to_string(time.count()) + "\ntick");
  }
  std::string WhatEnded() const {
    std::string causes;
    for (const AuditRecord& record : c.trail.records) {
      if (record.event == AuditEvent::kGrant) causes += std::string(record.rule) + " ";
    }
    return causes;
  }
  Conversation c{{}, Directory()};
};

INSTANTIATE_TEST_SUITE_P(WholeAndSplit, BreakGlass, ::testing::Values(0, 1, 3));

// --- the beginning ---

TEST_P(BreakGlass, OpensWithTheServersAnswerAndIsOnRecord) {
  Open();
  ExpectDropAllowed();
  EXPECT_EQ(c.trail.Lines(),
            "statement Query ok «SET pgmoat.break_glass = 'INC-7: disk full'»\n"
            "grant ok break-glass.opened\n"
            "statement Query ok «DROP TABLE orders»\n");
  const AuditRecord& grant = c.trail.records[1];
  EXPECT_EQ(grant.reason, "INC-7: disk full");
  EXPECT_EQ(grant.duration, minutes(15));
  EXPECT_EQ(grant.subject->grant, grant.id.Text());
  EXPECT_EQ(grant.subject->granted_role, "admin");
  EXPECT_EQ(grant.subject->role, "deploy");
  EXPECT_EQ(c.trail.records[2].subject->grant, grant.id.Text());
  EXPECT_EQ(c.trail.records[0].subject->grant, "");
  EXPECT_EQ(c.metrics.grants, "opened production deploy\n");
  EXPECT_NE(c.log().find("opened until 1970-01-01 00:15:00 UTC as role admin: \"INC-7: disk "
                         "full\""),
            std::string::npos)
      << c.log();
  EXPECT_TRUE(c.session().HasTimeLimits());
}

TEST_P(BreakGlass, WhatIsPipelinedBehindTheSetIsJudgedByTheOwnRole) {
  c.LogIn("deploy");
  EXPECT_EQ(c.Run(std::string(kSet) + "client Query \"DROP TABLE orders\""),
            std::string(kSetForwarded) + "-> Query \"pgmoat denied <id>\"\n");
  EXPECT_EQ(c.Run(std::string(kSetDone) + "server Error ERROR 42601 x\nserver ReadyForQuery I"),
            std::string(kWarning) + std::string(kSetAnswered) + std::string(kDropRefused) +
                "<- ReadyForQuery I\n");
  ExpectDropAllowed();
}

TEST_P(BreakGlass, ExtendedProtocolOpensAtTheExecuteNotBefore) {
  c.LogIn("deploy");
  const std::string set = "SET pgmoat.break_glass = 'INC-7: disk full'";
  c.Run("client Parse s \"" + set +
        "\"\nclient Sync\nserver ParseComplete\nserver ReadyForQuery I");
  ExpectDropRefused();
  c.Run("client Bind p s\nclient Flush\nserver BindComplete");
  EXPECT_EQ(c.Run("client Execute p\nclient Parse \"\" \"DROP TABLE orders\"\nclient Sync"),
            "-> Execute \"p\"\n-> Parse \"\" \"pgmoat denied <id>\"\n-> Sync\n");
  EXPECT_EQ(
      c.Run("server CommandComplete SET\nserver Error ERROR 42601 x\nserver ReadyForQuery I"),
      std::string(kWarning) + "<- CommandComplete \"SET\"\n" + std::string(kDropRefused) +
          "<- ReadyForQuery I\n");
  // The server undid its setting with the failed pipeline; the grant is pgmoat's.
  ExpectDropAllowed();
}

TEST_P(BreakGlass, RollbackDoesNotTakeItBack) {
  c.LogIn("deploy");
  c.Run("client Query BEGIN\nserver CommandComplete BEGIN\nserver ReadyForQuery T");
  c.Run(std::string(kSet) + "server CommandComplete SET\nserver ReadyForQuery T");
  c.Run("client Query ROLLBACK\nserver CommandComplete ROLLBACK\nserver ReadyForQuery I");
  ExpectDropAllowed();
}

TEST_P(BreakGlass, ASetThatTheServerRefusesOpensNothing) {
  c.LogIn("deploy");
  c.Run(kSet);
  EXPECT_EQ(c.Run("server Error ERROR 25P02 aborted\nserver ReadyForQuery E"),
            "<- ErrorResponse ERROR 25P02 \"aborted\"\n<- ReadyForQuery E\n");
  EXPECT_EQ(WhatEnded(), "");
  EXPECT_FALSE(c.session().HasTimeLimits());
}

TEST_P(BreakGlass, ATextWithMoreThanTheSetIsRefusedWhole) {
  c.LogIn("deploy");
  EXPECT_EQ(c.Run("client Query \"SET pgmoat.break_glass = 'x y z'; DROP TABLE orders\""),
            "-> Query \"pgmoat denied <id>\"\n");
  EXPECT_EQ(c.Run("server Error ERROR 42601 x\nserver ReadyForQuery I"),
            "<- ErrorResponse ERROR 42501 \"Setting pgmoat.break_glass otherwise than by a SET "
            "that stands alone is not allowed for role deploy in environment production\"\n"
            "<- ReadyForQuery I\n");
  ExpectDropRefused();
}

TEST_P(BreakGlass, WithoutPermissionItIsRefusedAndOnRecord) {
  c.LogIn("app");
  EXPECT_EQ(c.Run(kSet), "-> Query \"pgmoat denied <id>\"\n");
  c.Run("server Error ERROR 42601 x\nserver ReadyForQuery I");
  EXPECT_EQ(
      c.trail.Lines(),
      "statement Query denied any.break-glass 42501 «SET pgmoat.break_glass = 'INC-7: disk "
      "full'»\n");
  EXPECT_EQ(c.metrics.denied, 1);
  EXPECT_EQ(c.metrics.grants, "");
}

TEST_P(BreakGlass, OfAnAdminItIsHarmless) {
  c.LogIn("admin");
  EXPECT_EQ(c.Run(kSet), kSetForwarded);
  EXPECT_EQ(c.Run(kSetDone), kSetAnswered);
  EXPECT_EQ(c.metrics.grants, "");
}

TEST(BreakGlassSession, InShadowModeItIsHarmless) {
  Conversation c{
      {}, Directory(minutes(15), 1, [](policy::Rules& rules) { rules.enforce = false; })};
  c.LogIn("app");
  EXPECT_EQ(c.Run(kSet), kSetForwarded);
  EXPECT_EQ(c.Run(kSetDone), kSetAnswered);
  EXPECT_EQ(c.metrics.grants, "");
  EXPECT_EQ(c.metrics.would_deny, 1);
}

TEST_P(BreakGlass, WithoutATrailNothingIsGranted) {
  c.LogIn("deploy");
  c.Run(kSet);
  c.trail.healthy = false;
  EXPECT_EQ(c.Run(kSetDone),
            "<- NoticeResponse WARNING \"the glass is not broken: the audit trail cannot take "
            "records now\"\n" +
                std::string(kSetAnswered));
  c.trail.healthy = true;
  ExpectDropRefused();
}

// --- while it is open ---

TEST_P(BreakGlass, ASecondSetDoesNotProlongIt) {
  Open();
  Wait(minutes(10));
  EXPECT_EQ(c.Run(kSet), kSetForwarded);
  EXPECT_EQ(
      c.Run(kSetDone),
      "<- NoticeResponse WARNING \"the glass is broken already, until 1970-01-01 00:05:00 "
      "UTC; this SET does not prolong it\"\n" +
          std::string(kSetAnswered));  // the fake wall clock stands still
  EXPECT_EQ(Wait(minutes(5)), Over("expired"));
  ExpectDropRefused();
  EXPECT_EQ(c.metrics.grants, "opened production deploy\nexpired production deploy\n");
}

TEST_P(BreakGlass, TwoPipelinedSetsAreOneGrant) {
  c.LogIn("deploy");
  c.Run(std::string(kSet) + std::string(kSet) + std::string(kSetDone) + std::string(kSetDone));
  EXPECT_EQ(c.metrics.grants, "opened production deploy\n");
  EXPECT_EQ(Wait(minutes(15)), Over("expired"));
}

TEST(BreakGlassSession, EverythingIsOnRecordAndTheTrailIsRequired) {
  Conversation c{{}, Directory(minutes(15), 1, [](policy::Rules& rules) {
                   rules.audit.required = false;
                   rules.audit.record = policy::Recorded::kDenied;
                 })};
  c.LogIn("deploy");
  c.Run(std::string(kSet) + std::string(kSetDone));
  c.Run(
      "client Query \"SELECT 1\"\nserver CommandComplete \"SELECT 1\"\nserver ReadyForQuery I");
  EXPECT_EQ(c.trail.Lines(),
            "grant ok break-glass.opened\nstatement Query ok rows=1 «SELECT 1»\n");
  c.trail.healthy = false;
  EXPECT_EQ(c.Run("client Query \"SELECT 1\""), "-> Query \"pgmoat denied <id>\"\n");
  c.Run("server Error ERROR 42601 x\nserver ReadyForQuery I\nwait 900000\ntick");
  EXPECT_EQ(c.Run("client Query \"SELECT 1\""), "-> Query \"SELECT 1\"\n");
  c.trail.healthy = true;
}

// --- the end ---

TEST_P(BreakGlass, ExpiresWhileIdle) {
  Open();
  EXPECT_EQ(Wait(minutes(15) - std::chrono::milliseconds(1)), "");
  EXPECT_EQ(Wait(std::chrono::milliseconds(1)), Over("expired"));
  EXPECT_FALSE(c.session().HasTimeLimits());
  ExpectDropRefused();
  EXPECT_EQ(WhatEnded(), "break-glass.opened break-glass.expired ");
  EXPECT_EQ(c.trail.records[2].subject->grant, c.trail.records[1].id.Text());
  EXPECT_EQ(c.trail.records[2].duration, minutes(15));
  EXPECT_EQ(c.trail.records[2].reason, "INC-7: disk full");
  EXPECT_EQ(c.trail.records[3].subject->grant, "");
}

TEST_P(BreakGlass, RefusalsBehindItSayThatItIsOver) {
  Open();
  Wait(minutes(15));
  c.Run("client Query \"DROP TABLE orders\"");
  EXPECT_EQ(c.trail.records.back().rule, "deploy.drop");
  c.out.Clear();
  c.session().OnServerBytes(EncodeMessage({"Error", "ERROR", "42601", "x"}, false), c.now,
                            c.out);
  std::string seen;
  c.out.to_client.ForEach([&](protocol::Bytes bytes) { seen += protocol::AsText(bytes); });
  EXPECT_NE(seen.find("The break-glass grant of this session is over since 1970-01-01 00:00:00 "
                      "UTC (expired)."),
            std::string::npos)
      << seen;
}

// Nobody ticked: the clock is looked at before the message.
TEST_P(BreakGlass, ExpiresInFrontOfTheNextMessage) {
  Open();
  c.Run("wait 900000");
  const std::string seen = c.Run("client Query \"DROP TABLE orders\"");
  EXPECT_NE(seen.find(Over("expired")), std::string::npos) << seen;
  EXPECT_NE(seen.find("-> Query \"pgmoat denied <id>\"\n"), std::string::npos) << seen;
  EXPECT_EQ(c.trail.records.back().rule, "deploy.drop");
}

TEST_P(BreakGlass, WhatRunsWhenItExpiresRunsToItsEnd) {
  Open();
  c.Run("client Query \"DROP TABLE orders\"");
  EXPECT_EQ(Wait(minutes(20)), Over("expired"));
  EXPECT_EQ(c.Run("server CommandComplete \"DROP TABLE\"\nserver ReadyForQuery I"),
            "<- CommandComplete \"DROP TABLE\"\n<- ReadyForQuery I\n");
  EXPECT_FALSE(c.closed);
}

TEST_P(BreakGlass, EverythingThatTakesTheSettingBackEndsItWhenItIsSent) {
  for (const char* sql :
       {"RESET pgmoat.break_glass", "SET pgmoat.break_glass TO DEFAULT",
        "SET pgmoat.break_glass = ''", "RESET ALL", "DISCARD ALL", "SELECT 1; RESET ALL"}) {
    Conversation fresh{{}, Directory()};
    fresh.SetChunk(GetParam());
    fresh.LogIn("deploy");
    fresh.Run(std::string(kSet) + std::string(kSetDone));
    EXPECT_EQ(
        fresh.Run("client Query \"" + std::string(sql) + "\"\nclient Query \"DROP TABLE t\""),
        "-> Query \"" + std::string(sql) + "\"\n" + Over("reset") +
            "-> Query \"pgmoat denied <id>\"\n")
        << sql;
    EXPECT_EQ(fresh.metrics.grants, "opened production deploy\nreset production deploy\n")
        << sql;
  }
}

TEST_P(BreakGlass, AResetPipelinedBehindTheSetEndsItWithItsAnswer) {
  c.LogIn("deploy");
  c.Run(std::string(kSet) + "client Query \"RESET ALL\"");
  EXPECT_EQ(
      c.Run(std::string(kSetDone) + "server CommandComplete RESET\nserver ReadyForQuery I"),
      std::string(kWarning) + std::string(kSetAnswered) + Over("reset") +
          "<- CommandComplete \"RESET\"\n<- ReadyForQuery I\n");
  ExpectDropRefused();
}

TEST_P(BreakGlass, ParseOfAResetEndsNothing) {
  Open();
  c.Run(
      "client Parse r \"RESET ALL\"\nclient Sync\nserver ParseComplete\nserver ReadyForQuery "
      "I");
  ExpectDropAllowed();
  EXPECT_EQ(c.Run("client Bind \"\" r\nclient Execute \"\"\nclient Sync"),
            "-> Bind \"\" \"r\"\n-> Execute \"\"\n" + Over("reset") + "-> Sync\n");
  c.Run("server BindComplete\nserver CommandComplete RESET\nserver ReadyForQuery I");
  ExpectDropRefused();
}

TEST_P(BreakGlass, AfterItsEndAnotherOneMayBegin) {
  Open();
  c.Run("client Query \"RESET ALL\"\nserver CommandComplete RESET\nserver ReadyForQuery I");
  ExpectDropRefused();
  c.Run(std::string(kSet) + std::string(kSetDone));
  ExpectDropAllowed();
  EXPECT_EQ(WhatEnded(), "break-glass.opened break-glass.reset break-glass.opened ");
}

TEST_P(BreakGlass, EndsWithTheSession) {
  Open();
  c.Run("client Query \"SELECT 1\"\nkill");
  EXPECT_EQ(WhatEnded(), "break-glass.opened break-glass.session-end ");
  const auto& records = c.trail.records;
  EXPECT_EQ(records[records.size() - 3].outcome, Outcome::kLost);
  EXPECT_EQ(records.back().event, AuditEvent::kDisconnect);
  EXPECT_EQ(c.metrics.grants, "opened production deploy\nsession-end production deploy\n");
  EXPECT_EQ(c.metrics.sessions, 0);
}

TEST_P(BreakGlass, AReloadThatTakesThePermissionAwayEndsIt) {
  Open();
  Reload(Directory(std::chrono::milliseconds(0), 2));
  EXPECT_EQ(c.TakeOutput(), Over("reload"));
  ExpectDropRefused();
  EXPECT_EQ(WhatEnded(), "break-glass.opened break-glass.reload ");
}

TEST_P(BreakGlass, AReloadThatKeepsThePermissionKeepsIt) {
  Open();
  Reload(Directory(minutes(60), 2));
  EXPECT_EQ(c.TakeOutput(), "");
  ExpectDropAllowed();
  EXPECT_EQ(Wait(minutes(15)), Over("expired"));  // not prolonged
  ExpectDropRefused();
}

TEST_P(BreakGlass, AReloadMayShortenIt) {
  Open();
  Reload(Directory(minutes(5), 2));
  EXPECT_EQ(Wait(minutes(5)), Over("expired"));
}

TEST_P(BreakGlass, AReloadThatGivesTheLoginAnotherRoleEndsIt) {
  Open();
  Reload(Directory(minutes(15), 2, [](policy::Rules& rules) {
    if (rules.role == BuiltinRole::kDeploy) {
      rules.role = BuiltinRole::kApp;
    }
  }));
  EXPECT_EQ(c.TakeOutput(), Over("reload", "app"));
  EXPECT_EQ(c.metrics.sessions, 1);
}

// --- migrations ---

// What a migration has to be is the own role's: the grant's changes need no record, those
// behind it do, and what was under way when it began is forgotten.
TEST_P(BreakGlass, MigrationsAreAskedForAgainBehindIt) {
  Conversation fresh{{}, Directory(minutes(15), 1, [](policy::Rules& rules) {
                       if (rules.role == BuiltinRole::kDeploy) {
                         rules.migrations = std::make_shared<policy::MigrationRules>();
                       }
                     })};
  fresh.SetChunk(GetParam());
  fresh.LogIn("deploy");
  const auto run = [&](std::string_view sql, std::string_view tag, char status) {
    fresh.Run("client Query \"" + std::string(sql) + "\"");
    const bool denied = fresh.trail.begun.empty();
    fresh.Run(denied ? std::string("server Error ERROR 42601 x\nserver ReadyForQuery ") +
                           (status == 'I' ? "I" : "E")
                     : "server CommandComplete \"" + std::string(tag) +
                           "\"\nserver ReadyForQuery " + status);
    return denied ? std::string(fresh.trail.records.back().rule) : std::string("ran");
  };
  EXPECT_EQ(run("CREATE TABLE a (a int)", "CREATE TABLE", 'I'), "deploy.no-migration");
  EXPECT_EQ(run("BEGIN", "BEGIN", 'T'), "ran");
  EXPECT_EQ(run("CREATE TABLE a (a int)", "CREATE TABLE", 'T'), "ran");
  fresh.Run(std::string(kSet) + "server CommandComplete SET\nserver ReadyForQuery T");
  EXPECT_EQ(run("COMMIT", "COMMIT", 'I'), "ran");
  EXPECT_EQ(run("CREATE TABLE b (a int)", "CREATE TABLE", 'I'), "ran");
  EXPECT_EQ(run("RESET pgmoat.break_glass", "RESET", 'I'), "ran");
  EXPECT_EQ(run("SELECT 1", "SELECT 1", 'I'), "ran");
  EXPECT_EQ(run("CREATE TABLE c (a int)", "CREATE TABLE", 'I'), "deploy.no-migration");
  // Also where the transaction is still open.
  fresh.Run(std::string(kSet) + std::string(kSetDone));
  EXPECT_EQ(run("BEGIN", "BEGIN", 'T'), "ran");
  EXPECT_EQ(run("DROP TABLE b", "DROP TABLE", 'T'), "ran");
  fresh.Run("wait 900000\ntick");
  EXPECT_EQ(run("CREATE TABLE c (a int)", "CREATE TABLE", 'T'), "ran");
  EXPECT_EQ(run("COMMIT", "COMMIT", 'E'), "deploy.unrecorded-migration");
}

// --- what must not stay ---

TEST_P(BreakGlass, ASessionWithTheReadOnlyWallEndsWithItsGrant) {
  Open("readonly");
  c.Run(
      "client Query \"SET default_transaction_read_only = off\"\nserver ParameterStatus "
      "default_transaction_read_only off\nserver CommandComplete SET\nserver ReadyForQuery I");
  EXPECT_EQ(c.Run("client Query \"DELETE FROM orders\""), "-> Query \"DELETE FROM orders\"\n");
  EXPECT_EQ(Wait(minutes(15)), Over("expired", "readonly"));
  EXPECT_FALSE(c.closed);  // an answer is owed
  EXPECT_EQ(c.Run("server CommandComplete \"DELETE 5\"\nserver ReadyForQuery I"),
            "<- CommandComplete \"DELETE 5\"\n-> Terminate\n<- ReadyForQuery I\n" +
                std::string(kEnded) + "** Close\n");
  EXPECT_EQ(c.trail.records.back().rule, "break-glass.over");
}

TEST_P(BreakGlass, ARestoredWallIsNotWaitedFor) {
  Open("readonly");
  EXPECT_EQ(c.Run("client Query \"RESET ALL\"\nserver CommandComplete RESET\nserver "
                  "ReadyForQuery I"),
            "-> Query \"RESET ALL\"\n" + Over("reset", "readonly") +
                "<- CommandComplete \"RESET\"\n-> Terminate\n<- ReadyForQuery I\n" +
                std::string(kEnded) + "** Close\n");
}

// Nothing is judged by a role whose lexing is no longer sure.
TEST_P(BreakGlass, StatementsBehindAnEndThatEndsTheSessionAreNotLookedAt) {
  Open();
  c.Run(
      "client Query \"SET standard_conforming_strings = off\"\nserver ParameterStatus "
      "standard_conforming_strings off\nserver CommandComplete SET\nserver ReadyForQuery I");
  c.Run("client Query \"SELECT pg_sleep(900)\"");
  EXPECT_EQ(Wait(minutes(15)), Over("expired"));
  EXPECT_EQ(c.Run("client Query \"SELECT 1\""), std::string(kEnded) + "** Close\n");
  EXPECT_EQ(c.trail.records.back().rule, "break-glass.over");
}

TEST_P(BreakGlass, SettingsAndCodeThatStayEndTheSession) {
  for (const char* sql :
       {"SET session_replication_role = replica", "DO $$ BEGIN PERFORM 1; END $$",
        "SELECT set_config(name, 'x', false) FROM pg_settings", "SELEC 1"}) {
    Conversation fresh{{}, Directory()};
    fresh.LogIn("deploy");
    fresh.Run(std::string(kSet) + std::string(kSetDone));
    EXPECT_EQ(fresh.Run("client Query \"" + std::string(sql) + "\""),
              "-> Query \"" + std::string(sql) + "\"\n");
    fresh.Run("server CommandComplete X\nserver ReadyForQuery I");
    EXPECT_EQ(fresh.Run("wait 900000\ntick"),
              "-> Terminate\n" + Over("expired") + std::string(kEnded) + "** Close\n")
        << sql;
  }
}

TEST_P(BreakGlass, WhatTheServerReportsEndsTheSessionToo) {
  for (const char* status : {"standard_conforming_strings off", "client_encoding SJIS",
                             "session_authorization other"}) {
    Conversation fresh{{}, Directory()};
    fresh.LogIn("deploy");
    fresh.Run(
        "client Query \"SELECT 1\"\nserver ParameterStatus session_authorization "
        "deploy\nserver CommandComplete \"SELECT 1\"\nserver ReadyForQuery I");
    fresh.Run(std::string(kSet) + std::string(kSetDone));
    fresh.Run("client Query \"SELECT f()\"\nserver ParameterStatus " + std::string(status) +
              "\nserver CommandComplete \"SELECT 1\"\nserver ReadyForQuery I");
    EXPECT_EQ(fresh.Run("wait 900000\ntick"),
              "-> Terminate\n" + Over("expired") + std::string(kEnded) + "** Close\n")
        << status;
  }
}

TEST_P(BreakGlass, AnOpenTransactionEndsWithSuchASession) {
  Open("readonly");
  c.Run(
      "client Query \"BEGIN READ WRITE\"\nserver CommandComplete BEGIN\nserver ReadyForQuery "
      "T");
  EXPECT_EQ(Wait(minutes(15)), "-> Terminate\n" + Over("expired", "readonly") +
                                   std::string(kEnded) + "** Close\n");
}

// --- at the login ---

TEST_P(BreakGlass, OpensAtTheLoginInFrontOfTheFirstReadyForQuery) {
  for (const char* startup :
       {"\"options=-c pgmoat.break_glass=INC-7:\\ disk\\ full\"",
        "\"options=--pgmoat.break-glass=INC-7:\\ disk\\ full -c PGMOAT.expect-environment="
        "production\"",
        "\"pgmoat.break_glass=INC-7: disk full\"", "\"PGMOAT.Break_Glass=INC-7: disk full\""}) {
    Conversation fresh{{}, Directory()};
    fresh.SetChunk(GetParam());
    EXPECT_EQ(fresh.Run("client Startup user=deploy database=shop " + std::string(startup)),
              "** ConnectServer\n");
    // Nothing of it goes on: a pooler would refuse it.
    EXPECT_EQ(fresh.Run("connected"), "-> StartupMessage 3.0 user=deploy database=shop\n");
    EXPECT_EQ(fresh.Run("server AuthenticationOk\nserver ReadyForQuery I"),
              "<- Authentication 0\n" + std::string(kWarning) + "<- ReadyForQuery I\n")
        << startup;
    ASSERT_EQ(fresh.trail.Lines(), "login ok\ngrant ok break-glass.opened\n");
    EXPECT_EQ(fresh.trail.records[1].reason, "INC-7: disk full");
    EXPECT_EQ(fresh.Run("client Query \"DROP TABLE t\""), "-> Query \"DROP TABLE t\"\n");
  }
}

TEST_P(BreakGlass, LoginThatMayNotIsRefused) {
  for (const char* startup : {"user=app database=shop \"pgmoat.break_glass=INC-7\"",
                              "user=app database=shop \"options=-cpgmoat.break_glass=INC-7\"",
                              "user=deploy database=shop pgmoat.break_glass=a"}) {
    Conversation fresh{{}, Directory()};
    const std::string seen = fresh.Run("client Startup " + std::string(startup));
    EXPECT_TRUE(seen.starts_with("<- ErrorResponse FATAL 42501 \"Breaking the glass")) << seen;
    EXPECT_EQ(fresh.trail.Lines(), "login denied any.break-glass 42501\n");
  }
}

TEST_P(BreakGlass, OtherOptionsOfThePacketStayAsTheyAre) {
  c.Run(
      "client Startup user=deploy database=shop \"options=-c work_mem=1MB -c "
      "pgmoat.break_glass=INC-7 --a=b\\ c\"");
  EXPECT_EQ(
      c.Run("connected"),
      "-> StartupMessage 3.0 user=deploy database=shop options=-c work_mem=1MB --a=b\\ c\n");
}

TEST_P(BreakGlass, AnEmptyOneAtTheLoginAsksForNothing) {
  c.Run(
      "client Startup user=deploy database=shop \"options=-c pgmoat.break_glass=\"\nconnected");
  EXPECT_EQ(c.Run("server AuthenticationOk\nserver ReadyForQuery I"),
            "<- Authentication 0\n<- ReadyForQuery I\n");
}

}  // namespace
}  // namespace pgmoat::session::testing
