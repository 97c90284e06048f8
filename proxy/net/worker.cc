#include "proxy/net/worker.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
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
      clock_(io_),
      work_(io_.get_executor()) {
  surroundings_.audit = audit;
}

Worker::~Worker() {
  Stop();
  // Before the event loop they are registered with.
  sessions_.clear();
}

void Worker::Start() {
  thread_ = std::thread([this] { io_.run(); });
}

void Worker::Stop() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void Worker::Accept(AcceptedClient client) {
  asio::post(io_, [this, client = std::move(client)]() mutable { Begin(std::move(client)); });
}

void Worker::Post(std::function<void()> f) { asio::post(io_, std::move(f)); }

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
    shared_.on_session_ended();
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

void Worker::Forget(SessionRunner& runner) {
  timed_.erase(&runner);
  if (sessions_.erase(&runner) == 0) return;
  shared_.observer.Disconnected();
  shared_.on_session_ended();
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
  clock_.expires_after(kTick);
  clock_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) Tick();
  });
}

void Worker::Tick() {
  // A session may end meanwhile.
  std::vector<std::shared_ptr<SessionRunner>> present;
  present.reserve(timed_.size());
  for (SessionRunner* runner : timed_) present.push_back(sessions_.at(runner));
  const session::Now now = SessionRunner::Clock();
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
  asio::post(io_, [this, settings = std::move(settings)] {
    settings_ = settings;
    ForEachSession([&](SessionRunner& runner) { runner.UseSettings(settings_); });
  });
}

void Worker::Drain() {
  asio::post(io_, [this] {
    draining_ = true;
    ForEachSession([](SessionRunner& runner) { runner.Drain(); });
  });
}

void Worker::Kill() {
  asio::post(io_, [this] {
    draining_ = true;
    ForEachSession([](SessionRunner& runner) { runner.Kill(); });
  });
}

}  // namespace pgmoat::net
