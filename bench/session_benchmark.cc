// What a session costs between its sockets: bytes of a round trip in, bytes out.  No system
// call, no audit trail; what is left is framing, judging and keeping step.
//
//   valgrind --tool=callgrind --toggle-collect='*RoundTrip*' … --benchmark_filter=simple
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/message_writer.h"
#include "proxy/session/session.h"

namespace pgmoat::session {
namespace {

class NoTrail final : public AuditTrail {
 public:
  RecordId NewId(std::chrono::system_clock::time_point) override { return {}; }
  bool Healthy() const override { return true; }
  void Append(const AuditRecord&) override {}
  AuditTicket Begin(const AuditRecord& record) override {
    benchmark::DoNotOptimize(record.text.get());
    return 1;
  }
  void End(AuditTicket, const AuditEnd& end) override {
    benchmark::DoNotOptimize(end.rows_returned);
  }
  bool WaitDurable(std::function<void()>) override { return false; }
};

class NoMetrics final : public Metrics {
 public:
  void LoginAccepted(std::string_view, std::string_view) override {}
  void LoginRefused(std::string_view) override {}
  void SessionEnded(std::string_view, std::string_view) override {}
  void Allowed(std::string_view, std::string_view) override {}
  void Denied(std::string_view, std::string_view, std::string_view) override {}
  void LimitHit(std::string_view, std::string_view, std::string_view) override {}
  void WouldDeny(std::string_view, std::string_view, std::string_view) override {}
  void GrantOpened(std::string_view, std::string_view) override {}
  void GrantEnded(std::string_view, std::string_view, std::string_view) override {}
  void CatalogRead(std::string_view, bool, std::chrono::nanoseconds) override {}
};

using Wire = std::vector<std::byte>;

Wire Message(char type, std::string_view body) {
  Wire bytes;
  protocol::MessageWriter(bytes, static_cast<protocol::BackendType>(type))
      .Append(protocol::AsBytes(body));
  return bytes;
}

Wire Startup(std::string_view body) {
  Wire bytes;
  protocol::MessageWriter(bytes).Append(protocol::AsBytes(body));
  return bytes;
}

Wire operator+(Wire left, const Wire& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

using namespace std::string_literals;

const std::string kText = "SELECT abalance FROM pgbench_accounts WHERE aid = 4711;\0"s;
const Wire kRow = Message('D', "\0\1\0\0\0\1"s + "0");
const Wire kDescription =
    Message('T', "\0\1abalance\0\0\0\x40\x01\0\3\0\0\0\x17\0\4\xff\xff\xff\xff\0\0"s);
const Wire kDone = Message('C', "SELECT 1\0"s);
const Wire kReady = Message('Z', "I");

// One login `app`, up to its first ReadyForQuery.
class LoggedIn {
 public:
  LoggedIn() {
    auto directory = std::make_shared<auth::Directory>();
    auth::Environment environment;
    environment.name = "production";
    auto rules = std::make_shared<policy::Rules>();
    policy::ParseRoleName("app", rules->role);
    rules->environment = "production";
    environment.logins.push_back({"app", std::move(rules)});
    directory->environments.push_back(std::move(environment));
    session_ = std::make_unique<Session>(Surroundings{&trail_, &metrics_}, SessionOptions{},
                                         std::move(directory));
    FromClient(Startup("\0\3\0\0user\0app\0database\0shop\0\0"s));
    out_.Clear();
    session_->OnServerConnected(false, now_, out_);
    FromServer(Message('R', "\0\0\0\0"s) + Message('S', "client_encoding\0UTF8\0"s) +
               Message('S', "standard_conforming_strings\0on\0"s) +
               Message('K', "\0\0\0\1\0\0\0\2"s) + kReady);
    if (!session_->LoggedIn()) std::abort();
  }

  void FromClient(const Wire& bytes) {
    out_.Clear();
    session_->OnClientBytes(bytes, now_, out_);
  }
  void FromServer(const Wire& bytes) {
    out_.Clear();
    session_->OnServerBytes(bytes, now_, out_);
  }
  // Everything is forwarded, or this measures something else.
  [[gnu::noinline]] void RoundTrip(const Wire& request, const Wire& answer) {
    FromClient(request);
    if (out_.to_server.bytes() != request.size()) std::abort();
    FromServer(answer);
    if (out_.to_client.bytes() != answer.size()) std::abort();
  }

 private:
  NoTrail trail_;
  NoMetrics metrics_;
  Now now_{std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
  Output out_;
  std::unique_ptr<Session> session_;
};

void Measure(benchmark::State& state, const Wire& request, const Wire& answer) {
  LoggedIn session;
  for (auto _ : state) session.RoundTrip(request, answer);
}

const Wire kSync = Message('S', "");
const Wire kExecute = Message('E', "\0\0\0\0\0"s);
const Wire kDescribePortal = Message('D', "P\0"s);
const std::string kValue =
    "\0\0\0\1\0\0\0\4"
    "4711\0\0"s;

void Simple(benchmark::State& state) {
  Measure(state, Message('Q', kText), kDescription + kRow + kDone + kReady);
}
void Extended(benchmark::State& state) {
  Measure(state,
          Message('P', "\0"s + "SELECT abalance FROM pgbench_accounts WHERE aid = $1;\0\0\0"s) +
              Message('B', "\0\0"s + kValue) + kDescribePortal + kExecute + kSync,
          Message('1', "") + Message('2', "") + kDescription + kRow + kDone + kReady);
}
void Prepared(benchmark::State& state) {
  LoggedIn session;
  session.RoundTrip(
      Message('P', "P0_1\0SELECT abalance FROM pgbench_accounts WHERE aid = $1;\0\0\0"s) +
          kSync,
      Message('1', "") + kReady);
  const Wire request = Message('B', "\0P0_1\0"s + kValue) + kDescribePortal + kExecute + kSync;
  const Wire answer = Message('2', "") + kDescription + kRow + kDone + kReady;
  for (auto _ : state) session.RoundTrip(request, answer);
}
// 64 KiB of rows, as one read brings them.
void Rows(benchmark::State& state) {
  Wire rows;
  const Wire row = Message('D', "\0\1\0\0\0\x64"s + std::string(100, 'x'));
  while (rows.size() + row.size() < 64 << 10) rows = rows + row;
  LoggedIn session;
  session.FromClient(Message('Q', kText));
  session.FromServer(kDescription);
  for (auto _ : state) session.FromServer(rows);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * rows.size()));
}

BENCHMARK(Simple)->Name("session/simple");
BENCHMARK(Extended)->Name("session/extended");
BENCHMARK(Prepared)->Name("session/prepared");
BENCHMARK(Rows)->Name("session/rows");

}  // namespace
}  // namespace pgmoat::session
