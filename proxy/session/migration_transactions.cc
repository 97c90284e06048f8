// What transactions do to a migration window: their beginnings and ends as they are sent, and
// what the server says of them.
#include <algorithm>
#include <iterator>
#include <utility>

#include "proxy/session/migration_window.h"

namespace pgmoat::session {

MigrationVerdict MigrationWindow::TakeTransaction(const MigrationStep& step,
                                                  const Terms& terms) {
  switch (step.transaction) {
    case TransactionStep::kBegin:
      begun_ |= !in_transaction_;
      in_transaction_ = true;
      break;
    case TransactionStep::kCommit:
    case TransactionStep::kPrepare:
      if (!MayCommit(terms) || perhaps_open_.unrecorded > 0) {
        return Refuse("deploy.unrecorded-migration",
                      "Committing changes that no migration tool has recorded",
                      HintUnrecorded());
      }
      NoteEnded(0);
      in_transaction_ = step.chains;
      CommitTransaction();
      if (step.transaction == TransactionStep::kPrepare) PrepareTransaction();
      break;
    case TransactionStep::kRollback:
      NoteEnded(unrecorded_);
      ForgetTransaction();
      in_transaction_ = step.chains;
      break;
    case TransactionStep::kRollbackTo:
      // What was recorded may be undone, what was changed may not: all must be recorded anew.
      unrecorded_ = changes_;
      perhaps_open_.unrecorded = perhaps_open_.changes;
      needs_record_still_ = needs_record_;
      recorded_.clear();
      candidates_.clear();
      lost_track_ = changes_ > 0;
      CloseUnsettled();
      // How far it has come, nobody can tell any more.
      if (open_ && open_->approved && open_->approved->next != open_->committed) open_.reset();
      TakeBack();
      break;
    case TransactionStep::kNone:
      break;
  }
  return {};
}

// Of a transaction whose end may be skipped.
void MigrationWindow::NoteEnded(std::size_t unrecorded) {
  ended_.changes += changes_;
  ended_.unrecorded += unrecorded;
}

MigrationVerdict MigrationWindow::TakeEnd(const Terms& terms) {
  perhaps_open_.changes += ended_.changes;
  perhaps_open_.unrecorded += ended_.unrecorded;
  ended_ = {};
  const bool begun = std::exchange(begun_, false);
  const bool surely = in_transaction_ && (begun || !unsure_);
  unsure_ = in_transaction_ && (begun || unsure_);
  if (surely) return {};
  // golang-migrate sends a file as one Query, which must be all of it.
  const bool in_file = open_ && open_->tool == policy::MigrationTool::kGolangMigrate &&
                       open_->approved && open_->approved->next > 0;
  if (in_file && open_->approved->Next() != nullptr) {
    return Refuse("deploy.incomplete-migration", "Running a part of an approved migration",
                  std::string(kApproveIt));
  }
  if (!MayCommit(terms)) {
    return Refuse("deploy.no-migration", "A change outside of a migration", HintUnrecorded());
  }
  ahead_ = matched_;
  if (in_transaction_) return {};
  CommitTransaction();
  return {};
}

void MigrationWindow::CloseUnsettled() {
  opening_.reset();
  if (opened_unsettled_) open_.reset();
  opened_unsettled_ = false;
}

void MigrationWindow::CommitTransaction() {
  rewound_ = lost_track_ = needs_record_ = needs_record_still_ = false;
  changes_ = unrecorded_ = 0;
  if (open_ && open_->approved) open_->committed = open_->approved->next;
}

// Whoever commits it later, or rolls it back, may be another session.
void MigrationWindow::PrepareTransaction() {
  opening_.reset();
  open_.reset();
  candidates_.clear();
  recorded_.clear();
  ForgetProof();
}

void MigrationWindow::TakeBack() {
  if (!open_) return;
  if (open_->approved) open_->approved->next = open_->committed;
  open_->rolled_back |= !contents_.empty();
}

void MigrationWindow::ForgetTransaction() {
  TakeBack();
  CommitTransaction();
  CloseUnsettled();
  in_transaction_ = false;
  candidates_.clear();
  recorded_.clear();
  ForgetProof();
}

// --- what the server says ---

void MigrationWindow::Failed() {
  opening_.reset();
  open_.reset();
  recorded_.clear();
  contents_.clear();
  candidates_.clear();
}

void MigrationWindow::Settle(bool in_transaction) {
  SetInTransaction(in_transaction);
  ahead_ = false;
  if (in_transaction) return;
  matched_ = opened_unsettled_ = false;
  successes_.insert(successes_.end(), std::make_move_iterator(recorded_.begin()),
                    std::make_move_iterator(recorded_.end()));
  recorded_.clear();
  CommitTransaction();
}

}  // namespace pgmoat::session
