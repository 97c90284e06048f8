// The floor of any judgement: libpg_query's raw parse alone, in its memory context, of the
// statements that judge_benchmark.cc judges.  Ratios to it hold on any machine.
#include <benchmark/benchmark.h>

#include "bench/judge_samples.h"
#include "policy/raw_tree.h"

namespace pgmoat::policy {
namespace {

void Parse(benchmark::State& state, const bench::Sample& sample) {
  const std::string text(sample.text);
  for (auto _ : state) {
    const RawTree tree(text.c_str());
    benchmark::DoNotOptimize(tree.statements());
  }
}

const bool kRegistered = [] {
  for (const bench::Sample& sample : bench::kSamples) {
    benchmark::RegisterBenchmark(("parse/" + std::string(sample.name)).c_str(), Parse, sample);
  }
  return true;
}();

}  // namespace
}  // namespace pgmoat::policy
