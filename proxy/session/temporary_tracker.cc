#include "proxy/session/temporary_tracker.h"

#include <utility>

namespace pgmoat::session {

namespace {

using policy::Access;
using policy::RelationUse;
using policy::StatementFacts;

// CREATE TABLE AS is answered with the number of rows: "SELECT 5".
bool SaysTableWasMade(std::string_view tag) {
  return tag.starts_with("CREATE TABLE") || tag.starts_with("SELECT ");
}

}  // namespace

TemporaryTracker::Moment TemporaryTracker::Forwarded(const StatementFacts& statement) {
  ++now_;
  if (policy::MovesTemporarySchema(statement)) Distrust();
  if (policy::MayUndo(statement)) {
    last_undo_ = now_;
    for (const Made& made : made_) tables_.Remove(made.name);
    if (!made_.empty()) ++version_;
  }
  if (policy::MayRemoveUnnamed(statement)) {
    last_removal_ = now_;
    tables_.Clear();
    made_.clear();
    ++version_;
  }
  if (policy::MayRemoveAlong(statement)) {
    last_along_ = now_;
    tables_.ForgetUnsure();
    std::erase_if(made_, [](const Made& made) { return made.unsure; });
    ++version_;
  }
  drops_on_commit_ |= statement.on_commit_drop;
  policy::ForEachRemoved(statement, [&](std::string_view name) {
    last_removal_ = now_;
    tables_.Remove(name);
    std::erase_if(made_, [&](const Made& made) { return made.name == name; });
    ++version_;
  });
  return now_;
}

void TemporaryTracker::Completed(const StatementFacts& statement, Moment forwarded,
                                 std::string_view tag) {
  if (policy::MakesTemporaryTable(statement) && SaysTableWasMade(tag)) {
    // Something that was sent behind it may be removing it right now.
    if (tables_.Distrusted() || last_removal_ > forwarded) return;
    if (statement.if_not_exists && last_along_ > forwarded) return;
    for (const RelationUse& use : statement.relations) {
      if (use.access != Access::kCreate) continue;
      made_.push_back({std::string(use.OwnName()), forwarded, statement.on_commit_drop,
                       statement.if_not_exists});
      if (!in_block_ || last_undo_ > forwarded) continue;
      Add(made_.back());
      ++version_;
    }
  }
  if (!policy::MayUndo(statement)) return;
  in_block_ = false;
  // A COMMIT of a failed transaction says "ROLLBACK".
  tag == "COMMIT" && statement.tag == "COMMIT" ? Keep() : Forget();
}

void TemporaryTracker::CompletedUnsure(const StatementFacts& statement) {
  if (!policy::MayUndo(statement)) return;
  in_block_ = false;
  Forget();
}

void TemporaryTracker::Failed() {
  in_block_ = false;
  Forget();
}

void TemporaryTracker::Ready(protocol::TransactionStatus status) {
  in_block_ = status == protocol::TransactionStatus::kInBlock;
  // No transaction is open, and nothing undid what was made: it is committed.
  if (status == protocol::TransactionStatus::kIdle) return Keep();
  if (!in_block_) return;
  for (const Made& made : made_) {
    if (last_undo_ > made.forwarded || tables_.Has(made.name)) continue;
    Add(made);
    ++version_;
  }
}

void TemporaryTracker::Add(const Made& made) {
  made.unsure ? tables_.AddUnsure(made.name) : tables_.Add(made.name);
}

void TemporaryTracker::SearchPath(std::string_view value) {
  if (policy::NamesTemporarySchema(value)) Distrust();
}

// The transaction committed.  What goes at its end goes last here: IF NOT EXISTS may have
// named the same table again.
void TemporaryTracker::Keep() {
  if (made_.empty()) return;
  for (const Made& made : made_) Add(made);
  // Along with one of these may go what had an unsure name.
  if (drops_on_commit_) tables_.ForgetUnsure();
  for (const Made& made : made_) {
    if (made.drops_on_commit) tables_.Remove(made.name);
  }
  made_.clear();
  ++version_;
}

void TemporaryTracker::Forget() {
  if (made_.empty()) return;
  for (const Made& made : made_) tables_.Remove(made.name);
  made_.clear();
  ++version_;
}

void TemporaryTracker::Distrust() {
  if (tables_.Distrusted()) return;
  tables_.Distrust();
  made_.clear();
  ++version_;
}

}  // namespace pgmoat::session
