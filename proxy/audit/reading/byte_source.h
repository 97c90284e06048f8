// The bytes of a file of the trail, decompressed.  Whether it is compressed, and how, is
// told by its first bytes, not by its name.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace pgmoat::audit {

// "audit.jsonl.gz: cannot be read: …"
class ReadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Up to `size` bytes; 0: there are no more (of a plain file: now).
  // Throws ReadError: cannot be read, damaged, or cut off within what is compressed.
  virtual std::size_t Read(char* to, std::size_t size) = 0;
};

// Throws ReadError when there is no such file.
std::unique_ptr<ByteSource> OpenBytes(const std::filesystem::path& file);

// False also when there is no such file.
bool IsCompressed(const std::filesystem::path& file);

}  // namespace pgmoat::audit
