// JSON lines over TCP, TLS or a Unix socket, as Vector, Fluent Bit and Logstash take them.
// When a line is safe: stream_delivery.h.
#pragma once

#include <memory>

#include "proxy/audit/sinks/sink.h"
#include "proxy/audit/sinks/sink_options.h"

namespace pgmoat::audit {

// Connects with the first delivery.
std::unique_ptr<Sink> MakeStreamSink(const StreamSinkOptions& options);

}  // namespace pgmoat::audit
