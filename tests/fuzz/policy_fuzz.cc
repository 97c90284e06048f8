// Arbitrary text -> facts -> decision.  Nothing crashes, nothing takes forever, and
// white space around a text changes no decision.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "policy/decision.h"
#include "policy/parser.h"

namespace {

using pgmoat::policy::BuiltinRole;
using pgmoat::policy::Decision;
using pgmoat::policy::Judge;
using pgmoat::policy::ReadFacts;
using pgmoat::policy::Rules;
using pgmoat::policy::TextFacts;

void Require(bool condition) {
  if (!condition) std::abort();
}

void RequireWellFormed(const Decision& decision) {
  if (decision.allowed) return;
  Require(!decision.rule.empty());
  Require(decision.sqlstate.size() == 5);
  Require(!decision.message.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static TextFacts facts;  // reused, as sessions do
  static TextFacts padded_facts;
  ReadFacts(text, facts);
  const std::string padded = "\n\t" + std::string(text) + "\n ";
  ReadFacts(padded, padded_facts);
  for (const auto role :
       {BuiltinRole::kReadonly, BuiltinRole::kApp, BuiltinRole::kDeploy, BuiltinRole::kAdmin}) {
    Rules rules;
    rules.role = role;
    rules.environment = "fuzz";
    const Decision decision = Judge(rules, facts);
    RequireWellFormed(decision);
    const Decision padded_decision = Judge(rules, padded_facts);
    Require(decision.allowed == padded_decision.allowed);
    Require(decision.rule == padded_decision.rule);
    if (role == BuiltinRole::kAdmin) Require(decision.allowed);
  }
  for (const auto& statement : facts.statements) {
    Require(statement.offset + statement.length <= size);
  }
  std::vector<pgmoat::policy::StartupOption> options;
  pgmoat::policy::SplitStartupOptions(text, options);
  return 0;
}
