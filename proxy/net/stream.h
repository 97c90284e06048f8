// One non-blocking socket, with or without TLS, behind one set of calls.
//
//            Read / Write            plaintext: read(2), writev(2)
//   caller ----------------> Stream
//            WaitReadable            TLS: SSL_read, SSL_write on the same descriptor
//            WaitWritable
//
// The event loop only tells readiness; data never passes through it.  OpenSSL works on the
// descriptor itself (tls_socket.h), so nothing is buffered outside of it, and a socket that
// is not TLS costs no more than its system calls.
//
// Deliberately does not know the protocol, sessions or deadlines.
//
// Lifetime: owns the descriptor.  Whoever waits keeps itself alive in its handler.
//   Close() forgets who waits.
// Threads:  the thread of its event loop.
// Errors:   never throws after construction; error() says why a call returned kError.
#pragma once

#include <openssl/ssl.h>
#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "proxy/net/event_loop.h"
#include "proxy/net/tls_context.h"
#include "proxy/net/tls_socket.h"
#include "proxy/net/unique_fd.h"

namespace pgmoat::net {

enum class IoStatus {
  kDone,
  kWantRead,   // wait until readable, then call again
  kWantWrite,  // wait until writable, then call again
  kEnd,        // the peer ended its direction
  kError,      // the connection is broken
};

struct IoResult {
  IoStatus status = IoStatus::kDone;
  std::size_t bytes = 0;  // moved before `status` came to be
};

class Stream {
 public:
  // `fd` is non-blocking.  Throws std::system_error when the kernel takes no more
  // descriptors to watch.
  Stream(EventLoop& loop, UniqueFd fd);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // kDone: at least one byte.
  IoResult Read(std::span<std::byte> into);
  // The next byte, which stays unread.  Not with TLS.
  IoStatus Peek(std::byte& next);
  // Writes what can be written now.  kDone: all of it.  After kWantRead or
  // kWantWrite the next call must begin with the bytes not yet written, and have at
  // least as many (OpenSSL has sealed the record already); they may have moved.  kError: what
  // has arrived can still be read, and then the end.
  IoResult Write(std::span<const iovec> pieces);
  // True when Read has bytes that the kernel no longer announces.
  [[nodiscard]] bool HasBufferedInput() const;

  // From now on this is TLS; call Handshake() until kDone before anything else.
  // False: OpenSSL is out of memory.
  [[nodiscard]] bool StartTls(SSL_CTX* context, TlsRole role);
  IoResult Handshake();
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

  // What TLS has decrypted already is not announced by the kernel, and is told, too.
  void WaitReadable(Readiness::Handler handler) {
    if (HasBufferedInput()) readiness_.ExpectNews();
    readiness_.WaitReadable(std::move(handler));
  }
  void WaitWritable(Readiness::Handler handler) { readiness_.WaitWritable(std::move(handler)); }

  // Says that nothing more will be written (close_notify with TLS).
  void ShutdownWrite();
  void Close();
  [[nodiscard]] bool open() const { return fd_.valid(); }

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  IoResult ReadTls(std::span<std::byte> into);
  IoResult WritePlain(std::span<const iovec> pieces);
  IoResult WriteTls(std::span<const iovec> pieces);
  IoResult WriteRecord(const void* data, std::size_t size);
  // Before each call of OpenSSL.
  void BeginTls();
  IoStatus TlsStatus(int returned, const char* doing);
  IoStatus SystemStatus(int error_number, IoStatus when_blocked);

  UniqueFd fd_;
  Readiness readiness_;
  TlsSocket tls_socket_;
  std::unique_ptr<SSL, SslFree> ssl_;
  bool encrypted_ = false;  // the handshake is done
  bool starved_ = false;    // OpenSSL holds at most the beginning of a record
  std::string error_;
};

}  // namespace pgmoat::net
