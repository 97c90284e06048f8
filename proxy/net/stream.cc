#include "proxy/net/stream.h"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "proxy/net/errors.h"

namespace pgmoat::net {
namespace {

// The payload of one TLS record at most.
constexpr std::size_t kRecordBytes = std::size_t{16} << 10;

// send(2) is the cheaper call, and mostly there is one piece.
ssize_t SendPieces(int fd, std::span<const iovec> pieces) {
  if (pieces.size() == 1)
    return ::send(fd, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = pieces.size();
  return ::sendmsg(fd, &message, MSG_NOSIGNAL);
}

}  // namespace

Stream::Stream(EventLoop& loop, UniqueFd fd)
    : fd_(std::move(fd)), readiness_(loop, fd_.get()) {}

Stream::~Stream() { Close(); }

IoStatus Stream::SystemStatus(int error_number, IoStatus when_blocked) {
  if (error_number == EAGAIN || error_number == EWOULDBLOCK) {
    when_blocked == IoStatus::kWantRead ? readiness_.Exhausted() : readiness_.Full();
    return when_blocked;
  }
  error_ = SystemReason(error_number);
  return IoStatus::kError;
}

IoResult Stream::Read(std::span<std::byte> into) {
  if (ssl_) return ReadTls(into);
  for (;;) {
    const ssize_t n = ::recv(fd(), into.data(), into.size(), 0);
    if (n > 0) {
      const auto bytes = static_cast<std::size_t>(n);
      // That was all, mostly: what comes next is news.
      if (bytes < into.size() && !readiness_.doubtful()) readiness_.Exhausted();
      return {IoStatus::kDone, bytes};
    }
    if (n == 0) return {IoStatus::kEnd, 0};
    if (errno != EINTR) return {SystemStatus(errno, IoStatus::kWantRead), 0};
  }
}

IoStatus Stream::Peek(std::byte& next) {
  for (;;) {
    const ssize_t n = ::recv(fd(), &next, 1, MSG_PEEK);
    if (n > 0) return IoStatus::kDone;
    if (n == 0) return IoStatus::kEnd;
    if (errno != EINTR) return SystemStatus(errno, IoStatus::kWantRead);
  }
}

IoResult Stream::Write(std::span<const iovec> pieces) {
  const IoResult result = ssl_ ? WriteTls(pieces) : WritePlain(pieces);
  // Whoever reads must find the end: most errors bring it about, but not all (ENOBUFS).
  // What has arrived can still be read.
  if (result.status == IoStatus::kError) ::shutdown(fd(), SHUT_RDWR);
  return result;
}

IoResult Stream::WritePlain(std::span<const iovec> pieces) {
  std::size_t wanted = 0;
  for (const iovec& piece : pieces) wanted += piece.iov_len;
  for (;;) {
    const ssize_t n = SendPieces(fd(), pieces);
    if (n >= 0) {
      // The kernel took less than it was given: its buffer is full.
      const auto written = static_cast<std::size_t>(n);
      if (written == wanted) return {IoStatus::kDone, written};
      readiness_.Full();
      return {IoStatus::kWantWrite, written};
    }
    if (errno != EINTR) return {SystemStatus(errno, IoStatus::kWantWrite), 0};
  }
}

// OpenSSL counts the beginning of a record as pending too; after it has said that it wants
// more, only the socket can bring news.
bool Stream::HasBufferedInput() const {
  return ssl_ && !starved_ && SSL_has_pending(ssl_.get()) == 1;
}

bool Stream::StartTls(SSL_CTX* context, TlsRole role) {
  tls_socket_ = {.fd = fd()};
  ssl_.reset(SSL_new(context));
  BIO* bio = ssl_ ? NewTlsSocketBio(tls_socket_) : nullptr;
  if (bio == nullptr) {
    error_ = TlsReason("out of memory");
    return false;
  }
  SSL_set_bio(ssl_.get(), bio, bio);  // which is one reference, not two
  if (role == TlsRole::kServer) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
  }
  return true;
}

void Stream::BeginTls() {
  // SSL_get_error takes an old error for this call's.  There hardly ever is one, and looking
  // is much cheaper than clearing.
  if (ERR_peek_error() != 0) ERR_clear_error();
  tls_socket_.drained = false;
  tls_socket_.doubtful = readiness_.doubtful();
}

IoResult Stream::Handshake() {
  BeginTls();
  const int n = SSL_do_handshake(ssl_.get());
  if (n == 1) {
    encrypted_ = true;
    return {IoStatus::kDone, 0};
  }
  return {TlsStatus(n, "TLS handshake failed"), 0};
}

IoResult Stream::ReadTls(std::span<std::byte> into) {
  // OpenSSL returns at most one record per call: gather them until the buffer is
  // full, so that a bulk result is not judged and written 16 KiB at a time.
  std::size_t total = 0;
  BeginTls();
  for (;;) {
    std::size_t n = 0;
    const int returned = SSL_read_ex(ssl_.get(), into.data() + total, into.size() - total, &n);
    if (returned != 1) {
      const IoStatus status = TlsStatus(returned, "TLS failed");
      starved_ = status == IoStatus::kWantRead;
      // An end or an error after some bytes is met again by the next read.
      return total > 0 ? IoResult{IoStatus::kDone, total} : IoResult{status, 0};
    }
    starved_ = false;
    total += n;
    if (HasBufferedInput() && total < into.size()) continue;
    // As in plaintext: that was all, and what comes next is news.
    if (tls_socket_.drained) readiness_.Exhausted();
    return {IoStatus::kDone, total};
  }
}

IoResult Stream::WriteRecord(const void* data, std::size_t size) {
  std::size_t n = 0;
  BeginTls();
  const int returned = SSL_write_ex(ssl_.get(), data, size, &n);
  if (returned == 1) return {IoStatus::kDone, n};
  return {TlsStatus(returned, "TLS failed"), 0};
}

IoResult Stream::WriteTls(std::span<const iovec> pieces) {
  // Each SSL_write is a record and a system call: small pieces share one.
  thread_local std::array<std::byte, kRecordBytes> joined;
  std::size_t left = 0;
  for (const iovec& piece : pieces) left += piece.iov_len;
  std::size_t total = 0;
  std::size_t index = 0;
  std::size_t offset = 0;  // into pieces[index]
  while (left > 0) {
    const void* record = static_cast<const std::byte*>(pieces[index].iov_base) + offset;
    std::size_t size = std::min(pieces[index].iov_len - offset, kRecordBytes);
    if (size < kRecordBytes && size < left) {
      std::size_t filled = 0;
      std::size_t from = offset;
      for (std::size_t i = index; i < pieces.size() && filled < joined.size(); ++i) {
        const std::size_t n = std::min(pieces[i].iov_len - from, joined.size() - filled);
        std::memcpy(joined.data() + filled,
                    static_cast<const std::byte*>(pieces[i].iov_base) + from, n);
        filled += n;
        from = 0;
      }
      record = joined.data();
      size = filled;
    }
    const IoResult result = WriteRecord(record, size);
    total += result.bytes;
    left -= result.bytes;
    if (result.status != IoStatus::kDone) return {result.status, total};
    for (std::size_t written = result.bytes; written > 0;) {
      const std::size_t n = std::min(written, pieces[index].iov_len - offset);
      written -= n;
      offset += n;
      if (offset == pieces[index].iov_len) {
        ++index;
        offset = 0;
      }
    }
  }
  return {IoStatus::kDone, total};
}

IoStatus Stream::TlsStatus(int returned, const char* doing) {
  const int system_error = errno;
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      readiness_.Exhausted();
      return IoStatus::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      readiness_.Full();
      return IoStatus::kWantWrite;
    case SSL_ERROR_ZERO_RETURN:
      return IoStatus::kEnd;
    case SSL_ERROR_SYSCALL:
      error_ = std::string(doing) + ": " +
               (system_error != 0 ? SystemReason(system_error) : "connection closed");
      ERR_clear_error();
      return IoStatus::kError;
    default:
      // A peer that closes its socket without close_notify is how libpq says
      // goodbye; a message cut short is noticed by the framer.
      if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING &&
          encrypted_) {
        ERR_clear_error();
        return IoStatus::kEnd;
      }
      error_ = CertificateReason(ssl_.get());
      if (error_.empty()) error_ = std::string(doing) + ": " + TlsReason("unknown reason");
      ERR_clear_error();
      return IoStatus::kError;
  }
}

void Stream::ShutdownWrite() {
  if (!fd_.valid()) return;
  if (ssl_ && SSL_is_init_finished(ssl_.get()) == 1) {
    BeginTls();
    SSL_shutdown(ssl_.get());  // one attempt: it is a courtesy
    ERR_clear_error();
  }
  ::shutdown(fd(), SHUT_WR);
}

void Stream::Close() {
  ssl_.reset();
  readiness_.Close();
  fd_.Reset();
}

}  // namespace pgmoat::net
