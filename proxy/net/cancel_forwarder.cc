#include "proxy/net/cancel_forwarder.h"

#include <array>
#include <utility>

namespace pgmoat::net {

CancelForwarder::CancelForwarder(EventLoop& loop, std::vector<std::byte> request,
                                 std::function<void(bool)> done)
    : loop_(loop), request_(std::move(request)), done_(std::move(done)), timer_(loop) {}

void CancelForwarder::Start(
    const std::vector<std::shared_ptr<const UpstreamSettings>>& upstreams,
    std::chrono::milliseconds timeout) {
  pending_ = upstreams.size() + 1;  // one for this function
  StartTimer(timeout);
  for (const auto& upstream : upstreams) Connect(upstream, nullptr, timeout);
  loop_.Post([self = shared_from_this()] { self->OneEnded(true); });
}

void CancelForwarder::StartAt(std::shared_ptr<const UpstreamSettings> upstream,
                              const SocketAddress& address, std::chrono::milliseconds timeout) {
  pending_ = 1;
  StartTimer(timeout);
  Connect(std::move(upstream), &address, timeout);
}

void CancelForwarder::StartTimer(std::chrono::milliseconds timeout) {
  timer_.Start(timeout, [self = shared_from_this()] {
    for (const auto& stream : self->streams_) self->GiveUp(*stream);
  });
}

void CancelForwarder::Connect(std::shared_ptr<const UpstreamSettings> upstream,
                              const SocketAddress* address, std::chrono::milliseconds timeout) {
  // Not kept: it keeps this one alive, and both would outlive an event loop that stops.
  const auto connector = std::make_shared<Connector>(
      loop_, std::move(upstream),
      [self = shared_from_this()](std::unique_ptr<Stream> stream, const std::string&) {
        if (!stream) return self->OneEnded(false);
        self->streams_.push_back(std::move(stream));
        self->Deliver(self->streams_.back());
      });
  if (address != nullptr) {
    connector->StartAt(*address, timeout);
  } else {
    connector->Start(timeout);
  }
}

void CancelForwarder::Deliver(const std::shared_ptr<Stream>& stream) {
  // A few bytes into an empty socket buffer: they fit, or the connection is broken.
  const iovec piece{request_.data(), request_.size()};
  stream->Write({&piece, 1});
  AwaitEnd(stream);
}

void CancelForwarder::AwaitEnd(const std::shared_ptr<Stream>& stream) {
  std::array<std::byte, 512> ignored;
  const IoStatus status = stream->Read(ignored).status;
  if (status == IoStatus::kWantRead) {
    stream->WaitReadable([self = shared_from_this(), stream] { self->AwaitEnd(stream); });
    return;
  }
  // The server has nothing to say to a cancel: its end, or anything else, is the end.
  stream->Close();
  OneEnded(status == IoStatus::kEnd);
}

void CancelForwarder::GiveUp(Stream& stream) {
  if (!stream.open()) return;
  stream.Close();
  OneEnded(false);
}

void CancelForwarder::OneEnded(bool delivered) {
  delivered_ = delivered_ && delivered;
  if (--pending_ > 0) return;
  timer_.Cancel();
  if (auto done = std::exchange(done_, nullptr)) done(delivered_);
}

}  // namespace pgmoat::net
