// Connections that break behind every byte, over real sockets: the other side is told, nothing
// hangs, and every session that was counted in is counted out.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>

#include "tests/net/one_session.h"

namespace pgmoat::net {
namespace {

using namespace test;

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

class BrokenConnections : public OneSession, public ::testing::TestWithParam<Way> {};

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

// A read stops where it stands, with more behind it that nobody tells of again.
class UrgentData : public OneSession, public ::testing::Test {};
TEST_F(UrgentData, HoldsNothingUp) {
  constexpr int kQueries = 100;
  test::ScriptedServer upstream(1, [&](int fd) {
    test::ReceiveExactly(fd, kStartup.size());
    test::SendAll(fd, kLoginAnswer);
    for (int i = 0; i < kQueries; ++i) {
      if (test::ReceiveExactly(fd, kQuery.size()) != kQuery) return;
      test::SendAll(fd, std::string_view(kFromServer).substr(kLoginAnswer.size()));
    }
    test::ReceiveUntilEnd(fd);
  });
  const auto server = Start(upstream.port());
  {
    const UniqueFd client = test::ConnectTo(server->ports()[0]);
    test::SendAll(client.get(), kStartup);
    EXPECT_EQ(test::ReceiveExactly(client.get(), kLoginAnswer.size()), kLoginAnswer);
    for (int i = 0; i < kQueries; ++i) {
      test::SendAll(client.get(), kQuery.substr(0, 5));
      ASSERT_EQ(::send(client.get(), "!", 1, MSG_OOB), 1);
      test::SendAll(client.get(), kQuery.substr(5));
      const std::size_t answer = kFromServer.size() - kLoginAnswer.size();
      ASSERT_EQ(test::ReceiveExactly(client.get(), answer),
                kFromServer.substr(kLoginAnswer.size()));
    }
  }
  ExpectAllEnded(*server);
}

}  // namespace
}  // namespace pgmoat::net
