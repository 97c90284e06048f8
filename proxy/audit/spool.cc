#include "proxy/audit/spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace pgmoat::audit {
namespace {

constexpr std::string_view kSuffix = ".jsonl";
// A file is closed when it is this long; it is deleted as a whole.
constexpr std::uint64_t kFileBytes = std::uint64_t{16} << 20;
// Of what was appended last, for sinks that keep up.
constexpr std::size_t kRecentBytes = std::size_t{2} << 20;

std::string NameOf(std::uint64_t position) {
  std::string name = std::to_string(position);
  name.insert(0, 20 - name.size(), '0');
  return name + std::string(kSuffix);
}

std::string Reason(int error) { return std::generic_category().message(error); }

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

// Reads up to `bytes` at `at`; throws std::runtime_error.
std::string ReadAt(const std::filesystem::path& file, std::uint64_t at, std::size_t bytes) {
  const Descriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text(bytes, '\0');
  std::size_t got = 0;
  while (fd.get() >= 0 && got < bytes) {
    const ssize_t n =
        ::pread(fd.get(), text.data() + got, bytes - got, static_cast<off_t>(at + got));
    if (n == 0) break;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      throw std::runtime_error("audit spool '" + file.string() +
                               "' cannot be read: " + Reason(errno));
    got += static_cast<std::size_t>(n);
  }
  if (fd.get() < 0) {
    throw std::runtime_error("audit spool '" + file.string() +
                             "' cannot be opened: " + Reason(errno));
  }
  text.resize(got);
  return text;
}

}  // namespace

//   files:   first position -> bytes; the last one is written, the others are whole
//   recent:  pieces appended last, in memory; they end at `end`
struct Spool::Impl {
  struct Recent {
    std::uint64_t position;
    std::size_t count;  // of lines; 0: not known
    std::shared_ptr<const std::string> lines;
  };

  // What was large comes back to be used again: fresh memory costs a page fault for each
  // five lines.  Pieces may outlive the spool.
  struct Memory {
    void Put(std::string&& used) {
      const std::lock_guard lock(mutex);
      if (used.capacity() > spare.capacity()) spare = std::move(used);
    }
    std::string Get(std::size_t bytes) {
      std::string got;
      {
        const std::lock_guard lock(mutex);
        got.swap(spare);
      }
      got.clear();
      got.reserve(bytes);
      return got;
    }
    std::mutex mutex;
    std::string spare;  // under mutex
  };

  Impl(std::filesystem::path the_directory, std::uint64_t most)
      : directory(std::move(the_directory)), max_bytes(most) {
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
      throw std::runtime_error("audit spool '" + directory.string() +
                               "' cannot be made: " + Reason(errno));
    }
    Find();
    if (files.empty()) files[0] = 0;
    end = files.rbegin()->first + files.rbegin()->second;
    OpenLast();
    CutTornLine();
    begin = files.begin()->first;
  }

  [[nodiscard]] std::filesystem::path FileAt(std::uint64_t position) const {
    return directory / NameOf(position);
  }

  void Find() {
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
      const std::string name = entry.path().filename().string();
      std::uint64_t position = 0;
      const auto [rest, error] =
          std::from_chars(name.data(), name.data() + name.size(), position);
      if (error != std::errc() || rest != name.data() + 20 || !name.ends_with(kSuffix))
        continue;
      files[position] = entry.file_size();
    }
    // Behind a hole nobody could go on.
    for (auto file = files.begin(); file != files.end() && std::next(file) != files.end();) {
      const auto next = std::next(file);
      file =
          file->first + file->second == next->first ? next : files.erase(files.begin(), next);
    }
  }

  // Throws; the file is made if it is not there.
  void OpenLast() {
    const std::filesystem::path file = FileAt(files.rbegin()->first);
    Descriptor opened(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (opened.get() < 0) {
      throw std::runtime_error("audit spool '" + file.string() +
                               "' cannot be opened: " + Reason(errno));
    }
    last = std::move(opened);
  }

  // So that a crash of the machine does not take the new file's name.
  void SyncDirectory() const {
    const Descriptor fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0 || ::fsync(fd.get()) != 0) {
      throw std::runtime_error("audit spool '" + directory.string() +
                               "' cannot be synced: " + Reason(errno));
    }
  }

  void CutTornLine() {
    const auto [position, bytes] = *files.rbegin();
    const std::string text = ReadAt(FileAt(position), 0, bytes);
    const std::size_t whole = text.rfind('\n') + 1;  // npos + 1 is 0
    if (whole == bytes) return;
    if (::ftruncate(last.get(), static_cast<off_t>(whole)) != 0) {
      throw std::runtime_error("audit spool '" + FileAt(position).string() +
                               "' cannot be cut: " + Reason(errno));
    }
    files[position] = whole;
    end = position + whole;
  }

  // --- one thread appends ---

  bool Append(std::string_view lines) {
    if (lines.empty()) return true;
    if (!Write(lines)) return false;
    Remember(std::make_shared<const std::string>(lines), 0);
    return true;
  }

  bool Take(std::string& lines, std::size_t count) {
    if (lines.empty()) return true;
    if (!Write(lines)) return false;
    // A little in much memory is copied: what is remembered is limited by its size.
    if (lines.size() < lines.capacity() / 2) {
      Remember(std::make_shared<const std::string>(lines), count);
      lines.clear();
      return true;
    }
    const std::size_t capacity = lines.capacity();
    const auto give_back = [memory = memory](std::string* used) {
      memory->Put(std::move(*used));
      delete used;
    };
    Remember(std::shared_ptr<std::string>(new std::string(std::move(lines)), give_back), count);
    lines = memory->Get(capacity);
    return true;
  }

  // Without an effect on what can be read.
  bool Write(std::string_view lines) {
    {
      const std::lock_guard lock(mutex);
      // One that is larger than that goes when there is nothing else.
      if (end > begin && end + lines.size() - begin > max_bytes) {
        failure = "audit spool '" + directory.string() +
                  "' is full (audit.max_spool_size): a sink is too far behind";
        return false;
      }
    }
    const std::uint64_t position = files_last_position();
    const std::uint64_t before = end - position;
    if (before >= kFileBytes && !BeginFile()) return false;
    const std::uint64_t length = end - files_last_position();
    if (const int error = WriteAll(lines); error != 0) {
      // The front of it that was written is no line of the stream.
      if (::ftruncate(last.get(), static_cast<off_t>(length)) != 0) torn = true;
      const std::lock_guard lock(mutex);
      failure = "audit spool '" + directory.string() + "' cannot be written: " + Reason(error);
      return false;
    }
    return true;
  }

  // What was written can be read from here on.
  void Remember(std::shared_ptr<const std::string> lines, std::size_t count) {
    const std::lock_guard lock(mutex);
    const std::size_t bytes = lines->size();
    recent.push_back({end, count, std::move(lines)});
    recent_bytes += bytes;
    while (recent.size() > 1 && recent_bytes > kRecentBytes) {
      recent_bytes -= recent.front().lines->size();
      recent.pop_front();
    }
    end += bytes;
    files.rbegin()->second += bytes;
    failure.clear();
    grown.notify_all();
  }

  // A file that was closed before is on the disk.
  bool Sync() {
    if (::fdatasync(last.get()) == 0) return true;
    const int error = errno;
    const std::lock_guard lock(mutex);
    failure = "audit spool '" + directory.string() + "' cannot be synced: " + Reason(error);
    return false;
  }

  [[nodiscard]] std::uint64_t files_last_position() const {
    const std::lock_guard lock(mutex);
    return files.rbegin()->first;
  }

  bool BeginFile() {
    if (!Sync()) return false;
    try {
      const std::lock_guard lock(mutex);
      files[end] = 0;
      OpenLast();
      SyncDirectory();
      return true;
    } catch (const std::runtime_error& error) {
      const std::lock_guard lock(mutex);
      files.erase(end);
      failure = error.what();
      return false;
    }
  }

  int WriteAll(std::string_view lines) {
    if (torn) {  // the last cut failed: nothing may follow a torn line
      const std::uint64_t length = end - files_last_position();
      if (::ftruncate(last.get(), static_cast<off_t>(length)) != 0) return errno;
      torn = false;
    }
    while (!lines.empty()) {
      const ssize_t n = ::write(last.get(), lines.data(), lines.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno;
      lines.remove_prefix(static_cast<std::size_t>(n));
    }
    return 0;
  }

  // --- any thread ---

  Piece Read(std::uint64_t position, std::size_t max_piece) const {
    std::uint64_t file = 0;
    std::uint64_t file_end = 0;
    {
      const std::lock_guard lock(mutex);
      if (position < begin || position > end) position = begin;
      if (position == end) return {};
      if (auto piece = FromRecent(position, max_piece)) return *piece;
      const auto at = std::prev(files.upper_bound(position));
      file = at->first;
      file_end = at->first + at->second;
    }
    for (std::size_t bytes = max_piece;; bytes *= 2) {
      const auto left = static_cast<std::size_t>(file_end - position);
      auto text = std::make_shared<const std::string>(
          ReadAt(FileAt(file), position - file, std::min(bytes, left)));
      const std::size_t whole = text->rfind('\n') + 1;
      if (whole > 0) return {text, std::string_view(*text).substr(0, whole), 0};
      if (text->size() < std::min(bytes, left) || bytes >= left) {
        throw std::runtime_error("audit spool '" + FileAt(file).string() +
                                 "' is shorter than it was");
      }
    }
  }

  // Under mutex.
  [[nodiscard]] std::optional<Piece> FromRecent(std::uint64_t position,
                                                std::size_t max_piece) const {
    const auto behind = std::upper_bound(
        recent.begin(), recent.end(), position,
        [](std::uint64_t wanted, const Recent& one) { return wanted < one.position; });
    if (behind == recent.begin()) return std::nullopt;
    const Recent& one = *std::prev(behind);
    std::string_view lines = std::string_view(*one.lines).substr(position - one.position);
    if (lines.size() > max_piece) {
      std::size_t whole = lines.rfind('\n', max_piece - 1);
      if (whole == std::string_view::npos) whole = lines.find('\n');
      lines = lines.substr(0, whole + 1);
    }
    return Piece{one.lines, lines, lines.size() == one.lines->size() ? one.count : 0};
  }

  void Release(std::uint64_t position) {
    std::vector<std::filesystem::path> unused;
    {
      const std::lock_guard lock(mutex);
      position = std::min(position, end);
      // The one with the last line stays: a file behind it may be empty still, when the disk
      // was full.
      while (files.size() > 1 && std::next(files.begin())->first <= position &&
             std::next(files.begin())->second > 0) {
        unused.push_back(FileAt(files.begin()->first));
        files.erase(files.begin());
      }
      // Room is counted by line, although files go as a whole.
      begin = std::max(begin, position);
    }
    std::error_code ignored;
    for (const auto& file : unused) std::filesystem::remove(file, ignored);
  }

  std::string LastLine() const {
    const std::lock_guard lock(mutex);
    for (auto file = files.rbegin(); file != files.rend(); ++file) {
      for (std::uint64_t bytes = 4096;; bytes *= 2) {
        const std::uint64_t tail = std::min(bytes, file->second);
        if (tail == 0) break;
        std::string text = ReadAt(FileAt(file->first), file->second - tail, tail);
        if (text.ends_with('\n')) text.pop_back();
        const std::size_t before = text.rfind('\n');
        if (before != std::string::npos) return text.substr(before + 1);
        if (tail == file->second) return text;
      }
    }
    return "";
  }

  const std::filesystem::path directory;
  const std::uint64_t max_bytes;

  mutable std::mutex mutex;
  mutable std::condition_variable grown;
  std::map<std::uint64_t, std::uint64_t> files;  // under mutex; the appender's without
  std::deque<Recent> recent;                     // under mutex
  std::size_t recent_bytes = 0;
  std::uint64_t begin = 0;  // under mutex
  std::uint64_t end = 0;    // under mutex; only the appender changes it
  std::string failure;      // under mutex
  mutable std::uint64_t wakes = 0;

  const std::shared_ptr<Memory> memory = std::make_shared<Memory>();

  // The appender's own.
  Descriptor last;
  bool torn = false;
};

Spool::Spool(std::filesystem::path directory, std::uint64_t max_bytes)
    : impl_(std::make_unique<Impl>(std::move(directory), max_bytes)) {}
Spool::~Spool() = default;

bool Spool::Append(std::string_view lines) { return impl_->Append(lines); }

bool Spool::Take(std::string& lines, std::size_t count) { return impl_->Take(lines, count); }

bool Spool::Sync() { return impl_->Sync(); }

std::string Spool::error() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->failure;
}

std::uint64_t Spool::max_bytes() const { return impl_->max_bytes; }

std::uint64_t Spool::begin() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->begin;
}

std::uint64_t Spool::end() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->end;
}

Spool::Piece Spool::Read(std::uint64_t position, std::size_t max_bytes) const {
  return impl_->Read(position, std::max<std::size_t>(max_bytes, 1));
}

void Spool::WaitBeyond(std::uint64_t position, std::chrono::milliseconds at_most) const {
  std::unique_lock lock(impl_->mutex);
  const std::uint64_t wakes = impl_->wakes;
  impl_->grown.wait_for(lock, at_most,
                        [&] { return impl_->end > position || impl_->wakes != wakes; });
}

void Spool::Wake() {
  {
    const std::lock_guard lock(impl_->mutex);
    ++impl_->wakes;
  }
  impl_->grown.notify_all();
}

void Spool::Release(std::uint64_t position) { impl_->Release(position); }
std::string Spool::LastLine() const { return impl_->LastLine(); }

}  // namespace pgmoat::audit
