#include "proxy/audit/json_text.h"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

namespace pgmoat::audit {
namespace {

using nlohmann::json;

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

// Eight bytes are looked at together.
TEST(AppendJsonString, ABytesFormDoesNotDependOnItsPlace) {
  for (int c = 0; c < 0x100; ++c) {
    const std::string byte(1, static_cast<char>(c));
    const std::string alone = JsonString(byte);
    const std::string form = alone.substr(1, alone.size() - 2);
    for (std::size_t place = 0; place < 20; ++place) {
      const std::string before(place, 'a');
      const std::string behind(19 - place, '~');
      ASSERT_EQ(JsonString(before + byte + behind), "\"" + before + form + behind + "\"")
          << c << " at " << place;
    }
  }
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

TEST(AppendDateTime, InUtcAlsoBeforeTheEpoch) {
  std::string out;
  AppendDateTime(std::chrono::sys_days{std::chrono::year{2024} / 2 / 29} +
                     std::chrono::hours(23) + std::chrono::minutes(5) + std::chrono::seconds(9),
                 out);
  EXPECT_EQ(out, "2024-02-29T23:05:09");
  out.clear();
  AppendDateTime(std::chrono::sys_seconds(std::chrono::seconds(-1)), out);
  EXPECT_EQ(out, "1969-12-31T23:59:59");
}

TEST(AppendMicroseconds, KeepsNanosecondsAndNothingBelowZero) {
  std::string out;
  AppendMicroseconds("a:", std::chrono::nanoseconds(1'234'005), out);
  AppendMicroseconds(" b:", std::chrono::nanoseconds(-5), out);
  EXPECT_EQ(out, "a:1234.005 b:0.000");
}

TEST(AppendHex, LowerCaseTwoDigitsAByte) {
  std::string out;
  AppendHex("\x00\xfe\x7f", 3, out);
  AppendHex64(0xabc, out);
  EXPECT_EQ(out, "00fe7f0000000000000abc");
}

}  // namespace
}  // namespace pgmoat::audit
