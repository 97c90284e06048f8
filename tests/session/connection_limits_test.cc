// max_connections of a role (role_counters.h).
#include <gtest/gtest.h>

#include "tests/session/conversation.h"

namespace pgmoat::session::testing {
namespace {

class ConnectionLimits : public ::testing::Test {
 protected:
  ConnectionLimits() : c({}, Directory(1)) {}
  static std::shared_ptr<const auth::Directory> Directory(
      std::uint64_t version,
      std::vector<std::pair<std::string, policy::BuiltinRole>> overrides = {}) {
    policy::RoleLimits limits;
    limits.max_connections = 2;
    return MakeDirectory(version, std::move(overrides), 1 << 20, limits);
  }
  RoleCounters::Counter& Count(std::string_view role = "app") {
    return c.roles.Sessions("production", role);
  }
  Conversation c;
};

constexpr std::string_view kRefused =
    "<- ErrorResponse FATAL 53300 \"too many connections for role app in environment "
    "production (max_connections 2)\"\n** Close\n";

TEST_F(ConnectionLimits, SessionsHaveAPlaceFromAuthenticationToTheirEnd) {
  c.Run("client Startup user=app database=shop\nconnected");
  EXPECT_EQ(Count(), 0U);
  c.Run("server AuthenticationOk");
  EXPECT_EQ(Count(), 1U);
  c.Run("server ReadyForQuery I\nclient-closed");
  EXPECT_EQ(Count(), 0U);
}

TEST_F(ConnectionLimits, OneTooManyIsRefusedBeforeTheServerIsAsked) {
  Count() = 2;
  EXPECT_EQ(c.Run("client Startup user=app database=shop"), kRefused);
  EXPECT_EQ(c.trail.Lines(), "login denied limit.max-connections 53300\n");
  EXPECT_EQ(c.metrics.refused_logins, 1);
  EXPECT_EQ(c.metrics.limits, "limit.max-connections\n");
  EXPECT_EQ(Count(), 2U);
}

TEST_F(ConnectionLimits, OneTooManyIsRefusedWhenTheLastPlaceWentMeanwhile) {
  c.Run("client Startup user=app database=shop\nconnected");
  Count() = 2;
  EXPECT_EQ(c.Run("server AuthenticationOk"), kRefused);
  EXPECT_EQ(Count(), 2U);
}

TEST_F(ConnectionLimits, OtherRolesAreNotTouched) {
  Count() = 2;
  c.LogIn("deploy");
  EXPECT_TRUE(c.session().LoggedIn());
  EXPECT_EQ(Count("deploy"), 1U);
}

TEST_F(ConnectionLimits, FailedLoginHasNoPlace) {
  c.Run(
      "client Startup user=app database=shop\nconnected\n"
      "server AuthenticationCleartextPassword\nclient Password x\n"
      "server Error FATAL 28P01 wrong");
  EXPECT_EQ(Count(), 0U);
}

TEST_F(ConnectionLimits, PlaceIsGivenBackWithoutAGoodbye) {
  RoleCounters::Counter counter{0};
  {
    SessionPlace place;
    EXPECT_TRUE(place.Take(counter, 1));
    SessionPlace other;
    EXPECT_FALSE(other.Take(counter, 1));
    EXPECT_EQ(counter, 1U);
  }
  EXPECT_EQ(counter, 0U);
}

TEST_F(ConnectionLimits, ReloadThatChangesTheRoleMovesThePlace) {
  c.LogIn("admin");
  EXPECT_EQ(Count("admin"), 1U);
  Count("app") = 2;  // a session stays, also where there are too many
  c.out.Clear();
  c.session().SetDirectory(Directory(2, {{"admin", policy::BuiltinRole::kApp}}), c.now, c.out);
  EXPECT_EQ(Count("admin"), 0U);
  EXPECT_EQ(Count("app"), 3U);
  c.Run("kill");
  EXPECT_EQ(Count("app"), 2U);
}

}  // namespace
}  // namespace pgmoat::session::testing
