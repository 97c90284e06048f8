// The trail's lines on their way to the sinks: an endless stream of whole JSON lines in
// files of a directory, kept until every sink has taken them.
//
//   shipper ── Append ──>  | 000…0.jsonl | 000…16777216.jsonl | … |  ── Read ──> sinks
//                          ^ given up: Release                    ^ end()
//
// A position is a number of bytes since the stream began, and stays the same over
// restarts.  What was appended last is also in memory, so that sinks that keep up do not
// read files.
//
// Threads: any; one appends.
// Crash:   what Append returned true for survives kill -9, and behind a Sync a crash of the
//   machine.  A line that a killed process
//   left unfinished is cut off by the constructor; its records are still in the journal.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace pgmoat::audit {

class Spool {
 public:
  // Makes the directory (mode 0700) if there is none.  Throws std::runtime_error naming
  // file and reason.
  Spool(std::filesystem::path directory, std::uint64_t max_bytes);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Whole lines.  False: nothing was taken (disk full, more than max_bytes waiting); why is
  // in error().
  [[nodiscard]] bool Append(std::string_view lines);
  // The same, of `count` lines; takes the string's memory where that is better than a copy.
  // Behind a success `lines` is empty, with memory to go on with.
  [[nodiscard]] bool Take(std::string& lines, std::size_t count);
  // Puts what was appended on the disk.  False: it could not; why is in error().
  [[nodiscard]] bool Sync();
  [[nodiscard]] std::string error() const;

  [[nodiscard]] std::uint64_t max_bytes() const;
  [[nodiscard]] std::uint64_t begin() const;  // of what is still there
  [[nodiscard]] std::uint64_t end() const;

  struct Piece {
    std::shared_ptr<const std::string> owner;  // keeps `lines` alive
    std::string_view lines;                    // whole ones; empty at end()
    std::size_t count = 0;                     // of the lines, where that is known; or 0
  };
  // From `position`, which begins a line, up to about `max_bytes`: at least one line.  A
  // position before begin() or behind end() is taken as begin().
  // Throws std::runtime_error when a file cannot be read.
  [[nodiscard]] Piece Read(std::uint64_t position, std::size_t max_bytes) const;

  // Waits until end() > position, or the time is over, or Wake was called.
  void WaitBeyond(std::uint64_t position, std::chrono::milliseconds at_most) const;
  void Wake();

  // No sink needs what is before `position`.
  void Release(std::uint64_t position);

  // The last line of the stream, without '\n'; empty when there is none.
  [[nodiscard]] std::string LastLine() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgmoat::audit
