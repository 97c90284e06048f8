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

std::string FunctionName(const policy::FunctionUse& function) {
  return function.schema.empty() ? function.name : function.schema + "." + function.name;
}

// Updates, deletes or merges somewhere: without them an "effective WHERE" says nothing.
bool ChangesRows(const policy::StatementFacts& facts) {
  return facts.kinds.HasAny(
      {policy::Kind::kUpdate, policy::Kind::kDelete, policy::Kind::kMerge});
}

Json FactsAsJson(const policy::StatementFacts& facts) {
  Json relations = Json::array();
  for (const auto& relation : facts.relations) {
    relations.push_back(
        {{"name", relation.name}, {"access", policy::AccessName(relation.access)}});
  }
  Json functions = Json::array();
  for (const auto& function : facts.functions) functions.push_back(FunctionName(function));
  Json settings = Json::array();
  for (const auto& setting : facts.settings) {
    Json one = {{"name", setting.is_reset_all ? "ALL" : setting.name}};
    if (setting.is_default || setting.is_reset_all) {
      one["default"] = true;
    } else if (setting.is_constant) {
      one["value"] = setting.value;
    } else {
      one["computed"] = true;
    }
    settings.push_back(std::move(one));
  }
  Json json = {{"statement", facts.tag}, {"kinds", KindNames(facts.kinds)}};
  if (!facts.planned_kinds.Empty()) json["planned_kinds"] = KindNames(facts.planned_kinds);
  json["relations"] = std::move(relations);
  json["functions"] = std::move(functions);
  json["settings"] = std::move(settings);
  if (ChangesRows(facts)) json["effective_where"] = facts.effective_where;
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
  return setting.name + " = '" + setting.value + "'";
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
  Row("settings", Joined(facts.settings, SettingAsText), out);
  if (ChangesRows(facts)) {
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
    const session::Denial denial = session::MakeDenial(decision, "(new each time)");
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
