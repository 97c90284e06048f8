#include "policy/temporary_tables.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace pgmoat::policy {

bool MakesTemporaryTable(const StatementFacts& statement) {
  constexpr std::string_view kTags[] = {"CREATE TABLE", "CREATE TABLE AS", "SELECT INTO"};
  return statement.temporary && !statement.joins_parent &&
         std::find(std::begin(kTags), std::end(kTags), statement.tag) != std::end(kTags);
}

// BEGIN, SAVEPOINT and RELEASE keep what there is.  A procedure may COMMIT and ROLLBACK.
bool MayUndo(const StatementFacts& statement) {
  if (statement.kinds.HasAny({Kind::kTwoPhase, Kind::kCall, Kind::kDo})) return true;
  if (!statement.kinds.Has(Kind::kTransaction)) return false;
  constexpr std::string_view kHarmless[] = {"BEGIN", "START TRANSACTION", "SAVEPOINT",
                                            "RELEASE"};
  return std::find(std::begin(kHarmless), std::end(kHarmless), statement.tag) ==
         std::end(kHarmless);
}

bool MayRemoveUnnamed(const StatementFacts& statement) {
  if (statement.tag == "DISCARD" || statement.kinds.Has(Kind::kDo)) return true;
  const bool goes_with_others = statement.cascade || statement.tag != "DROP TABLE";
  return statement.kinds.HasAny({Kind::kDrop, Kind::kRoleManagement}) && goes_with_others;
}

bool MayRemoveAlong(const StatementFacts& statement) {
  return statement.kinds.HasAny({Kind::kDrop, Kind::kAlterAdditive, Kind::kAlterChanging,
                                 Kind::kAlterDestructive, Kind::kRename});
}

bool NamesTemporarySchema(std::string_view search_path) {
  // set_config and startup options fold what is not quoted.
  constexpr std::string_view kName = "pg_temp";
  return std::search(search_path.begin(), search_path.end(), kName.begin(), kName.end(),
                     [](char a, char b) {
                       return std::tolower(static_cast<unsigned char>(a)) == b;
                     }) != search_path.end();
}

bool MovesTemporarySchema(const StatementFacts& statement) {
  const auto moves = [](const SettingChange& change) {
    if (change.scope == SettingScope::kFunction || change.scope == SettingScope::kDefault) {
      return false;  // not in this session
    }
    if (change.name.empty() && !change.is_reset_all) return true;
    if (change.name != "search_path" || change.is_default) return false;
    return !change.is_constant || NamesTemporarySchema(change.value);
  };
  return std::any_of(statement.settings.begin(), statement.settings.end(), moves);
}

void TemporaryTablesInText::Done(const StatementFacts& statement) {
  // What is prepared may set search_path.
  if (MovesTemporarySchema(statement) || !statement.executes.empty()) tables_.Distrust();
  if (MayUndo(statement)) Undo(statement);
  if (MayRemoveUnnamed(statement)) {
    tables_.Clear();
    made_.clear();
  }
  if (MayRemoveAlong(statement)) tables_.ForgetUnsure();
  ForEachRemoved(statement, [&](std::string_view name) {
    tables_.Remove(name);
    std::erase(made_, name);
  });
  if (!MakesTemporaryTable(statement)) return;
  for (const RelationUse& use : statement.relations) {
    if (use.access != Access::kCreate) continue;
    statement.if_not_exists ? tables_.AddUnsure(use.OwnName()) : tables_.Add(use.OwnName());
    // IF NOT EXISTS may have made nothing, and what is there may go at the COMMIT.
    if (!statement.on_commit_drop && !statement.if_not_exists) {
      made_.emplace_back(use.OwnName());
    }
  }
}

// Behind a COMMIT there is what this text made, whose transaction was a sound one.  What
// the session made before may have been rolled back instead.
void TemporaryTablesInText::Undo(const StatementFacts& statement) {
  tables_.Clear();
  if (statement.tag != "COMMIT") made_.clear();
  for (const std::string& name : made_) tables_.Add(name);
}

}  // namespace pgmoat::policy
