#include "proxy/session/temporary_tracker.h"

#include <algorithm>
#include <utility>

namespace pgmoat::session {

namespace {

using policy::Access;
using policy::Kind;
using policy::SettingChange;
using policy::StatementFacts;

bool MakesTable(const StatementFacts& statement) {
  return statement.temporary && statement.kinds.HasAny({Kind::kCreate, Kind::kSelectInto});
}

// BEGIN and SAVEPOINT and RELEASE keep what there is; everything else of this kind may
// end the transaction or undo a part of it.
bool MayUndo(const StatementFacts& statement) {
  if (statement.kinds.Has(Kind::kTwoPhase)) return true;
  if (!statement.kinds.Has(Kind::kTransaction)) return false;
  constexpr std::string_view kHarmless[] = {"BEGIN", "START TRANSACTION", "SAVEPOINT",
                                            "RELEASE", "SET TRANSACTION"};
  return std::find(std::begin(kHarmless), std::end(kHarmless), statement.tag) ==
         std::end(kHarmless);
}

// A search_path that names pg_temp may put it behind other schemas.
bool MovesTemporarySchema(const SettingChange& change) {
  if (change.name.empty() && !change.is_reset_all) return true;
  if (change.name != "search_path" || change.is_default) return false;
  return !change.is_constant || change.value.find("pg_temp") != std::string::npos;
}

}  // namespace

void TemporaryTracker::Forwarded(const StatementFacts& statement) {
  for (const SettingChange& change : statement.settings) {
    if (MovesTemporarySchema(change)) Distrust();
  }
  if (MayUndo(statement)) Withdraw();
  const bool discards = statement.kinds.Has(Kind::kDeallocate) && statement.tag == "DISCARD";
  if (tables_.Empty()) return;
  for (const policy::RelationUse& use : statement.relations) {
    const bool goes =
        use.access == Access::kDrop || (statement.renames && use.access == Access::kAlter);
    if (!goes) continue;
    tables_.Remove(use.OwnName());
    std::erase(made_, use.OwnName());
    ++version_;
  }
  if (discards) {
    tables_.Clear();
    made_.clear();
    awaiting_commit_.clear();
    ++version_;
  }
}

void TemporaryTracker::Withdraw() {
  if (made_.empty()) return;
  for (const std::string& name : made_) tables_.Remove(name);
  awaiting_commit_ = std::exchange(made_, {});
  ++version_;
}

void TemporaryTracker::Completed(const StatementFacts& statement, std::string_view tag) {
  if (MakesTable(statement) && !distrusted_) {
    for (const policy::RelationUse& use : statement.relations) {
      if (use.access != Access::kCreate) continue;
      made_.emplace_back(use.OwnName());
      if (statement.on_commit_drop) drops_on_commit_.emplace_back(use.OwnName());
      tables_.Add(use.OwnName());
      ++version_;
    }
    return;
  }
  if (!MayUndo(statement)) return;
  if (tag == "COMMIT" && !distrusted_) {
    for (const std::string& name : awaiting_commit_) {
      if (std::find(drops_on_commit_.begin(), drops_on_commit_.end(), name) !=
          drops_on_commit_.end()) {
        continue;
      }
      tables_.Add(name);
      ++version_;
    }
  }
  awaiting_commit_.clear();
  drops_on_commit_.clear();
}

// An error undoes what its transaction made, or will.
void TemporaryTracker::Failed() {
  Withdraw();
  awaiting_commit_.clear();
}

void TemporaryTracker::Ready(protocol::TransactionStatus status) {
  if (status != protocol::TransactionStatus::kIdle) return;
  // The implicit transaction committed: what it made stays, unless it goes with it.
  for (const std::string& name : drops_on_commit_) {
    tables_.Remove(name);
    ++version_;
  }
  made_.clear();
  drops_on_commit_.clear();
}

void TemporaryTracker::Distrust() {
  distrusted_ = true;
  tables_.Clear();
  made_.clear();
  awaiting_commit_.clear();
  ++version_;
}

}  // namespace pgmoat::session
