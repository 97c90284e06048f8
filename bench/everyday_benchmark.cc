// What the decision alone costs where there is much to decide by: a catalog of 2,000
// functions and 5,000 relations, 20 rules of a config, and everyday statements of each role.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>
#include <vector>

#include "policy/catalog.h"
#include "policy/decision.h"
#include "policy/parser.h"
#include "policy/temporary_tables.h"

namespace pgmoat::policy {
namespace {

struct Statement {
  BuiltinRole role;
  const char* name;
  std::string_view text;
};

constexpr Statement kEveryday[] = {
    {BuiltinRole::kReadonly, "point_select", "SELECT * FROM app.table_17 WHERE id = $1"},
    {BuiltinRole::kReadonly, "report",
     "SELECT date_trunc('day', o.created_at) AS day, count(*), sum(o.total)::numeric(12,2), "
     "max(c.name) FROM app.table_1 o LEFT JOIN app.table_2 c ON c.id = o.customer_id "
     "WHERE o.created_at >= now() - interval '30 days' AND lower(c.email) LIKE '%@example.com' "
     "GROUP BY 1 ORDER BY 1 DESC LIMIT 100"},
    {BuiltinRole::kReadonly, "describe_table",
     "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, "
     "(SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d "
     "WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef) "
     "FROM pg_catalog.pg_attribute a WHERE a.attrelid = '16384' AND a.attnum > 0 "
     "AND NOT a.attisdropped ORDER BY a.attnum"},
    {BuiltinRole::kApp, "insert_returning",
     "INSERT INTO app.table_3 (customer_id, total, created_at) VALUES ($1, $2, now()) "
     "RETURNING id"},
    {BuiltinRole::kApp, "update", "UPDATE app.table_4 SET stock = stock - $1 WHERE id = $2"},
    {BuiltinRole::kApp, "upsert",
     "INSERT INTO app.table_5 (id, n) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE "
     "SET n = app.table_5.n + 1"},
    {BuiltinRole::kApp, "delete", "DELETE FROM app.table_6 WHERE expires_at < now()"},
    {BuiltinRole::kApp, "begin", "BEGIN"},
    {BuiltinRole::kDeploy, "add_column", "ALTER TABLE app.table_7 ADD COLUMN note text"},
    {BuiltinRole::kDeploy, "create_index",
     "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON app.table_8 (customer_id, created_at)"},
};

Catalog MakeCatalog() {
  Catalog catalog;
  for (int i = 0; i < 2'000; ++i) {
    const std::string name = "function_" + std::to_string(i);
    catalog.AddRow({"function", "app", name, i % 2 == 0 ? "volatile" : "", ""});
  }
  for (int i = 0; i < 5'000; ++i) {
    const std::string name = "table_" + std::to_string(i);
    catalog.AddRow({"relation", "app", name, "", ""});
    if (i % 10 == 9) catalog.AddRow({"reads", "app", name, "app", "function_0"});
  }
  catalog.AddRow({"operator", "app", "+++", "app", "function_0"});
  catalog.AddRow({"cast", "app", "money2", "app", "function_0"});
  return catalog;
}

// None of them is about what the statements do: the dearest case, all are tried.
std::vector<OwnRule> MakeRules() {
  std::vector<OwnRule> rules;
  for (int i = 0; i < 20; ++i) {
    OwnRule rule;
    rule.id = Intern("own.rule-" + std::to_string(i));
    const std::string number = std::to_string(i);
    if (i % 4 == 3) {
      rule.match.functions = {"billing.charge_" + number + "*"};
    } else {
      rule.match.relations = {"hr.*", "secret_" + number + "_*"};
    }
    if (i % 4 == 1) rule.match.kinds = {Kind::kInsert, Kind::kUpdate, Kind::kDelete};
    rules.push_back(std::move(rule));
  }
  return rules;
}

enum class With { kNothing, kCatalog, kOwnRules };

void Decide(benchmark::State& state, const Statement& statement, With with) {
  static const Catalog kCatalog = MakeCatalog();
  static const TemporaryTables kTemporary;
  Rules rules;
  rules.role = statement.role;
  rules.environment = "production";
  if (with == With::kOwnRules) rules.own = MakeRules();
  Circumstances circumstances;
  circumstances.temporary_tables = &kTemporary;
  if (with != With::kNothing) {
    circumstances.catalog = &kCatalog;
    circumstances.catalog_required = true;
  }
  TextFacts facts;
  ReadFacts(statement.text, facts);
  for (auto _ : state) {
    Decision decision = Judge(rules, facts, circumstances);
    benchmark::DoNotOptimize(decision);
  }
  if (facts.status != TextStatus::kUnderstood) state.SkipWithError("not understood");
  if (!Judge(rules, facts, circumstances).allowed) state.SkipWithError("refused");
}

void Read(benchmark::State& state, const Statement& statement) {
  TextFacts facts;
  for (auto _ : state) {
    ReadFacts(statement.text, facts);
    benchmark::DoNotOptimize(facts);
  }
}

const bool kRegistered = [] {
  for (const Statement& statement : kEveryday) {
    const std::string name =
        std::string(RoleName(statement.role)) + "/" + std::string(statement.name);
    benchmark::RegisterBenchmark(("everyday/facts/" + name).c_str(), Read, statement);
    for (const auto& [with, suffix] :
         {std::pair{With::kNothing, ""}, std::pair{With::kCatalog, "/catalog"},
          std::pair{With::kOwnRules, "/catalog_and_20_rules"}}) {
      benchmark::RegisterBenchmark(("everyday/decision/" + name + suffix).c_str(), Decide,
                                   statement, with);
    }
  }
  return true;
}();

}  // namespace
}  // namespace pgmoat::policy
