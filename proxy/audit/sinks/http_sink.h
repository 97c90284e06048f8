// The trail to a server that takes batches by HTTP POST: ClickHouse, Vector, an
// OpenTelemetry collector, Loki …
//
// Safe:    when the answer is 2xx, and says of OTLP that no record was rejected.  Anything
//   else is an error and the same lines come again: none is ever dropped, so a server that
//   will not take a line holds up the sink until somebody looks at the error.
// Ways:    to the URL's host only: no redirects, no proxy (the *_proxy variables are not
//   looked at), no .netrc, no cookies.  One connection, kept open.
// Size:    a batch that is answered with 413 is halved from then on.
// Threads: one.
// Signals: the process ignores SIGPIPE, which TLS on a connection that was cut raises.
// Secrets: header_files are read for each request, and masked in what an error quotes.
#pragma once

#include <memory>

#include "proxy/audit/sinks/sink.h"
#include "proxy/audit/sinks/sink_options.h"

namespace pgmoat::audit {

// Connects with the first delivery.  Throws std::runtime_error for a header that is none,
// and for a file that cannot be read.
[[nodiscard]] std::unique_ptr<Sink> MakeHttpSink(const HttpSinkOptions& options);

}  // namespace pgmoat::audit
