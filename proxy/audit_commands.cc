#include "proxy/audit_commands.h"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "proxy/audit/reading/byte_source.h"
#include "proxy/audit/reading/file_order.h"
#include "proxy/audit/reading/following.h"
#include "proxy/audit/reading/groups.h"
#include "proxy/audit/reading/keys.h"
#include "proxy/audit/reading/last_lines.h"
#include "proxy/audit/reading/line_reader.h"
#include "proxy/audit/reading/printable.h"
#include "proxy/audit/reading/record_writer.h"
#include "proxy/audit/reading/time_bound.h"
#include "proxy/audit/reading/verify_report.h"
#include "proxy/audit/schema.h"
#include "proxy/config/config.h"
#include "proxy/config/rule_values.h"
#include "proxy/config/values.h"

namespace pgmoat::cli {
namespace {

namespace fs = std::filesystem;
using audit::Filter;
using audit::FilterOptions;
using audit::RecordWriter;
using Paths = std::vector<fs::path>;

constexpr int kBroken = 1;
constexpr int kUsage = 2;
constexpr int kPollMilliseconds = 100;
constexpr std::uint64_t kDamagedLinesTold = 5;
constexpr std::size_t kDefaultLines = 20;

// A mistake in the options: "what; remedy".
class OptionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

void Complain(const std::string& what) {
  std::fprintf(stderr, "pgmoat: %s\n", audit::Printable(what).c_str());
}

void Print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

// What is asked for by its kind's name or that of a group: "write", "ddl".
std::vector<std::string> KindNames(const std::vector<std::string>& kinds) {
  std::vector<std::string> names;
  for (const std::string& kind : kinds) {
    if (kind.find_first_of("*?") != std::string::npos) {
      names.push_back(kind);
      continue;
    }
    config::ParseKind(kind).ForEach(
        [&](policy::Kind one) { names.emplace_back(policy::KindName(one)); });
  }
  return names;
}

RecordWriter::Format FormatNamed(std::string_view name) {
  if (name == "json") return RecordWriter::Format::kJson;
  return name == "csv" ? RecordWriter::Format::kCsv : RecordWriter::Format::kTable;
}

// Where the trail of a config is on its way.
fs::path JournalDirectory(const std::string& config_file) {
  return config::Load(config_file, 1).audit.journal_dir;
}

FilterOptions Filled(const FilterArguments& arguments) {
  FilterOptions options = arguments.options;
  const auto now = std::chrono::system_clock::now();
  try {
    options.kinds = KindNames(arguments.options.kinds);
    if (!arguments.since.empty()) options.since = audit::TimeBound(arguments.since, now);
    if (!arguments.until.empty()) options.until = audit::TimeBound(arguments.until, now);
  } catch (const config::ValueError& error) {
    throw OptionError(std::string("--kind: ") + error.what());
  } catch (const std::invalid_argument& error) {
    throw OptionError(error.what());
  }
  return options;
}

// A slip of the finger would count everything as nothing.  Below a known field a name may be
// anything: tags.NAME.
const std::vector<std::string>& Known(const std::vector<std::string>& fields) {
  const auto schema = nlohmann::json::parse(audit::JsonSchema());
  for (const std::string& field : fields) {
    if (schema.at("properties").contains(field.substr(0, field.find('.')))) continue;
    throw OptionError("'" + field +
                      "' is no field of a record; `pgmoat audit schema` has them");
  }
  return fields;
}

struct FileToRead {
  fs::path file;
  std::unique_ptr<audit::LineReader> opened;  // null: not yet
};

// The live file is opened now: it may be rotated before its turn comes, and would then be
// missed.  Its rotated ones are those that were there all the while.
FileToRead OpenLive(const fs::path& file, Paths& rotated) {
  FileToRead live{file, nullptr};
  do {
    rotated = audit::RotatedFilesOf(file);
    try {
      live.opened = std::make_unique<audit::LineReader>(file);
    } catch (const audit::ReadError&) {
      return live;  // told when its turn comes
    }
  } while (audit::RotatedFilesOf(file) != rotated);
  return live;
}

// With --rotated each of them is a live file, whose rotated ones come before it.
std::vector<FileToRead> FilesToRead(const std::vector<std::string>& given, bool rotated) {
  std::vector<FileToRead> files;
  if (!rotated) {
    for (fs::path& file : audit::InOrder({given.begin(), given.end()})) {
      files.push_back({std::move(file), nullptr});
    }
    return files;
  }
  for (const std::string& name : given) {
    Paths older;
    FileToRead live = OpenLive(name, older);
    for (fs::path& file : older) files.push_back({std::move(file), nullptr});
    files.push_back(std::move(live));
  }
  return files;
}

audit::LineReader& Opened(FileToRead& file) {
  if (file.opened == nullptr) file.opened = std::make_unique<audit::LineReader>(file.file);
  return *file.opened;
}

// What `tail` reads: the newest file, which may grow, and those before it.
struct Sources {
  std::unique_ptr<audit::Followed> followed;  // null: none grows
  Paths older;
};

Sources SourcesOf(const TailArguments& arguments) {
  Sources sources;
  std::error_code error;
  if (!arguments.files.empty()) {
    sources.older = audit::InOrder({arguments.files.begin(), arguments.files.end()});
    const fs::path newest = sources.older.back();
    if (audit::IsCompressed(newest)) {
      if (!arguments.follow) return sources;
      throw OptionError(newest.string() + ": is compressed, so that nothing will be added");
    }
    if (!arguments.follow && !fs::exists(newest, error)) {
      throw OptionError(newest.string() + ": there is no such file");
    }
    sources.older.pop_back();
    sources.followed = std::make_unique<audit::FollowedFile>(newest);
    return sources;
  }
  if (arguments.config.empty() && arguments.journal_dir.empty()) {
    throw OptionError("tail of what? Give files, --config or --journal-dir");
  }
  const fs::path directory = arguments.journal_dir.empty() ? JournalDirectory(arguments.config)
                                                           : fs::path(arguments.journal_dir);
  if (!arguments.follow && !fs::exists(directory / "spool", error)) {
    throw OptionError((directory / "spool").string() +
                      ": there is no such directory; does pgmoat run with this journal_dir?");
  }
  auto spool = std::make_unique<audit::FollowedSpool>(directory / "spool");
  sources.older = spool->Older();
  sources.followed = std::move(spool);
  return sources;
}

// Counts what it reads into `groups`, or writes it.
class Query {
 public:
  explicit Query(const QueryArguments& arguments)
      : arguments_(arguments),
        groups_(Known(arguments.count_by), Known(arguments.sums)),
        counts_(!arguments.count_by.empty() || !arguments.sums.empty()),
        writer_(stdout, FormatNamed(arguments.format)),
        filter_(Filled(arguments.filter), counts_ ? groups_.Fields() : writer_.Fields()) {}

  int Run() {
    if (!counts_) writer_.Header();
    int result = 0;
    for (FileToRead& file : FilesToRead(arguments_.files, arguments_.rotated)) {
      try {
        Read(file.file, Opened(file));
      } catch (const audit::ReadError& error) {
        Complain(error.what());
        result = kUsage;
      }
      file.opened.reset();
    }
    if (counts_) PrintGroups();
    if (filter_.damaged() > 0) {
      Complain("left out as damaged: " + std::to_string(filter_.damaged()) +
               (filter_.damaged() == 1 ? " line" : " lines"));
    }
    return result;
  }

 private:
  void Read(const fs::path& file, audit::LineReader& reader) {
    std::string_view line;
    while (reader.Next(line)) {
      // The last line of a file that is being written.
      if (!reader.complete() && !line.ends_with('}')) continue;
      const std::uint64_t damaged = filter_.damaged();
      if (const auto record = filter_.Pick(line)) {
        if (counts_) {
          groups_.Add(*record);
        } else {
          writer_.Write(line, *record);
        }
      } else if (filter_.damaged() > damaged && damaged < kDamagedLinesTold) {
        Complain(file.string() + ":" + std::to_string(reader.number()) +
                 ": is damaged: no JSON object");
      }
    }
  }

  void PrintGroups() {
    switch (FormatNamed(arguments_.format)) {
      case RecordWriter::Format::kTable:
        return writer_.WriteText(groups_.Table(arguments_.top));
      case RecordWriter::Format::kJson:
        return writer_.WriteText(groups_.JsonLines(arguments_.top));
      case RecordWriter::Format::kCsv:
        return writer_.WriteText(groups_.Csv(arguments_.top));
    }
  }

  const QueryArguments& arguments_;
  audit::Groups groups_;
  bool counts_;
  RecordWriter writer_;
  Filter filter_;
};

}  // namespace

int AuditVerify(const VerifyArguments& arguments) {
  audit::PublicKeys keys;
  for (const std::string& file : arguments.public_keys) keys.Add(file);
  std::vector<FileToRead> files = FilesToRead(arguments.files, arguments.rotated);
  audit::Verifier verifier(keys, arguments.from_start);
  std::string unreadable;
  for (FileToRead& file : files) {
    audit::LineReader& reader = Opened(file);
    try {
      std::string_view line;
      while (reader.Next(line)) {
        verifier.Take(line, file.file.string(), reader.number(), reader.complete());
      }
    } catch (const audit::ReadError& error) {
      // A compressed file that is cut off: what comes before is worth telling.
      unreadable = error.what();
      break;
    }
    file.opened.reset();
  }
  const audit::Findings findings = verifier.Finish();
  Print(audit::Report(findings, files.size(), !keys.empty()));
  if (!unreadable.empty()) Complain(unreadable);
  return unreadable.empty() && audit::IsProved(findings, !keys.empty()) ? 0 : kBroken;
}

int AuditTail(const TailArguments& arguments) {
  RecordWriter writer(stdout, FormatNamed(arguments.format));
  Filter filter(Filled(arguments.filter), writer.Fields());
  const Sources sources = SourcesOf(arguments);
  const bool bounded = !arguments.filter.since.empty() || !arguments.filter.until.empty();
  const std::size_t count =
      arguments.lines.value_or(bounded ? audit::kAllLines : kDefaultLines);
  writer.Header();
  for (const std::string& line :
       audit::LastLines(sources.followed.get(), sources.older, filter, count)) {
    writer.Write(line, *audit::ReadFields(line, writer.Fields()));
  }
  std::string told;
  while (writer.Flush(arguments.follow ? kPollMilliseconds : 0) && arguments.follow) {
    try {
      sources.followed->Poll([&](std::string_view line) {
        if (const auto record = filter.Pick(line)) writer.Write(line, *record);
      });
      told.clear();
    } catch (const audit::ReadError& error) {
      if (told != error.what()) Complain(error.what());
      told = error.what();
    }
  }
  return 0;
}

int AuditQuery(const QueryArguments& arguments) { return Query(arguments).Run(); }

int AuditKeygen(const std::string& file) {
  const std::string id = audit::MakeKeyFiles(file);
  Print("key " + id + "\nprivate: " + file + "\npublic:  " + file + ".pub\n");
  return 0;
}

int AuditSchema() {
  std::string text(audit::JsonSchema());
  if (!text.ends_with('\n')) text += '\n';
  Print(text);
  return 0;
}

}  // namespace pgmoat::cli
