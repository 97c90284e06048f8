#include "proxy/net/session_runner.h"

#include <spdlog/spdlog.h>

#include <cstring>
#include <utility>

#include "proxy/net/socket_options.h"

namespace pgmoat::net {
namespace {

// Reads per wakeup and direction before others of this worker have their turn.
constexpr int kReadsPerTurn = 4;
constexpr std::chrono::milliseconds kTurn{1};
// A client that sends but does not read is not read from above this.
constexpr std::size_t kMaxUnreadAnswers = std::size_t{64} << 10;

session::SessionOptions Options(const Settings& settings, const AcceptedClient& client) {
  const ListenerSettings& listener = settings.listeners.at(client.listener);
  session::SessionOptions options;
  options.client_tls = listener.client_tls;
  options.listener = listener.address;
  options.client_address = client.address;
  options.client_ip = client.ip;
  options.max_audited_bytes = settings.limits.max_audited_bytes;
  options.catalog_max_age = settings.limits.catalog_max_age;
  options.steady_clock = &std::chrono::steady_clock::now;
  return options;
}

}  // namespace

SessionRunner::SessionRunner(Worker& worker, AcceptedClient client)
    : worker_(worker),
      settings_(worker.settings()),
      listener_(client.listener),
      session_(worker.surroundings(), Options(*settings_, client), settings_->directory) {
  SetSocketOptions(client.fd.get(), settings_->tcp);
  client_.stream = std::make_unique<Stream>(worker.loop(), std::move(client.fd));
}

void SessionRunner::Start() {
  StartLoginTimer();
  if (settings_->listeners.at(listener_).client_tls != session::ClientTls::kDisable) {
    return AwaitFirstByte();
  }
  // The startup packet is usually there already.
  OnReadable(Direction::kClientToServer);
}

// It tells whether the client asks for TLS or begins with it (sslnegotiation=direct); then
// OpenSSL must find it unread.
void SessionRunner::AwaitFirstByte() {
  if (phase_ != Phase::kRelaying || session_over_) return;
  constexpr std::byte kTlsHandshake{0x16};
  std::byte first{};
  const IoStatus status = client_.stream->Peek(first);
  if (status == IoStatus::kWantRead) {
    client_.reading = true;
    client_.stream->WaitReadable([self = shared_from_this()] {
      self->client_.reading = false;
      self->AwaitFirstByte();
    });
  } else if (status == IoStatus::kDone && first == kTlsHandshake) {
    Tell([](session::Session& s, session::Now now, session::Output& out) {
      s.OnDirectTls(now, out);
    });
  } else {
    OnReadable(Direction::kClientToServer);
  }
}

void SessionRunner::Refuse(std::string_view sqlstate, std::string_view message) {
  session_.RefuseConnection(sqlstate, message);
  Start();
}

void SessionRunner::UseSettings(const std::shared_ptr<const Settings>& settings) {
  settings_ = settings;
  Tell([&](session::Session& s, session::Now now, session::Output& out) {
    s.SetDirectory(settings->directory, now, out);
  });
  worker_.KeepTime(*this, HasTimeLimits());
}

bool SessionRunner::HasTimeLimits() const { return !session_over_ && session_.HasTimeLimits(); }

void SessionRunner::Tick(session::Now now) {
  if (session_over_) return;
  Guard([&] {
    session::Output& output = worker_.output();
    output.Clear();
    session_.OnTick(now, output);
    const bool nothing = output.to_client.empty() && output.to_server.empty() &&
                         output.action == session::Action::kNone;
    if (nothing) return;
    client_.stalled = server_.stalled = false;
    Carry(output);
    Settle();
  });
}

void SessionRunner::Fail(const char* reason) {
  spdlog::error("a session ends: {}", reason);
  Finish();
}

void SessionRunner::Drain() {
  if (cancelling_) return;  // ends by itself, soon
  // No new logins, and none that is under way: it has no transaction to end.
  if (!session_over_ && !session_.LoggedIn()) return Kill();
  Tell([](session::Session& s, session::Now now, session::Output& out) { s.Drain(now, out); });
}

void SessionRunner::Kill() {
  Tell([](session::Session& s, session::Now now, session::Output& out) { s.Kill(now, out); });
}

bool SessionRunner::MayTake(Direction from) const {
  const Side& side = From(from);
  if (phase_ != Phase::kRelaying || session_over_ || !side.stream || side.ended ||
      side.yielded) {
    return false;
  }
  if (from == Direction::kClientToServer) {
    return server_.out.empty() && client_.out.size() <= kMaxUnreadAnswers &&
           session_.WantsClientBytes();
  }
  return client_.out.empty() && session_.WantsServerBytes();
}

// One wakeup: read, let the session judge, write; repeated while more is there.
void SessionRunner::OnReadable(Direction from) {
  Guard([&] {
    Side& side = From(from);
    std::chrono::steady_clock::time_point began;
    for (int i = 0; i < kReadsPerTurn && MayTake(from); ++i) {
      const std::span<std::byte> buffer = worker_.read_buffer();
      const IoResult read = side.stream->Read(buffer);
      if (read.status == IoStatus::kEnd || read.status == IoStatus::kError) {
        OnEnded(from, read.status);
        break;
      }
      if (read.status != IoStatus::kDone) break;
      const session::Now now = worker_.Now();
      if (i == 0) began = now.steady;
      protocol::Bytes bytes(buffer.data(), read.bytes);
      std::vector<std::byte> rest = std::exchange(side.rest, {});
      if (rest.size() > Worker::kHeadroom) {
        rest.insert(rest.end(), bytes.begin(), bytes.end());
        bytes = rest;
      } else if (!rest.empty()) {
        std::byte* front = buffer.data() - rest.size();
        std::memcpy(front, rest.data(), rest.size());
        bytes = {front, rest.size() + read.bytes};
      }
      Offer(from, bytes, now);
      // Many replies in one read: the others' turn.
      if (now.steady - began > kTurn) break;
      if (read.bytes < buffer.size() && !(side.stream && side.stream->HasBufferedInput()))
        break;
    }
    Settle();
  });
}

void SessionRunner::OnEnded(Direction from, IoStatus status) {
  Side& side = From(from);
  side.ended = true;
  const std::string reason = status == IoStatus::kError ? side.stream->error() : "";
  session::Output& output = worker_.output();
  output.Clear();
  if (from == Direction::kClientToServer) {
    session_.OnClientClosed(reason, worker_.Now(), output);
  } else {
    session_.OnServerClosed(reason, worker_.Now(), output);
    output.action = session::Action::kClose;
  }
  Carry(output);
}

void SessionRunner::Offer(Direction from, protocol::Bytes bytes, session::Now now) {
  session::Output& output = worker_.output();
  output.Clear();
  const std::size_t taken = from == Direction::kClientToServer
                                ? session_.OnClientBytes(bytes, now, output)
                                : session_.OnServerBytes(bytes, now, output);
  Side& side = From(from);
  side.stalled = taken == 0;
  From(from == Direction::kClientToServer ? Direction::kServerToClient
                                          : Direction::kClientToServer)
      .stalled = false;
  const bool turn_over = output.turn_over;
  const bool forwards = !output.to_client.empty() || !output.to_server.empty();
  Carry(output);
  if (forwards) {
    worker_.shared().observer.AddedLatency(std::chrono::steady_clock::now() - now.steady);
  }
  if (taken == bytes.size() || over()) return;
  side.rest.assign(bytes.begin() + taken, bytes.end());
  if (turn_over) Yield(from);
}

void SessionRunner::Yield(Direction from) {
  From(from).yielded = true;
  worker_.loop().Post([self = shared_from_this(), from] {
    self->From(from).yielded = false;
    self->Guard([&] { self->Settle(); });
  });
}

void SessionRunner::OfferRests() {
  for (bool again = true; again;) {
    again = false;
    for (const Direction from : {Direction::kClientToServer, Direction::kServerToClient}) {
      Side& side = From(from);
      if (side.rest.empty() || side.stalled || !MayTake(from)) continue;
      const std::vector<std::byte> rest = std::exchange(side.rest, {});
      Offer(from, rest, worker_.Now());
      again = true;
    }
  }
}

// Writes what the session produced, then does what it asks for.  The bytes may be
// borrowed from the worker's buffer: they are written or copied before this returns.
void SessionRunner::Carry(session::Output& output) {
  TrafficObserver& observer = worker_.shared().observer;
  if (!output.to_server.empty() && server_.stream) {
    if (worker_.waits_durable()) HoldUntilDurable();
    server_.out.Send(*server_.stream, output.to_server, output.lent);
    observer.Forwarded(Direction::kClientToServer, output.to_server.bytes());
  }
  if (!output.to_client.empty()) {
    client_.out.Send(*client_.stream, output.to_client);
    observer.Forwarded(Direction::kServerToClient, output.to_client.bytes());
  }
  if (output.timed) worker_.KeepTime(*this, HasTimeLimits());
  Act(output);
}

// `audit.sync: each`: the server gets nothing before its record is on the disk.
void SessionRunner::HoldUntilDurable() {
  if (server_.out.held()) {
    came_while_held_ = true;
  } else if (WaitDurable()) {
    server_.out.Hold();
  }
}

bool SessionRunner::WaitDurable() {
  return worker_.surroundings().audit->WaitDurable([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->OnDurable();
  });
}

void SessionRunner::OnDurable() {
  if (phase_ == Phase::kClosed) return;
  Guard([&] {
    // What came meanwhile waits for its own record, but nothing for those of other sessions:
    // on a busy worker there always is one.
    if (std::exchange(came_while_held_, false) && WaitDurable()) return;
    server_.out.Release(*server_.stream);
    Settle();
  });
}

// After every event: what can go on now?
void SessionRunner::Settle() {
  if (phase_ == Phase::kClosed) return;
  if (phase_ == Phase::kRelaying) OfferRests();
  if (login_timer_ && !session_over_ && session_.LoggedIn()) {
    timer_.reset();
    login_timer_ = false;
    worker_.KeepTime(*this, HasTimeLimits());
  }
  if (client_.ended && !session_over_) EndServerStream();
  WaitToWrite(client_);
  if (server_.stream) WaitToWrite(server_);
  if (over()) {
    ContinueClose();
    return;
  }
  WaitToRead(Direction::kClientToServer);
  WaitToRead(Direction::kServerToClient);
}

// The client sends no more.  It may still read: then so may the server be told; or it is gone,
// which a write finds out.
void SessionRunner::EndServerStream() {
  if (client_.out.broken()) {
    session::Output& output = worker_.output();
    output.Clear();
    session_.OnClientClosed("the client is gone", worker_.Now(), output);
    return Carry(output);
  }
  if (!session_.EndsServerStream() || !server_.out.empty() || server_told_) return;
  server_told_ = true;
  server_.stream->ShutdownWrite();
}

void SessionRunner::WaitToRead(Direction from) {
  Side& side = From(from);
  if (side.reading || !MayTake(from)) return;
  side.reading = true;
  // Holds nothing: it is forgotten when the stream is closed.
  const auto on_readable = [this, from] {
    From(from).reading = false;
    OnReadable(from);
  };
  side.stream->WaitReadable(on_readable);
}

void SessionRunner::WaitToWrite(Side& side) {
  if (side.writing || side.out.empty() || side.out.held() || phase_ == Phase::kClosed) return;
  side.writing = true;
  const auto on_writable = [this, &side] {
    side.writing = false;
    OnWritable(side);
  };
  if (side.out.wants_read()) {
    side.stream->WaitReadable(on_writable);
  } else {
    side.stream->WaitWritable(on_writable);
  }
}

void SessionRunner::OnWritable(Side& side) {
  if (phase_ == Phase::kClosed) return;
  Guard([&] {
    side.out.Flush(*side.stream);
    if (phase_ == Phase::kClientTls) ContinueClientTls();
    Settle();
  });
}

}  // namespace pgmoat::net
