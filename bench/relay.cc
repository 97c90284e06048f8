// The bare relay: the floor that any proxy is measured against (design 6).
//
//   pgmoat_relay LISTEN_PORT UPSTREAM_PORT      both on 127.0.0.1
//
// One thread, one epoll set, one buffer.  It looks at no byte.  A round trip
// costs, each way, one epoll_wait (shared by whatever is ready), one read and
// one send; sockets are registered once, edge-triggered, and never re-armed.
//
//   client --read--> buffer --send--> server
//                       |
//                       +-- what the socket does not take --> Endpoint::pending,
//                           and nothing more is read from the other side until
//                           EPOLLOUT has let it go
//
// Deliberately left out, as it is a floor and no product: half-closed
// connections (the end of one side ends both), fairness between connections
// under bulk load, limits, logs.
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "bench/loopback.h"

namespace {

struct Connection;

// One of the two sockets of a connection.
struct Endpoint {
  int fd = -1;  // -1: closed
  Endpoint* peer = nullptr;
  Connection* connection = nullptr;
  std::vector<std::byte> pending;  // read from the peer, not yet taken by this socket
  std::size_t sent = 0;            // of pending
};

struct Connection {
  Endpoint client;
  Endpoint server;
};

// COPY costs a little more with 64 KiB, which the first-level cache does not hold, and more
// with 8.
std::array<std::byte, std::size_t{32} * 1024> buffer;

int epoll_fd = -1;
sockaddr_in upstream{};
// The epoll set holds the only pointers to a live connection.  Events of a batch may
// still point at one that an earlier event of the batch closed: it is freed after it.
std::vector<std::unique_ptr<Connection>> closed;

// Both sockets go; the memory waits for the end of the batch.
void Close(Endpoint& endpoint) {
  close(endpoint.fd);
  close(endpoint.peer->fd);
  endpoint.fd = endpoint.peer->fd = -1;
  closed.emplace_back(endpoint.connection);
}

// Sends what it can; false: the connection is broken.
bool Send(int fd, const std::byte* bytes, std::size_t size, std::size_t& taken) {
  const ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);
  // A connect that is still under way answers EAGAIN too: the first bytes of an
  // eager client wait in `pending` like any others.
  if (n < 0 && errno != EAGAIN) return false;
  taken = n < 0 ? 0 : static_cast<std::size_t>(n);
  return true;
}

// Copies from `from` to its peer until there is no more to read or the peer is full.
// A read that does not fill the buffer has emptied the socket: the next bytes make a
// new edge, so the read that would say EAGAIN is saved.  Only the end of the stream
// may have come together with the last bytes, without an edge of its own.
void Copy(Endpoint& from, bool hangup) {
  Endpoint& to = *from.peer;
  while (to.pending.empty()) {
    const ssize_t n = read(from.fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return Close(from);
    const auto size = static_cast<std::size_t>(n);
    std::size_t taken = 0;
    if (!Send(to.fd, buffer.data(), size, taken)) return Close(from);
    if (taken < size) {
      to.pending.assign(buffer.begin() + static_cast<std::ptrdiff_t>(taken),
                        buffer.begin() + static_cast<std::ptrdiff_t>(size));
    } else if (size < buffer.size() && !hangup) {
      return;
    }
  }
}

// Sends what is pending, then goes on reading where Copy had stopped.
void Flush(Endpoint& to) {
  std::size_t taken = 0;
  if (!Send(to.fd, to.pending.data() + to.sent, to.pending.size() - to.sent, taken)) {
    return Close(to);
  }
  to.sent += taken;
  if (to.sent < to.pending.size()) return;
  std::vector<std::byte>().swap(to.pending);
  to.sent = 0;
  // Its edges came and went while it was not read, that of its end included.
  Copy(*to.peer, /*hangup=*/true);
}

void Register(int fd, std::uint32_t events, void* data) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = data;
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) Fail("epoll_ctl");
}

void Accept(int listener) {
  const int client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (server < 0) Fail("socket");
  SendAtOnce(client);
  SendAtOnce(server);
  // A refusal shows as an event of the socket.
  (void)connect(server, reinterpret_cast<const sockaddr*>(&upstream), sizeof upstream);
  auto* connection = new Connection;
  connection->client = {client, &connection->server, connection, {}, 0};
  connection->server = {server, &connection->client, connection, {}, 0};
  constexpr std::uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  Register(client, kEvents, &connection->client);
  Register(server, kEvents, &connection->server);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s LISTEN_PORT UPSTREAM_PORT\n", argv[0]);
    return 2;
  }
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  upstream = Loopback(argv[2]);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) Fail("epoll_create1");
  const int listener = Listen(argv[1], SOCK_NONBLOCK);
  Register(listener, EPOLLIN, nullptr);

  std::array<epoll_event, 64> events{};
  while (true) {
    const int count = epoll_wait(epoll_fd, events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno != EINTR) Fail("epoll_wait");
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      auto* endpoint = static_cast<Endpoint*>(event.data.ptr);
      if (endpoint == nullptr) {
        Accept(listener);
        continue;
      }
      if ((event.events & EPOLLOUT) != 0 && endpoint->fd >= 0 && !endpoint->pending.empty()) {
        Flush(*endpoint);
      }
      constexpr std::uint32_t kEnd = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
      if ((event.events & (EPOLLIN | kEnd)) != 0 && endpoint->fd >= 0) {
        Copy(*endpoint, (event.events & kEnd) != 0);
      }
    }
    closed.clear();
  }
}
