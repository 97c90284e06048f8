#include "proxy/audit/sinks/remote_secret.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace pgmoat::audit {
namespace {

// No password is that long; a path that names something else by mistake may be endless.
constexpr std::size_t kMaxSecretBytes = std::size_t{64} << 10;

[[noreturn]] void Fail(const std::filesystem::path& file, const std::string& why) {
  throw std::runtime_error("cannot use the secret in " + file.string() + ": " + why);
}

}  // namespace

std::string ReadSecretFile(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) Fail(file, std::strerror(errno));
  std::string secret(kMaxSecretBytes + 1, '\0');
  stream.read(secret.data(), static_cast<std::streamsize>(secret.size()));
  if (stream.bad()) Fail(file, "it cannot be read");
  secret.resize(static_cast<std::size_t>(stream.gcount()));
  if (secret.size() > kMaxSecretBytes) Fail(file, "it is longer than 64 KiB");
  constexpr const char* kWhite = " \t\r\n";
  const std::size_t begin = secret.find_first_not_of(kWhite);
  if (begin == std::string::npos) Fail(file, "it is empty");
  secret = secret.substr(begin, secret.find_last_not_of(kWhite) - begin + 1);
  if (secret.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
    Fail(file, "it has more than one line");
  }
  return secret;
}

}  // namespace pgmoat::audit
