// Looks up functions of extensions: the rows that people wrote, then the table that was
// made from real servers.
#include <algorithm>
#include <iterator>

#include "policy/extension_verdicts.h"
#include "policy/name_filter.h"

namespace pgmoat::policy {

namespace {

struct TableRow {
  std::string_view name;
  std::string_view extension;
  std::string_view fixed_schema;  // empty: it can live anywhere
  char volatility;                // 'i', 's', 'v'
};

constexpr TableRow kTable[] = {
#define PGMOAT_EXTENSION(name, extension, schema, volatility) \
  {name, extension, schema, volatility},
#include "policy/extension_functions.inc"
#undef PGMOAT_EXTENSION
};

struct ByName {
  bool operator()(const auto& row, std::string_view name) const { return row.name < name; }
  bool operator()(std::string_view name, const auto& row) const { return name < row.name; }
};
static_assert(std::is_sorted(std::begin(kTable), std::end(kTable),
                             [](const TableRow& a, const TableRow& b) {
                               return a.name < b.name;
                             }));

// Families too large to list, of which every member is meant.
struct Family {
  std::string_view prefix;
  ExtensionVerdict verdict;
};
constexpr Family kFamilies[] = {
    {"dblink",
     {"", ExtensionScope::kAnywhere, "dblink", FunctionVerdict::kRefuseForAll,
      "it reaches other servers"}},
    // pgRouting: the graph is an SQL text.
    {"pgr_",
     {"", ExtensionScope::kAnywhere, "pgrouting", FunctionVerdict::kRefuseForAll,
      kRunsSqlText}},
    {"_pgr_",
     {"", ExtensionScope::kAnywhere, "pgrouting", FunctionVerdict::kRefuseForAll,
      kRunsSqlText}},
};

bool IsUsualSchema(std::string_view schema, std::string_view extension) {
  return schema.empty() || schema == "public" || schema == "extensions" ||
         schema == "heroku_ext" || schema == extension;
}

bool IsMeant(const ExtensionVerdict& row, std::string_view schema) {
  switch (row.scope) {
    case ExtensionScope::kAnywhere:
      return true;
    case ExtensionScope::kUsual:
      return IsUsualSchema(schema, row.home);
    case ExtensionScope::kFixed:
      return schema.empty() || schema == row.home;
  }
  return true;
}

bool IsMeant(const TableRow& row, std::string_view schema) {
  if (row.fixed_schema.empty()) return IsUsualSchema(schema, row.extension);
  return schema.empty() || schema == row.fixed_schema;
}

ExtensionJudgement JudgementOf(const ExtensionVerdict& row) {
  return {.verdict = row.verdict,
          .reason = row.reason,
          .extension = row.home,
          .may_be_volatile = row.verdict == FunctionVerdict::kAllow,
          .listable = row.scope != ExtensionScope::kAnywhere || row.reason == kRunsSqlText ||
                      row.verdict != FunctionVerdict::kRefuseForAll};
}

// The worst row for this call.
const ExtensionVerdict* FindRow(std::span<const ExtensionVerdict> rows, std::string_view schema,
                                std::string_view name) {
  const auto [first, last] = std::equal_range(rows.begin(), rows.end(), name, ByName());
  const ExtensionVerdict* worst = nullptr;
  for (auto row = first; row != last; ++row) {
    if (!IsMeant(*row, schema)) continue;
    if (worst == nullptr || row->verdict > worst->verdict) worst = &*row;
  }
  return worst;
}

const ExtensionVerdict* FindFamily(std::string_view name) {
  for (const Family& family : kFamilies) {
    if (name.starts_with(family.prefix)) return &family.verdict;
  }
  return nullptr;
}

bool FindInTable(std::string_view schema, std::string_view name, ExtensionJudgement& found) {
  const auto [first, last] =
      std::equal_range(std::begin(kTable), std::end(kTable), name, ByName());
  bool any = false;
  for (const auto* row = first; row != last; ++row) {
    if (!IsMeant(*row, schema)) continue;
    if (!any) {
      found = {.verdict = FunctionVerdict::kAllow, .reason = {}, .extension = row->extension};
    }
    any = true;
    if (row->volatility != 'v') continue;
    found.verdict = FunctionVerdict::kRefuse;
    found.reason = "it is volatile";
    found.extension = row->extension;
  }
  return any;
}

}  // namespace

bool FindExtensionFunction(std::string_view schema, std::string_view name,
                           ExtensionJudgement& judgement) {
  for (const auto rows : {ExtensionRefusals(), ExtensionAllowances()}) {
    const ExtensionVerdict* row = FindRow(rows, schema, name);
    if (row == nullptr) continue;
    judgement = JudgementOf(*row);
    return true;
  }
  if (const ExtensionVerdict* family = FindFamily(name)) {
    judgement = JudgementOf(*family);
    return true;
  }
  return FindInTable(schema, name, judgement);
}

const ExtensionVerdict* FindExtensionVerdict(std::string_view name) {
  static const NameFilter kNames(ExtensionRefusals());
  if (!kNames.MayHold(name)) return FindFamily(name);
  // Field notation passes one argument.  These need more, or are columns far more often.
  for (const std::string_view column : {"first", "fopen", "http", "invoke", "schedule"}) {
    if (name == column) return nullptr;
  }
  const ExtensionVerdict* row = FindRow(ExtensionRefusals(), {}, name);
  return row != nullptr ? row : FindFamily(name);
}

}  // namespace pgmoat::policy
