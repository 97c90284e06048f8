// JSON lines to standard output.  A line is safe when the pipe, terminal or file behind it
// has taken it: what the reader does with it is the reader's.
#pragma once

#include <memory>

#include "proxy/audit/sinks/sink.h"
#include "proxy/audit/sinks/sink_options.h"

namespace pgmoat::audit {

// Throws std::runtime_error when standard output is closed.
std::unique_ptr<Sink> MakeStdoutSink(const StdoutSinkOptions& options);

}  // namespace pgmoat::audit
