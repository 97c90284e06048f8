#include "proxy/config/own_rule.h"

#include <algorithm>
#include <map>
#include <optional>

#include "proxy/config/rule_values.h"
#include "proxy/config/scalars.h"

namespace pgmoat::config {
namespace {

using policy::Effect;
using policy::Kind;
using policy::KindSet;
using policy::OwnRule;
using policy::RuleMatch;

// A reason is a sentence on a terminal, not a document.
constexpr std::size_t kMaxReasonBytes = 500;

constexpr KindSet kHaveWhere = {Kind::kUpdate, Kind::kDelete, Kind::kMerge};

// The one of allow, deny and log that a rule has.
Item EffectAt(const Item& rule, const Section& section, Effect& effect) {
  constexpr struct {
    std::string_view key;
    Effect effect;
  } kEffects[] = {{"allow", Effect::kAllow}, {"deny", Effect::kDeny}, {"log", Effect::kLog}};
  std::optional<Item> found;
  for (const auto& candidate : kEffects) {
    const auto item = section.Find(candidate.key);
    if (!item) continue;
    if (found) {
      item->place.Fail(Quoted(rule.place.name) + " has a second effect, " +
                       Quoted(candidate.key) +
                       "; keep one of allow, deny and log, and write another rule");
    }
    effect = candidate.effect;
    found = item;
  }
  if (!found) {
    rule.place.Fail(Quoted(rule.place.name) +
                    " has no effect; write allow, deny or log with a list of kinds, or all");
  }
  return *found;
}

// Empty for `all`.
KindSet KindsAt(const Item& item) {
  if (item.node.IsScalar()) {
    const std::string text = item.Text();
    if (text != "all") {
      item.place.Fail(Quoted(item.place.name) + ": " + Quoted(text) +
                      " is neither all nor a list; write a list of kinds, as [read, insert]");
    }
    return {};
  }
  KindSet kinds;
  for (const Item& one : item.List()) {
    if (one.Text() == "all") {
      one.place.Fail(Quoted(one.place.name) +
                     ": 'all' stands alone; write it without brackets");
    }
    kinds.AddAll(ParseAt(one, ParseKind));
  }
  return kinds;
}

// Globs over the names of facts: "schema.name" or "name", folded by the parser and without
// quotes.
void CheckNames(const Item& list) {
  for (const Item& one : list.List()) {
    const std::string glob = one.Text();
    if (glob.find('"') != std::string::npos) {
      one.place.Fail(Quoted(one.place.name) + ": " + Quoted(glob) +
                     " has double quotes; write the name without them, in the database's case");
    }
    if (std::count(glob.begin(), glob.end(), '.') > 1 || glob.starts_with('.') ||
        glob.ends_with('.')) {
      one.place.Fail(Quoted(one.place.name) + ": " + Quoted(glob) +
                     " is not a name; write name or schema.name, with '?' for a dot in "
                     "either, and databases under databases:");
    }
  }
}

policy::TimeWindow TimeWindowAt(const Item& item) {
  const Section section(item, {"days", "from", "to"});
  policy::TimeWindow window;
  if (const auto days = section.Find("days")) {
    unsigned bits = 0;
    for (const Item& day : days->List()) bits |= ParseAt(day, ParseDays);
    window.days = static_cast<std::uint8_t>(bits);
  }
  if (const auto from = section.Find("from")) {
    window.from = ParseAt(*from, [](auto text) { return ParseTimeOfDay(text, false); });
  }
  if (const auto to = section.Find("to")) {
    window.to = ParseAt(*to, [](auto text) { return ParseTimeOfDay(text, true); });
  }
  if (window.from == window.to) {
    item.place.Fail(Quoted(item.place.name) +
                    " ends when it begins; leave out from and to for the whole day");
  }
  return window;
}

RuleMatch MatchAt(const Section& section) {
  RuleMatch match;
  if (const auto relations = section.Find("relations")) {
    CheckNames(*relations);
    match.relations = relations->Texts();
  }
  if (const auto functions = section.Find("functions")) {
    CheckNames(*functions);
    match.functions = FunctionNamesAt(*functions);
  }
  if (const auto databases = section.Find("databases")) match.databases = databases->Texts();
  if (const auto names = section.Find("application_names")) {
    match.application_names = names->Texts();
  }
  if (const auto networks = section.Find("networks")) {
    for (const Item& one : networks->List()) {
      match.networks.push_back(ParseAt(one, ParseNetwork));
    }
  }
  if (const auto times = section.Find("times")) {
    for (const Item& one : times->List()) match.times.push_back(TimeWindowAt(one));
  }
  return match;
}

// What each key can say on its own, but not these together.
void CheckTogether(const Section& section, const OwnRule& rule, const Item& kinds) {
  const auto functions = section.Find("functions");
  if (functions && section.Find("relations")) {
    functions->place.Fail(Quoted(functions->place.name) +
                          ": a rule is about relations or about functions; write two rules");
  }
  if (rule.effect == Effect::kAllow && !functions && rule.match.kinds.Empty()) {
    kinds.place.Fail(Quoted(kinds.place.name) +
                     ": 'all' would allow the server's files and programs, too; list the "
                     "kinds, or extend admin");
  }
  if (rule.effect != Effect::kDeny && rule.match.kinds.Has(Kind::kNotUnderstood)) {
    kinds.place.Fail(Quoted(kinds.place.name) +
                     ": what pgmoat does not understand no rule lets through; remove "
                     "not_understood, or give the login the role admin");
  }
}

bool WithoutWhereAt(const Item& item, const OwnRule& rule) {
  if (rule.effect != Effect::kAllow || !rule.match.kinds.HasAny(kHaveWhere)) {
    item.place.Fail(Quoted(item.place.name) +
                    " belongs to a rule that allows update, delete or merge; remove it here");
  }
  return FlagAt(item);
}

std::string ReasonAt(const Item& item, Effect effect) {
  std::string reason = item.Text();
  if (effect == Effect::kAllow) {
    item.place.Fail(Quoted(item.place.name) +
                    ": what is allowed needs no reason; write it as a comment");
  }
  if (reason.size() > kMaxReasonBytes) {
    item.place.Fail(Quoted(item.place.name) + " is longer than 500 bytes; shorten it");
  }
  return reason;
}

// Numbers are the names of rules without one.
std::string NameAt(const Item& item) {
  std::string name = item.Text();
  if (!IsPlainName(name, "_-") || (name[0] >= '0' && name[0] <= '9')) {
    item.place.Fail(
        "a rule's name is 1 to 63 letters, digits, '_' or '-', and does not begin "
        "with a digit; rename it");
  }
  return name;
}

OwnRule ReadRule(const Item& item, const Section& section) {
  OwnRule rule;
  const Item kinds = EffectAt(item, section, rule.effect);
  rule.match = MatchAt(section);
  rule.match.kinds = KindsAt(kinds);
  CheckTogether(section, rule, kinds);
  if (const auto flag = section.Find("without_where")) {
    rule.without_where = WithoutWhereAt(*flag, rule);
  }
  if (const auto reason = section.Find("reason")) {
    rule.reason = ReasonAt(*reason, rule.effect);
  }
  return rule;
}

bool IsUnconditional(const RuleMatch& match) {
  return match.relations.empty() && match.functions.empty() && match.databases.empty() &&
         match.application_names.empty() && match.networks.empty() && match.times.empty();
}

// Whatever `later` matches, `earlier` matches.  Errs on the side of false.
bool Covers(const OwnRule& earlier, const OwnRule& later) {
  if (!IsUnconditional(earlier.match)) return false;
  if (earlier.match.kinds.Empty()) return true;
  // Calls of functions are matched by rules about functions, and by `all`.
  return later.match.functions.empty() && !later.match.kinds.Empty() &&
         earlier.match.kinds.HasAll(later.match.kinds);
}

}  // namespace

std::vector<OwnRule> ReadOwnRules(const Item& list, const std::string& role) {
  std::vector<OwnRule> rules;
  std::map<std::string, int> lines;  // of the names
  for (const Item& item : list.List()) {
    const Section section(
        item, {"name", "allow", "deny", "log", "relations", "functions", "databases",
               "application_names", "networks", "times", "without_where", "reason"});
    OwnRule rule = ReadRule(item, section);
    std::string name = std::to_string(rules.size() + 1);
    if (const auto given = section.Find("name")) {
      name = NameAt(*given);
      const auto [earlier, is_new] = lines.emplace(name, given->place.line);
      if (!is_new) {
        given->place.Fail("rule " + Quoted(name) + " of role " + Quoted(role) +
                          " is already on line " + std::to_string(earlier->second) +
                          "; rename one of them");
      }
    }
    rule.id = policy::Intern(std::string(role).append(".").append(name));
    for (const OwnRule& earlier : rules) {
      if (!Covers(earlier, rule)) continue;
      item.place.Fail("rule " + Quoted(rule.id) + " is never reached: " + Quoted(earlier.id) +
                      " above matches all that it does, and the first match wins; move it up");
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace pgmoat::config
