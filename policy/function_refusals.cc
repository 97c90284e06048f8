// Functions that a statement calls, and functions that it runs without naming them: by a
// view, an operator, a cast.  The latter two kinds are known from the catalog snapshot.
#include "policy/catalog.h"
#include "policy/decision_text.h"
#include "policy/functions.h"
#include "policy/refusals.h"
#include "policy/system_catalogs.h"

namespace pgmoat::policy {

namespace {

constexpr std::string_view kListIt =
    "list it under allow_functions of the environment or role: ";

std::string Qualified(const FunctionUse& function) {
  return function.schema.empty() ? function.name : function.schema + "." + function.name;
}

FunctionJudgement Harmful(std::string_view reason) {
  return {.verdict = FunctionVerdict::kRefuse, .known = true, .reason = reason};
}

// What the catalog knows of a call that the tables do not settle.
FunctionJudgement JudgeOwnFunction(const FunctionUse& function,
                                   const FunctionJudgement& by_table, const Catalog& catalog) {
  switch (catalog.TrustOf(function.schema, function.name)) {
    case Catalog::Trust::kHarmless:
      return {};
    case Catalog::Trust::kVolatile:
      return Harmful("the database declares it VOLATILE");
    case Catalog::Trust::kSecurityDefiner:
      return Harmful("it is SECURITY DEFINER: it runs with its owner's privileges");
    case Catalog::Trust::kUnknown:
      break;
  }
  return by_table;
}

// A name that the tables know may be a function of the database's own: an overload of a
// built-in one in a schema of the path (the argument types decide, which nobody here
// knows), or what stands where an extension's function usually does.
bool MayBeOwn(const FunctionUse& function, const FunctionJudgement& by_table,
              const Catalog& catalog) {
  const bool is_extension = by_table.basis == FunctionBasis::kExtension;
  if (!is_extension && !function.schema.empty()) return false;
  const Catalog::Trust trust = catalog.TrustOf(function.schema, function.name);
  if (is_extension && by_table.may_be_volatile && trust == Catalog::Trust::kVolatile) {
    return false;
  }
  return trust > Catalog::Trust::kHarmless;
}

FunctionJudgement JudgeCall(const Rules& rules, const FunctionUse& function,
                            const Catalog* catalog) {
  FunctionJudgement judgement = JudgeFunction(rules, function.schema, function.name);
  if (rules.role != BuiltinRole::kReadonly || catalog == nullptr) return judgement;
  if (judgement.verdict != FunctionVerdict::kAllow) {
    return judgement.known ? judgement : JudgeOwnFunction(function, judgement, *catalog);
  }
  const bool may_be_own = !judgement.listed && MayBeOwn(function, judgement, *catalog);
  return may_be_own ? JudgeOwnFunction(function, judgement, *catalog) : judgement;
}

std::string HintFor(const FunctionUse& function, const FunctionJudgement& judgement) {
  std::string hint;
  if (!judgement.known) {
    hint.append(
        "Only functions that are known to be harmless may be called.  If this one is, ");
  } else {
    hint.append("Refused because ").append(judgement.reason);
    if (!judgement.listable) return hint.append(".");
    hint.append(".  Where that is wanted, ");
  }
  return hint.append(kListIt).append(Qualified(function)).append(".");
}

Decision RefuseCall(const Rules& rules, const FunctionUse& function,
                    const FunctionJudgement& judgement) {
  const bool readonly = rules.role == BuiltinRole::kReadonly;
  const bool write = readonly && judgement.verdict == FunctionVerdict::kWrites;
  std::string_view rule = "any.function";
  if (judgement.verdict != FunctionVerdict::kRefuseForAll) rule = "readonly.function";
  if (write) rule = "readonly.write-function";
  return Refuse(rules, rule, write ? "25006" : "42501", "Function " + Qualified(function),
                HintFor(function, judgement));
}

// What something of the database's own runs, unless the config or the tables let it.
bool IsHarmful(const Rules& rules, const Reach& reach) {
  if (reach.is_foreign_table) return true;
  const FunctionJudgement judgement =
      JudgeFunction(rules, reach.function.schema, reach.function.name);
  if (judgement.verdict != FunctionVerdict::kAllow) return true;
  // The snapshot says it is volatile; the extension's function of that name is not.
  return !judgement.listed && judgement.basis == FunctionBasis::kExtension &&
         !judgement.may_be_volatile;
}

Decision RefuseReach(const Rules& rules, std::string_view rule, std::string action,
                     const Reach& reach) {
  std::string hint;
  if (reach.is_foreign_table) {
    hint = "It reads " + Qualified(reach.function) +
           ", a foreign table: what another server does for it cannot be judged.";
  } else {
    hint = "It runs function " + Qualified(reach.function) +
           ", which is VOLATILE or SECURITY DEFINER.  Where that is wanted, " +
           std::string(kListIt) + Qualified(reach.function) + ".";
  }
  return Refuse(rules, rule, "42501", action, hint);
}

bool IsJudgedByCatalog(const Question& question) {
  return question.rules.role == BuiltinRole::kReadonly &&
         (question.circumstances.catalog != nullptr || question.circumstances.catalog_required);
}

}  // namespace

Refusal RefuseFunctions(const Question& question) {
  if (question.rules.role == BuiltinRole::kAdmin) return {};
  for (const FunctionUse& function : question.statement.functions) {
    const FunctionJudgement judgement =
        JudgeCall(question.rules, function, question.circumstances.catalog);
    if (judgement.verdict == FunctionVerdict::kAllow) continue;
    if (judgement.verdict != FunctionVerdict::kRefuseForAll &&
        OwnRulesAllow(question.rules, function, question.statement, question.circumstances)) {
      continue;
    }
    return RefuseCall(question.rules, function, judgement);
  }
  return {};
}

Refusal RefuseRelationReach(const Question& question) {
  if (!IsJudgedByCatalog(question)) return {};
  for (const RelationUse& use : question.statement.relations) {
    if (question.circumstances.catalog == nullptr) {
      if (IsSystemCatalog(use.name)) continue;
      return Refuse(question.rules, "readonly.no-catalog", "42501",
                    "Reading a relation while the database's catalogs could not be read",
                    "See pgmoat's log for the reason; connect again to have it try again.");
    }
    const Reach* harmful = nullptr;
    question.circumstances.catalog->ForEachReach(
        use.Schema(), use.OwnName(), [&](const Reach& reach) {
          if (harmful == nullptr && IsHarmful(question.rules, reach)) harmful = &reach;
        });
    if (harmful != nullptr) {
      return RefuseReach(question.rules, "readonly.view", "Reading " + use.name, *harmful);
    }
  }
  return {};
}

Refusal RefuseOperatorsAndCasts(const Question& question) {
  if (!IsJudgedByCatalog(question) || question.circumstances.catalog == nullptr) return {};
  return {};
}

}  // namespace pgmoat::policy
