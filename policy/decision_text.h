// Text for people: every sentence that a decision says to a client.
#pragma once

#include <string_view>

#include "policy/decision.h"

namespace pgmoat::policy {

// "<action> is not allowed for role <role> in environment <environment>"
Decision Refuse(const Rules& rules, std::string_view rule, std::string_view sqlstate,
                std::string_view action, std::string_view hint);

}  // namespace pgmoat::policy
