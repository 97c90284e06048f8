#include "proxy/audit/sinks/postgres_rows.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>

#include "proxy/audit/sinks/remote_line.h"

namespace pgmoat::audit {
namespace {

using Json = nlohmann::json;

struct Column {
  const char* name;
  const char* type;
  Json::value_t kind;  // what the field must be; the column is null otherwise
};
constexpr Json::value_t kText = Json::value_t::string;
constexpr Json::value_t kCount = Json::value_t::number_unsigned;
constexpr Json::value_t kDecimal = Json::value_t::number_float;

// Fields that one filters and counts by.  Everything is in `record`.
constexpr Column kColumns[] = {

    {"event", "text", kText},
    {"environment", "text", kText},
    {"session", "text", kText},
    {"login", "text", kText},
    {"role", "text", kText},
    {"client_address", "text", kText},
    {"application_name", "text", kText},
    {"database", "text", kText},
    {"decision", "text", kText},
    {"outcome", "text", kText},
    {"rule", "text", kText},
    {"sqlstate", "text", kText},
    {"statement", "text", kText},
    {"fingerprint", "text", kText},
    {"rows_affected", "bigint", kCount},
    {"rows_returned", "bigint", kCount},
    {"duration_us", "numeric", kDecimal},
};
constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::string_view kNull = "\\N";

// As COPY's text format wants it; a NUL is replaced.  True: there was one.
bool AppendEscaped(std::string& row, std::string_view text) {
  bool replaced = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t special = text.find_first_of(std::string_view("\\\n\r\t\0", 5), at);
    row += text.substr(at, special - at);
    if (special == std::string_view::npos) break;
    switch (text[special]) {
      case '\\':
        row += "\\\\";
        break;
      case '\n':
        row += "\\n";
        break;
      case '\r':
        row += "\\r";
        break;
      case '\t':
        row += "\\t";
        break;
      default:
        row += kReplacement;
        replaced = true;
        break;
    }
    at = special + 1;
  }
  return replaced;
}

// The line with each escape \u0000 as \ufffd.  An escaped backslash before "u0000" is no
// such escape, so escapes are walked one by one.
std::string WithoutNulEscapes(std::string_view line, bool& replaced) {
  std::string text(line);
  if (text.find("\\u0000") == std::string::npos) return text;
  for (std::size_t at = text.find('\\'); at != std::string::npos;
       at = text.find('\\', at + 2)) {
    if (text.compare(at, 6, "\\u0000") != 0) continue;
    text.replace(at, 6, "\\ufffd");
    replaced = true;
  }
  return text;
}

bool Fits(const Json& value, Json::value_t kind) {
  if (kind == kDecimal) return value.is_number();
  if (value.type() != kind) return false;
  return kind != kCount || value.get<std::uint64_t>() <= INT64_MAX;  // a bigint
}

// A time that the server would refuse must not hold up the line, nor may there be none: it
// may be what the table is partitioned by.
void AppendTime(std::string& row, const Json& record) {
  const auto found = record.find("time");
  const bool good = found != record.end() && found->is_string() &&
                    UnixNanoseconds(found->get_ref<const std::string&>()).has_value();
  row += good ? found->get_ref<const std::string&>() : "1970-01-01T00:00:00Z";
}

bool AppendField(std::string& row, const Json& record, const Column& column) {
  const auto found = record.find(column.name);
  row += '\t';
  if (found == record.end() || !Fits(*found, column.kind)) {
    row += kNull;
    return false;
  }
  if (column.kind != kText) {
    row += found->dump();
    return false;
  }
  return AppendEscaped(row, found->get_ref<const std::string&>());
}

std::string Base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group =
          group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += i + j > bytes.size() ? '=' : kDigits[group >> (18 - 6 * j) & 63];
    }
  }
  return text;
}

// The same bytes have the same id, so that a repetition is recognised.
Json Unreadable(std::string_view line) {
  return {{"seq", 0},
          {"id", "unreadable-" + std::to_string(std::hash<std::string_view>()(line))},
          {"unreadable", Base64(line)}};
}

void AppendRow(std::string& rows, const Json& record, std::string_view text, bool replaced) {
  const auto seq = record.find("seq");
  rows += seq != record.end() && Fits(*seq, kCount) ? seq->dump() : "0";
  rows += '\t';
  const auto id = record.find("id");
  if (id != record.end() && id->is_string()) {
    replaced |= AppendEscaped(rows, id->get_ref<const std::string&>());
  }
  rows += '\t';
  AppendTime(rows, record);
  for (const Column& column : kColumns) replaced |= AppendField(rows, record, column);
  const std::string clean = WithoutNulEscapes(text, replaced);
  rows += replaced ? "\tt\t" : "\tf\t";
  AppendEscaped(rows, clean);
  rows += '\n';
}

}  // namespace

const std::string& PostgresColumnDefinitions() {
  static const std::string definitions = [] {
    std::string text = "seq bigint NOT NULL, id text NOT NULL, time timestamptz NOT NULL";
    for (const Column& column : kColumns) {
      text += std::string(", ") + column.name + " " + column.type;
    }
    return text + ", replaced boolean NOT NULL, record jsonb NOT NULL";
  }();
  return definitions;
}

const std::string& PostgresColumnNames() {
  static const std::string names = [] {
    std::string text = "seq, id, time";
    for (const Column& column : kColumns) text += std::string(", ") + column.name;
    return text + ", replaced, record";
  }();
  return names;
}

std::string PostgresRows(std::string_view lines) {
  std::string rows;
  rows.reserve(lines.size() * 2);
  for (const std::string_view line : SplitLines(lines)) {
    const Json record = Json::parse(line, nullptr, false);
    if (record.is_object()) {
      AppendRow(rows, record, line, false);
    } else {
      const Json substitute = Unreadable(line);
      AppendRow(rows, substitute, substitute.dump(), true);
    }
  }
  return rows;
}

}  // namespace pgmoat::audit
