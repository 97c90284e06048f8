// Records for people: a line each, in columns.
//
//   TIME                    LOGIN     ENV         OUTCOME  ROWS     MS  STATEMENT
//   2026-11-27 19:45:00.123 dev_ro    production  denied      0   0.04  [25006 readonly.write]
//   …
//
// Everything in it may come from a client, so all of it is made printable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/audit/reading/filter.h"

namespace pgmoat::audit {

inline constexpr std::size_t kAnyWidth = 0;

// With '\n'.  `width`: columns of the terminal; kAnyWidth: nothing is cut.
std::string TableHeader(std::size_t width);
std::string TableRow(const Json& record, std::size_t width);

// The fields that a row shows.
const std::vector<std::string>& TableFields();

// Columns as wide as their widest cell; the last `numbers` ones to the right.
std::string AlignedTable(const std::vector<std::vector<std::string>>& rows,
                         std::size_t numbers);

// RFC 4180: quoted where needed.
std::string CsvRow(const std::vector<std::string>& cells);
// The columns of records as CSV, and a record in them.
const std::vector<std::string>& CsvColumns();
std::vector<std::string> CsvCells(const Json& record);

// A value as text: a string as it is, else its JSON.  Null, or none: empty.
std::string ValueText(const Json& record, std::string_view field);

}  // namespace pgmoat::audit
