#include "proxy/net/tls_socket.h"

#include <sys/socket.h>

#include <cerrno>
#include <memory>

namespace pgmoat::net {
namespace {

TlsSocket& SocketOf(BIO* bio) { return *static_cast<TlsSocket*>(BIO_get_data(bio)); }

int Read(BIO* bio, char* into, int size) {
  TlsSocket& socket = SocketOf(bio);
  BIO_clear_retry_flags(bio);
  if (socket.drained) {
    BIO_set_retry_read(bio);
    return -1;
  }
  ssize_t n = 0;
  do {
    n = ::recv(socket.fd, into, static_cast<std::size_t>(size), 0);
  } while (n < 0 && errno == EINTR);
  if (n > 0) {
    socket.drained = n < size && !socket.doubtful;
  } else if (n == 0) {
    socket.at_end = true;
  } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
    socket.drained = true;
    BIO_set_retry_read(bio);
  }
  return static_cast<int>(n);
}

int Write(BIO* bio, const char* from, int size) {
  const int fd = SocketOf(bio).fd;
  BIO_clear_retry_flags(bio);
  ssize_t n = 0;
  do {
    n = ::send(fd, from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

long Control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;  // nothing is held back
  if (command == BIO_CTRL_EOF) return SocketOf(bio).at_end ? 1 : 0;
  return 0;
}

const BIO_METHOD* Method() {
  static const std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> method = [] {
    std::unique_ptr<BIO_METHOD, void (*)(BIO_METHOD*)> made(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pgmoat socket"),
        BIO_meth_free);
    if (made) {
      BIO_meth_set_read(made.get(), Read);
      BIO_meth_set_write(made.get(), Write);
      BIO_meth_set_ctrl(made.get(), Control);
    }
    return made;
  }();
  return method.get();
}

}  // namespace

BIO* NewTlsSocketBio(TlsSocket& socket) {
  const BIO_METHOD* method = Method();
  BIO* bio = method != nullptr ? BIO_new(method) : nullptr;
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, &socket);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace pgmoat::net
