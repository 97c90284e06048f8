#include "proxy/config/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <system_error>

#include "proxy/config/scalars.h"
#include "proxy/signing/keys.h"

namespace pgmoat::config {
namespace {

// A config of this size is not one that a person wrote; parsing has no bound of its own.
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;

std::string Reason(int error) { return std::generic_category().message(error); }

}  // namespace

std::string ReadWhole(const std::string& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    throw ConfigError(file + ": cannot be read: " + Reason(errno) +
                      "; check the path given with --config");
  }
  std::string text;
  char chunk[65536];
  ssize_t got = 0;
  while (text.size() <= kMaxFileBytes &&
         ((got = ::read(descriptor, chunk, sizeof chunk)) > 0 || (got < 0 && errno == EINTR))) {
    if (got > 0) text.append(chunk, static_cast<std::size_t>(got));
  }
  const int error = errno;
  ::close(descriptor);
  if (got < 0) {
    throw ConfigError(file + ": cannot be read: " + Reason(error) +
                      "; check the path given with --config");
  }
  if (text.size() > kMaxFileBytes) {
    throw ConfigError(file + ":1: the file is larger than 1 MiB; is it the config?");
  }
  return text;
}

std::string WhyUnreadable(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return Reason(errno);
  char byte;
  const bool readable = ::read(descriptor, &byte, 1) >= 0 || errno == EAGAIN;
  const int error = errno;
  ::close(descriptor);
  return readable ? "" : Reason(error);
}

std::filesystem::path ReadableFile(const Item& item) {
  const std::string path = item.Text();
  if (const std::string why = WhyUnreadable(path); !why.empty()) {
    item.place.Fail(Quoted(item.place.name) + ": file " + Quoted(path) +
                    " cannot be read: " + why + "; check path and permissions");
  }
  return path;
}

std::filesystem::path SigningKeyFile(const Item& item) {
  std::filesystem::path path = ReadableFile(item);
  try {
    const signing::SigningKey key(path);
  } catch (const std::exception& error) {
    item.place.Fail(Quoted(item.place.name) + ": " + error.what());
  }
  return path;
}

}  // namespace pgmoat::config
