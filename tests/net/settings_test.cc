#include "proxy/net/settings.h"

#include <gtest/gtest.h>

namespace pgmoat::net {
namespace {

config::Config TwoEnvironments() {
  config::Config config;
  config.directory.environments.resize(2);
  config.directory.environments[0].name = "production";
  config.directory.environments[1].name = "staging";
  config.upstreams.resize(2);
  config.upstreams[0].host = "10.0.0.1";
  config.upstreams[1].host = "10.0.0.2";
  for (auto& upstream : config.upstreams) upstream.sslmode = config::SslMode::kDisable;
  return config;
}

TEST(ReachableUpstreams, AllWithoutListenerMatch) {
  const auto settings = MakeSettings(TwoEnvironments());
  EXPECT_EQ(ReachableUpstreams(*settings, "0.0.0.0:6432").size(), 2U);
}

TEST(ReachableUpstreams, OnlyThoseOfTheListener) {
  config::Config config = TwoEnvironments();
  config.directory.environments[0].match.listeners = {"*:6432"};
  config.directory.environments[1].match.listeners = {"*:6433"};
  const auto settings = MakeSettings(config);
  const auto reachable = ReachableUpstreams(*settings, "0.0.0.0:6433");
  ASSERT_EQ(reachable.size(), 1U);
  EXPECT_EQ(reachable[0]->upstream.host, "10.0.0.2");
}

TEST(ReachableUpstreams, SameServerOnce) {
  config::Config config = TwoEnvironments();
  config.upstreams[1] = config.upstreams[0];
  const auto settings = MakeSettings(config);
  EXPECT_EQ(ReachableUpstreams(*settings, "0.0.0.0:6432").size(), 1U);
}

TEST(MakeSettings, MissingRootCertificateNamesEnvironmentAndFile) {
  config::Config config = TwoEnvironments();
  config.upstreams[1].sslmode = config::SslMode::kVerifyFull;
  config.upstreams[1].sslrootcert = "/nonexistent/root.crt";
  try {
    MakeSettings(config);
    FAIL();
  } catch (const std::runtime_error& e) {
    const std::string text = e.what();
    EXPECT_NE(text.find("environment staging"), std::string::npos) << text;
    EXPECT_NE(text.find("/nonexistent/root.crt"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace pgmoat::net
