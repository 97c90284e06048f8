// All metrics of the process, in Prometheus' terms.
//
// Names: pgmoat_…, units in the name, counters end in _total.
// Threads: every method may be called from any thread.
#pragma once

#include <memory>
#include <string>

#include "proxy/net/traffic_observer.h"
#include "proxy/session/metrics.h"

namespace pgmoat::admin {

class MetricsRegistry final : public session::Metrics, public net::TrafficObserver {
 public:
  MetricsRegistry();
  ~MetricsRegistry() override;

  // session::Metrics
  void LoginAccepted(std::string_view environment, std::string_view role) override;
  void LoginRefused(std::string_view rule) override;
  void SessionEnded(std::string_view environment, std::string_view role) override;
  void Allowed(std::string_view environment, std::string_view role) override;
  void Denied(std::string_view environment, std::string_view role,
              std::string_view rule) override;
  void LimitHit(std::string_view environment, std::string_view role,
                std::string_view rule) override;
  void WouldDeny(std::string_view environment, std::string_view role,
                 std::string_view rule) override;
  void GrantOpened(std::string_view environment, std::string_view role) override;
  void GrantEnded(std::string_view environment, std::string_view role,
                  std::string_view cause) override;
  void CatalogRead(std::string_view environment, bool success,
                   std::chrono::nanoseconds duration) override;

  // net::TrafficObserver
  void Connected() override;
  void Disconnected() override;
  void Forwarded(net::Direction direction, std::size_t bytes) override;
  void AddedLatency(std::chrono::nanoseconds latency) override;

  // The audit trail's state.
  void AuditWritten(std::size_t records);
  void AuditLost(std::size_t records);
  void AuditHealthy(bool healthy);
  void AuditJournalLag(std::uint64_t bytes);
  void AuditSinkFailed(const std::string& sink);
  void AuditSinkLag(const std::string& sink, std::uint64_t lines, std::chrono::milliseconds lag,
                    bool failing);

  // Records of migrations that ran.
  void ProofsWritten(std::size_t proofs);
  void ProofsLost(std::size_t proofs);

  // Config reloads.
  void Reloaded(bool success);

  // Prometheus text exposition format, version 0.0.4.
  [[nodiscard]] std::string Render() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgmoat::admin
