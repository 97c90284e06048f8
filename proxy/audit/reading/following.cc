#include "proxy/audit/reading/following.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "proxy/audit/reading/file_order.h"
#include "proxy/audit/reading/line_reader.h"

namespace pgmoat::audit {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{256} << 10;

std::vector<std::string> UncompressedNames(const std::vector<std::filesystem::path>& files) {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(UncompressedName(file));
  return names;
}

void ReadAll(const std::filesystem::path& file, const LineVisitor& visit) {
  LineReader reader(file);
  std::string_view line;
  while (reader.Next(line)) {
    if (reader.complete()) visit(line);
  }
}

}  // namespace

GrowingFile::~GrowingFile() { Close(); }

void GrowingFile::Close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  position_ = 0;
  unfinished_.clear();
}

bool GrowingFile::Open(const std::filesystem::path& file) {
  Close();
  name_ = file.string();
  // Not blocking: a FIFO without a writer would keep us here.
  descriptor_ = ::open(name_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ >= 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw ReadError(name_ + ": cannot be read: " + std::strerror(errno));
}

bool GrowingFile::IsAt(const std::filesystem::path& file) const {
  struct stat own {};
  struct stat there {};
  return ::fstat(descriptor_, &own) == 0 && ::stat(file.c_str(), &there) == 0 &&
         own.st_dev == there.st_dev && own.st_ino == there.st_ino;
}

void GrowingFile::Drain(const LineVisitor& visit) {
  struct stat status {};
  if (::fstat(descriptor_, &status) == 0 &&
      static_cast<std::uint64_t>(status.st_size) < position_) {
    position_ = 0;
    unfinished_.clear();
  }
  std::vector<char> block(kBlockBytes);
  while (true) {
    const ssize_t got =
        ::pread(descriptor_, block.data(), block.size(), static_cast<off_t>(position_));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw ReadError(name_ + ": cannot be read: " + std::strerror(errno));
    if (got == 0) return;
    position_ += static_cast<std::uint64_t>(got);
    std::string_view rest(block.data(), static_cast<std::size_t>(got));
    for (std::size_t end = rest.find('\n'); end != std::string_view::npos;
         end = rest.find('\n')) {
      if (unfinished_.empty()) {
        visit(rest.substr(0, end));
      } else {
        // Taken out first, so that a visitor that throws does not get it twice.
        std::string line = std::exchange(unfinished_, {});
        visit(line.append(rest.substr(0, end)));
      }
      rest.remove_prefix(end + 1);
    }
    unfinished_.append(rest);
  }
}

bool GrowingFile::Rewind(std::uint64_t bytes) {
  struct stat status {};
  unfinished_.clear();
  position_ = 0;
  if (::fstat(descriptor_, &status) != 0) return true;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size <= bytes) return true;
  // One byte further back: a line that begins exactly there is taken, too.
  position_ = size - bytes - 1;
  std::vector<char> block(kBlockBytes);
  while (true) {
    const ssize_t got =
        ::pread(descriptor_, block.data(), block.size(), static_cast<off_t>(position_));
    if (got <= 0) return false;
    const void* end = std::memchr(block.data(), '\n', static_cast<std::size_t>(got));
    if (end != nullptr) {
      position_ += static_cast<std::uint64_t>(static_cast<const char*>(end) - block.data()) + 1;
      return false;
    }
    position_ += static_cast<std::uint64_t>(got);
  }
}

FollowedFile::FollowedFile(std::filesystem::path path) : path_(std::move(path)) { OpenLive(); }

// The rotated files must be those of the moment at which the live one was opened: a rotation
// in between shows in the second look.
std::vector<std::filesystem::path> FollowedFile::OpenLive() {
  std::vector<std::filesystem::path> files = RotatedFilesOf(path_);
  std::vector<std::string> names = UncompressedNames(files);
  while (file_.Open(path_)) {
    files = RotatedFilesOf(path_);
    std::vector<std::string> again = UncompressedNames(files);
    const bool same = again == names;
    names = std::move(again);
    if (same) break;
  }
  std::erase_if(files, [this](const std::filesystem::path& file) {
    return std::find(rotated_.begin(), rotated_.end(), UncompressedName(file)) !=
           rotated_.end();
  });
  rotated_ = std::move(names);
  return files;
}

void FollowedFile::Poll(const LineVisitor& visit) {
  if (!file_.is_open()) {
    // Also what was there and gone again since the last look.
    for (const auto& file : OpenLive()) ReadAll(file, visit);
  }
  // Each turn of the loop is a rotation.  The old file is drained once more after the new
  // one was seen: what was written to it before is there then.
  while (file_.is_open()) {
    const bool gone = !file_.IsAt(path_);
    file_.Drain(visit);
    std::error_code error;
    if (!gone || !std::filesystem::exists(path_, error)) return;
    // The first is the one that was just drained.
    const std::vector<std::filesystem::path> files = OpenLive();
    for (std::size_t i = 1; i < files.size(); ++i) ReadAll(files[i], visit);
  }
}

FollowedSpool::FollowedSpool(std::filesystem::path directory)
    : directory_(std::move(directory)) {
  const auto files = SpoolFilesOf(directory_);
  if (!files.empty() && file_.Open(files.back())) name_ = files.back();
}

std::vector<std::filesystem::path> FollowedSpool::Older() const {
  std::vector<std::filesystem::path> files = SpoolFilesOf(directory_);
  files.erase(std::find(files.begin(), files.end(), name_), files.end());
  return files;
}

void FollowedSpool::Poll(const LineVisitor& visit) {
  while (true) {
    // Looked up before the file is drained: when there is a next one, this one is whole.
    const auto files = SpoolFilesOf(directory_);
    const auto number = [](const std::filesystem::path& file) {
      return std::stoull(file.stem().string());
    };
    const auto next =
        std::find_if(files.begin(), files.end(), [&](const std::filesystem::path& file) {
          return name_.empty() || number(file) > number(name_);
        });
    if (file_.is_open()) file_.Drain(visit);
    if (next == files.end()) return;
    if (!file_.Open(*next)) return;  // given up meanwhile
    name_ = *next;
  }
}

}  // namespace pgmoat::audit
