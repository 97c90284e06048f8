// What splitting a stream into messages costs, per message and per byte: a read's worth
// at a time, as it comes from a socket.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/backend.h"
#include "protocol/framer.h"
#include "protocol/frontend.h"
#include "protocol/message_writer.h"

namespace pgmoat::protocol {
namespace {

// What a session gathers and what it lets stream through, roughly.
GatherTable FrontendTable() {
  GatherTable table;
  constexpr std::uint32_t kStatement = std::uint32_t{16} << 20;
  for (const FrontendType type :
       {FrontendType::kQuery, FrontendType::kParse, FrontendType::kBind,
        FrontendType::kDescribe, FrontendType::kExecute, FrontendType::kSync}) {
    table.Set(type, kStatement);
  }
  table.Set(FrontendType::kCopyData, GatherTable::kStream);
  return table;
}

GatherTable BackendTable() {
  GatherTable table;
  constexpr std::uint32_t kSmall = std::uint32_t{64} << 10;
  for (const BackendType type : {BackendType::kParseComplete, BackendType::kBindComplete,
                                 BackendType::kCommandComplete, BackendType::kReadyForQuery}) {
    table.Set(type, kSmall);
  }
  for (const BackendType type :
       {BackendType::kRowDescription, BackendType::kDataRow, BackendType::kCopyData}) {
    table.Set(type, GatherTable::kStream);
  }
  return table;
}

using Stream = std::vector<std::byte>;
constexpr int kTransactions = 1000;

// pgbench -S, simple protocol: one Query each.
Stream SimpleQueries() {
  Stream stream;
  for (int i = 0; i < kTransactions; ++i) {
    EncodeQuery(stream, "SELECT abalance FROM pgbench_accounts WHERE aid = 12345;");
  }
  return stream;
}

// pgbench -S, extended protocol: Parse, Bind, Describe, Execute, Sync.
Stream ExtendedQueries() {
  Stream stream;
  for (int i = 0; i < kTransactions; ++i) {
    EncodeParse(stream, "", "SELECT abalance FROM pgbench_accounts WHERE aid = $1;");
    MessageWriter(stream, FrontendType::kBind)
        .String("")
        .String("")
        .Int16(0)
        .Int16(1)
        .Int32(5)
        .Append(AsBytes("12345"))
        .Int16(1)
        .Int16(0);
    MessageWriter(stream, FrontendType::kDescribe).Byte1('P').String("");
    EncodeExecute(stream, "", 0);
    MessageWriter(stream, FrontendType::kSync);
  }
  return stream;
}

// The replies to those: RowDescription, DataRow, CommandComplete, ReadyForQuery.
Stream Replies() {
  Stream stream;
  for (int i = 0; i < kTransactions; ++i) {
    MessageWriter(stream, BackendType::kRowDescription)
        .Int16(1)
        .String("abalance")
        .Int32(16384)
        .Int16(3)
        .Int32(23)
        .Int16(4)
        .Int32(-1)
        .Int16(0);
    MessageWriter(stream, BackendType::kDataRow).Int16(1).Int32(1).Byte1('0');
    MessageWriter(stream, BackendType::kCommandComplete).String("SELECT 1");
    MessageWriter(stream, BackendType::kReadyForQuery).Byte1('I');
  }
  return stream;
}

// COPY TO STDOUT: one CopyData per row.
Stream CopyRows() {
  const std::string row = std::string(99, 'x') + "\n";
  Stream stream;
  for (int i = 0; i < 10 * kTransactions; ++i) {
    MessageWriter(stream, BackendType::kCopyData).Append(AsBytes(row));
  }
  return stream;
}

void Split(benchmark::State& state, const Stream& stream, const GatherTable& table) {
  const auto read_bytes = static_cast<std::size_t>(state.range(0));
  std::int64_t messages = 0;
  for (auto _ : state) {
    Framer framer(table);
    for (Bytes rest(stream); !rest.empty();) {
      Bytes input = rest.first(std::min(read_bytes, rest.size()));
      rest = rest.subspan(input.size());
      while (true) {
        const Piece piece = framer.Next(input);
        if (piece.kind == Piece::Kind::kNeedMore) break;
        if (piece.kind == Piece::Kind::kViolation) {
          state.SkipWithError("violation");
          return;
        }
        benchmark::DoNotOptimize(piece.bytes.data());
        messages += piece.last ? 1 : 0;
      }
    }
  }
  state.SetItemsProcessed(messages);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
}

struct Sample {
  const char* name;
  Stream (*make)();
  GatherTable (*table)();
};
constexpr Sample kSamples[] = {
    {"framer/simple_queries", SimpleQueries, FrontendTable},
    {"framer/extended_queries", ExtendedQueries, FrontendTable},
    {"framer/replies", Replies, BackendTable},
    {"framer/copy_rows", CopyRows, BackendTable},
};

const bool kRegistered = [] {
  for (const Sample& sample : kSamples) {
    benchmark::RegisterBenchmark(sample.name,
                                 [&sample](benchmark::State& state) {
                                   const GatherTable table = sample.table();
                                   Split(state, sample.make(), table);
                                 })
        ->ArgName("read")
        ->Arg(256)
        ->Arg(16 * 1024);
  }
  return true;
}();

}  // namespace
}  // namespace pgmoat::protocol
