// What a role may call.  Built-in functions are looked up in a table made from a
// real server's pg_catalog (builtin_functions.inc) and in the verdicts that people
// gave (function_verdicts.cc); nothing is guessed from a name.
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/decision.h"

namespace pgmoat::policy {

enum class FunctionVerdict : std::uint8_t {
  kAllow,
  kRefuse,        // for readonly
  kWrites,        // for readonly, and what it does is a write: SQLSTATE 25006
  kRefuseForAll,  // for every restricted role
};

// A verdict that somebody gave, with the reason.
struct GivenVerdict {
  std::string_view name;
  FunctionVerdict verdict;
  std::string_view reason;  // why, for the error's hint; empty: harmless
};
// Null when nobody gave one.
const GivenVerdict* FindGivenVerdict(std::string_view name);

// Functions of extensions that no restricted role may call, whatever their schema:
// dblink and others that reach files or other servers.
const GivenVerdict* FindExtensionVerdict(std::string_view name);

enum class BuiltinVolatility : std::uint8_t { kNotBuiltin, kSafe, kVolatile };
// By name, over all its overloads: the least stable counts.
BuiltinVolatility BuiltinVolatilityOf(std::string_view name);

struct FunctionJudgement {
  FunctionVerdict verdict = FunctionVerdict::kAllow;
  bool known = true;    // a built-in, or a verdict was given
  bool listed = false;  // in allow_functions
  std::string_view reason;
};
// A call as written; an empty schema and "pg_catalog" mean the built-in one.
FunctionJudgement JudgeFunction(const Rules& rules, std::string_view schema,
                                std::string_view name);

}  // namespace pgmoat::policy
