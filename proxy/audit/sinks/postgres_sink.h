// The trail to a table of a PostgreSQL server, by COPY.
//
// The table is made when it is not there (postgres_rows.h has its columns).  Its key is
// (id, seq): a line that comes again after an error is there once.
// Safe:    when the server has committed; a batch is there whole or not at all.
// Threads: one.  Nothing waits longer than `timeout` for the server; the look-up of its
//   name is the resolver's own time.
// Secrets: the password is read for each connection; no error has it, nor any data.
//
// The connection must not lead through the pgmoat whose trail this is: each batch would
// then be a statement on record, and so the reason for the next batch, for ever.
#pragma once

#include <memory>

#include "proxy/audit/sinks/sink.h"
#include "proxy/audit/sinks/sink_options.h"

namespace pgmoat::audit {

// Connects with the first delivery.  Throws std::runtime_error for a URL that libpq does
// not take or that has a password, a table's name that is none, an unreadable file.
[[nodiscard]] std::unique_ptr<Sink> MakePostgresSink(const PostgresSinkOptions& options);

}  // namespace pgmoat::audit
