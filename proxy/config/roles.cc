#include "proxy/config/roles.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "proxy/config/audit.h"
#include "proxy/config/own_rule.h"
#include "proxy/config/scalars.h"

namespace pgmoat::config {
namespace {

using policy::BuiltinRole;
using std::chrono::milliseconds;

constexpr std::array kBuiltinRoles = {BuiltinRole::kReadonly, BuiltinRole::kApp,
                                      BuiltinRole::kDeploy, BuiltinRole::kAdmin};

bool IsBuiltin(std::string_view name) {
  const auto& names = BuiltinRoleNames();
  return std::find(names.begin(), names.end(), name) != names.end();
}

// --- limits ---

// Reads key `key` into `limit` when it is there.  "none" lifts an inherited limit.
template <typename Number, typename Parse>
void ReadLimit(const Section& section, std::string_view key, Parse parse, Number& limit,
               Number least, Number most, const std::string& range) {
  const auto item = section.Find(key);
  if (!item) return;
  if (item->Text() == "none") {
    limit = Number{0};
    return;
  }
  limit = ParseAt(*item, parse);
  CheckRange(*item, limit, least, most, range + ", or none");
}

void ReadRoleLimits(const Item& item, Role& role) {
  const Section section(item, {"statement_timeout", "idle_in_transaction_timeout", "max_rows",
                               "max_result_bytes", "max_connections", "max_statement_bytes"});
  constexpr milliseconds kLeast(10);
  constexpr milliseconds kDay = std::chrono::hours(24);
  ReadLimit(section, "statement_timeout", ParseDuration, role.limits.statement_timeout, kLeast,
            kDay, "10ms to 24h");
  ReadLimit(section, "idle_in_transaction_timeout", ParseDuration,
            role.limits.idle_in_transaction_timeout, kLeast, kDay, "10ms to 24h");
  ReadLimit<std::uint64_t>(section, "max_rows", ParseNumber, role.limits.max_rows, 1,
                           1'000'000'000'000, "1 to 1000000000000");
  ReadLimit<std::uint64_t>(section, "max_result_bytes", ParseSize, role.limits.max_result_bytes,
                           1024, std::uint64_t{1} << 40, "1KiB to 1024GiB");
  ReadLimit<std::size_t>(section, "max_connections", ParseNumber, role.limits.max_connections,
                         1, 1'000'000, "1 to 1000000");
  if (const auto bytes = section.Find("max_statement_bytes")) {
    const std::size_t most = ParseAt(*bytes, ParseSize);
    CheckRange<std::size_t>(*bytes, most, 1024, std::size_t{1} << 30, "1KiB to 1GiB");
    role.max_statement_bytes = most;
  }
}

// --- break glass ---

// People say 15m for what PostgreSQL calls 15min.
milliseconds ParseGrantTime(std::string_view text) {
  const bool short_minutes = text.size() > 1 && text.ends_with('m');
  return ParseDuration(short_minutes ? std::string(text) + "in" : std::string(text));
}

void ReadBreakGlass(const Item& item, policy::BreakGlass& glass) {
  const Section section(item, {"max", "role"});
  (void)section.Require("max", "write how long a grant may last, as max: 15min, or none");
  ReadLimit(section, "max", ParseGrantTime, glass.max, milliseconds(1000),
            milliseconds(std::chrono::hours(24)), "1s to 24h");
  if (const auto role = section.Find("role")) glass.role = role->Text();
}

// --- own roles ---

const std::vector<std::string_view>& OwnRoleKeys() {
  static const std::vector<std::string_view> kKeys = {
      "extends", "rules", "limits", "audit", "allow_functions", "break_glass"};
  return kKeys;
}

void ReadBuiltinRole(const Item::Entry& entry, Role& role) {
  for (const Item::Entry& key : entry.value.Entries()) {
    if (key.key == "limits" || key.key == "audit" || key.key == "break_glass" ||
        std::find(OwnRoleKeys().begin(), OwnRoleKeys().end(), key.key) == OwnRoleKeys().end()) {
      continue;
    }
    key.value.place.Fail("role " + Quoted(entry.key) +
                         " is built in and takes only limits, audit and break_glass; " +
                         "write a role of another name, with extends: " + entry.key);
  }
  const Section section(entry.value, {"limits", "audit", "break_glass"});
  if (const auto glass = section.Find("break_glass")) ReadBreakGlass(*glass, role.break_glass);
  if (const auto limits = section.Find("limits")) ReadRoleLimits(*limits, role);
  if (const auto audit = section.Find("audit")) ReadRoleAudit(*audit, role.audit);
}

// A role of the config, read as far as it can be without the one it extends.
struct Definition {
  std::string name;
  Section section;
  Item extends;

  explicit Definition(const Item::Entry& entry)
      : name(entry.key),
        section(entry.value, OwnRoleKeys()),
        extends(section.Require("extends",
                                "write extends: readonly, or another role that it adds to")) {}
};

// A role's name begins the ids of its rules, as those of pgmoat itself begin with a
// built-in role's name, "any" or "login".
void CheckRoleName(const Item::Entry& entry) {
  if (!IsPlainName(entry.key, "_-")) {
    entry.value.place.Fail("a role's name is 1 to 63 letters, digits, '_' or '-'; rename it");
  }
  if (entry.key == "any" || entry.key == "login") {
    entry.value.place.Fail("role " + Quoted(entry.key) +
                           " has a name that pgmoat's own rules begin with; rename it");
  }
}

const Definition* FindDefinition(const std::vector<Definition>& definitions,
                                 std::string_view name) {
  const auto at = std::find_if(definitions.begin(), definitions.end(),
                               [&](const Definition& one) { return one.name == name; });
  return at != definitions.end() ? &*at : nullptr;
}

[[noreturn]] void FailUnknown(const Definition& definition, const std::string& wanted,
                              const std::vector<Definition>& definitions) {
  std::vector<std::string_view> names = BuiltinRoleNames();
  for (const Definition& other : definitions) {
    if (other.name != definition.name) names.push_back(other.name);
  }
  definition.extends.place.Fail("role " + Quoted(definition.name) +
                                " extends the unknown role " + Quoted(wanted) + "; " +
                                Suggestion(wanted, names));
}

// `chain` came back to `again`, which is in it.
[[noreturn]] void FailCycle(const std::vector<const Definition*>& chain,
                            const Definition* again) {
  std::string path;
  for (auto at = std::find(chain.begin(), chain.end(), again); at != chain.end(); ++at) {
    path += (*at)->name + ", which extends ";
  }
  again->extends.place.Fail("role " + Quoted(again->name) + " extends itself: " + path +
                            again->name + "; let one of them extend a built-in role");
}

// The roles from `definition` up to one that is read already, which comes into `known`.
std::vector<const Definition*> ChainOf(const Definition& definition,
                                       const std::vector<Definition>& definitions,
                                       const std::vector<Role>& roles, const Role*& known) {
  std::vector<const Definition*> chain = {&definition};
  while (true) {
    const std::string wanted = chain.back()->extends.Text();
    known = FindRole(roles, wanted);
    if (known != nullptr) return chain;
    const Definition* next = FindDefinition(definitions, wanted);
    if (next == nullptr) FailUnknown(*chain.back(), wanted, definitions);
    if (std::find(chain.begin(), chain.end(), next) != chain.end()) FailCycle(chain, next);
    chain.push_back(next);
  }
}

Role Extend(Role role, const Definition& definition) {
  role.name = definition.name;
  role.is_own = true;
  if (const auto rules = definition.section.Find("rules")) {
    std::vector<policy::OwnRule> own = ReadOwnRules(*rules, definition.name);
    role.rules.insert(role.rules.begin(), own.begin(), own.end());
  }
  if (const auto limits = definition.section.Find("limits")) ReadRoleLimits(*limits, role);
  if (const auto audit = definition.section.Find("audit")) ReadRoleAudit(*audit, role.audit);
  if (const auto glass = definition.section.Find("break_glass")) {
    ReadBreakGlass(*glass, role.break_glass);
  }
  if (const auto functions = definition.section.Find("allow_functions")) {
    const std::vector<std::string> names = FunctionNamesAt(*functions);
    role.allow_functions.insert(role.allow_functions.end(), names.begin(), names.end());
  }
  return role;
}

// Once all roles are known.  What is inherited was checked where it stands.
void CheckBreakGlass(const Item::Entry& entry, const std::vector<Role>& roles) {
  const Section section(entry.value, OwnRoleKeys());
  const auto item = section.Find("break_glass");
  if (!item) return;
  const Role* role = FindRole(roles, entry.key);
  if (role->break_glass.max.count() == 0) return;
  const Role* granted = FindRole(roles, role->break_glass.role);
  const std::string what = "break_glass of role " + Quoted(entry.key) + " gives role " +
                           Quoted(role->break_glass.role);
  if (granted == nullptr) {
    std::vector<std::string_view> names;
    for (const Role& one : roles) names.push_back(one.name);
    item->place.Fail(what + ", which there is not; " +
                     Suggestion(role->break_glass.role, names));
  }
  if (granted == role) {
    item->place.Fail(what +
                     ", which it is already; write another one under role:, or remove "
                     "break_glass");
  }
  if (granted->base == BuiltinRole::kReadonly) {
    item->place.Fail(what + ", which only reads; write one that may do more under role:");
  }
}

}  // namespace

const std::vector<std::string_view>& BuiltinRoleNames() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> names;
    names.reserve(kBuiltinRoles.size());
    for (const BuiltinRole role : kBuiltinRoles) names.push_back(policy::RoleName(role));
    return names;
  }();
  return kNames;
}

const Role* FindRole(const std::vector<Role>& roles, std::string_view name) {
  const auto at = std::find_if(roles.begin(), roles.end(),
                               [&](const Role& role) { return role.name == name; });
  return at != roles.end() ? &*at : nullptr;
}

std::vector<Role> ReadRoles(const std::optional<Item>& section) {
  std::vector<Role> roles;
  for (const BuiltinRole builtin : kBuiltinRoles) {
    Role& role = roles.emplace_back();
    role.name = policy::RoleName(builtin);
    role.base = builtin;
    // The application goes on without a record rather than stand still.
    role.audit.required = builtin != BuiltinRole::kApp;
  }
  if (!section) return roles;
  std::vector<Definition> definitions;
  for (const Item::Entry& entry : section->Entries()) {
    if (IsBuiltin(entry.key)) {
      const auto at = std::find_if(roles.begin(), roles.end(),
                                   [&](const Role& role) { return role.name == entry.key; });
      ReadBuiltinRole(entry, *at);
    } else {
      CheckRoleName(entry);
      definitions.emplace_back(entry);
    }
  }
  for (const Definition& definition : definitions) {
    if (FindRole(roles, definition.name) != nullptr) continue;  // read for one that extends it
    const Role* known = nullptr;
    const auto chain = ChainOf(definition, definitions, roles, known);
    Role role = *known;
    for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
      role = Extend(std::move(role), **at);
      roles.push_back(role);
    }
  }
  for (const Item::Entry& entry : section->Entries()) CheckBreakGlass(entry, roles);
  return roles;
}

policy::Rules RulesFor(const Role& role, policy::Rules common) {
  policy::Rules rules = std::move(common);
  rules.role = role.base;
  if (role.base != BuiltinRole::kDeploy) rules.migrations = nullptr;
  if (role.is_own) rules.name = role.name;
  rules.own = role.rules;
  rules.limits = role.limits;
  rules.audit = role.audit;
  rules.break_glass = role.break_glass;
  if (role.max_statement_bytes) rules.max_statement_bytes = *role.max_statement_bytes;
  rules.allow_functions.insert(rules.allow_functions.end(), role.allow_functions.begin(),
                               role.allow_functions.end());
  return rules;
}

}  // namespace pgmoat::config
