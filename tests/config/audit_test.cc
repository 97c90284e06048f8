// The audit section: journal, chain, sinks; and the audit of a role.
#include "proxy/config/config.h"
#include "proxy/signing/keys.h"
#include "tests/config/config_fixture.h"

namespace pgmoat::config {
namespace {

using audit::FileSinkOptions;
using audit::HttpSinkOptions;
using audit::KafkaSinkOptions;
using audit::PostgresSinkOptions;
using audit::StreamSinkOptions;
using audit::SyslogSinkOptions;
using std::chrono::hours;
using std::chrono::milliseconds;

class AuditConfigTest : public ConfigTest {
 protected:
  // `audit` from line 7 on, `roles` (may be empty) behind it.
  static std::string With(const std::string& audit, const std::string& roles = "") {
    return "listen:\n  - address: 127.0.0.1:6432\nenvironments:\n  production:\n"
           "    upstream: postgres://127.0.0.1\n    logins: {a: app, s: support}\n" +
           audit + "roles:\n  support: {extends: readonly}\n" + roles;
  }
  AuditConfig Read(const std::string& audit) { return LoadText(With(audit)).audit; }
  template <typename Options>
  Options Sink(const std::string& sink) {
    const AuditConfig audit = Read("audit:\n  sinks:\n    - {name: x, " + sink + "}\n");
    EXPECT_EQ(audit.sinks.size(), 1U);
    return std::get<Options>(audit.sinks.at(0).options);
  }
  std::string SinkError(const std::string& sink) {
    return ErrorOf(With("audit:\n  sinks:\n    - {name: x, " + sink + "}\n"));
  }
};

TEST_F(AuditConfigTest, JournalAndChainHaveTheirKeys) {
  const std::string key = (directory_ / "audit.key").string();
  signing::MakeKeyFiles(key);
  const AuditConfig audit = Read(
      "audit: {file: a.jsonl, journal_dir: j, segment_size: 1MiB, "
      "max_spool_size: 2GiB, sync: each, sync_interval: 10ms, "
      "checkpoint_lines: 5, signing_key: " +
      key + "}\n");
  EXPECT_EQ(audit.journal_dir, "j");
  EXPECT_EQ(audit.segment_bytes, std::size_t{1} << 20);
  EXPECT_EQ(audit.max_spool_bytes, std::size_t{2} << 30);
  EXPECT_EQ(audit.sync, AuditSync::kEach);
  EXPECT_EQ(audit.sync_interval, milliseconds(10));
  EXPECT_EQ(audit.checkpoint_lines, 5U);
  EXPECT_EQ(audit.signing_key, key);
  EXPECT_EQ(audit.sinks.at(0).name, "file");
}

TEST_F(AuditConfigTest, AKeyThatCannotSignIsToldWithItsLine) {
  const std::string key = (directory_ / "audit.key").string();
  signing::MakeKeyFiles(key);
  const auto error_of = [&](const std::string& file) {
    return ErrorOf(With("audit:\n  file: a.jsonl\n  signing_key: " + file + "\n"));
  };
  EXPECT_EQ(error_of(key + ".pub"),
            "pgmoat.yaml:9: 'audit.signing_key': " + key +
                ".pub: the signing key can be read by others; chmod 600 it");
  std::filesystem::permissions(key + ".pub", std::filesystem::perms::owner_read);
  EXPECT_EQ(error_of(key + ".pub"),
            "pgmoat.yaml:9: 'audit.signing_key': " + key +
                ".pub: is no private Ed25519 key in PEM; `pgmoat audit keygen` or `pgmoat "
                "migrations keygen` makes one");
  EXPECT_EQ(error_of(key), "no error");
}

TEST_F(AuditConfigTest, TheJournalIsBesideTheFileUnlessThatIsADevice) {
  EXPECT_EQ(Read("audit: {file: ./a.jsonl}\n").journal_dir, "./a.jsonl.journal");
  EXPECT_EQ(Read("audit: {file: /dev/null}\n").journal_dir, "./pgmoat-audit");
  EXPECT_EQ(Read("audit: {file: \"-\"}\n").journal_dir, "./pgmoat-audit");
}

TEST_F(AuditConfigTest, FileSink) {
  EXPECT_EQ(Sink<FileSinkOptions>("file: {path: a.jsonl}"), FileSinkOptions{.path = "a.jsonl"});
  const auto file = Sink<FileSinkOptions>(
      "file: {path: a, rotate_size: 1MiB, rotate_every: 1d, compression: zstd, keep_files: 3, "
      "keep_for: 90d}");
  EXPECT_EQ(file.rotate_bytes, std::uint64_t{1} << 20);
  EXPECT_EQ(file.rotate_every, hours(24));
  EXPECT_EQ(file.compression, FileSinkOptions::Compression::kZstd);
  EXPECT_EQ(file.keep_files, 3U);
  EXPECT_EQ(file.keep_for, hours(24 * 90));
  EXPECT_EQ(SinkError("file: {path: a, keep_files: 3}"),
            "pgmoat.yaml:9: 'audit.sinks[0].file': keep_files, keep_for and compression are "
            "about rotated files, and nothing rotates; write rotate_size: 100MiB or "
            "rotate_every: 24h");
}

TEST_F(AuditConfigTest, SyslogSink) {
  EXPECT_EQ(Sink<SyslogSinkOptions>("syslog: {}"), SyslogSinkOptions{});
  const std::string ca = Put("ca.pem", "");
  const auto tls = Sink<SyslogSinkOptions>(
      "syslog: {transport: tls, address: \"logs:6514\", tls: {ca_file: " + ca +
      "}, facility: authpriv, app_name: moat, max_message_size: 2KiB}");
  EXPECT_EQ(tls.transport, SyslogSinkOptions::Transport::kTls);
  EXPECT_EQ(tls.host, "logs");
  EXPECT_EQ(tls.port, 6514);
  EXPECT_TRUE(tls.tls.enabled);
  EXPECT_EQ(tls.tls.ca_file, ca);
  EXPECT_EQ(tls.facility, "authpriv");
  EXPECT_EQ(tls.app_name, "moat");
  EXPECT_EQ(tls.max_message_bytes, 2048U);
  EXPECT_EQ(SinkError("syslog: {transport: tcp}"),
            "pgmoat.yaml:9: 'audit.sinks[0].syslog' has no 'address'; write address: "
            "logs.example.org:6514");
}

TEST_F(AuditConfigTest, StreamSink) {
  const auto tcp = Sink<StreamSinkOptions>("stream: {address: \"vector:9000\", tls: {}}");
  EXPECT_EQ(tcp.host, "vector");
  EXPECT_EQ(tcp.port, 9000);
  EXPECT_TRUE(tcp.tls.enabled);
  EXPECT_EQ(Sink<StreamSinkOptions>("stream: {socket: /run/v.sock}").socket, "/run/v.sock");
  EXPECT_NE(
      SinkError("stream: {socket: /run/v.sock, address: \"a:1\"}").find("exclude each other"),
      std::string::npos);
}

TEST_F(AuditConfigTest, KafkaSink) {
  const std::string secret = Put("pw", "x");
  const auto kafka = Sink<KafkaSinkOptions>(
      "kafka: {brokers: \"a:9092\", topic: t, properties: {compression.type: zstd}, "
      "property_files: {sasl.password: " +
      secret + "}, timeout: 2s}");
  EXPECT_EQ(kafka.brokers, "a:9092");
  EXPECT_EQ(kafka.topic, "t");
  EXPECT_EQ(kafka.properties.at(0).first, "compression.type");
  EXPECT_EQ(kafka.property_files.at(0).second, secret);
  EXPECT_EQ(kafka.timeout, milliseconds(2000));
}

TEST_F(AuditConfigTest, HttpSink) {
  const std::string token = Put("token", "x");
  const auto http = Sink<HttpSinkOptions>(
      "http: {url: \"https://loki/push\", format: loki, labels: {job: pgmoat}, headers: "
      "{X-Scope-OrgID: a}, header_files: {Authorization: " +
      token +
      "}, gzip: true, tls: "
      "{verify: false}}");
  EXPECT_EQ(http.format, HttpSinkOptions::Format::kLoki);
  EXPECT_EQ(http.labels.at(0).second, "pgmoat");
  EXPECT_EQ(http.headers.at(0).first, "X-Scope-OrgID");
  EXPECT_EQ(http.header_files.at(0).second, token);
  EXPECT_TRUE(http.gzip);
  EXPECT_FALSE(http.tls.verify);
}

TEST_F(AuditConfigTest, PostgresSink) {
  const std::string secret = Put("pw", "x");
  const auto postgres = Sink<PostgresSinkOptions>(
      "postgres: {url: \"postgres://audit@db:5432/audit\", "
      "password_file: " +
      secret + ", table: log.moat}");
  EXPECT_EQ(postgres.url, "postgres://audit@db:5432/audit");
  EXPECT_EQ(postgres.password_file, secret);
  EXPECT_EQ(postgres.table, "log.moat");
}

// And the error does not repeat them.
TEST_F(AuditConfigTest, PasswordsInUrlsAreRefused) {
  for (const char* sink : {"postgres: {url: \"postgres://a:hush@db/x\"}",
                           "postgres: {url: \"postgres://a@db/x?password=hush\"}",
                           "http: {url: \"https://a:hush@logs/x\"}"}) {
    const std::string error = SinkError(sink);
    EXPECT_NE(error.find("a password does not belong in the config"), std::string::npos)
        << error;
    EXPECT_EQ(error.find("hush"), std::string::npos) << error;
  }
}

TEST_F(AuditConfigTest, ASinkHasOneKindAndANameOfItsOwn) {
  EXPECT_EQ(SinkError("stdout: {}, syslog: {}"),
            "pgmoat.yaml:9: sink 'x' is of two kinds; make a sink of its own of each");
  EXPECT_EQ(ErrorOf(With("audit:\n  sinks:\n    - name: x\n")),
            "pgmoat.yaml:9: sink 'x' has no kind; write one of file, stdout, syslog, stream, "
            "kafka, http, postgres with its options under it");
  EXPECT_EQ(ErrorOf(With("audit:\n  file: a\n  sinks:\n    - {name: file, stdout: {}}\n")),
            "pgmoat.yaml:10: two sinks have the name 'file'; rename one");
}

TEST_F(AuditConfigTest, ATrailThatGoesNowhereIsRefused) {
  EXPECT_EQ(ErrorOf(With("audit: {sync: none}\n")),
            "pgmoat.yaml:7: 'audit': the trail goes nowhere; write file: ./audit.jsonl, or "
            "\"-\" for standard output, or a list of sinks");
}

TEST_F(AuditConfigTest, OnlyAppGoesOnWithoutATrailUnlessToldOtherwise) {
  const Config config = LoadText(
      With("audit: {file: a}\n",
           "  careful: {extends: app, audit: {mode: required, record: writes}}\n"
           "  very: {extends: careful, audit: {parameters: full, redact: literals}}\n"
           "  readonly: {audit: {mode: best_effort, record: ddl, parameters: redacted}}\n"));
  const auto audit = [&](const char* role) {
    return auth::FindRole(config.directory.environments.at(0), role)->audit;
  };
  using policy::AuditOptions;
  using policy::Recorded;
  using policy::RecordedParameters;
  EXPECT_EQ(audit("admin"), AuditOptions{});
  EXPECT_EQ(audit("deploy"), AuditOptions{});
  EXPECT_TRUE(AuditOptions{}.required);
  EXPECT_EQ(audit("app"), (AuditOptions{.required = false}));
  EXPECT_EQ(audit("careful"), (AuditOptions{.record = Recorded::kWrites}));
  EXPECT_EQ(audit("very"), (AuditOptions{.record = Recorded::kWrites,
                                         .parameters = RecordedParameters::kFull,
                                         .redact_literals = true}));
  EXPECT_EQ(audit("readonly"), (AuditOptions{.required = false,
                                             .record = Recorded::kDdl,
                                             .parameters = RecordedParameters::kRedacted}));
  EXPECT_EQ(audit("support"), audit("readonly"));
}

TEST_F(AuditConfigTest, RulesTellTheConfigTheyCameFrom) {
  const std::string text = With("audit: {file: a}\n");
  const Config one = LoadText(text);
  const Config same = LoadText(text, 2);
  const Config other = LoadText(text + "# changed\n", 3);
  EXPECT_EQ(one.content_hash, same.content_hash);
  EXPECT_NE(one.content_hash, other.content_hash);
  EXPECT_EQ(auth::FindRole(other.directory.environments.at(0), "app")->content_hash,
            other.content_hash);
}

}  // namespace
}  // namespace pgmoat::config
