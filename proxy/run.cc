#include "proxy/run.h"

#include <signal.h>
#include <spdlog/fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/admin/admin_server.h"
#include "proxy/admin/metrics_registry.h"
#include "proxy/audit/trail.h"
#include "proxy/config/config.h"
#include "proxy/logging.h"
#include "proxy/migrations/knowledge.h"
#include "proxy/net/server.h"

namespace pgmoat {
namespace {

namespace asio = boost::asio;

enum ExitCode { kOk = 0, kCannotStart = 1, kConfigWrong = 2 };

// After the second signal, for the last error messages to leave.
constexpr std::chrono::seconds kForcedExit{2};

// Each session needs two descriptors.
void RaiseDescriptorLimit(std::size_t max_connections) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const std::size_t needed = 2 * max_connections + 64;
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < needed) {
    spdlog::warn(
        "limits.max_connections is {}, which needs {} file descriptors; only {} are "
        "allowed (ulimit -n, LimitNOFILE=)",
        max_connections, needed, limit.rlim_max);
  }
}

audit::TrailOptions AuditOptions(const config::Config& config,
                                 admin::MetricsRegistry& metrics) {
  audit::TrailOptions options;
  options.directory = config.audit.journal_dir;
  options.lanes = net::Server::WorkerCount(config);
  options.segment_bytes = config.audit.segment_bytes;
  options.max_spool_bytes = config.audit.max_spool_bytes;
  options.sync = static_cast<audit::JournalSync>(config.audit.sync);
  options.sync_interval = config.audit.sync_interval;
  options.checkpoint_lines = config.audit.checkpoint_lines;
  options.signing_key = config.audit.signing_key;
  options.sinks = config.audit.sinks;
  options.version = PGMOAT_VERSION;
  options.policy_version = config.content_hash;
  options.on_written = [&metrics](std::uint64_t lines) { metrics.AuditWritten(lines); };
  options.on_lost = [&metrics](std::uint64_t records) { metrics.AuditLost(records); };
  options.on_health = [&metrics](bool healthy) { metrics.AuditHealthy(healthy); };
  options.on_sink_failure = [&metrics](const std::string& sink) {
    metrics.AuditSinkFailed(sink);
  };
  options.on_message = [](const std::string& message) { spdlog::warn("audit: {}", message); };
  return options;
}

std::vector<migrations::Environment> MigrationFilesOf(const config::Config& config) {
  std::vector<migrations::Environment> environments;
  for (std::size_t i = 0; i < config.migrations.size(); ++i) {
    environments.push_back({config.directory.environments[i].name, config.migrations[i]});
  }
  return environments;
}

migrations::ProofCallbacks ProofCallbacks(admin::MetricsRegistry& metrics) {
  return {[](const std::string& message) { spdlog::warn("migrations: {}", message); },
          [&metrics](std::uint64_t proofs) { metrics.ProofsWritten(proofs); },
          [&metrics](std::uint64_t proofs) { metrics.ProofsLost(proofs); }};
}

// The config and the trail name these alike.
static_assert(static_cast<int>(config::AuditSync::kNone) ==
                  static_cast<int>(audit::JournalSync::kNone) &&
              static_cast<int>(config::AuditSync::kInterval) ==
                  static_cast<int>(audit::JournalSync::kInterval) &&
              static_cast<int>(config::AuditSync::kEach) ==
                  static_cast<int>(audit::JournalSync::kEach));

// The program while it runs.  Members are destroyed from the bottom up: first nobody
// asks for metrics, then the sessions end, then their last records are written.
class Program {
 public:
  explicit Program(config::Config config);
  ~Program();
  int Run();

 private:
  session::AuditTrail* TrailOf(std::size_t worker, net::Post post);
  std::string Metrics();
  std::string NotReadyReason() const;
  void WaitForSignal();
  void OnStop();
  void OnReload();

  config::Config config_;
  std::uint64_t version_ = 1;
  admin::MetricsRegistry metrics_;
  audit::Trail audit_;
  session::CatalogStore catalogs_;
  migrations::Knowledge migrations_;
  net::Server server_;
  std::unique_ptr<admin::AdminServer> admin_;
  asio::io_context main_{1};
  asio::signal_set signals_;
  asio::steady_timer forced_exit_;
  int stop_signals_ = 0;
};

Program::Program(config::Config config)
    : config_(std::move(config)),
      audit_(AuditOptions(config_, metrics_)),
      migrations_(MigrationFilesOf(config_), ProofCallbacks(metrics_)),
      server_(config_, {nullptr, &metrics_, &catalogs_, nullptr, &migrations_}, metrics_,
              [this](std::size_t worker, net::Post post) {
                return TrailOf(worker, std::move(post));
              }),
      signals_(main_, SIGTERM, SIGINT, SIGHUP),
      forced_exit_(main_) {
  metrics_.AuditHealthy(audit_.Healthy());
  if (!config_.admin_host.empty()) {
    admin_ = std::make_unique<admin::AdminServer>(
        config_.admin_host, config_.admin_port,
        admin::AdminServer::Callbacks{[this] { return Metrics(); },
                                      [this] { return NotReadyReason(); }});
  }
}

// The workers go before the trail does, and with them who waits for it.
Program::~Program() {
  const std::size_t workers = net::Server::WorkerCount(config_);
  for (std::size_t i = 0; i < workers; ++i) audit_.SetExecutor(i, nullptr);
}

session::AuditTrail* Program::TrailOf(std::size_t worker, net::Post post) {
  audit_.SetExecutor(worker, std::move(post));
  return &audit_.Lane(worker);
}

std::string Program::Metrics() {
  metrics_.AuditJournalLag(audit_.JournalLagBytes());
  for (const audit::SinkState& sink : audit_.Sinks()) {
    metrics_.AuditSinkLag(sink.name, sink.lag_lines, sink.lag, sink.failing);
  }
  return metrics_.Render();
}

std::string Program::NotReadyReason() const {
  if (server_.draining()) return "draining";
  if (!audit_.Healthy()) return "the audit trail cannot take records";
  return "";
}

int Program::Run() {
  server_.Start();
  WaitForSignal();
  std::vector<std::string> environments;
  for (const auto& environment : config_.directory.environments) {
    environments.push_back(environment.name);
  }
  const std::string admin =
      admin_ ? fmt::format("; admin on http://{}:{}", config_.admin_host, admin_->port()) : "";
  spdlog::info("ready: listening on {}; environments {}{}",
               fmt::join(server_.addresses(), ", "), fmt::join(environments, ", "), admin);
  const auto work = asio::make_work_guard(main_);
  main_.run();
  // What is left is to write the last audit records; a late second signal must not end
  // that as if nobody had handled it.
  signals_.clear();
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGINT, SIG_IGN);
  spdlog::info("stopped");
  return kOk;
}

void Program::WaitForSignal() {
  signals_.async_wait([this](boost::system::error_code cancelled, int signal) {
    if (cancelled) return;
    if (signal == SIGHUP) {
      OnReload();
    } else {
      OnStop();
    }
    WaitForSignal();
  });
}

void Program::OnStop() {
  if (++stop_signals_ == 1) {
    spdlog::info(
        "draining: {} sessions may end their transactions within {} s; a second signal "
        "ends them now",
        server_.sessions(),
        std::chrono::duration<double>(config_.limits.drain_timeout).count());
    server_.Drain(config_.limits.drain_timeout,
                  [this] { asio::post(main_, [this] { main_.stop(); }); });
    return;
  }
  spdlog::warn("forced: {} sessions end now", server_.sessions());
  server_.Kill();
  forced_exit_.expires_after(kForcedExit);
  forced_exit_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) main_.stop();
  });
}

// The new file is used whole or not at all.
void Program::OnReload() {
  audit_.Reopen();
  try {
    config::Config fresh = config::Load(config_.file, version_ + 1);
    const std::function<void()> use_migrations = migrations_.Prepare(MigrationFilesOf(fresh));
    const std::vector<std::string> needs_restart = server_.Reload(fresh);
    use_migrations();
    ++version_;
    for (const std::string& what : needs_restart) spdlog::warn("reload: {}", what);
    if (fresh.audit != config_.audit) {
      spdlog::warn("reload: the audit section changes at a restart; roles' audit has changed");
    }
    if (fresh.admin_host != config_.admin_host || fresh.admin_port != config_.admin_port) {
      spdlog::warn("reload: admin.address changes at a restart");
    }
    spdlog::set_level(spdlog::level::from_str(fresh.log_level));
    audit_.NoteReload(fresh.content_hash);
    // Lanes and sinks stay as they were made.
    fresh.audit = config_.audit;
    fresh.workers = config_.workers;
    config_ = std::move(fresh);
    metrics_.Reloaded(true);
    spdlog::info("reloaded {}", config_.file.string());
  } catch (const std::exception& e) {
    metrics_.Reloaded(false);
    spdlog::error("reload failed, the old config stays in force: {}", e.what());
  }
}

}  // namespace

int Run(const std::filesystem::path& config_file) {
  config::Config config;
  try {
    config = config::Load(config_file, 1);
  } catch (const config::ConfigError& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return kConfigWrong;
  }
  SetUpLogging(config.log_format, config.log_level);
  // A peer that is gone is an error of a write, not the end of the process.
  ::signal(SIGPIPE, SIG_IGN);
  // So is a file that has reached the limit of its size (RLIMIT_FSIZE).
  ::signal(SIGXFSZ, SIG_IGN);
  RaiseDescriptorLimit(config.limits.max_connections);
  try {
    Program program(std::move(config));
    return program.Run();
  } catch (const std::exception& e) {
    spdlog::critical("cannot start: {}", e.what());
    return kCannotStart;
  }
}

}  // namespace pgmoat
