// Records on their way to standard output: as a table, as JSON lines, as CSV.
//
// What goes to a terminal has no control characters, in any format; what goes to a file or a
// pipe is JSON and CSV as it is in the trail.
//
// Threads: one.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/audit/reading/filter.h"

namespace pgmoat::audit {

class RecordWriter {
 public:
  enum class Format { kTable, kJson, kCsv };

  // `out` outlives it.
  RecordWriter(std::FILE* out, Format format);

  // What Write shows of a record.
  [[nodiscard]] std::vector<std::string> Fields() const;

  void Header();
  // `line`: without '\n'; `record`: its fields, at least those that are shown.
  void Write(std::string_view line, const Json& record);
  // What is whole already: counts of records, in the same format.
  void WriteText(std::string_view lines);
  // Whether the other end is still there: false after an error, or when nobody reads a pipe.
  // Waits up to `milliseconds` for that to change.
  bool Flush(int milliseconds);

 private:
  [[nodiscard]] std::size_t Width() const;
  void Put(std::string_view text);

  std::FILE* out_;
  Format format_;
  bool terminal_;
};

}  // namespace pgmoat::audit
