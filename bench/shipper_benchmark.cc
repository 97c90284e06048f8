// What a statement costs on the shipper's thread: as a whole, and each part of it.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/audit/chain.h"
#include "proxy/audit/fingerprints.h"
#include "proxy/audit/journal/entry.h"
#include "proxy/audit/journal/journal.h"
#include "proxy/audit/open_statements.h"
#include "proxy/audit/record_json.h"
#include "proxy/audit/spool.h"
#include "proxy/audit/tags.h"
#include "tests/audit/some_records.h"

namespace {

using namespace pgmoat;

std::string Select(std::size_t number) {
  return "SELECT abalance FROM pgbench_accounts WHERE aid = " + std::to_string(number) + ";";
}

std::shared_ptr<const session::AuditedText> Text(std::string text) {
  auto audited = audit::Text(std::move(text));
  audited->relations = {{"pgbench_accounts", policy::Access::kRead}};
  return audited;
}

session::AuditRecord Record() {
  session::AuditRecord record = audit::Statement();
  auto subject = audit::Anna();
  subject->session_id = "01JDQ0000000000000000000AB";
  record.subject = subject;
  record.text = Text(Select(1));
  return record;
}

class Directory {
 public:
  Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "pgmoat-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Each with another number, as pgbench sends them.
const std::vector<std::shared_ptr<const session::AuditedText>>& Texts() {
  static const auto texts = [] {
    std::vector<std::shared_ptr<const session::AuditedText>> made;
    for (std::size_t i = 0; i < 4096; ++i) made.push_back(Text(Select(i * 7919 % 100'000)));
    return made;
  }();
  return texts;
}

void FingerprintOfAKnownShape(benchmark::State& state) {
  audit::Fingerprints fingerprints;
  std::size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(fingerprints.Of(*Texts()[i++ % Texts().size()]));
  }
}
BENCHMARK(FingerprintOfAKnownShape);

void FingerprintByTheParser(benchmark::State& state) {
  audit::Fingerprints fingerprints;
  auto text = std::make_shared<session::AuditedText>(*Texts()[0]);
  text->kinds.Add(policy::Kind::kRowLock);  // kept from the cache
  for (auto _ : state) benchmark::DoNotOptimize(fingerprints.Of(*text));
}
BENCHMARK(FingerprintByTheParser);

void NoTags(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    audit::AppendTags(Texts()[0]->text, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(NoTags);

// `prepared`: the text is known already.
void Line(benchmark::State& state, bool prepared) {
  audit::LineMaker maker;
  session::AuditRecord record = Record();
  if (prepared) record.protocol_event = "Execute";
  std::string out;
  std::size_t i = 0;
  for (auto _ : state) {
    out.clear();
    if (!prepared) {
      record.text = std::make_shared<session::AuditedText>(*Texts()[i % Texts().size()]);
    }
    maker.Append(record, ++i, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["line_bytes"] = static_cast<double>(out.size());
}
BENCHMARK_CAPTURE(Line, simple, false);
BENCHMARK_CAPTURE(Line, prepared, true);

void CopyOfAText(benchmark::State& state) {  // what Line/simple has besides
  std::size_t i = 0;
  for (auto _ : state) {
    std::shared_ptr<const session::AuditedText> text =
        std::make_shared<session::AuditedText>(*Texts()[i++ % Texts().size()]);
    benchmark::DoNotOptimize(text);
  }
}
BENCHMARK(CopyOfAText);

void Hash(benchmark::State& state) {
  audit::LineMaker maker;
  audit::Chain chain(audit::LineHash{});
  // Behind another one, as nearly all are.
  std::string line;
  maker.Append(Record(), 1, line);
  const std::size_t begin = line.size();
  maker.Append(Record(), 2, line);
  const std::size_t bytes = line.size();
  for (auto _ : state) {
    line.resize(bytes);
    chain.Close(line, begin);
    benchmark::DoNotOptimize(line.data());
  }
}
BENCHMARK(Hash);

void BeginAndEnd(benchmark::State& state) {
  audit::OpenStatements open;
  audit::JournalEntry begin;
  audit::JournalEntry end;
  begin.record = Record();
  std::uint64_t ticket = 0;
  for (auto _ : state) {
    begin.ticket = end.ticket = ++ticket;
    open.Begin(begin);
    open.End(end, [&](session::AuditRecord& record) { begin.record = std::move(record); });
  }
}
BENCHMARK(BeginAndEnd);

// Batches as the shipper makes them; per line.
void SpoolAppend(benchmark::State& state) {
  const Directory directory;
  audit::Spool spool(directory.path() / "spool", std::uint64_t{1} << 40);
  std::string batch;
  std::size_t lines = 0;
  const std::string line = std::string(750, 'x') + "\n";
  while (batch.size() < (128 << 10)) {
    batch += line;
    ++lines;
  }
  std::string taken;
  for (auto _ : state) {
    taken = batch;  // a part of what is measured, and no part of the way of a line
    if (!spool.Take(taken, lines)) state.SkipWithError("the spool is full");
    spool.Release(spool.end());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * lines));
}
BENCHMARK(SpoolAppend);

// From the journal's segments to the spool, without the worker's part.
void WholeWay(benchmark::State& state) {
  constexpr std::size_t kStatements = 4096;
  const Directory directory;
  audit::JournalOptions options;
  options.directory = directory.path() / "journal";
  options.sync = audit::JournalSync::kNone;
  audit::Journal journal(options);
  audit::Spool spool(directory.path() / "spool", std::uint64_t{1} << 40);
  audit::LineMaker maker;
  audit::Chain chain(audit::LineHash{});
  audit::OpenStatements open;
  session::AuditTrail& lane = journal.Lane(0);
  session::AuditRecord record = Record();
  std::uint64_t seq = 0;
  std::string lines;
  for (auto _ : state) {
    state.PauseTiming();
    for (std::size_t i = 0; i < kStatements; ++i) {
      record.text = std::make_shared<session::AuditedText>(*Texts()[i]);
      record.id = lane.NewId(record.time);
      while (!lane.Healthy()) continue;
      lane.End(lane.Begin(record), {});
    }
    state.ResumeTiming();
    audit::JournalEntry entry;
    std::size_t count = 0;
    const auto line = [&](session::AuditRecord& whole) {
      const std::size_t begin = lines.size();
      maker.Append(whole, ++seq, lines);
      chain.Close(lines, begin);
      ++count;
    };
    const auto send = [&] {
      if (!spool.Take(lines, count)) state.SkipWithError("the spool is full");
      spool.Release(spool.end());
      journal.source().Commit();
      count = 0;
    };
    while (journal.source().Next(entry)) {
      if (entry.kind == audit::JournalEntry::Kind::kBegin) open.Begin(entry);
      if (entry.kind == audit::JournalEntry::Kind::kEnd) open.End(entry, line);
      if (lines.size() >= (128 << 10)) send();
    }
    send();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kStatements));
}
BENCHMARK(WholeWay);

}  // namespace
