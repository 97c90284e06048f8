#include "proxy/net/worker.h"

#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

#include "proxy/net/session_runner.h"

namespace pgmoat::net {

Worker::Worker(Shared& shared, std::shared_ptr<const Settings> settings,
               session::AuditTrail* audit, bool waits_durable)
    : shared_(shared),
      surroundings_(shared.surroundings),
      waits_durable_(waits_durable),
      settings_(std::move(settings)),
      buffer_(kHeadroom + kReadBytes),
      clock_(loop_) {
  surroundings_.audit = audit;
}

Worker::~Worker() {
  Stop();
  // Before the event loop they are registered with.
  sessions_.clear();
}

void Worker::Start() {
  thread_ = std::thread([this] { loop_.Run(); });
}

void Worker::Stop() {
  loop_.Stop();
  if (thread_.joinable()) thread_.join();
}

void Worker::Accept(AcceptedClient client) {
  count_.fetch_add(1, std::memory_order_relaxed);
  auto shared = std::make_shared<AcceptedClient>(std::move(client));
  loop_.Post([this, shared] { Begin(std::move(*shared)); });
}

void Worker::Post(std::function<void()> f) { loop_.Post(std::move(f)); }

void Worker::Begin(AcceptedClient client) {
  const bool too_many = client.too_many;
  const std::string address = client.address;
  std::shared_ptr<SessionRunner> runner;
  try {
    runner = std::make_shared<SessionRunner>(*this, std::move(client));
    sessions_.emplace(runner.get(), runner);
  } catch (const std::exception& e) {
    // No memory or no more descriptors to watch: this client is lost, others go on.
    spdlog::error("cannot take a connection from {}: {}", address, e.what());
    SessionEnded();
    return;
  }
  shared_.observer.Connected();
  if (too_many) {
    runner->Refuse("53300", "too many connections: pgmoat's limits.max_connections is " +
                                std::to_string(settings_->limits.max_connections));
  } else if (draining_) {
    runner->Refuse("57P03", "pgmoat is shutting down");
  } else {
    runner->Start();
  }
}

void Worker::SessionEnded() {
  count_.fetch_sub(1, std::memory_order_relaxed);
  shared_.on_session_ended();
}

void Worker::Forget(SessionRunner& runner) {
  timed_.erase(&runner);
  const auto found = sessions_.find(&runner);
  if (found == sessions_.end()) return;
  // It is still running.
  loop_.AtEndOfTurn([runner = std::move(found->second)] {});
  sessions_.erase(found);
  shared_.observer.Disconnected();
  SessionEnded();
}

session::Now Worker::Now() {
  using std::chrono::steady_clock;
  using std::chrono::system_clock;
  const steady_clock::time_point now = steady_clock::now();
  if (now >= wall_clock_due_) {
    wall_clock_ahead_ = std::chrono::duration_cast<system_clock::duration>(
        system_clock::now().time_since_epoch() - now.time_since_epoch());
    wall_clock_due_ = now + kTick;
  }
  return {now, system_clock::time_point(now.time_since_epoch() + wall_clock_ahead_)};
}

void Worker::KeepTime(SessionRunner& runner, bool wanted) {
  if (!wanted) {
    timed_.erase(&runner);
    return;
  }
  timed_.insert(&runner);
  if (!ticking_) WaitForTick();
}

void Worker::WaitForTick() {
  ticking_ = true;
  clock_.Start(kTick, [this] { Tick(); });
}

void Worker::Tick() {
  // A session may end meanwhile.
  std::vector<std::shared_ptr<SessionRunner>> present;
  present.reserve(timed_.size());
  for (SessionRunner* runner : timed_) present.push_back(sessions_.at(runner));
  const session::Now now = Now();
  for (const auto& runner : present) {
    runner->Tick(now);
    if (!runner->HasTimeLimits()) timed_.erase(runner.get());
  }
  ticking_ = false;
  if (!timed_.empty()) WaitForTick();
}

void Worker::ForEachSession(const std::function<void(SessionRunner&)>& f) {
  std::vector<std::shared_ptr<SessionRunner>> present;
  present.reserve(sessions_.size());
  for (const auto& [key, runner] : sessions_) present.push_back(runner);
  for (const auto& runner : present) f(*runner);
}

void Worker::UseSettings(std::shared_ptr<const Settings> settings) {
  loop_.Post([this, settings = std::move(settings)] {
    settings_ = settings;
    ForEachSession([&](SessionRunner& runner) { runner.UseSettings(settings_); });
  });
}

void Worker::Drain() {
  loop_.Post([this] {
    draining_ = true;
    ForEachSession([](SessionRunner& runner) { runner.Drain(); });
  });
}

void Worker::Kill() {
  loop_.Post([this] {
    draining_ = true;
    ForEachSession([](SessionRunner& runner) { runner.Kill(); });
  });
}

}  // namespace pgmoat::net
