#include "proxy/audit/sinks/file_housekeeper.h"

#include <pthread.h>
#include <sys/resource.h>

#include <chrono>
#include <exception>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "proxy/audit/signals.h"
#include "proxy/audit/sinks/file_compression.h"
#include "proxy/audit/sinks/file_rotation.h"

namespace pgmoat::audit {
namespace {

// Files grow too old without a rotation, too; what failed is tried again.
constexpr std::chrono::seconds kEvery{60};

}  // namespace

FileHousekeeper::FileHousekeeper(FileSinkOptions options) : options_(std::move(options)) {
  const AllSignalsBlocked inherited_by_the_thread;
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "audit files");
}

FileHousekeeper::~FileHousekeeper() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void FileHousekeeper::Kick() {
  {
    const std::lock_guard lock(mutex_);
    kicked_ = true;
  }
  wake_.notify_one();
}

std::string FileHousekeeper::TakeTrouble() {
  const std::lock_guard lock(mutex_);
  return std::exchange(trouble_, {});
}

void FileHousekeeper::Note(const std::string& trouble) {
  const std::lock_guard lock(mutex_);
  if (trouble_.empty()) trouble_ = trouble;
}

void FileHousekeeper::Run() {
  // Of this thread only, on Linux: statements go before compression.
  ::setpriority(PRIO_PROCESS, 0, 10);
  std::unique_lock lock(mutex_);
  while (!stop_) {
    kicked_ = false;
    lock.unlock();
    KeepHouse();
    lock.lock();
    wake_.wait_for(lock, kEvery, [this] { return kicked_ || stop_; });
  }
}

void FileHousekeeper::KeepHouse() {
  try {
    // First what needs no room: compression does.
    RemoveOld();
    CompressThose();
  } catch (const std::exception& failure) {
    Note("rotated audit files of '" + options_.path.string() +
         "' cannot be kept in order: " + failure.what());
  }
}

void FileHousekeeper::CompressThose() {
  const std::vector<RotatedFile> files = RotatedFiles(options_.path);
  std::set<std::filesystem::path> whole;  // whose compressed file is complete
  for (const RotatedFile& file : files) {
    if (file.temporary) Remove(file.path);
    if (file.compressed && !file.temporary) whole.insert(file.base);
  }
  if (options_.compression == FileSinkOptions::Compression::kNone) return;
  for (const RotatedFile& file : files) {
    if (file.compressed || file.temporary || stop_) continue;
    if (whole.contains(file.base)) {
      Remove(file.path);  // killed between the last two steps
      continue;
    }
    const std::string error = CompressFile(file.path, options_.compression, stop_);
    if (!error.empty()) Note(error);
  }
}

void FileHousekeeper::RemoveOld() {
  const std::vector<RotatedFile> files = RotatedFiles(options_.path);
  std::set<std::filesystem::path> bases;
  for (const RotatedFile& file : files) bases.insert(file.base);
  std::size_t too_many = 0;
  if (options_.keep_files > 0 && bases.size() > options_.keep_files) {
    too_many = bases.size() - options_.keep_files;
  }
  const auto now = std::chrono::system_clock::now();
  std::set<std::filesystem::path> seen;
  for (const RotatedFile& file : files) {  // oldest first
    seen.insert(file.base);
    const bool too_old = options_.keep_for.count() > 0 && file.time + options_.keep_for < now;
    if (seen.size() <= too_many || too_old) Remove(file.path);
  }
}

void FileHousekeeper::Remove(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) Note("audit file '" + path.string() + "' cannot be removed: " + error.message());
}

}  // namespace pgmoat::audit
