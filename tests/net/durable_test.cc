// audit.sync each: a server gets nothing before what was begun is on the disk.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "tests/net/one_session.h"

namespace pgmoat::net {
namespace {

using namespace test;

// A disk that is done when the test says so.
class SlowDisk final : public session::AuditTrail {
 public:
  session::RecordId NewId(std::chrono::system_clock::time_point now) override {
    return trail_.NewId(now);
  }
  [[nodiscard]] bool Healthy() const override { return true; }
  void Append(const session::AuditRecord&) override {}
  session::AuditTicket Begin(const session::AuditRecord&) override { return ++begun_; }
  void End(session::AuditTicket, const session::AuditEnd&) override {}
  bool WaitDurable(std::function<void()> then) override {
    if (begun_ == durable_) return false;
    then_ = std::move(then);
    waits_.set_value();
    return true;
  }
  // On the worker's thread.
  void BeDone() {
    durable_ = begun_;
    std::exchange(then_, nullptr)();
  }
  std::future<void> Waits() { return waits_.get_future(); }

 private:
  Trail trail_;
  session::AuditTicket begun_ = 0;
  session::AuditTicket durable_ = 0;
  std::function<void()> then_;
  std::promise<void> waits_;
};

class Durable : public OneSession, public ::testing::Test {};

TEST_F(Durable, AQueryReachesTheServerWhenItsRecordIsOnTheDisk) {
  SlowDisk disk;
  std::promise<void> look;
  std::promise<bool> came_early;
  test::ScriptedServer upstream(1, [&](int fd) {
    test::ReceiveExactly(fd, kStartup.size());
    test::SendAll(fd, kLoginAnswer);
    look.get_future().wait();
    char byte;
    came_early.set_value(::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0);
    EXPECT_EQ(test::ReceiveExactly(fd, kQuery.size()), kQuery);
    test::SendAll(fd, std::string_view(kFromServer).substr(kLoginAnswer.size()));
  });
  config_.upstreams[0].port = upstream.port();
  config_.audit.sync = config::AuditSync::kEach;
  Post post;
  Server server(config_, session::Surroundings{nullptr, &counts_}, counts_,
                [&](std::size_t, Post worker) {
                  post = std::move(worker);
                  return &disk;
                });
  server.Start();
  const UniqueFd client = test::ConnectTo(server.ports()[0]);
  test::SendAll(client.get(), kFromClient);
  disk.Waits().wait();
  // The worker has come to the end of what it does with the query.
  std::promise<void> settled;
  post([&] { settled.set_value(); });
  settled.get_future().wait();
  look.set_value();
  EXPECT_FALSE(came_early.get_future().get());

  post([&] { disk.BeDone(); });
  EXPECT_EQ(test::ReceiveExactly(client.get(), kFromServer.size()), kFromServer);
}

}  // namespace
}  // namespace pgmoat::net
