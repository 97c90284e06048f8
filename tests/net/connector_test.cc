#include "proxy/net/connector.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>

#include "tests/net/support.h"

namespace pgmoat::net {
namespace {

using config::SslMode;
using test::ScriptedServer;

constexpr std::size_t kSslRequestBytes = 8;

struct Outcome {
  std::unique_ptr<Stream> stream;
  std::string reason;
  bool done = false;
};

class ConnectorTest : public ::testing::Test {
 protected:
  Outcome Connect(std::uint16_t port, SslMode mode,
                  std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    config::Upstream upstream;
    upstream.host = host_;
    upstream.port = port;
    upstream.sslmode = mode;
    upstream.sslrootcert = root_;
    auto target = std::make_shared<const UpstreamSettings>(
        UpstreamSettings{upstream, MakeUpstreamTls(upstream)});
    Outcome outcome;
    auto connector = std::make_shared<Connector>(
        loop_, target, [&](std::unique_ptr<Stream> stream, std::string reason) {
          outcome.stream = std::move(stream);
          outcome.reason = std::move(reason);
          outcome.done = true;
        });
    connector->Start(timeout);
    EXPECT_FALSE(outcome.stream) << "done was called inside Start()";
    while (!outcome.done) loop_.RunOnce();
    return outcome;
  }

  // Speaks TLS as PostgreSQL does, then sends "hello".
  static void ServeTls(int fd, const test::CertificateFiles& files) {
    test::ReceiveExactly(fd, kSslRequestBytes);
    test::SendAll(fd, "S");
    const TlsContext context =
        MakeListenerTls({config::ClientTlsMode::kRequire, files.certificate, files.key});
    const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context.get()), SSL_free);
    SSL_set_fd(ssl.get(), fd);
    if (SSL_accept(ssl.get()) != 1) return;
    SSL_write(ssl.get(), "hello", 5);
    char byte = 0;
    SSL_read(ssl.get(), &byte, 1);
  }

  EventLoop loop_;
  std::string host_ = "127.0.0.1";
  std::filesystem::path root_;
  test::TempDir directory_;
};

TEST_F(ConnectorTest, NobodyListening) {
  const Outcome outcome = Connect(test::DeadPort(), SslMode::kDisable);
  EXPECT_FALSE(outcome.stream);
  EXPECT_EQ(outcome.reason, "connection refused");
}

TEST_F(ConnectorTest, EachAddressOfANameIsTried) {
  ScriptedServer server(1, [](int fd) { test::SendAll(fd, "hi"); });
  host_ = "localhost";  // ::1 first, where nobody listens, on most machines
  const Outcome outcome = Connect(server.port(), SslMode::kDisable);
  EXPECT_TRUE(outcome.stream) << outcome.reason;
}

TEST_F(ConnectorTest, UnknownNameIsNamed) {
  host_ = "no-such-host.invalid";
  const Outcome outcome = Connect(5432, SslMode::kDisable);
  EXPECT_FALSE(outcome.stream);
  EXPECT_NE(outcome.reason.find("no-such-host.invalid"), std::string::npos) << outcome.reason;
}

TEST_F(ConnectorTest, DisableAsksForNoTls) {
  std::string received;
  {
    ScriptedServer server(1, [&](int fd) { received = test::ReceiveUntilEnd(fd); });
    Outcome outcome = Connect(server.port(), SslMode::kDisable);
    ASSERT_TRUE(outcome.stream) << outcome.reason;
    outcome.stream.reset();
  }
  EXPECT_EQ(received, "");
}

TEST_F(ConnectorTest, PreferGoesOnInPlaintextAfterNo) {
  ScriptedServer server(1, [](int fd) {
    test::ReceiveExactly(fd, kSslRequestBytes);
    test::SendAll(fd, "N");
    test::ReceiveUntilEnd(fd);
  });
  const Outcome outcome = Connect(server.port(), SslMode::kPrefer);
  ASSERT_TRUE(outcome.stream) << outcome.reason;
  EXPECT_EQ(outcome.stream->ssl(), nullptr);
}

TEST_F(ConnectorTest, RequireFailsAfterNo) {
  ScriptedServer server(1, [](int fd) {
    test::ReceiveExactly(fd, kSslRequestBytes);
    test::SendAll(fd, "N");
    test::ReceiveUntilEnd(fd);
  });
  const Outcome outcome = Connect(server.port(), SslMode::kRequire);
  EXPECT_FALSE(outcome.stream);
  EXPECT_EQ(outcome.reason, "the server does not offer TLS, which sslmode demands");
}

TEST_F(ConnectorTest, NonsenseAnswerIsNotPostgresql) {
  ScriptedServer server(1, [](int fd) {
    test::ReceiveExactly(fd, kSslRequestBytes);
    test::SendAll(fd, "HTTP/1.1 400 Bad Request\r\n");
    test::ReceiveUntilEnd(fd);
  });
  const Outcome outcome = Connect(server.port(), SslMode::kPrefer);
  EXPECT_FALSE(outcome.stream);
  EXPECT_EQ(outcome.reason, "the server's answer to the request for TLS is not PostgreSQL's");
}

TEST_F(ConnectorTest, ErrorToSslRequestIsNotShown) {
  ScriptedServer server(1, [](int fd) {
    test::ReceiveExactly(fd, kSslRequestBytes);
    test::SendAll(fd, std::string("E\0\0\0\x09SBOO\0", 10));
    test::ReceiveUntilEnd(fd);
  });
  const Outcome outcome = Connect(server.port(), SslMode::kRequire);
  EXPECT_FALSE(outcome.stream);
  EXPECT_EQ(outcome.reason, "the server answered the request for TLS with an error");
}

TEST_F(ConnectorTest, CloseInsteadOfAnAnswer) {
  ScriptedServer server(1, [](int fd) { test::ReceiveExactly(fd, kSslRequestBytes); });
  const Outcome outcome = Connect(server.port(), SslMode::kRequire);
  EXPECT_FALSE(outcome.stream);
  EXPECT_EQ(outcome.reason, "the server closed the connection when asked for TLS");
}

// CVE-2021-23222: bytes put behind the 'S' must never be taken for the server's.
TEST_F(ConnectorTest, PlaintextBehindTheAnswerFailsTheHandshake) {
  ScriptedServer server(1, [](int fd) {
    test::ReceiveExactly(fd, kSslRequestBytes);
    test::SendAll(fd, std::string("SR\0\0\0\x08\0\0\0\0", 10));
    test::ReceiveUntilEnd(fd);
  });
  const Outcome outcome = Connect(server.port(), SslMode::kRequire);
  EXPECT_FALSE(outcome.stream);
  EXPECT_EQ(outcome.reason.rfind("TLS handshake failed: ", 0), 0U) << outcome.reason;
}

TEST_F(ConnectorTest, PreferTriesPlaintextAfterAFailedHandshake) {
  int connections = 0;
  ScriptedServer server(2, [&](int fd) {
    if (++connections == 1) {
      test::ReceiveExactly(fd, kSslRequestBytes);
      test::SendAll(fd, "Sgarbage that is no ServerHello");
    } else {
      test::SendAll(fd, "2");
    }
    test::ReceiveUntilEnd(fd);
  });
  const Outcome outcome = Connect(server.port(), SslMode::kPrefer);
  ASSERT_TRUE(outcome.stream) << outcome.reason;
  EXPECT_EQ(outcome.stream->ssl(), nullptr);
  bool readable = false;
  outcome.stream->WaitReadable([&] { readable = true; });
  while (!readable) loop_.RunOnce();
  std::array<std::byte, 1> greeting{};
  EXPECT_EQ(outcome.stream->Read(greeting).status, IoStatus::kDone);
  EXPECT_EQ(greeting[0], std::byte{'2'});
}

TEST_F(ConnectorTest, RequireEncryptsWithoutKnowingWhoIsThere) {
  const auto files = test::MakeCertificate(directory_.path(), "elsewhere.example");
  ScriptedServer server(1, [&](int fd) { ServeTls(fd, files); });
  const Outcome outcome = Connect(server.port(), SslMode::kRequire);
  ASSERT_TRUE(outcome.stream) << outcome.reason;
  EXPECT_NE(outcome.stream->ssl(), nullptr);
}

TEST_F(ConnectorTest, VerifyCaRefusesAnUnknownAuthority) {
  const auto files = test::MakeCertificate(directory_.path(), "db.example");
  root_ = test::MakeCertificate(directory_.path(), "other.example").certificate;
  ScriptedServer server(1, [&](int fd) { ServeTls(fd, files); });
  const Outcome outcome = Connect(server.port(), SslMode::kVerifyCa);
  EXPECT_FALSE(outcome.stream);
  EXPECT_EQ(outcome.reason.rfind("certificate verify failed: ", 0), 0U) << outcome.reason;
}

TEST_F(ConnectorTest, VerifyCaTakesAnyNameOfAKnownAuthority) {
  const auto files = test::MakeCertificate(directory_.path(), "db.example");
  root_ = files.certificate;
  host_ = "localhost";
  ScriptedServer server(1, [&](int fd) { ServeTls(fd, files); });
  const Outcome outcome = Connect(server.port(), SslMode::kVerifyCa);
  EXPECT_TRUE(outcome.stream) << outcome.reason;
}

TEST_F(ConnectorTest, VerifyFullRefusesAnotherName) {
  const auto files = test::MakeCertificate(directory_.path(), "db.example");
  root_ = files.certificate;
  host_ = "localhost";
  ScriptedServer server(1, [&](int fd) { ServeTls(fd, files); });
  const Outcome outcome = Connect(server.port(), SslMode::kVerifyFull);
  EXPECT_FALSE(outcome.stream);
  EXPECT_EQ(outcome.reason, "certificate verify failed: hostname mismatch");
}

TEST_F(ConnectorTest, VerifyFullKnowsAddresses) {
  const auto files = test::MakeCertificate(directory_.path(), "db.example");
  root_ = files.certificate;
  ScriptedServer server(1, [&](int fd) { ServeTls(fd, files); });
  const Outcome outcome = Connect(server.port(), SslMode::kVerifyFull);
  EXPECT_TRUE(outcome.stream) << outcome.reason;
}

TEST_F(ConnectorTest, SilentServerTimesOut) {
  ScriptedServer server(1, [](int fd) { test::ReceiveUntilEnd(fd); });
  const Outcome outcome =
      Connect(server.port(), SslMode::kRequire, std::chrono::milliseconds(10));
  EXPECT_FALSE(outcome.stream);
  EXPECT_EQ(outcome.reason, "no answer within 10 ms");
}

}  // namespace
}  // namespace pgmoat::net
