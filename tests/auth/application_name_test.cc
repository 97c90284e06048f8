#include "proxy/auth/application_name.h"

#include <gtest/gtest.h>

namespace pgmoat::auth {
namespace {

ApplicationName Default(std::string_view login = "dev",
                        std::string_view address = "192.0.2.7") {
  return {kDefaultApplicationName, login, address, "production"};
}

TEST(ApplicationName, CarriesWhoCameThrough) {
  EXPECT_EQ(Default().Decorate("psql"), "psql [dev@192.0.2.7 via pgmoat]");
  EXPECT_EQ(Default().Decorate(""), "[dev@192.0.2.7 via pgmoat]");
  EXPECT_EQ(
      ApplicationName("{environment}/{login}: {name}", "dev", "::1", "prod").Decorate("x"),
      "prod/dev: x");
}

TEST(ApplicationName, WithoutFormatNamesAreLeftAlone) {
  EXPECT_FALSE(ApplicationName().on());
  EXPECT_FALSE(ApplicationName("", "dev", "::1", "prod").on());
  EXPECT_EQ(ApplicationName().Decorate("psql"), "psql");
  EXPECT_EQ(ApplicationName().Strip("psql"), "psql");
}

TEST(ApplicationName, WhatWasMadeIsRecognised) {
  const ApplicationName name = Default();
  for (const char* own : {"psql", "", " ", "a [b] c", "[dev@192.0.2.7 via pgmoat]"}) {
    const std::string made = name.Decorate(own);
    ASSERT_TRUE(name.Strip(made)) << own;
    EXPECT_EQ(*name.Strip(made), own);
  }
}

TEST(ApplicationName, WhatWasNotMadeIsNot) {
  const ApplicationName name = Default();
  for (const char* other : {"psql", "", "psql [dev@192.0.2.8 via pgmoat]",
                            "psql [dev@192.0.2.7 via pgmoat] really", "[dev@192.0.2.7 via"}) {
    EXPECT_FALSE(name.Strip(other)) << other;
  }
}

TEST(ApplicationName, PgmoatsPartSurvivesTheServersLimit) {
  const std::string made = Default().Decorate(std::string(200, 'x'));
  EXPECT_EQ(made.size(), 63U);
  EXPECT_TRUE(made.ends_with(" [dev@192.0.2.7 via pgmoat]"));
  EXPECT_TRUE(Default().Strip(made));
}

TEST(ApplicationName, LoginTooLongForTheLimitIsCutAndStillRecognised) {
  const ApplicationName name = Default(std::string(100, 'l'));
  const std::string made = name.Decorate("psql");
  EXPECT_LE(made.size(), 63U);
  EXPECT_TRUE(name.Strip(made));
  EXPECT_TRUE(name.Strip(name.Decorate("")));
}

TEST(ApplicationName, OnlyPrintableAsciiAsTheServerHasIt) {
  EXPECT_EQ(Default("jos\xC3\xA9").Decorate("a\nb"), "a?b [jos??@192.0.2.7 via pgmoat]");
  EXPECT_EQ(AsServerHasName("caf\xC3\xA9"), "caf??");
  EXPECT_EQ(AsServerHasName(std::string(70, 'x')).size(), 63U);
}

TEST(ApplicationName, LoginIsNeverReadAsAFormat) {
  EXPECT_EQ(Default("{address}{name}").Decorate("x"),
            "x [{address}{name}@192.0.2.7 via pgmoat]");
}

TEST(ApplicationName, AddressesWithoutPort) {
  EXPECT_EQ(WithoutPort("127.0.0.1:53212"), "127.0.0.1");
  EXPECT_EQ(WithoutPort("[2001:db8::1]:53212"), "2001:db8::1");
  EXPECT_EQ(WithoutPort("[local] uid 1000 pid 4711"), "[local]");
}

}  // namespace
}  // namespace pgmoat::auth
