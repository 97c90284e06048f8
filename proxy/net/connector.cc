#include "proxy/net/connector.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "protocol/startup.h"
#include "proxy/net/errors.h"
#include "proxy/net/socket_options.h"

namespace pgmoat::net {

namespace asio = boost::asio;
using config::SslMode;

namespace {

constexpr std::chrono::milliseconds kRetryWhenFull{10};

}  // namespace

// Of a host's name.
struct Connector::Lookup {
  std::vector<SocketAddress> addresses;
  std::string error;  // empty: none
};

Connector::Connector(EventLoop& loop, std::shared_ptr<const UpstreamSettings> target, Done done)
    : loop_(loop),
      target_(std::move(target)),
      done_(std::move(done)),
      timer_(loop),
      retry_(loop) {}

void Connector::StartAt(const SocketAddress& address, std::chrono::milliseconds timeout) {
  addresses_.push_back(address);
  Start(timeout);
}

void Connector::Start(std::chrono::milliseconds timeout) {
  timer_.Start(timeout, [self = shared_from_this(), timeout] {
    self->Finish(nullptr, "no answer within " + std::to_string(timeout.count()) + " ms");
  });
  loop_.Post([self = shared_from_this()] { self->Resolve(); });
}

void Connector::Cancel() {
  done_ = nullptr;
  Finish(nullptr, "");
}

void Connector::Finish(std::unique_ptr<Stream> stream, std::string reason) {
  state_ = State::kDone;
  // A lookup in progress cannot be stopped; its result is dropped when it comes.
  timer_.Cancel();
  retry_.Cancel();
  if (stream_) stream_->Close();
  if (Done done = std::exchange(done_, nullptr)) done(std::move(stream), std::move(reason));
}

void Connector::Resolve() {
  if (state_ == State::kDone) return;
  if (!addresses_.empty()) return TryNext();
  const config::Upstream& upstream = target_->upstream;
  if (upstream.is_unix_socket()) {
    addresses_.emplace_back(
        asio::local::stream_protocol::endpoint(UnixSocketPath(upstream.host, upstream.port)));
    return TryNext();
  }
  // An address needs no lookup, which would go through a thread.
  boost::system::error_code failed;
  const auto address = asio::ip::make_address(upstream.host, failed);
  if (!failed) {
    addresses_.emplace_back(asio::ip::tcp::endpoint(address, upstream.port));
    return TryNext();
  }
  // The timer keeps this alive meanwhile.
  loop_.RunElsewhere([weak = weak_from_this(), host = upstream.host,
                      port = upstream.port]() -> std::function<void()> {
    asio::io_context io;
    asio::ip::tcp::resolver resolver(io);
    boost::system::error_code unknown;
    Lookup lookup;
    for (const auto& result : resolver.resolve(
             host, std::to_string(port), asio::ip::resolver_base::numeric_service, unknown)) {
      lookup.addresses.emplace_back(result.endpoint());
    }
    if (unknown) lookup.error = unknown.message();
    return [weak, lookup] {
      if (const auto self = weak.lock()) self->OnResolved(lookup);
    };
  });
}

void Connector::OnResolved(const Lookup& lookup) {
  if (state_ == State::kDone) return;
  addresses_ = lookup.addresses;
  if (!lookup.error.empty()) {
    reason_ = "could not translate host name \"" + target_->upstream.host +
              "\" to an address: " + lookup.error;
  }
  TryNext();
}

void Connector::TryNext() {
  if (next_ == addresses_.size()) return Finish(nullptr, reason_);
  Try(addresses_[next_++], target_->upstream.sslmode == SslMode::kDisable);
}

void Connector::Try(const SocketAddress& address, bool plaintext) {
  plaintext_ = plaintext;
  stream_.reset();
  UniqueFd fd(
      ::socket(address.data()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  out_of_descriptors_ = !fd.valid() && IsOutOfDescriptors(errno);
  if (!fd.valid()) return Fail(SystemReason(errno));
  SetSocketOptions(fd.get(), target_->tcp);
  if (::connect(fd.get(), address.data(), static_cast<socklen_t>(address.size())) != 0 &&
      errno != EINPROGRESS) {
    const bool full = errno == EAGAIN && address.data()->sa_family == AF_UNIX;
    return full ? RetryWhenFull() : Fail(SystemReason(errno));
  }
  try {
    stream_ = std::make_unique<Stream>(loop_, std::move(fd));
  } catch (const std::system_error& e) {
    return Fail(e.code().message());
  }
  state_ = State::kConnecting;
  WaitFor(IoStatus::kWantWrite);
}

// A Unix-domain socket whose queue is full tells it at once and never says when there is
// room: connect(2), EAGAIN.
void Connector::RetryWhenFull() {
  state_ = State::kResolving;
  retry_.Start(kRetryWhenFull, [self = shared_from_this()] {
    if (self->state_ == State::kDone) return;
    self->Try(self->addresses_[self->next_ - 1], self->plaintext_);
  });
}

void Connector::OnReady() {
  switch (state_) {
    case State::kConnecting:
      return OnConnecting();
    case State::kAsking:
      return OnAnswer();
    case State::kHandshake:
      return OnHandshake();
    case State::kResolving:
    case State::kDone:
      return;
  }
}

void Connector::OnConnecting() {
  int outcome = 0;
  socklen_t size = sizeof outcome;
  ::getsockopt(stream_->fd(), SOL_SOCKET, SO_ERROR, &outcome, &size);
  if (outcome != 0) return Fail(SystemReason(outcome));
  if (plaintext_) return Finish(std::move(stream_), "");
  if (target_->upstream.direct_tls) return StartHandshake();

  std::vector<std::byte> request;
  protocol::EncodeSslRequest(request);
  // Eight bytes into an empty socket buffer: they fit, or the connection is broken.
  const iovec piece{request.data(), request.size()};
  if (stream_->Write({&piece, 1}).status != IoStatus::kDone) return Fail(stream_->error());
  state_ = State::kAsking;
  WaitFor(IoStatus::kWantRead);
}

void Connector::OnAnswer() {
  std::array<std::byte, 1> answer{};
  const IoResult result = stream_->Read(answer);
  switch (result.status) {
    case IoStatus::kWantRead:
    case IoStatus::kWantWrite:
      return WaitFor(result.status);
    case IoStatus::kEnd:
      return Fail("the server closed the connection when asked for TLS");
    case IoStatus::kError:
      return Fail(stream_->error());
    case IoStatus::kDone:
      break;
  }
  switch (std::to_integer<char>(answer[0])) {
    case 'S':
      return StartHandshake();
    case 'N':
      if (target_->upstream.sslmode == SslMode::kPrefer) return Finish(std::move(stream_), "");
      return Fail("the server does not offer TLS, which sslmode demands");
    case 'E':
      // An ErrorResponse: too many processes, or a server older than TLS.  Its text
      // comes from nobody we know and is not shown (CVE-2024-10977).
      return Fail("the server answered the request for TLS with an error", true);
    default:
      return Fail("the server's answer to the request for TLS is not PostgreSQL's");
  }
}

void Connector::StartHandshake() {
  if (!stream_->StartTls(target_->tls.get(), TlsRole::kClient)) return Fail(stream_->error());
  if (!ExpectHost(stream_->ssl(), target_->upstream)) {
    return Fail(TlsReason("the host name cannot be used with TLS"));
  }
  state_ = State::kHandshake;
  OnHandshake();
}

void Connector::OnHandshake() {
  const IoResult result = stream_->Handshake();
  switch (result.status) {
    case IoStatus::kDone:
      // PostgreSQL documentation, "SSL Session Encryption": without ALPN it may be a server
      // of another protocol that we talk to.
      if (target_->upstream.direct_tls && !HasPostgresqlAlpn(stream_->ssl())) {
        return Fail("the server did not agree to speak PostgreSQL's protocol (ALPN)");
      }
      return Finish(std::move(stream_), "");
    case IoStatus::kWantRead:
    case IoStatus::kWantWrite:
      return WaitFor(result.status);
    case IoStatus::kEnd:
      return Fail("the server closed the connection during the TLS handshake", true);
    case IoStatus::kError:
      return Fail(stream_->error(), true);
  }
}

void Connector::WaitFor(IoStatus status) {
  auto on_ready = [self = shared_from_this()] { self->OnReady(); };
  if (status == IoStatus::kWantWrite) {
    stream_->WaitWritable(std::move(on_ready));
  } else {
    stream_->WaitReadable(std::move(on_ready));
  }
}

void Connector::Fail(std::string reason, bool of_tls) {
  reason_ = std::move(reason);
  if (of_tls && target_->upstream.sslmode == SslMode::kPrefer) {
    return Try(addresses_[next_ - 1], true);
  }
  TryNext();
}

}  // namespace pgmoat::net
