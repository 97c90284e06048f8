#include "proxy/net/server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <stdexcept>
#include <utility>

namespace pgmoat::net {
namespace {

// Long statements are rare: one core's worth of them at most.
constexpr std::size_t kJudgeThreads = 1;

std::vector<asio::ip::tcp::endpoint> Resolve(asio::io_context& io,
                                             const config::Listener& listener) {
  boost::system::error_code failed;
  const auto address = asio::ip::make_address(listener.host, failed);
  if (!failed) return {{address, listener.port}};
  asio::ip::tcp::resolver resolver(io);
  const auto results = resolver.resolve(
      listener.host, std::to_string(listener.port),
      asio::ip::resolver_base::passive | asio::ip::resolver_base::numeric_service, failed);
  if (failed) {
    throw std::runtime_error("cannot listen on " + listener.address + ": " + failed.message());
  }
  std::vector<asio::ip::tcp::endpoint> endpoints;
  for (const auto& result : results) endpoints.push_back(result.endpoint());
  return endpoints;
}

}  // namespace

std::size_t Server::WorkerCount(const config::Config& config) {
  return config.workers > 0 ? config.workers
                            : std::max(1U, std::thread::hardware_concurrency());
}

Server::Server(const config::Config& config, session::Surroundings surroundings,
               TrafficObserver& observer, const TrailOfWorker& trail_of_worker)
    : listeners_(config.listen),
      configured_workers_(config.workers),
      max_connections_(config.limits.max_connections),
      shared_{surroundings, observer, nullptr, [this] { OnSessionEnded(); }},
      judges_(std::make_unique<JudgePool>(kJudgeThreads)),
      work_(control_.get_executor()),
      drain_timer_(control_) {
  shared_.judges = judges_.get();
  shared_.surroundings.roles = &roles_;
  shared_.surroundings.log = [](const std::string& line) { spdlog::warn("{}", line); };
  settings_ = MakeSettings(config);
  MakeWorkers(config, trail_of_worker);
  Listen();
}

void Server::MakeWorkers(const config::Config& config, const TrailOfWorker& trail_of_worker) {
  const bool waits_durable = config.audit.sync == config::AuditSync::kEach;
  workers_.resize(WorkerCount(config));
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    session::AuditTrail* trail = shared_.surroundings.audit;
    if (trail_of_worker) {
      trail = trail_of_worker(
          i, [this, i](std::function<void()> f) { workers_[i]->Post(std::move(f)); });
    }
    workers_[i] = std::make_unique<Worker>(shared_, settings_, trail, waits_durable);
  }
}

void Server::Listen() {
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    const config::Listener& listener = listeners_[i];
    if (listener.is_unix_socket()) {
      ListenAt(i, asio::local::stream_protocol::endpoint(listener.address));
      ports_.push_back(listener.port);
      continue;
    }
    std::uint16_t port = listener.port;
    for (asio::ip::tcp::endpoint endpoint : Resolve(control_, listener)) {
      // "localhost" is two addresses; a port that the system chose is for both.
      endpoint.port(port);
      ListenAt(i, endpoint);
      port = acceptors_.back()->port();
    }
    ports_.push_back(port);
  }
}

void Server::ListenAt(std::size_t listener, const SocketAddress& address) {
  acceptors_.push_back(std::make_unique<Acceptor>(
      control_, address, listeners_[listener].address, listeners_[listener].permissions,
      [this, listener](UniqueFd fd, std::string client, const policy::IpAddress& ip) {
        OnClient(listener, std::move(fd), std::move(client), ip);
      }));
}

Server::~Server() {
  control_.stop();
  if (thread_.joinable()) thread_.join();
  for (const auto& worker : workers_) worker->Stop();
  // Its threads post to the workers.
  judges_.reset();
  workers_.clear();
}

void Server::Start() {
  for (const auto& worker : workers_) worker->Start();
  for (const auto& acceptor : acceptors_) acceptor->Start();
  thread_ = std::thread([this] { control_.run(); });
}

void Server::OnClient(std::size_t listener, UniqueFd fd, std::string address,
                      const policy::IpAddress& ip) {
  const bool too_many = sessions_.fetch_add(1) >= max_connections_.load();
  Worker& worker = *workers_[LeastLoadedWorker()];
  worker.Accept({std::move(fd), listener, std::move(address), ip, too_many});
}

// That with the fewest sessions; of several the next in turn.
std::size_t Server::LeastLoadedWorker() {
  std::size_t least = next_worker_;
  for (std::size_t i = 1; i < workers_.size(); ++i) {
    const std::size_t other = (next_worker_ + i) % workers_.size();
    if (workers_[other]->sessions() < workers_[least]->sessions()) least = other;
  }
  next_worker_ = (least + 1) % workers_.size();
  return least;
}

void Server::OnSessionEnded() {
  if (sessions_.fetch_sub(1) == 1 && draining_.load()) {
    asio::post(control_, [this] { CheckDrained(); });
  }
}

std::vector<std::string> Server::Reload(const config::Config& config) {
  const auto made = MakeSettings(config);
  std::vector<std::string> needs_restart;
  // Sessions know their listener by its index: keep the order that was bound.
  auto settings = std::make_shared<Settings>(*made);
  settings->listeners.clear();
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    const config::Listener& bound = listeners_[i];
    const auto same = std::find_if(made->listeners.begin(), made->listeners.end(),
                                   [&](const auto& l) { return l.address == bound.address; });
    if (same != made->listeners.end()) {
      settings->listeners.push_back(*same);
    } else {
      settings->listeners.push_back(settings_->listeners[i]);
      needs_restart.push_back("listener " + bound.address +
                              " was removed; it closes at a restart");
    }
  }
  for (const config::Listener& wanted : config.listen) {
    if (std::none_of(listeners_.begin(), listeners_.end(),
                     [&](const auto& l) { return l.address == wanted.address; })) {
      needs_restart.push_back("listener " + wanted.address + " is new; it opens at a restart");
    }
  }
  if (config.workers != configured_workers_) {
    needs_restart.emplace_back("the number of workers changes at a restart");
  }
  max_connections_ = config.limits.max_connections;
  settings_ = settings;
  for (const auto& worker : workers_) worker->UseSettings(settings_);
  return needs_restart;
}

void Server::Drain(std::chrono::milliseconds timeout, std::function<void()> done) {
  draining_ = true;
  asio::post(control_, [this, timeout, done = std::move(done)]() mutable {
    drained_ = std::move(done);
    // The listeners stay: what still runs can be cancelled, and who wants to log in is told.
    for (const auto& worker : workers_) worker->Drain();
    drain_timer_.expires_after(timeout);
    drain_timer_.async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled) Kill();
    });
    CheckDrained();
  });
}

void Server::Kill() {
  asio::post(control_, [this] { CloseListeners(); });
  for (const auto& worker : workers_) worker->Kill();
}

void Server::CloseListeners() {
  for (const auto& acceptor : acceptors_) acceptor->Close();
}

void Server::CheckDrained() {
  if (sessions_.load() > 0 || !drained_) return;
  CloseListeners();
  drain_timer_.cancel();
  std::exchange(drained_, nullptr)();
}

std::vector<std::size_t> Server::SessionsOfWorkers() const {
  std::vector<std::size_t> sessions;
  for (const auto& worker : workers_) sessions.push_back(worker->sessions());
  return sessions;
}

std::vector<std::string> Server::addresses() const {
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    const std::string& host = listeners_[i].host;
    if (listeners_[i].is_unix_socket()) {
      shown.push_back(listeners_[i].address);
      continue;
    }
    const bool is_v6 = host.find(':') != std::string::npos;
    shown.push_back((is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(ports_[i]));
  }
  return shown;
}

}  // namespace pgmoat::net
