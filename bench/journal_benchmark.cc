// What an append to the audit journal costs a worker.  A reader drains it between batches,
// off the clock, so that lanes never fill; segments change on the clock.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "proxy/audit/journal/journal.h"
#include "proxy/audit/record_id.h"

namespace pgmoat::audit {
namespace {

using session::AuditEnd;
using session::AuditRecord;
using session::AuditTicket;

// Fits whenever the lane is Healthy().
constexpr std::size_t kBatch = 512;

class Bench {
 public:
  Bench() {
    std::string name =
        (std::filesystem::temp_directory_path() / "pgmoat-bench-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    JournalOptions options;
    options.directory = directory_ / "journal";
    options.sync = JournalSync::kNone;
    journal_ = std::make_unique<Journal>(options);
    auto subject = std::make_shared<session::SessionSubject>();
    subject->session_id = "01JDQY8K5T0000000000000000";
    subject->login = subject->role = "app";
    subject->database = "shop";
    record_.subject = subject;
    record_.time = std::chrono::system_clock::now();
    record_.protocol_event = "Query";
    record_.transaction_status = 'I';
    record_.policy_version = 0x1234567890;
  }
  ~Bench() {
    Drain();
    journal_.reset();
    std::filesystem::remove_all(directory_);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  session::AuditTrail& lane() { return journal_->Lane(0); }
  AuditRecord& record() { return record_; }

  // What was written is read and given up, and the lane has a segment to go on in.
  void Drain() {
    JournalEntry entry;
    do {
      while (journal_->source().Next(entry)) {
      }
      journal_->source().Commit();
    } while (!journal_->Healthy());
  }

 private:
  std::filesystem::path directory_;
  std::unique_ptr<Journal> journal_;
  AuditRecord record_;
};

std::shared_ptr<const session::AuditedText> Statement(std::size_t i) {
  auto text = std::make_shared<session::AuditedText>();
  text->text = "SELECT name, price FROM items WHERE id = " + std::to_string(10'000'000 + i);
  text->text.resize(100, ' ');
  text->full_bytes = text->text.size();
  text->kinds = {policy::Kind::kSelectInto};
  text->relations.push_back({"items", policy::Access::kRead, 0, 0});
  return text;
}

void EndAll(session::AuditTrail& lane, std::vector<AuditTicket>& open) {
  AuditEnd end;
  end.transaction_status = 'I';
  end.rows_returned = 1;
  end.duration = std::chrono::microseconds(100);
  for (const AuditTicket ticket : open) {
    if (ticket == 0) throw std::runtime_error("the lane was full: this measures nothing");
    lane.End(ticket, end);
  }
  open.clear();
}

// Query: the text is another each time and goes into the journal.
void BM_BeginQuery(benchmark::State& state) {
  Bench bench;
  std::vector<std::shared_ptr<const session::AuditedText>> texts;
  for (std::size_t i = 0; i < kBatch; ++i) texts.push_back(Statement(i));
  std::vector<AuditTicket> open;
  open.reserve(kBatch);
  while (state.KeepRunningBatch(kBatch)) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      bench.record().text.swap(texts[i]);  // no reference counting on the clock
      open.push_back(bench.lane().Begin(bench.record()));
    }
    state.PauseTiming();
    EndAll(bench.lane(), open);
    bench.Drain();
    state.ResumeTiming();
  }
}
BENCHMARK(BM_BeginQuery);

// Execute of a statement whose text the segment has.
void BM_BeginExecute(benchmark::State& state) {
  Bench bench;
  bench.record().text = Statement(1);
  bench.record().protocol_event = "Execute";
  std::vector<AuditTicket> open;
  open.reserve(kBatch);
  while (state.KeepRunningBatch(kBatch)) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      open.push_back(bench.lane().Begin(bench.record()));
    }
    state.PauseTiming();
    EndAll(bench.lane(), open);
    bench.Drain();
    state.ResumeTiming();
  }
}
BENCHMARK(BM_BeginExecute);

void BM_End(benchmark::State& state) {
  Bench bench;
  bench.record().text = Statement(1);
  bench.record().protocol_event = "Execute";
  std::vector<AuditTicket> open;
  open.reserve(kBatch);
  while (state.KeepRunningBatch(kBatch)) {
    state.PauseTiming();
    bench.Drain();
    for (std::size_t i = 0; i < kBatch; ++i) {
      open.push_back(bench.lane().Begin(bench.record()));
    }
    state.ResumeTiming();
    EndAll(bench.lane(), open);
  }
}
BENCHMARK(BM_End);

void BM_NewId(benchmark::State& state) {
  IdSource ids;
  const auto now = std::chrono::system_clock::now();
  for (auto _ : state) benchmark::DoNotOptimize(ids.Next(now));
}
BENCHMARK(BM_NewId);

}  // namespace
}  // namespace pgmoat::audit
