#include "proxy/config/config.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/config/config_fixture.h"

namespace pgmoat::config {
namespace {

using namespace std::chrono_literals;

// The example of the design, §4, as it stands there.
constexpr const char* kDesignExample = R"(listen:
  - address: 127.0.0.1:6432
environments:
  production:
    upstream: postgres://127.0.0.1:5432
    logins:                 # login name (glob) -> role; first match wins; no match: refused
      dev_ro:   readonly
      shop_app: app
      migrator: deploy
      postgres: admin
audit:
  file: ./audit.jsonl
admin:
  address: 127.0.0.1:9632   # /metrics, /healthz, /readyz
)";

// A file that is right but for what a test puts at one place.  Line numbers: listen 1,
// environments 3, production 4, upstream 5, logins 6, dev_ro 7, audit 8, `more` from 10.
std::string With(const std::string& more, const std::string& upstream = "postgres://h:5432",
                 const std::string& address = "127.0.0.1:6432") {
  return "listen:\n  - address: \"" + address +
         "\"\nenvironments:\n  production:\n    upstream: " + upstream +
         "\n    logins:\n      dev_ro: readonly\naudit:\n  file: audit.jsonl\n" + more;
}

TEST_F(ConfigTest, DesignsExampleLoadsAsItStands) {
  const Config config = LoadText(kDesignExample, 7);
  ASSERT_EQ(config.listen.size(), 1U);
  EXPECT_EQ(config.listen[0].address, "127.0.0.1:6432");
  EXPECT_EQ(config.listen[0].host, "127.0.0.1");
  EXPECT_EQ(config.listen[0].port, 6432);
  EXPECT_EQ(config.listen[0].tls.mode, ClientTlsMode::kDisable);
  ASSERT_EQ(config.directory.environments.size(), 1U);
  EXPECT_EQ(config.directory.version, 7U);
  const auth::Environment& production = config.directory.environments[0];
  EXPECT_EQ(production.name, "production");
  ASSERT_EQ(production.logins.size(), 4U);
  EXPECT_EQ(production.logins[0].pattern, "dev_ro");
  EXPECT_EQ(production.logins[0].rules->role, policy::BuiltinRole::kReadonly);
  EXPECT_EQ(production.logins[0].rules->environment, "production");
  EXPECT_EQ(production.logins[0].rules->version, 7U);
  EXPECT_EQ(production.logins[1].pattern, "shop_app");
  EXPECT_EQ(production.logins[1].rules->role, policy::BuiltinRole::kApp);
  EXPECT_EQ(production.logins[2].rules->role, policy::BuiltinRole::kDeploy);
  EXPECT_EQ(production.logins[3].rules->role, policy::BuiltinRole::kAdmin);
  ASSERT_EQ(config.upstreams.size(), 1U);
  EXPECT_EQ(config.upstreams[0].host, "127.0.0.1");
  EXPECT_EQ(config.upstreams[0].port, 5432);
  ASSERT_EQ(config.audit.sinks.size(), 1U);
  EXPECT_EQ(std::get<audit::FileSinkOptions>(config.audit.sinks[0].options).path,
            "./audit.jsonl");
  EXPECT_EQ(config.audit.journal_dir, "./audit.jsonl.journal");
  EXPECT_EQ(config.audit.sync, AuditSync::kInterval);
  EXPECT_EQ(config.admin_host, "127.0.0.1");
  EXPECT_EQ(config.admin_port, 9632);
  EXPECT_EQ(config.log_level, "info");
  EXPECT_EQ(config.workers, 0U);
}

TEST_F(ConfigTest, ShippedExampleLoads) {
  EXPECT_EQ(Load(PGMOAT_EXAMPLE_CONFIG, 1).directory.environments.size(), 1U);
}

TEST_F(ConfigTest, EveryKeyIsRead) {
  Put("server.crt", "certificate");
  Put("server.key", "key");
  Put("ca.pem", "ca");
  const std::string dir = directory_.string();
  const Config config = LoadText(
      "listen:\n"
      "  - address: \"[::1]:6432\"\n"
      "    tls: {mode: allow, certificate: " +
      dir + "/server.crt, key: " + dir +
      "/server.key}\n"
      "  - {address: 0.0.0.0:6433}\n"
      "environments:\n"
      "  staging:\n"
      "    upstream: postgres://10.0.0.2:5433?sslmode=verify-full&sslrootcert=" +
      dir +
      "/ca.pem\n"
      "    match:\n"
      "      databases: [shop_staging, \"test_*\"]\n"
      "      server_names: [staging.db.example.org]\n"
      "      listeners: [\"[::1]:6432\"]\n"
      "    logins: {\"z*\": app, \"a*\": deploy}\n"
      "    allow_functions: [app.get_user, now_utc]\n"
      "  production:\n"
      "    upstream: postgres://10.0.0.1\n"
      "    logins: {dev: readonly, ops: readonly}\n"
      "audit: {file: \"-\", max_spool_size: 2MiB}\n"
      "log: {format: json, level: debug}\n"
      "limits:\n"
      "  max_statement_bytes: 1MiB\n"
      "  max_connections: 50\n"
      "  max_audited_bytes: 4KiB\n"
      "  login_timeout: 10s\n"
      "  connect_timeout: 500ms\n"
      "  drain_timeout: 1min\n"
      "  catalog_max_age: 5s\n"
      "workers: 3\n");
  ASSERT_EQ(config.listen.size(), 2U);
  EXPECT_EQ(config.listen[0].host, "::1");
  EXPECT_EQ(config.listen[0].tls.mode, ClientTlsMode::kAllow);
  EXPECT_EQ(config.listen[0].tls.certificate, dir + "/server.crt");
  EXPECT_EQ(config.listen[0].tls.key, dir + "/server.key");
  ASSERT_EQ(config.directory.environments.size(), 2U);
  const auth::Environment& staging = config.directory.environments[0];
  EXPECT_EQ(staging.name, "staging");
  EXPECT_EQ(staging.match.databases, (std::vector<std::string>{"shop_staging", "test_*"}));
  EXPECT_EQ(staging.match.server_names, (std::vector<std::string>{"staging.db.example.org"}));
  EXPECT_EQ(staging.match.listeners, (std::vector<std::string>{"[::1]:6432"}));
  EXPECT_EQ(staging.logins[0].pattern, "z*");  // as in the file, not sorted
  EXPECT_EQ(staging.logins[0].rules->allow_functions,
            (std::vector<std::string>{"app.get_user", "now_utc"}));
  EXPECT_EQ(staging.logins[0].rules->max_statement_bytes, std::size_t{1} << 20);
  EXPECT_EQ(config.upstreams[0].sslmode, SslMode::kVerifyFull);
  EXPECT_EQ(config.upstreams[0].sslrootcert, dir + "/ca.pem");
  EXPECT_EQ(config.upstreams[1].host, "10.0.0.1");
  const auth::Environment& production = config.directory.environments[1];
  EXPECT_EQ(production.logins[0].rules, production.logins[1].rules);
  EXPECT_TRUE(production.logins[0].rules->allow_functions.empty());
  EXPECT_TRUE(std::holds_alternative<audit::StdoutSinkOptions>(config.audit.sinks[0].options));
  EXPECT_EQ(config.audit.journal_dir, "./pgmoat-audit");
  EXPECT_EQ(config.audit.max_spool_bytes, std::size_t{2} << 20);
  EXPECT_EQ(config.admin_host, "");
  EXPECT_EQ(config.log_format, LogFormat::kJson);
  EXPECT_EQ(config.log_level, "debug");
  EXPECT_EQ(config.limits.max_statement_bytes, std::size_t{1} << 20);
  EXPECT_EQ(config.limits.max_connections, 50U);
  EXPECT_EQ(config.limits.max_audited_bytes, 4096U);
  EXPECT_EQ(config.limits.login_timeout, 10s);
  EXPECT_EQ(config.limits.connect_timeout, 500ms);
  EXPECT_EQ(config.limits.drain_timeout, 60s);
  EXPECT_EQ(config.limits.catalog_max_age, 5s);
  EXPECT_EQ(config.workers, 3U);
}

TEST_F(ConfigTest, JsonIsYaml) {
  const Config config = LoadText(
      R"({"listen": [{"address": "127.0.0.1:0"}], "environments": {"p": {"upstream": "postgres://h",
      "logins": {"*": "admin"}}}, "audit": {"file": "-"}})");
  EXPECT_EQ(config.directory.environments[0].logins[0].pattern, "*");
}

TEST_F(ConfigTest, UnknownKeysNameLineAndTheLikelyOne) {
  EXPECT_EQ(ErrorOf(With("amdin:\n  address: 127.0.0.1:1\n")),
            "pgmoat.yaml:10: unknown key 'amdin'; did you mean 'admin'?");
  EXPECT_EQ(ErrorOf("listen:\n  - address: a:1\nenvironments:\n  p:\n    upsteam: x\n"),
            "pgmoat.yaml:5: unknown key 'upsteam'; did you mean 'upstream'?");
  EXPECT_EQ(
      ErrorOf(With("cluster: x\n")),
      "pgmoat.yaml:10: unknown key 'cluster'; allowed here are listen, roles, environments, "
      "audit, admin, log, limits, tcp, workers");
  EXPECT_EQ(ErrorOf(With("log:\n  levle: info\n")),
            "pgmoat.yaml:11: unknown key 'levle'; did you mean 'level'?");
  EXPECT_EQ(ErrorOf(With("limits:\n  login_timeout: 1s\n  max_conections: 1\n")),
            "pgmoat.yaml:12: unknown key 'max_conections'; did you mean 'max_connections'?");
  EXPECT_EQ(ErrorOf(With("admin: {adress: x}\n")),
            "pgmoat.yaml:10: unknown key 'adress'; did you mean 'address'?");
}

TEST_F(ConfigTest, DuplicateKeysNameBothLines) {
  EXPECT_EQ(ErrorOf(With("audit:\n  file: b\n")),
            "pgmoat.yaml:10: duplicate key 'audit', first on line 8; keep one of them");
  EXPECT_EQ(
      ErrorOf("listen: [{address: 'a:1'}]\nenvironments:\n  p:\n    upstream: postgres://h\n"
              "    logins:\n      dev: readonly\n      dev: admin\naudit: {file: a}\n"),
      "pgmoat.yaml:7: duplicate key 'dev', first on line 6; keep one of them");
}

TEST_F(ConfigTest, MissingSectionsSayWhatToWrite) {
  EXPECT_EQ(ErrorOf("audit: {file: a}\n"),
            "pgmoat.yaml:1: the file has no 'listen'; write a list with - address: "
            "127.0.0.1:6432");
  EXPECT_EQ(
      ErrorOf("listen: [{address: 'a:1'}]\n"),
      "pgmoat.yaml:1: the file has no 'environments'; write a mapping of names, each with an "
      "upstream and logins");
  EXPECT_EQ(
      ErrorOf("listen: [{address: 'a:1'}]\nenvironments:\n  p:\n    upstream: postgres://h\n"
              "    logins: {a: app}\n"),
      "pgmoat.yaml:1: the file has no 'audit'; write audit: with file: ./audit.jsonl under "
      "it");
  EXPECT_EQ(ErrorOf("listen: [{address: 'a:1'}]\nenvironments:\n  p:\n    logins: {a: app}\n"),
            "pgmoat.yaml:3: 'environments.p' has no 'upstream'; write upstream: "
            "postgres://HOST:PORT");
  EXPECT_EQ(
      ErrorOf("listen: [{address: 'a:1'}]\nenvironments:\n  p:\n    upstream: postgres://h\n"),
      "pgmoat.yaml:3: 'environments.p' has no 'logins'; write who may come in, as 'dev_ro: "
      "readonly' lines under logins:");
  EXPECT_EQ(ErrorOf("listen:\n  - tls: {mode: disable}\n"),
            "pgmoat.yaml:2: 'listen[0]' has no 'address'; write address: 127.0.0.1:6432");
}

TEST_F(ConfigTest, WrongTypesSayWhatIsThereAndWhatToWrite) {
  EXPECT_EQ(ErrorOf("- a\n- b\n"),
            "pgmoat.yaml:1: the file is not a mapping; write 'key: value' lines under it");
  EXPECT_EQ(
      ErrorOf("listen: 127.0.0.1:6432\n"),
      "pgmoat.yaml:1: 'listen' is not a list; write its items as '- item' lines or [a, b]");
  EXPECT_EQ(ErrorOf("listen: []\n"),
            "pgmoat.yaml:1: 'listen' is an empty list; add an item, or remove it");
  EXPECT_EQ(ErrorOf("listen:\n  - 127.0.0.1:6432\n"),
            "pgmoat.yaml:2: 'listen[0]' is not a mapping; write 'key: value' lines under it");
  EXPECT_EQ(ErrorOf("listen:\n  - address: [a]\n"),
            "pgmoat.yaml:2: 'listen[0].address' is a list; write a single value");
  EXPECT_EQ(ErrorOf("listen:\n  - address:\n"),
            "pgmoat.yaml:2: 'listen[0].address' has no value; write one, or remove it");
  EXPECT_EQ(ErrorOf(With("admin:\n")),
            "pgmoat.yaml:10: 'admin' is not a mapping; write 'key: value' lines under it");
  EXPECT_EQ(ErrorOf(With("workers: many\n")),
            "pgmoat.yaml:10: 'workers': 'many' is not a whole number; write digits only");
  EXPECT_EQ(ErrorOf(With("workers: {a: b}\n")),
            "pgmoat.yaml:10: 'workers' is a mapping; write a single value");
  EXPECT_EQ(
      ErrorOf("listen: [{address: 'a:1'}]\nenvironments:\n  p:\n    upstream: postgres://h\n"
              "    match:\n      databases: shop\n"),
      "pgmoat.yaml:6: 'environments.p.match.databases' is not a list; write its items as "
      "'- item' lines or [a, b]");
  EXPECT_EQ(ErrorOf(With("? [a, b]\n: c\n")),
            "pgmoat.yaml:10: a key in the file is not a text; write 'key: value'");
}

TEST_F(ConfigTest, BadValuesNameLineValueAndRemedy) {
  EXPECT_EQ(
      ErrorOf(With("limits: {login_timeout: 30}\n")),
      "pgmoat.yaml:10: 'limits.login_timeout': '30' is not a duration; write it as 500ms, "
      "30s, 5min, 1h or 90d");
  EXPECT_EQ(
      ErrorOf(With("limits: {catalog_max_age: 999ms}\n")),
      "pgmoat.yaml:10: 'limits.catalog_max_age': '999ms' is out of range; choose 1s to 24h");
  EXPECT_EQ(
      ErrorOf(With("limits: {login_timeout: 0s}\n")),
      "pgmoat.yaml:10: 'limits.login_timeout': '0s' is out of range; choose 100ms to 24h");
  EXPECT_EQ(
      ErrorOf(With("limits:\n  max_statement_bytes: 16MB\n")),
      "pgmoat.yaml:11: 'limits.max_statement_bytes': '16MB' is not a size; write it as 64KiB "
      "or 16MiB");
  EXPECT_EQ(
      ErrorOf(With("limits:\n  max_statement_bytes: 2GiB\n")),
      "pgmoat.yaml:11: 'limits.max_statement_bytes': '2GiB' is out of range; choose 1KiB to "
      "1GiB");
  EXPECT_EQ(
      ErrorOf(With("limits: {max_connections: 0}\n")),
      "pgmoat.yaml:10: 'limits.max_connections': '0' is out of range; choose 1 to 1000000");
  EXPECT_EQ(ErrorOf(With("log: {format: jsn}\n")),
            "pgmoat.yaml:10: 'log.format': 'jsn' is unknown; did you mean 'json'?");
  EXPECT_EQ(ErrorOf(With("log: {level: loud}\n")),
            "pgmoat.yaml:10: 'log.level': 'loud' is unknown; choose one of trace, debug, info, "
            "warn, error, critical");
  EXPECT_EQ(
      ErrorOf(With("admin: {address: 127.0.0.1:99999}\n")),
      "pgmoat.yaml:10: 'admin.address': '127.0.0.1:99999' is not an address: the port is not "
      "a number from 0 to 65535; write it as 127.0.0.1:6432");
  EXPECT_EQ(
      ErrorOf(With("workers: 5000\n")),
      "pgmoat.yaml:10: 'workers': '5000' is out of range; choose 0 (one per core) to 1024");
  EXPECT_EQ(ErrorOf(With("", "postgres://h", "::1:6432")),
            "pgmoat.yaml:2: 'listen[0].address': '::1:6432' is not an address: an IPv6 address "
            "stands in brackets; write it as [::1]:6432");
}

TEST_F(ConfigTest, AddressTwiceIsAnError) {
  EXPECT_EQ(ErrorOf("listen:\n  - address: a:1\n  - address: a:1\n"),
            "pgmoat.yaml:3: address 'a:1' is in the list twice; keep one of them");
}

TEST_F(ConfigTest, UnknownRoleListsTheBuiltInOnes) {
  const std::string before =
      "listen: [{address: 'a:1'}]\nenvironments:\n  p:\n    upstream: postgres://h\n    "
      "logins:\n";
  EXPECT_EQ(
      ErrorOf(before + "      dev: superuser\naudit: {file: a}\n"),
      "pgmoat.yaml:6: login 'dev' has the unknown role 'superuser'; built in are readonly, "
      "app, deploy, admin");
  EXPECT_EQ(
      ErrorOf(before + "      dev: redonly\naudit: {file: a}\n"),
      "pgmoat.yaml:6: login 'dev' has the unknown role 'redonly'; did you mean 'readonly'? "
      "Built in are readonly, app, deploy, admin");
}

TEST_F(ConfigTest, LoginBehindAPatternThatTakesItIsAnError) {
  EXPECT_EQ(
      ErrorOf("listen: [{address: 'a:1'}]\nenvironments:\n  p:\n    upstream: postgres://h\n"
              "    logins:\n      \"*\": readonly\n      postgres: admin\naudit: {file: a}\n"),
      "pgmoat.yaml:7: login 'postgres' is never reached: '*' above matches it, and the first "
      "match wins; move it up");
}

TEST_F(ConfigTest, PasswordInTheUpstreamIsRefusedWithoutShowingIt) {
  EXPECT_EQ(
      ErrorOf(With("", "postgres://app:hunter2@h:5432")),
      "pgmoat.yaml:5: environment 'production': upstream contains a user or a password "
      "(something before '@'); remove it: clients log in with their own, which the server "
      "checks");
  EXPECT_EQ(ErrorOf(With("", "postgres://h?password=hunter2")),
            "pgmoat.yaml:5: environment 'production': upstream contains login data (password); "
            "remove it: clients log in with their own, which the server checks");
}

TEST_F(ConfigTest, NoErrorShowsASecretWhereverItStands) {
  for (const std::string& text : {
           With("password: hunter2\n"),
           With("", "{password: hunter2}"),
           With("", "*hunter2"),
           With("", "\"postgres://u:hunter2@h"),
           With("", "[postgres://u:hunter2@h"),
           With("", "postgres://u:hunter2@h: x"),
           With("", "&hunter2"),
           With("", "!hunter2 x"),
           With("", "%hunter2"),
           With("", "@hunter2"),
           With("", "`hunter2"),
           With("", "|hunter2"),
           With("", "\"\\hunter2\""),
           With("", "postgres://h?sslrootcert=/x&password=hunter2"),
       }) {
    const std::string error = ErrorOf(text);
    EXPECT_TRUE(error.starts_with("pgmoat.yaml:")) << error;
    EXPECT_EQ(error.find("hunter2"), std::string::npos) << error;
  }
}

TEST_F(ConfigTest, CertificateAndKeyMustBeThere) {
  const auto with_tls = [](const std::string& tls) {
    return "listen:\n  - address: a:1\n    tls:\n" + tls;
  };
  Put("key.pem", "");
  const std::string key = (directory_ / "key.pem").string();
  const std::string missing = (directory_ / "missing.pem").string();
  EXPECT_EQ(
      ErrorOf(with_tls("      mode: require\n")),
      "pgmoat.yaml:3: 'listen[0].tls' has no 'certificate'; name a PEM file with the chain");
  EXPECT_EQ(
      ErrorOf(with_tls("      certificate: " + key + "\n")),
      "pgmoat.yaml:3: 'listen[0].tls' has no 'key'; name a PEM file with the private key");
  EXPECT_EQ(ErrorOf(with_tls("      certificate: " + missing + "\n      key: " + key + "\n")),
            "pgmoat.yaml:4: 'listen[0].tls.certificate': file '" + missing +
                "' cannot be read: No such file or directory; check path and permissions");
  EXPECT_EQ(ErrorOf(with_tls("      certificate: " + key +
                             "\n      key: " + directory_.string() + "\n")),
            "pgmoat.yaml:5: 'listen[0].tls.key': file '" + directory_.string() +
                "' cannot be read: Is a directory; check path and permissions");
  EXPECT_EQ(
      ErrorOf(with_tls("      mode: maybe\n")),
      "pgmoat.yaml:4: 'listen[0].tls.mode': 'maybe' is unknown; choose one of disable, allow, "
      "require");
}

TEST_F(ConfigTest, KeyWithoutPermissionSaysSo) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  const std::string key = Put("key.pem", "");
  ::chmod(key.c_str(), 0);
  EXPECT_EQ(ErrorOf("listen:\n  - address: a:1\n    tls: {certificate: " + key +
                    ", key: " + key + "}\n"),
            "pgmoat.yaml:3: 'listen[0].tls.certificate': file '" + key +
                "' cannot be read: Permission denied; check path and permissions");
}

TEST_F(ConfigTest, TlsSectionWithoutModeRequiresTls) {
  const std::string pem = Put("a.pem", "");
  const Config config =
      LoadText("listen: [{address: 'a:1', tls: {certificate: " + pem + ", key: " + pem +
               "}}]\nenvironments:\n  p:\n    upstream: postgres://h\n"
               "    logins: {a: app}\naudit: {file: a}\n");
  EXPECT_EQ(config.listen[0].tls.mode, ClientTlsMode::kRequire);
}

TEST_F(ConfigTest, RootCertificateMustBeThere) {
  EXPECT_EQ(
      ErrorOf(With("", "postgres://h?sslmode=verify-full&sslrootcert=/nonexistent/ca.pem")),
      "pgmoat.yaml:5: environment 'production': sslrootcert '/nonexistent/ca.pem' cannot be "
      "read: No such file or directory; check path and permissions");
}

TEST_F(ConfigTest, AuditFilesDirectoryMustBeThere) {
  const std::string before =
      "listen: [{address: 'a:1'}]\nenvironments:\n  p:\n    upstream: postgres://h\n"
      "    logins: {a: app}\naudit:\n";
  EXPECT_EQ(
      ErrorOf(before + "  file: /nonexistent/audit.jsonl\n"),
      "pgmoat.yaml:7: 'audit.file': there is no directory '/nonexistent'; make it, or name "
      "another file");
  EXPECT_EQ(ErrorOf(before + "  file: " + directory_.string() + "\n"),
            "pgmoat.yaml:7: 'audit.file': '" + directory_.string() +
                "' is a directory; name a file in it");
}

std::string TwoEnvironments(const std::string& first_match, const std::string& second_match) {
  return "listen: [{address: 'a:1'}]\nenvironments:\n  one:\n    upstream: postgres://h\n"
         "    logins: {a: app}\n" +
         first_match +
         "  two:\n    upstream: postgres://i\n"
         "    logins: {a: app}\n" +
         second_match + "audit: {file: a}\n";
}

TEST_F(ConfigTest, EnvironmentBehindOneThatMatchesEverythingIsAnError) {
  EXPECT_EQ(
      ErrorOf(TwoEnvironments("", "")),
      "pgmoat.yaml:6: environment 'two' can never be reached: 'one' before it matches all of "
      "its connections; give 'one' a narrower match:, or move it behind");
  EXPECT_EQ(
      ErrorOf(TwoEnvironments("    match: {databases: ['*']}\n",
                              "    match: {databases: [shop]}\n")),
      "pgmoat.yaml:7: environment 'two' can never be reached: 'one' before it matches all of "
      "its connections; give 'one' a narrower match:, or move it behind");
  EXPECT_EQ(
      ErrorOf(
          TwoEnvironments("    match: {databases: [a, b]}\n", "    match: {databases: [b]}\n")),
      "pgmoat.yaml:7: environment 'two' can never be reached: 'one' before it matches all of "
      "its connections; give 'one' a narrower match:, or move it behind");
}

TEST_F(ConfigTest, EnvironmentsToldApartAreFine) {
  EXPECT_EQ(ErrorOf(TwoEnvironments("    match: {databases: [a]}\n", "")), "no error");
  EXPECT_EQ(ErrorOf(TwoEnvironments("    match: {databases: [a]}\n",
                                    "    match: {databases: [a, b]}\n")),
            "no error");
}

TEST_F(ConfigTest, MatchedListenerMustBeListed) {
  EXPECT_EQ(
      ErrorOf(TwoEnvironments("    match: {listeners: ['a:2']}\n", "")),
      "pgmoat.yaml:6: 'environments.one.match.listeners[0]': 'a:2' is not in the listen list; "
      "did you mean 'a:1'?");
}

TEST_F(ConfigTest, ServerNamesNeedTls) {
  EXPECT_EQ(
      ErrorOf(TwoEnvironments("    match: {server_names: [db]}\n", "")),
      "pgmoat.yaml:6: 'environments.one.match.server_names': no listener has TLS, so no "
      "client names a server; give one a tls section, or tell environments apart by databases "
      "or listeners");
}

TEST_F(ConfigTest, EnvironmentNamesArePlain) {
  EXPECT_EQ(ErrorOf("listen: [{address: 'a:1'}]\nenvironments:\n  \"a b\": {}\n"),
            "pgmoat.yaml:3: an environment's name is 1 to 63 letters, digits, '_', '-' or '.'; "
            "rename it");
}

TEST_F(ConfigTest, FunctionsAreNamesWithoutArguments) {
  EXPECT_EQ(
      ErrorOf("listen: [{address: 'a:1'}]\nenvironments:\n  p:\n    upstream: postgres://h\n"
              "    allow_functions:\n      - now_utc\n      - get_user(int)\n"),
      "pgmoat.yaml:7: 'environments.p.allow_functions[1]': 'get_user(int)' is not a "
      "function's name; write it without arguments, as app.get_user");
}

TEST_F(ConfigTest, MissingFileIsNamed) {
  EXPECT_EQ(ErrorOfFile((directory_ / "none.yaml").string()),
            "none.yaml: cannot be read: No such file or directory; check the path given with "
            "--config");
  EXPECT_EQ(ErrorOfFile("/"),
            "/: cannot be read: Is a directory; check the path given with --config");
}

TEST_F(ConfigTest, EmptyFileIsAnError) {
  const std::string error =
      "pgmoat.yaml:1: the file is empty; see deploy/pgmoat.example.yaml for one to begin with";
  EXPECT_EQ(ErrorOf(""), error);
  EXPECT_EQ(ErrorOf("\n\n# only a comment\n"), error);
  EXPECT_EQ(ErrorOf("---\n"), error);
}

TEST_F(ConfigTest, SyntaxErrorsNameTheLine) {
  const std::string unclosed = ErrorOf("listen:\n  - {address: \"a:1\"\naudit: x\n");
  EXPECT_TRUE(unclosed.starts_with("pgmoat.yaml:3: not valid YAML: ")) << unclosed;
  const std::string tab = ErrorOf("listen:\n\t- address: a\n");
  EXPECT_TRUE(tab.starts_with("pgmoat.yaml:2: not valid YAML: ")) << tab;
  const std::string indentation = ErrorOf("listen:\n  - address: a:1\n tls: x\n");
  EXPECT_TRUE(indentation.starts_with("pgmoat.yaml:3: not valid YAML: ")) << indentation;
}

TEST_F(ConfigTest, SecondDocumentIsAnError) {
  EXPECT_EQ(ErrorOf(With("---\naudit: {file: b}\n")),
            "pgmoat.yaml:10: a second YAML document begins; put everything into one, without "
            "'---'");
}

TEST_F(ConfigTest, AliasesAreRefused) {
  EXPECT_EQ(
      ErrorOf("a: &a [x, x]\nb: *a\n"),
      "pgmoat.yaml:2: aliases (*name) are not allowed here; write the value out, or quote a "
      "text that begins with '*'");
}

TEST_F(ConfigTest, AliasBombIsRefusedAtOnce) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 30; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) bomb += (j > 0 ? ",*a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_TRUE(ErrorOf(bomb).starts_with("pgmoat.yaml:2: aliases (*name) are not allowed"));
}

TEST_F(ConfigTest, UnquotedStarAsALoginSaysToQuoteIt) {
  EXPECT_NE(ErrorOf("environments:\n  p:\n    logins:\n      *: readonly\n").find("quote"),
            std::string::npos);
}

TEST_F(ConfigTest, DeepNestingIsAnErrorNotACrash) {
  for (const char* open : {"[", "{a: ", "- ", "? "}) {
    std::string text;
    while (text.size() < 200'000) text += open;
    EXPECT_TRUE(ErrorOf(text).starts_with("pgmoat.yaml:1: not valid YAML: ")) << open;
  }
}

TEST_F(ConfigTest, HugeFileIsRefusedUnread) {
  EXPECT_EQ(ErrorOf(std::string((std::size_t{1} << 20) + 1, '#')),
            "pgmoat.yaml:1: the file is larger than 1 MiB; is it the config?");
  EXPECT_EQ(ErrorOfFile("/dev/zero"),
            "/dev/zero:1: the file is larger than 1 MiB; is it the config?");
}

TEST_F(ConfigTest, EveryTruncationOfTheExampleLoadsOrIsAnError) {
  const std::string whole = kDesignExample;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string error = ErrorOf(whole.substr(0, length));
    EXPECT_TRUE(error == "no error" || error.starts_with("pgmoat.yaml:")) << error;
  }
}

}  // namespace
}  // namespace pgmoat::config
