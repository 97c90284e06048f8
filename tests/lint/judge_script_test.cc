#include "proxy/lint/judge_script.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "proxy/lint/formats.h"
#include "proxy/lint/problems.h"

namespace pgmoat::lint {
namespace {

LintOptions OptionsOf(policy::BuiltinRole role, bool enforce = true) {
  auto rules = std::make_shared<policy::Rules>();
  rules->role = role;
  rules->environment = "production";
  rules->enforce = enforce;
  LintOptions options;
  options.rules = std::move(rules);
  return options;
}

// "2:1 error deploy.drop; 3:1 warning lint.rename".
std::string Problems(std::string_view text, const LintOptions& options) {
  std::string all;
  for (const Problem& problem : ProblemsOf(JudgeScript("f.sql", text, options))) {
    if (problem.rule == "lint.no-lock-timeout") continue;
    if (!all.empty()) all += "; ";
    all += std::to_string(problem.begin.line) + ":" + std::to_string(problem.begin.column);
    all += problem.level == Level::kError     ? " error "
           : problem.level == Level::kWarning ? " warning "
                                              : " note ";
    all += problem.rule;
  }
  return all;
}
std::string Problems(std::string_view text) {
  return Problems(text, OptionsOf(policy::BuiltinRole::kDeploy));
}

TEST(JudgeScript, SaysWhereEachStatementIs) {
  EXPECT_EQ(Problems("SELECT 1;\n-- größe\n  DROP TABLE t; TRUNCATE u;\n\nDELETE FROM v"),
            "3:3 error deploy.drop; 3:17 error deploy.truncate; "
            "5:1 error deploy.delete-without-where");
  EXPECT_EQ(Problems("/* größe */ SELECT 'ß'; DROP TABLE t"), "1:25 error deploy.drop");
  EXPECT_EQ(Problems("\xEF\xBB\xBFSELECT 1;\r\nDROP TABLE t;\r\n"), "2:1 error deploy.drop");
  EXPECT_EQ(Problems(""), "");
  EXPECT_EQ(Problems("-- nothing\n"), "");
}

TEST(JudgeScript, AMistakeDoesNotHideTheRest) {
  const std::string text = "DROP TABLE a;\nCREATE TABEL b ();\nALTER TABLE c RENAME TO d;\n";
  EXPECT_EQ(Problems(text),
            "1:1 error deploy.drop; 2:8 error any.not-understood; 3:1 warning lint.rename");
  const FileReport report = JudgeScript("f.sql", text, OptionsOf(policy::BuiltinRole::kDeploy));
  ASSERT_EQ(report.statements.size(), 3U);
  EXPECT_FALSE(report.statements[1].parsed);
  EXPECT_NE(report.statements[1].message.find("syntax error at or near \"TABEL\""),
            std::string::npos);
  // The server would complain by itself; an admin is not refused it.
  EXPECT_EQ(Problems("CREATE TABEL b ()", OptionsOf(policy::BuiltinRole::kAdmin)),
            "1:8 warning syntax-error");
}

TEST(JudgeScript, ScriptsForPsql) {
  EXPECT_EQ(Problems("\\set x 1\nCOPY t FROM stdin;\nDROP TABLE t;\n\\.\nDROP TABLE u;"),
            "5:1 error deploy.drop");
  EXPECT_EQ(Problems("-- c\n\\connect shop\nDROP TABLE t;"), "3:1 error deploy.drop");
  EXPECT_EQ(Problems("DELETE FROM t WHERE id = :id;"), "1:26 note note");
  EXPECT_EQ(Problems("DROP TABLE :\"t\";"), "1:1 error deploy.drop; 1:12 note note");
  EXPECT_EQ(Problems("CREATE INDEX i ON :t (a);"),
            "1:1 warning lint.index-not-concurrent; 1:19 note note");
  EXPECT_EQ(Problems("SELECT :x y z;"), "1:13 error any.not-understood");
  EXPECT_EQ(Problems("SELECT 'DROP' \\gexec"), "1:15 note note");
}

TEST(JudgeScript, WhatIsNotUtf8IsRefusedAtItsLine) {
  EXPECT_EQ(Problems("SELECT 1;\nSELECT '\xE4';\n"), "2:1 error any.invalid-encoding");
  EXPECT_EQ(Problems(std::string_view("SELECT 1;\nSELECT '\0'", 19)),
            "2:1 error any.invalid-encoding");
}

TEST(JudgeScript, ToolsThatOpenATransaction) {
  const std::string index = "CREATE INDEX CONCURRENTLY i ON t (a);";
  const auto with = [&](std::optional<policy::MigrationTool> tool, const std::string& text) {
    LintOptions options = OptionsOf(policy::BuiltinRole::kDeploy);
    options.tool = tool;
    return Problems(text, options);
  };
  using policy::MigrationTool;
  const std::string kFound = "warning lint.concurrently-in-transaction";
  EXPECT_EQ(with(std::nullopt, index), "");
  EXPECT_EQ(with(MigrationTool::kPrisma, index), "");
  EXPECT_EQ(with(MigrationTool::kPrisma, index + "SELECT 1"), "1:1 " + kFound);
  EXPECT_EQ(with(MigrationTool::kDrizzle, index), "1:1 " + kFound);
  EXPECT_EQ(with(MigrationTool::kSequelize, index), "");
  // The file's own comments tell, too.
  EXPECT_EQ(with(std::nullopt, "-- +goose Up\n" + index), "2:1 " + kFound);
  EXPECT_EQ(with(std::nullopt, "-- +goose NO TRANSACTION\n-- +goose Up\n" + index), "");
  EXPECT_EQ(with(std::nullopt, "-- +goose Up\nSELECT 1;\n-- +goose Down\nDROP TABLE t;"), "");
}

TEST(JudgeScript, EffectsOfFindings) {
  LintOptions options = OptionsOf(policy::BuiltinRole::kDeploy);
  options.effects.by_id = {{"rename", policy::FindingEffect::kRefuse},
                           {"enum-type", policy::FindingEffect::kIgnore}};
  EXPECT_EQ(Problems("ALTER TABLE t RENAME TO u; CREATE TYPE e AS ENUM ('a')", options),
            "1:1 error lint.rename");
}

TEST(JudgeScript, ShadowModeRefusesNothing) {
  EXPECT_EQ(Problems("DROP TABLE t", OptionsOf(policy::BuiltinRole::kDeploy, false)),
            "1:1 warning deploy.drop");
}

TEST(JudgeScript, WhatWasApprovedIsAllowed) {
  LintOptions options = OptionsOf(policy::BuiltinRole::kDeploy);
  policy::ApprovedStatement approved;
  approved.destruction_accepted = true;
  approved.accepted_findings = {"no-lock-timeout"};
  options.approved = [&](std::string_view canonical) {
    return canonical == "DROP TABLE t" ? &approved : nullptr;
  };
  EXPECT_EQ(Problems("SELECT 1;\nDROP  TABLE\n t; -- x\nDROP TABLE u", options),
            "4:1 error deploy.drop");
  options.asks_approval = true;
  EXPECT_EQ(Problems("SELECT 1;\nDROP TABLE t;\nCOMMENT ON TABLE t IS 'x'", options),
            "3:1 note note");
  EXPECT_EQ(Problems("SELECT 1;\nDROP TABLE t;", options), "");
}

TEST(JudgeScript, MissingLockTimeoutIsOneProblemOfAFile) {
  const FileReport report = JudgeScript(
      "f.sql", "ALTER TABLE a ADD x int;\nALTER TABLE b ADD x int;\nALTER TABLE c ADD x int;",
      OptionsOf(policy::BuiltinRole::kDeploy));
  const auto problems = ProblemsOf(report);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems[0].message.find("2 more statements"), std::string::npos);
  EXPECT_EQ(report.statements[2].findings.size(), 1U);
}

TEST(JudgeScript, EveryCutOfTheCorpusHasAReport) {
  std::ifstream in(PGMOAT_TEST_CORPUS);
  ASSERT_TRUE(in.good());
  std::stringstream whole;
  whole << in.rdbuf();
  const std::string corpus = whole.str();
  const LintOptions options = OptionsOf(policy::BuiltinRole::kDeploy);
  for (std::size_t end = 0; end < corpus.size(); end += 401) {
    Report report;
    report.files.push_back(JudgeScript("f.sql", corpus.substr(0, end), options));
    EXPECT_FALSE(AsSarif(report, "1.0.0").empty());
    EXPECT_TRUE(AsText(report).ends_with("\n"));
  }
}

// An annotation is one line, whatever a name has in it.
TEST(GithubFormat, EscapesWhatWouldEndIt) {
  Report report;
  FileReport file;
  file.file = "a,b:c%d\n.sql";
  StatementReport statement;
  statement.outcome = Outcome::kRefused;
  statement.rule = "deploy.drop";
  statement.message = "100%\r\nsure";
  statement.hint = "a:b,c";
  file.statements.push_back(statement);
  report.files.push_back(file);
  EXPECT_EQ(AsGithub(report),
            "::error file=a%2Cb%3Ac%25d%0A.sql,line=1,endLine=1,col=1,title=pgmoat deploy.drop"
            "::100%25%0D%0Asure%0Aa:b,c\n"
            "1 file, 1 statement: 1 would be refused, 0 warnings\n");
}

}  // namespace
}  // namespace pgmoat::lint
