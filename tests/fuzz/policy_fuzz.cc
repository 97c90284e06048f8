// Arbitrary text -> facts -> decision.  Nothing crashes, nothing takes forever, and white
// space, comments and the letter case of what is not quoted change no decision: for each
// role, as it is built in and with rules of a config, without a catalog and with one.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/catalog.h"
#include "policy/decision.h"
#include "policy/parser.h"
#include "policy/temporary_tables.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/disguise.h"

namespace {

using namespace pgmoat::policy;

Catalog MakeCatalog() {
  Catalog catalog;
  constexpr CatalogRow kRows[] = {
      {"relation", "public", "t", "", ""},
      {"relation", "public", "users", "", ""},
      {"relation", "hr", "users", "", ""},
      {"relation", "app", "orders", "", ""},
      {"relation", "public", "v", "", ""},
      {"relation", "public", "remote", "", ""},
      {"function", "public", "f", "volatile", ""},
      {"function", "public", "g", "", ""},
      {"function", "app", "definer", "definer", ""},
      {"function", "public", "uuid_generate_v4", "volatile", "uuid-ossp"},
      {"operator", "public", "=", "public", "f"},
      {"operator", "public", "+++", "public", "f"},
      {"cast", "public", "money2", "public", "f"},
      {"reads", "public", "v", "public", "f"},
      {"foreign", "public", "remote", "public", "remote"},
  };
  for (const CatalogRow& row : kRows) PGMOAT_CHECK(catalog.AddRow(row));
  return catalog;
}

void Add(Rules& rules, std::string_view id, Effect effect,
         const std::function<void(RuleMatch&)>& match) {
  OwnRule rule;
  rule.id = id;
  rule.effect = effect;
  match(rule.match);
  rules.own.push_back(std::move(rule));
}

// Each built-in role: as it is, and with rules of all kinds on top.
std::vector<Rules> MakeRules() {
  std::vector<Rules> all;
  for (const auto role :
       {BuiltinRole::kReadonly, BuiltinRole::kApp, BuiltinRole::kDeploy, BuiltinRole::kAdmin}) {
    Rules rules;
    rules.role = role;
    rules.environment = "fuzz";
    all.push_back(rules);
    rules.allow_functions = {"f", "app.definer"};
    Add(rules, "own.no-salaries", Effect::kDeny,
        [](RuleMatch& match) { match.relations = {"hr.*"}; });
    Add(rules, "own.watched", Effect::kLog,
        [](RuleMatch& match) { match.functions = {"pg_sleep*"}; });
    Add(rules, "own.notes", Effect::kAllow, [](RuleMatch& match) {
      match.kinds = {Kind::kInsert, Kind::kDelete};
      match.relations = {"t", "app.*"};
    });
    rules.own.back().without_where = true;
    Add(rules, "own.no-drop", Effect::kDeny, [](RuleMatch& match) {
      match.kinds = {Kind::kDrop, Kind::kTruncate, Kind::kSetting};
    });
    all.push_back(std::move(rules));
  }
  return all;
}

void CheckWellFormed(const Decision& decision) {
  if (decision.allowed && !decision.would_deny) return;
  PGMOAT_CHECK(!decision.rule.empty());
  PGMOAT_CHECK(decision.sqlstate.size() == 5);
  PGMOAT_CHECK(!decision.message.empty());
}

void CheckSame(const Decision& one, const Decision& other) {
  PGMOAT_CHECK(one.allowed == other.allowed);
  PGMOAT_CHECK(one.would_deny == other.would_deny);
  PGMOAT_CHECK(one.rule == other.rule);
  PGMOAT_CHECK(one.sqlstate == other.sqlstate);
  PGMOAT_CHECK(one.message == other.message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Rules> kRules = MakeRules();
  static const Catalog kCatalog = MakeCatalog();
  static const TemporaryTables kTemporary = [] {
    TemporaryTables tables;
    tables.Add("tmp");
    return tables;
  }();
  static TextFacts facts;  // reused, as sessions do
  static TextFacts disguised_facts;

  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ReadFacts(text, facts);
  for (const StatementFacts& statement : facts.statements) {
    PGMOAT_CHECK(statement.offset + statement.length <= size);
  }
  const auto seed = static_cast<std::uint32_t>(std::hash<std::string_view>{}(text));
  const std::string disguised = "\n\t" + pgmoat::fuzz::Disguise(text, seed) + "\n ";
  ReadFacts(disguised, disguised_facts);
  PGMOAT_CHECK(facts.status == disguised_facts.status);

  Circumstances with;
  with.temporary_tables = &kTemporary;
  with.catalog = &kCatalog;
  with.catalog_required = true;
  for (const Rules& rules : kRules) {
    for (const Circumstances& circumstances : {Circumstances(), with}) {
      const Decision decision = Judge(rules, facts, circumstances);
      CheckWellFormed(decision);
      CheckSame(decision, Judge(rules, disguised_facts, circumstances));
      // The rules that hold for everybody: nobody says who somebody else is, or sets a
      // reason for sessions to come.
      if (!rules.Judged()) {
        PGMOAT_CHECK(decision.rule == "any.actor" || decision.rule == "any.break-glass" ||
                     (decision.allowed && !decision.would_deny));
      }
    }
  }
  std::vector<StartupOption> options;
  const bool settings_only = SplitStartupOptions(text, options);
  // What is taken out is gone, and the rest is as it was.
  std::vector<StartupOption> taken;
  const std::string rest = TakeStartupOptions(text, {"a", "pgmoat.break_glass"}, taken);
  std::vector<StartupOption> left;
  if (settings_only) {
    PGMOAT_CHECK(SplitStartupOptions(rest, left));
    PGMOAT_CHECK(left.size() + taken.size() == options.size());
    for (const StartupOption& option : left) {
      PGMOAT_CHECK(option.name != "a" && option.name != "pgmoat.break_glass");
    }
  }
  return 0;
}
