// One event loop on one thread, and the sessions pinned to it (design 3.8).
//
// Lends its sessions what they need one at a time: the buffer that bytes are read
// into and the Output that a call into a session fills.  An idle session therefore
// holds neither.
//
// Threads: Start, Stop, Accept, UseSettings, Drain and Kill may be called on any
//   thread; they post.  Everything else runs on the worker's thread.
// Lifetime: owns its sessions; destroying it closes what is left of them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "policy/rules.h"
#include "proxy/net/event_loop.h"
#include "proxy/net/judge_pool.h"
#include "proxy/net/settings.h"
#include "proxy/net/traffic_observer.h"
#include "proxy/net/unique_fd.h"
#include "proxy/session/output.h"
#include "proxy/session/session.h"

namespace pgmoat::net {

class SessionRunner;

// What all workers share.  Outlives them.
struct Shared {
  session::Surroundings surroundings;
  TrafficObserver& observer;
  JudgePool* judges;
  std::function<void()> on_session_ended;  // on the worker's thread
};

// A client as the acceptor found it.
struct AcceptedClient {
  UniqueFd fd;
  std::size_t listener = 0;  // index into Settings::listeners
  std::string address;       // "127.0.0.1:53212"
  std::optional<policy::IpAddress> ip;
  bool too_many = false;  // refuse it: max_connections is reached
};

class Worker {
 public:
  // `audit` is this worker's own and outlives it.  `waits_durable`: nothing goes to a server
  // before the trail says so (AuditTrail::WaitDurable).
  Worker(Shared& shared, std::shared_ptr<const Settings> settings, session::AuditTrail* audit,
         bool waits_durable);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void Start();
  // Returns when the thread has ended.
  void Stop();

  void Accept(AcceptedClient client);
  // Sessions that it has or was given; any thread.
  [[nodiscard]] std::size_t sessions() const { return count_.load(std::memory_order_relaxed); }
  // Runs `f` on the worker's thread.
  void Post(std::function<void()> f);
  void UseSettings(std::shared_ptr<const Settings> settings);
  void Drain();
  void Kill();

  // --- for SessionRunner, on the worker's thread ---

  // What was left over of the last read (at most kHeadroom bytes of it) is put directly
  // before the bytes that are read: the session is offered both as one span.
  static constexpr std::size_t kHeadroom = std::size_t{4} << 10;
  static constexpr std::size_t kReadBytes = std::size_t{32} << 10;
  [[nodiscard]] std::span<std::byte> read_buffer() {
    return std::span(buffer_).subspan(kHeadroom);
  }
  [[nodiscard]] std::span<std::byte> headroom() { return std::span(buffer_).first(kHeadroom); }

  [[nodiscard]] session::Output& output() { return output_; }
  // The wall clock is read every kTick at most; between, it goes on with the steady one.
  [[nodiscard]] session::Now Now();
  [[nodiscard]] EventLoop& loop() { return loop_; }
  [[nodiscard]] Shared& shared() { return shared_; }
  [[nodiscard]] const session::Surroundings& surroundings() const { return surroundings_; }
  [[nodiscard]] bool waits_durable() const { return waits_durable_; }
  [[nodiscard]] const std::shared_ptr<const Settings>& settings() const { return settings_; }
  void Forget(SessionRunner& runner);

  // One coarse clock for all sessions, which stands while none has limits in time: no
  // statement arms a timer.
  static constexpr std::chrono::milliseconds kTick{100};
  void KeepTime(SessionRunner& runner, bool wanted);

 private:
  void Begin(AcceptedClient client);
  void SessionEnded();
  void WaitForTick();
  void Tick();
  // Sessions may end, and so leave the set, while f runs.
  void ForEachSession(const std::function<void(SessionRunner&)>& f);

  Shared& shared_;
  session::Surroundings surroundings_;
  const bool waits_durable_;
  std::shared_ptr<const Settings> settings_;
  std::unordered_map<SessionRunner*, std::shared_ptr<SessionRunner>> sessions_;
  std::atomic<std::size_t> count_{0};
  std::unordered_set<SessionRunner*> timed_;  // of sessions_
  std::chrono::steady_clock::time_point wall_clock_due_;
  std::chrono::system_clock::duration wall_clock_ahead_{};
  bool ticking_ = false;
  bool draining_ = false;
  session::Output output_;
  std::vector<std::byte> buffer_;
  EventLoop loop_;
  Timer clock_;
  std::thread thread_;
};

}  // namespace pgmoat::net
