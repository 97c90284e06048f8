// environments: … never_upstream, greeting
#include <gtest/gtest.h>

#include "tests/config/config_fixture.h"

namespace pgmoat::config {
namespace {

class RightPlaceTest : public ConfigTest {
 protected:
  static std::string Text(const std::string& upstream, const std::string& more) {
    return "listen: [{address: 'a:1'}]\n"
           "audit: {file: a}\n"
           "environments:\n"
           "  production:\n"
           "    upstream: '" +
           upstream + "'\n    logins: {dev: readonly}\n" + more;
  }
  bool Refused(const std::string& host, const std::string& never) {
    const std::string error =
        ErrorOf(Text("postgres://" + host, "    never_upstream: [" + never + "]\n"));
    if (error == "no error") return false;
    EXPECT_TRUE(
        error.starts_with("pgmoat.yaml:5: environment 'production': the upstream's host"))
        << error;
    return true;
  }
  std::string Greeting(const std::string& text) {
    return LoadText(Text("postgres://h", "    greeting: " + text + "\n"))
        .directory.environments[0]
        .greeting;
  }
};

TEST_F(RightPlaceTest, LocalhostIsEveryWayToThisMachine) {
  for (const char* host :
       {"localhost", "LOCALHOST:5433", "localhost.", "db.localhost", "127.0.0.1",
        "127.8.9.1:5432", "127.1", "0x7f000001", "2130706433", "017700000001", "0", "0.0.0.0",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[0:0::1]:5432", "ip6-localhost",
        "/?host=/run/postgresql", "%2Frun%2Fpostgresql"}) {
    EXPECT_TRUE(Refused(host, "localhost")) << host;
    EXPECT_TRUE(Refused(host, "db.example, LocalHost")) << host;
  }
  for (const char* host : {"db.internal", "notlocalhost", "localhost.example", "128.0.0.1",
                           "10.127.0.1", "[::2]", "[fe80::1]"}) {
    EXPECT_FALSE(Refused(host, "localhost")) << host;
  }
}

TEST_F(RightPlaceTest, NetworksNamesAndPatterns) {
  EXPECT_TRUE(Refused("10.1.2.3", "10.0.0.0/8"));
  EXPECT_TRUE(Refused("10.1.2.3", "192.0.2.1, 10.1.2.3"));
  EXPECT_TRUE(Refused("[2001:db8::7]", "\"2001:db8::/32\""));
  EXPECT_TRUE(Refused("[2001:DB8::7]", "\"2001:db8:0::7\""));
  EXPECT_TRUE(Refused("localhost", "127.0.0.0/8"));
  EXPECT_TRUE(Refused("localhost", "\"::1\""));
  EXPECT_FALSE(Refused("/?host=/run/postgresql", "127.0.0.0/8"));
  EXPECT_FALSE(Refused("11.1.2.3", "10.0.0.0/8"));
  EXPECT_TRUE(Refused("db.dev.example", "\"*.dev.example\""));
  EXPECT_TRUE(Refused("DB.Dev.Example.", "\"*.dev.EXAMPLE\""));
  EXPECT_TRUE(Refused("db7", "\"db?\""));
  EXPECT_FALSE(Refused("dev.example", "\"*.dev.example\""));
  EXPECT_FALSE(Refused("db.example", "\"*.dev.example\", localhost, 127.0.0.0/8"));
}

TEST_F(RightPlaceTest, TheErrorNamesValueAndRemedy) {
  EXPECT_EQ(
      ErrorOf(Text("postgres://127.0.0.1:5432", "    never_upstream: [db.old, 127.0.0.0/8]\n")),
      "pgmoat.yaml:5: environment 'production': the upstream's host '127.0.0.1' is one "
      "that it must never have (environments.production.never_upstream[1]: 127.0.0.0/8); "
      "write the right host, or remove it from never_upstream");
}

TEST_F(RightPlaceTest, WhatIsNeitherNameNorNetworkIsNamed) {
  const auto error = [&](const std::string& never) {
    return ErrorOf(Text("postgres://db", "    never_upstream: [" + never + "]\n"));
  };
  EXPECT_EQ(error("'http://x'").substr(0, 71),
            "pgmoat.yaml:7: 'environments.production.never_upstream[0]': 'http://x' ");
  EXPECT_EQ(error("127.0.0.0/33").substr(0, 75),
            "pgmoat.yaml:7: 'environments.production.never_upstream[0]': '127.0.0.0/33' ");
  EXPECT_EQ(
      error("'db example'"),
      "pgmoat.yaml:7: 'environments.production.never_upstream[0]': 'db example' is neither "
      "a host's name, nor a pattern of one, nor a network; write it as localhost, "
      "\"*.dev.example\" or 127.0.0.0/8");
  // Also behind one that is met.
  EXPECT_NE(error("db, 1.2.3.4/x").find("never_upstream[1]"), std::string::npos);
}

TEST_F(RightPlaceTest, GreetingIsOursOrTheConfigs) {
  EXPECT_EQ(Greeting("true"), auth::kDefaultGreeting);
  EXPECT_EQ(Greeting("false"), "");
  EXPECT_EQ(Greeting("'PRODUCTION. Think.'"), "PRODUCTION. Think.");
  EXPECT_EQ(LoadText(Text("postgres://h", "")).directory.environments[0].greeting, "");
  const auto error = [&](const std::string& greeting) {
    return ErrorOf(Text("postgres://h", "    greeting: " + greeting + "\n"));
  };
  EXPECT_NE(error(std::string(1001, 'x')).find("is not one line of 1 to 1000 bytes"),
            std::string::npos);
  EXPECT_EQ(error("''"),
            "pgmoat.yaml:7: 'environments.production.greeting' is empty; write a value, or "
            "remove it");
  EXPECT_EQ(error("\"a\\nb\""),
            "pgmoat.yaml:7: 'environments.production.greeting' contains a control character; "
            "write it on one line");
}

}  // namespace
}  // namespace pgmoat::config
