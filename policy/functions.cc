#include "policy/functions.h"

#include <algorithm>

namespace pgmoat::policy {

namespace {

struct Builtin {
  std::string_view name;
  char volatility;  // 'i', 's', 'v'; 'T': only a type's name
};

constexpr Builtin kBuiltins[] = {
#define PGMOAT_FUNCTION(name, volatility) {name, volatility},
#include "policy/builtin_functions.inc"
#undef PGMOAT_FUNCTION
};
static_assert(std::is_sorted(std::begin(kBuiltins), std::end(kBuiltins),
                             [](const Builtin& a, const Builtin& b) {
                               return a.name < b.name;
                             }));

struct BuiltinOid {
  std::uint32_t oid;
  std::string_view name;
};

constexpr BuiltinOid kOids[] = {
#define PGMOAT_OID(oid, name) {oid, name},
#include "policy/builtin_functions.inc"
#undef PGMOAT_OID
};

// Helpers of the information schema's views, which introspection calls by name.  All
// immutable or stable; nobody but a superuser can add to that schema.
bool IsInformationSchemaHelper(std::string_view schema, std::string_view name) {
  constexpr std::string_view kHelpers[] = {
      "_pg_char_max_length",    "_pg_char_octet_length",
      "_pg_datetime_precision", "_pg_expandarray",
      "_pg_index_position",     "_pg_interval_type",
      "_pg_numeric_precision",  "_pg_numeric_precision_radix",
      "_pg_numeric_scale",      "_pg_truetypid",
      "_pg_truetypmod"};
  return schema == "information_schema" &&
         std::find(std::begin(kHelpers), std::end(kHelpers), name) != std::end(kHelpers);
}

// The verdict over all roles, made one for this role.
FunctionVerdict ForRole(BuiltinRole role, FunctionVerdict verdict) {
  if (verdict == FunctionVerdict::kRefuseForAll) return verdict;
  if (verdict == FunctionVerdict::kDeployOnly) {
    if (role == BuiltinRole::kReadonly) return FunctionVerdict::kWrites;
    return role == BuiltinRole::kApp ? FunctionVerdict::kRefuseForAll : FunctionVerdict::kAllow;
  }
  return role == BuiltinRole::kReadonly ? verdict : FunctionVerdict::kAllow;
}

std::string_view ReasonOf(const GivenVerdict* given, FunctionVerdict verdict) {
  if (given != nullptr) return given->reason;
  return verdict == FunctionVerdict::kAllow ? std::string_view() : "it is volatile";
}

FunctionVerdict VerdictOf(const GivenVerdict* given, BuiltinVolatility volatility) {
  if (given != nullptr) return given->verdict;
  return volatility == BuiltinVolatility::kSafe ? FunctionVerdict::kAllow
                                                : FunctionVerdict::kRefuse;
}

FunctionJudgement JudgeBuiltin(BuiltinRole role, const GivenVerdict* given,
                               BuiltinVolatility volatility) {
  const FunctionVerdict verdict = VerdictOf(given, volatility);
  return {.verdict = ForRole(role, verdict),
          .reason = ReasonOf(given, verdict),
          // Files, signals, WAL: no list opens those.
          .listable = verdict != FunctionVerdict::kRefuseForAll};
}

FunctionJudgement JudgeUnlisted(BuiltinRole role, std::string_view schema,
                                std::string_view name) {
  const bool in_catalog = schema.empty() || schema == "pg_catalog";
  if (in_catalog) {
    // Each name is looked up once in each table: this is on the path of every statement.
    const GivenVerdict* given = FindGivenVerdict(name);
    const BuiltinVolatility volatility = BuiltinVolatilityOf(name);
    if (volatility != BuiltinVolatility::kNotBuiltin || given != nullptr) {
      return JudgeBuiltin(role, given, volatility);
    }
  }
  if (IsInformationSchemaHelper(schema, name)) return {};
  ExtensionJudgement extension;
  if (FindExtensionFunction(schema, name, extension)) {
    return {.verdict = ForRole(role, extension.verdict),
            .reason = extension.reason,
            .basis = FunctionBasis::kExtension,
            .may_be_volatile = extension.may_be_volatile,
            .listable = extension.listable,
            .extension = extension.extension};
  }
  return {.verdict = ForRole(role, FunctionVerdict::kRefuse),
          .known = false,
          .reason = {},
          .basis = FunctionBasis::kUnknown};
}

}  // namespace

bool IsListed(const Rules& rules, std::string_view schema, std::string_view name) {
  return std::any_of(rules.allow_functions.begin(), rules.allow_functions.end(),
                     [&](const std::string& entry) {
                       if (schema.empty()) return entry == name;
                       return entry.size() == schema.size() + 1 + name.size() &&
                              entry.starts_with(schema) && entry[schema.size()] == '.' &&
                              entry.ends_with(name);
                     });
}

BuiltinVolatility BuiltinVolatilityOf(std::string_view name) {
  const auto* found = std::lower_bound(
      std::begin(kBuiltins), std::end(kBuiltins), name,
      [](const Builtin& builtin, std::string_view wanted) { return builtin.name < wanted; });
  if (found == std::end(kBuiltins) || found->name != name)
    return BuiltinVolatility::kNotBuiltin;
  return found->volatility == 'v' ? BuiltinVolatility::kVolatile : BuiltinVolatility::kSafe;
}

FunctionVerdict VerdictOfBuiltin(std::string_view name) {
  return VerdictOf(FindGivenVerdict(name), BuiltinVolatilityOf(name));
}

std::string_view BuiltinFunctionName(std::uint32_t function_oid) {
  const auto* row = std::lower_bound(
      std::begin(kOids), std::end(kOids), function_oid,
      [](const BuiltinOid& entry, std::uint32_t wanted) { return entry.oid < wanted; });
  std::string_view name;
  // An OID of two functions in two releases: nobody knows here which one the server has,
  // so the strictest counts.
  for (; row != std::end(kOids) && row->oid == function_oid; ++row) {
    if (name.empty() || VerdictOfBuiltin(row->name) > VerdictOfBuiltin(name)) name = row->name;
  }
  return name;
}

FunctionJudgement JudgeFunction(const Rules& rules, std::string_view schema,
                                std::string_view name) {
  if (rules.role == BuiltinRole::kAdmin) return {};
  FunctionJudgement judgement = JudgeUnlisted(rules.role, schema, name);
  if (judgement.verdict != FunctionVerdict::kAllow && !judgement.listable) return judgement;
  // The operator of pgmoat has the last word on everything else.
  if (!rules.allow_functions.empty() && IsListed(rules, schema, name)) {
    return {.listed = true, .basis = judgement.basis, .extension = judgement.extension};
  }
  return judgement;
}

}  // namespace pgmoat::policy
