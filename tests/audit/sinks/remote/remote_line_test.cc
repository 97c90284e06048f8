#include "proxy/audit/sinks/remote_line.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "proxy/audit/sinks/remote_secret.h"
#include "tests/audit/sinks/remote/scratch.h"

namespace pgmoat::audit {
namespace {

TEST(RemoteLine, SplitLinesLosesNothing) {
  EXPECT_EQ(SplitLines(""), std::vector<std::string_view>());
  EXPECT_EQ(SplitLines("a\n\nb\n"), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(SplitLines("a\nb"), (std::vector<std::string_view>{"a", "b"}));
}

TEST(RemoteLine, StringFieldIsOfTheOuterObject) {
  EXPECT_EQ(StringField(R"({"a":{"session":"x"},"b":["session"],"session":"y\n"})", "session"),
            "y\n");
  EXPECT_EQ(StringField(R"({"tags":{"session":"x"}})", "session"), std::nullopt);
  EXPECT_EQ(StringField(R"({"session":7,"session":"x"})", "session"), std::nullopt);
  EXPECT_EQ(StringField(R"({"session":{"session":"x"}})", "session"), std::nullopt);
  EXPECT_EQ(StringField(R"({"x":"session","y":"z"})", "session"), std::nullopt);
  EXPECT_EQ(StringField("", "session"), std::nullopt);
  EXPECT_EQ(StringField(R"(["session","x"])", "session"), std::nullopt);
}

TEST(RemoteLine, StringFieldIsFoundBeforeWhatIsBroken) {
  EXPECT_EQ(StringField(R"({"session":"x", broken)", "session"), "x");
  EXPECT_EQ(StringField(R"({"session":"x)", "session"), std::nullopt);
}

TEST(RemoteLine, TimeIsReadToTheNanosecond) {
  EXPECT_EQ(UnixNanoseconds("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(UnixNanoseconds("2026-11-27T19:45:00.123456789Z"), 1795808700123456789);
  EXPECT_EQ(UnixNanoseconds("2024-02-29T00:00:00.5Z"), 1709164800500000000);
}

TEST(RemoteLine, WhatIsNoTimeIsNone) {
  for (const char* text :
       {"", "now", "2026-11-27T19:45:00", "2026-11-27 19:45:00Z", "2026-13-27T19:45:00Z",
        "2026-02-29T19:45:00Z", "2026-11-27T24:45:00Z", "2026-11-27T19:45:00.Z",
        "2026-11-27T19:45:00.1234567890Z", "2026-11-27T19:45:00.12x4Z", "-026-11-27T19:45:00Z",
        "2026-11-27T19:45:+1Z", "2026-11-27T19:45:0Z", "Z"}) {
    EXPECT_EQ(UnixNanoseconds(text), std::nullopt) << text;
  }
}

std::string ProblemOf(const std::filesystem::path& file) {
  try {
    (void)ReadSecretFile(file);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(RemoteSecret, IsTrimmed) {
  const Scratch scratch;
  EXPECT_EQ(ReadSecretFile(scratch.File("a", " \topen sesame\r\n\n")), "open sesame");
}

TEST(RemoteSecret, ProblemNamesTheFileAndNotItsContent) {
  const Scratch scratch;
  EXPECT_NE(ProblemOf(scratch.path() / "absent").find("absent"), std::string::npos);
  EXPECT_NE(ProblemOf(scratch.path()).find(scratch.path().string()), std::string::npos);
  EXPECT_NE(ProblemOf(scratch.File("empty", "\n")).find("empty"), std::string::npos);
  EXPECT_NE(ProblemOf("/dev/zero").find("longer"), std::string::npos);
  for (const std::string& content : {std::string("one\nsesame"), std::string("a\0sesame", 8)}) {
    const std::string problem = ProblemOf(scratch.File("lines", content));
    EXPECT_NE(problem.find("lines"), std::string::npos);
    EXPECT_EQ(problem.find("sesame"), std::string::npos) << problem;
  }
}

}  // namespace
}  // namespace pgmoat::audit
