#include "proxy/audit/reading/filter.h"

#include <gtest/gtest.h>

namespace pgmoat::audit {
namespace {

constexpr const char* kLine =
    R"({"v":2,"seq":17,"id":"01JDQ5","time":"2026-11-27T19:45:00.123456789Z",)"
    R"("event":"statement","environment":"production","session":"01SES","login":"shop_app",)"
    R"("role":"app","database":"shop","kinds":["read","insert"],)"
    R"("relations":[{"name":"public.orders","access":"write"},{"name":"users","access":"read"}],)"
    R"("decision":"allow","outcome":"ok","rule":"limits.rows"})";

bool Picks(const FilterOptions& options, std::string line = kLine) {
  Filter filter(options);
  const bool picked = filter.Pick(line).has_value();
  EXPECT_EQ(filter.damaged(), 0U);
  // What is not even parsed must not have matched.
  EXPECT_EQ(picked, filter.Matches(Json::parse(line)));
  return picked;
}

TEST(Filter, WithoutCriteriaAllArePicked) { EXPECT_TRUE(Picks({})); }

TEST(Filter, EachCriterionPicksItsOwn) {
  const auto check = [](std::vector<std::string> FilterOptions::*criterion,
                        const std::vector<std::string>& good,
                        const std::vector<std::string>& bad) {
    for (const std::string& pattern : good) {
      FilterOptions options;
      options.*criterion = {pattern};
      EXPECT_TRUE(Picks(options)) << pattern;
      options.*criterion = {"nothing", pattern};
      EXPECT_TRUE(Picks(options)) << pattern;
    }
    for (const std::string& pattern : bad) {
      FilterOptions options;
      options.*criterion = {pattern};
      EXPECT_FALSE(Picks(options)) << pattern;
    }
  };
  using O = FilterOptions;
  check(&O::logins, {"shop_app", "shop*", "*", "s?op_app", "*_app"},
        {"shop", "Shop_app", "app", "*shop", ""});
  check(&O::roles, {"app"}, {"readonly", "shop_app"});
  check(&O::environments, {"production", "prod*"}, {"staging"});
  check(&O::databases, {"shop"}, {"shop_app"});
  check(&O::sessions, {"01SES"}, {"01JDQ5"});
  check(&O::events, {"statement"}, {"login"});
  check(&O::decisions, {"allow"}, {"deny"});
  check(&O::outcomes, {"ok"}, {"error"});
  check(&O::rules, {"limits.rows", "limits.*"}, {"readonly.*"});
  check(&O::ids, {"01JDQ5"}, {"01JDQ"});
  check(&O::kinds, {"read", "insert", "ins*"}, {"delete", "write"});
  check(&O::relations, {"public.orders", "orders", "users", "ord*", "public.*", "*.orders"},
        {"order", "public", "private.*", "public.users"});
}

TEST(Filter, AllCriteriaMustBeMet) {
  FilterOptions options;
  options.logins = {"shop_app"};
  options.outcomes = {"ok"};
  EXPECT_TRUE(Picks(options));
  options.outcomes = {"error"};
  EXPECT_FALSE(Picks(options));
}

TEST(Filter, DeniedIsWhatPgmoatRefused) {
  FilterOptions options;
  options.denied = true;
  EXPECT_FALSE(Picks(options));
  EXPECT_TRUE(Picks(options, R"({"event":"statement","decision":"deny","outcome":"denied"})"));
  EXPECT_TRUE(Picks(options, R"({"event":"login","outcome":"denied"})"));
  EXPECT_FALSE(Picks(options, R"({"decision":"would_deny","outcome":"ok"})"));
  EXPECT_FALSE(Picks(options, R"({"decision":"allow","statement":"SELECT \"denied\""})"));
}

TEST(Filter, TimesBoundFromSinceToBeforeUntil) {
  const auto picks = [](const char* since, const char* until) {
    FilterOptions options;
    options.since = since;
    options.until = until;
    return Picks(options);
  };
  EXPECT_TRUE(picks("2026-11-27T19:45:00", ""));
  EXPECT_TRUE(picks("2026-11-27T19:45:00.123456789", ""));
  EXPECT_FALSE(picks("2026-11-27T19:45:00.12345679", ""));
  EXPECT_TRUE(picks("", "2026-11-27T19:45:01"));
  EXPECT_FALSE(picks("", "2026-11-27T19:45:00.123456789"));
  EXPECT_FALSE(picks("", "2026-11-27T19:45:00"));
  EXPECT_TRUE(picks("2026-11-27T19:45:00.1", "2026-11-27T19:45:00.2"));
}

TEST(Filter, AnotherWritersLineIsFoundAsWell) {
  FilterOptions options;
  options.logins = {"shop_app"};
  options.since = "2026-11-27T19";
  EXPECT_TRUE(Picks(options, R"({ "login" : "shop_app", "time" : "2026-11-27T19:45:00Z" })"));
  options.logins = {"a/b"};
  EXPECT_TRUE(Picks(options, R"({ "login" : "a\/b", "time" : "2026-11-27T19:45:00Z" })"));
  options.logins = {"é"};
  EXPECT_TRUE(Picks(options, R"({ "login" : "\u00e9", "time" : "2026-11-27T19:45:00Z" })"));
}

TEST(Filter, DamagedLinesAreCounted) {
  Filter filter({});
  for (const char* line : {"", "junk", "{\"a\":", "[]", "7", "{\"a\":\"}", "{}{}"}) {
    EXPECT_FALSE(filter.Pick(line).has_value()) << line;
  }
  EXPECT_EQ(filter.damaged(), 7U);
}

TEST(Filter, WrongTypesDoNotMatch) {
  FilterOptions options;
  options.relations = {"*"};
  for (const char* line : {R"({"relations":"x"})", R"({"relations":[1,null,"x"]})",
                           R"({"relations":{"name":"x"}})"}) {
    EXPECT_FALSE(Picks(options, line)) << line;
  }
}

}  // namespace
}  // namespace pgmoat::audit
