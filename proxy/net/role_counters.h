// The counters behind session::RoleCounters.  They are never taken away: a reload that
// removes a role and one that brings it back find the sessions that are still there.
//
// Threads: any.  The mutex guards the map, not the counters; it is taken at a login.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "proxy/session/role_counters.h"

namespace pgmoat::net {

class RoleCounters final : public session::RoleCounters {
 public:
  Counter& Sessions(std::string_view environment, std::string_view role) override {
    const std::lock_guard lock(mutex_);
    return counters_[{std::string(environment), std::string(role)}];
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Counter> counters_;  // addresses stay
};

}  // namespace pgmoat::net
