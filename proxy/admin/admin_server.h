// The admin listener: GET /metrics, /healthz, /readyz over HTTP.
//
//   /healthz  200 while the process runs its loop
//   /readyz   200 while new logins are taken and the audit trail is healthy,
//             otherwise 503 with the reason in one line
//
// Threads: serves on a thread of its own; the callbacks are called there.
// Errors:  the constructor throws std::runtime_error naming address and reason
//   (port in use).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace pgmoat::admin {

class AdminServer {
 public:
  struct Callbacks {
    std::function<std::string()> metrics;           // body of /metrics
    std::function<std::string()> not_ready_reason;  // empty: ready
  };
  AdminServer(const std::string& host, std::uint16_t port, Callbacks callbacks);
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // The bound port; differs from the one asked for when that was 0.
  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgmoat::admin
