#include "proxy/audit/sinks/file_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "proxy/audit/sinks/file_appender.h"
#include "proxy/audit/sinks/file_housekeeper.h"
#include "proxy/audit/sinks/file_rotation.h"
#include "proxy/audit/sinks/json_members.h"

namespace pgmoat::audit {
namespace {

using Steady = std::chrono::steady_clock;
using System = std::chrono::system_clock;

// A checkpoint that was asked for and did not come is asked for again.
constexpr std::chrono::seconds kAskAgain{5};
// A rotation that failed (a directory without permission) is not tried at each checkpoint.
constexpr std::chrono::seconds kRotateAgain{60};

std::optional<System::time_point> TimeOf(std::string_view line) {
  const std::string text(StringMember(line, "time").substr(0, 19));
  std::tm utc{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return System::from_time_t(::timegm(&utc));
}

// With its newline.
std::string FirstLine(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string line;
  std::getline(in, line);
  return in.good() ? line + "\n" : std::string{};
}

// With its newline; empty where it is longer than a batch.
std::string LastLine(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::streamoff>(in.tellg());
  const auto bytes = std::min<std::streamoff>(size, kBatchBytes);
  if (bytes <= 0) return {};
  std::string tail(static_cast<std::size_t>(bytes), '\0');
  in.seekg(size - bytes);
  if (!in.read(tail.data(), bytes) || tail.back() != '\n') return {};
  if (tail.size() == 1) return {};
  const std::size_t before = tail.rfind('\n', tail.size() - 2);
  if (before == std::string::npos) return bytes == size ? tail : std::string{};
  return tail.substr(before + 1);
}

// Makes renames and new files last.
void SyncDirectory(const std::filesystem::path& file) {
  const auto parent = file.parent_path();
  const int directory =
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  // Not every file system can; those that can do.
  [[maybe_unused]] const int synced = ::fsync(directory);
  ::close(directory);
}

class FileSink final : public Sink {
 public:
  FileSink(const FileSinkOptions& options, std::function<void()> request_checkpoint)
      : options_(options), request_checkpoint_(std::move(request_checkpoint)) {
    try {
      Open();
    } catch (const std::system_error& failure) {
      if (failure.code().value() != ENXIO) throw;  // a FIFO: its reader may come later
    }
    if (file_ && file_->regular()) {
      last_line_of_before_ = LastLine(options_.path);
      if (Rotates()) housekeeper_.emplace(options_);
    }
  }

  Result Deliver(std::string_view lines) override {
    Result result;
    result.error = EnsureOpen();
    if (!result.error.empty()) return result;
    result.bytes = Known(lines);
    std::size_t written = result.bytes;
    while (written < lines.size() && result.error.empty()) {
      const std::string_view rest = lines.substr(written);
      if (first_line_bytes_ == 0) NoteFirst(FirstOf(rest));
      const std::size_t before = Due(rest.size()) ? NextCheckpoint(rest) : rest.size();
      if (before == 0 && Due(0)) RotateOrNote();
      if (first_line_bytes_ == 0) NoteFirst(FirstOf(rest));  // of the new file
      const std::string_view part = before == 0 ? FirstOf(rest) : rest.substr(0, before);
      written += Write(part, result.error);
    }
    result.bytes = written;
    AskIfDue();
    return result;
  }

  [[nodiscard]] bool Settles() const override { return true; }

  std::string Settle() override {
    const int error = file_ ? file_->Sync() : 0;
    return error != 0 ? Problem("cannot be brought to the disk", error) : std::string{};
  }

  std::string Idle() override {
    if (file_ && file_->Deleted()) {
      if (std::string error = EnsureOpen(); !error.empty()) return error;
    }
    AskIfDue();
    if (!trouble_.empty()) return std::exchange(trouble_, {});
    return housekeeper_ ? housekeeper_->TakeTrouble() : std::string{};
  }

  std::string Reopen() override {
    try {
      Open();
    } catch (const std::system_error& failure) {
      return std::string(failure.what()) + (file_ ? "; the old file stays in use" : "");
    }
    // Only what comes before the checkpoint is then missing from the new file's own proof.
    if (first_line_bytes_ == 0 && request_checkpoint_) request_checkpoint_();
    return {};
  }

 private:
  [[nodiscard]] bool Rotates() const {
    return options_.rotate_bytes > 0 || options_.rotate_every.count() > 0;
  }

  [[nodiscard]] std::string Problem(std::string_view what, int error) const {
    return "audit file '" + options_.path.string() + "' " + std::string(what) + ": " +
           std::generic_category().message(error);
  }

  // Throws std::system_error; the file that was open stays so.
  void Open() {
    file_ = FileAppender(options_.path);
    size_ = file_->regular() ? file_->size() : 0;
    first_line_bytes_ = 0;
    if (size_ > 0) NoteFirst(FirstLine(options_.path));
  }

  void NoteFirst(std::string_view line) {
    first_line_bytes_ = line.size();
    first_time_ = TimeOf(line).value_or(System::now());
  }

  std::string EnsureOpen() {
    if (file_ && !file_->Deleted()) return {};
    try {
      Open();
    } catch (const std::system_error& failure) {
      return failure.what();
    }
    return {};
  }

  // Bytes of the front of the first lines ever offered that the file has already: this
  // process's predecessor was killed between the file and the cursor.  No two lines are
  // the same, since each has its hash.
  std::size_t Known(std::string_view lines) {
    const std::string last = std::exchange(last_line_of_before_, {});
    if (last.empty()) return 0;
    for (std::size_t at = lines.find(last); at != std::string_view::npos;
         at = lines.find(last, at + 1)) {
      if (at == 0 || lines[at - 1] == '\n') return at + last.size();
    }
    return 0;
  }

  std::size_t Write(std::string_view part, std::string& error) {
    const FileAppender::Result appended = file_->Append(part);
    size_ += appended.bytes;
    if (appended.error != 0) error = Problem("cannot be written", appended.error);
    return appended.bytes;
  }

  static std::string_view FirstOf(std::string_view lines) {
    return lines.substr(0, lines.find('\n') + 1);
  }

  // The bytes before the next line that is a checkpoint.
  static std::size_t NextCheckpoint(std::string_view lines) {
    std::size_t at = 0;
    while (at < lines.size()) {
      const std::string_view line = FirstOf(lines.substr(at));
      if (StringMember(line, "event") == "checkpoint") return at;
      at += line.size();
    }
    return lines.size();
  }

  // The file is to be rotated once it has `more` bytes.
  [[nodiscard]] bool Due(std::size_t more) const {
    if (!Rotates() || !file_ || !file_->regular() || Steady::now() < rotate_again_)
      return false;
    if (first_line_bytes_ == 0 || size_ + more <= first_line_bytes_) return false;
    if (options_.rotate_bytes > 0 && size_ + more >= options_.rotate_bytes) return true;
    return options_.rotate_every.count() > 0 && Period(first_time_) < Period(System::now());
  }

  [[nodiscard]] std::int64_t Period(System::time_point time) const {
    const auto since =
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
    return since.count() / options_.rotate_every.count();
  }

  void AskIfDue() {
    const auto now = Steady::now();
    if (!Due(0) || now < ask_again_) return;
    ask_again_ = now + kAskAgain;
    if (request_checkpoint_) request_checkpoint_();
  }

  // Delivery goes on in the old file when there can be no new one: a file that is too long
  // is a smaller evil than lines that are nowhere.
  void RotateOrNote() {
    try {
      Rotate();
      ask_again_ = {};
    } catch (const std::exception& failure) {
      rotate_again_ = Steady::now() + kRotateAgain;
      trouble_ = "audit file '" + options_.path.string() +
                 "' cannot be rotated and grows on: " + failure.what();
    }
  }

  void Rotate() {
    if (const int error = file_->Sync(); error != 0) {
      throw std::system_error(error, std::generic_category());
    }
    // Somebody has moved it already: that name is not ours to move.
    if (!file_->Moved()) {
      const auto now = std::chrono::floor<std::chrono::seconds>(System::now());
      const auto rotated = NextRotatedName(options_.path, now);
      std::filesystem::rename(options_.path, rotated);
      try {
        Open();
      } catch (...) {
        std::error_code ignored;
        std::filesystem::rename(rotated, options_.path, ignored);
        throw;
      }
    } else {
      Open();
    }
    SyncDirectory(options_.path);
    if (housekeeper_) housekeeper_->Kick();
  }

  const FileSinkOptions options_;
  const std::function<void()> request_checkpoint_;
  std::optional<FileAppender> file_;
  std::uint64_t size_ = 0;
  std::size_t first_line_bytes_ = 0;  // 0: the file is empty
  System::time_point first_time_;
  std::string last_line_of_before_;
  Steady::time_point ask_again_;
  Steady::time_point rotate_again_;
  std::string trouble_;
  std::optional<FileHousekeeper> housekeeper_;
};

}  // namespace

std::unique_ptr<Sink> MakeFileSink(const FileSinkOptions& options,
                                   std::function<void()> request_checkpoint) {
  return std::make_unique<FileSink>(options, std::move(request_checkpoint));
}

}  // namespace pgmoat::audit
