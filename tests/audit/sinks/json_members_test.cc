#include "proxy/audit/sinks/json_members.h"

#include <gtest/gtest.h>

#include <string>

namespace pgmoat::audit {
namespace {

std::string Members(std::string_view line) {
  std::string text;
  JsonMembers members(line);
  JsonMember member;
  while (members.Next(member)) {
    text.append(member.key).append(" = ").append(member.value).append("\n");
  }
  return text;
}

TEST(JsonMembers, EachKindOfValueIsWhole) {
  EXPECT_EQ(
      Members(
          R"({"v":2,"s":"a","t":true,"n":null,"o":{"x":[1,{"y":"}"}]},"l":["]",2],"d":0.123})"),
      "v = 2\ns = \"a\"\nt = true\nn = null\no = {\"x\":[1,{\"y\":\"}\"}]}\nl = [\"]\",2]\n"
      "d = 0.123\n");
}

TEST(JsonMembers, EscapedQuotesDoNotEndAString) {
  EXPECT_EQ(Members(R"({"a":"x\"y\\","b":1})"), "a = \"x\\\"y\\\\\"\nb = 1\n");
}

TEST(JsonMembers, LineCutAtAnyByteEndsQuietly) {
  const std::string line = R"({"v":2,"o":{"x":[1,"\""]},"s":"\\","e":true})";
  const std::string whole = Members(line);
  for (std::size_t cut = 0; cut < line.size(); ++cut) {
    const std::string part = Members(line.substr(0, cut));
    EXPECT_EQ(whole.substr(0, part.size()), part) << cut;
  }
}

TEST(JsonMembers, WhatIsNoObjectHasNoMembers) {
  for (const char* text : {"", "[]", "{}", "{", "x", "{x:1}", "{\"a\"}", "{\"a\" 1}", "]}"}) {
    EXPECT_EQ(Members(text), "") << text;
  }
}

TEST(StringMember, IsOfTheLineItselfAndNotOfWhatIsInIt) {
  const std::string line =
      R"({"time":"t","event":"statement","tags":{"event":"checkpoint","rule":"x"}})";
  EXPECT_EQ(StringMember(line, "event"), "statement");
  EXPECT_EQ(StringMember(line, "rule"), "");
  EXPECT_EQ(StringMember(line, "tags"), "");
}

}  // namespace
}  // namespace pgmoat::audit
