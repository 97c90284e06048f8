// What speaks against a statement: one function per concern, each of which answers with
// the refusal or with nothing.  Private to policy/.
#pragma once

#include <optional>

#include "policy/decision.h"
#include "policy/own_rules.h"
#include "policy/setting_rules.h"

namespace pgmoat::policy {

using Refusal = std::optional<Decision>;

// One statement and all that it is judged by.
struct Question {
  const Rules& rules;
  const StatementFacts& statement;
  const Circumstances& circumstances;
  const OwnVerdict& own;
};

// --- refusals.cc ---
Refusal RefuseByOwnRule(const Question& question);
Refusal RefuseByKind(const Question& question);
Refusal RefusePlannedUnknown(const Question& question);
Refusal RefuseStrongLock(const Question& question);
Refusal RefuseSetting(const Rules& rules, const SettingVerdict& verdict);
Refusal RefuseSettings(const Question& question);
Refusal RefuseReadWrite(const Question& question);
Refusal RefuseCatalogWrite(const Question& question);
Refusal RefuseUnfiltered(const Question& question);
Refusal RefuseFileViews(const Question& question);
Refusal RefusePasswordHashes(const Question& question);
Refusal RefuseUntrustedCode(const Question& question);

// --- function_refusals.cc: functions, and what runs functions ---
Refusal RefuseFunctions(const Question& question);
Refusal RefuseFields(const Question& question);
Refusal RefuseRelationReach(const Question& question);
Refusal RefuseOperatorsAndCasts(const Question& question);

}  // namespace pgmoat::policy
