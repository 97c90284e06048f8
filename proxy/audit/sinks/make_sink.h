// From what a config says of a sink to the sink.
#pragma once

#include <functional>
#include <memory>

#include "proxy/audit/sinks/sink.h"
#include "proxy/audit/sinks/sink_options.h"

namespace pgmoat::audit {

// `request_checkpoint` asks the shipper for a checkpoint line, which a file needs before
// it can be rotated; called on the thread that delivers.
// Throws std::runtime_error naming what cannot be used: a file that cannot be opened, a
// facility that is none.  A server that does not answer is no reason to throw.
[[nodiscard]] std::unique_ptr<Sink> MakeSink(const SinkOptions& options,
                                             std::function<void()> request_checkpoint);

}  // namespace pgmoat::audit
