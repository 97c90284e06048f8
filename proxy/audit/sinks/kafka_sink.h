// The trail to a Kafka topic, a message a line.
//
// Key:     the line's `session`, so that a session's lines stay in order in one partition.
//   Lines of no session (start, checkpoint …) have none.
// Safe:    when all replicas in sync have it (acks=all, enable.idempotence=true).
// Twice:   what was sent and not acknowledged before an error comes again.
// Threads: one; librdkafka has its own.
// Memory:  one batch; librdkafka holds a copy until it is acknowledged.
#pragma once

#include <memory>

#include "proxy/audit/sinks/sink.h"
#include "proxy/audit/sinks/sink_options.h"

namespace pgmoat::audit {

// Connects in the background.  Throws std::runtime_error for a property that librdkafka or
// the promise above does not allow, and for a file that cannot be read.
[[nodiscard]] std::unique_ptr<Sink> MakeKafkaSink(const KafkaSinkOptions& options);

}  // namespace pgmoat::audit
