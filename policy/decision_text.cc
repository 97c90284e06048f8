#include "policy/decision_text.h"

namespace pgmoat::policy {

Decision Refuse(const Rules& rules, std::string_view rule, std::string_view sqlstate,
                std::string_view action, std::string_view hint) {
  Decision decision;
  decision.allowed = false;
  decision.rule = rule;
  decision.sqlstate = sqlstate;
  decision.message.append(action).append(" is not allowed for role ");
  decision.message.append(rules.RoleName());
  if (!rules.environment.empty()) {
    decision.message.append(" in environment ").append(rules.environment);
  }
  decision.hint = hint;
  return decision;
}

}  // namespace pgmoat::policy
