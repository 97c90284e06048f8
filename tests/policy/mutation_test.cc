// White space, comments and the case of keywords are nobody's business: they never
// change a decision.
#include <cctype>
#include <random>
#include <vector>

#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

// Cuts at spaces outside of quotes, dollar quotes and comments; good enough for the
// texts below, which the test itself chose.
std::vector<std::string> Words(const std::string& sql) {
  std::vector<std::string> words(1);
  char quote = 0;
  for (const char c : sql) {
    if (quote == 0 && c == ' ') {
      words.emplace_back();
      continue;
    }
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    }
    words.back() += c;
  }
  return words;
}

std::string Mutate(const std::string& sql, std::mt19937& random) {
  static const char* const kGaps[] = {" ",
                                      "\n",
                                      "\t",
                                      " /* x */ ",
                                      " -- ; DROP TABLE t\n",
                                      "/**/",
                                      "  ",
                                      " /* /* ' */ $$ */ ",
                                      "\r\n",
                                      "\f"};
  std::string mutant;
  for (const std::string& word : Words(sql)) {
    mutant += kGaps[random() % std::size(kGaps)];
    const bool quoted =
        word.find('\'') != std::string::npos || word.find('"') != std::string::npos;
    for (const char c : word) {
      const auto byte = static_cast<unsigned char>(c);
      mutant += quoted || random() % 2 == 0 ? c
                : std::isupper(byte)        ? static_cast<char>(std::tolower(byte))
                                            : static_cast<char>(std::toupper(byte));
    }
  }
  return mutant + kGaps[random() % std::size(kGaps)];
}

TEST(Mutation, SpaceCommentsAndCaseChangeNoDecision) {
  const std::string texts[] = {
      "SELECT 1",
      "SELECT * FROM t WHERE a = 'x y' AND b IN ( 1 , 2 )",
      "DELETE FROM t",
      "DELETE FROM t WHERE 1 = 1",
      "DELETE FROM t WHERE id = 1",
      "DELETE FROM t WHERE id = id + 0",
      "DELETE FROM t WHERE id IN ( SELECT id FROM t LIMIT 5 )",
      "WITH c AS ( TABLE t ) DELETE FROM t USING c WHERE c . id = t . id",
      "ALTER TABLE t ALTER a TYPE text",
      "ALTER SEQUENCE s RESTART",
      "CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING",
      "WITH d AS ( DELETE FROM t RETURNING * ) SELECT * FROM d",
      "EXPLAIN ( ANALYZE , VERBOSE ) UPDATE t SET a = 1",
      "EXPLAIN DELETE FROM t",
      "SET standard_conforming_strings = off",
      "SET client_encoding = 'UTF8'",
      "BEGIN READ WRITE",
      "SELECT set_config ( 'transaction_read_only' , 'off' , true )",
      "SELECT pg_read_file ( 'a' )",
      "SELECT nextval ( 's' )",
      "COPY t TO STDOUT",
      "COPY t FROM PROGRAM 'x'",
      "SELECT * FROM t FOR UPDATE",
      "SELECT 1 ; DROP TABLE users",
      "ALTER TABLE t ADD COLUMN a int , DROP COLUMN b",
      "CREATE TEMP TABLE x AS SELECT 1",
      "LOCK TABLE t IN ACCESS SHARE MODE",
      "DO 'BEGIN END'",
      "PREPARE p AS INSERT INTO t VALUES ( 1 )",
      "SELECT x FROM t WHERE \"Q r\" LIKE '%'",
      "RESET ALL",
      "SET ROLE x",
      "REFRESH MATERIALIZED VIEW m"};
  std::mt19937 random(20240607);
  for (const std::string& sql : texts) {
    for (int i = 0; i < 60; ++i) {
      const std::string mutant = Mutate(sql, random);
      for (const BuiltinRole role :
           {BuiltinRole::kReadonly, BuiltinRole::kApp, BuiltinRole::kDeploy}) {
        const Decision plain = DecisionOf(role, sql);
        const Decision mutated = DecisionOf(role, mutant);
        ASSERT_EQ(plain.allowed, mutated.allowed) << mutant;
        ASSERT_EQ(plain.rule, mutated.rule) << mutant;
        ASSERT_EQ(plain.message, mutated.message) << mutant;
      }
    }
  }
}

}  // namespace
}  // namespace pgmoat::policy
