// Whether files have changed since they were read.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace pgmoat::migrations {

// Of a file, or of a directory and the *.jsonl files in it.  What is not there has a state,
// too.
class FileState {
 public:
  static FileState Of(const std::vector<std::filesystem::path>& paths);

  // What was read at this state may be old already: a file was written so lately that
  // another write would leave the same time.
  [[nodiscard]] bool Young() const { return young_; }
  friend bool operator==(const FileState& a, const FileState& b) {
    return a.files_ == b.files_;
  }

 private:
  struct One {
    std::string path;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = -1;
    std::int64_t modified = 0;  // nanoseconds
    std::int64_t changed = 0;
    friend bool operator==(const One&, const One&) = default;
  };
  void Add(const std::filesystem::path& path);

  std::vector<One> files_;
  bool young_ = false;
};

}  // namespace pgmoat::migrations
