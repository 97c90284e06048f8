#include "proxy/admin/admin_server.h"

#include <pthread.h>
#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace pgmoat::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

// Whoever asks for metrics sends a few hundred bytes at once.
constexpr std::uint32_t kHeaderBytes = 8 * 1024;
constexpr std::uint64_t kBodyBytes = 1024;
constexpr std::chrono::seconds kDeadline{5};
constexpr std::size_t kMaxConnections = 64;
// When accepting fails for want of descriptors, trying at once would spin.
constexpr std::chrono::milliseconds kAcceptPause{100};

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

Response Answer(const Request& request, const AdminServer::Callbacks& callbacks) {
  Response response;
  response.version(request.version());
  response.keep_alive(request.keep_alive());
  response.set(http::field::server, "pgmoat");
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  response.set(http::field::cache_control, "no-store");
  const auto fill = [&](http::status status, std::string body) {
    response.result(status);
    response.body() = std::move(body);
  };
  const auto target = request.target();
  const std::string path(target.substr(0, target.find('?')));
  const bool known = path == "/metrics" || path == "/healthz" || path == "/readyz";
  if (!known) {
    fill(http::status::not_found, "not found; there are /metrics, /healthz and /readyz\n");
  } else if (request.method() != http::verb::get && request.method() != http::verb::head) {
    response.set(http::field::allow, "GET, HEAD");
    fill(http::status::method_not_allowed, "only GET and HEAD\n");
  } else {
    try {
      if (path == "/metrics") {
        fill(http::status::ok, callbacks.metrics());
        response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
      } else if (path == "/healthz") {
        fill(http::status::ok, "ok\n");
      } else if (const std::string reason = callbacks.not_ready_reason(); reason.empty()) {
        fill(http::status::ok, "ready\n");
      } else {
        fill(http::status::service_unavailable, reason + "\n");
      }
    } catch (const std::exception&) {
      fill(http::status::internal_server_error, "internal error\n");
    }
  }
  response.prepare_payload();  // Content-Length, of the body that a GET would have
  if (request.method() == http::verb::head) response.body().clear();
  return response;
}

// One connection: request, response, and again while it is kept alive.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(tcp::socket socket, const AdminServer::Callbacks& callbacks, std::size_t& open)
      : stream_(std::move(socket)), callbacks_(callbacks), open_(open) {
    ++open_;
  }
  ~Connection() { --open_; }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Read() {
    parser_.emplace();
    parser_->header_limit(kHeaderBytes);
    parser_->body_limit(kBodyBytes);
    // For the whole request: one byte a second does not keep a connection.
    stream_.expires_after(kDeadline);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       self->OnRead(error);
                     });
  }

 private:
  void OnRead(beast::error_code error) {
    if (error == http::error::header_limit || error == http::error::body_limit) {
      Refuse(http::status::payload_too_large, "the request is too large\n");
    } else if (error.category() == http::make_error_code(http::error::bad_method).category() &&
               error != http::error::end_of_stream && error != http::error::partial_message) {
      Refuse(http::status::bad_request, "not an HTTP request\n");
    } else if (!error) {
      Write(Answer(parser_->get(), callbacks_));
    }
    // Otherwise the peer is gone or too slow: nobody to tell.
  }

  void Refuse(http::status status, std::string body) {
    Response response(status, 11);
    response.keep_alive(false);
    response.set(http::field::content_type, "text/plain; charset=utf-8");
    response.body() = std::move(body);
    response.prepare_payload();
    Write(std::move(response));
  }

  void Write(Response response) {
    response_ = std::move(response);
    const bool keep_alive = response_.keep_alive();
    stream_.expires_after(kDeadline);
    const auto written = [self = shared_from_this(), keep_alive](beast::error_code error,
                                                                 std::size_t) {
      if (error) return;
      if (keep_alive) {
        self->Read();
      } else {
        beast::error_code ignored;
        self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
      }
    };
    // An answer to HEAD has the length of a body, but none: only its header is sent.
    if (parser_->get().method() == http::verb::head) {
      header_.emplace(response_);
      http::async_write_header(stream_, *header_, written);
    } else {
      http::async_write(stream_, response_, written);
    }
  }

  beast::tcp_stream stream_;
  const AdminServer::Callbacks& callbacks_;
  std::size_t& open_;
  beast::flat_buffer buffer_{kHeaderBytes + kBodyBytes};
  std::optional<http::request_parser<http::string_body>> parser_;
  Response response_;
  std::optional<http::response_serializer<http::string_body>> header_;
};

}  // namespace

struct AdminServer::Impl {
  Impl(const std::string& host, std::uint16_t port, Callbacks the_callbacks)
      : callbacks(std::move(the_callbacks)), acceptor(io), pause(io) {
    Listen(host, port);
    Accept();
    // Signals are for the main thread.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread = std::thread([this] { io.run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_setname_np(thread.native_handle(), "admin");
  }

  ~Impl() {
    io.stop();
    thread.join();
  }

  void Listen(const std::string& host, std::uint16_t port) {
    const std::string shown = (host.find(':') == std::string::npos ? host : "[" + host + "]") +
                              ":" + std::to_string(port);
    beast::error_code error;
    tcp::resolver resolver(io);
    const auto found =
        resolver.resolve(host, std::to_string(port),
                         tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (!error) {
      const tcp::endpoint endpoint = found.begin()->endpoint();
      acceptor.open(endpoint.protocol(), error);
      if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
      if (!error) acceptor.bind(endpoint, error);
      if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
    }
    if (error) {
      throw std::runtime_error("admin.address " + shown +
                               ": cannot listen: " + error.message());
    }
    bound_port = acceptor.local_endpoint().port();
  }

  void Accept() {
    acceptor.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (error) {
        pause.expires_after(kAcceptPause);
        pause.async_wait([this](beast::error_code cancelled) {
          if (!cancelled) Accept();
        });
        return;
      }
      // Beyond the limit the socket is closed as it goes out of scope.
      if (open < kMaxConnections) {
        std::make_shared<Connection>(std::move(socket), callbacks, open)->Read();
      }
      Accept();
    });
  }

  Callbacks callbacks;
  std::size_t open = 0;  // before io: connections in its queue count down as they go
  asio::io_context io{1};
  tcp::acceptor acceptor;
  asio::steady_timer pause;
  std::uint16_t bound_port = 0;
  std::thread thread;
};

AdminServer::AdminServer(const std::string& host, std::uint16_t port, Callbacks callbacks)
    : impl_(std::make_unique<Impl>(host, port, std::move(callbacks))) {}
AdminServer::~AdminServer() = default;

std::uint16_t AdminServer::port() const { return impl_->bound_port; }

}  // namespace pgmoat::admin
