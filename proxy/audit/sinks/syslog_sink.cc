#include "proxy/audit/sinks/syslog_sink.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "proxy/audit/sinks/connection.h"
#include "proxy/audit/sinks/stream_delivery.h"
#include "proxy/audit/sinks/syslog_message.h"

namespace pgmoat::audit {
namespace {

using Transport = SyslogSinkOptions::Transport;

// A UDP datagram over IPv4 has no room for more.
constexpr std::size_t kMaxDatagram = 65'507;

std::string Hostname() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "-";
}

SyslogFormat FormatOf(const SyslogSinkOptions& options) {
  const auto facility = SyslogFacility(options.facility);
  if (!facility) {
    throw std::runtime_error("syslog has no facility '" + options.facility +
                             "'; it has user, daemon, auth, local0 to local7 and others");
  }
  const bool udp = options.transport == Transport::kUdp;
  return SyslogFormat(
      *facility, Hostname(), options.app_name,
      udp ? std::min(options.max_message_bytes, kMaxDatagram) : options.max_message_bytes);
}

Endpoint EndpointOf(const SyslogSinkOptions& options) {
  Endpoint endpoint;
  endpoint.host = options.host;
  endpoint.port = options.port;
  endpoint.socket = options.socket;
  endpoint.tls = options.tls;
  endpoint.tls.enabled = options.transport == Transport::kTls;
  switch (options.transport) {
    case Transport::kUdp:
      endpoint.kind = Endpoint::Kind::kUdp;
      break;
    case Transport::kTcp:
    case Transport::kTls:
      endpoint.kind = Endpoint::Kind::kTcp;
      break;
    case Transport::kLocal:
      endpoint.kind = Endpoint::Kind::kUnixDatagram;
      break;
  }
  return endpoint;
}

template <typename Use>
void ForEachLine(std::string_view lines, Use use) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    use(lines.substr(0, end));
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
}

// A message each, on a socket that keeps them apart.
class DatagramSyslog final : public Sink {
 public:
  explicit DatagramSyslog(const SyslogSinkOptions& options)
      : format_(FormatOf(options)), endpoint_(EndpointOf(options)) {}

  Result Deliver(std::string_view lines) override {
    if (stream_) return DeliverAsStream(lines);
    if (connection_ && !connection_->Check().empty()) connection_.reset();
    if (!connection_) {
      auto [connection, error, code] = Connection::Open(endpoint_);
      if (code == EPROTOTYPE) return BecomeStream(lines);
      if (!connection) return {0, error};
      connection_ = std::move(connection);
    }
    std::string error;
    ForEachLine(lines, [&](std::string_view line) {
      if (error.empty()) error = connection_->Send(format_.Message(line));
    });
    if (error.empty()) error = connection_->AwaitAcknowledged();
    if (error.empty()) return {lines.size(), {}};
    connection_.reset();
    return {0, error};
  }

  std::string Idle() override { return stream_ ? stream_->Idle() : std::string{}; }

 private:
  // Some daemons make /dev/log a stream.
  Result BecomeStream(std::string_view lines) {
    Endpoint endpoint = endpoint_;
    endpoint.kind = Endpoint::Kind::kUnixStream;
    stream_.emplace(std::move(endpoint));
    return DeliverAsStream(lines);
  }

  Result DeliverAsStream(std::string_view lines) {
    std::string frames;
    ForEachLine(lines, [&](std::string_view line) { frames += format_.Message(line) + "\n"; });
    std::string error = stream_->Deliver(std::move(frames));
    if (stream_->connect_error() == EPROTOTYPE) stream_.reset();  // it is another daemon now
    return {error.empty() ? lines.size() : 0, std::move(error)};
  }

  const SyslogFormat format_;
  const Endpoint endpoint_;
  std::unique_ptr<Connection> connection_;
  std::optional<StreamDelivery> stream_;
};

// Each message behind its length: "123 <134>1 …".
class StreamSyslog final : public Sink {
 public:
  explicit StreamSyslog(const SyslogSinkOptions& options)
      : format_(FormatOf(options)), delivery_(EndpointOf(options)) {}

  Result Deliver(std::string_view lines) override {
    std::string frames;
    frames.reserve(lines.size() + lines.size() / 2);
    ForEachLine(lines, [&](std::string_view line) {
      const std::string message = format_.Message(line);
      frames.append(std::to_string(message.size())).append(" ").append(message);
    });
    std::string error = delivery_.Deliver(std::move(frames));
    return {error.empty() ? lines.size() : 0, std::move(error)};
  }
  std::string Idle() override { return delivery_.Idle(); }

 private:
  const SyslogFormat format_;
  StreamDelivery delivery_;
};

}  // namespace

std::unique_ptr<Sink> MakeSyslogSink(const SyslogSinkOptions& options) {
  if (options.transport == Transport::kTcp || options.transport == Transport::kTls) {
    return std::make_unique<StreamSyslog>(options);
  }
  return std::make_unique<DatagramSyslog>(options);
}

}  // namespace pgmoat::audit
