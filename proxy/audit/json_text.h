// Pieces of JSON text, appended to a string.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pgmoat::audit {

// `text` as a JSON string with its quotes.  Bytes that are not UTF-8 (also surrogates and
// overlong forms) become U+FFFD, one for each byte: a line is always valid JSON, whatever a
// client sent.
void AppendJsonString(std::string_view text, std::string& out);

void AppendNumber(std::uint64_t number, std::string& out);
// With leading zeros; `number` has at most `width` digits.
void AppendPadded(std::uint64_t number, int width, std::string& out);
// Lower case, two digits a byte.
void WriteHex(const void* bytes, std::size_t size, char* to);
void AppendHex(const void* bytes, std::size_t size, std::string& out);
// Sixteen digits.
void AppendHex64(std::uint64_t number, std::string& out);

// "2026-11-21T07:03:56", UTC.
void AppendDateTime(std::chrono::sys_seconds second, std::string& out);

// `key` has its comma and colon: ",\"role\":".
void AppendStringField(std::string_view key, std::string_view value, std::string& out);
// For our own words, which need no escaping.
void AppendWordField(std::string_view key, std::string_view word, std::string& out);
void AppendNumberField(std::string_view key, std::uint64_t number, std::string& out);
// Microseconds, with the nanoseconds as decimals.
void AppendMicroseconds(std::string_view key, std::chrono::nanoseconds duration,
                        std::string& out);

}  // namespace pgmoat::audit
