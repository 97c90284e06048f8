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

// Somebody decided that the extension's function is harmless though volatile, and the
// catalog says that it is the extension's.
bool IsReviewed(const FunctionUse& function, const FunctionJudgement& by_table,
                const Catalog& catalog) {
  return by_table.may_be_volatile && catalog.BelongsToExtension(function.schema, function.name);
}

// A name that the tables know may be a function of the database's own: an overload of a
// built-in one in a schema of the path (the argument types decide, which nobody here
// knows), or what stands where an extension's function usually does.
bool MayBeOwn(const FunctionUse& function, const FunctionJudgement& by_table,
              const Catalog& catalog) {
  const bool is_extension = by_table.basis == FunctionBasis::kExtension;
  if (!is_extension && !function.schema.empty()) return false;
  const Catalog::Trust trust = is_extension ? catalog.TrustOf(function.schema, function.name)
                                            : catalog.TrustOfOverloads(function.name);
  if (trust <= Catalog::Trust::kHarmless) return false;
  return !(is_extension && IsReviewed(function, by_table, catalog));
}

FunctionJudgement JudgeCall(const Question& question, const FunctionUse& function) {
  const Rules& rules = question.rules;
  const Catalog* catalog = question.circumstances.catalog;
  FunctionJudgement judgement = JudgeFunction(rules, function.schema, function.name);
  if (rules.role != BuiltinRole::kReadonly || catalog == nullptr) return judgement;
  if (judgement.verdict != FunctionVerdict::kAllow) {
    return judgement.known ? judgement : JudgeOwnFunction(function, judgement, *catalog);
  }
  if (judgement.listed) return judgement;
  if (MayBeOwn(function, judgement, *catalog)) {
    return JudgeOwnFunction(function, judgement, *catalog);
  }
  const bool for_own_type = function.schema.empty() &&
                            catalog->OperandReach(function.name, question.statement) != nullptr;
  return for_own_type ? Harmful("it may be the database's own, which is VOLATILE") : judgement;
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
bool IsHarmful(const Question& question, const Reach& reach) {
  // set_config is judged by its arguments, and nobody sees those in a view.
  if (reach.is_foreign_table || reach.function.name == "set_config") return true;
  const FunctionJudgement judgement =
      JudgeFunction(question.rules, reach.function.schema, reach.function.name);
  if (judgement.verdict != FunctionVerdict::kAllow) return true;
  if (judgement.listed || judgement.basis != FunctionBasis::kExtension) return false;
  return !IsReviewed(reach.function, judgement, *question.circumstances.catalog);
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
    const FunctionJudgement judgement = JudgeCall(question, function);
    if (judgement.verdict == FunctionVerdict::kAllow) continue;
    const bool fixed = judgement.verdict == FunctionVerdict::kRefuseForAll;
    if ((!fixed || judgement.listable) &&
        OwnRulesAllow(question.rules, function, question.statement, question.circumstances)) {
      continue;
    }
    return RefuseCall(question.rules, function, judgement);
  }
  return {};
}

// t.f and (x).f where f is a function: of a row of t, or of any value x; t is a value, too,
// where it is a function in FROM.
Refusal RefuseFields(const Question& question) {
  if (!IsJudgedByCatalog(question) || question.circumstances.catalog == nullptr) return {};
  const bool has_function = !question.statement.functions.empty();
  const Reach* harmful = nullptr;
  question.statement.fields.ForEach([&](std::uint32_t hash, bool of_value) {
    const Reach* reach =
        question.circumstances.catalog->FieldReach(hash, of_value || has_function);
    if (harmful == nullptr && reach != nullptr && IsHarmful(question, *reach)) harmful = reach;
  });
  if (harmful == nullptr) return {};
  return RefuseReach(question.rules, "readonly.function",
                     "Function " + Qualified(harmful->function) + " in the shape of a column",
                     *harmful);
}

// A rule of the config that lets every relation of the statement be read knows what they are.
Refusal RefuseRelationReach(const Question& question) {
  if (!IsJudgedByCatalog(question) || question.own.lifted.Has(Kind::kRead)) return {};
  for (const RelationUse& use : question.statement.relations) {
    if (question.circumstances.catalog == nullptr) {
      if (IsSystemCatalog(use.name)) continue;
      return Refuse(
          question.rules, "readonly.no-catalog", "42501",
          "Reading a relation while the database's catalogs could not be read",
          "The database server's log tells why it refused the query tagged 'pgmoat:'; it is "
          "asked again after some seconds.");
    }
    const Reach* harmful = nullptr;
    question.circumstances.catalog->ForEachReach(
        use.Schema(), use.OwnName(), [&](const Reach& reach) {
          if (harmful == nullptr && IsHarmful(question, reach)) harmful = &reach;
        });
    if (harmful != nullptr) {
      return RefuseReach(question.rules, "readonly.view", "Reading " + use.name, *harmful);
    }
  }
  return {};
}

// The server chooses an operator or cast by its arguments' types, which nobody here
// knows: one of that name is enough.
Refusal RefuseOperatorsAndCasts(const Question& question) {
  if (!IsJudgedByCatalog(question) || question.circumstances.catalog == nullptr) return {};
  const Catalog& catalog = *question.circumstances.catalog;
  Refusal refusal;
  const auto judge = [&](const Reach* reach, std::string_view what, std::string_view name) {
    if (refusal || reach == nullptr || !IsHarmful(question, *reach)) return;
    refusal = RefuseReach(question.rules, "readonly.function",
                          std::string(what).append(" ").append(name), *reach);
  };
  if (catalog.HasOperators()) {
    question.statement.operators.ForEach([&](std::string_view schema, std::string_view name) {
      judge(catalog.OperatorReach(schema, name, question.statement), "Operator", name);
    });
  }
  for (const TypeUse& type : question.statement.casts) {
    const Reach* reach = catalog.CastReach(type.schema, type.name);
    if (reach == nullptr && catalog.HasOperands()) {
      reach = catalog.OperandReach("::" + type.name, question.statement);
    }
    judge(reach, "A cast to", type.name);
  }
  return refusal;
}

}  // namespace pgmoat::policy
