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

bool IsListed(const Rules& rules, std::string_view schema, std::string_view name) {
  return std::any_of(rules.allow_functions.begin(), rules.allow_functions.end(),
                     [&](const std::string& entry) {
                       if (schema.empty()) return entry == name;
                       return entry.size() == schema.size() + 1 + name.size() &&
                              entry.starts_with(schema) && entry[schema.size()] == '.' &&
                              entry.ends_with(name);
                     });
}

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

FunctionJudgement JudgeForReadonly(const Rules& rules, std::string_view schema,
                                   std::string_view name) {
  // The operator of pgmoat has the last word on everything that is not refused to all.
  if (!rules.allow_functions.empty() && IsListed(rules, schema, name)) {
    return {.verdict = FunctionVerdict::kAllow, .known = true, .listed = true, .reason = {}};
  }
  if (IsInformationSchemaHelper(schema, name)) return {};
  const BuiltinVolatility volatility = schema.empty() || schema == "pg_catalog"
                                           ? BuiltinVolatilityOf(name)
                                           : BuiltinVolatility::kNotBuiltin;
  if (volatility == BuiltinVolatility::kNotBuiltin) {
    return {.verdict = FunctionVerdict::kRefuse, .known = false, .reason = {}};
  }
  if (const GivenVerdict* given = FindGivenVerdict(name)) {
    return {.verdict = given->verdict, .known = true, .reason = given->reason};
  }
  if (volatility == BuiltinVolatility::kVolatile) {
    return {.verdict = FunctionVerdict::kRefuse, .known = true, .reason = "it is volatile"};
  }
  return {};
}

}  // namespace

BuiltinVolatility BuiltinVolatilityOf(std::string_view name) {
  const auto* found = std::lower_bound(
      std::begin(kBuiltins), std::end(kBuiltins), name,
      [](const Builtin& builtin, std::string_view wanted) { return builtin.name < wanted; });
  if (found == std::end(kBuiltins) || found->name != name)
    return BuiltinVolatility::kNotBuiltin;
  return found->volatility == 'v' ? BuiltinVolatility::kVolatile : BuiltinVolatility::kSafe;
}

std::string_view BuiltinFunctionName(std::uint32_t function_oid) {
  const auto* found = std::lower_bound(
      std::begin(kOids), std::end(kOids), function_oid,
      [](const BuiltinOid& entry, std::uint32_t wanted) { return entry.oid < wanted; });
  if (found == std::end(kOids) || found->oid != function_oid) return {};
  return found->name;
}

FunctionJudgement JudgeFunction(const Rules& rules, std::string_view schema,
                                std::string_view name) {
  if (rules.role == BuiltinRole::kAdmin) return {};
  if (const GivenVerdict* extension = FindExtensionVerdict(name)) {
    return {.verdict = extension->verdict, .known = true, .reason = extension->reason};
  }
  const bool builtin = schema.empty() || schema == "pg_catalog";
  const GivenVerdict* given = builtin ? FindGivenVerdict(name) : nullptr;
  if (given != nullptr && given->verdict == FunctionVerdict::kRefuseForAll) {
    return {.verdict = given->verdict, .known = true, .reason = given->reason};
  }
  if (rules.role == BuiltinRole::kReadonly) return JudgeForReadonly(rules, schema, name);
  return {};
}

}  // namespace pgmoat::policy
