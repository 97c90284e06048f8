#include "proxy/audit/trail.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "proxy/audit/chain.h"
#include "proxy/audit/shipper.h"
#include "proxy/audit/sinks/make_sink.h"
#include "proxy/audit/sinks/sink_runner.h"
#include "proxy/audit/spool.h"

namespace pgmoat::audit {
namespace {

std::filesystem::path Made(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST) return directory;
  throw std::runtime_error("audit.journal_dir '" + directory.string() +
                           "' cannot be made: " + std::generic_category().message(errno));
}

JournalOptions JournalOf(const TrailOptions& options) {
  JournalOptions journal;
  journal.directory = Made(options.directory) / "journal";
  journal.lanes = options.lanes;
  journal.segment_bytes = options.segment_bytes;
  journal.sync = options.sync;
  journal.sync_interval = options.sync_interval;
  journal.on_lost = options.on_lost;
  journal.on_health = options.on_health;
  journal.on_message = options.on_message;
  return journal;
}

// At least between two syncs of the spool.  Until there was one the journal, which has its own,
// keeps what is in the spool; a kill makes so much come again.
constexpr std::chrono::milliseconds kSpoolSync{250};

// Of sinks that the config has no more.
void RemoveOtherCursors(const std::filesystem::path& directory,
                        const std::vector<SinkOptions>& sinks) {
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    const bool known = std::any_of(sinks.begin(), sinks.end(),
                                   [&](const SinkOptions& sink) { return sink.name == name; });
    std::error_code ignored;
    if (!known) std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace

struct Trail::Impl {
  explicit Impl(TrailOptions the_options)
      : options(std::move(the_options)),
        journal(JournalOf(options)),
        spool(options.directory / "spool", options.max_spool_bytes) {
    if (!options.signing_key.empty()) signer.emplace(options.signing_key);
    MakeSinks();
    ShipperOptions shipping;
    shipping.checkpoint_lines = options.checkpoint_lines;
    shipping.signer = signer ? &*signer : nullptr;
    shipping.version = options.version;
    shipping.policy_version = options.policy_version;
    if (options.sync != JournalSync::kNone) {
      shipping.sync_every = std::max(options.sync_interval, kSpoolSync);
    }
    shipping.on_message = options.on_message;
    shipping.on_stuck = [this](bool is_stuck) { stuck = is_stuck; };
    shipping.on_written = [this](std::size_t lines) {
      if (options.on_written) options.on_written(lines);
    };
    auto made = std::make_unique<Shipper>(journal.source(), spool, std::move(shipping));
    const std::lock_guard lock(mutex);
    shipper = std::move(made);
  }

  ~Impl() {
    // Its last lines are for the sinks.
    std::unique_ptr<Shipper> ending;
    {
      const std::lock_guard lock(mutex);
      ending = std::move(shipper);
    }
    ending.reset();
    StopSinks();
  }

  void MakeSinks() {
    const std::filesystem::path cursors = Made(options.directory / "cursors");
    RemoveOtherCursors(cursors, options.sinks);
    positions.resize(options.sinks.size(), spool.begin());
    for (std::size_t i = 0; i < options.sinks.size(); ++i) {
      const SinkOptions& sink = options.sinks[i];
      SinkRunnerOptions running;
      running.name = sink.name;
      running.cursor_file = cursors / sink.name;
      running.on_message = options.on_message;
      running.on_position = [this, i](std::uint64_t position) { Release(i, position); };
      running.on_failure = [this, name = sink.name] {
        if (options.on_sink_failure) options.on_sink_failure(name);
      };
      runners.push_back(std::make_unique<SinkRunner>(
          spool, MakeSink(sink, [this] { RequestCheckpoint(); }), std::move(running)));
      // What it had before the restart is room, also if there is nothing to deliver.
      Release(i, runners.back()->position());
    }
  }

  // All at once: each may take its time.
  void StopSinks() {
    std::vector<std::thread> stopping;
    for (auto& runner : runners) {
      stopping.emplace_back([ending = std::move(runner)]() mutable { ending.reset(); });
    }
    for (std::thread& thread : stopping) thread.join();
  }

  void Release(std::size_t sink, std::uint64_t position) {
    const std::lock_guard lock(mutex);
    positions[sink] = std::max(positions[sink], position);
    spool.Release(*std::min_element(positions.begin(), positions.end()));
    if (shipper && stuck) shipper->Wake();
  }

  void RequestCheckpoint() {
    const std::lock_guard lock(mutex);
    if (shipper) shipper->RequestCheckpoint();
  }

  TrailOptions options;
  Journal journal;
  Spool spool;
  std::optional<Signer> signer;
  std::atomic<bool> stuck{false};  // the spool is full
  std::mutex mutex;
  std::vector<std::uint64_t> positions;  // of the sinks, under mutex
  std::unique_ptr<Shipper> shipper;      // under mutex: sinks may ask before it is there
  std::vector<std::unique_ptr<SinkRunner>> runners;
};

Trail::Trail(TrailOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Trail::~Trail() = default;

session::AuditTrail& Trail::Lane(std::size_t i) { return impl_->journal.Lane(i); }

void Trail::SetExecutor(std::size_t lane, std::function<void(std::function<void()>)> post) {
  impl_->journal.SetExecutor(lane, std::move(post));
}

bool Trail::Healthy() const { return impl_->journal.Healthy(); }

void Trail::Reopen() {
  for (const auto& runner : impl_->runners) {
    const std::string why_not = runner->Reopen();
    if (!why_not.empty() && impl_->options.on_message) {
      impl_->options.on_message("reopening: " + why_not + "; the old file stays in use");
    }
  }
}

void Trail::NoteReload(std::uint64_t policy_version) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->shipper) impl_->shipper->NoteReload(policy_version);
}

std::vector<SinkState> Trail::Sinks() const {
  std::vector<SinkState> states;
  for (std::size_t i = 0; i < impl_->runners.size(); ++i) {
    const SinkRunner& runner = *impl_->runners[i];
    states.push_back(
        {impl_->options.sinks[i].name, runner.failing(), runner.lag_lines(), runner.lag()});
  }
  return states;
}

std::uint64_t Trail::JournalLagBytes() const { return impl_->journal.source().LagBytes(); }

}  // namespace pgmoat::audit
