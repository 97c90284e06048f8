#include "proxy/migrations/proof_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include "proxy/migrations/text_files.h"

namespace pgmoat::migrations {
namespace {

namespace fs = std::filesystem;

// Nobody runs so many migrations in the time that a disk takes.
constexpr std::size_t kMaxWaiting = 10'000;

// Two pgmoats of one environment write different files: each file has one writer, and a
// shared file system need not append atomically.
std::string HostName() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "host";
  std::string host(name.data());
  std::replace_if(
      host.begin(), host.end(),
      [](char c) {
        return std::string_view(
                   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                   "0123456789.-")
                   .find(c) == std::string_view::npos;
      },
      '-');
  return host;
}

// Opened for each line, so that a file that was moved away or a disk that came back is no
// matter.
class Appending {
 public:
  explicit Appending(const fs::path& file)
      : descriptor_(::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644)) {}
  ~Appending() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Appending(const Appending&) = delete;
  Appending& operator=(const Appending&) = delete;

  [[nodiscard]] bool opened() const { return descriptor_ >= 0; }

  // False: errno says why.
  bool Append(std::string_view line) {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) return false;
    char last = '\n';
    // Behind a line that could not be finished a new one begins.
    if (status.st_size > 0 && ::pread(descriptor_, &last, 1, status.st_size - 1) != 1) {
      return false;
    }
    return WriteAll(descriptor_, (last == '\n' ? "" : "\n") + std::string(line)) &&
           ::fsync(descriptor_) == 0;
  }

 private:
  int descriptor_;
};

}  // namespace

struct ProofWriter::Impl {
  Impl(fs::path path, const fs::path& signing_key, ProofCallbacks to)
      : file(std::move(path)), key(signing_key), callbacks(std::move(to)) {}

  void Run();
  void Write(const Proof& proof);
  void Lose(const Proof& proof, const std::string& why);

  const fs::path file;
  const signing::SigningKey key;
  const ProofCallbacks callbacks;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Proof> waiting;
  bool stopping = false;
  std::thread thread;  // the last: it uses all of the above
};

void ProofWriter::Impl::Run() {
  std::unique_lock lock(mutex);
  while (true) {
    changed.wait(lock, [this] { return stopping || !waiting.empty(); });
    if (waiting.empty()) return;
    const Proof proof = std::move(waiting.front());
    waiting.pop_front();
    lock.unlock();
    Write(proof);
    lock.lock();
  }
}

void ProofWriter::Impl::Write(const Proof& proof) {
  try {
    const std::string line = ProofLine(proof, key);
    Appending to(file);
    if (to.opened() && to.Append(line)) {
      callbacks.on_written(1);
    } else {
      Lose(proof, std::strerror(errno));
    }
  } catch (const std::exception& error) {
    Lose(proof, error.what());
  }
}

void ProofWriter::Impl::Lose(const Proof& proof, const std::string& why) {
  callbacks.on_lost(1);
  callbacks.on_message(file.string() + ": the proof of migration '" + proof.name +
                       "' is lost: " + why +
                       "; it does not count as proven, run it once more on a copy");
}

ProofWriter::ProofWriter(const std::string& environment, const fs::path& directory,
                         const fs::path& signing_key, ProofCallbacks callbacks)
    : impl_(std::make_unique<Impl>(directory / (environment + "-" + HostName() + ".jsonl"),
                                   signing_key, std::move(callbacks))) {
  if (!Appending(impl_->file).opened()) {
    throw std::runtime_error(impl_->file.string() + ": proofs cannot be written there: " +
                             std::strerror(errno) + "; check path and permissions");
  }
  impl_->thread = std::thread([impl = impl_.get()] { impl->Run(); });
}

ProofWriter::~ProofWriter() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_one();
  impl_->thread.join();
}

void ProofWriter::Add(Proof proof) {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->waiting.size() < kMaxWaiting) {
      impl_->waiting.push_back(std::move(proof));
      impl_->changed.notify_one();
      return;
    }
  }
  impl_->Lose(proof, "too many are waiting for the disk");
}

}  // namespace pgmoat::migrations
