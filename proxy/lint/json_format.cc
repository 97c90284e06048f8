#include <nlohmann/json.hpp>

#include "proxy/lint/formats.h"
#include "proxy/lint/problems.h"

namespace pgmoat::lint {

namespace {

using Json = nlohmann::ordered_json;

std::string_view EffectName(policy::FindingEffect effect) {
  return effect == policy::FindingEffect::kRefuse ? "refuse" : "warn";
}

Json FindingJson(const FoundOne& finding) {
  return {{"id", finding.kind->id},
          {"effect", EffectName(finding.effect)},
          {"object", finding.object},
          {"explanation", finding.kind->explanation},
          {"safer", finding.kind->safer}};
}

Json StatementJson(const StatementReport& statement) {
  Json json = {{"line", statement.begin.line},
               {"column", statement.begin.column},
               {"end_line", statement.end.line},
               {"end_column", statement.end.column},
               {"statement", statement.tag},
               {"parsed", statement.parsed},
               {"decision", OutcomeName(statement.outcome)}};
  if (statement.outcome != Outcome::kAllowed) {
    json["rule"] = statement.rule;
    json["sqlstate"] = statement.sqlstate;
    json["message"] = statement.message;
    json["hint"] = statement.hint;
  }
  json["destroys"] = statement.destroys;
  json["locks"] = statement.locks;
  json["findings"] = Json::array();
  for (const FoundOne& finding : statement.findings) {
    json["findings"].push_back(FindingJson(finding));
  }
  return json;
}

}  // namespace

std::string AsJson(const Report& report) {
  Json files = Json::array();
  for (const FileReport& file : report.files) {
    Json statements = Json::array();
    for (const StatementReport& statement : file.statements) {
      statements.push_back(StatementJson(statement));
    }
    Json notes = Json::array();
    for (const NoteReport& note : file.notes) {
      notes.push_back(
          {{"line", note.place.line}, {"column", note.place.column}, {"text", note.text}});
    }
    files.push_back({{"file", file.file},
                     {"statements", std::move(statements)},
                     {"notes", std::move(notes)}});
  }
  const Counts counts = CountsOf(report);
  const Json json = {{"version", 1},
                     {"role", report.role},
                     {"environment", report.environment},
                     {"files", std::move(files)},
                     {"summary",
                      {{"files", counts.files},
                       {"statements", counts.statements},
                       {"refused", counts.errors},
                       {"warnings", counts.warnings}}}};
  // A file's name, or a text that is not UTF-8, may have lent its bytes to a name.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pgmoat::lint
