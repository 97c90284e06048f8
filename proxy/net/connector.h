// Makes one connection to an upstream: resolves, connects, does TLS as sslmode says.
//
//   resolve ──> connect ──> SSLRequest ──> 'S' ──> TLS handshake ──> done
//                  │             └──────── 'N' ──> done in plaintext (prefer) or failure
//                  ├ sslnegotiation=direct ──────────────> TLS handshake ──> done
//                  └ sslmode=disable, Unix-domain socket ─────────────────> done
//
// Each address of the host is tried in turn.  `prefer` tries an address again without
// TLS when the handshake fails, as libpq does.
//
// No byte is buffered at the TLS switch: the answer is read as one byte, so whatever
// a man in the middle put behind it meets the handshake and fails it.
//
// Lifetime: keeps itself alive until `done` was called or Cancel().
// Threads:  the thread of its event loop.
// Errors:   a reason for people: "connection refused".  No secrets pass here.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/net/settings.h"
#include "proxy/net/stream.h"
#include "proxy/net/unix_socket.h"

namespace pgmoat::net {

class Connector : public std::enable_shared_from_this<Connector> {
 public:
  // Either a stream or a reason.
  using Done = std::function<void(std::unique_ptr<Stream> stream, std::string reason)>;

  Connector(EventLoop& loop, std::shared_ptr<const UpstreamSettings> target, Done done);

  // `done` is called once, never from inside Start().
  void Start(std::chrono::milliseconds timeout);
  // Likewise, to this address of the host and no other.
  void StartAt(const SocketAddress& address, std::chrono::milliseconds timeout);
  // While `done` is told of a failure: it is only that this process has no descriptor left.
  [[nodiscard]] bool out_of_descriptors() const { return out_of_descriptors_; }
  // `done` will not be called any more.
  void Cancel();

 private:
  struct Lookup;

  // What the next readiness of the socket is for.
  enum class State {
    kResolving,   // the name lookup answers next
    kConnecting,  // writable: connect(2) has an outcome
    kAsking,      // readable: the one byte that answers our SSLRequest
    kHandshake,   // as OpenSSL wishes
    kDone,
  };

  void Resolve();
  void OnResolved(const Lookup& lookup);
  // Goes on with the next address; when there is none left, fails.
  void TryNext();
  void Try(const SocketAddress& address, bool plaintext);
  void RetryWhenFull();
  void OnReady();
  void OnConnecting();
  void OnAnswer();
  void StartHandshake();
  void OnHandshake();
  void WaitFor(IoStatus status);
  // This address failed; `of_tls`: its TLS, not its connection.
  void Fail(std::string reason, bool of_tls = false);
  void Finish(std::unique_ptr<Stream> stream, std::string reason);

  EventLoop& loop_;
  std::shared_ptr<const UpstreamSettings> target_;
  Done done_;
  Timer timer_;
  Timer retry_;
  State state_ = State::kResolving;
  std::vector<SocketAddress> addresses_;
  std::size_t next_ = 0;    // into addresses_
  bool plaintext_ = false;  // of the present try
  bool out_of_descriptors_ = false;
  std::unique_ptr<Stream> stream_;
  std::string reason_ = "the host has no address";  // of the latest failure
};

}  // namespace pgmoat::net
