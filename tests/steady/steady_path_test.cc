// What a worker does per transaction once a session is under way: system calls, allocations,
// locks.  With real sockets, the real trail and the real metrics; only the server is
// scripted, so that what comes is the same each time.
//
// A program of its own, because it stands in for the functions that it counts: what this file
// defines is what the code under test calls.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <string>

#include "proxy/admin/metrics_registry.h"
#include "proxy/audit/trail.h"
#include "tests/net/one_session.h"

namespace {

enum What { kAllocation, kLock, kClock, kRecv, kSend, kEpollWait, kEpollCtl, kWrite, kWhats };
using Tally = std::array<std::uint64_t, kWhats>;

std::array<std::atomic<std::uint64_t>, kWhats> counts;
// Only of the worker's thread, which is known from its first statement on.
thread_local bool counted __attribute__((tls_model("initial-exec"))) = false;

void Count(What what) {
  if (counted) counts[what].fetch_add(1, std::memory_order_relaxed);
}

template <typename Function>
Function Real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* old, size_t bytes);

void* malloc(size_t bytes) {
  Count(kAllocation);
  return __libc_malloc(bytes);
}
void* calloc(size_t count, size_t bytes) {
  Count(kAllocation);
  return __libc_calloc(count, bytes);
}
void* realloc(void* old, size_t bytes) {
  Count(kAllocation);
  return __libc_realloc(old, bytes);
}
int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  static const auto real = Real<int (*)(pthread_mutex_t*)>("pthread_mutex_lock");
  Count(kLock);
  return real(mutex);
}
int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static const auto real = Real<int (*)(clockid_t, timespec*)>("clock_gettime");
  Count(kClock);
  return real(clock, now);
}
ssize_t recv(int fd, void* into, size_t size, int flags) {
  static const auto real = Real<ssize_t (*)(int, void*, size_t, int)>("recv");
  Count(kRecv);
  return real(fd, into, size, flags);
}
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static const auto real = Real<ssize_t (*)(int, const msghdr*, int)>("sendmsg");
  Count(kSend);
  return real(fd, message, flags);
}
ssize_t send(int fd, const void* from, size_t size, int flags) {
  static const auto real = Real<ssize_t (*)(int, const void*, size_t, int)>("send");
  Count(kSend);
  return real(fd, from, size, flags);
}
ssize_t write(int fd, const void* from, size_t size) {
  static const auto real = Real<ssize_t (*)(int, const void*, size_t)>("write");
  Count(kWrite);
  return real(fd, from, size);
}
int epoll_wait(int epoll, epoll_event* events, int most, int timeout) {
  static const auto real = Real<int (*)(int, epoll_event*, int, int)>("epoll_wait");
  Count(kEpollWait);
  return real(epoll, events, most, timeout);
}
int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) noexcept {
  static const auto real = Real<int (*)(int, int, int, epoll_event*)>("epoll_ctl");
  Count(kEpollCtl);
  return real(epoll, operation, fd, event);
}
}

namespace pgmoat::net {
namespace {

using namespace test;

constexpr int kWarmUps = 300;
constexpr int kTransactions = 1000;

// Tells which thread is the worker's, and otherwise passes on.
class WorkersLane final : public session::AuditTrail {
 public:
  explicit WorkersLane(session::AuditTrail& lane) : lane_(lane) {}
  session::RecordId NewId(std::chrono::system_clock::time_point now) override {
    return lane_.NewId(now);
  }
  bool Healthy() const override { return lane_.Healthy(); }
  session::AuditTicket Begin(const session::AuditRecord& record) override {
    counted = true;
    return lane_.Begin(record);
  }
  void End(session::AuditTicket ticket, const session::AuditEnd& end) override {
    lane_.End(ticket, end);
  }
  bool WaitDurable(std::function<void()> then) override { return lane_.WaitDurable(then); }
  void Append(const session::AuditRecord& record) override { lane_.Append(record); }

 private:
  session::AuditTrail& lane_;
};

struct RoundTrip {
  std::string request;
  std::string answer;
};

std::string Number(int i) { return std::to_string(100'000 + i); }  // of one length

const std::string kSelect = "SELECT abalance FROM pgbench_accounts WHERE aid = ";
const std::string kDescription =
    Message('T', "\0\1abalance\0\0\0\x40\1\0\3\0\0\0\x17\0\4\xff\xff\xff\xff\0\0"s);
const std::string kRowAndEnd =
    Message('D', "\0\1\0\0\0\1"s + "0") + Message('C', "SELECT 1\0"s) + Message('Z', "I");
const std::string kSync = Message('S', "");
const std::string kExecuteAndSync = Message('D', "P\0"s) + Message('E', "\0\0\0\0\0"s) + kSync;

RoundTrip Simple(int i) {
  return {Message('Q', kSelect + Number(i) + ";\0"s), kDescription + kRowAndEnd};
}
std::string Bind(const std::string& statement, int i) {
  return Message('B', "\0"s + statement + "\0\0\0\0\1\0\0\0\6"s + Number(i) + "\0\0"s);
}
RoundTrip Extended(int i) {
  return {Message('P', "\0"s + kSelect + "$1;\0\0\0"s) + Bind("", i) + kExecuteAndSync,
          Message('1', "") + Message('2', "") + kDescription + kRowAndEnd};
}
RoundTrip Prepared(int i) {
  return {Bind("P0_1", i) + kExecuteAndSync, Message('2', "") + kDescription + kRowAndEnd};
}
const RoundTrip kPrepare = {Message('P', "P0_1\0"s + kSelect + "$1;\0\0\0"s) + kSync,
                            Message('1', "") + Message('Z', "I")};

class SteadyPath : public OneSession, public ::testing::Test {
 protected:
  SteadyPath() {
    auto rules = std::make_shared<policy::Rules>();
    rules->role = policy::BuiltinRole::kApp;
    config_.directory.environments[0].logins = {{"*", std::move(rules)}};
  }

  // What the worker did for the last kTransactions of them.
  Tally Run(RoundTrip (*round_trip)(int)) {
    ScriptedServer upstream(1, [&](int fd) {
      ReceiveExactly(fd, kStartup.size());
      SendAll(fd, kLoginAnswer);
      ReceiveExactly(fd, kPrepare.request.size());
      SendAll(fd, kPrepare.answer);
      for (int i = 0; i < kWarmUps + kTransactions; ++i) {
        const RoundTrip one = round_trip(i);
        ASSERT_EQ(ReceiveExactly(fd, one.request.size()), one.request);
        SendAll(fd, one.answer);
      }
      ReceiveUntilEnd(fd);
    });
    audit::Trail trail({.directory = directory_.path() / "journal", .sinks = {}});
    WorkersLane lane(trail.Lane(0));
    admin::MetricsRegistry metrics;
    config_.upstreams[0].port = upstream.port();
    Server server(config_, session::Surroundings{&lane, &metrics}, metrics);
    server.Start();
    const UniqueFd client = ConnectTo(server.ports()[0]);
    SendAll(client.get(), kStartup);
    EXPECT_EQ(ReceiveExactly(client.get(), kLoginAnswer.size()), kLoginAnswer);
    SendAll(client.get(), kPrepare.request);
    EXPECT_EQ(ReceiveExactly(client.get(), kPrepare.answer.size()), kPrepare.answer);
    Tally before{};
    for (int i = 0; i < kWarmUps + kTransactions; ++i) {
      if (i == kWarmUps) before = Now();
      const RoundTrip one = round_trip(i);
      SendAll(client.get(), one.request);
      EXPECT_EQ(ReceiveExactly(client.get(), one.answer.size()), one.answer);
    }
    Tally done = Now();
    for (std::size_t i = 0; i < done.size(); ++i) done[i] -= before[i];
    return done;
  }

  static Tally Now() {
    Tally now{};
    for (std::size_t i = 0; i < now.size(); ++i) now[i] = counts[i];
    return now;
  }

  // Per direction one of each, as the bare relay; the last of its turn may stand before or
  // behind the moment of counting.
  static void ExpectSteady(const Tally& done, std::uint64_t parses) {
    EXPECT_EQ(done[kRecv], 2U * kTransactions);
    EXPECT_EQ(done[kSend], 2U * kTransactions);
    EXPECT_LE(done[kEpollWait], 2U * kTransactions + 1);
    EXPECT_EQ(done[kEpollCtl], 0U);
    EXPECT_EQ(done[kWrite], 0U);
    EXPECT_EQ(done[kLock], 0U);
    // libpg_query's own: it hands out a copy of what the parser wrote to stderr, which is
    // nothing.
    EXPECT_EQ(done[kAllocation], parses * kTransactions);
    // No system calls, but not free: arrival and end of each direction, the decision; and
    // now and then the wall clock.
    EXPECT_LE(done[kClock], 5U * kTransactions + kTransactions / 10);
  }

  TempDir directory_;
};

TEST_F(SteadyPath, PreparedStatements) { ExpectSteady(Run(Prepared), 0); }

// Each has a text of its own, which is parsed, judged and put on record.
TEST_F(SteadyPath, Simple) { ExpectSteady(Run(Simple), 1); }
TEST_F(SteadyPath, Extended) { ExpectSteady(Run(Extended), 1); }

}  // namespace
}  // namespace pgmoat::net
