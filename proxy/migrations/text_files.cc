#include "proxy/migrations/text_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "proxy/migrations/format_error.h"

namespace pgmoat::migrations {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;

[[noreturn]] void Fail(const std::filesystem::path& file, const std::string& what, int error) {
  throw FormatError(file.string() + ": " + what + ": " + std::strerror(error) +
                    "; check path and permissions");
}

}  // namespace

std::string ReadTextFile(const std::filesystem::path& file) {
  // O_NONBLOCK: a pipe in a file's place must not make us wait.
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) Fail(file, "cannot be read", errno);
  std::string text;
  char chunk[65536];
  ssize_t got = 0;
  while (text.size() <= kMaxFileBytes &&
         ((got = ::read(descriptor, chunk, sizeof chunk)) > 0 || (got < 0 && errno == EINTR))) {
    if (got > 0) text.append(chunk, static_cast<std::size_t>(got));
  }
  const int error = errno;
  ::close(descriptor);
  if (got < 0) Fail(file, "cannot be read", error);
  if (text.size() > kMaxFileBytes) {
    throw FormatError(file.string() + ": is larger than 64 MiB; is it the right file?");
  }
  return text;
}

bool WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void ReplaceTextFile(const std::filesystem::path& file, std::string_view text) {
  std::string beside = file.string() + ".XXXXXX";
  const int descriptor = ::mkostemp(beside.data(), O_CLOEXEC);
  if (descriptor < 0) Fail(file, "no file can be made beside it", errno);
  // As the one that it replaces, or as any new file: mkostemp's 0600 would hide it from pgmoat.
  struct stat old {};
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const mode_t mode = ::stat(file.c_str(), &old) == 0 ? (old.st_mode & 07777) : (0666 & ~mask);
  bool done =
      WriteAll(descriptor, text) && ::fchmod(descriptor, mode) == 0 && ::fsync(descriptor) == 0;
  int error = errno;
  if (::close(descriptor) != 0 && done) {
    done = false;
    error = errno;
  }
  if (done && ::rename(beside.c_str(), file.c_str()) == 0) return;
  if (done) error = errno;
  ::unlink(beside.c_str());
  Fail(file, "cannot be written", error);
}

}  // namespace pgmoat::migrations
