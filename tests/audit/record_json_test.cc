#include "proxy/audit/record_json.h"

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/audit/some_records.h"

namespace pgmoat::audit {
namespace {

using nlohmann::json;
using session::AuditedParameter;
using session::AuditEvent;
using session::AuditRecord;
using session::Outcome;
using session::TextForm;

// Without what the chain puts at the end.
std::string Line(const AuditRecord& record, std::uint64_t seq = 17) {
  LineMaker maker;
  std::string out;
  maker.Append(record, seq, out);
  return out;
}

json Parsed(const AuditRecord& record) { return json::parse(Line(record) + "}"); }

std::shared_ptr<session::AuditedText> CopyOfText(const AuditRecord& record) {
  return std::make_shared<session::AuditedText>(*record.text);
}

TEST(LineMaker, StatementHasItsFields) {
  AuditRecord record = Statement("SELECT * FROM orders WHERE note = 'x'");
  json line = Parsed(record);
  line.erase("fingerprint");  // fingerprints_test.cc
  const json expected = {
      {"v", 2},
      {"seq", 17},
      {"id", SomeId().Text()},
      {"time", "2026-11-27T19:45:00.123456789Z"},
      {"event", "statement"},
      {"environment", "production"},
      {"session", "01SESSION"},
      {"login", "dev_anna"},
      {"identity", "scram-sha-256"},
      {"role", "readonly"},
      {"client_address", "10.0.0.7:51312"},
      {"application_name", "psql"},
      {"database", "shop"},
      {"server_pid", 4711},
      {"protocol_event", "Query"},
      {"statement", "SELECT * FROM orders WHERE note = 'x'"},
      {"statement_bytes", 37},
      {"kinds", {"read"}},
      {"relations", {{{"name", "public.orders"}, {"access", "read"}}}},
      {"decision", "allow"},
      {"outcome", "ok"},
      {"policy_version", "0123456789abcdef"},
      {"transaction", 3},
      {"transaction_status", "idle"},
      {"rows_affected", 0},
      {"rows_returned", 1},
      {"bytes_returned", 20},
      {"duration_us", 1234.567},
      {"proxy_us", 8.9},
  };
  EXPECT_EQ(line, expected);
}

TEST(LineMaker, TheFieldsThatTheChainReadsComeFirst) {
  EXPECT_TRUE(Line(Statement())
                  .starts_with("{\"v\":2,\"seq\":17,\"id\":\"" + SomeId().Text() +
                               "\",\"time\":\"2026-11-27T19:45:00.123456789Z\","
                               "\"event\":\"statement\","));
  EXPECT_EQ(Line(Statement()).find('\n'), std::string::npos);
}

TEST(LineMaker, ARefusalTellsRuleReasonAndSqlstate) {
  AuditRecord record = Statement("DELETE FROM orders");
  record.outcome = Outcome::kDenied;
  record.rule = "readonly.write";
  record.reason = "DELETE is not allowed.";
  record.sqlstate = "25006";
  const json line = Parsed(record);
  EXPECT_EQ(line["decision"], "deny");
  EXPECT_EQ(line["outcome"], "denied");
  EXPECT_EQ(line["rule"], "readonly.write");
  EXPECT_EQ(line["reason"], "DELETE is not allowed.");
  EXPECT_EQ(line["sqlstate"], "25006");
}

TEST(LineMaker, EachOutcomeHasItsName) {
  const std::vector<std::pair<Outcome, const char*>> names = {
      {Outcome::kOk, "ok"},         {Outcome::kError, "error"},
      {Outcome::kDenied, "denied"}, {Outcome::kSkipped, "skipped"},
      {Outcome::kLost, "lost"},     {Outcome::kRunning, "running"},
  };
  ASSERT_EQ(names.size(), static_cast<std::size_t>(Outcome::kCount));
  for (const auto& [outcome, name] : names) {
    AuditRecord record = Statement();
    record.outcome = outcome;
    EXPECT_EQ(Parsed(record)["outcome"], name);
  }
}

TEST(LineMaker, ShadowModeSaysWhatWouldHaveBeenRefused) {
  AuditRecord record = Statement();
  record.would_deny = true;
  record.rule = "readonly.write";
  EXPECT_EQ(Parsed(record)["decision"], "would_deny");
  record.outcome = Outcome::kDenied;
  EXPECT_EQ(Parsed(record)["decision"], "deny") << "it was refused after all";
}

TEST(LineMaker, WhatHasNoValueIsAbsent) {
  AuditRecord record = Statement();
  auto subject = Anna();
  subject->identity.clear();
  record.subject = subject;
  record.policy_version = 0;
  record.transaction = 0;
  record.proxy_time = {};
  const json line = Parsed(record);
  for (const char* field :
       {"identity", "policy_version", "transaction", "proxy_us", "rule", "reason", "sqlstate",
        "truncated", "redacted", "statement_sha256", "tags", "parameters"}) {
    EXPECT_FALSE(line.contains(field)) << field;
  }
}

TEST(LineMaker, ACutTextSaysSoWithoutItsTornCharacter) {
  AuditRecord record = Statement();
  auto text = CopyOfText(record);
  text->text = "SELECT 'caf\xC3";  // inside é
  text->full_bytes = 100'000;
  text->truncated = true;
  text->has_sha256 = true;
  text->sha256.fill(0xab);
  record.text = text;
  const json line = Parsed(record);
  EXPECT_EQ(line["statement"], "SELECT 'caf");
  EXPECT_EQ(line["statement_bytes"], 100'000);
  EXPECT_EQ(line["truncated"], true);
  std::string digits;
  for (int i = 0; i < 32; ++i) digits += "ab";
  EXPECT_EQ(line["statement_sha256"], digits);
  EXPECT_FALSE(line.contains("fingerprint"));
}

TEST(LineMaker, ACutBehindAWholeCharacterLosesNothing) {
  AuditRecord record = Statement();
  auto text = CopyOfText(record);
  text->text = "SELECT 'é";
  text->truncated = true;
  record.text = text;
  EXPECT_EQ(Parsed(record)["statement"], "SELECT 'é");
}

TEST(LineMaker, WithheldTextIsLengthAndHash) {
  AuditRecord record = Statement();
  auto text = CopyOfText(record);
  text->text.clear();
  text->form = TextForm::kWithheld;
  text->has_sha256 = true;
  record.text = text;
  const json line = Parsed(record);
  EXPECT_FALSE(line.contains("statement"));
  EXPECT_EQ(line["redacted"], "withheld");
  EXPECT_EQ(line["statement_bytes"], 33);
  EXPECT_TRUE(line.contains("statement_sha256"));
}

TEST(LineMaker, RedactedTextSaysSo) {
  AuditRecord record = Statement();
  auto text = CopyOfText(record);
  text->text = "SELECT * FROM orders WHERE id = $1";
  text->form = TextForm::kRedacted;
  record.text = text;
  const json line = Parsed(record);
  EXPECT_EQ(line["redacted"], "literals");
  EXPECT_EQ(line["statement"], "SELECT * FROM orders WHERE id = $1");
}

TEST(LineMaker, EachFormOfAParameter) {
  using Form = AuditedParameter::Form;
  AuditRecord record = Statement();
  record.parameters = std::make_shared<session::AuditedParameters>(session::AuditedParameters{
      {Form::kNull, 0, ""},
      {Form::kText, 2, "7\""},
      {Form::kText, 0, ""},
      {Form::kText, 900, "caf\xC3"},
      {Form::kBinary, 2, std::string("\0\xff", 2)},
      {Form::kBinary, 900, "\1"},
      {Form::kWithheld, 12, ""},
      {Form::kUnseen, 0, ""},
  });
  const json expected = {
      nullptr,
      "7\"",
      "",
      {{"text", "caf"}, {"bytes", 900}},
      {{"binary", "00ff"}},
      {{"binary", "01"}, {"bytes", 900}},
      {{"bytes", 12}},
      {{"unseen", true}},
  };
  EXPECT_EQ(Parsed(record)["parameters"], expected);
}

TEST(LineMaker, LoginHasNoStatementFields) {
  AuditRecord record = Statement();
  record.event = AuditEvent::kLogin;
  record.protocol_event = "StartupMessage";
  record.text = nullptr;
  const json line = Parsed(record);
  EXPECT_EQ(line["event"], "login");
  EXPECT_EQ(line["decision"], "allow");
  for (const char* field : {"statement", "kinds", "relations", "rows_returned",
                            "transaction_status", "transaction"}) {
    EXPECT_FALSE(line.contains(field)) << field;
  }
}

TEST(LineMaker, DisconnectHasNoDecision) {
  AuditRecord record = Statement();
  record.event = AuditEvent::kDisconnect;
  record.text = nullptr;
  record.reason = "client closed the connection";
  const json line = Parsed(record);
  EXPECT_EQ(line["event"], "disconnect");
  EXPECT_EQ(line["reason"], "client closed the connection");
  EXPECT_FALSE(line.contains("decision"));
}

TEST(LineMaker, GrantTellsWhyAndUntilWhen) {
  AuditRecord record = Statement();
  record.event = AuditEvent::kGrant;
  record.text = nullptr;
  record.rule = "break-glass.opened";
  record.reason = "INC-7: disk full";
  record.duration = std::chrono::minutes(15);
  auto subject = std::make_shared<session::SessionSubject>(*record.subject);
  subject->grant = record.id.Text();
  subject->granted_role = "admin";
  record.subject = std::move(subject);
  json line = Parsed(record);
  EXPECT_EQ(line["event"], "grant");
  EXPECT_EQ(line["grant"], line["id"]);
  EXPECT_EQ(line["granted_role"], "admin");
  EXPECT_EQ(line["reason"], "INC-7: disk full");
  EXPECT_EQ(line["duration_us"], 0);
  record.time += std::chrono::minutes(15);
  EXPECT_EQ(line["until"], Parsed(record)["time"]);
  EXPECT_FALSE(line.contains("decision"));
  record.rule = "break-glass.expired";
  line = Parsed(record);
  EXPECT_FALSE(line.contains("until"));
  EXPECT_EQ(line["duration_us"], 9e8);
}

TEST(LineMaker, GapCountsLostRecordsWhereTheirNumberIsKnown) {
  AuditRecord record;
  record.event = AuditEvent::kGap;
  record.rows_affected = 17;
  record.reason = "no room";
  json line = Parsed(record);
  EXPECT_EQ(line["event"], "gap");
  EXPECT_EQ(line["lost_records"], 17);
  EXPECT_EQ(line["reason"], "no room");
  EXPECT_FALSE(line.contains("outcome"));
  record.rows_affected = 0;
  EXPECT_FALSE(Parsed(record).contains("lost_records"));
}

TEST(LineMaker, NegativeDurationIsZero) {
  AuditRecord record = Statement();
  record.duration = std::chrono::nanoseconds(-5);
  EXPECT_EQ(Parsed(record)["duration_us"], 0.0);
}

TEST(LineMaker, WhatAClientSendsCannotForgeAField) {
  AuditRecord record = Statement("SELECT '\",\"hash\":\"00\"}\n{\"v\":2' /*hash='x'*/");
  auto subject = Anna();
  subject->application_name = "\",\"outcome\":\"ok\n";
  record.subject = subject;
  const std::string line = Line(record);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const json parsed = json::parse(line + "}");
  EXPECT_EQ(parsed["application_name"], subject->application_name);
  EXPECT_FALSE(parsed.contains("hash"));
}

TEST(LineMaker, SharedTextAndSubjectGiveTheSameLineEachTime) {
  LineMaker maker;
  const AuditRecord record = Statement();
  const auto also_held = record.text;  // as a prepared statement does
  std::string first;
  std::string second;
  maker.Append(record, 17, first);
  maker.Append(record, 17, second);
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
      maker.Append(records[i], i + 1, line);
      const json parsed = json::parse(line + "}");
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
    maker.Append(record, 17, line);
    ASSERT_EQ(json::parse(line + "}")["application_name"], std::to_string(i));
  }
}

}  // namespace
}  // namespace pgmoat::audit
