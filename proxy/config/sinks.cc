#include "proxy/config/sinks.h"

#include <array>
#include <system_error>

#include "proxy/config/addresses.h"
#include "proxy/config/files.h"
#include "proxy/config/scalars.h"

namespace pgmoat::config {
namespace {

using audit::FileSinkOptions;
using audit::HttpSinkOptions;
using audit::KafkaSinkOptions;
using audit::PostgresSinkOptions;
using audit::SinkTls;
using audit::StdoutSinkOptions;
using audit::StreamSinkOptions;
using audit::SyslogSinkOptions;
using std::chrono::milliseconds;

constexpr milliseconds kYears = std::chrono::hours(24) * 36'500;

milliseconds DurationAt(const Item& item, milliseconds least, milliseconds most,
                        const char* range) {
  const milliseconds duration = ParseAt(item, ParseDuration);
  CheckRange(item, duration, least, most, range);
  return duration;
}

milliseconds TimeoutAt(const Section& section, milliseconds otherwise) {
  const auto item = section.Find("timeout");
  return item ? DurationAt(*item, milliseconds(100), std::chrono::minutes(5), "100ms to 5min")
              : otherwise;
}

// A sink with nothing to say is written `stdout: {}`.
bool IsEmptyMapping(const Item& item) { return item.node.IsMap() && item.node.size() == 0; }

SinkTls TlsAt(const Item& item) {
  SinkTls tls;
  tls.enabled = true;
  if (IsEmptyMapping(item)) return tls;
  const Section section(item, {"ca_file", "certificate", "key", "verify"});
  if (const auto file = section.Find("ca_file")) tls.ca_file = ReadableFile(*file);
  if (const auto file = section.Find("certificate")) tls.certificate = ReadableFile(*file);
  if (const auto file = section.Find("key")) tls.key = ReadableFile(*file);
  if (const auto verify = section.Find("verify")) tls.verify = FlagAt(*verify);
  if (tls.certificate.empty() != tls.key.empty()) {
    item.place.Fail(Quoted(item.place.name) +
                    ": certificate and key belong together; write both, or none");
  }
  return tls;
}

void AddressAt(const Section& section, const std::string& example, std::string& host,
               std::uint16_t& port) {
  const Address address =
      ParseAt(section.Require("address", "write address: " + example), ParseAddress);
  host = address.host;
  port = address.port;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;
using FilePairs = std::vector<std::pair<std::string, std::filesystem::path>>;

Pairs PairsAt(const Section& section, std::string_view key) {
  Pairs pairs;
  if (const auto item = section.Find(key)) {
    for (const Item::Entry& entry : item->Entries()) {
      pairs.emplace_back(entry.key, entry.value.Text());
    }
  }
  return pairs;
}

FilePairs FilePairsAt(const Section& section, std::string_view key) {
  FilePairs pairs;
  if (const auto item = section.Find(key)) {
    for (const Item::Entry& entry : item->Entries()) {
      pairs.emplace_back(entry.key, ReadableFile(entry.value));
    }
  }
  return pairs;
}

FileSinkOptions ReadFile(const Item& item) {
  const Section section(
      item, {"path", "rotate_size", "rotate_every", "compression", "keep_files", "keep_for"});
  FileSinkOptions file;
  file.path = SinkPath(section.Require("path", "write path: audit.jsonl"));
  if (const auto size = section.Find("rotate_size")) {
    file.rotate_bytes = ParseAt(*size, ParseSize);
    CheckRange<std::uint64_t>(*size, file.rotate_bytes, 4096, std::uint64_t{1} << 50,
                              "4KiB to 1048576GiB");
  }
  if (const auto every = section.Find("rotate_every")) {
    file.rotate_every = DurationAt(*every, std::chrono::seconds(1), kYears, "1s or more");
  }
  if (const auto compression = section.Find("compression")) {
    file.compression = static_cast<FileSinkOptions::Compression>(
        ChoiceAt(*compression, {"none", "gzip", "zstd"}));
  }
  if (const auto keep = section.Find("keep_files")) {
    file.keep_files = ParseAt(*keep, ParseNumber);
    CheckRange<std::size_t>(*keep, file.keep_files, 1, 1'000'000, "1 to 1000000");
  }
  if (const auto keep = section.Find("keep_for")) {
    file.keep_for = DurationAt(*keep, std::chrono::minutes(1), kYears, "1min or more");
  }
  const bool rotates = file.rotate_bytes > 0 || file.rotate_every.count() > 0;
  if (!rotates && (file.keep_files > 0 || file.keep_for.count() > 0 ||
                   file.compression != FileSinkOptions::Compression::kNone)) {
    item.place.Fail(Quoted(item.place.name) +
                    ": keep_files, keep_for and compression are about rotated files, and "
                    "nothing rotates; write rotate_size: 100MiB or rotate_every: 24h");
  }
  return file;
}

StdoutSinkOptions ReadStdout(const Item& item) {
  if (!IsEmptyMapping(item)) {
    item.place.Fail(Quoted(item.place.name) + " takes nothing; write stdout: {}");
  }
  return {};
}

SyslogSinkOptions ReadSyslog(const Item& item) {
  using Transport = SyslogSinkOptions::Transport;
  SyslogSinkOptions syslog;
  if (IsEmptyMapping(item)) return syslog;
  const Section section(item, {"transport", "address", "socket", "tls", "facility", "app_name",
                               "max_message_size"});
  if (const auto transport = section.Find("transport")) {
    syslog.transport =
        static_cast<Transport>(ChoiceAt(*transport, {"udp", "tcp", "tls", "local"}));
  }
  if (syslog.transport == Transport::kLocal) {
    if (const auto socket = section.Find("socket")) syslog.socket = socket->Text();
  } else {
    AddressAt(section, "logs.example.org:6514", syslog.host, syslog.port);
  }
  if (const auto tls = section.Find("tls")) {
    if (syslog.transport != Transport::kTls) {
      tls->place.Fail(Quoted(tls->place.name) + ": only transport: tls has it; remove it");
    }
    syslog.tls = TlsAt(*tls);
  }
  syslog.tls.enabled = syslog.transport == Transport::kTls;
  if (const auto facility = section.Find("facility")) {
    static const std::vector<std::string_view> kFacilities = {
        "kern",   "user",   "mail",   "daemon",   "auth",   "syslog", "lpr",
        "news",   "uucp",   "cron",   "authpriv", "ftp",    "local0", "local1",
        "local2", "local3", "local4", "local5",   "local6", "local7"};
    syslog.facility = kFacilities[ChoiceAt(*facility, kFacilities)];
  }
  if (const auto name = section.Find("app_name")) {
    syslog.app_name = name->Text();
    if (!IsPlainName(syslog.app_name, "_-./") || syslog.app_name.size() > 48) {
      name->place.Fail(Quoted(name->place.name) +
                       ": a name of 1 to 48 letters, digits, '_', '-', '.' or '/'; choose one");
    }
  }
  if (const auto size = section.Find("max_message_size")) {
    syslog.max_message_bytes = ParseAt(*size, ParseSize);
    CheckRange<std::size_t>(*size, syslog.max_message_bytes, 1024, std::size_t{1} << 20,
                            "1KiB to 1MiB");
  }
  return syslog;
}

StreamSinkOptions ReadStream(const Item& item) {
  const Section section(item, {"address", "socket", "tls"});
  StreamSinkOptions stream;
  if (const auto socket = section.Find("socket")) {
    if (const auto address = section.Find("address")) {
      address->place.Fail(Quoted(item.place.name) +
                          ": address and socket exclude each other; remove one");
    }
    stream.socket = socket->Text();
  } else {
    AddressAt(section, "127.0.0.1:9000, or socket: /run/vector.sock", stream.host, stream.port);
  }
  if (const auto tls = section.Find("tls")) stream.tls = TlsAt(*tls);
  return stream;
}

KafkaSinkOptions ReadKafka(const Item& item) {
  const Section section(item, {"brokers", "topic", "properties", "property_files", "timeout"});
  KafkaSinkOptions kafka;
  kafka.brokers = section.Require("brokers", "write brokers: kafka1:9092,kafka2:9092").Text();
  kafka.topic = section.Require("topic", "write topic: pgmoat").Text();
  kafka.properties = PairsAt(section, "properties");
  kafka.property_files = FilePairsAt(section, "property_files");
  kafka.timeout = TimeoutAt(section, kafka.timeout);
  return kafka;
}

HttpSinkOptions ReadHttp(const Item& item) {
  const Section section(
      item, {"url", "format", "headers", "header_files", "labels", "gzip", "tls", "timeout"});
  HttpSinkOptions http;
  const Item url = section.Require("url", "write url: https://logs.example.org/ingest");
  http.url = url.Text();
  if (!http.url.starts_with("http://") && !http.url.starts_with("https://")) {
    url.place.Fail(Quoted(url.place.name) + ": write it as http://HOST/… or https://HOST/…");
  }
  const std::size_t authority = http.url.find("//") + 2;
  if (http.url.substr(authority, http.url.find('/', authority) - authority).find('@') !=
      std::string::npos) {
    url.place.Fail(Quoted(url.place.name) +
                   ": a password does not belong in the config; write header_files: "
                   "{Authorization: FILE}");
  }
  if (const auto format = section.Find("format")) {
    http.format = static_cast<HttpSinkOptions::Format>(
        ChoiceAt(*format, {"json_lines", "json_array", "otlp", "loki"}));
  }
  http.headers = PairsAt(section, "headers");
  http.header_files = FilePairsAt(section, "header_files");
  http.labels = PairsAt(section, "labels");
  if (const auto gzip = section.Find("gzip")) http.gzip = FlagAt(*gzip);
  if (const auto tls = section.Find("tls")) http.tls = TlsAt(*tls);
  http.timeout = TimeoutAt(section, http.timeout);
  return http;
}

PostgresSinkOptions ReadPostgres(const Item& item) {
  const Section section(item, {"url", "password_file", "password_env", "table", "timeout"});
  PostgresSinkOptions postgres;
  const Item url = section.Require("url", "write url: postgres://audit@HOST:5432/audit");
  postgres.url = url.Text();
  const std::size_t scheme = postgres.url.find("://");
  const std::size_t at = postgres.url.find('@');
  const bool known =
      postgres.url.starts_with("postgres://") || postgres.url.starts_with("postgresql://");
  if (!known) {
    url.place.Fail(Quoted(url.place.name) + ": write it as postgres://USER@HOST:5432/DATABASE");
  }
  const bool has_password =
      (at != std::string::npos && postgres.url.find(':', scheme + 3) < at) ||
      postgres.url.find("password=") != std::string::npos;
  if (has_password) {
    url.place.Fail(Quoted(url.place.name) +
                   ": a password does not belong in the config; write password_file or "
                   "password_env");
  }
  if (const auto file = section.Find("password_file")) {
    postgres.password_file = ReadableFile(*file);
  }
  if (const auto variable = section.Find("password_env")) {
    postgres.password_env = variable->Text();
  }
  if (const auto table = section.Find("table")) postgres.table = table->Text();
  postgres.timeout = TimeoutAt(section, postgres.timeout);
  return postgres;
}

}  // namespace

std::filesystem::path SinkPath(const Item& item) {
  const std::filesystem::path path = item.Text();
  const std::filesystem::path parent = path.parent_path();
  std::error_code error;
  if (!parent.empty() && !std::filesystem::is_directory(parent, error)) {
    item.place.Fail(Quoted(item.place.name) + ": there is no directory " +
                    Quoted(parent.string()) + "; make it, or name another file");
  }
  if (std::filesystem::is_directory(path, error)) {
    item.place.Fail(Quoted(item.place.name) + ": " + Quoted(path.string()) +
                    " is a directory; name a file in it");
  }
  return path;
}

audit::SinkOptions ReadSink(const Item& item) {
  static const std::vector<std::string_view> kKinds = {"file",  "stdout", "syslog",  "stream",
                                                       "kafka", "http",   "postgres"};
  std::vector<std::string_view> keys = kKinds;
  keys.emplace_back("name");
  const Section section(item, keys);
  audit::SinkOptions sink;
  const Item name = section.Require("name", "give each sink a name of its own");
  sink.name = name.Text();
  if (!IsPlainName(sink.name, "_-")) {
    name.place.Fail(Quoted(name.place.name) +
                    ": a sink's name is 1 to 63 letters, digits, '_' or '-'; rename it");
  }
  int kinds = 0;
  const auto read = [&](std::string_view kind, auto reader) {
    const auto found = section.Find(kind);
    if (!found) return;
    if (++kinds > 1) {
      found->place.Fail("sink " + Quoted(sink.name) +
                        " is of two kinds; make a sink of its own of each");
    }
    sink.options = reader(*found);
  };
  read("file", ReadFile);
  read("stdout", ReadStdout);
  read("syslog", ReadSyslog);
  read("stream", ReadStream);
  read("kafka", ReadKafka);
  read("http", ReadHttp);
  read("postgres", ReadPostgres);
  if (kinds == 0) {
    item.place.Fail("sink " + Quoted(sink.name) + " has no kind; write one of " +
                    Joined(kKinds) + " with its options under it");
  }
  return sink;
}

}  // namespace pgmoat::config
