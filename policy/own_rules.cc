#include "policy/own_rules.h"

#include <algorithm>
#include <string>

#include "policy/catalog.h"
#include "policy/glob.h"

namespace pgmoat::policy {

namespace {

bool AnyMatches(const std::vector<std::string>& globs, std::string_view text) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return GlobMatches(glob, text); });
}

// Everything of the rule that does not depend on the part.
bool IsInForce(const RuleMatch& match, const Circumstances& circumstances) {
  if (!match.databases.empty() && !AnyMatches(match.databases, circumstances.database)) {
    return false;
  }
  if (!match.application_names.empty() &&
      !AnyMatches(match.application_names, circumstances.application_name)) {
    return false;
  }
  const auto in_network = [&](const Network& network) {
    return circumstances.client != nullptr && network.Contains(*circumstances.client);
  };
  if (!match.networks.empty() &&
      std::none_of(match.networks.begin(), match.networks.end(), in_network)) {
    return false;
  }
  return match.times.empty() ||
         std::any_of(match.times.begin(), match.times.end(), [&](const TimeWindow& window) {
           return window.Contains(circumstances.time);
         });
}

bool GlobNames(std::string_view glob, std::string_view schema, std::string_view name) {
  const std::size_t dot = glob.find('.');
  if (dot == std::string_view::npos) return GlobMatches(glob, name);
  return GlobMatches(glob.substr(0, dot), schema) && GlobMatches(glob.substr(dot + 1), name);
}

// A name without schema: by the catalog where there is one; else it is in every schema
// for a rule that denies and in none for one that allows.
bool NamesRelation(const std::vector<std::string>& globs, std::string_view schema,
                   std::string_view name, bool denies, const Catalog* catalog) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    if (!schema.empty() || glob.find('.') == std::string::npos) {
      return GlobNames(glob, schema, name);
    }
    if (catalog == nullptr) return denies && GlobMatches(glob.substr(glob.find('.') + 1), name);
    const auto* schemas = catalog->SchemasOf(name);
    if (schemas == nullptr) return false;
    const auto in = [&](const std::string& one) { return GlobNames(glob, one, name); };
    return denies ? std::any_of(schemas->begin(), schemas->end(), in)
                  : std::all_of(schemas->begin(), schemas->end(), in);
  });
}

bool NamesFunction(const std::vector<std::string>& globs, const FunctionUse& function,
                   bool denies) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    if (!function.schema.empty() || glob.find('.') == std::string::npos) {
      return GlobNames(glob, function.schema, function.name);
    }
    return denies && GlobMatches(glob.substr(glob.find('.') + 1), function.name);
  });
}

bool Denies(const OwnRule& rule) { return rule.effect == Effect::kDeny; }

bool MatchesRelation(const OwnRule& rule, Kind kind, const RelationUse& relation,
                     const Circumstances& circumstances) {
  const RuleMatch& match = rule.match;
  if (!match.functions.empty()) return false;
  if (!match.kinds.Empty() && !match.kinds.Has(kind)) return false;
  return match.relations.empty() ||
         NamesRelation(match.relations, relation.Schema(), relation.OwnName(), Denies(rule),
                       circumstances.catalog);
}

// "Everything" leaves out BEGIN … ROLLBACK, which do nothing by themselves: a session whose
// window closes must be able to end its transaction.
bool MatchesKind(const OwnRule& rule, Kind kind) {
  const RuleMatch& match = rule.match;
  if (!match.functions.empty() || !match.relations.empty()) return false;
  return match.kinds.Empty() ? kind != Kind::kTransaction : match.kinds.Has(kind);
}

bool MatchesFunction(const OwnRule& rule, const FunctionUse& function,
                     const StatementFacts& statement) {
  const RuleMatch& match = rule.match;
  if (!match.relations.empty()) return false;
  if (match.functions.empty()) return match.kinds.Empty();
  if (!match.kinds.Empty() && !statement.kinds.HasAny(match.kinds)) return false;
  return NamesFunction(match.functions, function, Denies(rule));
}

// Which relations of a statement a kind works on.
bool WorksOn(Kind kind, Access access) {
  switch (kind) {
    case Kind::kRead:
    case Kind::kCopyOut:
    case Kind::kRowLock:
      return access == Access::kRead;
    case Kind::kInsert:
    case Kind::kUpdate:
    case Kind::kDelete:
    case Kind::kMerge:
    case Kind::kTruncate:
    case Kind::kCopyIn:
    case Kind::kMaintenance:
      return access == Access::kWrite;
    case Kind::kCopyFile:
    case Kind::kCopyProgram:
      return access == Access::kRead || access == Access::kWrite;
    case Kind::kSelectInto:
      return access == Access::kCreate;
    case Kind::kCreate:
      return access == Access::kCreate || access == Access::kAlter;
    case Kind::kAlterAdditive:
    case Kind::kAlterChanging:
    case Kind::kAlterDestructive:
    case Kind::kRename:
    case Kind::kPrivilege:
    case Kind::kComment:
      return access == Access::kAlter;
    case Kind::kDrop:
      return access == Access::kDrop;
    case Kind::kLock:
      return access == Access::kLock;
    default:
      return false;
  }
}

// Asks the rules that are in force about one part after the other.
class Evaluation {
 public:
  Evaluation(const Rules& rules, const StatementFacts& statement,
             const Circumstances& circumstances)
      : statement_(statement), circumstances_(circumstances) {
    in_force_.reserve(rules.own.size());
    for (const OwnRule& rule : rules.own) {
      if (IsInForce(rule.match, circumstances)) in_force_.push_back(&rule);
    }
  }

  OwnVerdict Run() {
    if (in_force_.empty()) return {};
    statement_.kinds.ForEach([&](Kind kind) { JudgeKind(kind, true); });
    // What is only planned shows no rows, but its plan tells of them.
    statement_.planned_kinds.ForEach([&](Kind kind) { JudgeKind(kind, false); });
    // Whatever else a statement does with a table that it reads, it reads it: COPY TO, for
    // one, must not be a way around "deny read".
    if (!statement_.kinds.Has(Kind::kRead)) {
      for (const RelationUse& use : statement_.relations) {
        if (use.access == Access::kRead) Note(RuleFor(Kind::kRead, use), "read", use.name);
      }
    }
    for (const FunctionUse& function : statement_.functions) JudgeFunctionPart(function);
    return verdict_;
  }

 private:
  const OwnRule* RuleFor(Kind kind, const RelationUse& use) const {
    for (const OwnRule* rule : in_force_) {
      if (MatchesRelation(*rule, kind, use, circumstances_)) return rule;
    }
    return nullptr;
  }

  void JudgeKind(Kind kind, bool runs) {
    bool any = false;
    bool lifted = true;
    bool lifted_where = true;
    const auto take = [&](const OwnRule* rule, std::string_view object) {
      Note(rule, KindName(kind), object);
      lifted &= rule != nullptr && !Denies(*rule);
      lifted_where &= rule != nullptr && (rule->without_where || rule->effect == Effect::kLog);
    };
    for (const RelationUse& use : statement_.relations) {
      if (!WorksOn(kind, use.access)) continue;
      any = true;
      take(RuleFor(kind, use), use.name);
    }
    if (!any) {
      const auto found =
          std::find_if(in_force_.begin(), in_force_.end(),
                       [&](const OwnRule* rule) { return MatchesKind(*rule, kind); });
      take(found == in_force_.end() ? nullptr : *found, {});
    }
    if (runs && lifted) verdict_.lifted.Add(kind);
    if (runs && lifted && lifted_where) verdict_.lifted_where.Add(kind);
  }

  void JudgeFunctionPart(const FunctionUse& function) {
    for (const OwnRule* rule : in_force_) {
      if (!MatchesFunction(*rule, function, statement_)) continue;
      Note(rule, "call", function.name);
      return;
    }
  }

  void Note(const OwnRule* rule, std::string_view action, std::string_view object) {
    if (rule == nullptr) return;
    if (Denies(*rule) && verdict_.denied == nullptr) {
      verdict_.denied = rule;
      verdict_.denied_action = action;
      verdict_.denied_object = object;
    }
    if (rule->effect == Effect::kLog && verdict_.logged == nullptr) verdict_.logged = rule;
  }

  const StatementFacts& statement_;
  const Circumstances& circumstances_;
  std::vector<const OwnRule*> in_force_;
  OwnVerdict verdict_;
};

}  // namespace

OwnVerdict ApplyOwnRules(const Rules& rules, const StatementFacts& statement,
                         const Circumstances& circumstances) {
  if (rules.own.empty()) return {};
  return Evaluation(rules, statement, circumstances).Run();
}

bool OwnRulesAllow(const Rules& rules, const FunctionUse& function,
                   const StatementFacts& statement, const Circumstances& circumstances) {
  for (const OwnRule& rule : rules.own) {
    if (!IsInForce(rule.match, circumstances)) continue;
    if (MatchesFunction(rule, function, statement)) return !Denies(rule);
  }
  return false;
}

}  // namespace pgmoat::policy
