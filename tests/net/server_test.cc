#include "proxy/net/server.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/net/one_session.h"

namespace pgmoat::net {
namespace {

using test::kStartup;

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    config::Listener listener;
    listener.address = "127.0.0.1:0";
    listener.host = "127.0.0.1";
    config_.listen = {listener};
    config_.workers = 1;
    auth::Environment environment;
    environment.name = "production";
    environment.logins = {{"*", std::make_shared<const policy::Rules>()}};
    config_.directory.environments = {environment};
    config::Upstream upstream;
    upstream.host = "127.0.0.1";
    upstream.port = test::DeadPort();
    upstream.sslmode = config::SslMode::kDisable;
    config_.upstreams = {upstream};
  }

  std::unique_ptr<Server> Start() {
    auto server =
        std::make_unique<Server>(config_, session::Surroundings{&audit_, &metrics_}, metrics_);
    server->Start();
    return server;
  }

  static void Drain(Server& server) {
    std::promise<void> done;
    server.Drain(std::chrono::seconds(20), [&] { done.set_value(); });
    done.get_future().wait();
  }

  config::Config config_;
  test::Trail audit_;
  test::Counts metrics_;
};

TEST_F(ServerTest, PortInUseNamesAddressAndRemedy) {
  const auto first = Start();
  config_.listen[0].port = first->ports()[0];
  config_.listen[0].address = "127.0.0.1:" + std::to_string(first->ports()[0]);
  try {
    Start();
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_EQ(e.what(), "cannot listen on " + config_.listen[0].address +
                            ": address already in use; is another pgmoat running?");
  }
}

TEST_F(ServerTest, GarbageGetsAnErrorAndAnEnd) {
  const auto server = Start();
  const UniqueFd client = test::ConnectTo(server->ports()[0]);
  test::SendAll(client.get(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(test::ReceiveUntilEnd(client.get()).substr(0, 1), "E");
}

TEST_F(ServerTest, UpstreamThatIsDownIsSaidToTheClient) {
  const auto server = Start();
  const UniqueFd client = test::ConnectTo(server->ports()[0]);
  test::SendAll(client.get(), kStartup);
  const std::string answer = test::ReceiveUntilEnd(client.get());
  EXPECT_EQ(answer.substr(0, 1), "E");
  EXPECT_NE(answer.find("connection refused"), std::string::npos) << answer;
}

TEST_F(ServerTest, ClientThatNeverFinishesItsLoginIsEnded) {
  config_.limits.login_timeout = std::chrono::milliseconds(20);
  const auto server = Start();
  const UniqueFd client = test::ConnectTo(server->ports()[0]);
  test::SendAll(client.get(), kStartup.substr(0, 5));
  EXPECT_EQ(test::ReceiveUntilEnd(client.get()).substr(0, 1), "E");
}

TEST_F(ServerTest, TooManyConnectionsAreRefusedBySqlstate) {
  config_.limits.max_connections = 0;
  const auto server = Start();
  const UniqueFd client = test::ConnectTo(server->ports()[0]);
  test::SendAll(client.get(), kStartup);
  const std::string answer = test::ReceiveUntilEnd(client.get());
  EXPECT_NE(answer.find("C53300"), std::string::npos) << answer;
}

// Those that ended are not made up for by taking turns.
TEST_F(ServerTest, NewcomersGoToTheWorkerWithTheFewestSessions) {
  config_.workers = 2;
  const auto server = Start();
  const auto until = [&](const std::vector<std::size_t>& wanted) {
    while (server->SessionsOfWorkers() != wanted) std::this_thread::yield();
  };
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(test::ConnectTo(server->ports()[0]));
  until({2, 2});
  // Who came first and third went to the same one.
  clients[0].Reset();
  clients[2].Reset();
  until({0, 2});
  clients.push_back(test::ConnectTo(server->ports()[0]));
  until({1, 2});
  clients.push_back(test::ConnectTo(server->ports()[0]));
  until({2, 2});
  clients.clear();
  until({0, 0});
}

TEST_F(ServerTest, DrainEndsWhoIsStillLoggingIn) {
  const auto server = Start();
  const UniqueFd client = test::ConnectTo(server->ports()[0]);
  test::SendAll(client.get(), kStartup.substr(0, 5));
  Drain(*server);
  EXPECT_EQ(server->sessions(), 0U);
  test::ReceiveUntilEnd(client.get());
  EXPECT_EQ(metrics_.connected, metrics_.disconnected);
}

TEST_F(ServerTest, DrainOfNobodyIsDone) {
  const auto server = Start();
  Drain(*server);
  EXPECT_TRUE(server->draining());
}

TEST_F(ServerTest, DestructionWithOpenSessionsClosesThem) {
  auto server = Start();
  const UniqueFd client = test::ConnectTo(server->ports()[0]);
  test::SendAll(client.get(), kStartup.substr(0, 5));
  server.reset();
  EXPECT_EQ(test::ReceiveUntilEnd(client.get()), "");
}

// An upstream that is asked for TLS and says nothing, until the proxy is gone.
class SilentUpstream {
 public:
  void WaitUntilAsked() { asked_.get_future().wait(); }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

 private:
  std::promise<void> asked_;
  test::ScriptedServer server_{1, [this](int fd) {
                                 test::ReceiveExactly(fd, 8);  // SSLRequest
                                 asked_.set_value();
                                 test::ReceiveUntilEnd(fd);
                               }};
};

// What would keep itself alive beyond its event loop would keep its sockets open, too.
TEST_F(ServerTest, DestructionWhileConnectingToTheUpstreamClosesBothSides) {
  SilentUpstream upstream;
  config_.upstreams[0].port = upstream.port();
  config_.upstreams[0].sslmode = config::SslMode::kRequire;
  auto server = Start();
  const UniqueFd client = test::ConnectTo(server->ports()[0]);
  test::SendAll(client.get(), kStartup);
  upstream.WaitUntilAsked();
  server.reset();
  EXPECT_EQ(test::ReceiveUntilEnd(client.get()), "");
}

TEST_F(ServerTest, DestructionWhileForwardingACancelClosesBothSides) {
  using namespace std::string_literals;
  SilentUpstream upstream;
  config_.upstreams[0].port = upstream.port();
  config_.upstreams[0].sslmode = config::SslMode::kRequire;
  auto server = Start();
  const UniqueFd client = test::ConnectTo(server->ports()[0]);
  test::SendAll(client.get(), "\0\0\0\x10\x04\xd2\x16\x2e\0\0\0\x2a\x01\x02\x03\x04"s);
  upstream.WaitUntilAsked();
  server.reset();
  EXPECT_EQ(test::ReceiveUntilEnd(client.get()), "");
}

TEST_F(ServerTest, ReloadSaysWhatNeedsARestart) {
  const auto server = Start();
  config::Config other = config_;
  other.listen[0].address = "127.0.0.1:7000";
  other.workers = 2;
  const auto notes = server->Reload(other);
  EXPECT_EQ(notes.size(), 3U);
  EXPECT_TRUE(server->Reload(config_).empty());
}

TEST_F(ServerTest, CancelReachesTheUpstream) {
  using namespace std::string_literals;
  const std::string cancel = "\0\0\0\x10\x04\xd2\x16\x2e\0\0\0\x2a\x01\x02\x03\x04"s;
  std::string received;
  {
    test::ScriptedServer upstream(
        1, [&](int fd) { received = test::ReceiveExactly(fd, cancel.size()); });
    config_.upstreams[0].port = upstream.port();
    const auto server = Start();
    const UniqueFd client = test::ConnectTo(server->ports()[0]);
    test::SendAll(client.get(), cancel);
    EXPECT_EQ(test::ReceiveUntilEnd(client.get()), "");
  }
  EXPECT_EQ(received, cancel);
}

}  // namespace
}  // namespace pgmoat::net
