#include "policy/destruction.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace pgmoat::policy {

namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// "users, posts"; empty: the facts name none.
std::string Names(const StatementFacts& statement, Access access) {
  std::string names;
  for (const RelationUse& use : statement.relations) {
    if (use.access != access) continue;
    if (!names.empty()) names += ", ";
    names += use.name;
  }
  return names;
}

std::string Of(const std::string& what, const std::string& names) {
  return names.empty() ? what : what + " of " + names;
}

std::string_view Article(std::string_view noun) {
  constexpr std::string_view kVowels = "aeiou";
  return kVowels.find(noun.front()) == std::string_view::npos ? "a " : "an ";
}

// Facts name relations.  The names of other objects (a schema's, a function's, a column's)
// are in the text, not in the facts.
std::string Drops(const StatementFacts& statement) {
  constexpr std::string_view kDrop = "DROP ";
  const std::string noun =
      statement.tag.starts_with(kDrop) ? Lower(statement.tag.substr(kDrop.size())) : "object";
  const std::string relations = Names(statement, Access::kDrop);
  std::string text = "drops ";
  if (!relations.empty()) {
    text.append(noun).append(" ").append(relations);
  } else if (noun == "owned") {
    text += "all that a role owns";
  } else {
    text.append(Of(std::string(Article(noun)) + noun, Names(statement, Access::kAlter)));
  }
  if (noun == "schema" && statement.cascade) text += " and everything in it";
  if (noun != "schema" && statement.cascade) text += " and everything that depends on it";
  if (noun == "index") text += " (it may be a unique one)";
  return text;
}

// As the decision on role deploy sees it (refusals.cc), but for indexes: a unique one guards
// data, and a statement does not tell.
bool CanBeMadeAgain(const StatementFacts& statement) {
  constexpr std::string_view kTags[] = {"DROP VIEW",    "DROP FUNCTION",  "DROP PROCEDURE",
                                        "DROP ROUTINE", "DROP AGGREGATE", "DROP TYPE",
                                        "DROP DOMAIN",  "DROP STATISTICS"};
  return !statement.cascade && !statement.loses_data &&
         std::find(std::begin(kTags), std::end(kTags), statement.tag) != std::end(kTags);
}

std::string Alters(const StatementFacts& statement) {
  const std::string names = Names(statement, Access::kAlter);
  if (statement.tag == "ALTER SEQUENCE") {
    return "restarts sequence " + names + ": it may give out numbers again";
  }
  if (statement.tag == "ALTER POLICY") return Of("opens a policy", names) + " to every row";
  if (statement.tag == "CREATE RULE") return "loses whatever is written to " + names;
  if (statement.tag == "REFRESH MATERIALIZED VIEW") {
    return "empties materialized view " + Names(statement, Access::kWrite);
  }
  if (statement.loses_data && statement.loses_protection) {
    return "drops columns or changes types, and drops or disables constraints, triggers, "
           "rules or row security in " +
           names;
  }
  if (statement.retypes) {
    return statement.tag == "ALTER TYPE" ? "changes an attribute's type"
                                         : "drops column or changes type in " + names;
  }
  if (statement.loses_data) return Of("drops columns or loses other data", names);
  if (statement.loses_protection && statement.tag == "ALTER TABLE") {
    return "drops or disables constraints, triggers, rules or row security of " + names;
  }
  return Of("takes something away with " + std::string(statement.tag), names);
}

void AddUnfiltered(const StatementFacts& statement, std::vector<std::string>& out) {
  std::string written = Names(statement, Access::kWrite);
  if (written.empty()) written = "a relation";
  const bool several = written.find(", ") != std::string::npos;
  const std::string target = several ? "one of " + written : written;
  if (statement.unfiltered.Has(Kind::kDelete)) out.push_back("deletes every row of " + target);
  if (statement.unfiltered.Has(Kind::kUpdate)) {
    out.push_back("overwrites every row of " + target);
  }
  if (statement.unfiltered.Has(Kind::kMerge)) {
    out.push_back("may change or delete every row of " + target);
  }
}

}  // namespace

std::vector<std::string> Destroys(const StatementFacts& statement) {
  std::vector<std::string> out;
  const KindSet kinds = statement.kinds;
  const bool loses = statement.loses_data || statement.loses_protection;
  if (kinds.Has(Kind::kTruncate)) {
    std::string text = "empties table " + Names(statement, Access::kWrite);
    if (statement.cascade) text += " and all that refer to it";
    out.push_back(std::move(text));
  }
  const bool drops =
      kinds.Has(Kind::kDrop) ||
      (kinds.HasAny({Kind::kDatabase, Kind::kRoleManagement}) && statement.loses_data);
  if (drops && !CanBeMadeAgain(statement)) out.push_back(Drops(statement));
  if (kinds.Has(Kind::kAlterDestructive)) out.push_back(Alters(statement));
  AddUnfiltered(statement, out);
  if (kinds.Has(Kind::kDo)) out.emplace_back("runs code that cannot be judged (DO)");
  if (kinds.Has(Kind::kNotUnderstood)) {
    out.emplace_back("does something that pgmoat does not understand");
  }
  // Facts that say so without one of the kinds above: nobody may miss it.
  if (out.empty() && loses) {
    out.push_back("may lose data or what protects it with " + std::string(statement.tag));
  }
  return out;
}

}  // namespace pgmoat::policy
