// SET pgmoat.break_glass = 'INC-123: why': the statement by which a person asks for an
// exception, and what is held against it.  Who keeps the time is proxy/session.
//
// It is a setting, so that every client can send it, also in its connection string
// (options=-c pgmoat.break_glass=…).  To the server it is a custom setting like any other;
// nothing in the server rests on it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "policy/decision.h"
#include "policy/facts.h"
#include "policy/rules.h"

namespace pgmoat::policy {

inline constexpr std::string_view kBreakGlassSetting = "pgmoat.break_glass";
// Visible characters; fewer say nothing.
inline constexpr std::size_t kLeastReason = 3;

// Any way to give it a value: SET, set_config, ALTER ROLE … SET, a function's SET clause.
bool SetsBreakGlass(const SettingChange& change);

// A refusal, enforced or not, or an allowing decision.  Only a SET by itself may ask: what
// stands behind it in the same text would be judged before the grant is there.  Of an admin
// it is let through and opens nothing.
Decision JudgeBreakGlass(const Rules& rules, const TextFacts& text);
// Likewise, of the StartupMessage.  An empty value asks for nothing.
Decision JudgeBreakGlassAtLogin(const Rules& rules, std::string_view value);

// The reason, when this whole text asks for a grant; empty when it does not.
std::string_view ReasonOf(const TextFacts& text);
// Something in the text ends a grant: RESET, SET … TO DEFAULT or to '', RESET ALL, DISCARD ALL.
bool EndsGrant(const TextFacts& text);

// What the text leaves behind in the session, or may, is more than `rules` let it: settings,
// or code that nobody here reads.
bool OutlivesGrant(const Rules& rules, const TextFacts& text);

// The rules while a grant is open: those of `granted`, with everything on record.
Rules GrantedRules(const Rules& own, const Rules& granted);

}  // namespace pgmoat::policy
