#include "proxy/audit/sinks/stream_delivery.h"

#include <utility>

namespace pgmoat::audit {

StreamDelivery::StreamDelivery(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}

std::string StreamDelivery::Deliver(std::string frames) {
  if (std::string error = EnsureConnected(); !error.empty()) return error;
  if (std::string error = Hand(frames); !error.empty()) return error;
  Keep(std::move(frames));
  return {};
}

std::string StreamDelivery::Idle() {
  if (connection_) {
    if (connection_->Check().empty()) {
      ForgetOld();
      return {};
    }
    connection_.reset();
  }
  // Old is what was so when the connection broke: from then on nothing is forgotten.  A
  // peer that closes what has long been idle is not called again before there is need.
  return in_doubt_.empty() ? std::string{} : EnsureConnected();
}

std::string StreamDelivery::EnsureConnected() {
  if (connection_ && !connection_->Check().empty()) connection_.reset();
  if (connection_) return {};
  auto [connection, error, code] = Connection::Open(endpoint_);
  connect_error_ = code;
  if (!connection) return error;
  connection_ = std::move(connection);
  const auto now = Clock::now();
  for (Sent& sent : in_doubt_) {
    if (std::string failure = Hand(sent.frames); !failure.empty()) return failure;
    sent.when = now;
  }
  return {};
}

std::string StreamDelivery::Hand(const std::string& frames) {
  std::string error = connection_->Send(frames);
  if (error.empty()) error = connection_->AwaitAcknowledged();
  if (!error.empty()) connection_.reset();
  return error;
}

void StreamDelivery::Keep(std::string frames) {
  in_doubt_bytes_ += frames.size();
  in_doubt_.push_back({Clock::now(), std::move(frames)});
  ForgetOld();
}

void StreamDelivery::ForgetOld() {
  const auto since = Clock::now() - kDoubtFor;
  while (!in_doubt_.empty() &&
         (in_doubt_bytes_ > kDoubtBytes || in_doubt_.front().when < since)) {
    in_doubt_bytes_ -= in_doubt_.front().frames.size();
    in_doubt_.pop_front();
  }
}

}  // namespace pgmoat::audit
