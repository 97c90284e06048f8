// Against a real rsyslogd.
#include "proxy/audit/sinks/syslog_sink.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/audit/sinks/test_server.h"
#include "tests/audit/sinks/trail_lines.h"
#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {
namespace {

using Transport = SyslogSinkOptions::Transport;

constexpr const char* kRsyslogd = "/usr/sbin/rsyslogd";

// Every kind of character that a line may have.
std::string Awkward(std::uint64_t seq) {
  return StatementLine(seq, R"(SELECT 'a\"b\\c\n\u0001' -- äöü 😀 %msg% \t <1>1)");
}

class SyslogSinkTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::access(kRsyslogd, X_OK) != 0) GTEST_SKIP() << "rsyslogd is not installed";
  }

  void Configure(const std::string& input, const std::string& global = "") {
    PutContents(
        directory_ / "rsyslog.conf",
        "global(workDirectory=\"" + directory_.path().string() +
            "\" maxMessageSize=\"64k\" parser.escapeControlCharactersOnReceive=\"off\" " +
            global + ")\n" + input +
            "\ntemplate(name=\"line\" type=\"string\" "
            "string=\"%syslogfacility-text%.%syslogseverity-text% %timestamp:::date-rfc3339% "
            "%app-name% %procid% %msgid% %msg%\\n\")\n"
            "action(type=\"omfile\" file=\"" +
            (directory_ / "log").string() + "\" template=\"line\")\n");
  }
  void Start() {
    server_ = Process({kRsyslogd, "-n", "-f", (directory_ / "rsyslog.conf").string(), "-i",
                       (directory_ / "pid").string()},
                      directory_ / "rsyslogd.log");
  }
  SyslogSinkOptions OverUdp() {
    const std::uint16_t port = FreePort(SOCK_DGRAM);
    Configure("module(load=\"imudp\")\ninput(type=\"imudp\" address=\"127.0.0.1\" port=\"" +
              std::to_string(port) + "\")");
    return At(Transport::kUdp, port);
  }
  SyslogSinkOptions OverTcp() {
    const std::uint16_t port = FreePort(SOCK_STREAM);
    Configure("module(load=\"imtcp\")\ninput(type=\"imtcp\" address=\"127.0.0.1\" port=\"" +
              std::to_string(port) + "\")");
    return At(Transport::kTcp, port);
  }
  SyslogSinkOptions OverTls() {
    const std::uint16_t port = FreePort(SOCK_STREAM);
    const TestCertificate certificate(directory_.path(), "server");
    Configure(
        "module(load=\"imtcp\" streamDriver.name=\"ossl\" streamDriver.mode=\"1\" "
        "streamDriver.authMode=\"anon\")\ninput(type=\"imtcp\" address=\"127.0.0.1\" port=\"" +
            std::to_string(port) + "\")",
        "defaultNetstreamDriver=\"ossl\" defaultNetstreamDriverCAFile=\"" +
            certificate.certificate.string() + "\" defaultNetstreamDriverCertFile=\"" +
            certificate.certificate.string() + "\" defaultNetstreamDriverKeyFile=\"" +
            certificate.key.string() + "\"");
    SyslogSinkOptions options = At(Transport::kTls, port);
    options.tls.ca_file = certificate.certificate;
    return options;
  }
  SyslogSinkOptions OverLocalSocket() {
    SyslogSinkOptions options = At(Transport::kLocal, 0);
    options.socket = directory_ / "dev-log";
    Configure(
        "module(load=\"imuxsock\" sysSock.use=\"off\")\ninput(type=\"imuxsock\" socket=\"" +
        options.socket.string() +
        "\" useSpecialParser=\"off\" ignoreTimestamp=\"off\" rateLimit.interval=\"0\")");
    return options;
  }
  static SyslogSinkOptions At(Transport transport, std::uint16_t port) {
    SyslogSinkOptions options;
    options.transport = transport;
    options.host = "127.0.0.1";
    options.port = port;
    options.max_message_bytes = 32'768;
    return options;
  }

  static bool DeliverAll(Sink& sink, const std::string& lines, std::string& error) {
    std::size_t done = 0;
    return Eventually([&] {
      const Sink::Result result = sink.Deliver(std::string_view(lines).substr(done));
      error = result.error;
      done += result.bytes;
      return done == lines.size();
    });
  }
  [[nodiscard]] std::string Logged() const { return Contents(directory_ / "log"); }
  [[nodiscard]] std::string Log() const { return Contents(directory_ / "rsyslogd.log"); }

  static std::string Expected(const std::string& line) {
    return "local0.info 2026-11-27T19:45:00.123456Z pgmoat 4711 statement " + line;
  }

  void ExpectArrives(const SyslogSinkOptions& options) {
    Start();
    const auto sink = MakeSyslogSink(options);
    std::string expected;
    std::string lines;
    for (std::uint64_t seq = 1; seq <= 100; ++seq) {
      const std::string line =
          seq % 10 == 0 ? StatementLine(seq, std::string(10'000, 'x')) : Awkward(seq);
      lines += line;
      expected += Expected(line);
      if (seq % 20 == 0) {
        std::string error;
        ASSERT_TRUE(DeliverAll(*sink, lines, error)) << error << Log();
        lines.clear();
        // UDP has no other way to wait for a receiver.
        ASSERT_TRUE(Eventually([&] { return Logged() == expected; })) << Logged() << Log();
      }
    }
  }

  TemporaryDirectory directory_;
  Process server_;
};

TEST_F(SyslogSinkTest, EveryLineArrivesUnchangedOverUdp) { ExpectArrives(OverUdp()); }
TEST_F(SyslogSinkTest, EveryLineArrivesUnchangedOverTcp) { ExpectArrives(OverTcp()); }
TEST_F(SyslogSinkTest, EveryLineArrivesUnchangedOverTls) { ExpectArrives(OverTls()); }
TEST_F(SyslogSinkTest, EveryLineArrivesUnchangedOverTheLocalSocket) {
  ExpectArrives(OverLocalSocket());
}

TEST_F(SyslogSinkTest, SeverityAndProcessArriveForADenial) {
  const SyslogSinkOptions options = OverTcp();
  Start();
  const auto sink = MakeSyslogSink(options);
  std::string error;
  const std::string line =
      R"({"v":2,"time":"2026-11-27T19:45:00.5Z","event":"statement","decision":"deny"})"
      "\n";
  ASSERT_TRUE(DeliverAll(*sink, line, error)) << error;
  EXPECT_TRUE(Eventually([&] {
    return Logged() == "local0.warning 2026-11-27T19:45:00.5Z pgmoat - statement " + line;
  })) << Logged();
}

TEST_F(SyslogSinkTest, LineTooLongArrivesAsValidJson) {
  SyslogSinkOptions options = OverTcp();
  options.max_message_bytes = 1000;
  Start();
  const auto sink = MakeSyslogSink(options);
  std::string error;
  ASSERT_TRUE(DeliverAll(*sink, StatementLine(1, std::string(5000, 'x')), error)) << error;
  ASSERT_TRUE(Eventually([&] { return Logged().ends_with("\n"); }));
  const auto cut = nlohmann::json::parse(Logged().substr(Logged().find('{')));
  EXPECT_EQ(cut["truncated"], true);
  EXPECT_EQ(cut["seq"], 1);
}

// rsyslogd is killed in the middle and comes back: what it has written has every line.
TEST_F(SyslogSinkTest, KilledServerMissesNothingOverTcp) {
  const SyslogSinkOptions options = OverTcp();
  const auto sink = MakeSyslogSink(options);
  constexpr std::uint64_t kBatches = 12;
  constexpr std::uint64_t kLines = 100;
  std::set<std::string> missing;
  for (std::uint64_t batch = 0; batch < kBatches; ++batch) {
    if (batch % 4 == 0) {
      server_.Kill();
      ::unlink((directory_ / "pid").c_str());
      Start();
    }
    std::string error;
    ASSERT_TRUE(DeliverAll(*sink, StatementLines(1 + batch * kLines, kLines), error)) << error;
    for (std::uint64_t i = 1; i <= kLines; ++i) {
      missing.insert(Expected(StatementLine(i + batch * kLines)));
    }
  }
  EXPECT_TRUE(Eventually([&] {
    const std::string logged = Logged();
    for (const std::string& line : Lines(logged.substr(0, logged.rfind('\n') + 1))) {
      missing.erase(line + "\n");
    }
    return missing.empty();
  })) << missing.size()
      << " missing, first: " << *missing.begin();
}

TEST_F(SyslogSinkTest, LocalSocketThatIsAStreamGetsALineEach) {
  SyslogSinkOptions options = At(Transport::kLocal, 0);
  options.socket = directory_ / "dev-log";
  RecorderOptions recorder;
  recorder.socket = options.socket;
  recorder.file = directory_ / "log";
  server_ = StartRecorder(recorder);
  const auto sink = MakeSyslogSink(options);
  std::string error;
  ASSERT_TRUE(DeliverAll(*sink, StatementLines(1, 2), error)) << error;
  EXPECT_TRUE(Eventually([&] { return Lines(Logged()).size() == 2; }));
  EXPECT_EQ(Logged().substr(0, 7), "<134>1 ");
}

TEST_F(SyslogSinkTest, NobodyAtTheUdpPortIsAnError) {
  SyslogSinkOptions options = At(Transport::kUdp, FreePort(SOCK_DGRAM));
  const Sink::Result result = MakeSyslogSink(options)->Deliver(StatementLines(1, 3));
  EXPECT_EQ(result.bytes, 0U);
  EXPECT_EQ(result.error, "127.0.0.1:" + std::to_string(options.port) + ": Connection refused");
}

}  // namespace
}  // namespace pgmoat::audit
