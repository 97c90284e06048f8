#include <gtest/gtest.h>

#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

SessionOptions WithTls(ClientTls mode) {
  SessionOptions options;
  options.client_tls = mode;
  return options;
}

TEST(Login, TrustReachesReadyAndIsRecorded) {
  Conversation c;
  EXPECT_EQ(c.Run("client Startup user=app database=shop application_name=psql"),
            "** ConnectServer\n");
  EXPECT_EQ(c.Run("connected"),
            "-> StartupMessage 3.0 user=app database=shop application_name=psql\n");
  EXPECT_EQ(
      c.Run("server AuthenticationOk\nserver BackendKeyData 4711\nserver ReadyForQuery I"),
      "<- Authentication 0\n<- BackendKeyData\n<- ReadyForQuery I\n");
  EXPECT_EQ(c.trail.Lines(), "login ok\n");
  EXPECT_EQ(c.trail.records[0].subject->server_pid, 4711);
  EXPECT_EQ(c.trail.records[0].subject->application_name, "psql");
  EXPECT_TRUE(c.session().Idle());
}

TEST(Login, EveryStepSurvivesBytesComingOneByOne) {
  Conversation c;
  c.SetChunk(1);
  EXPECT_EQ(c.Run("client Startup user=app database=shop"), "** ConnectServer\n");
  EXPECT_EQ(c.Run("connected"), "-> StartupMessage 3.0 user=app database=shop\n");
  EXPECT_EQ(c.Run("server AuthenticationCleartextPassword\nclient Password secret\nserver "
                  "AuthenticationOk\n"
                  "server ReadyForQuery I"),
            "<- Authentication 3\n-> Password\n<- Authentication 0\n<- ReadyForQuery I\n");
}

TEST(Login, ReadonlyGetsTheReadOnlyWallLastInTheStartupPacket) {
  Conversation c;
  c.Run("client Startup user=readonly database=shop DateStyle=ISO");
  EXPECT_EQ(c.Run("connected"),
            "-> StartupMessage 3.0 user=readonly database=shop DateStyle=ISO "
            "default_transaction_read_only=on\n");
}

TEST(Login, ReadonlyMayNotTakeTheWallDownInTheStartupPacket) {
  for (const char* startup : {
           "client Startup user=readonly database=shop default_transaction_read_only=off",
           "client Startup user=readonly database=shop DEFAULT_TRANSACTION_READ_ONLY=off",
           "client Startup user=readonly database=shop \"options=-c "
           "default_transaction_read_only=off\"",
           "client Startup user=readonly database=shop "
           "\"options=--default-transaction-read-only=off\"",
           "client Startup user=readonly database=shop \"options=-O\"",
           "client Startup user=readonly database=shop client_encoding=SJIS",
           "client Startup user=readonly database=shop replication=database",
       }) {
    Conversation c;
    const std::string seen = c.Run(startup);
    EXPECT_TRUE(seen.starts_with("<- ErrorResponse FATAL ")) << startup << "\n" << seen;
    EXPECT_TRUE(seen.ends_with("** Close\n")) << startup << "\n" << seen;
    ASSERT_EQ(c.trail.records.size(), 1u);
    EXPECT_EQ(c.trail.records[0].outcome, Outcome::kDenied);
  }
}

TEST(Login, UnknownLoginIsRefusedBeforeTheServerIsAsked) {
  Conversation c;
  EXPECT_EQ(c.Run("client Startup user=mallory database=shop"),
            "<- ErrorResponse FATAL 28000 \"login \"mallory\" has no role in environment "
            "production\"\n** Close\n");
  EXPECT_EQ(c.trail.Lines(), "login denied login.unknown 28000\n");
  EXPECT_EQ(c.metrics.refused_logins, 1);
}

TEST(Login, DatabaseOfNoEnvironmentIsRefused) {
  Conversation c;
  EXPECT_EQ(c.Run("client Startup user=app database=other"),
            "<- ErrorResponse FATAL 28000 \"no environment of pgmoat serves database "
            "\"other\"\"\n** Close\n");
}

TEST(Login, ServersRefusalReachesTheClientUnchanged) {
  Conversation c;
  c.Run(
      "client Startup user=app database=shop\nconnected\nserver "
      "AuthenticationCleartextPassword\nclient Password no");
  EXPECT_EQ(c.Run("server Error FATAL 28P01 \"password authentication failed\""),
            "<- ErrorResponse FATAL 28P01 \"password authentication failed\"\n** Close\n");
  EXPECT_EQ(c.trail.Lines(), "login error 28P01\n");
}

TEST(Login, ChannelBindingIsTakenOffTheMechanismList) {
  Conversation c;
  c.Run("client Startup user=app database=shop\nconnected");
  EXPECT_EQ(c.Run("server AuthenticationSASL SCRAM-SHA-256-PLUS SCRAM-SHA-256"),
            "<- Authentication 10 SCRAM-SHA-256\n");
  EXPECT_EQ(
      c.Run("client SASLInitialResponse SCRAM-SHA-256 n,,n=,r=abc\nserver "
            "AuthenticationSASLContinue r=x\n"
            "client Password p=1\nserver AuthenticationSASLFinal v=1\nserver AuthenticationOk"),
      "-> Password\n<- Authentication 11\n-> Password\n<- Authentication 12\n<- Authentication "
      "0\n");
}

TEST(Login, ClientThatMissesChannelBindingIsToldWhatToDo) {
  Conversation c;
  c.Run(
      "client Startup user=app database=shop\nconnected\nserver AuthenticationSASL "
      "SCRAM-SHA-256-PLUS SCRAM-SHA-256");
  EXPECT_EQ(c.Run("client SASLInitialResponse SCRAM-SHA-256 y,,n=,r=abc"),
            "<- ErrorResponse FATAL 28000 \"SCRAM channel binding cannot pass through a proxy "
            "that ends TLS\"\n** Close\n");
}

TEST(Login, SecondStartupMessageDuringAuthenticationIsAViolation) {
  Conversation c;
  c.Run(
      "client Startup user=app database=shop\nconnected\nserver "
      "AuthenticationCleartextPassword");
  const std::string seen = c.Run("client Startup user=admin database=shop");
  EXPECT_TRUE(seen.starts_with("<- ErrorResponse FATAL 08P01")) << seen;
  EXPECT_EQ(seen.find("->"), std::string::npos) << seen;
}

TEST(Login, UnaskedPasswordIsNotReadUntilAsked) {
  Conversation c;
  c.Run("client Startup user=app database=shop\nconnected");
  EXPECT_EQ(c.Run("client Password early"), "");
  EXPECT_EQ(c.Run("server AuthenticationCleartextPassword"),
            "<- Authentication 3\n-> Password\n");
}

TEST(Login, SecondPasswordForOneChallengeIsAViolationOnceReady) {
  Conversation c;
  c.Run(
      "client Startup user=app database=shop\nconnected\nserver "
      "AuthenticationCleartextPassword\nclient Password a");
  EXPECT_EQ(c.Run("client Password b"), "");
  const std::string seen = c.Run("server AuthenticationOk\nserver ReadyForQuery I");
  EXPECT_NE(seen.find("FATAL 08P01"), std::string::npos) << seen;
}

TEST(Login, TlsIsAgreedWhereConfiguredAndBytesBehindTheRequestAreRefused) {
  Conversation agreed(WithTls(ClientTls::kAllow));
  EXPECT_EQ(agreed.Run("client SSLRequest"), "<- S\n** StartClientTls\n");
  EXPECT_EQ(agreed.Run("tls db.example\nclient Startup user=app database=shop"),
            "** ConnectServer\n");

  Conversation smuggler(WithTls(ClientTls::kAllow));
  const std::string seen = smuggler.Run("client Raw \"\"");
  EXPECT_EQ(seen, "");
  std::string request("\0\0\0\x08\x04\xd2\x16\x2f\0\0\0\x09", 12);
  smuggler.out.Clear();
  smuggler.session().OnClientBytes(protocol::AsBytes(request), smuggler.now, smuggler.out);
  const std::string refused = smuggler.TakeOutput();
  EXPECT_NE(refused.find("unencrypted bytes behind the SSLRequest"), std::string::npos)
      << refused;
}

TEST(Login, TlsIsDeclinedWhereDisabledAndAskedOnce) {
  Conversation c;
  EXPECT_EQ(c.Run("client GSSENCRequest"), "<- N\n");
  EXPECT_EQ(c.Run("client SSLRequest"), "<- N\n");
  EXPECT_NE(c.Run("client SSLRequest").find("FATAL 08P01"), std::string::npos);
}

TEST(Login, PlaintextIsRefusedWhereTlsIsRequired) {
  Conversation c(WithTls(ClientTls::kRequire));
  EXPECT_EQ(
      c.Run("client Startup user=app database=shop"),
      "<- ErrorResponse FATAL 28000 \"logins without TLS are not allowed here\"\n** Close\n");
}

TEST(Login, NewerProtocolAndOptionsAreNegotiatedDown) {
  Conversation c;
  c.Run("client Startup minor=9999 user=app database=shop _pq_.compression=on");
  EXPECT_EQ(c.Run("connected"), "-> StartupMessage 3.2 user=app database=shop\n");
  EXPECT_EQ(c.Run("server AuthenticationOk"),
            "<- NegotiateProtocolVersion 3.2 _pq_.compression\n<- Authentication 0\n");
}

TEST(Login, RefusedOptionsAreNamedWithTheVersionThatWasAskedFor) {
  Conversation c;
  c.Run("client Startup minor=0 user=app database=shop _pq_.x=1\nconnected");
  EXPECT_EQ(c.Run("server AuthenticationOk"),
            "<- NegotiateProtocolVersion 3.0 _pq_.x\n<- Authentication 0\n");
}

TEST(Login, ServersOwnNegotiationNamesOurRefusedOptionsToo) {
  Conversation c;
  c.Run("client Startup minor=2 user=app database=shop _pq_.x=1\nconnected");
  EXPECT_EQ(c.Run("server NegotiateProtocolVersion 0\nserver AuthenticationOk"),
            "<- NegotiateProtocolVersion 3.0 _pq_.x\n<- Authentication 0\n");
}

TEST(Login, CancelRequestIsForwardedAndTheSessionEnds) {
  Conversation c;
  EXPECT_EQ(c.Run("client CancelRequest"), "** ForwardCancel\n");
}

TEST(Login, ServerThatTalksOutOfTurnEndsTheSession) {
  for (const char* line : {"server ReadyForQuery I", "server CommandComplete x",
                           "server DataRow x", "server BackendKeyData 1",
                           "server AuthenticationSASLContinue x\nserver Raw \"?????\""}) {
    Conversation c;
    c.Run("client Startup user=app database=shop\nconnected");
    const std::string seen = c.Run(line);
    EXPECT_NE(seen.find("FATAL 08P01"), std::string::npos) << line << "\n" << seen;
    EXPECT_TRUE(seen.ends_with("** Close\n")) << line << "\n" << seen;
  }
}

TEST(Login, UnreachableServerIsNamedByEnvironment) {
  Conversation c;
  c.Run("client Startup user=app database=shop");
  EXPECT_EQ(c.Run("connect-failed \"connection refused\""),
            "<- ErrorResponse FATAL 08006 \"pgmoat cannot reach the database server of "
            "environment production: "
            "connection refused\"\n** Close\n");
}

TEST(Login, RefusedConnectionIsToldInAnswerToItsStartupMessage) {
  Conversation c(WithTls(ClientTls::kAllow));
  c.session().RefuseConnection("53300", "too many connections");
  EXPECT_EQ(c.Run("client SSLRequest\ntls x"), "<- S\n** StartClientTls\n");
  EXPECT_EQ(c.Run("client Startup user=app database=shop"),
            "<- ErrorResponse FATAL 53300 \"too many connections\"\n** Close\n");
  EXPECT_EQ(c.trail.Lines(), "login error login.not-accepting 53300\n");
  EXPECT_EQ(c.metrics.refused_logins, 1);
}

TEST(Login, TimeoutEndsALoginButNotASession) {
  Conversation slow;
  slow.Run("client Raw x");
  EXPECT_NE(slow.Run("login-timeout").find("the login took too long"), std::string::npos);
  Conversation ready;
  ready.LogIn("app");
  EXPECT_EQ(ready.Run("login-timeout"), "");
}

TEST(Login, ChannelBindingPassesWhereBothSidesShowTheSameCertificate) {
  Conversation c(WithTls(ClientTls::kRequire));
  c.Run("client SSLRequest\ntls \"\"\nclient Startup user=app database=shop");
  c.Run("connected same-certificate");
  EXPECT_EQ(c.Run("server AuthenticationSASL SCRAM-SHA-256-PLUS SCRAM-SHA-256"),
            "<- Authentication 10 SCRAM-SHA-256-PLUS SCRAM-SHA-256\n");
  EXPECT_EQ(c.Run("client SASLInitialResponse SCRAM-SHA-256-PLUS \"p=tls-server-end-point,,\""),
            "-> Password\n");
}

TEST(Login, ChannelBindingIsNotOfferedInPlaintextWhateverTheCertificates) {
  Conversation c(WithTls(ClientTls::kAllow));
  c.Run("client Startup user=app database=shop");
  c.Run("connected same-certificate");
  EXPECT_EQ(c.Run("server AuthenticationSASL SCRAM-SHA-256-PLUS SCRAM-SHA-256"),
            "<- Authentication 10 SCRAM-SHA-256\n");
}

TEST(Login, DirectTlsIsAHandshakeWithoutTheQuestion) {
  Conversation c(WithTls(ClientTls::kRequire));
  EXPECT_EQ(c.Run("direct-tls"), "** StartClientTls\n");
  EXPECT_EQ(c.Run("tls \"\" alpn\nclient Startup user=app database=shop"),
            "** ConnectServer\n");
}

TEST(Login, DirectTlsWithoutAlpnIsRefused) {
  Conversation c(WithTls(ClientTls::kRequire));
  c.Run("direct-tls\ntls \"\"");
  EXPECT_NE(c.Run("client Startup user=app database=shop").find("<- ErrorResponse FATAL 08P01"),
            std::string::npos);
  EXPECT_TRUE(c.closed);
}

}  // namespace
}  // namespace pgmoat::session::testing
