#include "proxy/audit/sinks/http_body.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "tests/audit/sinks/remote/lines.h"

namespace pgmoat::audit {
namespace {

using Format = HttpSinkOptions::Format;
using Json = nlohmann::json;

std::map<std::string, std::string> Attributes(const Json& list) {
  std::map<std::string, std::string> attributes;
  for (const Json& item : list) attributes[item["key"]] = item["value"]["stringValue"];
  return attributes;
}

Json OtlpRecord(const std::string& line) {
  const Json body = Json::parse(HttpBody(Format::kOtlp, line, {}));
  return body["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
}

TEST(HttpBody, JsonLinesAreTheLines) {
  const std::string lines = StatementLines(0, 3, 1);
  EXPECT_EQ(HttpBody(Format::kJsonLines, lines, {}), lines);
}

TEST(HttpBody, JsonArrayHasEachLineAsAnElement) {
  const std::string lines = StatementLines(5, 3, 1) + StartLine(8);
  const Json array = Json::parse(HttpBody(Format::kJsonArray, lines, {}));
  ASSERT_EQ(array.size(), 4U);
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_EQ(array[i]["seq"], 5 + i);
}

TEST(HttpBody, OtlpHasTheLineAsBodyAndItsTimeToTheNanosecond) {
  const std::string line =
      StatementLine(123456789, "s", R"("statement":"SELECT \"a\\b\" /* ü */")");
  const Json record = OtlpRecord(line);
  EXPECT_EQ(record["body"]["stringValue"].get<std::string>() + "\n", line);
  EXPECT_EQ(record["timeUnixNano"], "1795808700123456789");
  const auto attributes = Attributes(record["attributes"]);
  EXPECT_EQ(attributes.at("pgmoat.login"), "dev_ro");
  EXPECT_EQ(attributes.at("pgmoat.role"), "readonly");
  EXPECT_EQ(attributes.at("pgmoat.environment"), "production");
  EXPECT_EQ(attributes.at("pgmoat.event"), "statement");
  EXPECT_FALSE(attributes.contains("pgmoat.rule")) << "absent, not empty";
}

TEST(HttpBody, OtlpResourceIsNamedAndLabelled) {
  const Json plain = Json::parse(HttpBody(Format::kOtlp, StartLine(0), {{"cluster", "b"}}));
  const auto attributes = Attributes(plain["resourceLogs"][0]["resource"]["attributes"]);
  EXPECT_EQ(attributes.at("service.name"), "pgmoat");
  EXPECT_EQ(attributes.at("cluster"), "b");
  const Json named =
      Json::parse(HttpBody(Format::kOtlp, StartLine(0), {{"service.name", "x"}}));
  const Json& list = named["resourceLogs"][0]["resource"]["attributes"];
  EXPECT_EQ(list.size(), 1U);
  EXPECT_EQ(Attributes(list).at("service.name"), "x");
}

TEST(HttpBody, OtlpSeverityTellsRefusalsAndGaps) {
  EXPECT_EQ(OtlpRecord(StatementLine(1, "s", R"("decision":"allow")"))["severityNumber"], 9);
  EXPECT_EQ(OtlpRecord(StatementLine(1, "s", R"("decision":"deny")"))["severityNumber"], 13);
  EXPECT_EQ(OtlpRecord(StatementLine(1, "s", R"("decision":"would_deny")"))["severityText"],
            "WARN");
  EXPECT_EQ(OtlpRecord(R"({"event":"gap"})")["severityNumber"], 17);
}

TEST(HttpBody, OtlpTakesATraceparentOnlyInItsForm) {
  const std::string trace(32, 'a'), span(16, 'b');
  const auto record = [](const std::string& parent) {
    return OtlpRecord(StatementLine(1, "s", R"("tags":{"traceparent":")" + parent + "\"}"));
  };
  EXPECT_EQ(record("00-" + trace + "-" + span + "-01")["traceId"], trace);
  EXPECT_EQ(record("00-" + trace + "-" + span + "-01")["spanId"], span);
  for (const std::string& wrong :
       {"01-" + trace + "-" + span + "-01", "00-" + std::string(32, '0') + "-" + span + "-01",
        "00-" + std::string(32, 'A') + "-" + span + "-01", "00-" + trace + "-" + span,
        "00-" + trace + "_" + span + "-01", std::string()}) {
    EXPECT_FALSE(record(wrong).contains("traceId")) << wrong;
    EXPECT_FALSE(record(wrong).contains("spanId")) << wrong;
  }
  EXPECT_FALSE(
      OtlpRecord(StatementLine(1, "s", R"("tags":{"traceparent":7})")).contains("traceId"));
}

TEST(HttpBody, LokiHasAStreamForEachSetOfLabelsInOrder) {
  const std::string lines = StatementLine(1, "a") + StartLine(2) + StatementLine(3, "b");
  const Json body = Json::parse(HttpBody(Format::kLoki, lines, {{"job", "audit"}}));
  ASSERT_EQ(body["streams"].size(), 2U);
  std::map<std::string, Json> streams;
  for (const Json& stream : body["streams"]) {
    EXPECT_EQ(stream["stream"]["job"], "audit");
    streams[stream["stream"]["event"]] = stream;
  }
  EXPECT_EQ(streams["statement"]["stream"]["role"], "readonly");
  EXPECT_FALSE(streams["statement"]["stream"].contains("session")) << "too many values";
  const Json& values = streams["statement"]["values"];
  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(values[0][0], "1795808700000000001");
  EXPECT_EQ(values[1][0], "1795808700000000003");
  EXPECT_EQ(values[1][1].get<std::string>() + "\n", StatementLine(3, "b"));
}

TEST(HttpBody, LokiStreamNeedsALabel) {
  const Json body = Json::parse(HttpBody(Format::kLoki, "{}\n", {}));
  EXPECT_EQ(body["streams"][0]["stream"], Json({{"job", "pgmoat"}}));
}

TEST(HttpBody, WhatIsNoRecordIsStillSent) {
  for (const Format format : {Format::kOtlp, Format::kLoki}) {
    const std::string body = HttpBody(format, "not JSON \xff\n[1]\n", {});
    EXPECT_TRUE(Json::accept(body)) << body;
    EXPECT_NE(body.find("not JSON"), std::string::npos);
  }
}

TEST(HttpBody, OtlpRejectionIsSeenInEachForm) {
  EXPECT_EQ(OtlpRejection(""), "");
  EXPECT_EQ(OtlpRejection("{}"), "");
  EXPECT_EQ(OtlpRejection(R"({"partialSuccess":{}})"), "");
  EXPECT_EQ(OtlpRejection(R"({"partialSuccess":{"rejectedLogRecords":"0"}})"), "");
  EXPECT_EQ(OtlpRejection(R"({"partialSuccess":{"rejectedLogRecords":0}})"), "");
  EXPECT_EQ(OtlpRejection(
                R"({"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"too old"}})"),
            "3 records rejected: too old");
  EXPECT_EQ(OtlpRejection(R"({"partialSuccess":{"rejectedLogRecords":3}})"),
            "3 records rejected: ");
}

}  // namespace
}  // namespace pgmoat::audit
