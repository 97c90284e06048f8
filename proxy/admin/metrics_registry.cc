#include "proxy/admin/metrics_registry.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace pgmoat::admin {
namespace {

// Upper bounds of the latency buckets in nanoseconds; the last bucket is +Inf.
constexpr std::array<std::uint64_t, 19> kLatencyBounds = {
    1'000,      2'000,       5'000,       10'000,      20'000,       50'000,     100'000,
    200'000,    500'000,     1'000'000,   2'000'000,   5'000'000,    10'000'000, 20'000'000,
    50'000'000, 100'000'000, 200'000'000, 500'000'000, 1'000'000'000};

// A number that one thread adds to and others read: no locked instruction is needed.
class Cell {
 public:
  void Add(std::uint64_t amount) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t Get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct AllowedCell {
  AllowedCell(std::string_view e, std::string_view r) : environment(e), role(r) {}
  const std::string environment;
  const std::string role;
  Cell count;
};

// What one thread has counted.  Aligned, so that two threads never share a cache line.
struct alignas(128) Shard {
  std::array<Cell, 2> bytes;  // by net::Direction
  std::array<Cell, kLatencyBounds.size() + 1> latency;
  Cell latency_nanoseconds;

  std::mutex mutex;                 // taken to add to `allowed`, and to read it for a scrape
  std::deque<AllowedCell> allowed;  // addresses stay
};

std::size_t HashOf(std::string_view environment, std::string_view role) {
  const std::hash<std::string_view> hash;
  return hash(environment) * 31 + hash(role);
}

}  // namespace

// Hot counts go to a shard of the thread that counts; a scrape adds up the shards and
// moves what is new to the prometheus-cpp metrics, so that all reading is theirs.  Rare
// counts go there directly.
//
//   worker 1 ── Allowed, Forwarded, … ──> Shard ──┐
//   worker 2 ────────────────────────────> Shard ──┼─ Collect ──> prometheus::Registry
//   any thread ── Denied, Reloaded, … ─────────────┘
//
// Shards are made once per thread and stay until the registry goes: threads are fixed.
struct MetricsRegistry::Impl {
  Impl()
      : serial(next_serial.fetch_add(1) + 1),
        statements(
            prometheus::BuildCounter()
                .Name("pgmoat_statements_total")
                .Help("Statements judged, by what came of it; rule is empty when allowed.")
                .Register(registry)),
        logins(prometheus::BuildCounter()
                   .Name("pgmoat_logins_total")
                   .Help("Logins; outcome is accepted or refused (by the rule).")
                   .Register(registry)),
        limit_hits(prometheus::BuildCounter()
                       .Name("pgmoat_limit_hits_total")
                       .Help("Times that a limit of a role was reached, by the limit's rule.")
                       .Register(registry)),
        would_deny(prometheus::BuildCounter()
                       .Name("pgmoat_would_deny_total")
                       .Help("Statements that ran only because a rule or their environment is "
                             "in shadow mode.")
                       .Register(registry)),
        grants(prometheus::BuildCounter()
                   .Name("pgmoat_grants_total")
                   .Help("Times that the glass was broken (opened) and how that ended; those "
                         "refused are pgmoat_statements_total, rule any.break-glass.")
                   .Register(registry)),
        grants_active(prometheus::BuildGauge()
                          .Name("pgmoat_grants_active")
                          .Help("Sessions in which the glass is broken now.")
                          .Register(registry)),
        catalog_reads(prometheus::BuildCounter()
                          .Name("pgmoat_catalog_reads_total")
                          .Help("Catalog snapshots read from a server, by result.")
                          .Register(registry)),
        catalog_seconds(prometheus::BuildCounter()
                            .Name("pgmoat_catalog_read_seconds_total")
                            .Help("Time that sessions waited for catalog snapshots.")
                            .Register(registry)),
        sessions(prometheus::BuildGauge()
                     .Name("pgmoat_sessions")
                     .Help("Sessions that are logged in.")
                     .Register(registry)),
        client_connections(prometheus::BuildGauge()
                               .Name("pgmoat_client_connections")
                               .Help("Client connections, logged in or not.")
                               .Register(registry)
                               .Add({})),
        added_latency(
            prometheus::BuildHistogram()
                .Name("pgmoat_added_latency_seconds")
                .Help("From reading bytes off one socket to handing them to the other.")
                .Register(registry)
                .Add({}, BucketBounds())),
        audit_records(prometheus::BuildCounter()
                          .Name("pgmoat_audit_records_total")
                          .Help("Lines of the audit trail that were made.")
                          .Register(registry)
                          .Add({})),
        audit_lost(prometheus::BuildCounter()
                       .Name("pgmoat_audit_lost_records_total")
                       .Help("Audit records lost because the journal was full.")
                       .Register(registry)
                       .Add({})),
        audit_healthy(prometheus::BuildGauge()
                          .Name("pgmoat_audit_healthy")
                          .Help("1 while the audit trail can take records.")
                          .Register(registry)
                          .Add({})),
        audit_journal_lag(prometheus::BuildGauge()
                              .Name("pgmoat_audit_journal_lag_bytes")
                              .Help("In the audit journal and not yet lines of the trail.")
                              .Register(registry)
                              .Add({})),
        proofs_written(prometheus::BuildCounter()
                           .Name("pgmoat_migration_proofs_total")
                           .Help("Records of migrations that ran, written.")
                           .Register(registry)
                           .Add({})),
        proofs_lost(prometheus::BuildCounter()
                        .Name("pgmoat_migration_proofs_lost_total")
                        .Help("Records of migrations that ran, lost.")
                        .Register(registry)
                        .Add({})),
        audit_sink_failures(prometheus::BuildCounter()
                                .Name("pgmoat_audit_sink_failures_total")
                                .Help("Failed attempts to deliver lines to a sink.")
                                .Register(registry)),
        audit_sink_failing(prometheus::BuildGauge()
                               .Name("pgmoat_audit_sink_failing")
                               .Help("1 while a sink takes nothing.")
                               .Register(registry)),
        audit_sink_lag_lines(prometheus::BuildGauge()
                                 .Name("pgmoat_audit_sink_lag_lines")
                                 .Help("Lines that a sink has not taken yet.")
                                 .Register(registry)),
        audit_sink_lag_seconds(prometheus::BuildGauge()
                                   .Name("pgmoat_audit_sink_lag_seconds")
                                   .Help("For how long a sink has had lines to take.")
                                   .Register(registry)) {
    auto& bytes_family = prometheus::BuildCounter()
                             .Name("pgmoat_bytes_total")
                             .Help("Bytes forwarded, by direction.")
                             .Register(registry);
    bytes[0] = &bytes_family.Add({{"direction", "client_to_server"}});
    bytes[1] = &bytes_family.Add({{"direction", "server_to_client"}});
    auto& reloads_family = prometheus::BuildCounter()
                               .Name("pgmoat_config_reloads_total")
                               .Help("Config reloads, by result.")
                               .Register(registry);
    reloads[0] = &reloads_family.Add({{"result", "failure"}});
    reloads[1] = &reloads_family.Add({{"result", "success"}});
    prometheus::BuildGauge()
        .Name("pgmoat_build_info")
        .Help("Always 1; the labels tell the build.")
        .Register(registry)
        .Add({{"version", PGMOAT_VERSION}})
        .Set(1);
    audit_healthy.Set(1);
  }

  void Grant(std::string_view environment, std::string_view role, std::string_view outcome,
             double change) {
    const prometheus::Labels labels = {{"environment", std::string(environment)},
                                       {"role", std::string(role)}};
    grants_active.Add(labels).Increment(change);
    prometheus::Labels counted = labels;
    counted["outcome"] = outcome;
    grants.Add(counted).Increment();
  }

  static prometheus::Histogram::BucketBoundaries BucketBounds() {
    prometheus::Histogram::BucketBoundaries bounds;
    for (const std::uint64_t bound : kLatencyBounds) {
      bounds.push_back(static_cast<double>(bound) / 1e9);
    }
    return bounds;
  }

  // What this thread remembers.  A registry's serial never comes again, so what a thread
  // remembers of one that is gone is never used.
  struct ThreadCache {
    std::uint64_t serial = 0;
    Shard* shard = nullptr;
    std::array<AllowedCell*, 64> allowed{};  // by hash; checked against its strings
  };

  ThreadCache& Mine() {
    thread_local ThreadCache cache;
    if (cache.serial != serial) {
      cache = ThreadCache();
      const std::lock_guard lock(mutex);
      cache.shard = &shards.emplace_back();
      cache.serial = serial;
    }
    return cache;
  }

  // Compares contents, not addresses: after a reload another role's name may stand where
  // one stood before.
  Cell& AllowedOf(std::string_view environment, std::string_view role) {
    ThreadCache& cache = Mine();
    AllowedCell*& slot = cache.allowed[HashOf(environment, role) % cache.allowed.size()];
    if (slot != nullptr && slot->environment == environment && slot->role == role) {
      return slot->count;
    }
    const std::lock_guard lock(cache.shard->mutex);
    for (AllowedCell& cell : cache.shard->allowed) {
      if (cell.environment == environment && cell.role == role) {
        slot = &cell;
        return cell.count;
      }
    }
    slot = &cache.shard->allowed.emplace_back(environment, role);
    return slot->count;
  }

  prometheus::Counter& Statements(const std::string& environment, const std::string& role,
                                  const std::string& decision, const std::string& rule) {
    return statements.Add(
        {{"environment", environment}, {"role", role}, {"decision", decision}, {"rule", rule}});
  }

  // Moves what the shards have counted since the last time.
  void Collect() {
    const std::lock_guard lock(mutex);
    std::map<std::pair<std::string, std::string>, std::uint64_t> allowed;
    std::array<std::uint64_t, 2> new_bytes{};
    std::vector<double> new_latency(kLatencyBounds.size() + 1);
    std::array<std::uint64_t, kLatencyBounds.size() + 1> latency{};
    std::uint64_t latency_nanoseconds = 0;
    for (Shard& shard : shards) {
      for (std::size_t i = 0; i < new_bytes.size(); ++i) new_bytes[i] += shard.bytes[i].Get();
      for (std::size_t i = 0; i < latency.size(); ++i) latency[i] += shard.latency[i].Get();
      latency_nanoseconds += shard.latency_nanoseconds.Get();
      const std::lock_guard shard_lock(shard.mutex);
      for (const AllowedCell& cell : shard.allowed) {
        allowed[{cell.environment, cell.role}] += cell.count.Get();
      }
    }
    const auto since = [](std::uint64_t now, std::uint64_t& moved) {
      return static_cast<double>(now - std::exchange(moved, now));
    };
    for (const auto& [labels, count] : allowed) {
      Statements(labels.first, labels.second, "allow", "")
          .Increment(since(count, moved_allowed[labels]));
    }
    for (std::size_t i = 0; i < new_bytes.size(); ++i) {
      bytes[i]->Increment(since(new_bytes[i], moved_bytes[i]));
    }
    for (std::size_t i = 0; i < latency.size(); ++i) {
      new_latency[i] = since(latency[i], moved_latency[i]);
    }
    added_latency.ObserveMultiple(new_latency,
                                  since(latency_nanoseconds, moved_latency_nanoseconds) / 1e9);
  }

  static inline std::atomic<std::uint64_t> next_serial{0};
  const std::uint64_t serial;

  std::mutex mutex;  // shards and moved_…
  std::deque<Shard> shards;
  std::map<std::pair<std::string, std::string>, std::uint64_t> moved_allowed;
  std::array<std::uint64_t, 2> moved_bytes{};
  std::array<std::uint64_t, kLatencyBounds.size() + 1> moved_latency{};
  std::uint64_t moved_latency_nanoseconds = 0;

  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& statements;
  prometheus::Family<prometheus::Counter>& logins;
  prometheus::Family<prometheus::Counter>& limit_hits;
  prometheus::Family<prometheus::Counter>& would_deny;
  prometheus::Family<prometheus::Counter>& grants;
  prometheus::Family<prometheus::Gauge>& grants_active;
  prometheus::Family<prometheus::Counter>& catalog_reads;
  prometheus::Family<prometheus::Counter>& catalog_seconds;
  prometheus::Family<prometheus::Gauge>& sessions;
  prometheus::Gauge& client_connections;
  prometheus::Histogram& added_latency;
  prometheus::Counter& audit_records;
  prometheus::Counter& audit_lost;
  prometheus::Gauge& audit_healthy;
  prometheus::Gauge& audit_journal_lag;
  prometheus::Counter& proofs_written;
  prometheus::Counter& proofs_lost;
  prometheus::Family<prometheus::Counter>& audit_sink_failures;
  prometheus::Family<prometheus::Gauge>& audit_sink_failing;
  prometheus::Family<prometheus::Gauge>& audit_sink_lag_lines;
  prometheus::Family<prometheus::Gauge>& audit_sink_lag_seconds;
  std::array<prometheus::Counter*, 2> bytes{};
  std::array<prometheus::Counter*, 2> reloads{};
};

MetricsRegistry::MetricsRegistry() : impl_(std::make_unique<Impl>()) {}
MetricsRegistry::~MetricsRegistry() = default;

void MetricsRegistry::LoginAccepted(std::string_view environment, std::string_view role) {
  const prometheus::Labels labels = {{"environment", std::string(environment)},
                                     {"role", std::string(role)}};
  impl_->sessions.Add(labels).Increment();
  prometheus::Labels login = labels;
  login["outcome"] = "accepted";
  login["rule"] = "";
  impl_->logins.Add(login).Increment();
}

void MetricsRegistry::LoginRefused(std::string_view rule) {
  impl_->logins
      .Add({{"environment", ""},
            {"role", ""},
            {"outcome", "refused"},
            {"rule", std::string(rule)}})
      .Increment();
}

void MetricsRegistry::SessionEnded(std::string_view environment, std::string_view role) {
  impl_->sessions.Add({{"environment", std::string(environment)}, {"role", std::string(role)}})
      .Decrement();
}

void MetricsRegistry::Allowed(std::string_view environment, std::string_view role) {
  impl_->AllowedOf(environment, role).Add(1);
}

void MetricsRegistry::Denied(std::string_view environment, std::string_view role,
                             std::string_view rule) {
  impl_->Statements(std::string(environment), std::string(role), "deny", std::string(rule))
      .Increment();
}

void MetricsRegistry::LimitHit(std::string_view environment, std::string_view role,
                               std::string_view rule) {
  impl_->limit_hits
      .Add({{"environment", std::string(environment)},
            {"role", std::string(role)},
            {"rule", std::string(rule)}})
      .Increment();
}

// The statement ran, and is counted as allowed too: this is a family of its own.
void MetricsRegistry::WouldDeny(std::string_view environment, std::string_view role,
                                std::string_view rule) {
  impl_->would_deny
      .Add({{"environment", std::string(environment)},
            {"role", std::string(role)},
            {"rule", std::string(rule)}})
      .Increment();
}

void MetricsRegistry::GrantOpened(std::string_view environment, std::string_view role) {
  impl_->Grant(environment, role, "opened", 1);
}

void MetricsRegistry::GrantEnded(std::string_view environment, std::string_view role,
                                 std::string_view cause) {
  impl_->Grant(environment, role, cause, -1);
}

void MetricsRegistry::CatalogRead(std::string_view environment, bool success,
                                  std::chrono::nanoseconds duration) {
  const std::string name(environment);
  impl_->catalog_reads.Add({{"environment", name}, {"result", success ? "success" : "failure"}})
      .Increment();
  impl_->catalog_seconds.Add({{"environment", name}})
      .Increment(std::chrono::duration<double>(duration).count());
}

void MetricsRegistry::Connected() { impl_->client_connections.Increment(); }
void MetricsRegistry::Disconnected() { impl_->client_connections.Decrement(); }

void MetricsRegistry::Forwarded(net::Direction direction, std::size_t bytes) {
  impl_->Mine().shard->bytes[direction == net::Direction::kClientToServer ? 0 : 1].Add(bytes);
}

void MetricsRegistry::AddedLatency(std::chrono::nanoseconds latency) {
  const auto ns = static_cast<std::uint64_t>(latency.count() > 0 ? latency.count() : 0);
  std::size_t bucket = 0;
  while (bucket < kLatencyBounds.size() && ns > kLatencyBounds[bucket]) ++bucket;
  Shard& shard = *impl_->Mine().shard;
  shard.latency[bucket].Add(1);
  shard.latency_nanoseconds.Add(ns);
}

void MetricsRegistry::AuditWritten(std::size_t records) {
  impl_->audit_records.Increment(static_cast<double>(records));
}
void MetricsRegistry::AuditLost(std::size_t records) {
  impl_->audit_lost.Increment(static_cast<double>(records));
}
void MetricsRegistry::AuditHealthy(bool healthy) { impl_->audit_healthy.Set(healthy ? 1 : 0); }
void MetricsRegistry::AuditJournalLag(std::uint64_t bytes) {
  impl_->audit_journal_lag.Set(static_cast<double>(bytes));
}
void MetricsRegistry::AuditSinkFailed(const std::string& sink) {
  impl_->audit_sink_failures.Add({{"sink", sink}}).Increment();
}
void MetricsRegistry::AuditSinkLag(const std::string& sink, std::uint64_t lines,
                                   std::chrono::milliseconds lag, bool failing) {
  const prometheus::Labels labels = {{"sink", sink}};
  impl_->audit_sink_failures.Add(labels);  // is there from the beginning
  impl_->audit_sink_failing.Add(labels).Set(failing ? 1 : 0);
  impl_->audit_sink_lag_lines.Add(labels).Set(static_cast<double>(lines));
  impl_->audit_sink_lag_seconds.Add(labels).Set(std::chrono::duration<double>(lag).count());
}

void MetricsRegistry::ProofsWritten(std::size_t proofs) {
  impl_->proofs_written.Increment(static_cast<double>(proofs));
}
void MetricsRegistry::ProofsLost(std::size_t proofs) {
  impl_->proofs_lost.Increment(static_cast<double>(proofs));
}

void MetricsRegistry::Reloaded(bool success) { impl_->reloads[success ? 1 : 0]->Increment(); }

std::string MetricsRegistry::Render() const {
  impl_->Collect();
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace pgmoat::admin
