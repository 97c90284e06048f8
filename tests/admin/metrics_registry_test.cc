#include "proxy/admin/metrics_registry.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace pgmoat::admin {
namespace {

using namespace std::chrono_literals;

// The value of the sample that `text` has under `name`, as it is written there.
std::string Sample(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n" + name + " ");
  if (at == std::string::npos) return "absent";
  const std::size_t value = at + name.size() + 2;
  return text.substr(value, text.find('\n', value) - value);
}

std::size_t Count(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

std::string Statements(const std::string& environment, const std::string& role,
                       const std::string& decision, const std::string& rule) {
  return "pgmoat_statements_total{decision=\"" + decision + "\",environment=\"" + environment +
         "\",role=\"" + role + "\",rule=\"" + rule + "\"}";
}

TEST(MetricsRegistry, AllowedAndDeniedAreOneFamily) {
  MetricsRegistry registry;
  registry.Allowed("production", "readonly");
  registry.Allowed("production", "readonly");
  registry.Allowed("production", "app");
  registry.Denied("production", "readonly", "readonly.write");
  const std::string text = registry.Render();
  EXPECT_EQ(Sample(text, Statements("production", "readonly", "allow", "")), "2");
  EXPECT_EQ(Sample(text, Statements("production", "app", "allow", "")), "1");
  EXPECT_EQ(Sample(text, Statements("production", "readonly", "deny", "readonly.write")), "1");
  EXPECT_EQ(Count(text, "# TYPE pgmoat_statements_total counter"), 1U);
}

TEST(MetricsRegistry, SecondScrapeCountsOnNotAgain) {
  MetricsRegistry registry;
  registry.Allowed("p", "app");
  registry.Forwarded(net::Direction::kClientToServer, 10);
  registry.AddedLatency(3us);
  EXPECT_EQ(Sample(registry.Render(), Statements("p", "app", "allow", "")), "1");
  EXPECT_EQ(Sample(registry.Render(), Statements("p", "app", "allow", "")), "1");
  registry.Allowed("p", "app");
  registry.Forwarded(net::Direction::kClientToServer, 5);
  const std::string text = registry.Render();
  EXPECT_EQ(Sample(text, Statements("p", "app", "allow", "")), "2");
  EXPECT_EQ(Sample(text, "pgmoat_bytes_total{direction=\"client_to_server\"}"), "15");
  EXPECT_EQ(Sample(text, "pgmoat_added_latency_seconds_count"), "1");
}

TEST(MetricsRegistry, GrantsAndHowTheyEnded) {
  MetricsRegistry registry;
  registry.GrantOpened("p", "deploy");
  registry.GrantOpened("p", "deploy");
  registry.GrantEnded("p", "deploy", "expired");
  const std::string text = registry.Render();
  const auto total = [&](const std::string& outcome) {
    return Sample(text, "pgmoat_grants_total{environment=\"p\",outcome=\"" + outcome +
                            "\",role=\"deploy\"}");
  };
  EXPECT_EQ(total("opened"), "2");
  EXPECT_EQ(total("expired"), "1");
  EXPECT_EQ(Sample(text, "pgmoat_grants_active{environment=\"p\",role=\"deploy\"}"), "1");
}

TEST(MetricsRegistry, LoginsAndSessions) {
  MetricsRegistry registry;
  registry.LoginAccepted("p", "app");
  registry.LoginAccepted("p", "app");
  registry.SessionEnded("p", "app");
  registry.LoginRefused("login.unknown");
  const std::string text = registry.Render();
  EXPECT_EQ(Sample(text, "pgmoat_sessions{environment=\"p\",role=\"app\"}"), "1");
  EXPECT_EQ(Sample(text,
                   "pgmoat_logins_total{environment=\"p\",outcome=\"accepted\",role=\"app\","
                   "rule=\"\"}"),
            "2");
  EXPECT_EQ(Sample(text,
                   "pgmoat_logins_total{environment=\"\",outcome=\"refused\",role=\"\",rule="
                   "\"login.unknown\"}"),
            "1");
}

TEST(MetricsRegistry, ConnectionsGoUpAndDown) {
  MetricsRegistry registry;
  registry.Connected();
  registry.Connected();
  registry.Disconnected();
  EXPECT_EQ(Sample(registry.Render(), "pgmoat_client_connections"), "1");
}

TEST(MetricsRegistry, BytesGoByDirection) {
  MetricsRegistry registry;
  registry.Forwarded(net::Direction::kClientToServer, 100);
  registry.Forwarded(net::Direction::kServerToClient, std::size_t{5} << 32);
  const std::string text = registry.Render();
  EXPECT_EQ(Sample(text, "pgmoat_bytes_total{direction=\"client_to_server\"}"), "100");
  EXPECT_EQ(Sample(text, "pgmoat_bytes_total{direction=\"server_to_client\"}"), "21474836480");
}

TEST(MetricsRegistry, LatencyFallsIntoTheBucketThatHoldsIt) {
  MetricsRegistry registry;
  registry.AddedLatency(1us);  // a bound belongs to its bucket
  registry.AddedLatency(1001ns);
  registry.AddedLatency(1s);
  registry.AddedLatency(2s);
  registry.AddedLatency(-1ns);  // a clock that was set back
  const std::string text = registry.Render();
  const auto bucket = [&](const std::string& bound) {
    return Sample(text, "pgmoat_added_latency_seconds_bucket{le=\"" + bound + "\"}");
  };
  EXPECT_EQ(bucket("1e-06"), "2");
  EXPECT_EQ(bucket("2e-06"), "3");
  EXPECT_EQ(bucket("0.5"), "3");
  EXPECT_EQ(bucket("1"), "4");
  EXPECT_EQ(bucket("+Inf"), "5");
  EXPECT_EQ(Sample(text, "pgmoat_added_latency_seconds_count"), "5");
  EXPECT_EQ(Sample(text, "pgmoat_added_latency_seconds_sum").substr(0, 8), "3.000002");
}

TEST(MetricsRegistry, AuditAndReloads) {
  MetricsRegistry registry;
  registry.AuditWritten(7);
  registry.AuditLost(2);
  registry.ProofsWritten(3);
  registry.ProofsLost(4);
  EXPECT_EQ(Sample(registry.Render(), "pgmoat_migration_proofs_total"), "3");
  EXPECT_EQ(Sample(registry.Render(), "pgmoat_migration_proofs_lost_total"), "4");
  registry.Reloaded(true);
  registry.Reloaded(false);
  registry.Reloaded(false);
  EXPECT_EQ(Sample(registry.Render(), "pgmoat_audit_healthy"), "1");
  registry.AuditHealthy(false);
  const std::string text = registry.Render();
  EXPECT_EQ(Sample(text, "pgmoat_audit_records_total"), "7");
  EXPECT_EQ(Sample(text, "pgmoat_audit_lost_records_total"), "2");
  EXPECT_EQ(Sample(text, "pgmoat_audit_healthy"), "0");
  EXPECT_EQ(Sample(text, "pgmoat_config_reloads_total{result=\"success\"}"), "1");
  EXPECT_EQ(Sample(text, "pgmoat_config_reloads_total{result=\"failure\"}"), "2");
}

TEST(MetricsRegistry, FreshRegistryShowsWhatAlertsAreBuiltOn) {
  const MetricsRegistry registry;
  const std::string text = registry.Render();
  for (const char* name :
       {"pgmoat_client_connections", "pgmoat_audit_records_total",
        "pgmoat_audit_lost_records_total", "pgmoat_config_reloads_total{result=\"failure\"}",
        "pgmoat_bytes_total{direction=\"server_to_client\"}"}) {
    EXPECT_EQ(Sample(text, name), "0") << name;
  }
  EXPECT_NE(text.find("pgmoat_build_info{version=\""), std::string::npos);
}

TEST(MetricsRegistry, LabelsAreToldApartByContentNotByAddress) {
  MetricsRegistry registry;
  char name[] = "one";
  registry.Allowed(name, "app");
  name[0] = 't', name[1] = 'w', name[2] = 'o';
  registry.Allowed(name, "app");
  const std::string text = registry.Render();
  EXPECT_EQ(Sample(text, Statements("one", "app", "allow", "")), "1");
  EXPECT_EQ(Sample(text, Statements("two", "app", "allow", "")), "1");
}

TEST(MetricsRegistry, MoreLabelsThanAThreadRemembersStayExact) {
  MetricsRegistry registry;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 500; ++i) registry.Allowed("e" + std::to_string(i), "app");
  }
  const std::string text = registry.Render();
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(Sample(text, Statements("e" + std::to_string(i), "app", "allow", "")), "3");
  }
}

TEST(MetricsRegistry, HostileLabelIsEscaped) {
  MetricsRegistry registry;
  registry.Allowed("a\"b\nc\\d", "app");
  EXPECT_NE(registry.Render().find("environment=\"a\\\"b\\nc\\\\d\""), std::string::npos);
}

TEST(MetricsRegistry, ThreadsAddUpWhileScraped) {
  constexpr int kThreads = 4;
  constexpr int kEach = 20'000;
  MetricsRegistry registry;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          registry.Allowed("p", i % 2 == 0 ? "app" : "readonly");
          registry.Forwarded(net::Direction::kClientToServer, 3);
          registry.AddedLatency(std::chrono::nanoseconds(i));
        }
      });
    }
    for (int i = 0; i < 20; ++i) static_cast<void>(registry.Render());
  }
  const std::string text = registry.Render();
  EXPECT_EQ(Sample(text, Statements("p", "app", "allow", "")), "40000");
  EXPECT_EQ(Sample(text, Statements("p", "readonly", "allow", "")), "40000");
  EXPECT_EQ(Sample(text, "pgmoat_bytes_total{direction=\"client_to_server\"}"), "240000");
  EXPECT_EQ(Sample(text, "pgmoat_added_latency_seconds_count"), "80000");
}

TEST(MetricsRegistry, NextRegistryOfAThreadBeginsAtZero) {
  for (int i = 0; i < 3; ++i) {
    MetricsRegistry registry;
    registry.Allowed("p", "app");
    EXPECT_EQ(Sample(registry.Render(), Statements("p", "app", "allow", "")), "1");
  }
}

TEST(MetricsRegistry, TwoRegistriesOnOneThreadAreApart) {
  MetricsRegistry one;
  MetricsRegistry two;
  for (int i = 0; i < 10; ++i) {
    one.Allowed("p", "app");
    if (i % 2 == 0) two.Allowed("p", "app");
  }
  EXPECT_EQ(Sample(one.Render(), Statements("p", "app", "allow", "")), "10");
  EXPECT_EQ(Sample(two.Render(), Statements("p", "app", "allow", "")), "5");
}

}  // namespace
}  // namespace pgmoat::admin
