// The command line: verbs, options, exit codes.
#pragma once

namespace pgmoat::cli {

// Exit codes: what the verb returns (run: see run.h; explain: 0 allow, 1 deny; audit: see
// audit_verb.h; check-config, version: 0), and 2 for a mistake in the command line or the
// config.
// Results go to standard output, errors to standard error.
int Main(int argc, char** argv);

}  // namespace pgmoat::cli
