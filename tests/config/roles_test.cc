// Roles that load: what becomes of them.  Mistakes are in roles_errors_test.cc.
#include <gtest/gtest.h>

#include "tests/config/config_fixture.h"

namespace pgmoat::config {
namespace {

using namespace std::chrono_literals;
using policy::Effect;
using policy::Kind;
using policy::KindSet;
using policy::Rules;

class RolesTest : public ConfigTest {
 protected:
  // The rules of role `name` in the one environment of a config with this roles section.
  std::shared_ptr<const Rules> RoleOf(const std::string& roles, const std::string& name) {
    const Config config = LoadText(
        roles +
        "listen: [{address: 'a:1'}]\n"
        "environments:\n"
        "  p: {upstream: 'postgres://h', logins: {dev: readonly}, allow_functions: [now_utc]}\n"
        "limits: {max_statement_bytes: 2MiB}\n"
        "audit: {file: a}\n");
    return auth::FindRole(config.directory.environments[0], name);
  }
};

// As the design and the README show it.
constexpr const char* kSupport = R"(roles:
  support:
    extends: readonly
    rules:
      - name: no-salaries
        deny: [read, copy_out]
        relations: [hr.salaries, "audit_*"]
        reason: Salaries are not for support.
      - allow: [insert, update]
        relations: [app.notes]
        without_where: true
      - deny: all
        times: [{days: [sat, sun]}, {days: [weekdays], from: "18:00", to: "08:00"}]
      - log: [read]
        networks: [192.0.2.0/24, "2001:db8::/32", 192.0.2.7]
        databases: [payroll, "hr_*"]
        application_names: ["metabase*"]
      - allow: all
        functions: [app.get_user, "report.*"]
    limits:
      statement_timeout: 30s
      idle_in_transaction_timeout: 60s
      max_rows: 100000
      max_result_bytes: 100MiB
      max_connections: 20
      max_statement_bytes: 1MiB
    allow_functions: [app.get_user]
)";

TEST_F(RolesTest, EveryKeyIsRead) {
  const auto support = RoleOf(kSupport, "support");
  ASSERT_NE(support, nullptr);
  EXPECT_EQ(support->role, policy::BuiltinRole::kReadonly);
  EXPECT_EQ(support->name, "support");
  EXPECT_EQ(support->RoleName(), "support");
  EXPECT_EQ(support->environment, "p");
  EXPECT_TRUE(support->enforce);
  EXPECT_EQ(support->version, 1U);
  EXPECT_EQ(support->allow_functions, (std::vector<std::string>{"now_utc", "app.get_user"}));
  EXPECT_EQ(support->limits.statement_timeout, 30s);
  EXPECT_EQ(support->limits.idle_in_transaction_timeout, 60s);
  EXPECT_EQ(support->limits.max_rows, 100'000U);
  EXPECT_EQ(support->limits.max_result_bytes, std::uint64_t{100} << 20);
  EXPECT_EQ(support->limits.max_connections, 20U);
  EXPECT_EQ(support->max_statement_bytes, std::size_t{1} << 20);
}

TEST_F(RolesTest, RulesKeepTheOrderOfTheFile) {
  const auto support = RoleOf(kSupport, "support");
  ASSERT_EQ(support->own.size(), 5U);
  EXPECT_EQ(support->own[0].id, "support.no-salaries");
  EXPECT_EQ(support->own[0].effect, Effect::kDeny);
  EXPECT_EQ(support->own[0].match.kinds, (KindSet{Kind::kRead, Kind::kCopyOut}));
  EXPECT_EQ(support->own[0].match.relations,
            (std::vector<std::string>{"hr.salaries", "audit_*"}));
  EXPECT_EQ(support->own[0].reason, "Salaries are not for support.");
  EXPECT_EQ(support->own[1].id, "support.2");
  EXPECT_EQ(support->own[1].effect, Effect::kAllow);
  EXPECT_TRUE(support->own[1].without_where);
  EXPECT_FALSE(support->own[0].without_where);
  EXPECT_EQ(support->own[2].id, "support.3");
  EXPECT_TRUE(support->own[2].match.kinds.Empty());  // all
  EXPECT_EQ(support->own[3].effect, Effect::kLog);
  EXPECT_EQ(support->own[4].match.functions,
            (std::vector<std::string>{"app.get_user", "report.*"}));
}

TEST_F(RolesTest, CircumstancesOfARule) {
  const auto support = RoleOf(kSupport, "support");
  const auto& times = support->own[2].match.times;
  ASSERT_EQ(times.size(), 2U);
  EXPECT_EQ(times[0].days, 0x60);
  EXPECT_EQ(times[0].from, 0min);
  EXPECT_EQ(times[0].to, 24h);
  EXPECT_EQ(times[1].days, 0x1F);
  EXPECT_EQ(times[1].from, 18h);
  EXPECT_EQ(times[1].to, 8h);
  const policy::RuleMatch& logged = support->own[3].match;
  ASSERT_EQ(logged.networks.size(), 3U);
  EXPECT_EQ(logged.networks[0].prefix_bits, 96U + 24);
  EXPECT_EQ(logged.networks[1].prefix_bits, 32U);
  EXPECT_EQ(logged.networks[2].prefix_bits, 128U);
  EXPECT_EQ(logged.databases, (std::vector<std::string>{"payroll", "hr_*"}));
  EXPECT_EQ(logged.application_names, (std::vector<std::string>{"metabase*"}));
}

TEST_F(RolesTest, GroupsStandForTheirKinds) {
  const auto role = RoleOf(
      "roles: {r: {extends: admin, rules: [{deny: [write, alter]}, {deny: [ddl, show]}]}}\n",
      "r");
  EXPECT_EQ(role->own[0].match.kinds,
            (KindSet{Kind::kInsert, Kind::kUpdate, Kind::kDelete, Kind::kMerge, Kind::kTruncate,
                     Kind::kCopyIn, Kind::kAlterAdditive, Kind::kAlterChanging,
                     Kind::kAlterDestructive, Kind::kRename}));
  EXPECT_EQ(role->own[1].match.kinds,
            (KindSet{Kind::kCreate, Kind::kAlterAdditive, Kind::kAlterChanging,
                     Kind::kAlterDestructive, Kind::kRename, Kind::kDrop, Kind::kSelectInto,
                     Kind::kComment, Kind::kExtension, Kind::kShow}));
}

TEST_F(RolesTest, RulesOfTheExtendedRoleComeBehind) {
  // The extended role stands behind the one that extends it: order does not matter.
  const char* const roles = R"(roles:
  junior:
    extends: support
    rules:
      - {name: no-copy, deny: [copy_out]}
  support:
    extends: app
    rules:
      - {deny: [delete]}
      - {name: no-notes, deny: [update], relations: [notes]}
)";
  const auto junior = RoleOf(roles, "junior");
  EXPECT_EQ(junior->role, policy::BuiltinRole::kApp);
  ASSERT_EQ(junior->own.size(), 3U);
  EXPECT_EQ(junior->own[0].id, "junior.no-copy");
  EXPECT_EQ(junior->own[1].id, "support.1");  // its name where it stands in the file
  EXPECT_EQ(junior->own[2].id, "support.no-notes");
  EXPECT_EQ(RoleOf(roles, "support")->own.size(), 2U);
}

TEST_F(RolesTest, LimitsAndFunctionsAreInherited) {
  const char* const roles = R"(roles:
  app:
    limits: {statement_timeout: 1min, max_rows: 5, max_statement_bytes: 4KiB}
  shop:
    extends: app
    limits: {max_rows: 10, max_connections: 7}
    allow_functions: [f]
  report:
    extends: shop
    limits: {statement_timeout: none}
    allow_functions: [g]
)";
  const auto app = RoleOf(roles, "app");
  EXPECT_EQ(app->RoleName(), "app");
  EXPECT_TRUE(app->name.empty());
  EXPECT_EQ(app->limits.max_rows, 5U);
  EXPECT_EQ(app->limits.max_connections, 0U);
  EXPECT_EQ(app->max_statement_bytes, 4096U);
  const auto report = RoleOf(roles, "report");
  EXPECT_EQ(report->limits.statement_timeout, 0ms);
  EXPECT_EQ(report->limits.max_rows, 10U);
  EXPECT_EQ(report->limits.max_connections, 7U);
  EXPECT_EQ(report->max_statement_bytes, 4096U);
  EXPECT_EQ(report->allow_functions, (std::vector<std::string>{"now_utc", "f", "g"}));
  const auto readonly = RoleOf(roles, "readonly");
  EXPECT_EQ(readonly->limits.statement_timeout, 0ms);
  EXPECT_EQ(readonly->max_statement_bytes, std::size_t{2} << 20);  // the config's
}

std::string TwoEnvironments(const std::string& logins) {
  return "roles: {support: {extends: readonly}, idle: {extends: app}}\n"
         "listen: [{address: 'a:1'}]\n"
         "environments:\n"
         "  staging:\n"
         "    upstream: postgres://h\n"
         "    match: {databases: [staging]}\n"
         "    enforce: false\n"
         "    logins: " +
         logins +
         "\n  production:\n"
         "    upstream: postgres://i\n"
         "    enforce: true\n"
         "    logins: {helen: support}\n"
         "audit: {file: a}\n";
}

TEST_F(RolesTest, RulesAreSharedPerEnvironmentAndRole) {
  const Config config = LoadText(TwoEnvironments("{anna: support, bert: app, carl: support}"));
  const auth::Environment& staging = config.directory.environments[0];
  const auth::Environment& production = config.directory.environments[1];
  EXPECT_EQ(staging.logins[0].rules, staging.logins[2].rules);
  EXPECT_EQ(staging.logins[0].rules, auth::FindRole(staging, "support"));
  EXPECT_NE(staging.logins[0].rules, production.logins[0].rules);
  EXPECT_EQ(production.logins[0].rules->environment, "production");
  EXPECT_NE(auth::FindRole(production, "idle"), nullptr);  // although no login has it
}

TEST_F(RolesTest, ShadowModeIsTheEnvironments) {
  const Config config = LoadText(TwoEnvironments("{anna: support, bert: app}"));
  for (const auto& rules : config.directory.environments[0].roles) {
    EXPECT_FALSE(rules->enforce);
  }
  for (const auto& rules : config.directory.environments[1].roles) {
    EXPECT_TRUE(rules->enforce);
  }
}

TEST_F(RolesTest, LoginsBehindAPatternWithTheSameOwnRoleAreFine) {
  EXPECT_EQ(ErrorOf(TwoEnvironments("{\"s*\": support, sara: support}")), "no error");
}

TEST_F(RolesTest, LoginBehindAPatternWithAnotherOwnRoleIsAnError) {
  // Both stand on readonly, but they are not the same.
  EXPECT_EQ(ErrorOf(TwoEnvironments("{\"s*\": support, sara: readonly}")),
            "pgmoat.yaml:8: login 'sara' is never reached: 's*' above matches it, and the "
            "first match wins; move it up");
}

}  // namespace
}  // namespace pgmoat::config
