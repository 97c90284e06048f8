// What judging a statement never seen before costs: reading facts off the parse tree,
// the decision, and both (design 6, first row).  `compare.sh` reads these names.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "bench/judge_samples.h"
#include "policy/decision.h"
#include "policy/facts.h"
#include "policy/parser.h"

namespace pgmoat::policy {
namespace {

using bench::kSamples;
using bench::Sample;

Rules RulesOf(BuiltinRole role) {
  Rules rules;
  rules.role = role;
  rules.environment = "production";
  return rules;
}

// The facts are kept between turns, as a session keeps them.
void Facts(benchmark::State& state, const Sample& sample) {
  TextFacts facts;
  for (auto _ : state) {
    ReadFacts(sample.text, facts);
    benchmark::DoNotOptimize(facts);
  }
}

void Decide(benchmark::State& state, const Sample& sample, BuiltinRole role) {
  const Rules rules = RulesOf(role);
  TextFacts facts;
  ReadFacts(sample.text, facts);
  for (auto _ : state) {
    Decision decision = Judge(rules, facts);
    benchmark::DoNotOptimize(decision);
  }
}

void FactsAndDecision(benchmark::State& state, const Sample& sample, BuiltinRole role) {
  const Rules rules = RulesOf(role);
  TextFacts facts;
  for (auto _ : state) {
    ReadFacts(sample.text, facts);
    Decision decision = Judge(rules, facts);
    benchmark::DoNotOptimize(decision);
  }
  // A number for a statement that was refused, or not understood, would be another row.
  if (facts.status != TextStatus::kUnderstood) state.SkipWithError("not understood");
  const bool is_write = std::string_view(sample.name) == "insert";
  if (Judge(rules, facts).allowed == (is_write && role == BuiltinRole::kReadonly)) {
    state.SkipWithError("unexpected decision");
  }
}

const bool kRegistered = [] {
  for (const Sample& sample : kSamples) {
    const std::string name = sample.name;
    benchmark::RegisterBenchmark(("facts/" + name).c_str(), Facts, sample);
    for (const BuiltinRole role : {BuiltinRole::kApp, BuiltinRole::kReadonly}) {
      const std::string suffix = name + "/" + std::string(RoleName(role));
      benchmark::RegisterBenchmark(("decision/" + suffix).c_str(), Decide, sample, role);
      benchmark::RegisterBenchmark(("facts+decision/" + suffix).c_str(), FactsAndDecision,
                                   sample, role);
    }
  }
  return true;
}();

}  // namespace
}  // namespace pgmoat::policy
