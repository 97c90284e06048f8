// Against a real PostgreSQL, which all tests of this program share.
#include "proxy/audit/sinks/postgres_sink.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/audit/sinks/remote/lines.h"
#include "tests/audit/sinks/remote/postgres_server.h"
#include "tests/audit/sinks/remote/scratch.h"

namespace pgmoat::audit {
namespace {

class PostgresSink : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<PostgresServer>(); }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override { (void)server_->Rows("DROP TABLE IF EXISTS trail"); }

  static PostgresSinkOptions Options(int timeout_ms = 20'000) {
    PostgresSinkOptions options;
    options.url = server_->Url();
    options.table = "trail";
    options.timeout = std::chrono::milliseconds(timeout_ms);
    return options;
  }

  static std::string Count() { return server_->Value("SELECT count(*) FROM trail"); }

  // Each of so many lines is there, and each once.
  static void ExpectExactly(std::uint64_t lines) {
    EXPECT_EQ(server_->Value("SELECT count(*), count(DISTINCT (id, seq)), min(seq), max(seq) "
                             "FROM trail"),
              std::to_string(lines) + "|" + std::to_string(lines) + "|0|" +
                  std::to_string(lines - 1));
  }

  static std::unique_ptr<PostgresServer> server_;
  Scratch scratch_;
};
std::unique_ptr<PostgresServer> PostgresSink::server_;

std::string ProblemOf(const PostgresSinkOptions& options) {
  try {
    (void)MakePostgresSink(options);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST_F(PostgresSink, LinesAreRowsOfATableThatItMakes) {
  const auto sink = MakePostgresSink(Options());
  const std::string statement =
      R"("statement":"SELECT 'a\\b\t\"ü\"'","rows_affected":0,)"
      R"("rows_returned":12,"duration_us":123.456,"decision":"deny",)"
      R"("outcome":"denied","rule":"readonly.write","sqlstate":"25006")";
  const std::string line = StatementLine(7, "s-1", statement);
  EXPECT_EQ(sink->Deliver(line + StartLine(8)).error, "");
  EXPECT_EQ(
      server_->Value("SELECT seq, id, time AT TIME ZONE 'UTC', event, environment, session, "
                     "login, role, database FROM trail WHERE seq = 7"),
      "7|" + IdOf(7) + "|2026-11-27 19:45:00|statement|production|s-1|dev_ro|readonly|shop");
  EXPECT_EQ(
      server_->Value("SELECT statement, decision, outcome, rule, sqlstate, rows_affected, "
                     "rows_returned, duration_us, replaced FROM trail WHERE seq = 7"),
      "SELECT 'a\\b\t\"ü\"'|deny|denied|readonly.write|25006|0|12|123.456|f");
  EXPECT_EQ(nlohmann::json::parse(server_->Value("SELECT record FROM trail WHERE seq = 7")),
            nlohmann::json::parse(line));
  EXPECT_EQ(server_->Value("SELECT session IS NULL AND statement IS NULL FROM trail "
                           "WHERE event = 'start'"),
            "t");
}

TEST_F(PostgresSink, LinesThatComeAgainAreThereOnce) {
  const auto sink = MakePostgresSink(Options());
  EXPECT_EQ(sink->Deliver(StatementLines(0, 100, 3)).error, "");
  EXPECT_EQ(sink->Deliver(StatementLines(0, 100, 3)).error, "");
  EXPECT_EQ(sink->Deliver(StatementLines(50, 100, 3)).error, "");
  EXPECT_EQ(MakePostgresSink(Options())->Deliver(StatementLines(140, 20, 3)).error, "");
  // Twice in one batch.
  EXPECT_EQ(sink->Deliver(StatementLines(160, 5, 3) + StatementLines(160, 5, 3)).error, "");
  ExpectExactly(165);
}

TEST_F(PostgresSink, RunningAndFinalLineOfOneStatementAreBothKept) {
  std::string again = StatementLine(2, "s", R"("outcome":"ok")");
  again.replace(again.find(IdOf(2)), IdOf(2).size(), IdOf(1));
  EXPECT_EQ(MakePostgresSink(Options())
                ->Deliver(StatementLine(1, "s", R"("outcome":"running")") + again)
                .error,
            "");
  EXPECT_EQ(server_->Rows("SELECT DISTINCT ON (id) outcome FROM trail ORDER BY id, seq DESC"),
            std::vector<std::string>{"ok"});
}

TEST_F(PostgresSink, WhatTheServerCannotKeepDoesNotHoldUpTheRest) {
  const std::string lines = StatementLine(0, "s", R"("statement":"a\u0000b\\u0000")") +
                            "nonsense \xff\n" + StatementLine(1, "s", R"("login2":"\ud800")") +
                            StatementLine(2, "s", R"("parameters":["\u0000"])") +
                            StatementLine(3, "s");
  EXPECT_EQ(MakePostgresSink(Options())->Deliver(lines).error, "");
  EXPECT_EQ(Count(), "5");
  EXPECT_EQ(server_->Value("SELECT statement, record->>'statement', replaced FROM trail "
                           "WHERE id = '" +
                           IdOf(0) + "'"),
            "a\xef\xbf\xbd"
            "b\\u0000|a\xef\xbf\xbd"
            "b\\u0000|t");
  EXPECT_EQ(server_->Value("SELECT count(*) FROM trail WHERE replaced"), "4");
  EXPECT_EQ(
      server_->Value("SELECT convert_from(decode(record->>'unreadable', 'base64'), 'LATIN1') "
                     "FROM trail WHERE record->>'unreadable' LIKE 'bm9uc2Vuc2U%'"),
      "nonsense \xc3\xbf");
}

TEST_F(PostgresSink, TableOfASchemaIsMadeWithItsNameAsWritten) {
  (void)server_->Rows("CREATE SCHEMA IF NOT EXISTS \"Audit\"");
  PostgresSinkOptions options = Options();
  options.table = "Audit.My trail";
  EXPECT_EQ(MakePostgresSink(options)->Deliver(StatementLines(0, 5, 1)).error, "");
  EXPECT_EQ(MakePostgresSink(options)->Deliver(StatementLines(5, 5, 1)).error, "");
  EXPECT_EQ(server_->Value("SELECT count(*) FROM \"Audit\".\"My trail\""), "10");
  (void)server_->Rows("DROP TABLE \"Audit\".\"My trail\"");
}

TEST_F(PostgresSink, WhatIsNoTablesNameIsRefused) {
  for (const std::string table : {"", ".", "a.", ".a", "a.b.c", "a\"b"}) {
    PostgresSinkOptions options = Options();
    options.table = table;
    EXPECT_NE(ProblemOf(options).find("is no table's name"), std::string::npos) << table;
  }
}

TEST_F(PostgresSink, LoginThatMayOnlyInsertIsEnoughForATableThatIsThere) {
  EXPECT_EQ(MakePostgresSink(Options())->Deliver(StatementLines(0, 5, 1)).error, "");
  (void)server_->Rows("DROP ROLE IF EXISTS insert_only");
  (void)server_->Rows("CREATE ROLE insert_only LOGIN");
  (void)server_->Rows("GRANT INSERT ON trail TO insert_only");
  PostgresSinkOptions options = Options();
  options.url = server_->Url("insert_only");
  const auto sink = MakePostgresSink(options);
  EXPECT_EQ(sink->Deliver(StatementLines(5, 5, 1)).error, "");
  EXPECT_EQ(sink->Deliver(StatementLines(5, 10, 1)).error, "");  // by way of the staging table
  ExpectExactly(15);
  (void)server_->Rows("DROP OWNED BY insert_only; DROP ROLE insert_only");
}

TEST_F(PostgresSink, TableAndLoginsOfTheExampleWork) {
  (void)server_->Rows("DROP TABLE IF EXISTS pgmoat_audit CASCADE");
  std::ifstream file(PGMOAT_DEPLOY_AUDIT "/postgres.sql");
  std::string sql(std::istreambuf_iterator<char>(file), {});
  (void)server_->Rows(sql);
  (void)server_->Rows("ALTER TABLE pgmoat_audit ADD arrived timestamptz DEFAULT now()");
  PostgresSinkOptions options = Options();
  options.url = server_->Url("pgmoat_writer");
  options.table = "pgmoat_audit";
  const auto sink = MakePostgresSink(options);
  EXPECT_EQ(sink->Deliver(StatementLines(0, 10, 1)).error, "");
  EXPECT_EQ(sink->Deliver("nonsense\n" + StatementLines(5, 10, 1)).error, "");
  EXPECT_EQ(server_->Value("SELECT count(*), count(DISTINCT seq) FROM pgmoat_audit_2026_11"),
            "15|15");
  EXPECT_EQ(server_->Value("SELECT count(*) FROM pgmoat_audit_default"), "1");
  EXPECT_EQ(server_->Value("SELECT count(*) FROM pgmoat_audit_final"), "16");
  (void)server_->Rows(
      "DROP TABLE pgmoat_audit CASCADE; DROP OWNED BY pgmoat_writer, "
      "pgmoat_auditor; DROP ROLE pgmoat_writer, pgmoat_auditor");
}

TEST_F(PostgresSink, PasswordComesFromAFileOrVariableAndIsInNoError) {
  PostgresSinkOptions options = Options();
  options.url = server_->Url("audit");
  options.password_file = scratch_.File("password", "open-sesame\n");
  EXPECT_EQ(MakePostgresSink(options)->Deliver(StatementLines(0, 5, 1)).error, "");

  options.password_file.clear();
  options.password_env = "PGMOAT_TEST_AUDIT_PASSWORD";
  EXPECT_NE(ProblemOf(options).find("PGMOAT_TEST_AUDIT_PASSWORD"), std::string::npos);
  ::setenv("PGMOAT_TEST_AUDIT_PASSWORD", "open-sesame", 1);
  EXPECT_EQ(MakePostgresSink(options)->Deliver(StatementLines(5, 5, 1)).error, "");
  ::setenv("PGMOAT_TEST_AUDIT_PASSWORD", "shut-sesame", 1);
  const Sink::Result refused = MakePostgresSink(options)->Deliver(StatementLines(10, 5, 1));
  ::unsetenv("PGMOAT_TEST_AUDIT_PASSWORD");
  EXPECT_EQ(refused.bytes, 0U);
  EXPECT_NE(refused.error.find("password authentication failed"), std::string::npos)
      << refused.error;
  EXPECT_EQ(refused.error.find("sesame"), std::string::npos) << refused.error;
  ExpectExactly(10);
  (void)server_->Rows("DROP TABLE trail");
}

TEST_F(PostgresSink, UrlWithAPasswordOrWithoutSenseIsRefusedUnquoted) {
  for (const std::string url :
       {"postgres://audit:sesame@127.0.0.1/audit", "postgres://audit@h/audit?password=sesame",
        "postgres://audit@h/audit?sslpassword=sesame", "postgres://audit:sesame@[::1/audit",
        "postgres://audit@h/audit?sesame=1"}) {
    PostgresSinkOptions options = Options();
    options.url = url;
    EXPECT_NE(ProblemOf(options), "") << url;
    EXPECT_EQ(ProblemOf(options).find("sesame"), std::string::npos) << ProblemOf(options);
  }
}

TEST_F(PostgresSink, ErrorHasNoDataOfTheLines) {
  const auto sink = MakePostgresSink(Options());
  EXPECT_EQ(sink->Deliver(StatementLines(0, 5, 1)).error, "");
  (void)server_->Rows("ALTER TABLE trail ADD CHECK (statement NOT LIKE '%sesame%')");
  const Sink::Result result =
      sink->Deliver(StatementLine(5, "s", R"("statement":"SELECT 'open sesame'")"));
  EXPECT_EQ(result.bytes, 0U);
  EXPECT_NE(result.error.find("table trail at "), std::string::npos) << result.error;
  EXPECT_NE(result.error.find("check constraint"), std::string::npos) << result.error;
  EXPECT_EQ(result.error.find("sesame"), std::string::npos) << result.error;
  EXPECT_EQ(Count(), "5");
}

TEST_F(PostgresSink, TableThatWasDroppedIsMadeAnewWithTheNextAttempt) {
  const auto sink = MakePostgresSink(Options());
  EXPECT_EQ(sink->Deliver(StatementLines(0, 5, 1)).error, "");
  (void)server_->Rows("DROP TABLE trail");
  EXPECT_NE(sink->Deliver(StatementLines(5, 5, 1)).error, "");
  EXPECT_EQ(sink->Deliver(StatementLines(5, 5, 1)).error, "");
  EXPECT_EQ(Count(), "5");
}

TEST_F(PostgresSink, DatabaseThatCannotKeepEveryCharacterIsRefused) {
  (void)server_->Rows("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  PostgresSinkOptions options = Options();
  options.url = server_->Url("postgres", "latin");
  const Sink::Result result = MakePostgresSink(options)->Deliver(StartLine(0));
  EXPECT_EQ(result.bytes, 0U);
  EXPECT_NE(result.error.find("LATIN1"), std::string::npos) << result.error;
  (void)server_->Rows("DROP DATABASE latin WITH (FORCE)");
}

TEST_F(PostgresSink, ServerThatWasRestartedMeanwhileIsNoFailure) {
  const auto sink = MakePostgresSink(Options());
  EXPECT_EQ(sink->Deliver(StatementLines(0, 5, 1)).error, "");
  server_->Break();
  server_->Start();
  EXPECT_EQ(sink->Deliver(StatementLines(5, 5, 1)).error, "");
  server_->Break();
  EXPECT_EQ(sink->Idle(), "");
  const Sink::Result down = sink->Deliver(StatementLines(10, 5, 1));
  EXPECT_EQ(down.bytes, 0U);
  EXPECT_NE(down.error, "");
  server_->Start();
  EXPECT_EQ(sink->Deliver(StatementLines(10, 5, 1)).error, "");
  ExpectExactly(15);
}

TEST_F(PostgresSink, ServerThatStandsStillIsAnErrorInTimeAndLinesFollowOnce) {
  const auto sink = MakePostgresSink(Options(1'000));
  // The second is more than a socket's buffer takes.
  for (const std::string& lines : {StatementLines(10, 10, 1), StatementLines(20, 1000, 1)}) {
    DeliverAll(*sink, StatementLines(0, 10, 1), kBatchBytes, Patience());
    server_->SignalSessions(SIGSTOP);
    const auto began = std::chrono::steady_clock::now();
    const Sink::Result result = sink->Deliver(lines);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(15));
    EXPECT_EQ(result.bytes, 0U);
    EXPECT_NE(result.error.find("did not answer in time"), std::string::npos) << result.error;
    server_->SignalSessions(SIGCONT);
    // What it had read before it stood still may yet be committed.
    DeliverAll(*MakePostgresSink(Options()), lines, kBatchBytes, Patience());
  }
  ExpectExactly(1020);
}

TEST_F(PostgresSink, PeerThatNeverAnswersIsAnErrorInTime) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(listener, 4), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  PostgresSinkOptions options = Options(300);
  options.url =
      "postgres://audit@127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/audit";
  const auto began = std::chrono::steady_clock::now();
  const Sink::Result result = MakePostgresSink(options)->Deliver(StartLine(0));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  EXPECT_NE(result.error.find("table trail at 127.0.0.1:"), std::string::npos) << result.error;
  EXPECT_NE(result.error.find("in time"), std::string::npos) << result.error;
  ::close(listener);
}

TEST_F(PostgresSink, LineIsThereOnceWhateverBreaks) {
  const auto sink = MakePostgresSink(Options());
  std::atomic<bool> over = false;
  std::uint64_t delivered = 0;
  // The server is started by this thread: it ends with the one that did.
  std::thread delivery([&] {
    for (; !over; delivered += 500) {
      DeliverAll(*sink, StatementLines(delivered, 500, 7), 16 << 10, Patience());
    }
  });
  std::mt19937 random(5);
  for (int round = 0; round < 20; ++round) {
    // When it strikes is the trouble itself; nothing waits for it.
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 60));
    if (round % 5 == 4) {
      server_->Break();
      server_->Start();
    } else {
      (void)server_->Rows(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
          "application_name = 'pgmoat-audit'");
    }
  }
  over = true;
  delivery.join();
  ExpectExactly(delivered);
}

// Run it by --gtest_also_run_disabled_tests --gtest_filter=*Throughput*
TEST_F(PostgresSink, DISABLED_Throughput) {
  const auto sink = MakePostgresSink(Options());
  const std::string lines = StatementLines(0, 100000, 20);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(DeliverAll(*sink, lines, kBatchBytes, Patience()), 0U);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << static_cast<int>(100000 / took.count()) << " lines/s of "
            << lines.size() / 100000 << " bytes\n";
}

}  // namespace
}  // namespace pgmoat::audit
