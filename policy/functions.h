// What a role may call.  Functions are looked up, never guessed:
//
//   builtin_functions.inc     every function of pg_catalog, from real servers
//   function_verdicts.cc      what people decided about them, with reasons
//   extension_functions.inc   functions of common extensions, from real servers
//   extension_verdicts.cc     what people decided about those, and about others'
//
// What a name match means.  A statement names a function by schema and name, not by
// argument types, and these tables know no more than that:
//  - A built-in matches when the call is unqualified or says pg_catalog.  All overloads
//    share one verdict, that of the worst.  ts_rewrite runs SQL text with two arguments
//    and is harmless with three: it is refused with either.
//  - An extension's function matches when the call is unqualified, or names a schema
//    where that extension usually lives: public, extensions, heroku_ext, the schema
//    called like the extension (postgis, hstore), or the one it insists on (cron, net,
//    topology).  It does not match in any other schema: app.uuid_generate_v4 is unknown.
//    Few dangerous names that nobody else uses (dblink_exec, heap_force_kill) match
//    wherever they are.
//  - So an unqualified call, or one in public, that is allowed by name could reach
//    a user's own function of that name, if somebody who may CREATE in a schema of the
//    search_path put one there.  A catalog snapshot tells, but for the names that are
//    harmless though volatile (may_be_volatile): it does not say whose a volatile
//    function is.  There, and without a snapshot, the READ ONLY transaction is the wall
//    (design 3.3).
//
// Threads: any; nothing here has state.  Errors: none.
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/decision.h"

namespace pgmoat::policy {

// From harmless to worst.
enum class FunctionVerdict : std::uint8_t {
  kAllow,
  kRefuse,        // for readonly
  kWrites,        // for readonly, and what it does is a write: SQLSTATE 25006
  kDeployOnly,    // a write for readonly; DDL or maintenance that app may not do either
  kRefuseForAll,  // for every restricted role
};

// A verdict that somebody gave, with the reason.
struct GivenVerdict {
  std::string_view name;
  FunctionVerdict verdict;
  std::string_view reason;  // completes "Refused because …"; empty: harmless
};
// About a built-in.  Null when nobody gave one.
const GivenVerdict* FindGivenVerdict(std::string_view name);

// About a name that stands like a column, `x.name`, which calls a function when no
// column has that name: refused functions of extensions, but for names that are
// likelier columns ("schedule").  Null when nobody gave a verdict.
struct ExtensionVerdict;
const ExtensionVerdict* FindExtensionVerdict(std::string_view name);

enum class FunctionBasis : std::uint8_t {
  kUnknown,    // in no table
  kBuiltin,    // pg_catalog, or a helper of information_schema
  kExtension,  // by the name of an extension's function
};

struct ExtensionJudgement {
  FunctionVerdict verdict = FunctionVerdict::kRefuse;
  std::string_view reason = {};
  std::string_view extension = {};
  // Somebody decided that it is harmless though volatile.
  bool may_be_volatile = false;
  // The name alone may mislead, or the operator may know better: allow_functions counts
  // for every role.
  bool listable = true;
};
// A call of an extension's function, as "What a name match means" says; the worst of
// all that match.  False: no extension that we know has it.
bool FindExtensionFunction(std::string_view schema, std::string_view name,
                           ExtensionJudgement& judgement);

enum class BuiltinVolatility : std::uint8_t { kNotBuiltin, kSafe, kVolatile };
// By name, over all its overloads and releases: the least stable counts.
BuiltinVolatility BuiltinVolatilityOf(std::string_view name);

// What the tables say of a function of pg_catalog, whoever calls it: for judging what a
// view or a user's function depends on.  kRefuse when it is none, or volatile and not
// reviewed.
FunctionVerdict VerdictOfBuiltin(std::string_view name);

struct FunctionJudgement {
  // For the role that was asked about: kAllow, kRefuse, kWrites or kRefuseForAll.
  FunctionVerdict verdict = FunctionVerdict::kAllow;
  bool known = true;    // basis is not kUnknown
  bool listed = false;  // in allow_functions
  std::string_view reason = {};
  FunctionBasis basis = FunctionBasis::kBuiltin;
  // With kExtension: harmless though volatile.  Otherwise a catalog in which a function of
  // this name is volatile means another one.
  bool may_be_volatile = false;
  bool listable = true;             // when refused: an entry in allow_functions would allow it
  std::string_view extension = {};  // with kExtension, where one is named
};
// A call as written.  admin may call everything; app and deploy what is not refused to
// them; readonly what is known to be harmless.
FunctionJudgement JudgeFunction(const Rules& rules, std::string_view schema,
                                std::string_view name);

// A language in which a function can leave the database: C, the untrusted procedural
// ones, and every one that is not known to be trusted.  As in CREATE FUNCTION … LANGUAGE.
bool IsUntrustedLanguage(std::string_view language);

// An extension whose functions reach files, programs or other servers, run SQL text
// later or as somebody else, or damage tables: none that a deployment may create.
bool IsDangerousExtension(std::string_view extension);

}  // namespace pgmoat::policy
