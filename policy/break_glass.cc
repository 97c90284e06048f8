#include "policy/break_glass.h"

#include <algorithm>

#include "policy/decision_text.h"
#include "policy/roles.h"
#include "policy/setting_rules.h"

namespace pgmoat::policy {

namespace {

constexpr std::string_view kRule = "any.break-glass";
constexpr std::string_view kSqlstate = "42501";

bool IsEmpty(const SettingChange& change) {
  return change.is_default || (change.is_constant && change.value.empty());
}

// UTF-8: what begins a character and is no blank.
std::size_t VisibleCharacters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7F && (byte & 0xC0) != 0x80;
  }));
}

Decision MayNot(const Rules& rules) {
  return Refuse(rules, kRule, kSqlstate, "Breaking the glass",
                "Ask the operator of pgmoat: only a role that has break_glass in its config "
                "may do it.");
}

Decision NoReason(const Rules& rules) {
  return Refuse(rules, kRule, kSqlstate, "Breaking the glass without a reason",
                "Say why, in 3 characters or more: SET pgmoat.break_glass = 'INC-123: what is "
                "wrong'.");
}

Decision WrongForm(const Rules& rules) {
  return Refuse(rules, kRule, kSqlstate,
                "Setting pgmoat.break_glass otherwise than by a SET that stands alone",
                "Send SET pgmoat.break_glass = 'INC-123: what is wrong' by itself, not LOCAL, "
                "with a plain string; then, when it has been answered, the rest.");
}

bool MayBreakGlass(const Rules& rules) { return rules.break_glass.max.count() > 0; }

// So that one connection string does for every login.
bool NeedsNone(const Rules& rules) {
  return rules.role == BuiltinRole::kAdmin && !MayBreakGlass(rules);
}

// ALTER ROLE … SET, a function's SET clause: of sessions to come, which would open nothing.
bool IsForOthers(const SettingChange& change) {
  return SetsBreakGlass(change) &&
         (change.scope == SettingScope::kDefault || change.scope == SettingScope::kFunction);
}

// A SET of this one setting for the session, to a constant.
bool IsPlainSet(const StatementFacts& statement) {
  if (statement.tag != "SET" || !(statement.kinds == KindSet{Kind::kSetting})) return false;
  if (statement.settings.size() != 1) return false;
  const SettingChange& change = statement.settings.front();
  return change.name == kBreakGlassSetting && change.is_constant &&
         change.scope == SettingScope::kSession;
}

}  // namespace

bool SetsBreakGlass(const SettingChange& change) {
  return change.name == kBreakGlassSetting && !IsEmpty(change);
}

Decision JudgeBreakGlass(const Rules& rules, const TextFacts& text) {
  for (const StatementFacts& statement : text.statements) {
    if (std::none_of(statement.settings.begin(), statement.settings.end(), SetsBreakGlass)) {
      continue;
    }
    if (!MayBreakGlass(rules) && !NeedsNone(rules)) return MayNot(rules);
    if (std::any_of(statement.settings.begin(), statement.settings.end(), IsForOthers)) {
      return WrongForm(rules);
    }
    if (NeedsNone(rules)) continue;
    if (!IsPlainSet(statement) || text.statements.size() > 1) return WrongForm(rules);
    if (VisibleCharacters(statement.settings.front().value) < kLeastReason) {
      return NoReason(rules);
    }
  }
  return {};
}

Decision JudgeBreakGlassAtLogin(const Rules& rules, std::string_view value) {
  if (value.empty() || NeedsNone(rules)) return {};
  if (!MayBreakGlass(rules)) return MayNot(rules);
  return VisibleCharacters(value) < kLeastReason ? NoReason(rules) : Decision();
}

std::string_view ReasonOf(const TextFacts& text) {
  if (text.status != TextStatus::kUnderstood || text.statements.size() != 1) return {};
  const StatementFacts& statement = text.statements.front();
  return IsPlainSet(statement) ? std::string_view(statement.settings.front().value)
                               : std::string_view();
}

bool EndsGrant(const TextFacts& text) {
  return std::any_of(text.statements.begin(), text.statements.end(), [](const auto& statement) {
    if (statement.tag == "DISCARD" && statement.deallocates_all) return true;
    return std::any_of(
        statement.settings.begin(), statement.settings.end(), [](const auto& change) {
          return change.is_reset_all || (change.name == kBreakGlassSetting && IsEmpty(change));
        });
  });
}

bool OutlivesGrant(const Rules& rules, const TextFacts& text) {
  if (text.status != TextStatus::kUnderstood) return true;
  return std::any_of(text.statements.begin(), text.statements.end(),
                     [&](const auto& statement) {
                       for (const Kind code : {Kind::kDo, Kind::kCall, Kind::kNotUnderstood}) {
                         if (statement.kinds.Has(code) && RuleFor(rules.role, code) != nullptr)
                           return true;
                       }
                       // An app may write to all of what is in pg_temp.
                       const bool view = statement.temporary && statement.tag == "CREATE VIEW";
                       if (statement.holds_cursor || view) return true;
                       return std::any_of(statement.settings.begin(), statement.settings.end(),
                                          [&](const SettingChange& change) {
                                            return !JudgeSetting(rules, change).rule.empty();
                                          });
                     });
}

// What a config withholds from the trail stays withheld: others than this person may read it.
Rules GrantedRules(const Rules& own, const Rules& granted) {
  Rules rules = granted;
  rules.break_glass = own.break_glass;
  rules.audit = own.audit;
  rules.audit.required = true;
  rules.audit.record = Recorded::kAll;
  return rules;
}

}  // namespace pgmoat::policy
