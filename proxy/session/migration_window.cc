#include "proxy/session/migration_window.h"

#include <algorithm>
#include <utility>

#include "proxy/session/migration_digest.h"

namespace pgmoat::session {

namespace {

using policy::LedgerAct;
using policy::LedgerUse;
using policy::MigrationRequirement;
using policy::MigrationTool;

bool WorksOutside(MigrationTool tool) {
  return tool != MigrationTool::kPrisma && tool != MigrationTool::kDrizzle &&
         tool != MigrationTool::kSupabase && tool != MigrationTool::kGolangMigrate;
}

// Most tools change the schema outside of transactions, or record a migration only behind its
// COMMIT, when it asks for that.  Any client could say that it is one: only those that the
// config names.
bool MayChangeOutside(const policy::MigrationRules& rules) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(MigrationTool::kCount); ++i) {
    const auto tool = static_cast<MigrationTool>(i);
    if (WorksOutside(tool) && rules.tools.Has(tool)) return true;
  }
  return false;
}

bool NeedsApproval(const policy::MigrationRules& rules) {
  return rules.require >= MigrationRequirement::kApproved;
}

bool IsProven(const policy::MigrationKnowledge& known,
              const policy::ApprovedMigration& migration) {
  return std::binary_search(known.proven.begin(), known.proven.end(), migration.content);
}

constexpr std::string_view kAcceptIt =
    "What a migration destroys must be accepted when it is approved: 'pgmoat migrations "
    "approve --accept-destruction'.";
constexpr std::string_view kSignIt =
    "The manifest accepts it, but too few have signed: have somebody else run 'pgmoat "
    "migrations approve --sign-only'.";

}  // namespace

const std::string_view MigrationWindow::kApproveIt =
    "Have the migration reviewed and approved with 'pgmoat migrations approve', and deploy it "
    "as it was approved.";

const policy::ApprovedStatement* MigrationWindow::Candidate::Next() const {
  for (std::size_t i = next; i < migration->statements.size(); ++i) {
    if (migration->statements[i].changes) return &migration->statements[i];
  }
  return nullptr;
}

MigrationVerdict MigrationWindow::Refuse(std::string_view rule, std::string_view action,
                                         std::string hint) {
  return {.rule = rule, .action = action, .hint = std::move(hint)};
}

std::string MigrationWindow::HintInstead() const {
  const std::string_view command = tool_ ? policy::SafeCommand(*tool_) : std::string_view();
  if (command.empty()) {
    return "Changes reach this environment as migrations: deploy one with your migration tool.";
  }
  return "Changes reach this environment as migrations: run '" + std::string(command) + "'.";
}

// What a tool may do outside of transactions must be said in the config.
std::string MigrationWindow::HintUnrecorded() const {
  std::string hint = HintInstead();
  if (tool_ && WorksOutside(*tool_)) {
    hint +=
        "  If that is what ran: it changes the schema outside of the transaction that "
        "records it, which 'migrations: tools: [" +
        std::string(policy::ToolName(*tool_)) + "]' in pgmoat's config allows.";
  }
  return hint;
}

// By hand, or by a command for databases without data: that it is approved would not help
// where the tool does not record it.
std::string MigrationWindow::HintUnapproved() const {
  return HintInstead() + "  " + std::string(kApproveIt);
}

MigrationVerdict MigrationWindow::Take(const MigrationStep& step, const MigrationValues* values,
                                       const Terms& terms) {
  if (step.transaction != TransactionStep::kNone) return TakeTransaction(step, terms);
  if (step.ledger.act != LedgerAct::kNone) return TakeLedger(step, values, terms);
  if (step.changes) return TakeChange(step, terms);
  return {.rule = {}, .action = {}, .hint = {}, .accepted = step.is_tools_way};
}

// --- transactions ---

// Rows are never changed without a record, but where every statement is known.
bool MigrationWindow::MayCommit(const Terms& terms) const {
  if (rewound_) return false;
  if (unrecorded_ == 0) return true;
  return MayChangeOutside(*terms.rules) &&
         (NeedsApproval(*terms.rules) || !needs_record_still_);
}

// --- ledgers ---

MigrationVerdict MigrationWindow::TakeLedger(const MigrationStep& step,
                                             const MigrationValues* values,
                                             const Terms& terms) {
  const LedgerUse& use = step.ledger;
  if (use.tool != MigrationTool::kPlainSql) tool_ = use.tool;
  LedgerAct act = use.act;
  if (act == LedgerAct::kByFlag) act = ActByFlag(use, values);
  MigrationVerdict verdict;
  switch (act) {
    case LedgerAct::kBegins:
      verdict = Begin(use, values, terms);
      break;
    case LedgerAct::kFinishes:
      verdict = Finish();
      break;
    case LedgerAct::kRecords:
      verdict = Record(use, values, terms);
      break;
    case LedgerAct::kRewinds:
      rewound_ = true;
      break;
    case LedgerAct::kNone:
    case LedgerAct::kNotes:
      break;
    case LedgerAct::kByFlag:
    case LedgerAct::kForbidden:
      verdict = Refuse("deploy.ledger",
                       "Rewriting what a migration tool has recorded, or taking it back,",
                       "The ledger tells what this database holds.  To undo a change deploy a "
                       "new migration; to repair the ledger ask an administrator.");
      break;
  }
  verdict.accepted = verdict.rule.empty() && step.is_tools_way;
  return verdict;
}

// The row that Prisma writes in front of a migration.  When it is refused, nothing has run.
MigrationVerdict MigrationWindow::Begin(const LedgerUse& use, const MigrationValues* values,
                                        const Terms& terms) {
  Opened opening;
  opening.tool = use.tool;
  opening.name = Resolve(use.name, values).value_or("");
  opening.checksum = Resolve(use.checksum, values).value_or("");
  if (NeedsApproval(*terms.rules)) {
    const policy::ApprovedMigration* found = nullptr;
    if (terms.known) {
      for (const auto& migration : terms.known->approvals.migrations) {
        const bool named = opening.name.empty() || IsNamed(migration, opening.name);
        const bool same = use.tool != MigrationTool::kPrisma ||
                          (!opening.checksum.empty() && migration.checksum == opening.checksum);
        if (migration.tool == use.tool && named && same) found = &migration;
      }
    }
    if (found == nullptr) {
      return Refuse("deploy.unapproved-migration", "A migration that nobody has approved",
                    std::string(kApproveIt));
    }
    if (terms.rules->require == MigrationRequirement::kProven &&
        !IsProven(*terms.known, *found)) {
      return Unproven();
    }
    // In the middle of its script the refusal would leave a failed migration behind.
    const bool signed_by_enough = terms.known->approvals.signatures >= terms.rules->approvals;
    for (const policy::ApprovedStatement& statement : found->statements) {
      if (!statement.destroys || (statement.destruction_accepted && signed_by_enough)) continue;
      return Refuse("deploy.unapproved-migration",
                    "A migration that destroys what not enough people have accepted",
                    std::string(statement.destruction_accepted ? kSignIt : kAcceptIt));
    }
    candidates_.clear();  // which are of what was known before
    known_ = terms.known;
    opening.approved = Candidate{found, 0};
  }
  rewound_ = false;
  open_.reset();
  ForgetProof();
  began_ = terms.now;
  opening_ = std::move(opening);
  return {};
}

MigrationVerdict MigrationWindow::Unproven() {
  return Refuse("deploy.unproven-migration",
                "A migration that has not succeeded in the environment before this one",
                "Deploy it there first, through its pgmoat; the proof that it leaves opens "
                "this environment.");
}

// Each transaction is another chance for the one in front of it to have failed.
MigrationVerdict MigrationWindow::TooEarly() {
  return Refuse("deploy.unapproved-migration",
                "Going on with an approved migration before the server has answered",
                "Send what comes in another transaction when the one in front of it has "
                "succeeded.");
}

MigrationVerdict MigrationWindow::Finish() {
  if (!open_) {
    return Refuse("deploy.ledger", "Finishing a migration that did not run here",
                  "Run the migration with its tool; to repair the ledger ask an "
                  "administrator.");
  }
  if (open_->approved && ahead_) return TooEarly();
  if (open_->approved && open_->approved->Next() != nullptr) {
    return Refuse("deploy.incomplete-migration",
                  "Finishing a migration of which not every statement has run",
                  std::string(kApproveIt));
  }
  rewound_ = false;
  return {};
}

// The row that most tools write behind a migration, in its transaction.
MigrationVerdict MigrationWindow::Record(const LedgerUse& use, const MigrationValues* values,
                                         const Terms& terms) {
  Opened opened;
  opened.tool = use.tool;
  opened.name = Resolve(use.name, values).value_or("");
  opened.checksum = Resolve(use.checksum, values).value_or("");
  if (NeedsApproval(*terms.rules)) {
    if (ahead_ && !candidates_.empty()) return TooEarly();
    if (!known_) known_ = terms.known;
    if (candidates_.empty() && unrecorded_ == 0 && known_) {
      // A migration without a statement that changes anything.
      for (const auto& migration : known_->approvals.migrations) {
        const Candidate candidate{&migration, 0};
        if (candidate.Next() == nullptr) candidates_.push_back(candidate);
      }
    }
    std::erase_if(candidates_, [&](const Candidate& candidate) {
      const std::string& checksum = candidate.migration->checksum;
      const bool other = !use.checksum.Absent() && !checksum.empty() &&
                         use.tool == MigrationTool::kDrizzle && checksum != opened.checksum;
      return candidate.Next() != nullptr || other;
    });
    const bool complete = !candidates_.empty();
    std::erase_if(candidates_, [&](const Candidate& candidate) {
      // Where plain SQL has a ledger of the config's own, only that keeps it from running
      // twice.
      const bool elsewhere = candidate.migration->tool == MigrationTool::kPlainSql &&
                             !terms.rules->own_ledgers.empty() &&
                             use.tool != MigrationTool::kPlainSql;
      return elsewhere || !IsRowOf(*candidate.migration, use, values);
    });
    if (complete && candidates_.empty()) {
      return Refuse("deploy.unapproved-migration",
                    "Recording an approved migration under another name or in another ledger",
                    std::string(kApproveIt));
    }
    if (candidates_.empty()) {
      return Refuse("deploy.incomplete-migration",
                    "Recording a migration that is not, in full, one that was approved",
                    std::string(kApproveIt));
    }
    if (opened.name.empty()) opened.name = candidates_.front().migration->name;
  }
  candidates_.clear();
  unrecorded_ = 0;
  rewound_ = needs_record_still_ = false;
  opened.rolled_back = lost_track_;
  AddSuccess(opened);
  return {};
}

// --- changes ---

MigrationVerdict MigrationWindow::TakeChange(const MigrationStep& step, const Terms& terms) {
  MigrationVerdict verdict;
  if (NeedsApproval(*terms.rules)) {
    verdict = MatchChange(step, terms);
    if (!verdict.rule.empty()) return verdict;
    matched_ = true;
  }
  verdict.accepted |= step.is_tools_way;
  if (terms.rules->records_proofs) NoteForProof(step, terms);
  if (open_) return verdict;
  ++changes_;
  ++unrecorded_;
  needs_record_ |= step.needs_record;
  needs_record_still_ |= step.needs_record;
  return verdict;
}

// A window is copied for each message, so what grows with a migration is kept only where
// somebody wants it.
void MigrationWindow::NoteForProof(const MigrationStep& step, const Terms& terms) {
  if (contents_.empty() && !open_) began_ = terms.now;
  if (step.digest) contents_.push_back(*step.digest);
  locks_.insert(step.locks.begin(), step.locks.end());
}

void MigrationWindow::ForgetProof() {
  contents_.clear();
  locks_.clear();
  rows_ = 0;
}

// It must be what comes next in an approved migration.
MigrationVerdict MigrationWindow::MatchChange(const MigrationStep& step, const Terms& terms) {
  const auto matches = [&](const Candidate& candidate) {
    const policy::ApprovedStatement* next = candidate.Next();
    return next != nullptr && step.digest && next->digest == *step.digest;
  };
  if (ahead_ && (open_ || !candidates_.empty())) return TooEarly();
  // Everything else runs to its end whatever the limit, which drivers set as they like.
  if (terms.in_part && step.tag == "SELECT") {
    return Refuse("deploy.incomplete-migration", "Running a part of an approved migration",
                  "Ask for all rows of the query at once.");
  }
  const bool is_first = unrecorded_ == 0 && candidates_.empty();
  if (!open_ && is_first && terms.known && !lost_track_) {
    known_ = terms.known;
    for (const auto& migration : known_->approvals.migrations) {
      candidates_.push_back({&migration, 0});
    }
  }
  std::vector<Candidate> now;
  if (open_ && open_->approved) {
    if (matches(*open_->approved)) now.push_back(*open_->approved);
  } else {
    std::copy_if(candidates_.begin(), candidates_.end(), std::back_inserter(now), matches);
  }
  if (now.empty()) {
    candidates_.clear();
    return Refuse("deploy.unapproved-migration",
                  is_first ? "A change that no approved migration begins with"
                           : "A change that is not what comes next in the approved migration",
                  is_first && !open_ ? HintUnapproved() : std::string(kApproveIt));
  }
  if (terms.rules->require == MigrationRequirement::kProven) {
    std::erase_if(now, [&](const Candidate& c) { return !IsProven(*known_, *c.migration); });
    if (now.empty()) return Unproven();
  }
  MigrationVerdict verdict;
  const bool accepted = std::all_of(now.begin(), now.end(), [](const Candidate& c) {
    return c.Next()->destruction_accepted;
  });
  verdict.accepted = accepted && known_->approvals.signatures >= terms.rules->approvals;
  if (!verdict.accepted) verdict.hint = accepted ? kSignIt : kAcceptIt;
  verdict.approved = now.front().Next();
  for (Candidate& candidate : now) {
    candidate.next =
        static_cast<std::size_t>(candidate.Next() - candidate.migration->statements.data()) + 1;
  }
  if (open_) {
    open_->approved = now.front();
  } else {
    candidates_ = std::move(now);
  }
  return verdict;
}

// --- what came of it ---

void MigrationWindow::Completed(const MigrationStep& step, std::uint64_t rows) {
  if (step.changes) rows_ += rows;
  const LedgerAct act = step.ledger.act;
  const bool begins = act == LedgerAct::kBegins || act == LedgerAct::kByFlag;
  if (begins && opening_) {
    open_ = std::exchange(opening_, std::nullopt);
    opened_unsettled_ = true;
    return;
  }
  const bool finishes = act == LedgerAct::kFinishes || act == LedgerAct::kByFlag;
  if (finishes && open_) {
    AddSuccess(*open_);
    open_.reset();
  }
}

void MigrationWindow::AddSuccess(const Opened& opened) {
  if (!contents_.empty() && !opened.rolled_back) {
    MigrationSuccess& success = recorded_.emplace_back();
    success.tool = opened.tool;
    success.name = opened.name;
    success.checksum = opened.checksum;
    success.content = ContentOf(contents_);
    success.statements = contents_.size();
    success.rows = rows_;
    success.locks.assign(locks_.begin(), locks_.end());
    success.finished = began_;  // until it settles
  }
  ForgetProof();
}

std::vector<MigrationSuccess> MigrationWindow::TakeSuccesses() {
  return std::exchange(successes_, {});
}

}  // namespace pgmoat::session
