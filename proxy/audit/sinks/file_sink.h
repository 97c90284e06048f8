// The trail in a file: JSON lines, appended.  A line is safe when it is on the disk
// (fdatasync).
//
// Rotation: by size, or when the file's first line is of an earlier period than now
//   (periods count from 1970, so that 24h ends at midnight UTC).  It waits for a
//   checkpoint line, which it asks for, so that every rotated file begins with one and
//   verifies by itself.  A file that holds one line only is not rotated.
// Killed: an unfinished line at the end is removed and comes again.  Lines that the file
//   has and the cursor does not know of are recognised and not written twice.
#pragma once

#include <functional>
#include <memory>

#include "proxy/audit/sinks/sink.h"
#include "proxy/audit/sinks/sink_options.h"

namespace pgmoat::audit {

// `request_checkpoint` is called on the thread that delivers.  Throws std::system_error
// naming the file when it cannot be opened; a FIFO without a reader is waited for.
std::unique_ptr<Sink> MakeFileSink(const FileSinkOptions& options,
                                   std::function<void()> request_checkpoint);

}  // namespace pgmoat::audit
