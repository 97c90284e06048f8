#include "proxy/audit/sinks/http_body.h"

#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "proxy/audit/sinks/remote_line.h"

namespace pgmoat::audit {
namespace {

using Json = nlohmann::json;

// A line that is no object has no fields.
Json Parse(std::string_view line) {
  Json record = Json::parse(line, nullptr, false);
  return record.is_object() ? std::move(record) : Json::object();
}

std::string_view Text(const Json& record, const char* field) {
  const auto found = record.find(field);
  if (found == record.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

// Escaped; bytes that are not UTF-8, which the trail does not write, are replaced.
std::string Quoted(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::int64_t TimeOf(const Json& record) {
  if (const auto time = UnixNanoseconds(Text(record, "time"))) return *time;
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

// --- JSON array ---

std::string JsonArray(std::string_view lines) {
  if (lines.ends_with('\n')) lines.remove_suffix(1);
  std::string body = "[" + std::string(lines) + "]";
  std::replace(body.begin(), body.end(), '\n', ',');  // within a line it is escaped
  return body;
}

// --- OTLP ---

struct Severity {
  int number;
  const char* text;
};

// Of OpenTelemetry's log data model.
Severity SeverityOf(const Json& record) {
  if (Text(record, "event") == "gap") return {17, "ERROR"};
  const std::string_view decision = Text(record, "decision");
  if (decision == "deny" || decision == "would_deny") return {13, "WARN"};
  if (Text(record, "outcome") == "lost") return {13, "WARN"};
  return {9, "INFO"};
}

struct Trace {
  std::string_view id;
  std::string_view span;
};

bool IsHexId(std::string_view id) {
  return id.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         id.find_first_not_of('0') != std::string_view::npos;
}

// W3C's "00-<32 hex>-<16 hex>-<2 hex>".  The client wrote it: only its form is checked.
Trace TraceOf(const Json& record) {
  const auto tags = record.find("tags");
  if (tags == record.end() || !tags->is_object()) return {};
  const std::string_view parent = Text(*tags, "traceparent");
  if (parent.size() != 55 || !parent.starts_with("00-") || parent[35] != '-' ||
      parent[52] != '-') {
    return {};
  }
  const Trace trace{parent.substr(3, 32), parent.substr(36, 16)};
  return IsHexId(trace.id) && IsHexId(trace.span) ? trace : Trace{};
}

void AppendAttribute(std::string& body, std::string_view key, std::string_view value) {
  if (body.back() == '}') body += ',';
  body += R"({"key":)" + Quoted(key) + R"(,"value":{"stringValue":)" + Quoted(value) + "}}";
}

void AppendLogRecord(std::string& body, std::string_view line) {
  constexpr const char* kAttributes[] = {"id",         "event",   "environment",    "session",
                                         "login",      "role",    "client_address", "database",
                                         "decision",   "outcome", "rule",           "sqlstate",
                                         "fingerprint"};
  const Json record = Parse(line);
  const Severity severity = SeverityOf(record);
  const Trace trace = TraceOf(record);
  body += R"({"timeUnixNano":")" + std::to_string(TimeOf(record)) + R"(","severityNumber":)" +
          std::to_string(severity.number) + R"(,"severityText":")" + severity.text +
          R"(","body":{"stringValue":)" + Quoted(line) + R"(},"attributes":[)";
  for (const char* field : kAttributes) {
    const std::string_view value = Text(record, field);
    if (!value.empty()) AppendAttribute(body, "pgmoat." + std::string(field), value);
  }
  body += ']';
  if (!trace.id.empty()) {
    body += R"(,"traceId":")" + std::string(trace.id) + R"(","spanId":")" +
            std::string(trace.span) + '"';
  }
  body += '}';
}

std::string Otlp(std::string_view lines, const HttpLabels& labels) {
  std::string body = R"({"resourceLogs":[{"resource":{"attributes":[)";
  const bool named = std::any_of(labels.begin(), labels.end(), [](const auto& label) {
    return label.first == "service.name";
  });
  if (!named) AppendAttribute(body, "service.name", "pgmoat");
  for (const auto& [key, value] : labels) AppendAttribute(body, key, value);
  body += R"(]},"scopeLogs":[{"scope":{"name":"pgmoat.audit"},"logRecords":[)";
  bool first = true;
  for (const std::string_view line : SplitLines(lines)) {
    if (!first) body += ',';
    first = false;
    AppendLogRecord(body, line);
  }
  return body + "]}]}]}";
}

// --- Loki ---

// Only fields of few values: each combination is a stream, and Loki suffers from many.
std::string StreamLabels(const Json& record, const HttpLabels& labels) {
  std::map<std::string, std::string> all(labels.begin(), labels.end());
  if (labels.empty()) all["job"] = "pgmoat";
  for (const char* field : {"environment", "role", "event"}) {
    const std::string_view value = Text(record, field);
    if (!value.empty()) all.emplace(field, value);
  }
  return Json(all).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Loki(std::string_view lines, const HttpLabels& labels) {
  std::map<std::string, std::string> values_of_stream;
  for (const std::string_view line : SplitLines(lines)) {
    const Json record = Parse(line);
    std::string& values = values_of_stream[StreamLabels(record, labels)];
    if (!values.empty()) values += ',';
    values += R"([")" + std::to_string(TimeOf(record)) + R"(",)" + Quoted(line) + ']';
  }
  std::string body = R"({"streams":[)";
  for (const auto& [stream, values] : values_of_stream) {
    if (body.back() == '}') body += ',';
    body += R"({"stream":)" + stream + R"(,"values":[)" + values + "]}";
  }
  return body + "]}";
}

}  // namespace

std::string HttpBody(HttpSinkOptions::Format format, std::string_view lines,
                     const HttpLabels& labels) {
  switch (format) {
    case HttpSinkOptions::Format::kJsonLines:
      return std::string(lines);
    case HttpSinkOptions::Format::kJsonArray:
      return JsonArray(lines);
    case HttpSinkOptions::Format::kOtlp:
      return Otlp(lines, labels);
    case HttpSinkOptions::Format::kLoki:
      return Loki(lines, labels);
  }
  throw std::logic_error("no such format of an HTTP sink");
}

const char* HttpContentType(HttpSinkOptions::Format format) {
  return format == HttpSinkOptions::Format::kJsonLines ? "application/x-ndjson"
                                                       : "application/json";
}

std::string OtlpRejection(std::string_view answer) {
  const Json response = Json::parse(answer, nullptr, false);
  if (!response.is_object()) return {};
  const auto partial = response.find("partialSuccess");
  if (partial == response.end() || !partial->is_object()) return {};
  const auto rejected = partial->find("rejectedLogRecords");
  if (rejected == partial->end()) return {};
  // JSON of protobuf writes 64-bit numbers as strings, and not all do.
  const std::string count =
      rejected->is_string() ? rejected->get<std::string>() : rejected->dump();
  if (count.empty() || count == "0" || count == "null") return {};
  return count + " records rejected: " + std::string(Text(*partial, "errorMessage"));
}

std::string Gzip(std::string_view bytes) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;  // the largest window, with gzip's header
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::runtime_error("zlib cannot compress: out of memory");
  }
  std::string compressed(deflateBound(&stream, bytes.size()), '\0');
  // zlib only reads its input, and says otherwise for old compilers.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  const int result = deflate(&stream, Z_FINISH);
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) throw std::runtime_error("zlib cannot compress a batch");
  return compressed;
}

}  // namespace pgmoat::audit
