// The migration window: what a deployment may change, and when (migration_window.h).
#include "proxy/session/migration_window.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "policy/canonical.h"
#include "policy/destruction.h"
#include "policy/parser.h"
#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

using policy::MigrationRequirement;
using policy::MigrationTool;

std::shared_ptr<const auth::Directory> WithRules(const policy::MigrationRules& rules) {
  return MakeChangedDirectory([&](policy::Rules& role) {
    if (role.role == policy::BuiltinRole::kDeploy) {
      role.migrations = std::make_shared<policy::MigrationRules>(rules);
    }
  });
}

policy::Digest Sha256(std::string_view text) {
  policy::Digest digest;
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

policy::ApprovedMigration Approved(std::string name, MigrationTool tool,
                                   const std::string& script, bool accepted = false) {
  policy::ApprovedMigration migration;
  migration.name = std::move(name);
  migration.tool = tool;
  migration.checksum = "sum of " + migration.name;
  policy::TextFacts facts;
  policy::ReadFacts(script, facts);
  const auto canonical = policy::CanonicalStatements(script).value();
  std::string content;
  for (std::size_t i = 0; i < canonical.size(); ++i) {
    policy::ApprovedStatement& statement = migration.statements.emplace_back();
    statement.digest = Sha256(canonical[i]);
    statement.changes = policy::Changes(facts.statements[i]);
    statement.destroys = !policy::Destroys(facts.statements[i]).empty();
    statement.destruction_accepted = accepted;
    if (statement.changes) content.append(statement.digest.begin(), statement.digest.end());
  }
  migration.content = Sha256(content);
  return migration;
}

// A deployment that sends simple queries to a server which does what it is told.
class Deployment {
 public:
  explicit Deployment(const policy::MigrationRules& rules = {}) : c({}, WithRules(rules)) {
    c.LogIn("deploy");
  }

  // "ok", or the message and the rule of the refusal.
  std::string Query(const std::string& sql) {
    return Finish(c.Run("client Query \"" + sql + "\""), "Q");
  }

  // Both are sent before the first is answered.
  std::string Queries(const std::string& first, const std::string& second) {
    return Finish(c.Run("client Query \"" + first + "\"\nclient Query \"" + second + "\""),
                  "Q");
  }

  // Parse, Bind with text parameters, Execute, Sync.
  std::string Extended(const std::string& sql, const std::string& parameters = "") {
    return Finish(c.Run("client Parse \"\" \"" + sql + "\"\nclient Bind \"\" \"\"" +
                        parameters + "\nclient Execute \"\"\nclient Sync"),
                  "X");
  }

  Conversation c;
  char status = 'I';

 private:
  // Answers what was sent, one line of it after the other.
  std::string Finish(const std::string& sent, const std::string& /*how*/) {
    std::string refused;
    bool skipping = false;
    for (std::size_t at = 0; at < sent.size();) {
      const std::size_t end = sent.find('\n', at);
      const std::string line = sent.substr(at, end - at);
      at = end + 1;
      if (!line.starts_with("-> ")) continue;
      const bool denied = line.find("pgmoat denied") != std::string::npos ||
                          line.find("pgmoat_denied") != std::string::npos;
      if (denied) {
        refused += c.Run("server Error ERROR 42601 \"syntax error\"");
        if (status == 'T') status = 'E';
        skipping = true;
      }
      if (line.starts_with("-> Query")) {
        if (!denied) Answer(line);
        c.Run(std::string("server ReadyForQuery ") + status);
        skipping = false;
      } else if (line.starts_with("-> Sync")) {
        c.Run(std::string("server ReadyForQuery ") + status);
        skipping = false;
      } else if (!skipping && line.starts_with("-> Parse")) {
        Follow(line);
        c.Run("server ParseComplete");
      } else if (!skipping && line.starts_with("-> Bind")) {
        c.Run("server BindComplete");
      } else if (!skipping && line.starts_with("-> Execute")) {
        c.Run("server CommandComplete \"OK\"");
      }
    }
    return refused.empty() ? "ok" : refused;
  }

  void Answer(const std::string& line) {
    policy::TextFacts facts;
    const std::size_t quote = line.find('"') + 1;
    policy::ReadFacts(line.substr(quote, line.rfind('"') - quote), facts);
    for (const policy::StatementFacts& statement : facts.statements) {
      std::string tag(statement.tag);
      if (tag == "BEGIN" || tag == "START TRANSACTION") status = 'T';
      if (tag == "COMMIT" && status == 'E') tag = "ROLLBACK";
      if (tag == "COMMIT" || tag == "ROLLBACK" || tag == "PREPARE TRANSACTION") {
        status = statement.rolls_back_to_savepoint ? 'T' : 'I';
      }
      c.Run("server CommandComplete \"" + tag + "\"");
    }
  }

  void Follow(const std::string& line) {
    if (line.find("\"BEGIN") != std::string::npos) status = 'T';
    if (line.find("\"COMMIT") != std::string::npos) status = 'I';
  }
};

// Of the latest refusal.  Statements in front of a refused Sync end behind it.
std::string RuleOf(Deployment& deployment) {
  const auto& records = deployment.c.trail.records;
  const auto denied = std::find_if(
      records.rbegin(), records.rend(),
      [](const AuditRecord& record) { return record.outcome == Outcome::kDenied; });
  return denied == records.rend() ? "none" : std::string(denied->rule);
}

// The result of a query that was refused, by that rule.
#define EXPECT_REFUSED(deployment, result, expected) \
  EXPECT_EQ((result) == "ok" ? "ok" : RuleOf(deployment), expected)

const std::string kPrismaBegins =
    "INSERT INTO _prisma_migrations (id, checksum, started_at, migration_name) VALUES ('1', "
    "'sum of init', now(), 'init')";
const std::string kPrismaFinishes =
    "UPDATE _prisma_migrations SET finished_at = now() WHERE id = '1'";

TEST(MigrationWindow, AChangeByHandIsRefused) {
  for (const char* sql :
       {"CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)", "UPDATE t SET a = 1 WHERE a = 2",
        "ALTER TABLE t ADD b int", "DROP INDEX i", "SELECT app.rebuild()",
        "GRANT SELECT ON t TO r", "CREATE TABLE t (a int); SELECT 1", "SELECT 1 INTO t2"}) {
    Deployment deployment;
    EXPECT_REFUSED(deployment, deployment.Query(sql), "deploy.no-migration") << sql;
    EXPECT_REFUSED(deployment, deployment.Extended(sql), "deploy.no-migration") << sql;
    EXPECT_EQ(deployment.Query("SELECT 1"), "ok");
  }
}

TEST(MigrationWindow, ReadingSettingAndLockingAreNot) {
  Deployment deployment;
  for (const char* sql : {"SELECT 1", "SET lock_timeout = '1s'", "SELECT pg_advisory_lock(1)",
                          "BEGIN", "SELECT * FROM t FOR UPDATE", "COMMIT", "VACUUM t"}) {
    EXPECT_EQ(deployment.Query(sql), "ok") << sql;
  }
}

TEST(MigrationWindow, PrismaMayChangeBetweenItsTwoWrites) {
  Deployment deployment;
  EXPECT_EQ(deployment.Query("CREATE TABLE _prisma_migrations (id text)"), "ok");
  EXPECT_EQ(deployment.Extended(kPrismaBegins), "ok");
  EXPECT_EQ(deployment.Query("CREATE TABLE t (a int); INSERT INTO t VALUES (1)"), "ok");
  EXPECT_EQ(deployment.Query("CREATE INDEX CONCURRENTLY i ON t (a)"), "ok");
  EXPECT_REFUSED(deployment, deployment.Query("DROP TABLE t"), "deploy.drop");
}

TEST(MigrationWindow, PrismasWindowClosesWhenItIsFinished) {
  Deployment deployment;
  EXPECT_EQ(deployment.Extended(kPrismaBegins), "ok");
  EXPECT_EQ(deployment.Query("CREATE TABLE t (a int)"), "ok");
  EXPECT_EQ(deployment.Extended(kPrismaFinishes), "ok");
  EXPECT_REFUSED(deployment, deployment.Query("CREATE TABLE u (a int)"), "deploy.no-migration");
  EXPECT_REFUSED(deployment, deployment.Extended(kPrismaFinishes), "deploy.ledger");
}

TEST(MigrationWindow, PrismasWindowClosesWhenAStatementFails) {
  Deployment deployment;
  EXPECT_EQ(deployment.Extended(kPrismaBegins), "ok");
  deployment.c.Run(
      "client Query \"CREATE TABLE t (a int)\"\nserver Error ERROR 42P07 \"exists\"\nserver "
      "ReadyForQuery I");
  EXPECT_REFUSED(deployment, deployment.Query("CREATE TABLE u (a int)"), "deploy.no-migration");
}

// Sent in one go the row may still fail, and the change would run all the same.
TEST(MigrationWindow, PrismasWindowOpensOnlyWithTheServersAnswer) {
  Deployment deployment;
  const std::string sent = deployment.c.Run("client Query \"" + kPrismaBegins +
                                            "\"\nclient Query \"CREATE TABLE t (a int)\"");
  EXPECT_EQ(sent.find("CREATE TABLE"), std::string::npos) << sent;
}

TEST(MigrationWindow, ALedgerRowThatIsRolledBackOpensNothing) {
  for (const std::vector<std::string>& steps :
       {std::vector<std::string>{"BEGIN", kPrismaBegins, "ROLLBACK"},
        {"BEGIN", "SAVEPOINT s", kPrismaBegins, "ROLLBACK TO SAVEPOINT s", "COMMIT"}}) {
    Deployment deployment;
    for (const std::string& step : steps) EXPECT_EQ(deployment.Query(step), "ok") << step;
    EXPECT_REFUSED(deployment, deployment.Query("CREATE TABLE t (a int)"),
                   "deploy.no-migration");
  }
}

TEST(MigrationWindow, ATemporaryTableIsNoLedger) {
  Deployment deployment;
  for (const char* sql : {"CREATE TEMP TABLE schema_migrations (version text)",
                          "SELECT 1 AS v INTO TEMP schema_migrations",
                          "INSERT INTO pg_temp.schema_migrations VALUES ('1')"}) {
    EXPECT_REFUSED(deployment, deployment.Query(sql), "deploy.ledger") << sql;
  }
}

TEST(MigrationWindow, ATransactionMustBeRecordedBeforeItCommits) {
  Deployment deployment;
  EXPECT_EQ(deployment.Query("BEGIN"), "ok");
  EXPECT_EQ(deployment.Query("CREATE TABLE t (a int)"), "ok");
  EXPECT_REFUSED(deployment, deployment.Query("COMMIT"), "deploy.unrecorded-migration");
  EXPECT_EQ(deployment.Query("COMMIT"), "ok");  // of a transaction that failed
  EXPECT_EQ(deployment.status, 'I');

  EXPECT_EQ(deployment.Query("BEGIN"), "ok");
  EXPECT_EQ(deployment.Query("CREATE TABLE t (a int)"), "ok");
  EXPECT_EQ(deployment.Query("INSERT INTO schema_migrations (version) VALUES ('1')"), "ok");
  EXPECT_EQ(deployment.Query("COMMIT"), "ok");
}

TEST(MigrationWindow, WhatComesBehindTheRecordNeedsAnother) {
  Deployment deployment;
  EXPECT_EQ(deployment.Query("BEGIN"), "ok");
  EXPECT_EQ(deployment.Query("INSERT INTO schema_migrations (version) VALUES ('1')"), "ok");
  EXPECT_EQ(deployment.Query("CREATE TABLE t (a int)"), "ok");
  EXPECT_REFUSED(deployment, deployment.Query("COMMIT"), "deploy.unrecorded-migration");
}

TEST(MigrationWindow, TheOtherWaysToCommit) {
  for (const char* commit :
       {"END", "COMMIT AND CHAIN", "PREPARE TRANSACTION 'p'", "COMMIT; BEGIN"}) {
    Deployment deployment;
    EXPECT_EQ(deployment.Query("BEGIN"), "ok");
    EXPECT_EQ(deployment.Query("CREATE TABLE t (a int)"), "ok");
    EXPECT_REFUSED(deployment, deployment.Query(commit), "deploy.unrecorded-migration")
        << commit;
  }
  Deployment deployment;
  EXPECT_REFUSED(deployment, deployment.Query("BEGIN; CREATE TABLE t (a int); COMMIT"),
                 "deploy.unrecorded-migration");
}

TEST(MigrationWindow, ReturningToASavepointTakesTheRecordBack) {
  Deployment deployment;
  for (const char* sql :
       {"BEGIN", "CREATE TABLE t (a int)", "SAVEPOINT s",
        "INSERT INTO schema_migrations (version) VALUES ('1')", "ROLLBACK TO SAVEPOINT s"}) {
    EXPECT_EQ(deployment.Query(sql), "ok") << sql;
  }
  EXPECT_REFUSED(deployment, deployment.Query("COMMIT"), "deploy.unrecorded-migration");
}

TEST(MigrationWindow, SeveralStatementsInOneQueryAreOneTransaction) {
  Deployment deployment;
  EXPECT_EQ(deployment.Query("CREATE TABLE t (a int); INSERT INTO schema_migrations (version) "
                             "VALUES ('1')"),
            "ok");
  EXPECT_REFUSED(
      deployment,
      deployment.Query("INSERT INTO schema_migrations (version) VALUES ('1'); COMMIT; "
                       "CREATE TABLE t (a int)"),
      "deploy.no-migration");
}

TEST(MigrationWindow, APipelineIsOneTransactionUpToSync) {
  Deployment deployment;
  const std::string change =
      "client Parse \"\" \"CREATE TABLE t (a int)\"\nclient Bind \"\" \"\"\nclient Execute "
      "\"\"\n";
  const std::string record =
      "client Parse \"\" \"INSERT INTO supabase_migrations.schema_migrations (version) VALUES "
      "('1')\"\nclient Bind \"\" \"\"\nclient Execute \"\"\n";
  const std::string recorded = deployment.c.Run(change + record + "client Sync");
  EXPECT_EQ(recorded.find("denied"), std::string::npos) << recorded;
  Deployment other;
  const std::string sent = other.c.Run(change + "client Sync");
  EXPECT_TRUE(sent.ends_with("-> Parse \"\" \"pgmoat denied <id>\"\n-> Sync\n")) << sent;
}

TEST(MigrationWindow, BackwardsIsRefused) {
  Deployment deployment;
  for (const char* sql : {"DELETE FROM schema_migrations WHERE version = '1'",
                          "UPDATE knex_migrations SET name = 'x' WHERE id = 1",
                          "DELETE FROM alembic_version WHERE version_num = '1'"}) {
    EXPECT_REFUSED(deployment, deployment.Query(sql), "deploy.ledger") << sql;
  }
  EXPECT_REFUSED(deployment, deployment.Query("DROP TABLE _prisma_migrations"), "deploy.drop");
}

TEST(MigrationWindow, ANamedToolMayChangeTheSchemaOutsideButNoRows) {
  policy::MigrationRules rules;
  rules.tools.Add(MigrationTool::kRails);
  Deployment deployment(rules);
  EXPECT_EQ(deployment.Query("CREATE INDEX CONCURRENTLY i ON t (a)"), "ok");
  EXPECT_REFUSED(deployment, deployment.Query("INSERT INTO t VALUES (1)"),
                 "deploy.no-migration");
  EXPECT_REFUSED(deployment, deployment.Query("DROP TABLE t"), "deploy.drop");
  EXPECT_REFUSED(deployment, deployment.Query("DROP INDEX i"), "deploy.no-migration");
  EXPECT_EQ(deployment.Query("DROP INDEX CONCURRENTLY i"), "ok");
  rules.tools = {};
  rules.tools.Add(MigrationTool::kPrisma);
  Deployment prisma(rules);
  EXPECT_REFUSED(prisma, prisma.Query("CREATE INDEX CONCURRENTLY i ON t (a)"),
                 "deploy.no-migration");
}

TEST(MigrationWindow, GolangMigrateMarksItsLedgerDirtyMeanwhile) {
  policy::MigrationRules rules;
  rules.tools.Add(MigrationTool::kGolangMigrate);
  Deployment deployment(rules);
  const auto set_version = [&](const char* dirty) {
    EXPECT_EQ(deployment.Query("BEGIN"), "ok");
    EXPECT_EQ(deployment.Query("TRUNCATE public.schema_migrations"), "ok");
    EXPECT_EQ(deployment.Query(std::string("INSERT INTO public.schema_migrations (version, "
                                           "dirty) VALUES (1, ") +
                               dirty + ")"),
              "ok");
    EXPECT_EQ(deployment.Query("COMMIT"), "ok");
  };
  set_version("true");
  EXPECT_EQ(deployment.Query("CREATE TABLE t (a int); INSERT INTO t VALUES (1)"), "ok");
  set_version("false");
  EXPECT_REFUSED(deployment, deployment.Query("INSERT INTO t VALUES (1)"),
                 "deploy.no-migration");
  EXPECT_REFUSED(deployment, deployment.Query("TRUNCATE public.schema_migrations"),
                 "deploy.no-migration");
}

// --- approved ---

policy::MigrationRules RulesOf(MigrationRequirement requirement) {
  policy::MigrationRules rules;
  rules.require = requirement;
  return rules;
}

std::shared_ptr<policy::MigrationKnowledge> Knowledge(
    std::vector<policy::ApprovedMigration> migrations, unsigned signatures = 1) {
  auto known = std::make_shared<policy::MigrationKnowledge>();
  known->approvals.migrations = std::move(migrations);
  known->approvals.signatures = signatures;
  return known;
}

TEST(MigrationWindow, AnUnapprovedPrismaMigrationIsRefusedAtItsLedgerRow) {
  Deployment deployment(RulesOf(MigrationRequirement::kApproved));
  EXPECT_REFUSED(deployment, deployment.Extended(kPrismaBegins), "deploy.unapproved-migration");
  deployment.c.migrations.known =
      Knowledge({Approved("other", MigrationTool::kPrisma, "CREATE TABLE t (a int)")});
  EXPECT_REFUSED(deployment, deployment.Extended(kPrismaBegins), "deploy.unapproved-migration");
}

TEST(MigrationWindow, AnApprovedPrismaMigrationRunsAsItWasApproved) {
  Deployment deployment(RulesOf(MigrationRequirement::kApproved));
  deployment.c.migrations.known = Knowledge({Approved(
      "init", MigrationTool::kPrisma, "CREATE TABLE t (a int); ALTER TABLE t ADD b int")});
  EXPECT_EQ(deployment.Extended(kPrismaBegins), "ok");
  EXPECT_EQ(
      deployment.Query("CREATE TABLE t (a int); /* as approved */ ALTER   TABLE t ADD b int;"),
      "ok");
  EXPECT_EQ(deployment.Extended(kPrismaFinishes), "ok");
}

TEST(MigrationWindow, AnotherScriptUnderAnApprovedNameIsRefused) {
  for (const char* script : {"CREATE TABLE t (a text)", "ALTER TABLE t ADD b int",
                             "CREATE TABLE t (a int); INSERT INTO t VALUES (1)"}) {
    Deployment deployment(RulesOf(MigrationRequirement::kApproved));
    deployment.c.migrations.known = Knowledge({Approved(
        "init", MigrationTool::kPrisma, "CREATE TABLE t (a int); ALTER TABLE t ADD b int")});
    EXPECT_EQ(deployment.Extended(kPrismaBegins), "ok");
    EXPECT_REFUSED(deployment, deployment.Query(script), "deploy.unapproved-migration")
        << script;
  }
}

TEST(MigrationWindow, APartOfAnApprovedMigrationIsNotFinished) {
  Deployment deployment(RulesOf(MigrationRequirement::kApproved));
  deployment.c.migrations.known = Knowledge({Approved(
      "init", MigrationTool::kPrisma, "CREATE TABLE t (a int); ALTER TABLE t ADD b int")});
  EXPECT_EQ(deployment.Extended(kPrismaBegins), "ok");
  EXPECT_EQ(deployment.Query("CREATE TABLE t (a int)"), "ok");
  EXPECT_REFUSED(deployment, deployment.Extended(kPrismaFinishes),
                 "deploy.incomplete-migration");
}

// `copy` fills what `drop` is approved to take the old one of.
const std::string kCopy = "INSERT INTO new SELECT * FROM old";
const std::string kDrop = "DROP TABLE old";

TEST(MigrationWindow, WhatIsRolledBackOfAnApprovedMigrationHasNotRun) {
  const std::vector<std::vector<std::string>> ways = {
      {"BEGIN", kCopy, "ROLLBACK", kDrop},
      {"BEGIN; " + kCopy + "; ROLLBACK; " + kDrop},
      {kCopy + "; ROLLBACK; " + kDrop},
      {"BEGIN", kCopy, "ROLLBACK AND CHAIN", kDrop},
      {"BEGIN", "SAVEPOINT s", kCopy, "ROLLBACK TO s", kDrop},
      {"BEGIN; SAVEPOINT s; " + kCopy + "; ROLLBACK TO s; " + kDrop + "; COMMIT"},
      {"BEGIN", kCopy, "PREPARE TRANSACTION 'x'", kDrop}};
  for (const auto& way : ways) {
    Deployment deployment(RulesOf(MigrationRequirement::kApproved));
    deployment.c.migrations.known =
        Knowledge({Approved("init", MigrationTool::kPrisma, kCopy + "; " + kDrop, true)});
    EXPECT_EQ(deployment.Extended(kPrismaBegins), "ok");
    for (const std::string& text : way) {
      EXPECT_EQ(deployment.Query(text) == "ok", text.find(kDrop) == std::string::npos) << text;
    }
  }
}

TEST(MigrationWindow, WhatIsRolledBackComesNextAgain) {
  Deployment deployment(RulesOf(MigrationRequirement::kApproved));
  deployment.c.migrations.known =
      Knowledge({Approved("init", MigrationTool::kPrisma, kCopy + "; " + kDrop, true)});
  EXPECT_EQ(deployment.Extended(kPrismaBegins), "ok");
  for (const char* end : {"ROLLBACK", "COMMIT"}) {
    EXPECT_EQ(deployment.Query("BEGIN"), "ok");
    EXPECT_EQ(deployment.Query(kCopy), "ok");
    EXPECT_EQ(deployment.Query(end), "ok");
  }
  EXPECT_EQ(deployment.Query("BEGIN; ROLLBACK"), "ok");
  EXPECT_EQ(deployment.Query(kDrop), "ok");
  EXPECT_EQ(deployment.Extended(kPrismaFinishes), "ok");
}

TEST(MigrationWindow, AnApprovedMigrationDoesNotGoOnBeforeTheServerHasAnswered) {
  Deployment deployment(RulesOf(MigrationRequirement::kApproved));
  deployment.c.migrations.known =
      Knowledge({Approved("init", MigrationTool::kPrisma, kCopy + "; " + kDrop, true)});
  EXPECT_EQ(deployment.Extended(kPrismaBegins), "ok");
  EXPECT_REFUSED(deployment, deployment.Queries(kCopy, kDrop), "deploy.drop");

  Deployment finishes(RulesOf(MigrationRequirement::kApproved));
  finishes.c.migrations.known = Knowledge({Approved("init", MigrationTool::kPrisma, kCopy)});
  EXPECT_EQ(finishes.Extended(kPrismaBegins), "ok");
  EXPECT_REFUSED(finishes, finishes.Queries(kCopy, kPrismaFinishes),
                 "deploy.unapproved-migration");

  // A BEGIN that may have been skipped makes no transaction of them.
  Deployment perhaps(RulesOf(MigrationRequirement::kApproved));
  perhaps.c.migrations.known = deployment.c.migrations.known;
  EXPECT_EQ(perhaps.Extended(kPrismaBegins), "ok");
  const std::string sent = perhaps.c.Run("client Query \"SELECT 1/0; BEGIN\"\nclient Query \"" +
                                         kCopy + "\"\nclient Query \"" + kDrop + "\"");
  EXPECT_NE(sent.find("-> Query \"" + kCopy), std::string::npos) << sent;
  EXPECT_NE(sent.find("-> Query \"pgmoat denied"), std::string::npos) << sent;
  EXPECT_EQ(sent.find("-> Query \"" + kDrop), std::string::npos) << sent;

  // In one transaction nothing commits behind an error.
  Deployment together(RulesOf(MigrationRequirement::kApproved));
  together.c.migrations.known = deployment.c.migrations.known;
  EXPECT_EQ(together.Extended(kPrismaBegins), "ok");
  EXPECT_EQ(together.Query("BEGIN"), "ok");
  EXPECT_EQ(together.Queries(kCopy, kDrop), "ok");
  EXPECT_EQ(together.Query("COMMIT"), "ok");
  EXPECT_EQ(together.Extended(kPrismaFinishes), "ok");
}

TEST(MigrationWindow, ToolsThatRecordAfterwardsAreHeldToOneFileInOrder) {
  Deployment deployment(RulesOf(MigrationRequirement::kApproved));
  deployment.c.migrations.known = Knowledge(
      {Approved("a", MigrationTool::kDbmate, "CREATE TABLE t (a int)"),
       Approved("1_b", MigrationTool::kDbmate,
                "SET lock_timeout = '1s'; CREATE TABLE t (a int); CREATE INDEX i ON t (a)")});
  const std::string record = "INSERT INTO schema_migrations (version) VALUES ('1')";
  for (const char* sql : {"BEGIN", "SET lock_timeout = '1s'", "CREATE TABLE t (a int)",
                          "CREATE INDEX i ON t (a)"}) {
    EXPECT_EQ(deployment.Query(sql), "ok") << sql;
  }
  EXPECT_EQ(deployment.Query(record), "ok");
  EXPECT_EQ(deployment.Query("COMMIT"), "ok");

  EXPECT_EQ(deployment.Query("BEGIN"), "ok");
  EXPECT_REFUSED(deployment, deployment.Query("CREATE INDEX i ON t (a)"),
                 "deploy.unapproved-migration");
  EXPECT_EQ(deployment.Query("ROLLBACK"), "ok");
}

// Its ledger keeps it from running twice only under its own name.
TEST(MigrationWindow, AnApprovedMigrationIsRecordedUnderItsName) {
  const struct {
    const char* row;
    bool right;
  } kRows[] = {{"'7_empty'", true},     {"'7'", true},         {"'007'", true},
               {"'7_empty.sql'", true}, {"'7_emptyx'", false}, {"'8'", false}};
  for (const auto& [row, right] : kRows) {
    Deployment deployment(RulesOf(MigrationRequirement::kApproved));
    deployment.c.migrations.known =
        Knowledge({Approved("7_empty", MigrationTool::kDbmate, "TRUNCATE t", true)});
    EXPECT_EQ(deployment.Query("BEGIN"), "ok");
    EXPECT_EQ(deployment.Query("TRUNCATE t"), "ok");
    const std::string result = deployment.Query(
        std::string("INSERT INTO schema_migrations (version) VALUES (") + row + ")");
    if (right) {
      EXPECT_EQ(result, "ok") << row;
    } else {
      EXPECT_REFUSED(deployment, result, "deploy.unapproved-migration") << row;
    }
  }
}

TEST(MigrationWindow, ARecordOfHalfAMigrationIsRefused) {
  Deployment deployment(RulesOf(MigrationRequirement::kApproved));
  deployment.c.migrations.known = Knowledge({Approved(
      "b", MigrationTool::kDbmate, "CREATE TABLE t (a int); CREATE INDEX i ON t (a)")});
  EXPECT_EQ(deployment.Query("BEGIN"), "ok");
  EXPECT_EQ(deployment.Query("CREATE TABLE t (a int)"), "ok");
  EXPECT_REFUSED(deployment,
                 deployment.Query("INSERT INTO schema_migrations (version) VALUES ('1')"),
                 "deploy.incomplete-migration");
}

TEST(MigrationWindow, DrizzlesRowMustHaveTheFilesHash) {
  for (const bool right : {false, true}) {
    Deployment deployment(RulesOf(MigrationRequirement::kApproved));
    deployment.c.migrations.known =
        Knowledge({Approved("a", MigrationTool::kDrizzle, "CREATE TABLE t (a int)")});
    EXPECT_EQ(deployment.Query("BEGIN"), "ok");
    EXPECT_EQ(deployment.Query("CREATE TABLE t (a int)"), "ok");
    const std::string hash = right ? "sum of a" : "another";
    const std::string result = deployment.Query(
        "INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('" + hash +
        "', 1)");
    if (right) {
      EXPECT_EQ(result, "ok");
    } else {
      EXPECT_REFUSED(deployment, result, "deploy.incomplete-migration");
    }
  }
}

TEST(MigrationWindow, DestructionNeedsToBeAcceptedAndSignedByEnough) {
  policy::MigrationRules rules = RulesOf(MigrationRequirement::kApproved);
  rules.approvals = 2;
  const std::string script = "ALTER TABLE t DROP COLUMN a; UPDATE t SET b = 1; DROP TABLE u";
  const struct {
    bool accepted;
    unsigned signatures;
    bool runs;
  } kCases[] = {{false, 2, false}, {true, 1, false}, {true, 2, true}};
  for (const auto& [accepted, signatures, runs] : kCases) {
    Deployment deployment(rules);
    deployment.c.migrations.known =
        Knowledge({Approved("init", MigrationTool::kPrisma, script, accepted)}, signatures);
    const std::string begun = deployment.Extended(kPrismaBegins);
    if (!runs) {  // at the ledger row: nothing has run
      EXPECT_REFUSED(deployment, begun, "deploy.unapproved-migration");
      continue;
    }
    EXPECT_EQ(begun, "ok");
    EXPECT_EQ(deployment.Query(script), "ok");
    EXPECT_EQ(deployment.Extended(kPrismaFinishes), "ok");
  }
}

TEST(MigrationWindow, AcceptedDestructionDoesNotReachBeyondTheDatabase) {
  Deployment deployment(RulesOf(MigrationRequirement::kApproved));
  const std::string script = "COPY t TO PROGRAM 'sh'";
  deployment.c.migrations.known =
      Knowledge({Approved("init", MigrationTool::kPrisma, script, true)});
  EXPECT_EQ(deployment.Extended(kPrismaBegins), "ok");
  EXPECT_REFUSED(deployment, deployment.Query(script), "deploy.server-file");
}

TEST(MigrationWindow, UnprovenIsRefusedUntilItIsProven) {
  Deployment deployment(RulesOf(MigrationRequirement::kProven));
  auto known = Knowledge({Approved("init", MigrationTool::kPrisma, "CREATE TABLE t (a int)")});
  deployment.c.migrations.known = known;
  EXPECT_REFUSED(deployment, deployment.Extended(kPrismaBegins), "deploy.unproven-migration");
  known->proven.push_back(known->approvals.migrations[0].content);
  EXPECT_EQ(deployment.Extended(kPrismaBegins), "ok");
  EXPECT_EQ(deployment.Query("CREATE TABLE t (a int)"), "ok");
  EXPECT_EQ(deployment.Extended(kPrismaFinishes), "ok");
}

TEST(MigrationWindow, StagingTellsWhatSucceeded) {
  policy::MigrationRules rules;
  rules.records_proofs = true;
  Deployment deployment(rules);
  EXPECT_EQ(deployment.Extended(kPrismaBegins), "ok");
  EXPECT_EQ(deployment.Query("ALTER TABLE t ADD b int; CREATE TABLE u (a int)"), "ok");
  EXPECT_TRUE(deployment.c.migrations.successes.empty());
  EXPECT_EQ(deployment.Extended(kPrismaFinishes), "ok");
  ASSERT_EQ(deployment.c.migrations.successes.size(), 1U);
  const MigrationSuccess& success = deployment.c.migrations.successes.front();
  const auto approved = Approved("init", MigrationTool::kPrisma,
                                 "ALTER TABLE t ADD b int; CREATE TABLE u (a int)");
  EXPECT_EQ(success.content, approved.content);
  EXPECT_EQ(success.checksum, approved.checksum);
  EXPECT_EQ(success.name, "init");
  EXPECT_EQ(success.statements, 2U);
  EXPECT_EQ(success.locks, std::vector<std::string>{"ACCESS EXCLUSIVE on t"});
}

TEST(MigrationWindow, WhatIsRolledBackDidNotSucceed) {
  policy::MigrationRules rules;
  rules.records_proofs = true;
  Deployment deployment(rules);
  for (const char* end : {"ROLLBACK", "COMMIT"}) {
    EXPECT_EQ(deployment.Query("BEGIN"), "ok");
    EXPECT_EQ(deployment.Query("CREATE TABLE t (a int)"), "ok");
    EXPECT_EQ(deployment.Query("INSERT INTO schema_migrations (version) VALUES ('1')"), "ok");
    EXPECT_EQ(deployment.Query(end), "ok");
    EXPECT_EQ(deployment.c.migrations.successes.size(), end == std::string("COMMIT") ? 1U : 0U);
  }
}

TEST(MigrationWindow, WhatMayBeRolledBackYetDidNotSucceed) {
  policy::MigrationRules rules;
  rules.records_proofs = true;
  const std::string create = "CREATE TABLE t (a int)";
  const std::string record = "INSERT INTO schema_migrations (version) VALUES ('1')";
  const std::vector<std::vector<std::string>> ways = {
      {"BEGIN", "SAVEPOINT s", create, "ROLLBACK TO s", record, "COMMIT"},
      {"BEGIN", create, record, "PREPARE TRANSACTION 'x'"},
      {kPrismaBegins, "BEGIN; SAVEPOINT s; " + create + "; ROLLBACK TO s; COMMIT",
       kPrismaFinishes},
      {kPrismaBegins, create, "BEGIN; CREATE TABLE u (a int); ROLLBACK", kPrismaFinishes}};
  for (const auto& way : ways) {
    Deployment deployment(rules);
    for (const std::string& text : way) EXPECT_EQ(deployment.Query(text), "ok") << text;
    EXPECT_TRUE(deployment.c.migrations.successes.empty()) << way.back();
  }
}

TEST(MigrationWindow, APreparedLedgerRowOpensNothing) {
  Deployment deployment;
  EXPECT_EQ(deployment.Query("BEGIN"), "ok");
  EXPECT_EQ(deployment.Query(kPrismaBegins), "ok");
  EXPECT_EQ(deployment.Query("PREPARE TRANSACTION 'x'"), "ok");
  EXPECT_REFUSED(deployment, deployment.Query("CREATE TABLE t (a int)"), "deploy.no-migration");
}

TEST(MigrationWindow, HintsNameTheToolsSafeCommand) {
  MigrationWindow window;
  EXPECT_EQ(window.HintInstead().find("run '"), std::string::npos);
  window.NoteTool(MigrationTool::kPrisma);
  EXPECT_NE(window.HintInstead().find("run 'prisma migrate deploy'"), std::string::npos);
}

// --- the linter ---

policy::MigrationRules Linting(policy::FindingEffect effect) {
  policy::MigrationRules rules;
  rules.lint.on_wire = true;
  rules.lint.otherwise = policy::FindingEffect::kIgnore;
  rules.lint.by_id.emplace_back("index-not-concurrent", effect);
  return rules;
}

TEST(MigrationWindow, AFindingWarns) {
  Deployment deployment(Linting(policy::FindingEffect::kWarn));
  EXPECT_EQ(deployment.Extended(kPrismaBegins), "ok");
  const std::string seen = deployment.c.Run("client Query \"CREATE INDEX i ON t (a)\"");
  EXPECT_EQ(seen,
            "-> Query \"CREATE INDEX i ON t (a)\"\n"
            "<- NoticeResponse WARNING \"lint.index-not-concurrent: t\"\n");
}

TEST(MigrationWindow, AFindingRefusesUnlessItIsAccepted) {
  policy::MigrationRules rules = Linting(policy::FindingEffect::kRefuse);
  Deployment deployment(rules);
  EXPECT_EQ(deployment.Extended(kPrismaBegins), "ok");
  EXPECT_REFUSED(deployment, deployment.Query("CREATE INDEX i ON t (a)"),
                 "lint.index-not-concurrent");
  Deployment safer(rules);
  EXPECT_EQ(safer.Extended(kPrismaBegins), "ok");
  EXPECT_EQ(safer.Query("CREATE INDEX CONCURRENTLY i ON t (a)"), "ok");
  // What is made in the migration itself, in an earlier text, is nobody else's yet.
  EXPECT_EQ(safer.Query("CREATE TABLE u (a int)"), "ok");
  EXPECT_EQ(safer.Query("CREATE INDEX j ON u (a)"), "ok");

  rules.require = MigrationRequirement::kApproved;
  Deployment accepted(rules);
  auto migration = Approved("init", MigrationTool::kPrisma, "CREATE INDEX i ON t (a)");
  migration.statements[0].accepted_findings = {"index-not-concurrent"};
  accepted.c.migrations.known = Knowledge({migration});
  EXPECT_EQ(accepted.Extended(kPrismaBegins), "ok");
  EXPECT_EQ(accepted.Query("CREATE INDEX i ON t (a)"), "ok");
}

TEST(MigrationWindow, ShadowModeTellsAndLetsPass) {
  auto directory = std::make_shared<auth::Directory>(*WithRules({}));
  for (auto& login : directory->environments[0].logins) {
    auto rules = std::make_shared<policy::Rules>(*login.rules);
    rules->enforce = false;
    login.rules = std::move(rules);
  }
  Conversation c({}, directory);
  c.LogIn("deploy");
  EXPECT_EQ(c.Run("client Query \"CREATE TABLE t (a int)\""),
            "-> Query \"CREATE TABLE t (a int)\"\n");
  c.Run("server CommandComplete \"CREATE TABLE\"\nserver ReadyForQuery I");
  EXPECT_TRUE(c.trail.records.back().would_deny);
  EXPECT_EQ(c.trail.records.back().rule, "deploy.no-migration");
}

}  // namespace
}  // namespace pgmoat::session::testing
