#include "proxy/net/cancel_forwarder.h"

#include <array>
#include <boost/asio/post.hpp>
#include <utility>

namespace pgmoat::net {

CancelForwarder::CancelForwarder(asio::io_context& io, std::vector<std::byte> request,
                                 std::function<void()> done)
    : io_(io), request_(std::move(request)), done_(std::move(done)), timer_(io) {}

void CancelForwarder::Start(
    const std::vector<std::shared_ptr<const UpstreamSettings>>& upstreams,
    std::chrono::milliseconds timeout) {
  pending_ = upstreams.size() + 1;  // one for this function
  timer_.expires_after(timeout);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code cancelled) {
    if (cancelled) return;
    for (const auto& stream : self->streams_) stream->Close();
  });
  for (const auto& upstream : upstreams) {
    connectors_.push_back(std::make_shared<Connector>(
        io_, upstream,
        [self = shared_from_this()](std::unique_ptr<Stream> stream, const std::string&) {
          if (!stream) {
            self->OneEnded();
            return;
          }
          self->streams_.push_back(std::move(stream));
          self->Deliver(self->streams_.back());
        }));
    connectors_.back()->Start(timeout);
  }
  asio::post(io_, [self = shared_from_this()] { self->OneEnded(); });
}

void CancelForwarder::Deliver(const std::shared_ptr<Stream>& stream) {
  // A few bytes into an empty socket buffer: they fit, or the connection is broken.
  const iovec piece{request_.data(), request_.size()};
  stream->Write({&piece, 1});
  AwaitEnd(stream);
}

void CancelForwarder::AwaitEnd(const std::shared_ptr<Stream>& stream) {
  std::array<std::byte, 512> ignored;
  if (stream->Read(ignored).status == IoStatus::kWantRead) {
    stream->WaitReadable(
        [self = shared_from_this(), stream](boost::system::error_code cancelled) {
          if (cancelled) return self->OneEnded();
          self->AwaitEnd(stream);
        });
    return;
  }
  // The server has nothing to say to a cancel: its end, or anything else, is the end.
  stream->Close();
  OneEnded();
}

void CancelForwarder::OneEnded() {
  if (--pending_ > 0) return;
  timer_.cancel();
  connectors_.clear();
  if (auto done = std::exchange(done_, nullptr)) done();
}

}  // namespace pgmoat::net
