#include "proxy/explain.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "policy/parser.h"
#include "proxy/session/denial.h"

namespace pgmoat::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string_view StatusName(policy::TextStatus status) {
  switch (status) {
    case policy::TextStatus::kUnderstood:
      return "understood";
    case policy::TextStatus::kSyntaxError:
      return "syntax_error";
    case policy::TextStatus::kTooDeep:
      return "too_deep";
    case policy::TextStatus::kInvalidEncoding:
      return "invalid_encoding";
  }
  return "unknown";
}

std::vector<std::string> KindNames(policy::KindSet kinds) {
  std::vector<std::string> names;
  kinds.ForEach([&](policy::Kind kind) { names.emplace_back(policy::KindName(kind)); });
  return names;
}

std::string Qualified(std::string_view schema, std::string_view name) {
  std::string qualified(schema);
  if (!schema.empty()) qualified += ".";
  return qualified.append(name);
}

std::string FunctionName(const policy::FunctionUse& function) {
  return Qualified(function.schema, function.name);
}

std::vector<std::string> OperatorNames(const policy::StatementFacts& facts) {
  std::vector<std::string> names;
  facts.operators.ForEach([&](std::string_view schema, std::string_view name) {
    names.push_back(Qualified(schema, name));
  });
  return names;
}

std::vector<std::string> CastNames(const policy::StatementFacts& facts) {
  std::vector<std::string> names;
  for (const auto& cast : facts.casts) names.push_back(Qualified(cast.schema, cast.name));
  return names;
}

// Updates, deletes or merges somewhere: without them an "effective WHERE" says nothing.
bool WritesRows(const policy::StatementFacts& facts) {
  return facts.kinds.HasAny(
      {policy::Kind::kUpdate, policy::Kind::kDelete, policy::Kind::kMerge});
}

struct Flag {
  const char* name;
  bool policy::StatementFacts::*value;
};
constexpr Flag kFlags[] = {
    {"begins_transaction", &policy::StatementFacts::begins_transaction},
    {"asks_read_write", &policy::StatementFacts::asks_read_write},
    {"asks_read_only", &policy::StatementFacts::asks_read_only},
    {"strong_lock", &policy::StatementFacts::strong_lock},
    {"temporary", &policy::StatementFacts::temporary},
    {"unlogged", &policy::StatementFacts::unlogged},
    {"on_commit_drop", &policy::StatementFacts::on_commit_drop},
    {"cascade", &policy::StatementFacts::cascade},
    {"concurrently", &policy::StatementFacts::concurrently},
    {"if_exists", &policy::StatementFacts::if_exists},
    {"if_not_exists", &policy::StatementFacts::if_not_exists},
    {"or_replace", &policy::StatementFacts::or_replace},
    {"renames", &policy::StatementFacts::renames},
    {"retypes", &policy::StatementFacts::retypes},
    {"loses_data", &policy::StatementFacts::loses_data},
    {"loses_protection", &policy::StatementFacts::loses_protection},
    {"security_definer", &policy::StatementFacts::security_definer},
    {"deallocates_all", &policy::StatementFacts::deallocates_all},
};

std::vector<std::string> FlagNames(const policy::StatementFacts& facts) {
  std::vector<std::string> names;
  for (const Flag& flag : kFlags) {
    if (facts.*flag.value) names.emplace_back(flag.name);
  }
  return names;
}

Json SettingsAsJson(const policy::StatementFacts& facts) {
  Json settings = Json::array();
  for (const auto& setting : facts.settings) {
    Json one = {{"name", setting.is_reset_all ? "ALL" : setting.name},
                {"scope", policy::SettingScopeName(setting.scope)}};
    if (setting.is_default || setting.is_reset_all) {
      one["default"] = true;
    } else if (setting.is_constant) {
      one["value"] = setting.value;
    } else {
      one["computed"] = true;
    }
    settings.push_back(std::move(one));
  }
  return settings;
}

// The names that live in a session: of prepared statements, cursors, temporary relations.
void AddSessionNames(const policy::StatementFacts& facts, Json& json) {
  if (!facts.prepares.empty()) json["prepares"] = facts.prepares;
  if (!facts.executes.empty()) json["executes"] = facts.executes;
  if (!facts.deallocates.empty()) json["deallocates"] = facts.deallocates;
  if (!facts.declares_cursor.empty()) json["declares_cursor"] = facts.declares_cursor;
  if (!facts.fetches.empty()) json["fetches"] = facts.fetches;
  if (!facts.closes_cursor.empty()) json["closes_cursor"] = facts.closes_cursor;
  if (!facts.creates_temporary.empty()) json["creates_temporary"] = facts.creates_temporary;
}

// Every fact.  What a statement says nothing about is left out, but for the lists of
// names, which every consumer reads.
Json FactsAsJson(const policy::StatementFacts& facts) {
  Json relations = Json::array();
  for (const auto& relation : facts.relations) {
    relations.push_back(
        {{"name", relation.name}, {"access", policy::AccessName(relation.access)}});
  }
  Json functions = Json::array();
  for (const auto& function : facts.functions) functions.push_back(FunctionName(function));
  Json json = {{"statement", facts.tag}, {"kinds", KindNames(facts.kinds)}};
  if (!facts.planned_kinds.Empty()) json["planned_kinds"] = KindNames(facts.planned_kinds);
  json["relations"] = std::move(relations);
  json["functions"] = std::move(functions);
  json["operators"] = OperatorNames(facts);
  json["casts"] = CastNames(facts);
  json["settings"] = SettingsAsJson(facts);
  if (WritesRows(facts)) {
    json["effective_where"] = facts.effective_where;
    if (!facts.unfiltered.Empty()) json["unfiltered"] = KindNames(facts.unfiltered);
  }
  if (facts.row_lock != policy::RowLock::kNone) {
    json["row_lock"] = policy::RowLockName(facts.row_lock);
  }
  if (facts.copy_target != policy::CopyTarget::kNone) {
    json["copy"] = {{"target", policy::CopyTargetName(facts.copy_target)},
                    {"direction", facts.copy_from ? "from" : "to"}};
  }
  json["options"] = FlagNames(facts);
  if (!facts.language.empty()) json["language"] = facts.language;
  if (!facts.extensions.empty()) json["extensions"] = facts.extensions;
  AddSessionNames(facts, json);
  json["offset"] = facts.offset;
  json["length"] = facts.length;
  return json;
}

void Row(std::string_view name, const std::string& value, std::string& out) {
  if (value.empty()) return;
  out += "  ";
  out += name;
  out.append(name.size() < 17 ? 17 - name.size() : 1, ' ');
  out += value + "\n";
}

std::string SettingAsText(const policy::SettingChange& setting) {
  if (setting.is_reset_all) return "all to their defaults";
  if (setting.is_default) return setting.name + " to its default";
  if (!setting.is_constant) {
    return (setting.name.empty() ? std::string("one whose name is computed") : setting.name) +
           " to a computed value";
  }
  std::string text = setting.name + " = '" + setting.value + "'";
  if (setting.scope != policy::SettingScope::kSession) {
    text.append(" (").append(policy::SettingScopeName(setting.scope)).append(")");
  }
  return text;
}

template <typename Range, typename F>
std::string Joined(const Range& range, F name) {
  std::string joined;
  for (const auto& one : range) {
    if (!joined.empty()) joined += ", ";
    joined += name(one);
  }
  return joined;
}

void FactsAsText(const policy::StatementFacts& facts, std::string& out) {
  const auto itself = [](const std::string& name) { return name; };
  out += std::string(facts.tag) + "\n";
  Row("kinds", Joined(KindNames(facts.kinds), itself), out);
  Row("only planned", Joined(KindNames(facts.planned_kinds), itself), out);
  Row("relations",
      Joined(facts.relations,
             [](const policy::RelationUse& relation) {
               return relation.name + " (" + std::string(policy::AccessName(relation.access)) +
                      ")";
             }),
      out);
  Row("functions", Joined(facts.functions, FunctionName), out);
  Row("operators", Joined(OperatorNames(facts), itself), out);
  Row("casts to", Joined(CastNames(facts), itself), out);
  Row("settings", Joined(facts.settings, SettingAsText), out);
  Row("row lock", std::string(policy::RowLockName(facts.row_lock)), out);
  if (facts.copy_target != policy::CopyTarget::kNone) {
    Row("copy",
        (facts.copy_from ? "from " : "to ") +
            std::string(policy::CopyTargetName(facts.copy_target)),
        out);
  }
  Row("options", Joined(FlagNames(facts), itself), out);
  Row("language", facts.language, out);
  Row("extensions", Joined(facts.extensions, itself), out);
  Row("temporary", Joined(facts.creates_temporary, itself), out);
  if (WritesRows(facts)) {
    Row("effective WHERE", facts.effective_where ? "yes" : "no: it can reach every row", out);
  }
}

}  // namespace

Explanation Explain(const policy::Rules& rules, std::string_view sql,
                    const policy::Circumstances& circumstances) {
  policy::TextFacts facts;
  const bool too_long = sql.size() > rules.max_statement_bytes;
  if (!too_long) policy::ReadFacts(sql, facts);
  const policy::Decision decision =
      too_long ? policy::JudgeTooLong(rules) : policy::Judge(rules, facts, circumstances);
  const std::string_view status = too_long ? "too_long" : StatusName(facts.status);

  Explanation explanation;
  explanation.allowed = decision.allowed;
  std::string& text = explanation.text;
  Json json = {{"role", rules.RoleName()},
               {"environment", rules.environment},
               {"status", status},
               {"statements", Json::array()},
               {"decision", decision.would_deny ? "would_deny"
                            : decision.allowed  ? "allow"
                                                : "deny"},
               {"rule", decision.rule.empty() ? Json() : Json(decision.rule)},
               {"error", Json()}};
  if (status != "understood") text += "not read: " + std::string(status) + "\n";
  for (const policy::StatementFacts& statement : facts.statements) {
    json["statements"].push_back(FactsAsJson(statement));
    FactsAsText(statement, text);
  }
  text += "\ndecision           " +
          std::string(decision.would_deny ? "would deny (shadow)"
                      : decision.allowed  ? "allow"
                                          : "deny") +
          " (role " + std::string(rules.RoleName()) + ", environment " + rules.environment +
          ")\n";
  if (!decision.rule.empty()) text += "rule               " + std::string(decision.rule) + "\n";
  if (!decision.allowed || decision.would_deny) {
    session::Denial denial = session::MakeDenial(decision, {});
    denial.detail = session::DetailOf(decision.rule, "(new each time)");
    json["error"] = {{"severity", "ERROR"},
                     {"sqlstate", denial.sqlstate},
                     {"message", denial.message},
                     {"detail", denial.detail},
                     {"hint", denial.hint}};
    text += "SQLSTATE           " + std::string(denial.sqlstate) + "\n\nThe client " +
            (decision.allowed ? "would see" : "sees") + ":\nERROR:  " + denial.message + "\n";
    if (!denial.detail.empty()) text += "DETAIL:  " + denial.detail + "\n";
    if (!denial.hint.empty()) text += "HINT:  " + denial.hint + "\n";
  }
  // A text that is not UTF-8 may have lent its bytes to a name.
  explanation.json = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return explanation;
}

}  // namespace pgmoat::cli
