#include "policy/redaction.h"

#include <fstream>
#include <iterator>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <thread>

#include "policy/fingerprint.h"
#include "tests/policy/corpus.h"
#include "tests/policy/shows_no_string.h"

namespace pgmoat::policy {
namespace {

struct Case {
  const char* sql;
  const char* redacted;
};

void ExpectLiterals(const Case& test) {
  const auto redacted = Redact(test.sql, Redaction::kLiterals);
  ASSERT_TRUE(redacted) << test.sql;
  EXPECT_EQ(*redacted, test.redacted) << test.sql;
  EXPECT_TRUE(ShowsNoString(*redacted)) << *redacted;
  EXPECT_EQ(FactsOf(*redacted).status, TextStatus::kUnderstood) << *redacted;
  EXPECT_EQ(Redact(*redacted, Redaction::kLiterals), redacted);
}

// … where the fingerprint does not tell one from the other.
void ExpectSameStatement(const Case& test) {
  ExpectLiterals(test);
  EXPECT_EQ(Fingerprint(test.sql), Fingerprint(test.redacted)) << test.sql;
}

TEST(Redaction, EveryFormOfLiteralBecomesAParameter) {
  for (const Case& test : {
           Case{"SELECT 1", "SELECT $1"},
           Case{"SELECT 'a''b', 'a' \n  'b'", "SELECT $1, $2"},
           Case{"SELECT E'a\\'b', e'x'", "SELECT $1, $2"},
           Case{"SELECT $$a$$, $q$ $$ 'b' $q$", "SELECT $1, $2"},
           Case{"SELECT B'101', X'ff', b'1', x'f'", "SELECT $1, $2, $3, $4"},
           Case{"SELECT U&'\\0041', u&'!0041' UESCAPE '!', U&'a'uescape '!'FROM t",
                "SELECT $1, $2, $3 FROM t"},
           Case{"SELECT 1.5, .5, 5., 1e10, 12345678901234567890", "SELECT $1, $2, $3, $4, $5"},
           Case{"SELECT NULL, true, false, DEFAULT FROM t",
                "SELECT NULL, true, false, DEFAULT "
                "FROM t"},
           Case{"INSERT INTO t VALUES (1, 'a'), (2, 'b') ON CONFLICT (a) DO UPDATE SET b = 'c'",
                "INSERT INTO t VALUES ($1, $2), ($3, $4) ON CONFLICT (a) DO UPDATE SET b = $5"},
           Case{"SELECT a FROM t WHERE b IN ('x', 'y') AND c LIKE 'z%' ESCAPE '!' LIMIT 5",
                "SELECT a FROM t WHERE b IN ($1, $2) AND c LIKE $3 ESCAPE $4 LIMIT $5"},
           Case{"EXECUTE p (1, 'x')", "EXECUTE p ($1, $2)"},
           Case{"CREATE VIEW v AS SELECT 'a' AS x", "CREATE VIEW v AS SELECT $1 AS x"},
           Case{"CREATE TABLE t PARTITION OF p FOR VALUES IN ('x')",
                "CREATE TABLE t PARTITION OF p FOR VALUES IN ($1)"},
           Case{"SELECT 1; ; INSERT INTO t VALUES ('x')",
                "SELECT $1; ; INSERT INTO t VALUES ($2)"},
       }) {
    ExpectSameStatement(test);
  }
}

TEST(Redaction, TheSignGoesWithItsNumber) {
  for (const Case& test : {
           Case{"SELECT -5", "SELECT $1"},
           Case{"SELECT - 5.5, -(3), - -4, -(-(2))", "SELECT  $1, ($2),  $3, (($4))"},
           Case{"SELECT a - 5, a - -5, a*-5", "SELECT a - $1, a - $2, a*$3"},
           Case{"SELECT -a, +5", "SELECT -a, +$1"},
           Case{"SELECT - true, 'x', -(true), 5", "SELECT - true, $1, -(true), $2"},
           // Here it is an operator.
           Case{"SELECT - 'x', a =- 'x', - - 'x', -('x'), -NULL, - B'1'",
                "SELECT - $1, a =- $2, - - $3, -($4), -NULL, - $5"},
       }) {
    ExpectSameStatement(test);
  }
}

TEST(Redaction, CountsOnFromTheHighestParameter) {
  ExpectSameStatement({"SELECT $3, 'a', $1, 5", "SELECT $3, $4, $1, $5"});
  // Nothing to count on to.
  EXPECT_FALSE(Redact("SELECT $2147483647, 'a'", Redaction::kLiterals));
}

TEST(Redaction, WhatIsPutInNeverJoinsItsNeighbours) {
  for (const Case& test : {
           Case{"SELECT'a'b", "SELECT $1 b"},
           Case{"SELECT 'a'\"b\"", "SELECT $1 \"b\""},
           Case{"DO $$a$$'b'", "DO '***' '***'"},
           Case{"DO $$a$$\n$$b$$", "DO '***' '***'"},
       }) {
    ExpectSameStatement(test);
  }
}

TEST(Redaction, CommentsGo) {
  for (const Case& test : {
           Case{"/* 'a' */ SELECT a/**/FROM t -- secret", "SELECT a FROM t"},
           Case{"SELECT a -- x\n, /* /* nested */ */ b", "SELECT a , b"},
           Case{"SELECT 'a' /*\n*/ , 'b'", "SELECT $1 , $2"},
           Case{"SELECT a\n\tFROM t", "SELECT a\n\tFROM t"},
           Case{"SELECT '-- x', '/* y */', \"--z\"", "SELECT $1, $2, \"--z\""},
       }) {
    ExpectSameStatement(test);
  }
}

TEST(Redaction, WhereTheGrammarWantsAConstantThereIsOne) {
  for (const Case& test : {
           Case{"SELECT date '2020-01-01', mytype 'x', pg_catalog.int4 '5'",
                "SELECT date '***', mytype '***', pg_catalog.int4 '***'"},
           Case{"SELECT interval '1' day, interval(3) '1', timestamp(3) 'now'",
                "SELECT interval '***' day, interval(3) '***', timestamp(3) '***'"},
           Case{"SELECT N'x', char(3) 'abc', bit '101'",
                "SELECT N'***', char(3) '***', bit '***'"},
           Case{"SELECT EXTRACT('year' FROM a), EXTRACT(year FROM a)",
                "SELECT EXTRACT('***' FROM a), EXTRACT(year FROM a)"},
           Case{"SELECT 1 FETCH FIRST +5 ROWS ONLY", "SELECT 0 FETCH FIRST +0 ROWS ONLY"},
           Case{"SET search_path = 'a', b", "SET search_path = '***', b"},
           Case{"SET TIME ZONE INTERVAL '1' HOUR", "SET TIME ZONE INTERVAL '***' HOUR"},
           Case{"SET app.member = alice", "SET app.member = '***'"},
           Case{"SET app.member = -42", "SET app.member = '***'"},
           Case{"DO $$ BEGIN RAISE 'x'; END $$", "DO '***'"},
           Case{"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$ COST 100",
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS '***' COST 100"},
           Case{"WITH RECURSIVE c AS (SELECT 1 UNION ALL SELECT 2 FROM c) CYCLE a SET b TO 'y' "
                "DEFAULT 'n' USING p SELECT 3 FROM c",
                "WITH RECURSIVE c AS (SELECT $1 UNION ALL SELECT $2 FROM c) CYCLE a SET b TO "
                "'***' DEFAULT '***' USING p SELECT $3 FROM c"},
       }) {
    ExpectSameStatement(test);
  }
}

// The fingerprint has these strings in it.
TEST(Redaction, StringsOfOptionsGoToo) {
  for (const Case& test : {
           Case{"COMMENT ON TABLE t IS 'x'", "COMMENT ON TABLE t IS '***'"},
           Case{"NOTIFY c, 'x'", "NOTIFY c, '***'"},
           Case{"COPY t FROM '/x' WITH (DELIMITER ',', NULL 'n')",
                "COPY t FROM '***' WITH (DELIMITER '***', NULL '***')"},
           Case{"CREATE ROLE r PASSWORD 'x' CONNECTION LIMIT 5",
                "CREATE ROLE r PASSWORD '***' CONNECTION LIMIT 5"},
           Case{"CREATE TYPE e AS ENUM ('a', 'b')", "CREATE TYPE e AS ENUM ('***', '***')"},
           Case{"EXPLAIN (FORMAT 'json') SELECT 1", "EXPLAIN (FORMAT '***') SELECT $1"},
           Case{"CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f('x', 5)",
                "CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f('***', 5)"},
       }) {
    ExpectLiterals(test);
  }
}

TEST(Redaction, NumbersThatAreNoDataStay) {
  for (const char* sql : {
           "SELECT a, b FROM t GROUP BY 1, 2 ORDER BY 1, 2 DESC",
           "SELECT DISTINCT ON (1) a FROM t",
           "SELECT a::varchar(10), CAST(b AS numeric(10,2)) FROM t",
           "CREATE TABLE t (a varchar(10), b numeric(10,2), c float(5), d int[3])",
           "FETCH 5 FROM c",
           "SET statement_timeout = 5000",
           "ALTER SEQUENCE s RESTART WITH 5 INCREMENT BY -3",
           "SELECT U&\"a!0041\" UESCAPE '!' FROM t",
       }) {
    ExpectSameStatement({sql, sql});
  }
}

TEST(Redaction, OfWhatCannotBeReadIsNothing) {
  for (const auto what : {Redaction::kLiterals, Redaction::kSecrets}) {
    EXPECT_FALSE(Redact("SELEC 'a'", what));
    EXPECT_FALSE(Redact("SELECT 'a", what));
    EXPECT_FALSE(Redact("SELECT '\xff'", what));
    EXPECT_FALSE(Redact(std::string_view("SELECT '\0'", 11), what));
    EXPECT_EQ(Redact("", what), "");
  }
  EXPECT_EQ(Redact("-- secret", Redaction::kLiterals), "");
}

TEST(Redaction, DeepTextIsWithheldAndLongTextIsNot) {
  std::string sum = "SELECT 1";
  std::string list = "SELECT 1 WHERE a IN (1";
  for (int i = 0; i < 64'000; ++i) {
    sum += "+1";
    list += ",'zq'";
  }
  EXPECT_FALSE(Redact(sum, Redaction::kLiterals));
  const auto redacted = Redact(list + ")", Redaction::kLiterals);
  ASSERT_TRUE(redacted);
  EXPECT_EQ(redacted->find("zq"), std::string::npos);
  EXPECT_TRUE(redacted->ends_with(",$64002)"));
}

// 'pw' is a secret, 'keep' is none.
const char* const kSecretTexts[] = {
    "CREATE USER x PASSWORD 'pw' VALID UNTIL 'keep'",
    "CREATE ROLE U&\"x!0041\" UESCAPE '!' PASSWORD U&'pw' UESCAPE '!' VALID UNTIL 'keep'",
    "ALTER ROLE keep WITH ENCRYPTED PASSWORD E'pw' -- pw",
    "CREATE GROUP keep PASSWORD $$pw$$",
    "CREATE SERVER s TYPE 'keep' FOREIGN DATA WRAPPER f OPTIONS (host 'pw', \"U\" 'pw')",
    "ALTER SERVER s VERSION 'keep' OPTIONS (SET host 'pw', DROP x, ADD y 'pw')",
    "CREATE USER MAPPING FOR keep SERVER s OPTIONS (user 'pw', password 'pw')",
    "ALTER USER MAPPING FOR keep SERVER s OPTIONS (SET password 'pw')",
    "CREATE FOREIGN TABLE t (a int OPTIONS (c 'pw') DEFAULT 'keep') SERVER s OPTIONS (x 'pw')",
    "ALTER FOREIGN TABLE t OPTIONS (SET x 'pw'), ALTER a OPTIONS (ADD b 'pw'), ALTER a SET "
    "DEFAULT 'keep'",
    "IMPORT FOREIGN SCHEMA keep FROM SERVER s INTO b OPTIONS (x 'pw')",
    "CREATE FOREIGN DATA WRAPPER keep OPTIONS (x 'pw')",
    "ALTER FOREIGN DATA WRAPPER keep OPTIONS (x 'pw')",
    "CREATE SUBSCRIPTION s CONNECTION 'host=h password=pw' PUBLICATION p WITH (slot_name = "
    "'keep')",
    "ALTER SUBSCRIPTION keep CONNECTION 'pw'",
    "SELECT * FROM dblink('password=pw', 'SELECT pw') AS t(a int) WHERE x = 'keep'",
    "SELECT public.dblink_exec('host=' || 'pw' || f(E'pw'), 'x'), 'keep'",
    "EXPLAIN SELECT dblink_connect($$pw$$), 'keep'",
    "EXPLAIN ANALYZE SELECT dblink_connect(date 'pw'), 'keep'",
    "PREPARE p AS SELECT dblink_connect('pw'), 'keep'",
    "DECLARE keep CURSOR FOR SELECT dblink('pw')",
    "COPY (SELECT dblink('pw'), 'keep') TO STDOUT",
    "CALL dblink_it('pw'); SELECT 'keep'",
    "CREATE TABLE t AS SELECT 'keep' FROM dblink('pw'::text, 'x') AS t(a int)",
    "CREATE VIEW v AS SELECT dblink('pw'), 'keep'",
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT dblink('pw'); SELECT 'keep'; END",
    "CREATE FUNCTION keep() RETURNS int LANGUAGE sql AS $$ SELECT dblink('pw') $$",
    "EXECUTE p('keep', 'host=h PASSWORD = pw', E'postgres://u:pw@h/d')",
    "EXPLAIN ANALYZE EXECUTE p('keep', 'password=pw')",
    "CREATE TABLE keep AS EXECUTE p('password=pw')",
    "WITH c AS (SELECT 'password=pw' AS s) SELECT dblink_connect(s), 'keep' FROM c",
    "SELECT dblink_connect(s) FROM (VALUES ('postgresql://u:pw@h'), ('keep')) AS v (s)",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'keep' SET app.password = 'pw'",
    "DO $$ BEGIN EXECUTE 'ALTER USER keeper PASSWORD ''pw'''; END $$; SELECT 'keep'",
    "ALTER SYSTEM SET primary_conninfo = 'pw'; SELECT 'keep'",
    "SET app.api_token = pw; SELECT 'keep'",
    "SET LOCAL app.api_token TO 'keeper', 'pw', -5; SELECT 'keep'",
    "ALTER ROLE keep SET app.password = 'pw'",
    "ALTER DATABASE keep SET app.password = 'pw'",
    "SELECT set_config('app.secret', 'pw', false), 'keep'",
    "SELECT set_config('app.' || a, 'pw', false), 'keep'",
    "SELECT set_config(new_value => 'pw', setting_name => 'app.secret', is_local => true), "
    "'keep'",
    "INSERT INTO t VALUES ('keep', crypt('pw', gen_salt('bf')), pgp_sym_encrypt('pw', 'pw'))",
};

bool AnyMayHoldSecrets(const TextFacts& facts) {
  return std::any_of(facts.statements.begin(), facts.statements.end(),
                     [](const StatementFacts& s) { return MayHoldSecrets(s); });
}

TEST(Redaction, SecretsGoAndTheRestStays) {
  for (const std::string sql : kSecretTexts) {
    ASSERT_EQ(FactsOf(sql).status, TextStatus::kUnderstood) << sql;
    EXPECT_TRUE(AnyMayHoldSecrets(FactsOf(sql))) << sql;
    const auto redacted = Redact(sql, Redaction::kSecrets);
    ASSERT_TRUE(redacted) << sql;
    EXPECT_EQ(redacted->find("pw"), std::string::npos) << *redacted;
    EXPECT_NE(redacted->find("keep"), std::string::npos) << *redacted;
    EXPECT_NE(redacted->find("'***'"), std::string::npos) << *redacted;
    EXPECT_EQ(Redact(*redacted, Redaction::kSecrets), redacted);
    const auto literals = Redact(sql, Redaction::kLiterals);
    ASSERT_TRUE(literals) << sql;
    EXPECT_EQ(literals->find("pw"), std::string::npos) << *literals;
  }
}

TEST(Redaction, WhatIsNoSecretStaysAsItIs) {
  for (const std::string sql : {
           "SELECT 'a', 5 -- keep", "ALTER USER x PASSWORD NULL",
           "ALTER SUBSCRIPTION s SET (slot_name = 'a')", "SET work_mem = '64MB'",
           "SELECT set_config('app.member', 'a', false)", "DO $$ BEGIN PERFORM 1; END $$",
           "CREATE TABLE t (a text DEFAULT 'x', PRIMARY KEY (a))",
           "CREATE EXTENSION x VERSION '1'",
           "EXECUTE p('a', 'https://example.org/', 'a = b', 'password', 5)",
           "SELECT * FROM f('host=h password=pw')",  // of which the facts do not warn
       }) {
    EXPECT_EQ(Redact(sql, Redaction::kSecrets), sql);
  }
  for (const char* sql : {"SELECT 1", "INSERT INTO t VALUES ('password')",
                          "SET work_mem = '64MB'", "BEGIN", "FETCH 5 FROM c"}) {
    EXPECT_FALSE(AnyMayHoldSecrets(FactsOf(sql))) << sql;
  }
}

TEST(Redaction, TextThatNamesASecretMentionsIt) {
  for (const char* text :
       {"ALTER USER x PaSsWoRd", "select DBLINK(", "CREATE SUBSCRIPTION s CONNECTION 'x",
        "… OPTIONS (", "primary_conninfo", "ssl_passphrase_command", "api_key"}) {
    EXPECT_TRUE(MentionsSecrets(text)) << text;
  }
  for (const char* text : {"", "SELEC 1", "PRIMARY KEY (a)", "pass word"}) {
    EXPECT_FALSE(MentionsSecrets(text)) << text;
  }
}

// --- many texts ---

std::string RandomWord(std::mt19937& random) {
  std::string word = "zq";
  for (int i = 0; i < 10; ++i) word += static_cast<char>('a' + random() % 26);
  return word;
}

// '…' of the text with other contents.  Texts with other quotes than ' are left alone, and
// so are the two places where a content means something to the grammar.
std::string Planted(const std::string& sql, std::mt19937& random) {
  if (sql.find_first_of("\\\"$&") != std::string::npos || sql.find("--") != std::string::npos ||
      sql.find("/*") != std::string::npos) {
    return {};
  }
  std::string planted;
  bool any = false;
  for (std::size_t i = 0; i < sql.size();) {
    if (sql[i] != '\'') {
      planted += sql[i++];
      continue;
    }
    std::size_t end = sql.find('\'', i + 1);
    if (end == std::string::npos) return {};
    planted += "'" + RandomWord(random) + "'";
    any = true;
    i = end + 1;
  }
  return any ? planted : std::string();
}

TEST(Redaction, NoPlantedLiteralOfTheCorpusRemains) {
  std::mt19937 random(5);
  int planted_texts = 0;
  for (const std::string& sql : Corpus()) {
    const std::string planted = Planted(sql, random);
    if (planted.empty() || FactsOf(planted).status != TextStatus::kUnderstood) continue;
    ++planted_texts;
    const auto redacted = Redact(planted, Redaction::kLiterals);
    ASSERT_TRUE(redacted) << planted;
    EXPECT_EQ(redacted->find("zq"), std::string::npos) << planted << "\n" << *redacted;
  }
  EXPECT_GT(planted_texts, 300);
}

// Queries and what changes rows: the fingerprint promises to be blind for literals.
bool IsDml(const TextFacts& facts) {
  constexpr KindSet kDml = {Kind::kRead,   Kind::kInsert, Kind::kUpdate,
                            Kind::kDelete, Kind::kMerge,  Kind::kRowLock};
  return std::all_of(facts.statements.begin(), facts.statements.end(),
                     [&](const StatementFacts& s) { return kDml.HasAll(s.kinds); });
}

TEST(Redaction, TheCorpusParsesAfterwardsAndIsTheSameToTheFingerprint) {
  const std::vector<std::string> corpus = Corpus();
  ASSERT_GT(corpus.size(), 1'000U);
  int compared = 0;
  for (const std::string& sql : corpus) {
    const TextFacts facts = FactsOf(sql);
    const auto redacted = Redact(sql, Redaction::kLiterals);
    ASSERT_TRUE(redacted) << sql;
    EXPECT_TRUE(ShowsNoString(*redacted)) << *redacted;
    const TextFacts after = FactsOf(*redacted);
    ASSERT_EQ(after.status, TextStatus::kUnderstood) << sql << "\n" << *redacted;
    EXPECT_EQ(after.statements.size(), facts.statements.size()) << *redacted;
    EXPECT_EQ(Redact(*redacted, Redaction::kLiterals), redacted) << sql;
    if (!IsDml(facts)) continue;
    ++compared;
    EXPECT_EQ(Fingerprint(sql), Fingerprint(*redacted)) << sql << "\n" << *redacted;
  }
  EXPECT_GT(compared, 300);
}

TEST(Redaction, TheFactsWarnOfEverySecretOfTheCorpus) {
  int changed = 0;
  for (const std::string& sql : Corpus()) {
    const auto redacted = Redact(sql, Redaction::kSecrets);
    ASSERT_TRUE(redacted) << sql;
    if (*redacted == sql) continue;
    ++changed;
    EXPECT_TRUE(AnyMayHoldSecrets(FactsOf(sql))) << sql;
  }
  EXPECT_GT(changed, 5);
}

// Literals of all forms in random expressions, some of them numbers.
TEST(Redaction, NothingPlantedInAnExpressionRemains) {
  std::mt19937 random(7);
  const auto literal = [&random] {
    const std::string word = RandomWord(random);
    switch (random() % 9) {
      case 0:
        return "'" + word + "'";
      case 1:
        return "E'" + word + "\\'" + word + "'";
      case 2:
        return "$$" + word + "$$";
      case 3:
        return "$q$" + word + "$q$";
      case 4:
        return "U&'" + word + "' UESCAPE '!'";
      case 5:
        return "N'" + word + "'";
      case 6:
        return "'" + word + "'\n'" + word + "'";
      case 7:
        return std::string("-77177");
      default:
        return std::string("77177.77177");
    }
  };
  const char* const kShapes[] = {
      "SELECT ? FROM t WHERE a = ? AND b IN (?, ?)",
      "INSERT INTO t VALUES (?, ?, (SELECT ? LIMIT 5))",
      "UPDATE t SET (a, b) = (?, ?), c = CASE WHEN a = ? THEN ? ELSE ? END RETURNING ?",
      "DELETE FROM t USING u WHERE a BETWEEN ? AND ? OR f(?, a => ?) = ANY (ARRAY[?, ?])",
      "MERGE INTO t USING s ON a = ? WHEN MATCHED AND b = ? THEN UPDATE SET c = ? WHEN NOT "
      "MATCHED THEN INSERT VALUES (?, ?)",
      "WITH c AS (SELECT ? UNION VALUES (?)) SELECT sum(a) FILTER (WHERE b = ?) OVER "
      "(PARTITION "
      "BY ? ORDER BY a, ? || b) FROM c",
      "CREATE TABLE t (a text DEFAULT (?), CHECK (b <> ?))",
      "CREATE INDEX ON t ((a || ?)) WHERE b = ?",
      "PREPARE p AS SELECT ?; EXECUTE p (?, ?); CALL f(?)",
      "EXPLAIN ANALYZE SELECT ROW(?, ?), a[?], coalesce(?, ?), greatest(?), ?::text, CAST(? AS "
      "text), - f(?)",
      "SELECT * FROM f(?) WITH ORDINALITY, LATERAL (SELECT ?) x, XMLTABLE(? PASSING a COLUMNS "
      "b "
      "int PATH ? DEFAULT ?), t TABLESAMPLE system (?) GROUP BY a, ROLLUP (b || ?) HAVING ? "
      "ORDER BY a || ? LIMIT ? OFFSET ?",
      "CREATE POLICY p ON t USING (a = ?) WITH CHECK (b = ?); ALTER TABLE t ALTER a SET "
      "DEFAULT "
      "?, ADD CHECK (a = ?), ALTER b TYPE int USING f(?)",
      "CREATE FUNCTION f(a text DEFAULT ?) RETURNS int BEGIN ATOMIC SELECT ?; END",
      "CREATE RULE r AS ON INSERT TO t WHERE a = ? DO ALSO INSERT INTO u VALUES (?)",
      "COPY (SELECT ?) TO STDOUT; COPY t FROM STDIN WHERE a = ?",
      "CREATE TABLE u PARTITION OF t FOR VALUES FROM (?) TO (?)",
      "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW WHEN (old.a = ?) EXECUTE FUNCTION f()",
      "CREATE STATISTICS s ON (a || ?), b FROM t; CREATE DOMAIN d AS text DEFAULT f(?) CHECK "
      "(value <> ?)",
  };
  int tried = 0;
  for (int round = 0; round < 40; ++round) {
    for (const std::string shape : kShapes) {
      std::string sql;
      for (const char c : shape) sql += c == '?' ? literal() : std::string(1, c);
      if (FactsOf(sql).status != TextStatus::kUnderstood) continue;
      ++tried;
      const auto redacted = Redact(sql, Redaction::kLiterals);
      ASSERT_TRUE(redacted) << sql;
      EXPECT_EQ(redacted->find("zq"), std::string::npos) << sql << "\n" << *redacted;
      EXPECT_EQ(redacted->find("77177"), std::string::npos) << sql << "\n" << *redacted;
      EXPECT_TRUE(ShowsNoString(*redacted)) << *redacted;
      EXPECT_EQ(FactsOf(*redacted).status, TextStatus::kUnderstood) << *redacted;
      EXPECT_EQ(Fingerprint(sql), Fingerprint(*redacted)) << sql << "\n" << *redacted;
    }
  }
  EXPECT_GT(tried, 600);
}

// A node that the walk knows and PartsOf does not would withhold whole statements.
TEST(Redaction, EveryNodeOfTheWalkHasItsParts) {
  const auto tags = [](std::initializer_list<const char*> files) {
    static const std::regex kTag("case (T_[A-Za-z_]+)");
    std::set<std::string> found;
    for (const char* file : files) {
      std::ifstream in(std::string(PGMOAT_POLICY_SOURCE) + "/" + file);
      const std::string text((std::istreambuf_iterator<char>(in)), {});
      EXPECT_FALSE(text.empty()) << file;
      for (std::sregex_iterator it(text.begin(), text.end(), kTag), end; it != end; ++it) {
        found.insert((*it)[1]);
      }
    }
    return found;
  };
  const auto known = tags({"children.cc", "statement_parts.cc"});
  for (const std::string& tag :
       tags({"walk.cc", "walk_query.cc", "walk_utility.cc", "walk_ddl.cc", "walk_create.cc",
             "walk_code.cc", "walk_names.cc", "walk_server.cc"})) {
    EXPECT_TRUE(known.contains(tag)) << tag;
  }
}

TEST(Redaction, ThreadsDoNotDisturbEachOther) {
  const auto work = [] {
    for (int i = 0; i < 500; ++i) {
      EXPECT_EQ(Redact("SELECT 'a', $2, -5", Redaction::kLiterals), "SELECT $3, $2, $4");
    }
  };
  std::thread other(work);
  work();
  other.join();
}

}  // namespace
}  // namespace pgmoat::policy
