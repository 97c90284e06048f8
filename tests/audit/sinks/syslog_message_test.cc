#include "proxy/audit/sinks/syslog_message.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/audit/sinks/trail_lines.h"

namespace pgmoat::audit {
namespace {

using nlohmann::json;

std::string WithoutNewline(std::string line) {
  line.pop_back();
  return line;
}

// All before the line itself.
std::string Header(const std::string& line) {
  const SyslogFormat format(16, "db-proxy", "pgmoat", 8192);
  const std::string message = format.Message(line);
  EXPECT_TRUE(message.ends_with(line)) << message;
  return message.substr(0, message.size() - line.size());
}

TEST(SyslogFormat, HeaderIsOfRfc5424) {
  EXPECT_EQ(Header(WithoutNewline(StatementLine(1))),
            "<134>1 2026-11-27T19:45:00.123456Z db-proxy pgmoat 4711 statement - ");
  EXPECT_EQ(Header(WithoutNewline(CheckpointLine(2, "2026-11-27T19:45:00Z"))),
            "<134>1 2026-11-27T19:45:00Z db-proxy pgmoat - checkpoint - ");
}

TEST(SyslogFormat, DenialsAndGapsAreWarnings) {
  for (const char* line :
       {R"({"time":"2026-11-27T19:45:00Z","event":"statement","decision":"deny"})",
        R"({"time":"2026-11-27T19:45:00Z","event":"login","outcome":"denied"})",
        R"({"time":"2026-11-27T19:45:00Z","event":"gap","lost_records":3})"}) {
    EXPECT_EQ(Header(line).substr(0, 7), "<132>1 ") << line;
  }
  EXPECT_EQ(
      Header(R"({"event":"statement","decision":"would_deny","tags":{"decision":"deny"}})")
          .substr(0, 7),
      "<134>1 ");
}

TEST(SyslogFormat, NamesAreCleanedAndCut) {
  const SyslogFormat format(0, "", std::string(60, 'a') + " \n", 8192);
  EXPECT_EQ(format.Message("{}"), "<6>1 - - " + std::string(48, 'a') + " - - - {}");
  EXPECT_EQ(SyslogFormat(0, "h\xc3\xa4 x", "p\nq", 8192).Message("{}"),
            "<6>1 - h___x p_q - - - {}");
}

TEST(SyslogFormat, FacilitiesAreThoseOfTheRfc) {
  EXPECT_EQ(SyslogFacility("kern"), 0);
  EXPECT_EQ(SyslogFacility("authpriv"), 10);
  EXPECT_EQ(SyslogFacility("local0"), 16);
  EXPECT_EQ(SyslogFacility("local7"), 23);
  EXPECT_EQ(SyslogFacility("local8"), std::nullopt);
  EXPECT_EQ(SyslogFacility(""), std::nullopt);
}

TEST(SyslogFormat, LongMessageIsCutToItsLimit) {
  const std::string line = WithoutNewline(StatementLine(1, std::string(20'000, 'x')));
  const std::string message = SyslogFormat(16, "h", "a", 2048).Message(line);
  EXPECT_EQ(message.size(), 2048U);
  const json cut = json::parse(message.substr(message.find('{')));
  EXPECT_EQ(cut["truncated"], true);
  EXPECT_EQ(cut["hash"], json::parse(line)["hash"]);
}

TEST(ShortenLine, IsValidJsonAtEveryLength) {
  const std::string line =
      R"({"v":2,"seq":1,"id":"01A","time":"t","event":"statement","statement":")"
      R"(a\"b\\cäöü\u00e4😀\ud83d\ude00\n xyz","parameters":["p",{"binary":"00ff"},null],)"
      R"("tags":{"traceparent":"00-1-2-03"},"rows_returned":12345,"hash":"ff"})";
  ASSERT_TRUE(json::accept(line));
  const json whole = json::parse(line);
  std::size_t within = 0;
  for (std::size_t limit = 0; limit <= line.size() + 20; ++limit) {
    const std::string shortened = ShortenLine(line, limit);
    ASSERT_TRUE(json::accept(shortened)) << limit << ": " << shortened;
    const json cut = json::parse(shortened);
    for (const char* key : {"v", "seq", "id", "time", "event", "hash"}) {
      ASSERT_EQ(cut.value(key, json()), whole[key]) << shortened;
    }
    ASSERT_EQ(cut["truncated"], true);
    if (cut.contains("statement")) {
      const std::string statement = cut["statement"];
      ASSERT_EQ(whole["statement"].get<std::string>().substr(0, statement.size()), statement);
    }
    if (shortened.size() <= limit) ++within;
  }
  EXPECT_GE(within, line.size() - 90);
}

TEST(ShortenLine, SaysTruncatedOnce) {
  const std::string line =
      R"({"v":2,"statement":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","truncated":true,"hash":"0"})";
  EXPECT_EQ(ShortenLine(line, line.size() - 5),
            R"({"v":2,"statement":"xxxxxxxxxxxxxxxxxxxxxxxxxxx","truncated":true,"hash":"0"})");
}

}  // namespace
}  // namespace pgmoat::audit
