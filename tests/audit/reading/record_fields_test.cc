#include "proxy/audit/reading/record_fields.h"

#include <gtest/gtest.h>

namespace pgmoat::audit {
namespace {

const std::string kRecord =
    R"({"v":2,"seq":17,"statement":"SELECT \"a\\\" , \\\\","reason":"\u00e9é\\",)"
    R"("kinds":["read","]"],"tags":{"a":{"b":"}"}},"n":-1.5e3,"t":true,"z":null})";

TEST(RecordFields, AreTheSameAsParsingAll) {
  const Json all = Json::parse(kRecord);
  for (const auto& [name, value] : all.items()) {
    const auto read = ReadFields(kRecord, {name});
    ASSERT_TRUE(read.has_value()) << name;
    EXPECT_EQ(*read, Json({{name, value}}));
  }
  std::vector<std::string> names;
  for (const auto& [name, value] : all.items()) names.push_back(name);
  EXPECT_EQ(ReadFields(kRecord, names), all);
  EXPECT_EQ(ReadFields(Json::parse(kRecord).dump(2), names), all) << "with white space";
}

TEST(RecordFields, WhatIsNotThereIsNotThere) {
  EXPECT_EQ(ReadFields(kRecord, {"login", "b", "a"}), Json::object());
  EXPECT_EQ(ReadFields("{}", {"a"}), Json::object());
  EXPECT_EQ(ReadFields(R"({"a":1,"a":2})", {"a"}), Json({{"a", 2}}));
}

TEST(RecordFields, EveryBeginningOfARecordIsNone) {
  for (std::size_t size = 0; size < kRecord.size(); ++size) {
    EXPECT_FALSE(ReadFields(kRecord.substr(0, size), {}).has_value()) << size;
  }
}

TEST(RecordFields, NoJsonObjectIsNone) {
  for (const char* text :
       {"[]", "1", "\"a\"", "{}x", "{,}", R"({"a"})", R"({"a":})", R"({"a":1,})",
        R"({"a":1 "b":2})", R"({a:1})", R"({"a":'x'})", R"({"a":"x\"})", R"({"a":[1})",
        "{\"a\":\"\xff\"}", "{\"a\":\"\x1b\"}", R"({"a":truth})", R"({"a":01})",
        R"({"a":{"b"}})"}) {
    EXPECT_FALSE(ReadFields(text, {"a"}).has_value()) << text;
  }
}

}  // namespace
}  // namespace pgmoat::audit
