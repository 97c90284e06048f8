// The Nth read or write of pgmoat's own is short, would block, or fails, for every N.
//
// A program of its own, because it stands in for recv(2), send(2), sendmsg(2) and epoll_ctl(2):
// what this file defines is what the code under test calls.  Threads of the test call the real
// ones.  Where less was moved than there is, epoll tells so anew, as the kernel would when
// the rest comes.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "tests/net/one_session.h"

namespace {

enum class Fault { kNone, kShort, kWouldBlock, kReset };

struct Plan {
  std::atomic<Fault> fault{Fault::kNone};
  std::atomic<int> calls{0};
  static constexpr int kNone = -1;
  static constexpr int kEvery = -2;
  std::atomic<int> nth{kNone};  // which call, from 0

  Fault Next() {
    const int call = calls.fetch_add(1);
    return nth == kEvery || nth == call ? fault.load() : Fault::kNone;
  }
  void Set(Fault what, int which) {
    fault = what;
    nth = which;
    calls = 0;
  }
};

Plan reads;
Plan writes;
thread_local bool of_the_test = false;

int Fail(int error_number) {
  errno = error_number;
  return -1;
}

std::mutex watched_mutex;
std::map<int, std::pair<int, epoll_event>> watched;  // descriptor: of which epoll, for what

int RealEpollCtl(int epoll, int operation, int fd, epoll_event* event) {
  using Function = int (*)(int, int, int, epoll_event*);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "epoll_ctl"));
  return real(epoll, operation, fd, event);
}

void TellAnew(int fd) {
  const std::lock_guard lock(watched_mutex);
  const auto found = watched.find(fd);
  if (found == watched.end()) return;
  auto [epoll, event] = found->second;
  RealEpollCtl(epoll, EPOLL_CTL_MOD, fd, &event);
}

}  // namespace

extern "C" int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
  if (event != nullptr) {
    const std::lock_guard lock(watched_mutex);
    watched[fd] = {epoll, *event};
  }
  return RealEpollCtl(epoll, operation, fd, event);
}

extern "C" ssize_t recv(int fd, void* into, size_t size, int flags) {
  using Function = ssize_t (*)(int, void*, size_t, int);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "recv"));
  switch (of_the_test ? Fault::kNone : reads.Next()) {
    case Fault::kShort: {
      const ssize_t moved = real(fd, into, 1, flags);
      TellAnew(fd);
      return moved;
    }
    case Fault::kWouldBlock:
      TellAnew(fd);
      return Fail(EAGAIN);
    case Fault::kReset:
      return Fail(ECONNRESET);
    case Fault::kNone:
      break;
  }
  return real(fd, into, size, flags);
}

extern "C" ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  using Function = ssize_t (*)(int, const msghdr*, int);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "sendmsg"));
  switch (of_the_test ? Fault::kNone : writes.Next()) {
    case Fault::kShort: {
      iovec first = message->msg_iov[0];
      first.iov_len = 1;
      msghdr shorter = *message;
      shorter.msg_iov = &first;
      shorter.msg_iovlen = 1;
      const ssize_t moved = real(fd, &shorter, flags);
      TellAnew(fd);
      return moved;
    }
    case Fault::kWouldBlock:
      TellAnew(fd);
      return Fail(EAGAIN);
    case Fault::kReset:
      return Fail(ENOBUFS);  // the connection itself is sound
    case Fault::kNone:
      break;
  }
  return real(fd, message, flags);
}

extern "C" ssize_t send(int fd, const void* from, size_t size, int flags) {
  iovec piece{const_cast<void*>(from), size};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  return sendmsg(fd, &message, flags);
}

namespace pgmoat::net {
namespace {

using namespace test;

const std::string kTerminate = Message('X', "");

class FailingIo : public OneSession, public ::testing::Test {
 protected:
  FailingIo() { of_the_test = true; }

  // A login, a query, and its answer; what the client got.  Everybody is accounted for.
  std::string Converse() {
    reads.calls = writes.calls = 0;
    ScriptedServer upstream(1, [](int fd) {
      of_the_test = true;
      if (ReceiveExactly(fd, kStartup.size()).size() < kStartup.size()) return;
      SendAll(fd, kLoginAnswer);
      if (ReceiveExactly(fd, kQuery.size()) != kQuery) return;
      SendAll(fd, kFromServer.substr(kLoginAnswer.size()));
      ReceiveExactly(fd, kTerminate.size());
    });
    std::string got;
    {
      const auto server = Start(upstream.port());
      {
        const UniqueFd client = ConnectTo(server->ports()[0]);
        SendAll(client.get(), kStartup);
        got = ReceiveExactly(client.get(), kLoginAnswer.size());
        if (got == kLoginAnswer) SendAll(client.get(), kQuery + kTerminate);
        got += ReceiveUntilEnd(client.get());
      }
      ExpectAllEnded(*server);
    }
    reads.nth = writes.nth = Plan::kNone;
    return got;
  }

  // For every N up to what a session needs, and one more, which then nothing happens to.
  template <typename Check>
  void ForEveryCall(Plan& plan, Fault fault, Check check) {
    ASSERT_EQ(Converse(), kFromServer);
    const int calls = plan.calls;
    ASSERT_GE(calls, 4);  // a login and a query, each way
    for (int nth = 0; nth <= calls; ++nth) {
      SCOPED_TRACE("call " + std::to_string(nth));
      plan.Set(fault, nth);
      check(Converse());
    }
  }
};

// The bytes come later, or in another piece: nobody sees a difference.
TEST_F(FailingIo, ShortReads) {
  ForEveryCall(reads, Fault::kShort,
               [](const std::string& got) { EXPECT_EQ(got, kFromServer); });
}
TEST_F(FailingIo, ShortWrites) {
  ForEveryCall(writes, Fault::kShort,
               [](const std::string& got) { EXPECT_EQ(got, kFromServer); });
}
TEST_F(FailingIo, ReadsThatWouldBlock) {
  ForEveryCall(reads, Fault::kWouldBlock,
               [](const std::string& got) { EXPECT_EQ(got, kFromServer); });
}
TEST_F(FailingIo, WritesThatWouldBlock) {
  ForEveryCall(writes, Fault::kWouldBlock,
               [](const std::string& got) { EXPECT_EQ(got, kFromServer); });
}

TEST_F(FailingIo, EveryReadAndWriteIsOneByte) {
  reads.Set(Fault::kShort, Plan::kEvery);
  writes.Set(Fault::kShort, Plan::kEvery);
  EXPECT_EQ(Converse(), kFromServer);
  EXPECT_GT(reads.calls, static_cast<int>(kFromClient.size() + kFromServer.size()));
  EXPECT_GT(writes.calls, static_cast<int>(kFromServer.size()));
}

// The client gets the beginning of what there was, and where it can be told, why it ends.
void ExpectBeginning(const std::string& got) {
  const std::size_t error = got.find("SFATAL");
  const std::string before =
      error == std::string::npos ? got : got.substr(0, got.rfind('E', error));
  EXPECT_EQ(before, kFromServer.substr(0, before.size()));
}
TEST_F(FailingIo, ReadsThatFail) { ForEveryCall(reads, Fault::kReset, ExpectBeginning); }
TEST_F(FailingIo, WritesThatFail) { ForEveryCall(writes, Fault::kReset, ExpectBeginning); }

}  // namespace
}  // namespace pgmoat::net
