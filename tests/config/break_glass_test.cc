// roles: … break_glass
#include <gtest/gtest.h>

#include "tests/config/config_fixture.h"

namespace pgmoat::config {
namespace {

using namespace std::chrono_literals;

class BreakGlassTest : public ConfigTest {
 protected:
  static std::string Text(const std::string& roles) {
    return "roles:\n" + roles +
           "listen: [{address: 'a:1'}]\n"
           "environments: {p: {upstream: 'postgres://h', logins: {dev: readonly}}}\n"
           "audit: {file: a}\n";
  }
  policy::BreakGlass Of(const std::string& roles, const std::string& name) {
    const Config config = LoadText(Text(roles));
    return auth::FindRole(config.directory.environments[0], name)->break_glass;
  }
  std::string ErrorOfRoles(const std::string& roles) { return ErrorOf(Text(roles)); }
};

TEST_F(BreakGlassTest, NobodyMayUnlessTheConfigSaysSo) {
  for (const char* role : {"readonly", "app", "deploy", "admin"}) {
    EXPECT_EQ(Of("  app: {limits: {max_rows: 5}}\n", role).max, 0ms) << role;
  }
}

TEST_F(BreakGlassTest, ABuiltInRoleBecomesAdminOrAnother) {
  EXPECT_EQ(Of("  deploy: {break_glass: {max: 15min}}\n", "deploy").max, 15min);
  EXPECT_EQ(Of("  deploy: {break_glass: {max: 15m}}\n", "deploy").max, 15min);
  EXPECT_EQ(Of("  deploy: {break_glass: {max: 15min}}\n", "deploy").role, "admin");
  EXPECT_EQ(Of("  readonly: {break_glass: {max: 1s, role: app}}\n", "readonly").role, "app");
  EXPECT_EQ(Of("  readonly: {break_glass: {max: 1s, role: app}}\n", "app").max, 0ms);
}

TEST_F(BreakGlassTest, ARoleInheritsItAndMayGiveItUp) {
  const std::string roles =
      "  deploy: {break_glass: {max: 15min}}\n"
      "  fixer: {extends: app, rules: [{allow: [truncate]}]}\n"
      "  night: {extends: deploy, break_glass: {max: 1h, role: fixer}}\n"
      "  day: {extends: deploy}\n"
      "  ci: {extends: deploy, break_glass: {max: none}}\n";
  EXPECT_EQ(Of(roles, "night").max, 1h);
  EXPECT_EQ(Of(roles, "night").role, "fixer");
  EXPECT_EQ(Of(roles, "day").max, 15min);
  EXPECT_EQ(Of(roles, "ci").max, 0ms);
}

TEST_F(BreakGlassTest, MistakesAreNamed) {
  EXPECT_EQ(
      ErrorOfRoles("  deploy:\n    break_glass: {role: admin}\n"),
      "pgmoat.yaml:3: 'roles.deploy.break_glass' has no 'max'; write how long a grant may "
      "last, as max: 15min, or none");
  EXPECT_EQ(ErrorOfRoles("  deploy:\n    break_glass: {max: soon}\n").substr(0, 53),
            "pgmoat.yaml:3: 'roles.deploy.break_glass.max': 'soon'");
  EXPECT_EQ(
      ErrorOfRoles("  deploy:\n    break_glass: {max: 25h}\n"),
      "pgmoat.yaml:3: 'roles.deploy.break_glass.max': '25h' is out of range; choose 1s to "
      "24h, or none");
  EXPECT_EQ(ErrorOfRoles("  deploy:\n    break_glass: {max: 1h, reason: x}\n").substr(0, 37),
            "pgmoat.yaml:3: unknown key 'reason'; ");
  EXPECT_EQ(
      ErrorOfRoles("  deploy:\n    break_glass: {max: 1h, role: amdin}\n"),
      "pgmoat.yaml:3: break_glass of role 'deploy' gives role 'amdin', which there is not; "
      "did you mean 'admin'?");
  EXPECT_EQ(
      ErrorOfRoles("  admin:\n    break_glass: {max: 1h}\n"),
      "pgmoat.yaml:3: break_glass of role 'admin' gives role 'admin', which it is already; "
      "write another one under role:, or remove break_glass");
  EXPECT_EQ(ErrorOfRoles("  support: {extends: readonly}\n  app:\n    break_glass: {max: 1h, "
                         "role: support}\n"),
            "pgmoat.yaml:4: break_glass of role 'app' gives role 'support', which only reads; "
            "write one that may do more under role:");
}

}  // namespace
}  // namespace pgmoat::config
