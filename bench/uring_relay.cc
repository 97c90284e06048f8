// The bare relay (relay.cc) on io_uring: what would a worker save with it?
//
//   pgmoat_uring_relay LISTEN_PORT UPSTREAM_PORT      both on 127.0.0.1
//
// Per direction one receive and one send, and for all that is ready one system call, which
// also waits.  A send and the next receive of its direction are linked: the second begins
// when the first is done.  One completion tells of both: the receive's, or the send's when
// that has failed (io_uring_enter(2), IOSQE_CQE_SKIP_SUCCESS, then drops the receive's).
// Plaintext, one buffer per direction; whatever goes wrong ends the connection.  As
// relay.cc, it looks at no byte.
//
// What was tried, and with which result: bench/README.md, "Event loops".
#include <liburing.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "bench/loopback.h"

namespace {

constexpr unsigned kEntries = 4096;

struct Connection;

enum class Step : std::uint8_t { kReceive, kSend };

struct Direction {
  int from = -1;
  int to = -1;
  Connection* connection = nullptr;
  std::array<std::byte, std::size_t{16} << 10> buffer{};
};

struct Connection {
  Direction up;
  Direction down;
  int pending = 0;  // completions that are still to come
  bool closing = false;
};

io_uring ring;
sockaddr_in upstream{};
int listener = -1;

io_uring_sqe* NewEntry() {
  io_uring_sqe* entry = io_uring_get_sqe(&ring);
  if (entry != nullptr) return entry;
  io_uring_submit(&ring);
  entry = io_uring_get_sqe(&ring);
  if (entry == nullptr) Fail("io_uring_get_sqe");
  return entry;
}

// The step goes into the pointer's lowest bit.
void Tag(io_uring_sqe* entry, Direction& direction, Step step) {
  const auto tag = reinterpret_cast<std::uintptr_t>(&direction) | (step == Step::kSend ? 1 : 0);
  io_uring_sqe_set_data64(entry, tag);
}

void Receive(Direction& direction) {
  io_uring_sqe* entry = NewEntry();
  io_uring_prep_recv(entry, direction.from, direction.buffer.data(), direction.buffer.size(),
                     0);
  // There is nothing yet: who is asked has just been sent the question.
  entry->ioprio |= IORING_RECVSEND_POLL_FIRST;
  Tag(entry, direction, Step::kReceive);
  ++direction.connection->pending;
}

void SendThenReceive(Direction& direction, std::size_t bytes) {
  io_uring_sqe* entry = NewEntry();
  io_uring_prep_send(entry, direction.to, direction.buffer.data(), bytes,
                     MSG_NOSIGNAL | MSG_WAITALL);
  // A completion of its own would end the wait that begins with it, for nothing.
  entry->flags |= IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
  Tag(entry, direction, Step::kSend);
  Receive(direction);
}

void Accept() {
  io_uring_sqe* entry = NewEntry();
  io_uring_prep_accept(entry, listener, nullptr, nullptr, SOCK_CLOEXEC);
  io_uring_sqe_set_data64(entry, 0);
}

void Begin(int client) {
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (server < 0) Fail("socket");
  SendAtOnce(client);
  SendAtOnce(server);
  if (connect(server, reinterpret_cast<const sockaddr*>(&upstream), sizeof upstream) != 0) {
    close(client);
    close(server);
    return;
  }
  auto* connection = new Connection;
  connection->up.from = connection->down.to = client;
  connection->up.to = connection->down.from = server;
  connection->up.connection = connection->down.connection = connection;
  Receive(connection->up);
  Receive(connection->down);
}

// The memory goes when nothing of it is with the kernel any more.
void End(Connection& connection) {
  if (!connection.closing) {
    connection.closing = true;
    shutdown(connection.up.from, SHUT_RDWR);
    shutdown(connection.up.to, SHUT_RDWR);
  }
  if (connection.pending > 0) return;
  close(connection.up.from);
  close(connection.up.to);
  delete &connection;
}

void OnCompletion(const io_uring_cqe& completion) {
  const std::uint64_t tag = io_uring_cqe_get_data64(&completion);
  if (tag == 0) {
    if (completion.res >= 0) Begin(completion.res);
    return Accept();
  }
  auto& direction = *reinterpret_cast<Direction*>(tag & ~std::uint64_t{1});
  Connection& connection = *direction.connection;
  --connection.pending;
  const bool send_failed = (tag & 1) != 0;
  if (send_failed || connection.closing || completion.res <= 0) return End(connection);
  SendThenReceive(direction, static_cast<std::size_t>(completion.res));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s LISTEN_PORT UPSTREAM_PORT\n", argv[0]);
    return 2;
  }
  upstream = Loopback(argv[2]);
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  if (io_uring_queue_init_params(kEntries, &ring, &params) != 0) Fail("io_uring_queue_init");
  listener = Listen(argv[1], 0);
  Accept();
  while (true) {
    const int submitted = io_uring_submit_and_wait(&ring, 1);
    if (submitted < 0 && submitted != -EINTR) Fail("io_uring_submit_and_wait");
    unsigned head = 0;
    unsigned seen = 0;
    io_uring_cqe* completion = nullptr;
    io_uring_for_each_cqe(&ring, head, completion) {
      OnCompletion(*completion);
      ++seen;
    }
    io_uring_cq_advance(&ring, seen);
  }
}
