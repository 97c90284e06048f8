#include "proxy/migrations/file_state.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

namespace pgmoat::migrations {
namespace {

namespace fs = std::filesystem;

// The coarsest time that a file system is likely to keep.
constexpr std::int64_t kCoarsest = 2'000'000'000;

std::int64_t Nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

void FileState::Add(const fs::path& path) {
  One one;
  one.path = path.string();
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    one.device = status.st_dev;
    one.inode = status.st_ino;
    one.size = status.st_size;
    one.modified = Nanoseconds(status.st_mtim);
    one.changed = Nanoseconds(status.st_ctim);
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    // Both ways: the clock of a file server may be ahead.
    if (std::abs(Nanoseconds(now) - one.changed) < kCoarsest) young_ = true;
  }
  files_.push_back(std::move(one));
}

FileState FileState::Of(const std::vector<fs::path>& paths) {
  FileState state;
  for (const fs::path& path : paths) {
    state.Add(path);
    std::vector<fs::path> inside;
    std::error_code error;
    for (fs::directory_iterator at(path, error), end; !error && at != end;
         at.increment(error)) {
      if (at->path().extension() == ".jsonl") inside.push_back(at->path());
    }
    std::sort(inside.begin(), inside.end());
    for (const fs::path& file : inside) state.Add(file);
  }
  return state;
}

}  // namespace pgmoat::migrations
