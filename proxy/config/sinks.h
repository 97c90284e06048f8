// One entry of audit.sinks: a name, and what kind of sink it is with its options.
//
// Private to proxy/config.  Errors: ConfigError.
#pragma once

#include <filesystem>

#include "proxy/audit/sinks/sink_options.h"
#include "proxy/config/section.h"

namespace pgmoat::config {

audit::SinkOptions ReadSink(const Item& item);

// A file that the trail is written to: its directory must be there, and it is none itself.
std::filesystem::path SinkPath(const Item& item);

}  // namespace pgmoat::config
