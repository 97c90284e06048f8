// One session through a net::Server over real sockets, with a scripted server behind it: what
// goes either way, and what must be accounted for in the end.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>

#include "proxy/net/server.h"
#include "tests/net/support.h"

namespace pgmoat::net::test {

class Trail final : public session::AuditTrail {
 public:
  session::RecordId NewId(std::chrono::system_clock::time_point) override {
    session::RecordId id;
    id.bytes.back() = 1;
    return id;
  }
  [[nodiscard]] bool Healthy() const override { return true; }
  session::AuditTicket Begin(const session::AuditRecord&) override { return ++begun; }
  void End(session::AuditTicket, const session::AuditEnd& end) override {
    if (end.last) ++ended;
  }
  bool WaitDurable(std::function<void()>) override { return false; }
  void Append(const session::AuditRecord& record) override {
    if (record.event == session::AuditEvent::kLogin && record.outcome == session::Outcome::kOk)
      ++logins;
    if (record.event == session::AuditEvent::kDisconnect) ++ends;
  }
  std::atomic<session::AuditTicket> begun{0};
  std::atomic<session::AuditTicket> ended{0};
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
  void GrantOpened(std::string_view, std::string_view) override {}
  void GrantEnded(std::string_view, std::string_view, std::string_view) override {}
  void CatalogRead(std::string_view, bool, std::chrono::nanoseconds) override {}
  void Connected() override { ++connected; }
  void Disconnected() override { ++disconnected; }
  void Forwarded(Direction, std::size_t) override {}
  void AddedLatency(std::chrono::nanoseconds) override {}
  std::atomic<int> sessions{0};
  std::atomic<int> connected{0};
  std::atomic<int> disconnected{0};
};

inline std::string Message(char type, std::string body) {
  const auto length = static_cast<std::uint32_t>(body.size() + 4);
  std::string message(1, type);
  for (int shift = 24; shift >= 0; shift -= 8)
    message += static_cast<char>(length >> shift & 0xff);
  return message + body;
}

using namespace std::string_literals;

// StartupMessage 3.0 with user=dev, database=shop.
inline const std::string kStartup =
    Message('\0', "\0\3\0\0user\0dev\0database\0shop\0\0"s).substr(1);
inline const std::string kQuery = Message('Q', "SELECT 1\0"s);
inline const std::string kFromClient = kStartup + kQuery;
inline const std::string kLoginAnswer =
    Message('R', "\0\0\0\0"s) + Message('K', "\0\0\0\1\0\0\0\2"s) + Message('Z', "I"s);
inline const std::string kFromServer =
    kLoginAnswer + Message('T', "\0\1a\0\0\0\0\0\0\0\0\0\0\x17\0\4\xff\xff\xff\xff\0\0"s) +
    Message('D', "\0\1\0\0\0\1x"s) + Message('C', "SELECT 1\0"s) + Message('Z', "I"s);

class OneSession {
 protected:
  OneSession() {
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
    EXPECT_EQ(trail_.begun, trail_.ended);
  }

  config::Config config_;
  Trail trail_;
  Counts counts_;
};

}  // namespace pgmoat::net::test
