// What a session counts.  The registry behind it lives in proxy/admin/.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace pgmoat::session {

// Threads: called on the session's worker thread; implementations are lock-free
// on the paths without a denial.
class Metrics {
 public:
  virtual ~Metrics() = default;
  virtual void LoginAccepted(std::string_view environment, std::string_view role) = 0;
  virtual void LoginRefused(std::string_view rule) = 0;
  virtual void SessionEnded(std::string_view environment, std::string_view role) = 0;
  virtual void Allowed(std::string_view environment, std::string_view role) = 0;
  virtual void Denied(std::string_view environment, std::string_view role,
                      std::string_view rule) = 0;
  // A limit of a role was reached; rules are those of limits.h.
  virtual void LimitHit(std::string_view environment, std::string_view role,
                        std::string_view rule) = 0;
  // Allowed by a `log` rule or by shadow mode only.
  virtual void WouldDeny(std::string_view environment, std::string_view role,
                         std::string_view rule) = 0;
  // A grant began, or ended: "expired", "reset", "reload", "session-end".  `role`: the login's.
  virtual void GrantOpened(std::string_view environment, std::string_view role) = 0;
  virtual void GrantEnded(std::string_view environment, std::string_view role,
                          std::string_view cause) = 0;
  // A catalog snapshot was read from the server, or could not be.
  virtual void CatalogRead(std::string_view environment, bool success,
                           std::chrono::nanoseconds duration) = 0;
};

}  // namespace pgmoat::session
