#include "proxy/admin/admin_server.h"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace pgmoat::admin {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(io_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
  }
  void Send(const std::string& text) {
    boost::system::error_code ignored;  // the server may have closed already
    asio::write(socket_, asio::buffer(text), ignored);
  }
  // Everything until the server closes.
  std::string ReadAll() {
    std::string text;
    boost::system::error_code error;
    asio::read(socket_, asio::dynamic_buffer(text), error);
    return text;
  }
  // Header and body of one response that has a Content-Length.
  std::string ReadOne(bool has_body = true) {
    const std::size_t header =
        asio::read_until(socket_, asio::dynamic_buffer(text_), "\r\n\r\n");
    std::size_t body = 0;
    const std::size_t at = text_.find("Content-Length: ");
    if (has_body && at != std::string::npos) body = std::stoul(text_.substr(at + 16));
    if (text_.size() < header + body) {
      asio::read(socket_, asio::dynamic_buffer(text_),
                 asio::transfer_exactly(header + body - text_.size()));
    }
    std::string one = text_.substr(0, header + body);
    text_.erase(0, header + body);
    return one;
  }

 private:
  asio::io_context io_;
  tcp::socket socket_;
  std::string text_;
};

class AdminServerTest : public testing::Test {
 protected:
  std::string Ask(const std::string& request) {
    Client client(server_.port());
    client.Send(request);
    return client.ReadAll();
  }
  std::string Get(const std::string& target) {
    return Ask("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }
  void NotReadyBecause(std::string reason) {
    const std::lock_guard lock(mutex_);
    reason_ = std::move(reason);
  }

  std::mutex mutex_;
  std::string reason_;
  AdminServer server_{"127.0.0.1",
                      0,
                      {[] { return std::string("pgmoat_up 1\n"); },
                       [this] {
                         const std::lock_guard lock(mutex_);
                         if (reason_ == "throw") throw std::runtime_error("secret");
                         return reason_;
                       }}};
};

bool HasStatus(const std::string& response, const std::string& status) {
  return response.starts_with("HTTP/1.1 " + status + " ");
}

TEST_F(AdminServerTest, MetricsAreTheCallbacksText) {
  const std::string response = Get("/metrics");
  EXPECT_TRUE(HasStatus(response, "200")) << response;
  EXPECT_NE(response.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
            std::string::npos);
  EXPECT_TRUE(response.ends_with("\r\n\r\npgmoat_up 1\n"));
}

TEST_F(AdminServerTest, QueryStringIsIgnored) {
  EXPECT_TRUE(HasStatus(Get("/metrics?name=x"), "200"));
}

TEST_F(AdminServerTest, HealthIsOkAlsoWhenNotReady) {
  NotReadyBecause("draining");
  EXPECT_TRUE(Get("/healthz").ends_with("\r\n\r\nok\n"));
}

TEST_F(AdminServerTest, ReadinessTellsItsReason) {
  EXPECT_TRUE(HasStatus(Get("/readyz"), "200"));
  NotReadyBecause("draining");
  const std::string response = Get("/readyz");
  EXPECT_TRUE(HasStatus(response, "503"));
  EXPECT_TRUE(response.ends_with("\r\n\r\ndraining\n"));
  NotReadyBecause("");
  EXPECT_TRUE(HasStatus(Get("/readyz"), "200"));
}

TEST_F(AdminServerTest, CallbackThatThrowsIsAnInternalErrorWithoutItsText) {
  NotReadyBecause("throw");
  const std::string response = Get("/readyz");
  EXPECT_TRUE(HasStatus(response, "500"));
  EXPECT_EQ(response.find("secret"), std::string::npos);
}

TEST_F(AdminServerTest, OtherPathsAreNotFound) {
  for (const char* target : {"/", "/metrics/", "/Metrics", "/../metrics", "*"}) {
    EXPECT_TRUE(HasStatus(Get(target), "404")) << target;
  }
}

TEST_F(AdminServerTest, OtherMethodsAreNotAllowed) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "BREW"}) {
    const std::string response = Ask(std::string(method) +
                                     " /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                     "Content-Length: 0\r\n\r\n");
    EXPECT_TRUE(HasStatus(response, "405")) << response;
    EXPECT_NE(response.find("Allow: GET, HEAD\r\n"), std::string::npos);
  }
}

TEST_F(AdminServerTest, HeadHasTheLengthButNoBody) {
  const std::string response =
      Ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(HasStatus(response, "200"));
  EXPECT_NE(response.find("Content-Length: 12\r\n"), std::string::npos);
  EXPECT_TRUE(response.ends_with("\r\n\r\n"));
}

TEST_F(AdminServerTest, ConnectionIsKeptAlive) {
  Client client(server_.port());
  for (int i = 0; i < 3; ++i) {
    client.Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(client.ReadOne().ends_with("ok\n"));
    client.Send("HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(client.ReadOne(false).ends_with("\r\n\r\n"));
  }
}

TEST_F(AdminServerTest, PipelinedRequestsAreAnsweredInOrder) {
  Client client(server_.port());
  client.Send(
      "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.ReadOne().ends_with("ok\n"));
  EXPECT_TRUE(client.ReadOne().ends_with("pgmoat_up 1\n"));
}

TEST_F(AdminServerTest, Http10WithoutHostWorks) {
  EXPECT_TRUE(Ask("GET /healthz HTTP/1.0\r\n\r\n").ends_with("ok\n"));
}

TEST_F(AdminServerTest, GarbageIsABadRequest) {
  EXPECT_TRUE(HasStatus(Ask("\x16\x03\x01 hello\r\n\r\n"), "400"));
}

TEST_F(AdminServerTest, LongHeaderIsRefused) {
  EXPECT_TRUE(HasStatus(Ask("GET /metrics HTTP/1.1\r\nX: " + std::string(9000, 'x')), "413"));
}

TEST_F(AdminServerTest, LongBodyIsRefused) {
  EXPECT_TRUE(HasStatus(
      Ask("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"), "413"));
}

TEST_F(AdminServerTest, SilentClientIsClosedAtTheDeadline) {
  Client client(server_.port());
  client.Send("GET /metr");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(4));
}

TEST_F(AdminServerTest, ConnectionsBeyondTheLimitAreClosedAndTheOthersServed) {
  std::vector<std::unique_ptr<Client>> held;
  for (int i = 0; i < 64; ++i) {
    held.push_back(std::make_unique<Client>(server_.port()));
    held.back()->Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(held.back()->ReadOne().ends_with("ok\n"));
  }
  EXPECT_EQ(Client(server_.port()).ReadAll(), "");
  held.front()->Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(held.front()->ReadOne().ends_with("ok\n"));
}

TEST(AdminServer, PortInUseNamesAddressAndReason) {
  const AdminServer::Callbacks callbacks{[] { return ""; }, [] { return ""; }};
  const AdminServer first("127.0.0.1", 0, callbacks);
  try {
    const AdminServer second("127.0.0.1", first.port(), callbacks);
    FAIL() << "bound twice";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(), "admin.address 127.0.0.1:" + std::to_string(first.port()) +
                                ": cannot listen: Address already in use");
  }
}

TEST(AdminServer, HostThatIsNotOursNamesAddressAndReason) {
  EXPECT_THROW(AdminServer("192.0.2.1", 0, {}), std::runtime_error);
}

TEST(AdminServer, EndsWhileConnectionsAreOpen) {
  auto server = std::make_unique<AdminServer>(
      "127.0.0.1", 0, AdminServer::Callbacks{[] { return ""; }, [] { return ""; }});
  Client idle(server->port());
  Client asking(server->port());
  asking.Send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(asking.ReadOne(), "");
  server.reset();
  EXPECT_EQ(idle.ReadAll(), "");
}

}  // namespace
}  // namespace pgmoat::admin
