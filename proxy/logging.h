// The process's own log: spdlog's default logger on standard error, as text or as
// one JSON object per line.
//
// It tells how the program fares.  What clients asked and what was decided goes to
// the audit trail, never here; no statement, password or key is logged.
#pragma once

#include <string>

#include "proxy/config/config.h"

namespace pgmoat {

// `level`: spdlog's words, "debug", "info", "warn", …
void SetUpLogging(config::LogFormat format, const std::string& level);

}  // namespace pgmoat
