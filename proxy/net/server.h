// The sockets of the whole program: listeners, workers, sessions.
//
//   control thread:  acceptors ── round-robin ──┐
//                    drain timer                 │
//   worker threads:  Worker 0 … N-1  <───────────┘   sessions, pinned
//   judge threads:   JudgePool                       long statements
//
// Threads:  the methods may be called from one thread that is none of these.
// Lifetime: surroundings and observer outlive it.  The destructor ends what is left,
//   without ceremony; Drain() is the polite way.
// Errors:   the constructor throws std::runtime_error naming the address or TLS file.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "proxy/config/config.h"
#include "proxy/net/acceptor.h"
#include "proxy/net/judge_pool.h"
#include "proxy/net/role_counters.h"
#include "proxy/net/settings.h"
#include "proxy/net/traffic_observer.h"
#include "proxy/net/worker.h"

namespace pgmoat::net {

// Runs a function on a worker's thread; not to be called once the server is gone.
using Post = std::function<void(std::function<void()>)>;
// The audit trail of a worker.
using TrailOfWorker = std::function<session::AuditTrail*(std::size_t worker, Post post)>;

class Server {
 public:
  // How many workers a config asks for.
  static std::size_t WorkerCount(const config::Config& config);

  // Binds every listener; nothing is accepted before Start().  Without `trail_of_worker`
  // all workers use the surroundings' trail.
  Server(const config::Config& config, session::Surroundings surroundings,
         TrafficObserver& observer, const TrailOfWorker& trail_of_worker = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void Start();

  // Statements are judged by the new rules from here on, and new connections use the
  // new upstreams and TLS files.  Returns what needs a restart, as sentences.
  // Throws std::runtime_error, and changes nothing, when a TLS file cannot be used.
  std::vector<std::string> Reload(const config::Config& config);

  // Lets nobody in any more (cancel requests pass) and ends each session where no
  // transaction is open; after `timeout` ends the rest.  `done` is called on a thread of
  // the server when none is left.
  void Drain(std::chrono::milliseconds timeout, std::function<void()> done);
  // Ends every session at once.
  void Kill();

  // "127.0.0.1:6432", with the port that was chosen where the config says 0.
  [[nodiscard]] std::vector<std::string> addresses() const;
  // Of each listener in the config's order.
  [[nodiscard]] std::vector<std::uint16_t> ports() const { return ports_; }
  [[nodiscard]] std::size_t sessions() const { return sessions_.load(); }
  [[nodiscard]] std::vector<std::size_t> SessionsOfWorkers() const;
  [[nodiscard]] bool draining() const { return draining_.load(); }

 private:
  void MakeWorkers(const config::Config& config, const TrailOfWorker& trail_of_worker);
  void Listen();
  void ListenAt(std::size_t listener, const SocketAddress& address);
  void OnClient(std::size_t listener, UniqueFd fd, std::string address,
                const policy::IpAddress& ip);
  [[nodiscard]] std::size_t LeastLoadedWorker();
  void OnSessionEnded();
  void CloseListeners();
  void CheckDrained();

  std::vector<config::Listener> listeners_;  // as bound
  std::vector<std::uint16_t> ports_;
  std::shared_ptr<const Settings> settings_;  // the newest
  unsigned configured_workers_;
  std::atomic<std::size_t> sessions_{0};
  std::atomic<std::size_t> max_connections_;
  std::atomic<bool> draining_{false};
  std::function<void()> drained_;  // control thread
  std::size_t next_worker_ = 0;    // control thread

  RoleCounters roles_;
  Shared shared_;
  std::unique_ptr<JudgePool> judges_;
  std::vector<std::unique_ptr<Worker>> workers_;
  asio::io_context control_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer drain_timer_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::thread thread_;
};

}  // namespace pgmoat::net
