#include "proxy/lint/script.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace pgmoat::lint {
namespace {

// The statements of a script, parted by "|"; white space at their ends is left out.
std::string Pieces(std::string_view text) {
  const Script script = ReadScript(text);
  EXPECT_EQ(script.sql.size(), text.size());
  std::string all;
  for (const Piece& piece : script.pieces) {
    const std::string sql = script.sql.substr(piece.begin, piece.end - piece.begin);
    const std::size_t begin = sql.find_first_not_of(" \r\n");
    const std::size_t end = sql.find_last_not_of(" \r\n");
    all += (all.empty() ? "" : "|") + sql.substr(begin, end + 1 - begin);
  }
  return all;
}

TEST(Script, StatementsEndAtSemicolons) {
  EXPECT_EQ(Pieces("SELECT 1; SELECT 2"), "SELECT 1|SELECT 2");
  EXPECT_EQ(Pieces(";; ;"), "");
  EXPECT_EQ(Pieces(""), "");
  EXPECT_EQ(Pieces("SELECT ';', \";\", E'\\';', 'it''s;', $$;$$, $a$ $$ ; $a$, $1; SELECT 2"),
            "SELECT ';', \";\", E'\\';', 'it''s;', $$;$$, $a$ $$ ; $a$, $1|SELECT 2");
  EXPECT_EQ(Pieces("SELECT 1 -- ; '\n, 2; /* ; /* ; */ ; */ SELECT 3"),
            "SELECT 1 -- ; '\n, 2|/* ; /* ; */ ; */ SELECT 3");
  EXPECT_EQ(Pieces("-- only a comment;\n/* and ; another */"), "");
  EXPECT_EQ(Pieces("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3"),
            "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)|SELECT 3");
  EXPECT_EQ(Pieces("SELECT a$b$c; SELECT 1e5"), "SELECT a$b$c|SELECT 1e5");
}

TEST(Script, BodiesOfBeginAtomicAreWhole) {
  const std::string body =
      "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; "
      "SELECT CASE WHEN true THEN 1 END; END";
  EXPECT_EQ(Pieces(body + "; SELECT 2"), body + "|SELECT 2");
  EXPECT_EQ(Pieces("BEGIN; SELECT 1; END; SELECT 2"), "BEGIN|SELECT 1|END|SELECT 2");
}

TEST(Script, PsqlsOwnCommandsAreNotSent) {
  EXPECT_EQ(Pieces("\\set x ';'\n\\connect shop\nSELECT 1;\n\\echo 'don''t\n\\q"), "SELECT 1");
  EXPECT_EQ(Pieces("\\copy t FROM 'x.csv' CSV\nSELECT 1"), "SELECT 1");
  EXPECT_EQ(Pieces("\\if :x\nSELECT 1;\n\\else\nSELECT 2;\n\\endif\n"), "SELECT 1|SELECT 2");
  EXPECT_EQ(Pieces("SELECT 1 \\gset\nSELECT 2 \\gx\nSELECT 3 \\g out.txt\nSELECT 4"),
            "SELECT 1|SELECT 2|SELECT 3|SELECT 4");
  EXPECT_EQ(Pieces("SELECT 1 \\; SELECT 2;"), "SELECT 1|SELECT 2");
  EXPECT_EQ(Pieces("DROP TABLE t \\r\nSELECT 1"), "SELECT 1");
  EXPECT_EQ(Pieces("SELECT '\\set', E'\\\\', $$\\q$$; SELECT 2"),
            "SELECT '\\set', E'\\\\', $$\\q$$|SELECT 2");
}

TEST(Script, DataBehindCopyIsNotSql) {
  EXPECT_EQ(
      Pieces("COPY t (a) FROM STDIN WITH (FORMAT csv);\nDROP TABLE t;\n'\n\\.\nSELECT 1;"),
      "COPY t (a) FROM STDIN WITH (FORMAT csv)|SELECT 1");
  EXPECT_EQ(Pieces("copy t from stdin;\r\n1\t2\r\n\\.\r\nSELECT 1"),
            "copy t from stdin|SELECT 1");
  EXPECT_EQ(Pieces("COPY t FROM stdin;\nno end"), "COPY t FROM stdin");
  EXPECT_EQ(Pieces("COPY t FROM 'stdin';\nSELECT 1"), "COPY t FROM 'stdin'|SELECT 1");
}

TEST(Script, NotesWhatIsNotSeen) {
  const Script script = ReadScript("\\i next.sql\nSELECT 'DROP TABLE t' \\gexec\n");
  ASSERT_EQ(script.notes.size(), 2U);
  EXPECT_NE(script.notes[0].text.find("next.sql"), std::string::npos);
  EXPECT_NE(script.notes[1].text.find("\\gexec"), std::string::npos);
}

TEST(Script, VariablesAreFilledIn) {
  const std::string text =
      "SELECT :a, :'b', :\"c\", x::int, y[1:2], :{?d} , '::e :f', n := 1 -- :g\n";
  const Script script = ReadScript(text);
  ASSERT_EQ(script.pieces.size(), 1U);
  ASSERT_EQ(script.pieces[0].variables.size(), 4U);
  std::string filled = text;
  FillIn(script.pieces[0].variables, BareVariable::kParameter, filled);
  EXPECT_EQ(filled,
            "SELECT $1,  'b',  \"c\", x::int, y[1:2], TRUE  , '::e :f', n := 1 -- :g\n");
  filled = text;
  FillIn(script.pieces[0].variables, BareVariable::kName, filled);
  EXPECT_TRUE(filled.starts_with("SELECT  a,  'b',"));
}

// Whatever the text: as long as before, pieces in order, none empty.
TEST(Script, SurvivesEveryCutOfTheCorpus) {
  std::ifstream in(PGMOAT_TEST_CORPUS);
  ASSERT_TRUE(in.good());
  std::stringstream whole;
  whole << in.rdbuf();
  const std::string corpus = whole.str();
  for (std::size_t begin = 0; begin < corpus.size(); begin += 211) {
    for (std::size_t length : {1UL, 7UL, 64UL, 500UL, corpus.size()}) {
      const std::string text = corpus.substr(begin, length);
      const Script script = ReadScript(text);
      ASSERT_EQ(script.sql.size(), text.size());
      std::size_t last = 0;
      for (const Piece& piece : script.pieces) {
        ASSERT_GE(piece.begin, last);
        ASSERT_GT(piece.end, piece.begin);
        ASSERT_LE(piece.end, text.size());
        last = piece.end;
      }
    }
  }
}

}  // namespace
}  // namespace pgmoat::lint
