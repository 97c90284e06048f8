// audit.sync each: a server gets nothing before what was begun is on the disk.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <deque>
#include <future>
#include <memory>
#include <semaphore>
#include <string>
#include <utility>

#include "tests/net/one_session.h"

namespace pgmoat::net {
namespace {

using namespace test;

// A disk that is done when the test says so.  One thread of it, the worker's, but for Waits.
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
    waiting_.emplace_back(begun_, std::move(then));
    waits_.release();
    return true;
  }
  // On the worker's thread: with what was there when the first one began to wait.
  void BeDone() {
    const auto [begun, then] = std::move(waiting_.front());
    waiting_.pop_front();
    durable_ = begun;
    then();
  }
  void AwaitOneThatWaits() { waits_.acquire(); }

 private:
  Trail trail_;
  session::AuditTicket begun_ = 0;
  session::AuditTicket durable_ = 0;
  std::deque<std::pair<session::AuditTicket, std::function<void()>>> waiting_;
  std::counting_semaphore<> waits_{0};
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
  disk.AwaitOneThatWaits();
  // The worker has come to the end of what it does with the query.
  std::promise<void> settled;
  post([&] { settled.set_value(); });
  settled.get_future().wait();
  look.set_value();
  EXPECT_FALSE(came_early.get_future().get());

  post([&] { disk.BeDone(); });
  EXPECT_EQ(test::ReceiveExactly(client.get(), kFromServer.size()), kFromServer);
}

// On a busy worker there always is a record that is not on the disk yet.
TEST_F(Durable, TheRecordsOfOtherSessionsAreNotWaitedFor) {
  SlowDisk disk;
  test::ScriptedServer upstream(1, [&](int fd) {
    test::ReceiveExactly(fd, kStartup.size());
    test::SendAll(fd, kLoginAnswer);
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
  disk.AwaitOneThatWaits();
  // Another session of the worker begins a statement; the disk is done with the first one.
  post([&] {
    (void)disk.Begin({});
    disk.BeDone();
  });
  EXPECT_EQ(test::ReceiveExactly(client.get(), kFromServer.size()), kFromServer);
}

}  // namespace
}  // namespace pgmoat::net
