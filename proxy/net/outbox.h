// What is on its way to one socket.  Bytes are written from where they are; only
// what the kernel does not take at once is copied and waits here.
//
//   gather list ──> socket
//        └── rest ──> waiting bytes ──(socket writable)──> socket
//
// Deliberately has no limit of its own: whoever fills it stops reading the other side
// while it is not empty, which bounds it by one read (design 3.9).
//
// Errors: after a write failed everything is dropped silently.  The reading end of
//   the same socket learns why, after it has read what the peer still had to say.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "proxy/net/stream.h"
#include "proxy/session/output.h"

namespace pgmoat::net {

class Outbox {
 public:
  using Lent = std::shared_ptr<const std::vector<std::byte>>;

  // Writes `bytes` behind what already waits.  `bytes` may be reused afterwards.  Where
  // they are the whole of `lent`, that is kept instead of a copy, and written in turns: a
  // message of 10 MB must not stall the worker's other sessions.
  void Send(Stream& stream, const session::Gather& bytes, const Lent& lent = nullptr);
  // Writes what waits, as far as it goes.
  void Flush(Stream& stream);

  // Nothing is written until Release: what comes waits.
  void Hold() { held_ = true; }
  void Release(Stream& stream) {
    held_ = false;
    Flush(stream);
  }
  [[nodiscard]] bool held() const { return held_; }

  [[nodiscard]] bool empty() const { return !lent_ && begin_ == waiting_.size(); }
  [[nodiscard]] std::size_t size() const {
    return waiting_.size() - begin_ + (lent_ ? lent_->size() - lent_begin_ : 0);
  }
  // TLS may have to read before it can write.
  [[nodiscard]] bool wants_read() const { return wants_read_; }
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  // True when all of it was written.  What was not is kept.
  bool WritePieces(Stream& stream, std::span<const iovec> pieces);
  void Keep(std::span<const iovec> pieces, std::size_t skip);
  void Note(IoStatus status);
  void FlushLent(Stream& stream);

  Lent lent_;  // goes before waiting_
  std::size_t lent_begin_ = 0;
  std::vector<std::byte> waiting_;
  std::size_t begin_ = 0;  // of the bytes not yet written
  bool held_ = false;
  bool wants_read_ = false;
  bool broken_ = false;
};

}  // namespace pgmoat::net
