// An append-only file of whole lines, or standard output.  Knows descriptors and errno;
// knows neither JSON nor rotation nor when to try again.
//
// Torn lines: what stands half written after an error is taken off a regular file again.
//   A pipe, a device or an append-only file (chattr +a) cannot give back: when the same
//   line is offered again, as a sink's caller does, it goes on where it stopped.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace pgmoat::audit {

class FileAppender {
 public:
  // Opens `file` for appending; makes it with mode 0600.  A line that a killed process
  // left unfinished at the end is removed when it is one of ours, and otherwise closed
  // with a newline, so that the next line begins a line.
  // Throws std::system_error naming file and reason; ENXIO: a FIFO that nobody reads.
  explicit FileAppender(std::filesystem::path file);
  [[nodiscard]] static FileAppender StandardOutput();
  ~FileAppender();
  FileAppender(FileAppender&& other) noexcept;
  FileAppender& operator=(FileAppender&& other) noexcept;

  struct Result {
    std::size_t bytes = 0;  // of the front of `lines` that are written: whole lines
    int error = 0;          // errno, 0 when all is written
  };
  // Never blocks for long: a pipe whose reader has stalled for a second, or takes less
  // than all in five, is ETIMEDOUT.
  Result Append(std::string_view lines);

  // Waits until what was appended is on the disk.  Returns errno or 0; 0 also where there
  // is no disk behind.
  int Sync();

  // The file was deleted: what is written now, nobody will read.
  [[nodiscard]] bool Deleted() const;
  // The path names another file, or none: logrotate has moved it.
  [[nodiscard]] bool Moved() const;
  [[nodiscard]] bool regular() const { return regular_; }
  [[nodiscard]] std::uint64_t size() const;  // of a regular file, with what others wrote

 private:
  FileAppender() = default;
  void MendTail();
  [[nodiscard]] Result Write(std::string_view text);
  [[nodiscard]] bool AtOwnEnd() const;
  bool CutBack(std::size_t bytes);

  std::filesystem::path path_;
  int descriptor_ = -1;
  bool regular_ = false;
  bool standard_output_ = false;
  std::string torn_;  // stands at the end of the file without the rest of its line
};

}  // namespace pgmoat::audit
