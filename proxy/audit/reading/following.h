// Files of the trail that grow while they are read.
//
//   Poll():  new lines of the file ─> visit
//            renamed, a new one in its place: the rest of the old one, those that were
//              rotated in between, then the new one from its beginning
//            truncated: from its beginning
//            not there: nothing, until it is
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/audit/reading/byte_source.h"

namespace pgmoat::audit {

// A whole line, without '\n'; valid during the call.
using LineVisitor = std::function<void(std::string_view line)>;

// One file, wherever its name goes meanwhile.
class GrowingFile {
 public:
  GrowingFile() = default;
  ~GrowingFile();
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  // From its beginning.  False: there is none.  Throws ReadError when it cannot be opened.
  bool Open(const std::filesystem::path& file);
  void Close();
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

  // What was added since; from the beginning if it became shorter.
  void Drain(const LineVisitor& visit);
  // So that Drain begins with about the last `bytes`, at the beginning of a line.  True: that
  // is all there is.
  bool Rewind(std::uint64_t bytes);
  // Whether `file` is this one still.
  [[nodiscard]] bool IsAt(const std::filesystem::path& file) const;
  // Bytes that were read, or are behind the place that Rewind went to.
  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  std::string name_;
  int descriptor_ = -1;
  std::uint64_t position_ = 0;
  std::string unfinished_;  // line
};

// What `tail` reads the end of.
class Followed {
 public:
  virtual ~Followed() = default;
  // Throws ReadError; can be called again, and then goes on.
  virtual void Poll(const LineVisitor& visit) = 0;
  // See GrowingFile.
  virtual bool Rewind(std::uint64_t bytes) = 0;
};

// The live file of a file sink, or any other.
class FollowedFile : public Followed {
 public:
  explicit FollowedFile(std::filesystem::path path);
  void Poll(const LineVisitor& visit) override;
  bool Rewind(std::uint64_t bytes) override { return !file_.is_open() || file_.Rewind(bytes); }

 private:
  // Returns what was rotated since the last time, oldest first.
  std::vector<std::filesystem::path> OpenLive();

  std::filesystem::path path_;
  GrowingFile file_;
  std::vector<std::string> rotated_;  // uncompressed names, as of the opening
};

// The newest of the spool's files, and those that come.
class FollowedSpool : public Followed {
 public:
  explicit FollowedSpool(std::filesystem::path directory);
  void Poll(const LineVisitor& visit) override;
  bool Rewind(std::uint64_t bytes) override { return !file_.is_open() || file_.Rewind(bytes); }
  // Those before the one that is being read, in order.
  [[nodiscard]] std::vector<std::filesystem::path> Older() const;

 private:
  std::filesystem::path directory_;
  std::filesystem::path name_;  // of file_
  GrowingFile file_;
};

}  // namespace pgmoat::audit
