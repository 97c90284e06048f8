#include "proxy/net/outbox.h"

#include <algorithm>
#include <array>

namespace pgmoat::net {
namespace {

// Pieces per system call.  The kernel takes 1024; few outputs have more than three.
constexpr std::size_t kPieces = 64;
// Of a lent message, at each turn: a fraction of a millisecond.
constexpr std::size_t kLentBytesPerTurn = std::size_t{256} << 10;

// All of `bytes` lies in `lent`, and nothing else does.
bool AreAllOf(const session::Gather& bytes, const std::vector<std::byte>& lent) {
  bool same = bytes.bytes() == lent.size();
  bytes.ForEach([&](protocol::Bytes piece) {
    same = same && piece.data() == lent.data() && piece.size() == lent.size();
  });
  return same;
}

iovec ToIovec(protocol::Bytes bytes) {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

}  // namespace

void Outbox::Note(IoStatus status) {
  wants_read_ = status == IoStatus::kWantRead;
  // kEnd: close_notify came while writing; nobody reads there any more.
  if (status == IoStatus::kError || status == IoStatus::kEnd) {
    broken_ = true;
    lent_.reset();
    waiting_ = {};
    begin_ = 0;
  }
}

void Outbox::Keep(std::span<const iovec> pieces, std::size_t skip) {
  for (const iovec& piece : pieces) {
    const std::size_t passed = std::min(skip, piece.iov_len);
    skip -= passed;
    const auto* from = static_cast<const std::byte*>(piece.iov_base);
    waiting_.insert(waiting_.end(), from + passed, from + piece.iov_len);
  }
}

bool Outbox::WritePieces(Stream& stream, std::span<const iovec> pieces) {
  if (broken_) return false;
  std::size_t written = 0;
  if (empty() && !held_) {
    const IoResult result = stream.Write(pieces);
    if (result.status == IoStatus::kDone) return true;
    Note(result.status);
    written = result.bytes;
  }
  if (!broken_) Keep(pieces, written);
  return false;
}

void Outbox::FlushLent(Stream& stream) {
  const protocol::Bytes rest = protocol::Bytes(*lent_).subspan(lent_begin_);
  const iovec piece = ToIovec(rest.first(std::min(rest.size(), kLentBytesPerTurn)));
  const IoResult result = stream.Write({&piece, 1});
  lent_begin_ += result.bytes;
  Note(result.status);
  if (lent_ && lent_begin_ == lent_->size()) lent_.reset();
}

void Outbox::Send(Stream& stream, const session::Gather& bytes, const Lent& lent) {
  if (lent && empty() && !broken_ && AreAllOf(bytes, *lent)) {
    lent_ = lent;
    lent_begin_ = 0;
    return held_ ? void() : FlushLent(stream);
  }
  std::array<iovec, kPieces> pieces;
  std::size_t count = 0;
  bytes.ForEach([&](protocol::Bytes piece) {
    if (count == pieces.size()) {
      WritePieces(stream, pieces);
      count = 0;
    }
    pieces[count++] = ToIovec(piece);
  });
  if (count > 0) WritePieces(stream, {pieces.data(), count});
}

void Outbox::Flush(Stream& stream) {
  if (empty() || held_) return;
  if (lent_) return FlushLent(stream);
  const iovec piece = ToIovec(protocol::Bytes(waiting_).subspan(begin_));
  const IoResult result = stream.Write({&piece, 1});
  begin_ += result.bytes;
  Note(result.status);
  if (empty()) {
    // An idle session holds no buffer.
    waiting_ = {};
    begin_ = 0;
  }
}

}  // namespace pgmoat::net
