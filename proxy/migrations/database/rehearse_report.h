// A rehearsal in words, and as JSON.
//
// Threads: any.  No statement's text is in it, nor a password.
#pragma once

#include <string>

#include "proxy/migrations/database/rehearse.h"

namespace pgmoat::database {

struct RehearsedWhere {
  std::string server;  // "127.0.0.1:5432"
  std::string database;
  std::string user;
  int version = 0;  // 150004

  [[nodiscard]] static RehearsedWhere Of(const Database& database);
};

// Said before anything runs.
[[nodiscard]] std::string BeginText(const RehearsedWhere& where);
// When a step is over; lines with their '\n'.
[[nodiscard]] std::string StepText(const Step& step);
// Row counts, warnings, the end.
[[nodiscard]] std::string EndText(const Rehearsal& rehearsal, const RehearseOptions& options);

// All of it as one object, ends with a newline.
[[nodiscard]] std::string RehearsalJson(const RehearsedWhere& where, const Rehearsal& rehearsal,
                                        const RehearseOptions& options);

}  // namespace pgmoat::database
