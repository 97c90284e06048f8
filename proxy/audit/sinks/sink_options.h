// What a config says of each sink.  Plain values: the config reads them, the sinks use them.
//
// Secrets: none are here; what is secret is named by the path of a file or by a variable
// of the environment, and read when it is used.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace pgmoat::audit {

// Of a connection that a sink makes.
struct SinkTls {
  bool enabled = false;
  std::filesystem::path ca_file;      // empty: the system's store
  std::filesystem::path certificate;  // with `key`: what the sink shows of itself
  std::filesystem::path key;
  bool verify = true;  // the peer's certificate and its name
  friend bool operator==(const SinkTls&, const SinkTls&) = default;
};

struct FileSinkOptions {
  std::filesystem::path path;
  std::uint64_t rotate_bytes = 0;             // 0: not by size
  std::chrono::milliseconds rotate_every{0};  // 0: not by time
  enum class Compression { kNone, kGzip, kZstd };
  Compression compression = Compression::kNone;  // of rotated files
  std::size_t keep_files = 0;                    // rotated ones; 0: all
  std::chrono::milliseconds keep_for{0};         // 0: for ever
  friend bool operator==(const FileSinkOptions&, const FileSinkOptions&) = default;
};

struct StdoutSinkOptions {
  friend bool operator==(const StdoutSinkOptions&, const StdoutSinkOptions&) = default;
};

struct SyslogSinkOptions {
  enum class Transport { kUdp, kTcp, kTls, kLocal };
  Transport transport = Transport::kLocal;
  std::string host;
  std::uint16_t port = 514;
  std::filesystem::path socket = "/dev/log";  // kLocal
  SinkTls tls;
  std::string facility = "local0";
  std::string app_name = "pgmoat";
  std::size_t max_message_bytes = 8192;  // longer lines are cut to valid JSON
  friend bool operator==(const SyslogSinkOptions&, const SyslogSinkOptions&) = default;
};

// JSON lines over a stream: Vector, Fluent Bit, Logstash.
struct StreamSinkOptions {
  std::string host;  // empty: `socket`
  std::uint16_t port = 0;
  std::filesystem::path socket;
  SinkTls tls;
  friend bool operator==(const StreamSinkOptions&, const StreamSinkOptions&) = default;
};

struct KafkaSinkOptions {
  std::string brokers;  // "a:9092,b:9092"
  std::string topic;
  // librdkafka's own settings, and those whose value is in a file.
  std::vector<std::pair<std::string, std::string>> properties;
  std::vector<std::pair<std::string, std::filesystem::path>> property_files;
  std::chrono::milliseconds timeout{10'000};
  friend bool operator==(const KafkaSinkOptions&, const KafkaSinkOptions&) = default;
};

struct HttpSinkOptions {
  std::string url;
  // What a batch looks like: JSON lines (ClickHouse's JSONEachRow, Vector, …), a JSON
  // array, OpenTelemetry's OTLP logs in JSON, Loki's push format.
  enum class Format { kJsonLines, kJsonArray, kOtlp, kLoki };
  Format format = Format::kJsonLines;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::pair<std::string, std::filesystem::path>> header_files;  // value in a file
  std::vector<std::pair<std::string, std::string>> labels;  // Loki's, OTLP's resource
  bool gzip = false;
  SinkTls tls;  // `enabled` is the URL's business
  std::chrono::milliseconds timeout{10'000};
  friend bool operator==(const HttpSinkOptions&, const HttpSinkOptions&) = default;
};

// A table, by COPY.
struct PostgresSinkOptions {
  std::string url;  // postgres://user@host:port/database?sslmode=…; without a password
  std::filesystem::path password_file;
  std::string password_env;
  std::string table = "pgmoat_audit";  // may have a schema
  std::chrono::milliseconds timeout{10'000};
  friend bool operator==(const PostgresSinkOptions&, const PostgresSinkOptions&) = default;
};

struct SinkOptions {
  std::string name;  // unique; of its cursor, its metrics, its log lines
  std::variant<FileSinkOptions, StdoutSinkOptions, SyslogSinkOptions, StreamSinkOptions,
               KafkaSinkOptions, HttpSinkOptions, PostgresSinkOptions>
      options;
  friend bool operator==(const SinkOptions&, const SinkOptions&) = default;
};

}  // namespace pgmoat::audit
