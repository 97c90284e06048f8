// An append-only file of whole lines.  Knows descriptors and errno; knows neither JSON
// nor queues nor when to try again.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace pgmoat::audit {

class LineFile {
 public:
  // Opens `file` for appending; makes it with mode 0600; "-" is standard output.  A line
  // that a killed process left unfinished at the end is removed when it is one of ours,
  // and otherwise closed with a newline, so that the next line begins a line.
  // Throws std::runtime_error naming file and reason.
  explicit LineFile(std::filesystem::path file);
  ~LineFile();
  LineFile(LineFile&& other) noexcept;
  LineFile& operator=(LineFile&& other) noexcept;

  struct Result {
    std::size_t bytes = 0;  // of the front of `text` that are written, also after an error
    int error = 0;          // errno, 0 when all is written
  };
  // Never blocks for long: a pipe whose reader has stalled is ETIMEDOUT after a second.
  Result Write(std::string_view text);

  // Takes the last `bytes` bytes written back off the file, if that is possible: it is a
  // regular file and nobody else has appended since.
  bool CutBack(std::size_t bytes);

  // The file was deleted: what is written now, nobody will read.
  [[nodiscard]] bool Deleted() const;

  // Bytes of the unfinished line that the constructor removed.
  [[nodiscard]] std::size_t removed_bytes() const { return removed_bytes_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  void MendTail();

  std::filesystem::path path_;
  int descriptor_ = -1;
  bool regular_ = false;
  std::size_t removed_bytes_ = 0;
};

}  // namespace pgmoat::audit
