// SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/, and what GitHub takes of it
// ("SARIF support for code scanning").
#include <map>
#include <nlohmann/json.hpp>

#include "proxy/lint/formats.h"
#include "proxy/lint/problems.h"

namespace pgmoat::lint {

namespace {

using Json = nlohmann::ordered_json;

std::string_view LevelText(Level level) {
  switch (level) {
    case Level::kError:
      return "error";
    case Level::kWarning:
      return "warning";
    case Level::kNote:
      return "note";
  }
  return "error";
}

// A path as a URI (RFC 3986), relative where it is: unreserved characters and slashes stay.
std::string UriOf(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  const bool absolute = path.starts_with("/");
  constexpr std::string_view kStays = "-._~/";
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string uri = absolute ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || kStays.find(c) != std::string_view::npos;
    if (plain) {
      uri += c;
    } else {
      uri += '%';
      uri += kDigits[byte >> 4];
      uri += kDigits[byte & 0x0F];
    }
  }
  return uri;
}

// The rules that results refer to, in the order of their first result.
class Rules {
 public:
  std::size_t IndexOf(const Problem& problem) {
    const auto [entry, is_new] = index_.try_emplace(problem.rule, rules_.size());
    if (is_new) rules_.push_back(RuleJson(problem));
    return entry->second;
  }
  [[nodiscard]] const Json& All() const { return rules_; }

 private:
  static Json RuleJson(const Problem& problem) {
    const std::string_view rule = problem.rule;
    std::string text = "pgmoat refuses it: " + problem.rule + ".";
    std::string help = problem.advice;
    constexpr std::string_view kLint = "lint.";
    const policy::FindingKind* kind =
        rule.starts_with(kLint) ? policy::FindingKindOf(rule.substr(kLint.size())) : nullptr;
    if (kind != nullptr) {
      text = kind->explanation;
      help = kind->safer;
    } else if (rule == "note") {
      text = "What a reader of the SQL alone does not see.";
    }
    Json json = {{"id", problem.rule},
                 {"name", problem.rule},
                 {"shortDescription", {{"text", text}}},
                 {"fullDescription", {{"text", text}}},
                 {"defaultConfiguration", {{"level", LevelText(problem.level)}}}};
    json["help"] = {{"text", help.empty() ? text : help}};
    return json;
  }

  std::map<std::string, std::size_t> index_;
  Json rules_ = Json::array();
};

Json RegionJson(const Problem& problem) {
  Json region = {{"startLine", problem.begin.line}, {"startColumn", problem.begin.column}};
  const bool somewhere =
      problem.end.line > problem.begin.line ||
      (problem.end.line == problem.begin.line && problem.end.column > problem.begin.column);
  if (somewhere) {
    region["endLine"] = problem.end.line;
    region["endColumn"] = problem.end.column;
  }
  return region;
}

Json ResultJson(const FileReport& file, const Problem& problem, std::size_t rule) {
  std::string text = problem.message;
  if (!problem.advice.empty()) text += "\n" + problem.advice;
  const Json location = {
      {"physicalLocation",
       {{"artifactLocation", {{"uri", UriOf(file.file)}}}, {"region", RegionJson(problem)}}}};
  return {{"ruleId", problem.rule},
          {"ruleIndex", rule},
          {"level", LevelText(problem.level)},
          {"message", {{"text", std::move(text)}}},
          {"locations", Json::array({location})}};
}

}  // namespace

std::string AsSarif(const Report& report, std::string_view version) {
  Rules rules;
  Json results = Json::array();
  for (const FileReport& file : report.files) {
    for (const Problem& problem : ProblemsOf(file)) {
      results.push_back(ResultJson(file, problem, rules.IndexOf(problem)));
    }
  }
  const Json driver = {{"name", "pgmoat"},
                       {"semanticVersion", version},
                       {"version", version},
                       {"rules", rules.All()}};
  Json run;
  run["tool"]["driver"] = driver;
  run["columnKind"] = "unicodeCodePoints";
  run["results"] = std::move(results);
  Json json;
  json["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json";
  json["version"] = "2.1.0";
  json["runs"] = Json::array({std::move(run)});
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pgmoat::lint
