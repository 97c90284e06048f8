// What an environment asks of migrations, and the files that it names for it.
#include "proxy/config/config.h"
#include "proxy/signing/keys.h"
#include "tests/config/config_fixture.h"

namespace pgmoat::config {
namespace {

using policy::FindingEffect;
using policy::MigrationRequirement;
using policy::MigrationTool;

class MigrationsConfigTest : public ConfigTest {
 protected:
  MigrationsConfigTest() {
    for (const char* name : {"m.json", "alice.pub", "bob.pub", "staging.pub"}) {
      Put(name, "");
    }
    signing::MakeKeyFiles(directory_ / "staging.key");
    std::filesystem::create_directory(directory_ / "proofs");
  }
  [[nodiscard]] std::string In(const std::string& name) const {
    return (directory_ / name).string();
  }
  // `migrations` is on line 4.
  static std::string With(const std::string& migrations) {
    return "listen: [{address: '127.0.0.1:6432'}]\nenvironments:\n  production:\n" +
           (migrations.empty() ? "" : "    migrations: {" + migrations + "}\n") +
           "    upstream: postgres://127.0.0.1\n"
           "    logins: {a: app, r: readonly, d: deploy, s: ship, x: admin}\n"
           "roles: {ship: {extends: deploy}}\naudit: {file: a.jsonl}\n";
  }
  std::shared_ptr<const policy::MigrationRules> RulesOf(const Config& config,
                                                        const std::string& role) {
    return auth::FindRole(config.directory.environments.at(0), role)->migrations;
  }
  std::shared_ptr<const policy::MigrationRules> Read(const std::string& migrations) {
    return RulesOf(LoadText(With(migrations)), "deploy");
  }
  std::string Error(const std::string& migrations) {
    std::string error = ErrorOf(With(migrations));
    const std::string prefix = "pgmoat.yaml:4: ";
    EXPECT_EQ(error.substr(0, prefix.size()), prefix) << error;
    return error.substr(std::min(prefix.size(), error.size()));
  }
  [[nodiscard]] std::string Approved() const {
    return "manifest: " + In("m.json") + ", public_keys: [" + In("alice.pub") + ", " +
           In("bob.pub") + "]";
  }
  [[nodiscard]] std::string Proofs() const {
    return "proofs: {directory: " + In("proofs") + ", public_keys: [" + In("staging.pub") +
           "], environments: [staging, qa]}";
  }
};

TEST_F(MigrationsConfigTest, DeployAsksForALedgerUnlessToldOtherwise) {
  const Config config = LoadText(With(""));
  for (const char* role : {"deploy", "ship"}) {
    const auto rules = RulesOf(config, role);
    ASSERT_NE(rules, nullptr) << role;
    EXPECT_EQ(rules->require, MigrationRequirement::kLedger);
    EXPECT_TRUE(rules->tools.Empty());
    EXPECT_EQ(rules->approvals, 1U);
    EXPECT_FALSE(rules->records_proofs);
    EXPECT_EQ(rules->lint.otherwise, FindingEffect::kWarn);
  }
  for (const char* role : {"app", "readonly", "admin"}) {
    EXPECT_EQ(RulesOf(config, role), nullptr) << role;
  }
  ASSERT_EQ(config.migrations.size(), 1U);
  EXPECT_EQ(config.migrations[0], MigrationFiles{});
}

TEST_F(MigrationsConfigTest, RequireNoneAsksNothing) {
  EXPECT_EQ(Read("require: none"), nullptr);
}

TEST_F(MigrationsConfigTest, EveryKeyIsRead) {
  const Config config = LoadText(
      With("require: proven, tools: [prisma, golang-migrate], ledgers: [{table: "
           "ops.schema_history}, {table: history}], approvals: 2, " +
           Approved() + ", " + Proofs() + ", record_proofs: {directory: " + In("proofs") +
           ", signing_key: " + In("staging.key") +
           "}, lint: {default: off, refuse: [index-not-concurrent], warn: [rename], ignore: "
           "[enum-type]}"));
  const auto rules = RulesOf(config, "deploy");
  ASSERT_NE(rules, nullptr);
  EXPECT_EQ(rules->require, MigrationRequirement::kProven);
  EXPECT_TRUE(rules->tools.Has(MigrationTool::kPrisma));
  EXPECT_TRUE(rules->tools.Has(MigrationTool::kGolangMigrate));
  EXPECT_FALSE(rules->tools.Has(MigrationTool::kDrizzle));
  ASSERT_EQ(rules->own_ledgers.size(), 2U);
  EXPECT_EQ(rules->own_ledgers[0].schema, "ops");
  EXPECT_EQ(rules->own_ledgers[0].table, "schema_history");
  EXPECT_EQ(rules->own_ledgers[1].schema, "");
  EXPECT_EQ(rules->own_ledgers[1].table, "history");
  EXPECT_EQ(rules->approvals, 2U);
  EXPECT_TRUE(rules->records_proofs);
  EXPECT_EQ(rules->lint.EffectOf("index-not-concurrent"), FindingEffect::kRefuse);
  EXPECT_EQ(rules->lint.EffectOf("rename"), FindingEffect::kWarn);
  EXPECT_EQ(rules->lint.EffectOf("enum-type"), FindingEffect::kIgnore);
  EXPECT_EQ(rules->lint.EffectOf("anything-else"), FindingEffect::kIgnore);
  MigrationFiles files;
  files.manifest = In("m.json");
  files.public_keys = {In("alice.pub"), In("bob.pub")};
  files.proofs = {In("proofs"), {In("staging.pub")}, {"staging", "qa"}};
  files.record_proofs = {In("proofs"), In("staging.key")};
  ASSERT_EQ(config.migrations.size(), 1U);
  EXPECT_EQ(config.migrations[0], files);
}

TEST_F(MigrationsConfigTest, SlipsOfTheFingerNameTheRightWord) {
  EXPECT_EQ(Error("requires: ledger"), "unknown key 'requires'; did you mean 'require'?");
  EXPECT_EQ(Error("require: aproved"),
            "'environments.production.migrations.require': 'aproved' is unknown; did you mean "
            "'approved'?");
  EXPECT_EQ(Error("tools: [prism]"),
            "'environments.production.migrations.tools[0]': 'prism' is unknown; did you mean "
            "'prisma'?");
  EXPECT_EQ(Error("lint: {default: of}"),
            "'environments.production.migrations.lint.default': 'of' is unknown; did you mean "
            "'off'?");
  EXPECT_EQ(Error("lint: {refuse: [index-no-concurrent]}"),
            "'environments.production.migrations.lint.refuse[0]': 'index-no-concurrent' is "
            "unknown; did you mean 'index-not-concurrent'?");
  EXPECT_EQ(Error("ledgers: [{tabel: x}]"), "unknown key 'tabel'; did you mean 'table'?");
}

TEST_F(MigrationsConfigTest, ApprovedNeedsManifestAndKeys) {
  EXPECT_EQ(Error("require: approved"),
            "'environments.production.migrations' has no 'manifest'; name the file that "
            "`pgmoat migrations approve` writes");
  EXPECT_EQ(Error("require: approved, manifest: " + In("m.json")),
            "'environments.production.migrations' has no 'public_keys'; list the public keys "
            "of those who approve, as [alice.pub]");
  EXPECT_EQ(Error("require: proven, public_keys: [" + In("alice.pub") + "]"),
            "'environments.production.migrations' has no 'manifest'; name the file that "
            "`pgmoat migrations approve` writes");
  EXPECT_EQ(Error("require: approved, manifest: " + In("none.json") + ", public_keys: [a]"),
            "'environments.production.migrations.manifest': file '" + In("none.json") +
                "' cannot be read: No such file or directory; check path and permissions");
}

TEST_F(MigrationsConfigTest, ProvenNeedsProofs) {
  EXPECT_EQ(Error("require: proven, " + Approved()),
            "'environments.production.migrations' has no 'proofs'; write where the records of "
            "staging are, as {directory: proofs, public_keys: [staging.pub], environments: "
            "[staging]}");
  EXPECT_EQ(Error("require: proven, " + Approved() + ", proofs: {directory: " + In("proofs") +
                  ", public_keys: [" + In("staging.pub") + "]}"),
            "'environments.production.migrations.proofs' has no 'environments'; list the "
            "environments whose records count, as [staging]");
  EXPECT_EQ(
      Error("require: proven, " + Approved() + ", proofs: {directory: " + In("nowhere") + "}"),
      "'environments.production.migrations.proofs.directory': there is no directory '" +
          In("nowhere") + "'; make it, or choose another");
}

TEST_F(MigrationsConfigTest, MoreApprovalsThanKeysCouldNeverBe) {
  EXPECT_EQ(Error("require: approved, approvals: 3, " + Approved()),
            "'environments.production.migrations.approvals': 3 keys must sign, but public_keys "
            "has 2; add keys to it");
  EXPECT_EQ(Error("require: approved, approvals: 0, " + Approved()),
            "'environments.production.migrations.approvals': '0' is out of range; choose 1 to "
            "16");
  EXPECT_EQ(Error("require: approved, manifest: " + In("m.json") + ", public_keys: [" +
                  In("bob.pub") + ", " + In("bob.pub") + "]"),
            "'environments.production.migrations.public_keys[1]': '" + In("bob.pub") +
                "' is in the list twice; keep one of them");
}

TEST_F(MigrationsConfigTest, AKeyThatWouldDoNothingIsRefused) {
  EXPECT_EQ(Error("manifest: " + In("m.json")),
            "'environments.production.migrations.manifest': counts only with require: approved "
            "or proven; write one of them, or remove it");
  EXPECT_EQ(Error("require: approved, " + Approved() + ", " + Proofs()),
            "'environments.production.migrations.proofs': counts only with require: proven; "
            "write that, or remove it");
  EXPECT_EQ(Error("require: none, lint: {default: warn}"),
            "'environments.production.migrations.lint': does nothing with require: none; write "
            "ledger, approved or proven, or remove it");
}

TEST_F(MigrationsConfigTest, NamesOfTablesAndFindings) {
  for (const std::string name : {"a.b.c", ".a", "a.", "'\"a\"'", "'*'"}) {
    EXPECT_NE(Error("ledgers: [{table: " + name + "}]").find("is not a table's name"),
              std::string::npos)
        << name;
  }
  EXPECT_EQ(Error("lint: {refuse: [index-not-concurrent], ignore: [index-not-concurrent]}"),
            "'environments.production.migrations.lint.ignore[0]': 'index-not-concurrent' is "
            "listed twice under lint; keep one of them");
}

}  // namespace
}  // namespace pgmoat::config
