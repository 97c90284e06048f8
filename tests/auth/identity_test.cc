#include "proxy/auth/identity.h"

#include <gtest/gtest.h>

namespace pgmoat::auth {
namespace {

std::shared_ptr<const policy::Rules> RulesOf(policy::BuiltinRole role) {
  auto rules = std::make_shared<policy::Rules>();
  rules->role = role;
  return rules;
}

Directory TwoEnvironments() {
  Directory directory;
  directory.environments.push_back(
      {"staging",
       {.databases = {"shop_staging", "test_*"}, .server_names = {}, .listeners = {}},
       {{"dev_*", RulesOf(policy::BuiltinRole::kApp)}}});
  directory.environments.push_back({"production",
                                    {},
                                    {{"dev_root", RulesOf(policy::BuiltinRole::kAdmin)},
                                     {"dev_*", RulesOf(policy::BuiltinRole::kReadonly)}}});
  return directory;
}

TEST(Identify, FirstEnvironmentThatMatchesIsTaken) {
  const Directory directory = TwoEnvironments();
  const Identity identity =
      Identify(directory,
               {.user = "dev_anna", .database = "test_1", .server_name = "", .listener = "x"});
  EXPECT_EQ(identity.status, Identity::Status::kKnown);
  EXPECT_EQ(identity.environment, &directory.environments[0]);
  EXPECT_EQ(identity.rules->role, policy::BuiltinRole::kApp);
}

TEST(Identify, EmptyMatchTakesEverything) {
  const Directory directory = TwoEnvironments();
  const Identity identity = Identify(
      directory, {.user = "dev_anna", .database = "shop", .server_name = "", .listener = "x"});
  EXPECT_EQ(identity.environment, &directory.environments[1]);
  EXPECT_EQ(identity.rules->role, policy::BuiltinRole::kReadonly);
}

TEST(Identify, FirstLoginThatMatchesIsTaken) {
  const Directory directory = TwoEnvironments();
  const Identity identity = Identify(
      directory, {.user = "dev_root", .database = "shop", .server_name = "", .listener = "x"});
  EXPECT_EQ(identity.rules->role, policy::BuiltinRole::kAdmin);
}

TEST(Identify, UnknownLoginDoesNotFallThroughToTheNextEnvironment) {
  Directory directory = TwoEnvironments();
  directory.environments[1].logins.push_back({"*", RulesOf(policy::BuiltinRole::kAdmin)});
  const Identity identity = Identify(
      directory, {.user = "eve", .database = "test_1", .server_name = "", .listener = "x"});
  EXPECT_EQ(identity.status, Identity::Status::kNoLogin);
  EXPECT_EQ(identity.environment, &directory.environments[0]);
  EXPECT_EQ(identity.rules, nullptr);
}

TEST(Identify, NoEnvironmentMatches) {
  Directory directory = TwoEnvironments();
  directory.environments.pop_back();
  const Identity identity = Identify(
      directory, {.user = "dev_anna", .database = "shop", .server_name = "", .listener = "x"});
  EXPECT_EQ(identity.status, Identity::Status::kNoEnvironment);
  EXPECT_EQ(identity.environment, nullptr);
  EXPECT_EQ(identity.rules, nullptr);
}

TEST(Identify, EmptyDirectoryKnowsNobody) {
  EXPECT_EQ(Identify(Directory{}, {}).status, Identity::Status::kNoEnvironment);
}

Directory ByMatch(Match match) {
  Directory directory;
  directory.environments.push_back(
      {"only", std::move(match), {{"*", RulesOf(policy::BuiltinRole::kApp)}}});
  return directory;
}

TEST(Identify, ServerNameIsComparedWithoutCase) {
  const Directory directory =
      ByMatch({.databases = {}, .server_names = {"*.DB.example.org"}, .listeners = {}});
  const auto status = [&](std::string_view name) {
    return Identify(directory,
                    {.user = "u", .database = "d", .server_name = name, .listener = "l"})
        .status;
  };
  EXPECT_EQ(status("Prod.db.Example.org"), Identity::Status::kKnown);
  EXPECT_EQ(status("example.org"), Identity::Status::kNoEnvironment);
}

TEST(Identify, ClientWithoutServerNameIsInNoListOfServerNames) {
  const Directory directory =
      ByMatch({.databases = {}, .server_names = {"*"}, .listeners = {}});
  EXPECT_EQ(
      Identify(directory, {.user = "u", .database = "d", .server_name = "", .listener = "l"})
          .status,
      Identity::Status::kNoEnvironment);
}

TEST(Identify, ListenersAreComparedAsWritten) {
  const Directory directory =
      ByMatch({.databases = {}, .server_names = {}, .listeners = {"127.0.0.1:6432"}});
  const auto status = [&](std::string_view listener) {
    return Identify(directory,
                    {.user = "u", .database = "d", .server_name = "", .listener = listener})
        .status;
  };
  EXPECT_EQ(status("127.0.0.1:6432"), Identity::Status::kKnown);
  EXPECT_EQ(status("127.0.0.1:6433"), Identity::Status::kNoEnvironment);
}

TEST(Identify, AllListsOfAMatchMustHold) {
  const Directory directory =
      ByMatch({.databases = {"shop"}, .server_names = {"db"}, .listeners = {"l"}});
  EXPECT_EQ(Identify(directory,
                     {.user = "u", .database = "shop", .server_name = "db", .listener = "l"})
                .status,
            Identity::Status::kKnown);
  EXPECT_EQ(Identify(directory,
                     {.user = "u", .database = "shop", .server_name = "db", .listener = "m"})
                .status,
            Identity::Status::kNoEnvironment);
  EXPECT_EQ(Identify(directory,
                     {.user = "u", .database = "blog", .server_name = "db", .listener = "l"})
                .status,
            Identity::Status::kNoEnvironment);
}

TEST(FindRole, FindsBuiltInAndOwnRolesByTheirNames) {
  auto support = std::make_shared<policy::Rules>();
  support->name = "support";
  Environment environment;
  environment.roles = {RulesOf(policy::BuiltinRole::kReadonly), support};
  EXPECT_EQ(FindRole(environment, "support"), support);
  EXPECT_EQ(FindRole(environment, "readonly"), environment.roles[0]);
  EXPECT_EQ(FindRole(environment, "app"), nullptr);
  EXPECT_EQ(FindRole(environment, ""), nullptr);
}

}  // namespace
}  // namespace pgmoat::auth
