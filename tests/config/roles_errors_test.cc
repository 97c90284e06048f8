// Mistakes in roles and rules: each names line, value and remedy.
#include <gtest/gtest.h>

#include "tests/config/config_fixture.h"

namespace pgmoat::config {
namespace {

class RolesErrorsTest : public ConfigTest {
 protected:
  // `roles` is the section from its second line on: what stands first is on line 2.
  std::string RolesError(const std::string& roles, const std::string& login = "dev: readonly") {
    return ErrorOf("roles:\n" + roles +
                   "listen: [{address: 'a:1'}]\n"
                   "environments: {p: {upstream: 'postgres://h', logins: {" +
                   login + "}}}\naudit: {file: a}\n");
  }
  // `rule` is what stands behind the dash on line 5.
  std::string RuleError(const std::string& rule) {
    return RolesError("  r:\n    extends: readonly\n    rules:\n      - " + rule + "\n");
  }
  std::string LimitError(const std::string& limit) {
    return RolesError("  r:\n    extends: readonly\n    limits:\n      " + limit + "\n");
  }
};

TEST_F(RolesErrorsTest, NamesOfRoles) {
  const std::string plain = ": a role's name is 1 to 63 letters, digits, '_' or '-'; rename it";
  EXPECT_EQ(RolesError("  \"a b\": {extends: app}\n"), "pgmoat.yaml:2" + plain);
  EXPECT_EQ(RolesError("  a.b: {extends: app}\n"), "pgmoat.yaml:2" + plain);
  EXPECT_EQ(RolesError("  \"\": {extends: app}\n"), "pgmoat.yaml:2" + plain);
  EXPECT_EQ(RolesError("  " + std::string(64, 'a') + ": {extends: app}\n"),
            "pgmoat.yaml:2" + plain);
  for (const std::string name : {"any", "login"}) {
    EXPECT_EQ(RolesError("  " + name + ": {extends: app}\n"),
              "pgmoat.yaml:2: role '" + name +
                  "' has a name that pgmoat's own rules begin with; rename it");
  }
}

TEST_F(RolesErrorsTest, BuiltInRolesTakeOnlyLimitsAuditAndBreakGlass) {
  EXPECT_EQ(
      RolesError("  app:\n    limits: {max_rows: 1}\n    rules: []\n"),
      "pgmoat.yaml:4: role 'app' is built in and takes only limits, audit and break_glass; "
      "write a role of another name, with extends: app");
  EXPECT_EQ(RolesError("  admin:\n    extends: readonly\n"),
            "pgmoat.yaml:3: role 'admin' is built in and takes only limits, audit and "
            "break_glass; write a role of another name, with extends: admin");
  EXPECT_EQ(RolesError("  app:\n    limts: {}\n"),
            "pgmoat.yaml:3: unknown key 'limts'; did you mean 'limits'?");
}

TEST_F(RolesErrorsTest, ShapesAreChecked) {
  EXPECT_EQ(RolesError("  r: {}\n"),
            "pgmoat.yaml:2: 'roles.r' is empty; write 'key: value' lines under it");
  EXPECT_EQ(RolesError("  r: {extends: app, ruls: []}\n"),
            "pgmoat.yaml:2: unknown key 'ruls'; did you mean 'rules'?");
  EXPECT_EQ(RolesError("  r: {extends: app, rules: []}\n"),
            "pgmoat.yaml:2: 'roles.r.rules' is an empty list; add an item, or remove it");
  EXPECT_EQ(RolesError("  r: {extends: app}\n  r: {extends: app}\n"),
            "pgmoat.yaml:3: duplicate key 'r', first on line 2; keep one of them");
  EXPECT_EQ(RolesError("  r:\n    extends: app\n    allow_functions: [\"f(int)\"]\n"),
            "pgmoat.yaml:4: 'roles.r.allow_functions[0]': 'f(int)' is not a function's name; "
            "write it without arguments, as app.get_user");
}

TEST_F(RolesErrorsTest, ExtendsNamesARole) {
  EXPECT_EQ(RolesError("  r:\n    limits: {max_rows: 1}\n"),
            "pgmoat.yaml:2: 'roles.r' has no 'extends'; write extends: readonly, or another "
            "role that it adds to");
  EXPECT_EQ(RolesError("  r:\n    extends: redonly\n"),
            "pgmoat.yaml:3: role 'r' extends the unknown role 'redonly'; did you mean "
            "'readonly'?");
  EXPECT_EQ(
      RolesError("  r:\n    extends: writer\n  support: {extends: app}\n"),
      "pgmoat.yaml:3: role 'r' extends the unknown role 'writer'; choose one of readonly, "
      "app, deploy, admin, support");
}

TEST_F(RolesErrorsTest, CyclesAreToldWithTheirPath) {
  EXPECT_EQ(RolesError("  a:\n    extends: a\n"),
            "pgmoat.yaml:3: role 'a' extends itself: a, which extends a; let one of them "
            "extend a built-in role");
  // `x` leads there, but is not in it.
  EXPECT_EQ(RolesError("  x:\n    extends: a\n  a:\n    extends: b\n  b:\n    extends: a\n"),
            "pgmoat.yaml:5: role 'a' extends itself: a, which extends b, which extends a; let "
            "one of them extend a built-in role");
}

TEST_F(RolesErrorsTest, UnknownRoleOfALoginListsTheConfigsOwn) {
  const std::string roles = "  support: {extends: app}\n  audit: {extends: readonly}\n";
  EXPECT_EQ(RolesError(roles, "dev: suport"),
            "pgmoat.yaml:5: login 'dev' has the unknown role 'suport'; did you mean 'support'? "
            "Built in are readonly, app, deploy, admin; the config has support, audit");
  EXPECT_EQ(RolesError(roles, "dev: superuser"),
            "pgmoat.yaml:5: login 'dev' has the unknown role 'superuser'; built in are "
            "readonly, app, deploy, admin; the config has support, audit");
}

TEST_F(RolesErrorsTest, ARuleHasOneEffect) {
  EXPECT_EQ(RuleError("relations: [a]"),
            "pgmoat.yaml:5: 'roles.r.rules[0]' has no effect; write allow, deny or log with a "
            "list of kinds, or all");
  EXPECT_EQ(RuleError("allow: [read]\n        deny: [insert]"),
            "pgmoat.yaml:6: 'roles.r.rules[0]' has a second effect, 'deny'; keep one of allow, "
            "deny and log, and write another rule");
  EXPECT_EQ(RuleError("dney: [read]"),
            "pgmoat.yaml:5: unknown key 'dney'; did you mean 'deny'?");
}

TEST_F(RolesErrorsTest, KindsAreAllOrAListOfKnownOnes) {
  EXPECT_EQ(RuleError("deny: read"),
            "pgmoat.yaml:5: 'roles.r.rules[0].deny': 'read' is neither all nor a list; write a "
            "list of kinds, as [read, insert]");
  EXPECT_EQ(RuleError("deny: [read, all]"),
            "pgmoat.yaml:5: 'roles.r.rules[0].deny[1]': 'all' stands alone; write it without "
            "brackets");
  EXPECT_EQ(RuleError("deny:\n          - read\n          - inset"),
            "pgmoat.yaml:7: 'roles.r.rules[0].deny[1]': 'inset' is not a kind of statement; "
            "did you mean 'insert'?");
  EXPECT_TRUE(RuleError("deny: [reading]")
                  .starts_with("pgmoat.yaml:5: 'roles.r.rules[0].deny[0]': 'reading' is not a "
                               "kind of statement; choose one of write, alter, ddl, read, "
                               "insert, update, "));
  EXPECT_EQ(RuleError("deny: []"),
            "pgmoat.yaml:5: 'roles.r.rules[0].deny' is an empty list; add an item, or remove "
            "it");
}

TEST_F(RolesErrorsTest, AllowAllIsForFunctions) {
  EXPECT_EQ(RuleError("allow: all\n        relations: [a]"),
            "pgmoat.yaml:5: 'roles.r.rules[0].allow': 'all' would allow the server's files and "
            "programs, too; list the kinds, or extend admin");
  EXPECT_EQ(RuleError("allow: all\n        functions: [f]"), "no error");
  EXPECT_EQ(RuleError("allow: [read]\n        functions: [f]"), "no error");
  EXPECT_EQ(RuleError("deny: all\n        relations: [a]\n        functions: [f]"),
            "pgmoat.yaml:7: 'roles.r.rules[0].functions': a rule is about relations or about "
            "functions; write two rules");
}

TEST_F(RolesErrorsTest, NoRuleLetsThroughWhatIsNotUnderstood) {
  for (const std::string effect : {"allow", "log"}) {
    EXPECT_EQ(RuleError(effect + ": [not_understood]"),
              "pgmoat.yaml:5: 'roles.r.rules[0]." + effect +
                  "': what pgmoat does not understand no rule lets through; remove "
                  "not_understood, or give the login the role admin");
  }
  EXPECT_EQ(RuleError("deny: [not_understood]"), "no error");
}

TEST_F(RolesErrorsTest, NamesOfRelationsAndFunctionsHaveNoQuotes) {
  EXPECT_EQ(RuleError("deny: [read]\n        relations: [a, '\"Orders\"']"),
            "pgmoat.yaml:6: 'roles.r.rules[0].relations[1]': '\"Orders\"' has double quotes; "
            "write the name without them, in the database's case");
  EXPECT_EQ(RuleError("deny: all\n        functions: ['app.\"F\"']"),
            "pgmoat.yaml:6: 'roles.r.rules[0].functions[0]': 'app.\"F\"' has double quotes; "
            "write the name without them, in the database's case");
  EXPECT_EQ(RuleError("deny: all\n        functions: [f()]"),
            "pgmoat.yaml:6: 'roles.r.rules[0].functions[0]': 'f()' is not a function's name; "
            "write it without arguments, as app.get_user");
  EXPECT_EQ(RuleError("deny: all\n        databases: shop"),
            "pgmoat.yaml:6: 'roles.r.rules[0].databases' is not a list; write its items as "
            "'- item' lines or [a, b]");
}

TEST_F(RolesErrorsTest, NamesOfRelationsHaveASchemaAtMost) {
  for (const std::string glob : {"shop.hr.salaries", ".salaries", "hr.", "."}) {
    EXPECT_EQ(RuleError("deny: [read]\n        relations: [" + glob + "]"),
              "pgmoat.yaml:6: 'roles.r.rules[0].relations[0]': '" + glob +
                  "' is not a name; write name or schema.name, with '?' for a dot in either, "
                  "and databases under databases:");
  }
  EXPECT_EQ(RuleError("deny: [read]\n        relations: [hr.*, \"*.salaries\", \"*\"]"),
            "no error");
}

TEST_F(RolesErrorsTest, WithoutWhereBelongsToAnAllowedChange) {
  const std::string error =
      "pgmoat.yaml:6: 'roles.r.rules[0].without_where' belongs to a rule that allows update, "
      "delete or merge; remove it here";
  EXPECT_EQ(RuleError("deny: [update]\n        without_where: true"), error);
  EXPECT_EQ(RuleError("allow: [insert]\n        without_where: false"), error);
  EXPECT_EQ(RuleError("allow: [write]\n        without_where: yes"),
            "pgmoat.yaml:6: 'roles.r.rules[0].without_where': 'yes' is neither true nor false; "
            "write one of them");
}

TEST_F(RolesErrorsTest, ReasonsAreSentencesForTheRefused) {
  EXPECT_EQ(RuleError("allow: [read]\n        reason: Because."),
            "pgmoat.yaml:6: 'roles.r.rules[0].reason': what is allowed needs no reason; write "
            "it as a comment");
  EXPECT_EQ(RuleError("deny: [read]\n        reason: \"a\\nb\""),
            "pgmoat.yaml:6: 'roles.r.rules[0].reason' contains a control character; write it "
            "on one line");
  EXPECT_EQ(RuleError("deny: [read]\n        reason: " + std::string(501, 'a')),
            "pgmoat.yaml:6: 'roles.r.rules[0].reason' is longer than 500 bytes; shorten it");
}

TEST_F(RolesErrorsTest, NamesOfRules) {
  const std::string plain =
      "pgmoat.yaml:6: a rule's name is 1 to 63 letters, digits, '_' or '-', and does not begin "
      "with a digit; rename it";
  EXPECT_EQ(RuleError("deny: [read]\n        name: \"a b\""), plain);
  EXPECT_EQ(RuleError("deny: [read]\n        name: 2"), plain);
  EXPECT_EQ(RuleError("{deny: [read], name: a, relations: [x]}\n"
                      "      - {deny: [insert], name: a}"),
            "pgmoat.yaml:6: rule 'a' of role 'r' is already on line 5; rename one of them");
}

TEST_F(RolesErrorsTest, RuleBehindOneThatTakesAllOfItIsAnError) {
  const auto pair = [&](const std::string& first, const std::string& second) {
    return RuleError("{" + first + "}\n      - {" + second + "}");
  };
  const std::string error =
      "pgmoat.yaml:6: rule 'r.2' is never reached: 'r.1' above matches all that it does, and "
      "the first match wins; move it up";
  EXPECT_EQ(pair("deny: all", "allow: [read]"), error);
  EXPECT_EQ(pair("deny: all", "allow: all, functions: [f]"), error);
  EXPECT_EQ(pair("deny: [read, insert]", "allow: [read], relations: [a]"), error);
  EXPECT_EQ(pair("deny: [read]", "allow: [read, insert]"), "no error");
  EXPECT_EQ(pair("deny: [read]", "deny: all, functions: [f]"), "no error");
  EXPECT_EQ(pair("deny: [read]", "deny: [read], functions: [f]"), "no error");
  EXPECT_EQ(pair("deny: [read], relations: [a]", "allow: [read], relations: [a]"), "no error");
  EXPECT_EQ(pair("deny: all, databases: [a]", "allow: [read]"), "no error");
}

TEST_F(RolesErrorsTest, NetworksSayTheRightOne) {
  EXPECT_EQ(RuleError("deny: all\n        networks: [10.0.0.0/8, 192.0.2.7/24]"),
            "pgmoat.yaml:6: 'roles.r.rules[0].networks[1]': '192.0.2.7/24' has bits set behind "
            "its prefix; write 192.0.2.0/24 for the network, or 192.0.2.7 for the one address");
  EXPECT_EQ(
      RuleError("deny: all\n        networks: [office]"),
      "pgmoat.yaml:6: 'roles.r.rules[0].networks[0]': 'office' is not a network; write it "
      "as 192.0.2.0/24 or 2001:db8::/32");
}

TEST_F(RolesErrorsTest, TimesAreWindowsInUtc) {
  EXPECT_EQ(RuleError("deny: all\n        times: [{from: \"8:00\"}]"),
            "pgmoat.yaml:6: 'roles.r.rules[0].times[0].from': '8:00' is not a time of day; "
            "write it in UTC, as 08:00 or 18:30");
  EXPECT_EQ(RuleError("deny: all\n        times: [{to: \"24:01\"}]"),
            "pgmoat.yaml:6: 'roles.r.rules[0].times[0].to': '24:01' is not a time of day; "
            "write it in UTC, as 08:00 or 24:00");
  EXPECT_EQ(RuleError("deny: all\n        times: [{from: \"08:00\", to: \"08:00\"}]"),
            "pgmoat.yaml:6: 'roles.r.rules[0].times[0]' ends when it begins; leave out from "
            "and to for the whole day");
  EXPECT_EQ(RuleError("deny: all\n        times: [{days: [monday]}]"),
            "pgmoat.yaml:6: 'roles.r.rules[0].times[0].days[0]': 'monday' is not a day; choose "
            "one of mon, tue, wed, thu, fri, sat, sun, weekdays, weekend");
  EXPECT_EQ(RuleError("deny: all\n        times: [{day: [mon]}]"),
            "pgmoat.yaml:6: unknown key 'day'; did you mean 'days'?");
  EXPECT_EQ(RuleError("deny: all\n        times: [{}]"),
            "pgmoat.yaml:6: 'roles.r.rules[0].times[0]' is empty; write 'key: value' lines "
            "under it");
}

TEST_F(RolesErrorsTest, LimitsHaveUnitsAndRanges) {
  EXPECT_EQ(LimitError("statement_timeout: 30"),
            "pgmoat.yaml:5: 'roles.r.limits.statement_timeout': '30' is not a duration; write "
            "it as 500ms, 30s, 5min, 1h or 90d");
  EXPECT_EQ(LimitError("statement_timeout: 0s"),
            "pgmoat.yaml:5: 'roles.r.limits.statement_timeout': '0s' is out of range; choose "
            "10ms to 24h, or none");
  EXPECT_EQ(LimitError("idle_in_transaction_timeout: 25h"),
            "pgmoat.yaml:5: 'roles.r.limits.idle_in_transaction_timeout': '25h' is out of "
            "range; choose 10ms to 24h, or none");
  EXPECT_EQ(LimitError("max_rows: 0"),
            "pgmoat.yaml:5: 'roles.r.limits.max_rows': '0' is out of range; choose 1 to "
            "1000000000000, or none");
  EXPECT_EQ(LimitError("max_rows: 1e6"),
            "pgmoat.yaml:5: 'roles.r.limits.max_rows': '1e6' is not a whole number; write "
            "digits only");
  EXPECT_EQ(LimitError("max_result_bytes: 100MB"),
            "pgmoat.yaml:5: 'roles.r.limits.max_result_bytes': '100MB' is not a size; write it "
            "as 64KiB or 16MiB");
  EXPECT_EQ(LimitError("max_result_bytes: 100"),
            "pgmoat.yaml:5: 'roles.r.limits.max_result_bytes': '100' is out of range; choose "
            "1KiB to 1024GiB, or none");
  EXPECT_EQ(LimitError("max_connections: 0"),
            "pgmoat.yaml:5: 'roles.r.limits.max_connections': '0' is out of range; choose 1 to "
            "1000000, or none");
  EXPECT_EQ(LimitError("max_statement_bytes: none"),
            "pgmoat.yaml:5: 'roles.r.limits.max_statement_bytes': 'none' is not a size; write "
            "it as 64KiB or 16MiB");
  EXPECT_EQ(LimitError("max_statement_bytes: 2GiB"),
            "pgmoat.yaml:5: 'roles.r.limits.max_statement_bytes': '2GiB' is out of range; "
            "choose 1KiB to 1GiB");
  EXPECT_EQ(LimitError("statment_timeout: 1s"),
            "pgmoat.yaml:5: unknown key 'statment_timeout'; did you mean 'statement_timeout'?");
}

TEST_F(RolesErrorsTest, EnforceIsTrueOrFalse) {
  EXPECT_EQ(
      ErrorOf("listen: [{address: 'a:1'}]\nenvironments:\n  p:\n    upstream: postgres://h\n"
              "    enforce: off\n    logins: {a: app}\naudit: {file: a}\n"),
      "pgmoat.yaml:5: 'environments.p.enforce': 'off' is neither true nor false; write one of "
      "them");
}

TEST_F(RolesErrorsTest, EveryTruncationOfARoleIsAnErrorNotACrash) {
  const std::string whole =
      "roles:\n  r:\n    extends: app\n    rules:\n      - name: a\n        deny: [read]\n"
      "        networks: [10.0.0.0/8]\n        times: [{days: [sat], from: \"08:00\"}]\n"
      "        reason: No.\n    limits: {statement_timeout: 30s, max_rows: none}\n";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::string error = ErrorOf(whole.substr(0, length));
    EXPECT_TRUE(error.starts_with("pgmoat.yaml:")) << error;
  }
}

}  // namespace
}  // namespace pgmoat::config
