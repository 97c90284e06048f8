// The socket as OpenSSL sees it.  Its own (BIO_s_socket) cannot say that a read took
// all there was, and so costs an empty read for each record.
//
//   SSL_read  --BIO_read-->  recv(2)                    short: the next one would block
//   SSL_write --BIO_write--> send(2)
//
// Lifetime: the BIO borrows the TlsSocket, which must not move and outlives the SSL.
// Threads:  those of the Stream.
#pragma once

#include <openssl/bio.h>

namespace pgmoat::net {

struct TlsSocket {
  int fd = -1;
  // Told for each turn: a short read does not say that nothing is left (Readiness::doubtful).
  bool doubtful = false;
  // Found out.
  bool drained = false;  // in this turn: no read will find anything
  bool at_end = false;   // the end was read
};

// Null when OpenSSL is out of memory.
BIO* NewTlsSocketBio(TlsSocket& socket);

}  // namespace pgmoat::net
