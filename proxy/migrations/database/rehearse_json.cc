#include <nlohmann/json.hpp>

#include "proxy/migrations/database/rehearse_report.h"

namespace pgmoat::database {
namespace {

using Json = nlohmann::ordered_json;

const char* OutcomeName(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::kRan:
      return "ran";
    case StepOutcome::kSkipped:
      return "skipped";
    case StepOutcome::kNotInTransaction:
      return "not_in_transaction";
    case StepOutcome::kFailed:
      return "failed";
  }
  return "unknown";
}

const char* ResultName(Rehearsal::Result result) {
  switch (result) {
    case Rehearsal::Result::kOk:
      return "ok";
    case Rehearsal::Result::kFailed:
      return "failed";
    case Rehearsal::Result::kRowLoss:
      return "row_loss";
    case Rehearsal::Result::kInterrupted:
      return "interrupted";
    case Rehearsal::Result::kConnectionLost:
      return "connection_lost";
  }
  return "unknown";
}

const char* FateName(Fate fate) {
  switch (fate) {
    case Fate::kAborted:
      return "aborted";
    case Fate::kUnknown:
      return "unknown";
    case Fate::kCommitted:
      return "committed";
  }
  return "unknown";
}

Json StepJson(const Step& step) {
  Json json = {{"file", step.file},
               {"line", step.line},
               {"statement", step.tag},
               {"outcome", OutcomeName(step.outcome)}};
  if (!step.reason.empty()) json["reason"] = step.reason;
  if (step.outcome == StepOutcome::kRan) {
    json["duration_ms"] = static_cast<double>(step.duration.count()) / 1000;
  }
  if (step.rows) json["rows"] = *step.rows;
  json["locks"] = Json::array();
  for (const LockTaken& lock : step.changes.locks) {
    json["locks"].push_back({{"mode", lock.mode}, {"relation", lock.relation}});
  }
  const std::vector<std::string> none;
  json["rewrites"] = step.truncates ? none : step.changes.rewrote;
  json["empties"] = step.truncates ? step.changes.rewrote : none;
  json["builds"] = step.changes.built;
  json["drops"] = step.changes.dropped;
  json["destroys"] = step.destroys;
  json["notes"] = step.notes;
  if (step.error) {
    json["error"] = {{"line", step.error->line},
                     {"message", step.error->message},
                     {"sqlstate", step.error->sqlstate},
                     {"hint", step.error->hint}};
  }
  return json;
}

Json TableJson(const TableRows& table, const RehearseOptions& options) {
  Json json = {{"name", table.name}};
  if (!table.problem.empty()) {
    json["problem"] = table.problem;
    return json;
  }
  json["before"] = table.before;
  json["after"] = table.after;
  json["estimated"] = table.estimated;
  json["dropped"] = table.dropped;
  if (!table.now.empty()) json["now"] = table.now;
  json["lost_percent"] = table.LostPercent();
  json["too_many_lost"] = table.lost > 0 && table.LostPercent() > options.max_row_loss_percent;
  return json;
}

}  // namespace

std::string RehearsalJson(const RehearsedWhere& where, const Rehearsal& rehearsal,
                          const RehearseOptions& options) {
  Json json = {{"version", 1},
               {"server", where.server},
               {"server_version", where.version},
               {"database", where.database},
               {"user", where.user},
               {"result", ResultName(rehearsal.result)},
               {"message", rehearsal.message},
               {"steps", Json::array()},
               {"not_reached", rehearsal.not_reached},
               {"tables", Json::array()},
               {"warnings", rehearsal.warnings},
               {"transaction", FateName(rehearsal.fate)},
               {"catalog_unchanged", rehearsal.catalog_unchanged},
               {"duration_ms", rehearsal.duration.count()}};
  for (const Step& step : rehearsal.steps) json["steps"].push_back(StepJson(step));
  for (const TableRows& table : rehearsal.tables) {
    json["tables"].push_back(TableJson(table, options));
  }
  // What a server says need not be UTF-8 (SQL_ASCII).
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pgmoat::database
