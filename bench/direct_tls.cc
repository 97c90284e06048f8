// Preloaded into pgbench, so that it can speak to a TLS terminator that does not know
// PostgreSQL.
//
// libpq before 17 asks the server for TLS: it sends SSLRequest, waits for the one byte 'S', and
// only then begins the handshake (PostgreSQL documentation, "SSL Session Encryption").  HAProxy
// expects the handshake at once.  So the question is kept from the socket and answered here:
//
//   libpq:   send(SSLRequest)  poll  recv        ClientHello ...
//   socket:                                      ClientHello ...
//
// What else is sent, awaited and received passes through untouched.  One thread, as pgbench
// -j 1.

#include <dlfcn.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <set>

namespace {

// Int32 length 8, Int32 80877103.
constexpr char kSslRequest[] = {0, 0, 0, 8, 4, '\xd2', 0x16, 0x2f};

// Sockets whose question is asked and whose answer is not yet read.
std::set<int>& Asked() {
  static std::set<int> asked;
  return asked;
}

template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t send(int socket, const void* data, size_t size, int flags) {
  static auto* const real = Real<ssize_t(int, const void*, size_t, int)>("send");
  if (size == sizeof kSslRequest && std::memcmp(data, kSslRequest, size) == 0) {
    Asked().insert(socket);
    return static_cast<ssize_t>(size);
  }
  return real(socket, data, size, flags);
}

ssize_t recv(int socket, void* data, size_t size, int flags) {
  static auto* const real = Real<ssize_t(int, void*, size_t, int)>("recv");
  if (size > 0 && !Asked().empty() && Asked().erase(socket) > 0) {
    *static_cast<char*>(data) = 'S';
    return 1;
  }
  return real(socket, data, size, flags);
}

// libpq waits for one socket at a time while it connects.
int poll(pollfd* sockets, nfds_t count, int timeout) {
  static auto* const real = Real<int(pollfd*, nfds_t, int)>("poll");
  if (count == 1 && (sockets->events & POLLIN) != 0 && Asked().count(sockets->fd) > 0) {
    sockets->revents = POLLIN;
    return 1;
  }
  return real(sockets, count, timeout);
}

}  // extern "C"
