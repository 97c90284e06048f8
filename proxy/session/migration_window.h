// When a deployment may change something: only as part of a migration that pgmoat can see
// being recorded (issue: migrations).  Follows one session's statements as they are sent.
//
//   Prisma, golang-migrate          the others
//     INSERT into the ledger          BEGIN
//     ── open, once it completed ──     changes          unrecorded
//     changes                           INSERT into the ledger: recorded
//     UPDATE … finished_at            COMMIT             refused while something is unrecorded
//     ── closed ──
//
// The end of a Query with several statements, and a Sync, are a COMMIT where no transaction
// block is open.  With a manifest the changes must be those of one approved migration, in
// order.
//
// Up to the end of a Query, or a Sync, what is sent behind an error never commits, so there the
// window may follow what is sent instead of what was answered; but for the ledger INSERT that
// opens one, which stands alone.  Behind that end a BEGIN, COMMIT or ROLLBACK that was not
// answered may have been skipped, and both must be right; and an approved migration does not
// go on, as what was in front may have failed.  What is rolled back has not run: it comes next
// again, and proves nothing.
//
// Lifetime: a value.  A copy takes what a message would run; when the message is sent, the
//   copy becomes the session's.
// Threads:  one session.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policy/migrations.h"
#include "proxy/session/migration_record.h"
#include "proxy/session/migration_rows.h"
#include "proxy/session/migration_steps.h"

namespace pgmoat::session {

// `rule` empty: nothing against it; a hint is then what to do if the role may not do it.
struct MigrationVerdict {
  std::string_view rule;    // static storage
  std::string_view action;  // for the message: what is not allowed
  std::string hint;
  bool accepted = false;  // what it destroys is approved, or the tool's own way
  // As what it was approved; null: as nothing.  Lives as long as the window.
  const policy::ApprovedStatement* approved = nullptr;
};

class MigrationWindow {
 public:
  // What decisions rest on, for one message.
  struct Terms {
    const policy::MigrationRules* rules = nullptr;
    std::shared_ptr<const policy::MigrationKnowledge> known;  // null: nothing is approved
    std::chrono::system_clock::time_point now;
    bool in_part = false;  // a query may end after some of its rows, and so of its changes
  };

  // What the server said last, and nothing is under way.
  void SetInTransaction(bool in_transaction) {
    in_transaction_ = in_transaction;
    begun_ = unsure_ = false;
    // In a transaction still, or in the next one.
    if (!in_transaction) ended_ = perhaps_open_ = {};
  }

  // A statement is about to be sent.
  MigrationVerdict Take(const MigrationStep& step, const MigrationValues* values,
                        const Terms& terms);
  // The end of a Query, or a Sync: outside of a transaction block everything is committed.
  MigrationVerdict TakeEnd(const Terms& terms);

  // --- what came of it ---
  void Completed(const MigrationStep& step, std::uint64_t rows);
  // An error came.
  void Failed();
  // ReadyForQuery, and nothing else is owed.
  void Settle(bool in_transaction);

  // Migrations that were recorded for good since the last call.
  std::vector<MigrationSuccess> TakeSuccesses();

  void NoteTool(policy::MigrationTool tool) { tool_ = tool; }
  [[nodiscard]] bool InTransaction() const { return in_transaction_; }
  // No migration is under way.
  [[nodiscard]] bool Idle() const { return !in_transaction_ && !open_ && !opening_; }

  // What to do instead of a command that is meant for databases without data.
  [[nodiscard]] std::string HintInstead() const;

 private:
  // A migration of the manifest and how far it has come.
  struct Candidate {
    const policy::ApprovedMigration* migration = nullptr;  // of known_
    std::size_t next = 0;                                  // of its statements
    [[nodiscard]] const policy::ApprovedStatement* Next() const;
  };
  struct Opened {
    policy::MigrationTool tool = policy::MigrationTool::kPrisma;
    std::string name;
    std::string checksum;
    std::optional<Candidate> approved;
    std::size_t committed = 0;  // `approved->next` when the transaction began
    bool rolled_back = false;   // a part of it: what is left proves nothing
  };

  static const std::string_view kApproveIt;  // a hint

  MigrationVerdict TakeTransaction(const MigrationStep& step, const Terms& terms);
  MigrationVerdict TakeLedger(const MigrationStep& step, const MigrationValues* values,
                              const Terms& terms);
  MigrationVerdict TakeChange(const MigrationStep& step, const Terms& terms);
  MigrationVerdict Begin(const policy::LedgerUse& use, const MigrationValues* values,
                         const Terms& terms);
  MigrationVerdict Finish();
  MigrationVerdict Record(const policy::LedgerUse& use, const MigrationValues* values,
                          const Terms& terms);
  MigrationVerdict MatchChange(const MigrationStep& step, const Terms& terms);
  static MigrationVerdict Refuse(std::string_view rule, std::string_view action,
                                 std::string hint);
  static MigrationVerdict Unproven();
  static MigrationVerdict TooEarly();
  [[nodiscard]] bool MayCommit(const Terms& terms) const;
  void NoteForProof(const MigrationStep& step, const Terms& terms);
  void ForgetProof();
  void CloseUnsettled();
  void CommitTransaction();
  void PrepareTransaction();
  void TakeBack();
  void ForgetTransaction();
  [[nodiscard]] std::string HintUnrecorded() const;
  [[nodiscard]] std::string HintUnapproved() const;
  void AddSuccess(const Opened& opened);

  // Of a transaction.
  struct Counts {
    std::size_t changes = 0;
    std::size_t unrecorded = 0;
  };
  void NoteEnded(std::size_t unrecorded);

  bool in_transaction_ = false;  // a block, as sent
  bool begun_ = false;           // … in this Query, or since the last Sync
  bool unsure_ = false;          // … before, and not answered
  Counts ended_;                 // in this Query, or since the last Sync
  Counts perhaps_open_;          // before, and not answered
  std::size_t changes_ = 0;      // in this transaction
  std::size_t unrecorded_ = 0;   // of these, not in a ledger yet
  bool needs_record_ = false;    // in this transaction
  bool needs_record_still_ = false;
  bool rewound_ = false;     // a ledger was emptied and has no row yet
  bool lost_track_ = false;  // a savepoint was returned to: contents cannot be followed
  bool matched_ = false;     // something approved is in this transaction, or not answered yet
  bool ahead_ = false;       // … and the transaction was over when the next thing was sent
  std::shared_ptr<const policy::MigrationKnowledge> known_;  // what the candidates are of
  std::vector<Candidate> candidates_;
  std::optional<Opened> opening_;  // its ledger row is under way
  std::optional<Opened> open_;
  bool opened_unsettled_ = false;              // the row may be rolled back yet
  std::optional<policy::MigrationTool> tool_;  // that seems to be at work

  // The migration that runs, where proofs are recorded.
  std::vector<policy::Digest> contents_;
  std::set<std::string> locks_;
  std::uint64_t rows_ = 0;
  std::chrono::system_clock::time_point began_;
  std::vector<MigrationSuccess> recorded_;   // once the transaction commits
  std::vector<MigrationSuccess> successes_;  // for good
};

}  // namespace pgmoat::session
