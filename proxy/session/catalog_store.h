// Catalog snapshots (design 3.5) of the databases behind the proxy: read by one session,
// used by all of the same database.
//
//   session A   login, DDL seen or too old ──> reads, Keep()
//   session B   Current() ──────────────────> the same snapshot
//   session C   its DDL commits ────────────> Invalidate(): everybody's is stale
//
// Lifetime: the program's; a DatabaseCatalog lives as long as the store.
// Threads:  all workers.  On the path of a statement only an atomic is read.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "policy/catalog.h"

namespace pgmoat::session {

struct CatalogSnapshot {
  std::shared_ptr<const policy::Catalog> catalog;  // null: none yet
  std::uint64_t generation = 0;                    // of the database when it was asked for
  std::chrono::steady_clock::time_point taken;
};

class DatabaseCatalog {
 public:
  // Grows with each DDL that passed through.
  [[nodiscard]] std::uint64_t generation() const {
    return generation_.load(std::memory_order_acquire);
  }
  void Invalidate() { generation_.fetch_add(1, std::memory_order_acq_rel); }

  [[nodiscard]] CatalogSnapshot Current() const;
  // The newer one stays.
  void Keep(const CatalogSnapshot& snapshot);

 private:
  std::atomic<std::uint64_t> generation_{1};
  mutable std::mutex mutex_;
  CatalogSnapshot current_;
};

class CatalogStore {
 public:
  DatabaseCatalog& Of(std::string_view environment, std::string_view database);

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, DatabaseCatalog> databases_;
};

}  // namespace pgmoat::session
