#include "proxy/audit/sinks/file_appender.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <system_error>
#include <utility>

namespace pgmoat::audit {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kStallMilliseconds = 1'000;
constexpr std::chrono::seconds kLongest{5};

// What every line of ours begins with.
constexpr std::string_view kOurs = "{\"v\":";

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

// Where the last line of the file begins; -1: not to be found out, or so far from the end
// that it cannot be ours.
off_t LastLineStart(int reader, off_t size) {
  constexpr off_t kLongestTail = 16 << 20;
  char chunk[16384];
  off_t end = size;
  while (end > 0 && size - end <= kLongestTail) {
    const off_t start = std::max<off_t>(0, end - static_cast<off_t>(sizeof chunk));
    const ssize_t got = ::pread(reader, chunk, static_cast<std::size_t>(end - start), start);
    if (got != end - start) return -1;
    const auto newline = std::string_view(chunk, static_cast<std::size_t>(got)).rfind('\n');
    if (newline != std::string_view::npos) return start + static_cast<off_t>(newline) + 1;
    end = start;
  }
  return end == 0 ? 0 : -1;
}

// The bytes from `start` may be the beginning of one of our lines.
bool IsOurs(int reader, off_t start, off_t size) {
  char front[kOurs.size()];
  const auto bytes = std::min(sizeof front, static_cast<std::size_t>(size - start));
  return ::pread(reader, front, bytes, start) == static_cast<ssize_t>(bytes) &&
         std::string_view(front, bytes) == kOurs.substr(0, bytes);
}

}  // namespace

FileAppender::FileAppender(std::filesystem::path file) : path_(std::move(file)) {
  // O_NONBLOCK: opening a FIFO without a reader is to fail, not to wait.
  descriptor_ = ::open(path_.c_str(),
                       O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
  if (descriptor_ < 0) {
    throw std::system_error(errno, std::generic_category(),
                            "audit file '" + path_.string() + "' cannot be opened");
  }
  struct stat status {};
  regular_ = ::fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  if (regular_) MendTail();
}

FileAppender FileAppender::StandardOutput() {
  FileAppender output;
  output.standard_output_ = true;
  // A copy, so that closing it leaves standard output open.
  output.descriptor_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  if (output.descriptor_ < 0) {
    throw std::system_error(errno, std::generic_category(),
                            "audit to standard output is not possible");
  }
  struct stat status {};
  output.regular_ = ::fstat(output.descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  return output;
}

FileAppender::~FileAppender() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FileAppender::FileAppender(FileAppender&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      regular_(other.regular_),
      standard_output_(other.standard_output_),
      torn_(std::move(other.torn_)) {}

FileAppender& FileAppender::operator=(FileAppender&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(regular_, other.regular_);
  std::swap(standard_output_, other.standard_output_);
  std::swap(torn_, other.torn_);
  return *this;
}

void FileAppender::MendTail() {
  const Descriptor reader(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  // Not readable, by intent perhaps: leave the tail as it is.
  if (reader.number() < 0) return;
  const off_t size = ::lseek(reader.number(), 0, SEEK_END);
  if (size <= 0) return;
  const off_t start = LastLineStart(reader.number(), size);
  if (start == size) return;
  const bool ours = start >= 0 && IsOurs(reader.number(), start, size);
  if (ours && ::ftruncate(descriptor_, start) == 0) return;
  // Somebody else's text: not ours to remove.  A disk that is full now will say so again
  // when the first line is written.
  [[maybe_unused]] const ssize_t ignored = ::write(descriptor_, "\n", 1);
}

FileAppender::Result FileAppender::Append(std::string_view lines) {
  std::size_t already = 0;
  if (!torn_.empty()) {
    if (lines.starts_with(torn_) && AtOwnEnd()) {
      already = torn_.size();
    } else {
      const Result closed = Write("\n");
      if (closed.error != 0) return {0, closed.error};
    }
    torn_.clear();
  }
  Result result = Write(lines.substr(already));
  result.bytes += already;
  if (result.error == 0) return result;
  const std::size_t whole =
      result.bytes == 0 ? 0 : lines.rfind('\n', result.bytes - 1) + 1;  // npos + 1 is 0
  const std::string_view torn = lines.substr(whole, result.bytes - whole);
  if (!torn.empty() && !CutBack(torn.size())) torn_ = torn;
  result.bytes = whole;
  return result;
}

FileAppender::Result FileAppender::Write(std::string_view text) {
  Result result;
  const Clock::time_point give_up = Clock::now() + kLongest;
  int waited = 0;
  while (result.bytes < text.size()) {
    std::size_t bytes = text.size() - result.bytes;
    if (!regular_) {
      // A pipe that polls as writable takes PIPE_BUF bytes without blocking, also when
      // the descriptor, shared with others, is not in non-blocking mode.
      bytes = std::min<std::size_t>(bytes, PIPE_BUF);
      pollfd ready{.fd = descriptor_, .events = POLLOUT, .revents = 0};
      const int polled = ::poll(&ready, 1, kStallMilliseconds - waited);
      if (polled == 0 || Clock::now() > give_up) {
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

// In append mode the offset stands behind what was written last, which is the end of the
// file unless somebody else has appended since.
bool FileAppender::AtOwnEnd() const {
  if (!regular_ || standard_output_) return true;
  const off_t own_end = ::lseek(descriptor_, 0, SEEK_CUR);
  return own_end >= 0 && size() == static_cast<std::uint64_t>(own_end);
}

bool FileAppender::CutBack(std::size_t bytes) {
  // Standard output may be a regular file without append mode: cutting it would leave a
  // hole before the next line.
  if (!regular_ || standard_output_ || !AtOwnEnd() || size() < bytes) return false;
  return ::ftruncate(descriptor_, static_cast<off_t>(size() - bytes)) == 0;
}

int FileAppender::Sync() {
  if (!regular_) return 0;
  while (::fdatasync(descriptor_) != 0) {
    if (errno == EINTR) continue;
    return errno == EINVAL || errno == EROFS ? 0 : errno;
  }
  return 0;
}

bool FileAppender::Deleted() const {
  struct stat status {};
  return regular_ && !standard_output_ && ::fstat(descriptor_, &status) == 0 &&
         status.st_nlink == 0;
}

bool FileAppender::Moved() const {
  struct stat open {};
  struct stat named {};
  if (::fstat(descriptor_, &open) != 0) return false;
  if (::stat(path_.c_str(), &named) != 0) return true;
  return open.st_ino != named.st_ino || open.st_dev != named.st_dev;
}

std::uint64_t FileAppender::size() const {
  struct stat status {};
  return ::fstat(descriptor_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace pgmoat::audit
