// The file of a listening Unix-domain socket.
//
// A file that a killed pgmoat left behind is replaced, since nobody answers there; one
// where somebody answers is not.
//
// Threads: any.
// Errors:  errno.
#pragma once

#include <sys/types.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <string>

namespace pgmoat::net {

using SocketAddress = boost::asio::generic::stream_protocol::endpoint;

// As libpq makes it of a directory and a port: /run/pgmoat/.s.PGSQL.6432.
std::string UnixSocketPath(const std::string& directory, unsigned port);

class UnixSocketFile {
 public:
  UnixSocketFile() = default;
  // Removes the file, if it is still the one that was made here.
  ~UnixSocketFile() { Remove(); }
  UnixSocketFile(const UnixSocketFile&) = delete;
  UnixSocketFile& operator=(const UnixSocketFile&) = delete;

  // Binds `fd`, before it listens, and sets the file's permissions.  0 or an errno.
  int Bind(int fd, const std::string& path, unsigned permissions);
  void Remove();

 private:
  std::string path_;  // empty: none
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

// "[local] uid 1000 pid 4711": PostgreSQL's word for it, and who the kernel says it is.
std::string DescribeUnixPeer(int fd);

}  // namespace pgmoat::net
