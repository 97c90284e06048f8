#include "policy/destruction.h"

#include <algorithm>
#include <array>

#include "tests/policy/corpus.h"
#include "tests/policy/judged.h"

namespace pgmoat::policy {
namespace {

std::string DestroysIn(std::string_view sql) {
  std::string text;
  for (const std::string& one : Destroys(Only(sql))) text += (text.empty() ? "" : "; ") + one;
  return text;
}

struct DestructionCase {
  const char* sql;
  const char* destroys;
};

TEST(Destruction, IsNamedWithTheRelation) {
  const DestructionCase cases[] = {
      {"DROP TABLE users", "drops table users"},
      {"DROP TABLE IF EXISTS app.users, posts CASCADE",
       "drops table app.users, posts and everything that depends on it"},
      {"DROP MATERIALIZED VIEW totals", "drops materialized view totals"},
      {"DROP SEQUENCE ids", "drops sequence ids"},
      {"DROP SCHEMA app", "drops a schema"},
      {"DROP SCHEMA app CASCADE", "drops a schema and everything in it"},
      {"DROP DATABASE shop", "drops a database"},
      {"DROP OWNED BY alice", "drops all that a role owns"},
      {"DROP EXTENSION hstore", "drops an extension"},
      {"DROP TYPE mood CASCADE", "drops a type and everything that depends on it"},
      {"DROP VIEW v CASCADE", "drops view v and everything that depends on it"},
      {"DROP TRIGGER audit ON users", "drops a trigger of users"},
      {"DROP POLICY own ON users", "drops a policy of users"},
      {"DROP INDEX i", "drops index i (it may be a unique one)"},
      {"TRUNCATE a, app.b", "empties table a, app.b"},
      {"TRUNCATE a CASCADE", "empties table a and all that refer to it"},
      {"ALTER TABLE users DROP COLUMN email", "drops columns or loses other data of users"},
      {"ALTER TABLE users ALTER a TYPE int", "drops column or changes type in users"},
      {"ALTER TABLE users DROP CONSTRAINT c",
       "drops or disables constraints, triggers, rules or row security of users"},
      {"ALTER SEQUENCE ids RESTART", "restarts sequence ids: it may give out numbers again"},
      {"CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING", "loses whatever is written to t"},
      {"ALTER POLICY p ON t USING (true)", "opens a policy of t to every row"},
      {"ALTER DOMAIN d DROP CONSTRAINT c", "takes something away with ALTER DOMAIN"},
      {"REFRESH MATERIALIZED VIEW m WITH NO DATA", "empties materialized view m"},
      {"DELETE FROM sessions", "deletes every row of sessions"},
      {"DELETE FROM sessions WHERE 1 = 1", "deletes every row of sessions"},
      {"UPDATE users SET name = 'secret'", "overwrites every row of users"},
      {"WITH d AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM d",
       "deletes every row of one of b, a"},
      {"DO $$ BEGIN DROP TABLE t; END $$", "runs code that cannot be judged (DO)"},
  };
  for (const DestructionCase& one : cases)
    EXPECT_EQ(DestroysIn(one.sql), one.destroys) << one.sql;
}

TEST(Destruction, IsNoneWhereNothingGoes) {
  for (const char* sql :
       {"SELECT 1", "CREATE TABLE t (id int)", "ALTER TABLE t ADD COLUMN a int",
        "DELETE FROM t WHERE id = 1", "UPDATE t SET a = 1 WHERE id = 2", "DROP VIEW v",
        "DROP FUNCTION f()", "ALTER TABLE t RENAME TO u", "ALTER TABLE t ALTER a SET NOT NULL",
        "CREATE INDEX i ON t (a)", "EXPLAIN DELETE FROM t", "DROP ROLE r",
        "GRANT SELECT ON t TO r", "ALTER TABLE t ALTER a TYPE text",
        "INSERT INTO t VALUES (1)"}) {
    EXPECT_EQ(DestroysIn(sql), "") << sql;
  }
}

// What the wire refuses to a deployment as destructive can be named in a manifest.
TEST(Destruction, EveryDestructiveRefusalHasWords) {
  constexpr std::array<std::string_view, 8> kRules = {"deploy.drop",
                                                      "deploy.truncate",
                                                      "deploy.alter-destructive",
                                                      "deploy.code",
                                                      "deploy.delete-without-where",
                                                      "deploy.update-without-where",
                                                      "deploy.merge-without-where",
                                                      "any.not-understood"};
  const Rules rules = RulesOf(BuiltinRole::kDeploy);
  std::size_t refused = 0;
  for (const std::string& text : Corpus()) {
    for (const StatementFacts& statement : FactsOf(text).statements) {
      TextFacts alone;
      alone.statements.push_back(statement);
      const Decision decision = Judge(rules, alone);
      if (std::find(kRules.begin(), kRules.end(), decision.rule) == kRules.end()) continue;
      ++refused;
      EXPECT_FALSE(Destroys(statement).empty()) << decision.rule << ": " << text;
    }
  }
  EXPECT_GT(refused, 50U);
}

}  // namespace
}  // namespace pgmoat::policy
