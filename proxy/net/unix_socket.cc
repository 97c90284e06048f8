#include "proxy/net/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <utility>

#include "proxy/net/unique_fd.h"

namespace pgmoat::net {
namespace {

using LocalAddress = boost::asio::local::stream_protocol::endpoint;

int BindOnce(int fd, const LocalAddress& address) {
  const int done = ::bind(fd, address.data(), static_cast<socklen_t>(address.size()));
  return done == 0 ? 0 : errno;
}

// A socket's file that nobody listens behind.  Anything else is left alone.
bool IsLeftOver(const LocalAddress& address) {
  struct stat file {};
  if (::lstat(address.path().c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return probe.valid() &&
         ::connect(probe.get(), address.data(), static_cast<socklen_t>(address.size())) != 0 &&
         errno == ECONNREFUSED;
}

}  // namespace

std::string UnixSocketPath(const std::string& directory, unsigned port) {
  return directory + "/.s.PGSQL." + std::to_string(port);
}

int UnixSocketFile::Bind(int fd, const std::string& path, unsigned permissions) {
  const LocalAddress address(path);
  int failed = BindOnce(fd, address);
  if (failed == EADDRINUSE && IsLeftOver(address) && ::unlink(path.c_str()) == 0) {
    failed = BindOnce(fd, address);
  }
  if (failed != 0) return failed;
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0) return errno;
  path_ = path;
  device_ = file.st_dev;
  inode_ = file.st_ino;
  // Nobody can connect before it listens.
  return ::chmod(path.c_str(), permissions) == 0 ? 0 : errno;
}

void UnixSocketFile::Remove() {
  const std::string path = std::exchange(path_, {});
  struct stat file {};
  if (path.empty() || ::lstat(path.c_str(), &file) != 0) return;
  if (file.st_dev == device_ && file.st_ino == inode_) ::unlink(path.c_str());
}

std::string DescribeUnixPeer(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "[local]";
  return "[local] uid " + std::to_string(peer.uid) + " pid " + std::to_string(peer.pid);
}

}  // namespace pgmoat::net
