#include "proxy/audit/line_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace pgmoat::audit {
namespace {

constexpr int kStallMilliseconds = 1000;

// What every line of ours begins with; see LineMaker.
constexpr std::string_view kOurs = "{\"v\":";

[[noreturn]] void Fail(const std::filesystem::path& path, std::string_view what, int error) {
  throw std::runtime_error("audit file '" + path.string() + "': " + std::string(what) + ": " +
                           std::generic_category().message(error));
}

}  // namespace

LineFile::LineFile(std::filesystem::path file) : path_(std::move(file)) {
  if (path_ == "-") {
    // A copy, so that closing it leaves standard output open.
    descriptor_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    if (descriptor_ < 0) Fail(path_, "standard output cannot be used", errno);
  } else {
    // O_NONBLOCK: opening a FIFO without a reader is to fail, not to wait.
    descriptor_ = ::open(
        path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (descriptor_ < 0) Fail(path_, "cannot be opened for appending", errno);
  }
  struct stat status {};
  regular_ = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  if (regular_ && path_ != "-") MendTail();
}

LineFile::~LineFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

LineFile::LineFile(LineFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      regular_(other.regular_),
      removed_bytes_(other.removed_bytes_) {}

LineFile& LineFile::operator=(LineFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(regular_, other.regular_);
  std::swap(removed_bytes_, other.removed_bytes_);
  return *this;
}

void LineFile::MendTail() {
  struct Reader {
    int descriptor;
    ~Reader() {
      if (descriptor >= 0) ::close(descriptor);
    }
  };
  const Reader reader{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)};
  // Not readable, by intent perhaps: leave the tail as it is.
  if (reader.descriptor < 0) return;
  const off_t size = ::lseek(reader.descriptor, 0, SEEK_END);
  if (size <= 0) return;
  // Look for the last newline, from the back.  A line is at most some hundred KiB; a
  // tail longer than this is not ours.
  constexpr off_t kLongestTail = 16 << 20;
  char chunk[16384];
  off_t line_start = 0;
  off_t end = size;
  while (end > 0 && size - end <= kLongestTail) {
    const off_t start = std::max<off_t>(0, end - static_cast<off_t>(sizeof chunk));
    const ssize_t got =
        ::pread(reader.descriptor, chunk, static_cast<std::size_t>(end - start), start);
    if (got != end - start) return;
    const auto newline = std::string_view(chunk, static_cast<std::size_t>(got)).rfind('\n');
    if (newline != std::string_view::npos) {
      line_start = start + static_cast<off_t>(newline) + 1;
      break;
    }
    end = start;
  }
  if (line_start == size) return;
  char front[kOurs.size()];
  const auto front_bytes = std::min(sizeof front, static_cast<std::size_t>(size - line_start));
  const bool ours = ::pread(reader.descriptor, front, front_bytes, line_start) ==
                        static_cast<ssize_t>(front_bytes) &&
                    std::string_view(front, front_bytes) == kOurs.substr(0, front_bytes);
  if (ours && ::ftruncate(descriptor_, line_start) == 0) {
    removed_bytes_ = static_cast<std::size_t>(size - line_start);
    return;
  }
  // Somebody else's text: not ours to remove.  A disk that is full now will say so again
  // when the first record is written.
  [[maybe_unused]] const ssize_t ignored = ::write(descriptor_, "\n", 1);
}

LineFile::Result LineFile::Write(std::string_view text) {
  Result result;
  int waited = 0;
  while (result.bytes < text.size()) {
    std::size_t bytes = text.size() - result.bytes;
    if (!regular_) {
      // A pipe that polls as writable takes PIPE_BUF bytes without blocking, also when
      // the descriptor, shared with others, is not in non-blocking mode.
      bytes = std::min<std::size_t>(bytes, PIPE_BUF);
      pollfd ready{.fd = descriptor_, .events = POLLOUT, .revents = 0};
      const int polled = ::poll(&ready, 1, kStallMilliseconds - waited);
      if (polled == 0) {
        result.error = ETIMEDOUT;
        return result;
      }
      if (polled < 0 && errno != EINTR) {
        result.error = errno;
        return result;
      }
      if (polled < 0) continue;
    }
    const ssize_t written = ::write(descriptor_, text.data() + result.bytes, bytes);
    if (written > 0) {
      result.bytes += static_cast<std::size_t>(written);
      waited = 0;
    } else if (written < 0 && errno == EINTR) {
      continue;
    } else if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      // Polled as writable and yet would block: another writer was quicker.
      ::poll(nullptr, 0, 10);
      waited += 10;
      if (waited >= kStallMilliseconds) {
        result.error = ETIMEDOUT;
        return result;
      }
    } else {
      result.error = written < 0 ? errno : EIO;
      return result;
    }
  }
  return result;
}

bool LineFile::CutBack(std::size_t bytes) {
  // Standard output may be a regular file without append mode: cutting it would leave a
  // hole before the next line.
  if (!regular_ || path_ == "-") return false;
  // After a write in append mode the offset stands at the end of what was written.
  const off_t own_end = ::lseek(descriptor_, 0, SEEK_CUR);
  struct stat status {};
  if (own_end < static_cast<off_t>(bytes) || ::fstat(descriptor_, &status) != 0 ||
      status.st_size != own_end) {
    return false;
  }
  return ::ftruncate(descriptor_, own_end - static_cast<off_t>(bytes)) == 0;
}

bool LineFile::Deleted() const {
  struct stat status {};
  return regular_ && path_ != "-" && ::fstat(descriptor_, &status) == 0 && status.st_nlink == 0;
}

}  // namespace pgmoat::audit
