#include "proxy/audit/sinks/stream_sink.h"

#include <string>
#include <utility>

#include "proxy/audit/sinks/stream_delivery.h"

namespace pgmoat::audit {
namespace {

Endpoint EndpointOf(const StreamSinkOptions& options) {
  Endpoint endpoint;
  endpoint.kind = options.host.empty() ? Endpoint::Kind::kUnixStream : Endpoint::Kind::kTcp;
  endpoint.host = options.host;
  endpoint.port = options.port;
  endpoint.socket = options.socket;
  endpoint.tls = options.tls;
  return endpoint;
}

class StreamSink final : public Sink {
 public:
  explicit StreamSink(const StreamSinkOptions& options) : delivery_(EndpointOf(options)) {}

  Result Deliver(std::string_view lines) override {
    std::string error = delivery_.Deliver(std::string(lines));
    return {error.empty() ? lines.size() : 0, std::move(error)};
  }
  std::string Idle() override { return delivery_.Idle(); }

 private:
  StreamDelivery delivery_;
};

}  // namespace

std::unique_ptr<Sink> MakeStreamSink(const StreamSinkOptions& options) {
  return std::make_unique<StreamSink>(options);
}

}  // namespace pgmoat::audit
