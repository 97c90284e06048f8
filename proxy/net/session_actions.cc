// The part of SessionRunner that carries out a session's wishes, and its end.

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <optional>
#include <utility>

#include "proxy/net/cancel_forwarder.h"
#include "proxy/net/session_runner.h"

namespace pgmoat::net {
namespace {

using session::Action;
using session::Now;
using session::Output;
using session::Session;

// For the last bytes of a session to reach peers that read slowly.
constexpr std::chrono::milliseconds kFlushTimeout{5'000};
// For a client to hang up after it was told that the session is over.
constexpr std::chrono::milliseconds kLingerTimeout{2'000};

std::optional<SocketAddress> PeerAddress(int fd) {
  SocketAddress address;
  auto size = static_cast<socklen_t>(address.capacity());
  if (::getpeername(fd, address.data(), &size) != 0) return std::nullopt;
  address.resize(size);
  return address;
}

}  // namespace

void SessionRunner::Act(Output& output) {
  if (over()) return;
  switch (output.action) {
    case Action::kNone:
      return;
    case Action::kStartClientTls:
      return StartClientTls();
    case Action::kConnectServer:
      return ConnectServer(output.environment_index);
    case Action::kForwardCancel:
      return ForwardCancel(std::move(output.cancel_request));
    case Action::kCancelServer:
      return CancelServer(std::move(output.cancel_request));
    case Action::kJudge:
      return Judge(std::move(output.judge_work));
    case Action::kClose:
      return BeginClose();
  }
}

void SessionRunner::StartLoginTimer() {
  login_timer_ = true;
  timer_ = std::make_unique<Timer>(worker_.loop());
  timer_->Start(settings_->limits.login_timeout, [self = shared_from_this()] {
    if (self->session_over_ || !self->login_timer_) return;
    self->Tell([](Session& s, Now now, Output& out) { s.OnLoginTimeout(now, out); });
  });
}

void SessionRunner::StartClientTls() {
  phase_ = Phase::kClientTls;
  ContinueClientTls();
}

void SessionRunner::ContinueClientTls() {
  // The answer 'S' leaves in plaintext first.
  if (phase_ != Phase::kClientTls || !client_.out.empty()) return;
  if (client_.stream->ssl() == nullptr) {
    const TlsContext& tls = settings_->listeners.at(listener_).tls;
    // The listener's TLS may have been turned off by a reload a moment ago.
    if (!tls || !client_.stream->StartTls(tls.get(), TlsRole::kServer)) {
      spdlog::error("cannot start TLS with a client: {}",
                    tls ? client_.stream->error() : "the listener has no certificate any more");
      return Finish();
    }
  }
  const IoResult result = client_.stream->Handshake();
  const auto proceed = [this] { ContinueClientTls(); };
  switch (result.status) {
    case IoStatus::kDone: {
      const char* name = SSL_get_servername(client_.stream->ssl(), TLSEXT_NAMETYPE_host_name);
      session_.OnClientTls(name != nullptr ? name : "",
                           HasPostgresqlAlpn(client_.stream->ssl()));
      phase_ = Phase::kRelaying;
      WaitToRead(Direction::kClientToServer);
      return;
    }
    case IoStatus::kWantRead:
      client_.stream->WaitReadable(proceed);
      return;
    case IoStatus::kWantWrite:
      client_.stream->WaitWritable(proceed);
      return;
    case IoStatus::kEnd:
    case IoStatus::kError:
      break;
  }
  const std::string reason = result.status == IoStatus::kError
                                 ? client_.stream->error()
                                 : "the client closed during the TLS handshake";
  // A scanner, or a client that does not trust our certificate: worth a line, no more.
  spdlog::info("a client's TLS handshake failed: {}", reason);
  phase_ = Phase::kRelaying;
  client_.ended = true;
  worker_.loop().Post([self = shared_from_this(), reason] {
    self->Tell([&](Session& s, Now now, Output& out) {
      s.OnClientClosed(reason, now, out);
      out.action = Action::kClose;
    });
  });
}

void SessionRunner::ConnectServer(std::size_t environment_index) {
  upstream_ = settings_->upstreams.at(environment_index);
  const auto connector = std::make_shared<Connector>(
      worker_.loop(), upstream_,
      [self = shared_from_this()](std::unique_ptr<Stream> stream, const std::string& reason) {
        self->OnConnected(std::move(stream), reason);
      });
  connector_ = connector;
  connector->Start(settings_->limits.connect_timeout);
}

void SessionRunner::OnConnected(std::unique_ptr<Stream> stream, const std::string& reason) {
  const auto connector = connector_.lock();
  const bool starved = connector && connector->out_of_descriptors();
  connector_.reset();
  if (over()) return;
  if (stream) {
    server_.stream = std::move(stream);
    const bool same = ShowsCertificateOf(client_.stream->ssl(), server_.stream->ssl());
    Tell([same](Session& s, Now now, Output& out) { s.OnServerConnected(same, now, out); });
  } else if (starved) {
    Tell([](Session& s, Now now, Output& out) { s.OnServerConnectStarved(now, out); });
  } else {
    Tell([&](Session& s, Now now, Output& out) { s.OnServerConnectFailed(reason, now, out); });
  }
}

void SessionRunner::ForwardCancel(std::vector<std::byte> request) {
  cancelling_ = true;
  const auto& listener = settings_->listeners.at(listener_).address;
  auto forwarder = std::make_shared<CancelForwarder>(worker_.loop(), std::move(request),
                                                     [self = shared_from_this()](bool) {
                                                       if (self->over()) return;
                                                       self->BeginClose();
                                                       self->Settle();
                                                     });
  forwarder->Start(ReachableUpstreams(*settings_, listener), settings_->limits.connect_timeout);
}

// To the address that the session's own connection has: another one of the host may be
// another server.
void SessionRunner::CancelServer(std::vector<std::byte> request) {
  auto forwarder = std::make_shared<CancelForwarder>(
      worker_.loop(), std::move(request), [self = shared_from_this()](bool delivered) {
        self->Tell([delivered](Session& s, Now now, Output& out) {
          s.OnCancelSent(delivered, now, out);
        });
      });
  const auto timeout = settings_->limits.connect_timeout;
  if (const auto address = PeerAddress(server_.stream->fd())) {
    forwarder->StartAt(upstream_, *address, timeout);
  } else {
    forwarder->Start({upstream_}, timeout);  // the server is gone: its name is as good
  }
}

void SessionRunner::Judge(session::JudgeWork work) {
  // Only the worker's thread may keep a session alive: its end is not thread-safe.
  worker_.shared().judges->Judge(
      std::move(work),
      [weak = weak_from_this(), &loop = worker_.loop()](session::JudgedTextPtr text) {
        loop.Post([weak, text = std::move(text)]() mutable {
          const std::shared_ptr<SessionRunner> self = weak.lock();
          if (!self) return;
          self->Tell(
              [&](Session& s, Now now, Output& out) { s.OnJudged(std::move(text), now, out); });
        });
      });
}

void SessionRunner::StartDeadline(std::chrono::milliseconds after,
                                  void (SessionRunner::*then)()) {
  timer_ = std::make_unique<Timer>(worker_.loop());
  timer_->Start(after, [self = shared_from_this(), then] { ((*self).*then)(); });
}

void SessionRunner::BeginClose() {
  if (over()) return;
  phase_ = Phase::kFlushing;
  session_over_ = true;
  login_timer_ = false;
  client_.rest = {};
  server_.rest = {};
  if (const auto connector = connector_.lock()) connector->Cancel();
  if (client_.out.empty() && server_.out.empty()) return;  // no deadline needed
  StartDeadline(kFlushTimeout, &SessionRunner::Finish);
}

void SessionRunner::ContinueClose() {
  if (phase_ == Phase::kFlushing) {
    if (!client_.out.empty() || !server_.out.empty()) return;
    if (server_.stream) {
      server_.stream->ShutdownWrite();
      server_.stream->Close();
    }
    if (client_.ended || client_.out.broken()) return Finish();
    client_.stream->ShutdownWrite();
    phase_ = Phase::kLingering;
    StartDeadline(kLingerTimeout, &SessionRunner::Finish);
    Linger();
  }
}

// Closing a socket with unread bytes sends a reset, and a reset may overtake the
// ErrorResponse that says why: read, and drop, until the client hangs up.
void SessionRunner::Linger() {
  if (phase_ != Phase::kLingering) return;
  const IoResult result = client_.stream->Read(worker_.read_buffer());
  if (result.status != IoStatus::kDone && result.status != IoStatus::kWantRead) return Finish();
  client_.stream->WaitReadable([self = shared_from_this()] { self->Linger(); });
}

void SessionRunner::Finish() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  session_over_ = true;
  if (const auto connector = connector_.lock()) connector->Cancel();
  timer_.reset();
  if (server_.stream) server_.stream->Close();
  client_.stream->Close();
  worker_.Forget(*this);
}

}  // namespace pgmoat::net
