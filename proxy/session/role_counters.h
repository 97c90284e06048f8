// How many sessions each role has in each environment, over all workers: what
// max_connections is held against.
//
// A place is taken when the server has authenticated the client, as PostgreSQL counts:
// who has no password can then not fill a role's places.
//
// Threads:  any; counters are atomic, and taking a place does not lock.
// Lifetime: a counter stays where it is as long as its RoleCounters, also over reloads.
#pragma once

#include <atomic>
#include <cstddef>
#include <string_view>

namespace pgmoat::session {

class RoleCounters {
 public:
  using Counter = std::atomic<std::size_t>;
  virtual ~RoleCounters() = default;
  // The same one for the same names.
  virtual Counter& Sessions(std::string_view environment, std::string_view role) = 0;
};

// One session's place.  Given back at the latest when it is destroyed.
class SessionPlace {
 public:
  SessionPlace() = default;
  ~SessionPlace() { GiveBack(); }
  SessionPlace(const SessionPlace&) = delete;
  SessionPlace& operator=(const SessionPlace&) = delete;

  // False, and nothing is taken, when there are `limit` sessions already.  0: no limit.
  [[nodiscard]] bool Take(RoleCounters::Counter& counter, std::size_t limit) {
    std::size_t present = counter.load();
    do {
      if (limit > 0 && present >= limit) return false;
    } while (!counter.compare_exchange_weak(present, present + 1));
    GiveBack();
    taken_ = &counter;
    return true;
  }
  void GiveBack() {
    if (taken_ != nullptr) taken_->fetch_sub(1);
    taken_ = nullptr;
  }
  [[nodiscard]] bool taken() const { return taken_ != nullptr; }

 private:
  RoleCounters::Counter* taken_ = nullptr;
};

}  // namespace pgmoat::session
