// The verb `run`: the program as a whole, from the config file to its exit code.
#pragma once

#include <filesystem>

namespace pgmoat {

// Runs the proxy in the foreground until SIGTERM or SIGINT has drained it.
//
// Returns the process's exit code: 0 after a drain, 1 when something could not
//   be opened (a port in use, the audit file), 2 when the config is wrong.  The
//   reason was printed to standard error.
// Signals:  SIGTERM, SIGINT drain, a second one forces; SIGHUP reloads the config
//   and opens the audit file anew.
// Threads:  call once, on the main thread, before any other thread exists.
int Run(const std::filesystem::path& config_file);

}  // namespace pgmoat
