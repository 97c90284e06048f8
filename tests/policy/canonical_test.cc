#include "policy/canonical.h"

#include <gtest/gtest.h>

#include "policy/creating_block.h"

namespace pgmoat::policy {
namespace {

using Texts = std::vector<std::string>;

TEST(Canonical, LayoutAndCommentsDoNotCount) {
  const Texts expected = {"ALTER TABLE t ADD c int DEFAULT 'a  b'", "SELECT $1 , - 5"};
  EXPECT_EQ(CanonicalStatements("ALTER TABLE t ADD c int DEFAULT 'a  b'; SELECT $1,-5"),
            expected);
  EXPECT_EQ(CanonicalStatements("-- one\nALTER  TABLE/* ; */t\n\tADD c int DEFAULT 'a  b' ;\n"
                                "-- two; three\nSELECT $1 , -5;\n-- the end\n"),
            expected);
}

TEST(Canonical, WhatStandsInATokenDoes) {
  const auto one = CanonicalStatements("DELETE FROM \"T\" WHERE a = 'x'");
  for (const char* other :
       {"DELETE FROM \"t\" WHERE a = 'x'", "DELETE FROM \"T\" WHERE a = 'y'",
        "DELETE FROM \"T\" WHERE a = 'x '", "DELETE FROM \"T\" WHERE a = E'x'",
        "DELETE FROM \"T\"", "DELETE FROM \"T\" WHERE a = 'x' OR true"}) {
    EXPECT_NE(CanonicalStatements(other), one) << other;
  }
}

TEST(Canonical, OneForEachStatement) {
  EXPECT_EQ(CanonicalStatements(""), Texts{""});  // the empty query is a statement, too
  EXPECT_EQ(CanonicalStatements(" ; -- nothing\n ;"), Texts{""});
  EXPECT_EQ(CanonicalStatements("BEGIN;;COMMIT"), (Texts{"BEGIN", "COMMIT"}));
  EXPECT_EQ(
      CanonicalStatements("CREATE FUNCTION f() RETURNS int AS $$ -- kept\n$$ LANGUAGE sql"),
      (Texts{"CREATE FUNCTION f ( ) RETURNS int AS $$ -- kept\n$$ LANGUAGE sql"}));
}

TEST(Canonical, WhatDoesNotParseHasNone) {
  EXPECT_EQ(CanonicalStatements("SELEC 1"), std::nullopt);
  EXPECT_EQ(CanonicalStatements("SELECT 1; SELEC 2"), std::nullopt);
  EXPECT_EQ(CanonicalStatements("SELECT '\xff'"), std::nullopt);
}

TEST(CreatingBlock, WhatToolsWrite) {
  for (const char* body :
       {"BEGIN CREATE TYPE a AS ENUM('x', 'y'); EXCEPTION WHEN duplicate_object THEN null; END",
        " BEGIN\n CREATE TYPE \"public\".\"s\" AS ENUM('a');\nEXCEPTION\n WHEN "
        "duplicate_object "
        "THEN null;\nEND ",
        "BEGIN ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES c(d); EXCEPTION WHEN "
        "duplicate_object THEN NULL; END;"}) {
    EXPECT_TRUE(OnlyCreates(body)) << body;
  }
}

TEST(CreatingBlock, NothingElse) {
  constexpr const char* kHandler = " EXCEPTION WHEN duplicate_object THEN null; END";
  for (const std::string body :
       {"DROP TABLE a;", "CREATE TYPE a AS ENUM('x'); DROP TABLE a;", "EXECUTE 'DROP TABLE a';",
        "ALTER TABLE a DROP COLUMN b;", "ALTER TABLE a ADD b int DEFAULT f();", "PERFORM f();",
        "DELETE FROM a;", "", "CREATE FUNCTION f() RETURNS int AS 'select 1' LANGUAGE sql;",
        "CREATE TYPE a (INPUT = f, OUTPUT = g);", "-- EXCEPTION\n DROP TABLE a;",
        "ALTER TABLE a DISABLE TRIGGER ALL;"}) {
    EXPECT_FALSE(OnlyCreates("BEGIN " + body + kHandler)) << body;
  }
  EXPECT_FALSE(OnlyCreates(""));
  EXPECT_FALSE(OnlyCreates("CREATE TYPE a AS ENUM('x')"));
  EXPECT_FALSE(OnlyCreates("BEGIN CREATE TYPE a AS ENUM('x'); END"));
  EXPECT_FALSE(OnlyCreates(
      "BEGIN CREATE TYPE a AS ENUM('x'); EXCEPTION WHEN others THEN DROP TABLE t; END"));
  EXPECT_FALSE(
      OnlyCreates("DECLARE x int := f(); BEGIN CREATE TYPE a AS ENUM('x'); EXCEPTION "
                  "WHEN duplicate_object THEN null; END"));
}

}  // namespace
}  // namespace pgmoat::policy
