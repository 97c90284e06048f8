#include "proxy/audit/reading/printable.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>

namespace pgmoat::audit {
namespace {

std::string Utf8(std::uint32_t code) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xc0 | code >> 6), byte(0x80 | (code & 0x3f))};
  if (code < 0x10000) {
    return {byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 0x3f)),
            byte(0x80 | (code & 0x3f))};
  }
  return {byte(0xf0 | code >> 18), byte(0x80 | (code >> 12 & 0x3f)),
          byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f))};
}

TEST(Printable, OrdinaryTextStaysAsItIs) {
  for (const char* text : {"", "SELECT 1", "naïve café", "日本語", "🙂", "a\\nb", "\"'"}) {
    EXPECT_EQ(Printable(text), text);
    EXPECT_EQ(PrintableJson(text), text);
  }
}

TEST(Printable, EveryControlCharacterIsAnEscape) {
  for (std::uint32_t code = 0; code < 0xa0; ++code) {
    if (code >= 0x20 && code < 0x7f) continue;
    const std::string shown = Printable(Utf8(code));
    EXPECT_TRUE(shown.size() >= 2 && shown[0] == '\\') << code;
    for (const char c : shown) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << code;
  }
  EXPECT_EQ(Printable("\x1b]0;pwned\x07"), "\\x1b]0;pwned\\x07");
  EXPECT_EQ(Printable("\u009b2J"), "\\x9b2J");
  EXPECT_EQ(Printable("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(Printable(std::string_view("\0", 1)), "\\x00");
}

TEST(Printable, WhatTurnsOrHidesTextIsAnEscape) {
  EXPECT_EQ(Printable("\u202e"), "\\u{202e}");
  for (const std::uint32_t code : {0xadU, 0x61cU, 0x200bU, 0x200eU, 0x2028U, 0x202aU, 0x2066U,
                                   0xfeffU, 0xe0041U, 0xe000U}) {
    EXPECT_TRUE(Printable(Utf8(code)).starts_with("\\")) << code;
  }
}

TEST(Printable, BytesThatAreNoUtf8AreEscapes) {
  EXPECT_EQ(Printable("a\x80z"), "a\\x80z");
  EXPECT_EQ(Printable("\xc0\xaf"), "\\xc0\\xaf");           // too long a spelling
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(Printable("\xe2\x82"), "\\xe2\\x82");
}

TEST(Printable, JsonStaysEqual) {
  const std::string json = "{\"a\":\"x\u009b\u202e\x7f\U000e0041\\u001b\"}";
  const std::string shown = PrintableJson(json);
  EXPECT_EQ(shown, R"({"a":"x\u009b\u202e\u007f\udb40\udc41\u001b"})");
  EXPECT_EQ(PrintableJson("\x1b\r"), "\\u001b\\u000d") << "also where it is no JSON";
  EXPECT_EQ(nlohmann::json::parse(shown), nlohmann::json::parse(json));
}

TEST(Printable, CuttingCountsColumns) {
  EXPECT_EQ(Columns("abc"), 3U);
  EXPECT_EQ(Columns("日本"), 4U);
  EXPECT_EQ(Columns("e\u0301"), 1U);
  EXPECT_EQ(Cut("abcdef", 6), "abcdef");
  EXPECT_EQ(Cut("abcdef", 5), "abcd…");
  EXPECT_EQ(Cut("日本語", 6), "日本語");
  EXPECT_EQ(Cut("日本語", 5), "日本…");
  EXPECT_EQ(Cut("日本語", 4), "日…");
  EXPECT_EQ(Cut("abc", 1), "…");
  EXPECT_EQ(Cut("abc", 0), "");
}

TEST(Printable, ACutIsNeverWiderThanAsked) {
  const std::string text = "a日e\u0301🙂b—c語";
  for (std::size_t columns = 0; columns < 16; ++columns) {
    EXPECT_LE(Columns(Cut(text, columns)), columns);
  }
}

}  // namespace
}  // namespace pgmoat::audit
