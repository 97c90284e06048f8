// How far a sink is, on disk: 20 digits and a newline, overwritten in place by one pwrite,
// so that a kill -9 leaves the old number or the new one.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace pgmoat::audit {

class CursorFile {
 public:
  // Opens the file, or makes it (mode 0600).  Throws std::runtime_error naming file and
  // reason.
  explicit CursorFile(std::filesystem::path file);
  ~CursorFile();
  CursorFile(const CursorFile&) = delete;
  CursorFile& operator=(const CursorFile&) = delete;

  // What it said when it was opened: nothing when it was empty or is not a number.
  [[nodiscard]] std::optional<std::uint64_t> found() const { return found_; }
  [[nodiscard]] bool garbled() const { return garbled_; }

  // Returns why it could not, or nothing.  A cursor that stays behind costs duplicates
  // after a restart, never a line.
  std::string Write(std::uint64_t position);

 private:
  std::filesystem::path path_;
  int descriptor_;
  std::optional<std::uint64_t> found_;
  bool garbled_ = false;
};

}  // namespace pgmoat::audit
