#include "proxy/audit/sinks/cursor_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace pgmoat::audit {
namespace {

constexpr std::size_t kDigits = 20;  // of 2^64 - 1

std::optional<std::uint64_t> Parse(std::string_view text) {
  if (text.size() != kDigits + 1 || text.back() != '\n') return std::nullopt;
  std::uint64_t position = 0;
  const char* end = text.data() + kDigits;
  const auto [at, error] = std::from_chars(text.data(), end, position);
  if (error != std::errc{} || at != end) return std::nullopt;
  return position;
}

}  // namespace

CursorFile::CursorFile(std::filesystem::path file) : path_(std::move(file)) {
  std::error_code ignored;  // open says why
  std::filesystem::create_directories(path_.parent_path(), ignored);
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
  char text[kDigits + 2];  // one more, so that a longer file is seen
  const ssize_t bytes = descriptor_ < 0 ? -1 : ::pread(descriptor_, text, sizeof text, 0);
  if (bytes < 0) {
    const int error = errno;
    if (descriptor_ >= 0) ::close(descriptor_);
    throw std::runtime_error("audit cursor '" + path_.string() +
                             "' cannot be opened: " + std::generic_category().message(error));
  }
  found_ = Parse({text, static_cast<std::size_t>(bytes)});
  garbled_ = bytes > 0 && !found_;
  if (garbled_) [[maybe_unused]]
    const int cut = ::ftruncate(descriptor_, 0);
}

CursorFile::~CursorFile() { ::close(descriptor_); }

std::string CursorFile::Write(std::uint64_t position) {
  char text[kDigits + 1];
  char digits[kDigits];
  const auto end = std::to_chars(digits, digits + kDigits, position).ptr;
  const auto count = static_cast<std::size_t>(end - digits);
  std::fill_n(text, kDigits - count, '0');
  std::copy_n(digits, count, text + kDigits - count);
  text[kDigits] = '\n';
  ssize_t written = 0;
  do {
    written = ::pwrite(descriptor_, text, sizeof text, 0);
  } while (written < 0 && errno == EINTR);
  if (written == sizeof text) return {};
  return "audit cursor '" + path_.string() + "' cannot be written: " +
         std::generic_category().message(written < 0 ? errno : ENOSPC);
}

}  // namespace pgmoat::audit
