// The trail to a syslog server, as RFC 5424 messages.
//
//   transport  framing                         safe when
//   udp        a datagram each (RFC 5426)      sent; the network may lose it
//   tcp        octet counting (RFC 6587)       stream_delivery.h
//   tls        the same (RFC 5425)             stream_delivery.h
//   local      a datagram each, or, where the  the daemon has read it
//              socket is a stream, a line each
#pragma once

#include <memory>

#include "proxy/audit/sinks/sink.h"
#include "proxy/audit/sinks/sink_options.h"

namespace pgmoat::audit {

// Connects with the first delivery.  Throws std::runtime_error for a facility that is none.
std::unique_ptr<Sink> MakeSyslogSink(const SyslogSinkOptions& options);

}  // namespace pgmoat::audit
