// Text of several lines on a terminal.  Names and messages in it come from databases and
// files: what would move the cursor or hide something is shown as an escape.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "proxy/audit/reading/printable.h"

namespace pgmoat::cli {

inline void PrintLines(std::string_view text, std::FILE* to = stdout) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out += audit::Printable(text.substr(0, end));
    if (end == std::string_view::npos) break;
    out += '\n';
    text.remove_prefix(end + 1);
  }
  std::fwrite(out.data(), 1, out.size(), to);
  std::fflush(to);
}

// `result`, or 2 when standard output could not be written.
inline int Written(int result) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return result;
  std::fputs("pgmoat: standard output cannot be written\n", stderr);
  return 2;
}

}  // namespace pgmoat::cli
