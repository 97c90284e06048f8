// Lines as rows of the trail's table, in the text format of COPY.
//
// A value that PostgreSQL cannot keep must not hold up the trail for ever:
// - U+0000 is legal in JSON and in no text or jsonb of PostgreSQL.  It becomes U+FFFD, and
//   the row's `replaced` is true: the line itself is in the other sinks.
// - A line that is no JSON object, which the trail does not write, becomes
//   {"unreadable": "<base64 of its bytes>"}, also `replaced`, with an id of its content.
// - A time that is none becomes 1970.
#pragma once

#include <string>
#include <string_view>

namespace pgmoat::audit {

// "seq bigint NOT NULL, id text NOT NULL, …": what is between CREATE TABLE's parentheses,
// without the key.
[[nodiscard]] const std::string& PostgresColumnDefinitions();
// "seq, id, …"
[[nodiscard]] const std::string& PostgresColumnNames();

// Whole lines with their '\n' in, as many rows out.
[[nodiscard]] std::string PostgresRows(std::string_view lines);

}  // namespace pgmoat::audit
