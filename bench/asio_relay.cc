// The bare relay (relay.cc) on Boost.Asio: what does the library cost, and which of its ways?
//
//   pgmoat_asio_relay WAY LISTEN_PORT UPSTREAM_PORT      both on 127.0.0.1
//
//   wait        callbacks: async_wait, then read and send by hand
//   callbacks   callbacks: async_read_some, async_write
//   mixed       callbacks: async_read_some; send by hand, async_write of what is left
//   coroutines  awaitable: async_read_some, async_write
//
// Built twice: on Asio's epoll reactor, and (pgmoat_asio_uring_relay) with
// BOOST_ASIO_HAS_IO_URING and BOOST_ASIO_DISABLE_EPOLL, where sockets go through io_uring.
//
// On epoll each way has one system call for a message that relay.cc has not: async_wait tells
// the kernel anew (epoll_ctl), async_read_some begins with a read that finds nothing.
//
// Asio is given its best: one thread and no locks, executors that are not type-erased, and its
// own recycling of handler memory.  The memory of an operation (of a coroutine's frame, too) is
// let go of before its handler is called and goes to a cache of the thread that runs the
// io_context, two blocks for each purpose (thread_info_base, recycling_allocator); the next
// operation, begun within the handler, takes it from there.  An associated allocator of our own
// would find nothing to save.
//
// As relay.cc, it looks at no byte, and the end of one side ends both.
#include <sys/socket.h>

#include <array>
#include <boost/asio.hpp>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string_view>
#include <utility>

#include "bench/loopback.h"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

struct Connection;

// At all times one operation of each direction is under way.
struct Direction {
  Socket& from;
  Socket& to;
  Connection& connection;
  // One each, as Asio wants the buffer when a read begins, not when there is something to read.
  std::array<std::byte, std::size_t{32} * 1024> buffer{};
  std::size_t sent = 0;  // of what was read
  std::size_t size = 0;  // what was read
};

struct Connection {
  explicit Connection(Socket socket)
      : client(std::move(socket)), server(client.get_executor()) {}

  Socket client;
  Socket server;
  Direction up{client, server, *this};
  Direction down{server, client, *this};
  int running = 2;  // directions
};

// Both sockets are shut down, so that the operation of the other direction ends too; they are
// closed after it.  To close them at once would let Asio cancel it, and on io_uring that goes
// wrong: Boost 1.81 leaves the user_data of the cancellation as it was, liburing 2.3 too, and
// its completion is taken for that of another operation.  Other sessions ended or hung.
void End(Direction& direction) {
  Connection& connection = direction.connection;
  error_code ignored;
  connection.client.shutdown(Socket::shutdown_both, ignored);
  connection.server.shutdown(Socket::shutdown_both, ignored);
  if (--connection.running == 0) delete &connection;
}

// Sends what the socket takes; false: the connection is broken.
bool Send(Direction& direction) {
  const ssize_t n = send(direction.to.native_handle(), direction.buffer.data() + direction.sent,
                         direction.size - direction.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n < 0) return errno == EAGAIN;
  direction.sent += static_cast<std::size_t>(n);
  return true;
}

namespace wait {

void Run(Direction& direction);

void Flush(Direction& direction) {
  if (!Send(direction)) return End(direction);
  if (direction.sent == direction.size) return Run(direction);
  direction.to.async_wait(Socket::wait_write, [&direction](error_code error) {
    if (error) return End(direction);
    Flush(direction);
  });
}

// One read for each wait: a wait asks the kernel anew, so it sees what a read has left.
void Run(Direction& direction) {
  direction.from.async_wait(Socket::wait_read, [&direction](error_code error) {
    if (error) return End(direction);
    const ssize_t n = recv(direction.from.native_handle(), direction.buffer.data(),
                           direction.buffer.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return Run(direction);
    if (n <= 0) return End(direction);
    direction.size = static_cast<std::size_t>(n);
    direction.sent = 0;
    Flush(direction);
  });
}

}  // namespace wait

// `by_hand`: the way "mixed".
template <bool by_hand>
void RunCallbacks(Direction& direction) {
  direction.from.async_read_some(
      asio::buffer(direction.buffer), [&direction](error_code error, std::size_t size) {
        if (error) return End(direction);
        direction.size = size;
        direction.sent = 0;
        if constexpr (by_hand) {
          if (!Send(direction)) return End(direction);
          if (direction.sent == size) return RunCallbacks<by_hand>(direction);
        }
        asio::async_write(
            direction.to,
            asio::buffer(direction.buffer.data() + direction.sent, size - direction.sent),
            [&direction](error_code failure, std::size_t) {
              if (failure) return End(direction);
              RunCallbacks<by_hand>(direction);
            });
      });
}

// Ends by an exception, once for each connection.
asio::awaitable<void, Executor> Copy(Direction& direction) {
  constexpr asio::use_awaitable_t<Executor> kAwait;
  while (true) {
    const std::size_t size =
        co_await direction.from.async_read_some(asio::buffer(direction.buffer), kAwait);
    co_await asio::async_write(direction.to, asio::buffer(direction.buffer.data(), size),
                               kAwait);
  }
}

void RunCoroutine(Direction& direction) {
  asio::co_spawn(direction.from.get_executor(), Copy(direction),
                 [&direction](const std::exception_ptr&) { End(direction); });
}

using Way = void (*)(Direction&);

Way WayOf(std::string_view name) {
  if (name == "wait") return wait::Run;
  if (name == "callbacks") return RunCallbacks<false>;
  if (name == "mixed") return RunCallbacks<true>;
  if (name == "coroutines") return RunCoroutine;
  return nullptr;
}

void Accept(Acceptor& acceptor, const tcp::endpoint& upstream, Way run) {
  acceptor.async_accept([&acceptor, &upstream, run](error_code error, Socket client) {
    if (!error) {
      auto* connection = new Connection(std::move(client));
      connection->server.async_connect(upstream, [connection, run](error_code refused) {
        if (refused) {
          delete connection;
          return;
        }
        SendAtOnce(connection->client.native_handle());
        SendAtOnce(connection->server.native_handle());
        run(connection->up);
        run(connection->down);
      });
    }
    Accept(acceptor, upstream, run);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const Way run = argc == 4 ? WayOf(argv[1]) : nullptr;
  if (run == nullptr) {
    std::fprintf(stderr,
                 "usage: %s wait|callbacks|mixed|coroutines LISTEN_PORT UPSTREAM_PORT\n",
                 argv[0]);
    return 2;
  }
  asio::io_context context(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE);
  Acceptor acceptor(context, tcp::v4(), Listen(argv[2], 0));
  const sockaddr_in address = Loopback(argv[3]);
  tcp::endpoint upstream(asio::ip::address_v4::loopback(), ntohs(address.sin_port));
  Accept(acceptor, upstream, run);
  context.run();
}
