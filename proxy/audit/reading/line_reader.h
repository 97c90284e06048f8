// The lines of a file of the trail, compressed or not.
//
// Memory: a block, or the longest line if that is longer; a line past kMaxLineBytes is
//   given in pieces, of which none is valid JSON.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "proxy/audit/reading/byte_source.h"

namespace pgmoat::audit {

inline constexpr std::size_t kMaxLineBytes = std::size_t{256} << 20;

class LineReader {
 public:
  // Throws ReadError, also later.
  explicit LineReader(const std::filesystem::path& file);

  // The next line without its '\n'; valid until the next call.  False: there is none.
  bool Next(std::string_view& line);
  // Of the line given last: from 1; and whether its '\n' is there, which only the last line
  // of a file can lack.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] bool complete() const { return complete_; }

 private:
  bool ReadMore();

  std::unique_ptr<ByteSource> source_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;    // of what was not given yet
  std::size_t scanned_ = 0;  // no '\n' between begin_ and here
  std::size_t end_ = 0;
  std::uint64_t number_ = 0;
  bool complete_ = true;
};

}  // namespace pgmoat::audit
