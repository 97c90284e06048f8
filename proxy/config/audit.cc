#include "proxy/config/audit.h"

#include <algorithm>
#include <system_error>

#include "proxy/config/files.h"
#include "proxy/config/scalars.h"
#include "proxy/config/sinks.h"

namespace pgmoat::config {
namespace {

constexpr const char* kDefaultJournal = "./pgmoat-audit";

// The program makes the journal's directory, not the one that it is in.
void CheckParent(const Item& item, const std::filesystem::path& path) {
  const std::filesystem::path parent = path.parent_path();
  std::error_code error;
  if (parent.empty() || std::filesystem::is_directory(parent, error)) return;
  item.place.Fail(Quoted(item.place.name) + ": there is no directory " +
                  Quoted(parent.string()) + "; make it, or choose another");
}

// `file` is short for a sink of that name.
audit::SinkOptions FileShorthand(const Item& file) {
  audit::SinkOptions sink;
  sink.name = "file";
  if (file.Text() == "-") {
    sink.options = audit::StdoutSinkOptions{};
  } else {
    sink.options = audit::FileSinkOptions{.path = SinkPath(file)};
  }
  return sink;
}

void ReadJournal(const Section& section, AuditConfig& audit) {
  if (const auto directory = section.Find("journal_dir")) {
    audit.journal_dir = directory->Text();
    CheckParent(*directory, audit.journal_dir);
  }
  if (const auto size = section.Find("segment_size")) {
    audit.segment_bytes = ParseAt(*size, ParseSize);
    CheckRange<std::size_t>(*size, audit.segment_bytes, std::size_t{64} << 10,
                            std::size_t{1} << 30, "64KiB to 1GiB");
  }
  if (const auto size = section.Find("max_spool_size")) {
    audit.max_spool_bytes = ParseAt(*size, ParseSize);
    CheckRange<std::size_t>(*size, audit.max_spool_bytes, std::size_t{1} << 20,
                            std::size_t{1} << 50, "1MiB to 1048576GiB");
  }
  if (const auto sync = section.Find("sync")) {
    audit.sync = static_cast<AuditSync>(ChoiceAt(*sync, {"none", "interval", "each"}));
  }
  if (const auto interval = section.Find("sync_interval")) {
    audit.sync_interval = ParseAt(*interval, ParseDuration);
    CheckRange(*interval, audit.sync_interval, std::chrono::milliseconds(1),
               std::chrono::milliseconds(std::chrono::minutes(1)), "1ms to 1min");
  }
}

void ReadChain(const Section& section, AuditConfig& audit) {
  if (const auto lines = section.Find("checkpoint_lines")) {
    audit.checkpoint_lines = ParseAt(*lines, ParseNumber);
    CheckRange<std::uint64_t>(*lines, audit.checkpoint_lines, 1, 1'000'000'000,
                              "1 to 1000000000");
  }
  if (const auto key = section.Find("signing_key")) audit.signing_key = SigningKeyFile(*key);
}

void ReadSinks(const Section& section, AuditConfig& audit) {
  if (const auto file = section.Find("file")) audit.sinks.push_back(FileShorthand(*file));
  const auto list = section.Find("sinks");
  if (!list) return;
  for (const Item& item : list->List()) {
    audit::SinkOptions sink = ReadSink(item);
    const bool repeated =
        std::any_of(audit.sinks.begin(), audit.sinks.end(),
                    [&](const audit::SinkOptions& other) { return other.name == sink.name; });
    if (repeated) {
      item.place.Fail("two sinks have the name " + Quoted(sink.name) + "; rename one");
    }
    audit.sinks.push_back(std::move(sink));
  }
}

// Beside the file, unless that is a device or pipe.
std::filesystem::path DefaultJournal(const AuditConfig& audit) {
  if (audit.sinks.empty()) return kDefaultJournal;
  const auto* file = std::get_if<audit::FileSinkOptions>(&audit.sinks.front().options);
  std::error_code error;
  if (file == nullptr || (std::filesystem::exists(file->path, error) &&
                          !std::filesystem::is_regular_file(file->path, error))) {
    return kDefaultJournal;
  }
  return file->path.string() + ".journal";
}

}  // namespace

AuditConfig ReadAudit(const Item& item) {
  const Section section(item, {"file", "journal_dir", "segment_size", "max_spool_size", "sync",
                               "sync_interval", "checkpoint_lines", "signing_key", "sinks"});
  AuditConfig audit;
  ReadJournal(section, audit);
  ReadChain(section, audit);
  ReadSinks(section, audit);
  if (audit.sinks.empty()) {
    item.place.Fail(Quoted(item.place.name) +
                    ": the trail goes nowhere; write file: ./audit.jsonl, or \"-\" for "
                    "standard output, or a list of sinks");
  }
  if (audit.journal_dir.empty()) audit.journal_dir = DefaultJournal(audit);
  return audit;
}

void ReadRoleAudit(const Item& item, policy::AuditOptions& options) {
  const Section section(item, {"mode", "record", "parameters", "redact"});
  if (const auto mode = section.Find("mode")) {
    options.required = ChoiceAt(*mode, {"required", "best_effort"}) == 0;
  }
  if (const auto record = section.Find("record")) {
    options.record = static_cast<policy::Recorded>(
        ChoiceAt(*record, {"all", "writes", "ddl", "denied", "none"}));
  }
  if (const auto parameters = section.Find("parameters")) {
    options.parameters = static_cast<policy::RecordedParameters>(
        ChoiceAt(*parameters, {"none", "redacted", "full"}));
  }
  if (const auto redact = section.Find("redact")) {
    options.redact_literals = ChoiceAt(*redact, {"none", "literals"}) == 1;
  }
}

}  // namespace pgmoat::config
