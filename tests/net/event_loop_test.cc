#include "proxy/net/event_loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "tests/net/support.h"

namespace pgmoat::net {
namespace {

using namespace std::chrono_literals;

// A watched socket and the other end of it.
struct Watched {
  explicit Watched(EventLoop& loop) {
    std::tie(near, far) = test::SocketPair();
    readiness.emplace(loop, near.get());
  }
  void Speak() const { ASSERT_EQ(::send(far.get(), "x", 1, 0), 1); }
  void Listen() {
    char byte = 0;
    ASSERT_EQ(::recv(near.get(), &byte, 1, 0), 1);
    readiness->Exhausted();
  }
  UniqueFd near;
  UniqueFd far;
  std::optional<Readiness> readiness;
};

class EventLoopTest : public ::testing::Test {
 protected:
  template <typename F>
  void RunUntil(F done) {
    while (!done()) loop_.RunOnce();
  }
  // All that is ready now has been told.
  void RunTurn() {
    bool over = false;
    loop_.Post([&] { over = true; });
    RunUntil([&] { return over; });
  }
  EventLoop loop_;
};

TEST_F(EventLoopTest, NewsIsToldOnceToWhoWaits) {
  Watched one(loop_);
  int told = 0;
  one.readiness->WaitReadable([&] { ++told; });
  RunTurn();
  EXPECT_EQ(told, 0);
  one.Speak();
  RunUntil([&] { return told > 0; });
  one.Speak();
  RunTurn();
  EXPECT_EQ(told, 1);
}

TEST_F(EventLoopTest, NewsThatCameBeforeTheWaitIsToldInALaterTurn) {
  Watched one(loop_);
  one.Speak();
  RunTurn();
  int told = 0;
  one.readiness->WaitReadable([&] { ++told; });
  EXPECT_EQ(told, 0);
  RunUntil([&] { return told > 0; });
  // It was not read, and so is still news.
  one.readiness->WaitReadable([&] { ++told; });
  RunUntil([&] { return told > 1; });
  one.Listen();
  one.readiness->WaitReadable([&] { ++told; });
  RunTurn();
  EXPECT_EQ(told, 2);
  one.Speak();
  RunUntil([&] { return told > 2; });
}

TEST_F(EventLoopTest, FullSocketIsToldWhenItHasRoom) {
  Watched one(loop_);
  int told = 0;
  one.readiness->WaitWritable([&] { ++told; });
  RunUntil([&] { return told == 1; });
  const std::string much(4096, 'x');
  while (::send(one.near.get(), much.data(), much.size(), MSG_DONTWAIT) > 0) {
  }
  one.readiness->Full();
  one.readiness->WaitWritable([&] { ++told; });
  RunTurn();
  EXPECT_EQ(told, 1);
  std::string taken(1 << 20, '\0');
  while (::recv(one.far.get(), taken.data(), taken.size(), MSG_DONTWAIT) > 0) {
  }
  RunUntil([&] { return told == 2; });
}

TEST_F(EventLoopTest, EndThatCameWithTheLastBytesIsNotMissed) {
  Watched one(loop_);
  one.Speak();
  one.far.Reset();
  int told = 0;
  one.readiness->WaitReadable([&] { ++told; });
  RunUntil([&] { return told > 0; });
  EXPECT_TRUE(one.readiness->doubtful());
}

TEST_F(EventLoopTest, WhoIsClosedByAnotherInTheSameTurnIsNotTold) {
  for (const bool destroyed : {false, true}) {
    Watched one(loop_);
    Watched other(loop_);
    int told = 0;
    const auto close_the_other = [&](Watched& which) {
      ++told;
      destroyed ? which.readiness.reset() : which.readiness->Close();
    };
    one.Speak();
    other.Speak();
    one.readiness->WaitReadable([&] { close_the_other(other); });
    other.readiness->WaitReadable([&] { close_the_other(one); });
    RunUntil([&] { return told > 0; });
    RunTurn();
    EXPECT_EQ(told, 1);
  }
}

TEST_F(EventLoopTest, LikewiseWhereTheNewsIsOld) {
  Watched one(loop_);
  Watched other(loop_);
  one.Speak();
  other.Speak();
  RunTurn();
  int told = 0;
  one.readiness->WaitReadable([&] { ++told, other.readiness.reset(); });
  other.readiness->WaitReadable([&] { ++told, one.readiness.reset(); });
  RunUntil([&] { return told > 0; });
  RunTurn();
  EXPECT_EQ(told, 1);
}

TEST_F(EventLoopTest, WritableMayEndWhoAlsoWaitsToRead) {
  Watched one(loop_);
  int told = 0;
  one.Speak();
  one.readiness->WaitReadable([&] { ADD_FAILURE() << "it is gone"; });
  one.readiness->WaitWritable([&] { ++told, one.readiness.reset(); });
  RunUntil([&] { return told > 0; });
  RunTurn();
}

// The owner, here a pointer, may be in the middle of a call.
TEST_F(EventLoopTest, WhatAHandlerHoldsOutlivesTheCallThatClosed) {
  Watched one(loop_);
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  one.readiness->WaitReadable([held] {});
  Timer timer(loop_);
  timer.Start(1h, [held] {});
  held.reset();
  bool over = false;
  loop_.Post([&] {
    one.readiness->Close();
    timer.Cancel();
    EXPECT_FALSE(watch.expired());
    over = true;
  });
  RunUntil([&] { return over; });
  EXPECT_TRUE(watch.expired());
}

TEST_F(EventLoopTest, TimersCallInTheirOrder) {
  std::string order;
  Timer late(loop_);
  Timer early(loop_);
  Timer cancelled(loop_);
  late.Start(2ms, [&] { order += "late"; });
  early.Start(1ms, [&] { order += "early "; });
  cancelled.Start(1ms, [&] { order += "cancelled "; });
  cancelled.Cancel();
  RunUntil([&] { return order.ends_with("late"); });
  EXPECT_EQ(order, "early late");
}

TEST_F(EventLoopTest, TimerMayBeStartedAnewOrDestroyedInItsOwnCall) {
  auto timer = std::make_unique<Timer>(loop_);
  int calls = 0;
  timer->Start(1ms, [&] {
    ++calls;
    timer->Start(1ms, [&] {
      ++calls;
      timer.reset();
    });
  });
  RunUntil([&] { return calls == 2; });
  EXPECT_EQ(timer, nullptr);
}

TEST_F(EventLoopTest, PostFromAnotherThreadWakesIt) {
  std::thread::id ran_on;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) loop_.Post([] {});
    loop_.Post([&] { ran_on = std::this_thread::get_id(); });
    loop_.Stop();
  });
  loop_.Run();
  other.join();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST_F(EventLoopTest, WhatIsDoneElsewhereIsAnsweredHere) {
  std::thread::id worked_on;
  std::thread::id answered_on;
  loop_.RunElsewhere([&]() -> std::function<void()> {
    worked_on = std::this_thread::get_id();
    return [&] { answered_on = std::this_thread::get_id(); };
  });
  RunUntil([&] { return answered_on != std::thread::id(); });
  EXPECT_EQ(answered_on, std::this_thread::get_id());
  EXPECT_NE(worked_on, answered_on);
}

// Who waits is held by its handler, and holds what it waits for: a circle.
TEST(EventLoop, ThatIsDestroyedForgetsWhoWaits) {
  std::weak_ptr<Watched> watch;
  {
    EventLoop loop;
    auto circle = std::make_shared<Watched>(loop);
    watch = circle;
    circle->readiness->WaitReadable([circle] { ADD_FAILURE() << "nothing came"; });
    loop.Post([circle] { ADD_FAILURE() << "it does not run"; });
  }
  EXPECT_TRUE(watch.expired());
}

TEST(EventLoop, CannotWatchWhatIsNoSocket) {
  EventLoop loop;
  EXPECT_THROW(Readiness(loop, -1), std::system_error);
}

}  // namespace
}  // namespace pgmoat::net
