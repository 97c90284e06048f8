#include "proxy/audit/record_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pgmoat::audit {
namespace {

using nlohmann::json;
using session::AuditEvent;
using session::AuditRecord;
using session::Outcome;

std::string JsonString(std::string_view text) {
  std::string out;
  AppendJsonString(text, out);
  return out;
}

std::string Replaced(int times) {
  std::string text;
  while (times-- > 0) text += "\xEF\xBF\xBD";
  return text;
}

TEST(AppendJsonString, PlainTextStandsForItself) {
  EXPECT_EQ(JsonString("SELECT 1"), "\"SELECT 1\"");
  EXPECT_EQ(JsonString(""), "\"\"");
}

TEST(AppendJsonString, EveryAsciiByteSurvives) {
  for (int c = 0; c < 0x80; ++c) {
    const std::string text = "a" + std::string(1, static_cast<char>(c)) + "b";
    const std::string line = JsonString(text);
    EXPECT_EQ(json::parse(line).get<std::string>(), text) << c;
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_EQ(line.find('\x7F'), std::string::npos);
  }
}

TEST(AppendJsonString, Utf8OfEveryLengthSurvives) {
  const std::string text = "é €\xF0\x9F\x90\x98\xF4\x8F\xBF\xBF\xED\x9F\xBF\xEE\x80\x80";
  EXPECT_EQ(JsonString(text), "\"" + text + "\"");
  EXPECT_EQ(json::parse(JsonString(text)).get<std::string>(), text);
}

TEST(AppendJsonString, BytesThatAreNotUtf8BecomeTheReplacementCharacter) {
  const struct {
    const char* what;
    std::string bytes;
    int replaced;
  } kCases[] = {
      {"a tail byte alone", "\x80", 1},   {"never a lead byte", "\xFF", 1},
      {"overlong slash", "\xC0\xAF", 2},  {"overlong of three", "\xE0\x80\xAF", 3},
      {"a surrogate", "\xED\xA0\x80", 3}, {"past U+10FFFF", "\xF4\x90\x80\x80", 4},
      {"cut at the end", "\xE2\x82", 2},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(json::parse(JsonString("<" + c.bytes + ">")).get<std::string>(),
              "<" + Replaced(c.replaced) + ">")
        << c.what;
  }
}

TEST(AppendJsonString, EveryTwoByteStringGivesValidJson) {
  for (unsigned pair = 0; pair < 0x10000; ++pair) {
    const std::string text = {static_cast<char>(pair >> 8), static_cast<char>(pair)};
    ASSERT_TRUE(json::accept(JsonString(text))) << pair;
  }
}

TEST(AppendRfc3339, MicrosecondsInUtc) {
  std::string out;
  AppendRfc3339(std::chrono::sys_days{std::chrono::year{2026} / 2 / 28} +
                    std::chrono::hours(23) + std::chrono::minutes(5) + std::chrono::seconds(9) +
                    std::chrono::nanoseconds(1'002'999),
                out);
  EXPECT_EQ(out, "2026-02-28T23:05:09.001002Z");
}

TEST(AppendRfc3339, BeforeTheEpochCountsForward) {
  std::string out;
  AppendRfc3339(std::chrono::system_clock::time_point(std::chrono::microseconds(-1)), out);
  EXPECT_EQ(out, "1969-12-31T23:59:59.999999Z");
}

std::shared_ptr<session::SessionSubject> Anna() {
  return std::make_shared<session::SessionSubject>(session::SessionSubject{
      .session_id = "01SESSION",
      .environment = "production",
      .login = "dev_anna",
      .role = "readonly",
      .client_address = "10.0.0.7:53212",
      .application_name = "psql \"x\"",
      .database = "shop",
      .server_pid = 4711,
  });
}

AuditRecord Statement() {
  AuditRecord record;
  record.id = "01ID";
  record.time = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};
  record.subject = Anna();
  record.protocol_event = "Query";
  auto text = std::make_shared<session::AuditedText>();
  text->text = "DELETE FROM users";
  text->full_bytes = text->text.size();
  text->kinds = {policy::Kind::kRead, policy::Kind::kDelete};
  text->relations = {{"users", policy::Access::kWrite}, {"a\"b", policy::Access::kRead}};
  record.text = text;
  record.outcome = Outcome::kDenied;
  record.rule = "readonly.write";
  record.reason = "DELETE is not allowed for role readonly in production.";
  record.transaction_status = 'E';
  record.rows = 3;
  record.result_bytes = 1234;
  record.duration = std::chrono::nanoseconds(1'234'567);
  record.sqlstate = "25006";
  return record;
}

std::string Line(const AuditRecord& record) {
  LineMaker maker;
  std::string out;
  maker.Append(record, out);
  return out;
}

TEST(LineMaker, StatementHasEveryField) {
  const json expected = {
      {"v", 1},
      {"id", "01ID"},
      {"time", "2026-11-21T00:00:00.000000Z"},
      {"event", "statement"},
      {"environment", "production"},
      {"session", "01SESSION"},
      {"login", "dev_anna"},
      {"role", "readonly"},
      {"client_address", "10.0.0.7:53212"},
      {"application_name", "psql \"x\""},
      {"database", "shop"},
      {"server_pid", 4711},
      {"protocol_event", "Query"},
      {"statement", "DELETE FROM users"},
      {"statement_bytes", 17},
      {"kinds", {"read", "delete"}},
      {"relations",
       {{{"name", "users"}, {"access", "write"}}, {{"name", "a\"b"}, {"access", "read"}}}},
      {"decision", "deny"},
      {"outcome", "denied"},
      {"rule", "readonly.write"},
      {"reason", "DELETE is not allowed for role readonly in production."},
      {"sqlstate", "25006"},
      {"transaction_status", "failed_transaction"},
      {"rows", 3},
      {"result_bytes", 1234},
      {"duration_us", 1234.567},
  };
  EXPECT_EQ(json::parse(Line(Statement())), expected);
}

TEST(LineMaker, LineIsOneLine) {
  const std::string line = Line(Statement());
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_TRUE(line.starts_with("{\"v\":1,\"id\":\"01ID\","));
}

TEST(LineMaker, AllowedStatementHasNoRuleReasonOrSqlstate) {
  AuditRecord record = Statement();
  record.outcome = Outcome::kOk;
  record.rule = "";
  record.reason.clear();
  record.sqlstate.clear();
  const json line = json::parse(Line(record));
  EXPECT_EQ(line["decision"], "allow");
  EXPECT_FALSE(line.contains("rule"));
  EXPECT_FALSE(line.contains("reason"));
  EXPECT_FALSE(line.contains("sqlstate"));
  EXPECT_FALSE(line.contains("truncated"));
}

TEST(LineMaker, ServersRefusalIsAnAllowedStatementWithAnError) {
  AuditRecord record = Statement();
  record.outcome = Outcome::kError;
  const json line = json::parse(Line(record));
  EXPECT_EQ(line["decision"], "allow");
  EXPECT_EQ(line["outcome"], "error");
}

TEST(LineMaker, CutTextSaysSoAndGivesItsFullLength) {
  AuditRecord record = Statement();
  auto text = std::make_shared<session::AuditedText>();
  text->text = "SELECT 'caf\xC3";  // cut inside é
  text->full_bytes = 100'000;
  record.text = text;
  const json line = json::parse(Line(record));
  EXPECT_EQ(line["statement"], "SELECT 'caf");
  EXPECT_EQ(line["statement_bytes"], 100'000);
  EXPECT_EQ(line["truncated"], true);
  EXPECT_EQ(line["kinds"], json::array());
  EXPECT_EQ(line["relations"], json::array());
}

TEST(LineMaker, CutAfterAWholeCharacterLosesNothing) {
  AuditRecord record = Statement();
  auto text = std::make_shared<session::AuditedText>();
  text->text = "SELECT 'é";
  text->full_bytes = 100'000;
  record.text = text;
  EXPECT_EQ(json::parse(Line(record))["statement"], "SELECT 'é");
}

TEST(LineMaker, LoginHasNoStatementFields) {
  AuditRecord record = Statement();
  record.event = AuditEvent::kLogin;
  record.protocol_event = "StartupMessage";
  record.text = nullptr;
  record.outcome = Outcome::kOk;
  const json line = json::parse(Line(record));
  EXPECT_EQ(line["event"], "login");
  EXPECT_EQ(line["decision"], "allow");
  EXPECT_EQ(line["login"], "dev_anna");
  for (const char* key : {"statement", "kinds", "relations", "rows", "transaction_status"}) {
    EXPECT_FALSE(line.contains(key)) << key;
  }
}

TEST(LineMaker, DisconnectHasNoDecision) {
  AuditRecord record = Statement();
  record.event = AuditEvent::kDisconnect;
  record.text = nullptr;
  record.outcome = Outcome::kOk;
  record.reason = "client closed the connection";
  const json line = json::parse(Line(record));
  EXPECT_EQ(line["event"], "disconnect");
  EXPECT_EQ(line["reason"], "client closed the connection");
  EXPECT_FALSE(line.contains("decision"));
}

TEST(LineMaker, GapNeedsNoSubjectAndCountsLostRecords) {
  AuditRecord record;
  record.id = "01ID";
  record.event = AuditEvent::kGap;
  record.rows = 17;
  record.reason = "queue full";
  const json line = json::parse(Line(record));
  EXPECT_EQ(line["event"], "gap");
  EXPECT_EQ(line["lost_records"], 17);
  EXPECT_FALSE(line.contains("outcome"));
}

TEST(LineMaker, NegativeDurationIsZero) {
  AuditRecord record = Statement();
  record.duration = std::chrono::nanoseconds(-5);
  EXPECT_EQ(json::parse(Line(record))["duration_us"], 0.0);
}

TEST(LineMaker, SharedTextAndSubjectGiveTheSameLineEachTime) {
  LineMaker maker;
  const AuditRecord record = Statement();
  const auto also_held = record.text;  // as a prepared statement does
  std::string first;
  std::string second;
  maker.Append(record, first);
  maker.Append(record, second);
  EXPECT_EQ(first, second);
  EXPECT_EQ(first, Line(record));
}

TEST(LineMaker, ManySubjectsAndTextsAreNeverMixedUp) {
  LineMaker maker;
  std::vector<AuditRecord> records;
  for (int i = 0; i < 2000; ++i) {
    AuditRecord record = Statement();
    auto subject = Anna();
    subject->login = "login" + std::to_string(i);
    record.subject = subject;
    auto text = std::make_shared<session::AuditedText>(*record.text);
    text->text = "SELECT " + std::to_string(i);
    record.text = text;
    records.push_back(std::move(record));
  }
  const std::vector<AuditRecord> also_held = records;
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < records.size(); ++i) {
      std::string line;
      maker.Append(records[i], line);
      const json parsed = json::parse(line);
      ASSERT_EQ(parsed["login"], "login" + std::to_string(i));
      ASSERT_EQ(parsed["statement"], "SELECT " + std::to_string(i));
    }
  }
}

TEST(LineMaker, SubjectThatTookAnothersAddressIsNotTakenForIt) {
  LineMaker maker;
  for (int i = 0; i < 1000; ++i) {
    AuditRecord record = Statement();
    auto subject = Anna();  // freed at the end of each round: addresses recur
    subject->application_name = std::to_string(i);
    record.subject = subject;
    std::string line;
    maker.Append(record, line);
    ASSERT_EQ(json::parse(line)["application_name"], std::to_string(i));
  }
}

}  // namespace
}  // namespace pgmoat::audit
