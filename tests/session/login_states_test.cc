#include "proxy/session/login_states.h"

#include <gtest/gtest.h>

#include <set>

namespace pgmoat::session {
namespace {

constexpr int kStates = static_cast<int>(State::kCount);
constexpr int kEvents = static_cast<int>(LoginEvent::kCount);

TEST(LoginStates, EveryStateAndEventHasAtMostOneRow) {
  for (int s = 0; s < kStates; ++s) {
    for (int e = 0; e < kEvents; ++e) {
      int rows = 0;
      for (const Transition& t : kLoginTransitions) {
        rows += t.state == static_cast<State>(s) && t.event == static_cast<LoginEvent>(e);
      }
      EXPECT_LE(rows, 1) << "state " << s << ", event " << e;
    }
  }
}

TEST(LoginStates, NothingLeadsBackToBeforeTheStartupMessage) {
  for (int s = static_cast<int>(State::kConnecting); s < kStates; ++s) {
    for (int e = 0; e < kEvents; ++e) {
      const auto next = NextState(static_cast<State>(s), static_cast<LoginEvent>(e));
      if (next) {
        EXPECT_GE(*next, State::kConnecting) << "state " << s << ", event " << e;
      }
    }
  }
}

TEST(LoginStates, EveryStateCanEndAndClosedIsFinal) {
  for (int s = 0; s < kStates; ++s) {
    EXPECT_EQ(NextState(static_cast<State>(s), LoginEvent::kEnd), State::kClosed);
  }
  for (int e = 0; e < kEvents; ++e) {
    const auto next = NextState(State::kClosed, static_cast<LoginEvent>(e));
    if (next) {
      EXPECT_EQ(*next, State::kClosed);
    }
  }
}

TEST(LoginStates, ReadyIsReachedOnlyThroughAuthenticationOk) {
  std::set<State> sources;
  for (const Transition& t : kLoginTransitions) {
    if (t.next == State::kReady) sources.insert(t.state);
    if (t.next == State::kStarting) {
      EXPECT_EQ(t.event, LoginEvent::kAuthenticationOk);
    }
  }
  EXPECT_EQ(sources, std::set<State>{State::kStarting});
}

}  // namespace
}  // namespace pgmoat::session
