// Connections that break behind every byte, over real sockets: the other side is told, nothing
// hangs, and every session that was counted in is counted out.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>

#include "proxy/net/server.h"
#include "tests/net/support.h"

namespace pgmoat::net {
namespace {

class Trail final : public session::AuditTrail {
 public:
  std::string NewId() override { return "id"; }
  [[nodiscard]] bool Healthy() const override { return true; }
  void Append(session::AuditRecord&& record) override {
    if (record.event == session::AuditEvent::kLogin && record.outcome == session::Outcome::kOk)
      ++logins;
    if (record.event == session::AuditEvent::kDisconnect) ++ends;
  }
  std::atomic<int> logins{0};
  std::atomic<int> ends{0};
};

class Counts final : public session::Metrics, public TrafficObserver {
 public:
  void LoginAccepted(std::string_view, std::string_view) override { ++sessions; }
  void LoginRefused(std::string_view) override {}
  void SessionEnded(std::string_view, std::string_view) override { --sessions; }
  void Allowed(std::string_view, std::string_view) override {}
  void Denied(std::string_view, std::string_view, std::string_view) override {}
  void LimitHit(std::string_view, std::string_view, std::string_view) override {}
  void WouldDeny(std::string_view, std::string_view, std::string_view) override {}
  void CatalogRead(std::string_view, bool, std::chrono::nanoseconds) override {}
  void Connected() override { ++connected; }
  void Disconnected() override { ++disconnected; }
  void Forwarded(Direction, std::size_t) override {}
  void AddedLatency(std::chrono::nanoseconds) override {}
  std::atomic<int> sessions{0};
  std::atomic<int> connected{0};
  std::atomic<int> disconnected{0};
};

std::string Message(char type, std::string body) {
  const auto length = static_cast<std::uint32_t>(body.size() + 4);
  std::string message(1, type);
  for (int shift = 24; shift >= 0; shift -= 8)
    message += static_cast<char>(length >> shift & 0xff);
  return message + body;
}

using namespace std::string_literals;

// StartupMessage 3.0 with user=dev, database=shop.
const std::string kStartup = Message('\0', "\0\3\0\0user\0dev\0database\0shop\0\0"s).substr(1);
const std::string kQuery = Message('Q', "SELECT 1\0"s);
const std::string kFromClient = kStartup + kQuery;
const std::string kLoginAnswer =
    Message('R', "\0\0\0\0"s) + Message('K', "\0\0\0\1\0\0\0\2"s) + Message('Z', "I"s);
const std::string kFromServer =
    kLoginAnswer + Message('T', "\0\1a\0\0\0\0\0\0\0\0\0\0\x17\0\4\xff\xff\xff\xff\0\0"s) +
    Message('D', "\0\1\0\0\0\1x"s) + Message('C', "SELECT 1\0"s) + Message('Z', "I"s);

// How a side goes.
enum class Way { kClose, kHalfClose, kReset };

void Break(int fd, Way way) {
  if (way == Way::kHalfClose) {
    ::shutdown(fd, SHUT_WR);
  } else if (way == Way::kReset) {
    const linger abrupt{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &abrupt, sizeof(abrupt));
  }
}

class BrokenConnections : public ::testing::TestWithParam<Way> {
 protected:
  BrokenConnections() {
    config::Listener listener;
    listener.address = "127.0.0.1:0";
    listener.host = "127.0.0.1";
    config_.listen = {listener};
    config_.workers = 1;
    auth::Environment environment;
    environment.name = "production";
    environment.application_name.clear();  // the startup packet passes as it is
    environment.actor_setting = false;
    auto rules = std::make_shared<policy::Rules>();
    rules->role = policy::BuiltinRole::kAdmin;
    environment.logins = {{"*", std::move(rules)}};
    config_.directory.environments = {environment};
    config::Upstream upstream;
    upstream.host = "127.0.0.1";
    upstream.sslmode = config::SslMode::kDisable;
    config_.upstreams = {upstream};
  }

  std::unique_ptr<Server> Start(std::uint16_t upstream_port) {
    config_.upstreams[0].port = upstream_port;
    auto server =
        std::make_unique<Server>(config_, session::Surroundings{&trail_, &counts_}, counts_);
    server->Start();
    return server;
  }

  // All sessions end; then what was counted in is counted out.
  void ExpectAllEnded(Server& server) {
    std::promise<void> done;
    server.Drain(std::chrono::seconds(20), [&] { done.set_value(); });
    done.get_future().wait();
    EXPECT_EQ(server.sessions(), 0U);
    EXPECT_EQ(counts_.connected, counts_.disconnected);
    EXPECT_EQ(counts_.sessions, 0);
    EXPECT_EQ(trail_.logins, trail_.ends);
  }

  config::Config config_;
  Trail trail_;
  Counts counts_;
};

INSTANTIATE_TEST_SUITE_P(Ways, BrokenConnections,
                         ::testing::Values(Way::kClose, Way::kHalfClose, Way::kReset),
                         [](const auto& way) {
                           return way.param == Way::kClose       ? "Close"
                                  : way.param == Way::kHalfClose ? "HalfClose"
                                                                 : "Reset";
                         });

// The server goes behind its Nth byte; the client gets those N, and then an error and the
// end, unless the last message is not whole.
TEST_P(BrokenConnections, OfTheServerBehindEveryByte) {
  const auto rounds = static_cast<int>(kFromServer.size());
  std::atomic<std::size_t> bytes{0};
  test::ScriptedServer upstream(rounds, [&](int fd) {
    test::ReceiveExactly(fd, kStartup.size());
    const std::size_t n = bytes;
    test::SendAll(fd,
                  std::string_view(kFromServer).substr(0, std::min(n, kLoginAnswer.size())));
    if (n > kLoginAnswer.size()) {
      test::ReceiveExactly(fd, kQuery.size());
      test::SendAll(
          fd,
          std::string_view(kFromServer).substr(kLoginAnswer.size(), n - kLoginAnswer.size()));
    }
    Break(fd, GetParam());
    if (GetParam() == Way::kHalfClose) test::ReceiveUntilEnd(fd);
  });
  const auto server = Start(upstream.port());
  for (std::size_t n = 0; n < kFromServer.size(); ++n) {
    bytes = n;
    const UniqueFd client = test::ConnectTo(server->ports()[0]);
    test::SendAll(client.get(), kFromClient);
    const std::string got = test::ReceiveUntilEnd(client.get());
    const bool told = got.find("SFATAL") != std::string::npos;
    // A reset may overtake the last bytes; what came is the beginning of what was sent.
    const std::string before = got.substr(0, told ? got.find("E\0\0\0"s) : got.size());
    EXPECT_EQ(before, kFromServer.substr(0, before.size())) << "behind " << n << " bytes";
    EXPECT_TRUE(told || before.size() > kLoginAnswer.size()) << "behind " << n << " bytes";
  }
  ExpectAllEnded(*server);
}

// The client goes behind its Nth byte; the server sees the end.
TEST_P(BrokenConnections, OfTheClientBehindEveryByte) {
  std::atomic<int> ended{0};
  const int rounds = static_cast<int>(kFromClient.size() - kStartup.size());
  auto upstream = std::make_unique<test::ScriptedServer>(rounds, [&](int fd) {
    test::ReceiveExactly(fd, kStartup.size());
    test::SendAll(fd, kLoginAnswer);
    const std::string rest = test::ReceiveUntilEnd(fd);
    // A Query that is not whole was not sent on.
    EXPECT_TRUE(rest.empty() || rest == kQuery || rest == Message('X', "")) << rest;
    ++ended;
  });
  const auto server = Start(upstream->port());
  for (std::size_t n = 0; n < kFromClient.size(); ++n) {
    const UniqueFd client = test::ConnectTo(server->ports()[0]);
    test::SendAll(client.get(), std::string_view(kFromClient).substr(0, n));
    if (n >= kStartup.size()) test::ReceiveExactly(client.get(), kLoginAnswer.size());
    Break(client.get(), GetParam());
    if (GetParam() == Way::kHalfClose) test::ReceiveUntilEnd(client.get());
  }
  ExpectAllEnded(*server);
  upstream.reset();  // waits for the script of the last connection
  EXPECT_EQ(ended, rounds);
}

}  // namespace
}  // namespace pgmoat::net
