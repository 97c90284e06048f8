#include "proxy/audit/sinks/stream_sink.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <set>

#include "tests/audit/sinks/test_server.h"
#include "tests/audit/sinks/trail_lines.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

class StreamSinkTest : public testing::Test {
 protected:
  StreamSinkTest() { recorder_.file = directory_ / "received"; }

  StreamSinkOptions OverTcp() {
    recorder_.port = FreePort(SOCK_STREAM);
    StreamSinkOptions options;
    options.host = "127.0.0.1";
    options.port = recorder_.port;
    return options;
  }
  StreamSinkOptions OverUnix() {
    recorder_.socket = directory_ / "socket";
    StreamSinkOptions options;
    options.socket = recorder_.socket;
    return options;
  }
  StreamSinkOptions OverTls() {
    StreamSinkOptions options = OverTcp();
    const TestCertificate certificate(directory_.path(), "server");
    recorder_.certificate = certificate.certificate;
    recorder_.key = certificate.key;
    options.tls.enabled = true;
    options.tls.ca_file = certificate.certificate;
    return options;
  }
  void Start() { server_ = StartRecorder(recorder_); }

  // As the runner does, until all is delivered.
  static bool DeliverAll(Sink& sink, const std::string& lines) {
    std::size_t done = 0;
    return Eventually([&] {
      done += sink.Deliver(std::string_view(lines).substr(done)).bytes;
      return done == lines.size();
    });
  }
  [[nodiscard]] std::string Received() const { return Contents(recorder_.file); }

  void ExpectArrives(const StreamSinkOptions& options) {
    Start();
    const std::string lines = StatementLines(1, 1000);
    {
      const auto sink = MakeStreamSink(options);
      EXPECT_TRUE(DeliverAll(*sink, lines));
      EXPECT_TRUE(DeliverAll(*sink, StatementLine(1001)));
      EXPECT_EQ(sink->Idle(), "");
    }
    EXPECT_TRUE(Eventually([&] { return Received() == lines + StatementLine(1001); }));
  }
  void ExpectNothingMissingWhenKilled(const StreamSinkOptions& options);

  TemporaryDirectory directory_;
  RecorderOptions recorder_;
  Process server_;
};

TEST_F(StreamSinkTest, LinesArriveUnchangedOverTcp) { ExpectArrives(OverTcp()); }
TEST_F(StreamSinkTest, LinesArriveUnchangedOverAUnixSocket) { ExpectArrives(OverUnix()); }
TEST_F(StreamSinkTest, LinesArriveUnchangedOverTls) { ExpectArrives(OverTls()); }

TEST_F(StreamSinkTest, NobodyThereIsAnErrorThatNamesThePlace) {
  const StreamSinkOptions options = OverTcp();
  const auto sink = MakeStreamSink(options);
  const Sink::Result result = sink->Deliver(StatementLine(1));
  EXPECT_EQ(result.bytes, 0U);
  EXPECT_EQ(result.error, "cannot connect to 127.0.0.1:" + std::to_string(options.port) +
                              ": Connection refused");
}

TEST_F(StreamSinkTest, HostThatDoesNotExistIsAnErrorThatNamesIt) {
  StreamSinkOptions options;
  options.host = "nowhere.invalid";
  options.port = 9;
  const std::string error = MakeStreamSink(options)->Deliver(StatementLine(1)).error;
  EXPECT_EQ(error.find("cannot connect to nowhere.invalid:9: "), 0U) << error;
}

// A server that accepts and then neither reads nor acknowledges.
TEST_F(StreamSinkTest, PeerThatReadsNothingIsAnErrorAfterAWhile) {
  StreamSinkOptions options = OverUnix();
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  options.socket.string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  const auto sink = MakeStreamSink(options);
  const Sink::Result small = sink->Deliver(StatementLine(1));
  EXPECT_EQ(small.bytes, 0U);
  EXPECT_NE(small.error.find("does not acknowledge"), std::string::npos) << small.error;
  ::close(listener);
}

TEST_F(StreamSinkTest, CertificateOfAnotherIsRefused) {
  StreamSinkOptions options = OverTls();
  options.tls.ca_file = TestCertificate(directory_.path(), "another").certificate;
  Start();
  const auto sink = MakeStreamSink(options);
  std::string error;
  EXPECT_TRUE(Eventually([&] {
    error = sink->Deliver(StatementLine(1)).error;
    return error.find("no TLS with") == 0;
  })) << error;
  EXPECT_NE(error.find("its certificate is not accepted: "), std::string::npos) << error;
  EXPECT_EQ(Received(), "");
}

TEST_F(StreamSinkTest, CertificateForAnotherNameIsRefusedUnlessNotVerified) {
  StreamSinkOptions options = OverTls();
  options.host = "127.0.0.1";
  const std::string command = "cd '" + directory_.path().string() +
                              "' && openssl req -x509 -newkey ec -pkeyopt "
                              "ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=else "
                              "-addext subjectAltName=DNS:else.example -keyout else.key -out "
                              "else.crt 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  recorder_.certificate = directory_ / "else.crt";
  recorder_.key = directory_ / "else.key";
  options.tls.ca_file = recorder_.certificate;
  Start();
  const auto strict = MakeStreamSink(options);
  std::string error;
  EXPECT_TRUE(Eventually([&] {
    error = strict->Deliver(StatementLine(1)).error;
    return error.find("no TLS with") == 0;
  })) << error;
  EXPECT_NE(error.find("mismatch"), std::string::npos) << error;
  options.tls.verify = false;
  const auto trusting = MakeStreamSink(options);
  EXPECT_TRUE(DeliverAll(*trusting, StatementLine(2)));
  EXPECT_TRUE(Eventually([&] { return Received() == StatementLine(2); }));
}

TEST_F(StreamSinkTest, MissingCaFileIsNamed) {
  StreamSinkOptions options = OverTls();
  options.tls.ca_file = directory_ / "none.pem";
  Start();
  const auto sink = MakeStreamSink(options);
  std::string error;
  EXPECT_TRUE(Eventually([&] {
    error = sink->Deliver(StatementLine(1)).error;
    return error.find("CA file '" + options.tls.ca_file.string() + "' cannot be used") !=
           std::string::npos;
  })) << error;
}

// The server is killed again and again with lines that it has not read; what it had
// written down, of all its lives, has every line.
void StreamSinkTest::ExpectNothingMissingWhenKilled(const StreamSinkOptions& options) {
  recorder_.read_bytes = 512;
  recorder_.busy_microseconds = 100;
  const auto sink = MakeStreamSink(options);
  constexpr std::uint64_t kBatches = 36;
  constexpr std::uint64_t kLines = 200;
  for (std::uint64_t batch = 0; batch < kBatches; ++batch) {
    if (batch % 6 == 0) {
      server_.Kill();
      Start();
    }
    ASSERT_TRUE(DeliverAll(*sink, StatementLines(1 + batch * kLines, kLines))) << batch;
  }
  std::set<std::string> missing;
  for (std::uint64_t seq = 1; seq <= kBatches * kLines; ++seq)
    missing.insert(StatementLine(seq));
  EXPECT_TRUE(Eventually([&] {
    const std::string received = Received();
    for (const std::string& line : Lines(received.substr(0, received.rfind('\n') + 1))) {
      missing.erase(line + "\n");
    }
    return missing.empty();
  })) << missing.size()
      << " missing, first: " << *missing.begin();
}

TEST_F(StreamSinkTest, KilledServerMissesNothingOverTcp) {
  ExpectNothingMissingWhenKilled(OverTcp());
}
TEST_F(StreamSinkTest, KilledServerMissesNothingOverAUnixSocket) {
  ExpectNothingMissingWhenKilled(OverUnix());
}
TEST_F(StreamSinkTest, KilledServerMissesNothingOverTls) {
  ExpectNothingMissingWhenKilled(OverTls());
}

TEST_F(StreamSinkTest, ServerThatComesBackGetsWhatItMayHaveLostWithoutANewLine) {
  const StreamSinkOptions options = OverTcp();
  Start();
  const auto sink = MakeStreamSink(options);
  ASSERT_TRUE(DeliverAll(*sink, StatementLine(1)));
  server_.Kill();
  std::filesystem::remove(recorder_.file);
  Start();
  EXPECT_TRUE(
      Eventually([&] { return sink->Idle().empty() && Received() == StatementLine(1); }));
}

}  // namespace
}  // namespace pgmoat::audit
