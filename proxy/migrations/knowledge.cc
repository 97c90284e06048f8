#include "proxy/migrations/knowledge.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "proxy/migrations/file_state.h"
#include "proxy/migrations/manifest.h"
#include "proxy/migrations/proofs.h"

namespace pgmoat::migrations {
namespace {

using policy::MigrationKnowledge;
using Message = std::function<void(const std::string&)>;

signing::PublicKeys KeysFrom(const std::vector<std::filesystem::path>& files) {
  signing::PublicKeys keys;
  for (const auto& file : files) keys.Add(file);
  return keys;
}

// One environment's files, and the snapshot that was read off them.  Threads: Look() and
// the constructor on one at a time; what sessions use is under Impl::mutex.
class Watched {
 public:
  explicit Watched(Environment environment)
      : environment_(std::move(environment)),
        signers_(KeysFrom(environment_.files.public_keys)),
        provers_(KeysFrom(environment_.files.proofs.public_keys)) {
    const EnvironmentFiles& files = environment_.files;
    if (!files.manifest.empty()) paths_.push_back(files.manifest);
    if (!files.proofs.directory.empty()) paths_.push_back(files.proofs.directory);
  }

  // True: `knowledge` is to be replaced.
  bool Look(const Message& message, std::shared_ptr<const MigrationKnowledge>& knowledge) {
    if (paths_.empty()) return false;
    // Taken first: what changes while it is read is read once more.
    FileState state = FileState::Of(paths_);
    if (state_ && *state_ == state && !state_->Young()) return false;
    state_ = std::move(state);
    std::vector<std::string> wrong;
    knowledge = Read(wrong);
    Tell(std::move(wrong), message);
    return true;
  }

  [[nodiscard]] const Environment& environment() const { return environment_; }

 private:
  std::shared_ptr<const MigrationKnowledge> Read(std::vector<std::string>& wrong) const {
    try {
      auto knowledge = std::make_shared<MigrationKnowledge>();
      if (!environment_.files.manifest.empty()) knowledge->approvals = ReadApprovals();
      if (!environment_.files.proofs.directory.empty()) knowledge->proven = ReadProven(wrong);
      return knowledge;
    } catch (const std::exception& error) {
      wrong.push_back("environment '" + environment_.name +
                      "' approves no migration until this is right: " + error.what());
      return nullptr;
    }
  }

  // Each thing once, and when all is well again.
  void Tell(std::vector<std::string> wrong, const Message& message) {
    for (const std::string& one : wrong) {
      if (std::find(told_.begin(), told_.end(), one) == told_.end()) message(one);
    }
    if (wrong.empty() && !told_.empty()) {
      message("environment '" + environment_.name + "' has manifest and proofs again");
    }
    told_ = std::move(wrong);
  }

  [[nodiscard]] policy::Approvals ReadApprovals() const {
    const std::filesystem::path& file = environment_.files.manifest;
    const Manifest manifest = ReadManifest(file);
    std::vector<std::string> signers;
    try {
      signers = SignersOf(manifest, signers_);
    } catch (const FormatError& error) {
      throw FormatError(file.string() + ": " + error.what());
    }
    if (signers.empty()) {
      throw FormatError(file.string() +
                        ": is signed by none of the public_keys; sign it with "
                        "`pgmoat migrations approve --sign-only --signing-key FILE`");
    }
    return ApprovalsOf(manifest, static_cast<unsigned>(signers.size()));
  }

  [[nodiscard]] std::vector<policy::Digest> ReadProven(std::vector<std::string>& wrong) const {
    const EnvironmentFiles::Proofs& from = environment_.files.proofs;
    const auto complain = [&](const std::string& what) {
      wrong.push_back("a proof does not count: " + what);
    };
    std::vector<policy::Digest> proven;
    for (const Proof& proof : ReadProofs(from.directory, provers_, complain)) {
      const auto& counted = from.environments;
      if (std::find(counted.begin(), counted.end(), proof.environment) != counted.end()) {
        proven.push_back(proof.content);
      }
    }
    std::sort(proven.begin(), proven.end());
    proven.erase(std::unique(proven.begin(), proven.end()), proven.end());
    return proven;
  }

  const Environment environment_;
  const signing::PublicKeys signers_;
  const signing::PublicKeys provers_;
  std::vector<std::filesystem::path> paths_;
  std::optional<FileState> state_;
  std::vector<std::string> told_;
};

// All that a config says.
struct Everything {
  std::vector<std::unique_ptr<Watched>> watched;
  std::map<std::string, std::shared_ptr<const MigrationKnowledge>, std::less<>> known;
  std::map<std::string, std::shared_ptr<ProofWriter>, std::less<>> writers;
};

}  // namespace

struct Knowledge::Impl {
  Everything Read(const std::vector<Environment>& environments);
  void Watch();
  void LookAtAll();

  ProofCallbacks callbacks;
  std::chrono::milliseconds interval{0};
  std::mutex reading;        // one reads at a time; taken before `mutex`
  mutable std::mutex mutex;  // held for moments: sessions take it
  std::condition_variable stop;
  bool stopping = false;
  Everything now;
  // Of earlier configs.  A session may be giving one a proof, so they end on the thread that
  // watches, which may wait for the disk.
  std::vector<std::shared_ptr<ProofWriter>> retired;
  std::thread thread;
};

Everything Knowledge::Impl::Read(const std::vector<Environment>& environments) {
  Everything fresh;
  for (const Environment& environment : environments) {
    auto watched = std::make_unique<Watched>(environment);
    const EnvironmentFiles::RecordProofs& record = environment.files.record_proofs;
    if (!record.directory.empty()) {
      fresh.writers[environment.name] = std::make_shared<ProofWriter>(
          environment.name, record.directory, record.signing_key, callbacks);
    }
    watched->Look(callbacks.on_message, fresh.known[environment.name]);
    fresh.watched.push_back(std::move(watched));
  }
  return fresh;
}

void Knowledge::Impl::LookAtAll() {
  const std::lock_guard one_reader(reading);
  // Nobody finds them any more, so a count of one does not grow again.
  std::erase_if(retired, [](const auto& writer) { return writer.use_count() == 1; });
  for (const auto& watched : now.watched) {
    std::shared_ptr<const MigrationKnowledge> fresh;
    if (!watched->Look(callbacks.on_message, fresh)) continue;
    const std::lock_guard lock(mutex);
    now.known[watched->environment().name].swap(fresh);
  }
}

void Knowledge::Impl::Watch() {
  std::unique_lock lock(mutex);
  while (!stop.wait_for(lock, interval, [this] { return stopping; })) {
    lock.unlock();
    LookAtAll();
    lock.lock();
  }
}

Knowledge::Knowledge(const std::vector<Environment>& environments, ProofCallbacks callbacks,
                     std::chrono::milliseconds interval)
    : impl_(std::make_unique<Impl>()) {
  impl_->callbacks = std::move(callbacks);
  impl_->interval = interval;
  impl_->now = impl_->Read(environments);
  impl_->thread = std::thread([impl = impl_.get()] { impl->Watch(); });
}

Knowledge::~Knowledge() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->stop.notify_one();
  impl_->thread.join();
}

std::shared_ptr<const MigrationKnowledge> Knowledge::Known(std::string_view environment) const {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->now.known.find(environment);
  return found == impl_->now.known.end() ? nullptr : found->second;
}

void Knowledge::Succeeded(const session::MigrationSuccess& success) {
  std::shared_ptr<ProofWriter> writer;
  {
    const std::lock_guard lock(impl_->mutex);
    const auto found = impl_->now.writers.find(success.environment);
    if (found == impl_->now.writers.end()) return;
    writer = found->second;
  }
  using std::chrono::milliseconds;
  Proof proof;
  proof.tool = success.tool;
  proof.name = success.name;
  proof.checksum = success.checksum;
  proof.content = success.content;
  proof.environment = success.environment;
  proof.time = std::chrono::floor<milliseconds>(success.finished);
  proof.duration = std::chrono::duration_cast<milliseconds>(success.duration);
  proof.rows = success.rows;
  proof.statements = success.statements;
  proof.locks = success.locks;
  writer->Add(std::move(proof));
}

std::function<void()> Knowledge::Prepare(const std::vector<Environment>& environments) {
  const std::lock_guard one_reader(impl_->reading);
  auto fresh = std::make_shared<Everything>(impl_->Read(environments));
  return [this, fresh] {
    const std::lock_guard same_reader(impl_->reading);
    const std::lock_guard lock(impl_->mutex);
    for (auto& [name, writer] : impl_->now.writers) impl_->retired.push_back(std::move(writer));
    impl_->now = std::move(*fresh);
  };
}

}  // namespace pgmoat::migrations
