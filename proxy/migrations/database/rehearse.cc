#include "proxy/migrations/database/rehearse.h"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>

#include "policy/destruction.h"
#include "proxy/migrations/database/rehearse_transaction.h"
#include "proxy/migrations/database/savepoint.h"

namespace pgmoat::database {
namespace {

using Clock = std::chrono::steady_clock;
using policy::Kind;

constexpr std::chrono::seconds kReconnectPatience{10};

template <typename Duration>
Duration Since(Clock::time_point begin) {
  return std::chrono::duration_cast<Duration>(Clock::now() - begin);
}

// Neither takes locks that others notice, nor changes files.
bool LeavesTablesAlone(const policy::StatementFacts& facts) {
  policy::KindSet harmless = {Kind::kSetting, Kind::kShow, Kind::kTransaction,
                              Kind::kDeallocate, Kind::kPrepare};
  if (facts.functions.empty()) harmless.Add(Kind::kRead);
  return harmless.HasAll(facts.kinds);
}

// Where in the file the server's position is, which counts characters of UTF-8.
std::size_t LineOf(const ScriptStatement& statement, std::size_t position) {
  std::size_t line = statement.line;
  std::size_t characters = 0;
  for (const char c : statement.sql) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++characters;
    if (characters >= position) break;
    if (c == '\n') ++line;
  }
  return line;
}

// What the error does not say by itself.
std::string AdviceOn(const ServerError& error, bool something_was_skipped) {
  if (error.sqlstate == "55P03") {
    return "Another session holds the lock.  Rehearse when it is quiet, or give a longer "
           "--lock-timeout.";
  }
  if (!error.hint.empty()) return error.hint;
  if (something_was_skipped) {
    return "A statement before was not run, which may be the reason.";
  }
  return {};
}

std::string WhyNotInTransaction(const std::string& sqlstate) {
  constexpr const char* kActiveTransaction = "25001";
  constexpr const char* kUnsafeNewEnumValue = "55P04";
  if (sqlstate == kActiveTransaction) {
    return "it cannot run in a transaction; try it on a copy of the database, with psql -f";
  }
  if (sqlstate == kUnsafeNewEnumValue) {
    return "it uses a value of an enum that an earlier statement has added, which needs a "
           "COMMIT in between; put it into a migration of its own, and try both on a copy";
  }
  return {};
}

class Run {
 public:
  Run(Database& database, const DatabaseUrl& url, const RehearseOptions& options,
      const std::function<void(const Step&)>& told, Rehearsal& rehearsal)
      : database_(database),
        options_(options),
        told_(told),
        rehearsal_(rehearsal),
        transaction_(database, options, url.schema) {}

  // Throws what `database` does.
  void Steps(const std::vector<Script>& scripts);
  RehearsalTransaction& transaction() { return transaction_; }
  [[nodiscard]] const Relations& original() const { return original_; }

 private:
  void OneFile(const Script& script);
  void One(const Script& script, const ScriptStatement& statement);
  void Do(const ScriptStatement& statement, const Plan& plan, Step& step);
  void RunIt(const ScriptStatement& statement, Step& step);
  void DoBlock(Treatment treatment, Step& step);
  void EndBlock(bool keep);
  void Look(const ScriptStatement& statement, Step& step);
  void CheckSession() const;
  void EndOfFile(const Script& script);
  void Fail(const ScriptStatement& statement, const ServerError& error, Step& step);
  void FindLosses();
  void FindUncounted();

  Database& database_;
  const RehearseOptions& options_;
  const std::function<void(const Step&)>& told_;
  Rehearsal& rehearsal_;
  RehearsalTransaction transaction_;
  Relations original_;
  Relations relations_;
  Locks locks_;
  bool in_block_ = false;
  bool skipped_ = false;
  bool failed_ = false;
};

void Run::Steps(const std::vector<Script>& scripts) {
  RowCounts counts(database_, options_.watched, options_.count_up_to_bytes,
                   options_.lock_timeout, options_.statement_timeout);
  counts.CountBefore();
  transaction_.Begin();
  original_ = relations_ = ReadRelations(database_);
  for (const Script& script : scripts) OneFile(script);
  if (failed_) return;
  transaction_.BecomeSelf();
  rehearsal_.tables = counts.CountAfter(original_, relations_, locks_);
  FindLosses();
}

void Run::OneFile(const Script& script) {
  for (const ScriptStatement& statement : script.statements) {
    if (failed_) {
      ++rehearsal_.not_reached;
    } else {
      One(script, statement);
    }
  }
  if (!failed_) EndOfFile(script);
}

void Run::One(const Script& script, const ScriptStatement& statement) {
  Step step;
  step.file = script.file;
  step.line = statement.line;
  step.tag = statement.facts.tag;
  step.destroys = policy::Destroys(statement.facts);
  step.truncates = statement.facts.kinds.Has(Kind::kTruncate);
  Plan plan = PlanOf(statement, options_.allow_unsafe);
  step.notes = std::move(plan.notes);
  try {
    Do(statement, plan, step);
    CheckSession();
    if (step.outcome == StepOutcome::kRan) Look(statement, step);
  } catch (const ServerError& error) {
    Fail(statement, error, step);
  }
  skipped_ |= step.outcome == StepOutcome::kNotInTransaction;
  rehearsal_.steps.push_back(step);
  told_(step);
}

void Run::Do(const ScriptStatement& statement, const Plan& plan, Step& step) {
  switch (plan.treatment) {
    case Treatment::kRun:
      InSavepoint(database_, [&] { RunIt(statement, step); });
      break;
    case Treatment::kRunBare:
      RunIt(statement, step);
      // ROLLBACK TO may have undone anything.
      relations_ = ReadRelations(database_);
      break;
    case Treatment::kSetConstraints:
      transaction_.SetConstraints(statement.sql);
      break;
    case Treatment::kSkip:
    case Treatment::kRefuse:
      step.outcome =
          plan.not_in_transaction ? StepOutcome::kNotInTransaction : StepOutcome::kSkipped;
      step.reason = plan.reason;
      break;
    default:
      DoBlock(plan.treatment, step);
      break;
  }
  const auto& settings = statement.facts.settings;
  const bool reset_all = std::any_of(settings.begin(), settings.end(),
                                     [](const auto& setting) { return setting.is_reset_all; });
  if (reset_all) transaction_.SetTimeouts();
}

void Run::RunIt(const ScriptStatement& statement, Step& step) {
  const auto begin = Clock::now();
  const Answer answer = database_.Run(statement.sql);
  step.duration = Since<std::chrono::microseconds>(begin);
  step.rows = answer.rows;
}

void Run::DoBlock(Treatment treatment, Step& step) {
  step.outcome = StepOutcome::kSkipped;
  step.reason = "the rehearsal is one transaction; a savepoint stands for the file's own";
  if (treatment == Treatment::kBegin) {
    if (in_block_) {
      step.reason = "there is a transaction already";
      return;
    }
    (void)database_.Run("SAVEPOINT pgmoat_block");
    in_block_ = true;
    return;
  }
  if (!in_block_) {
    step.reason = "there is no transaction of the file's own to end";
    return;
  }
  const bool keep = treatment == Treatment::kCommit || treatment == Treatment::kCommitAndChain;
  EndBlock(keep);
  if (treatment == Treatment::kCommitAndChain || treatment == Treatment::kRollbackAndChain) {
    (void)database_.Run("SAVEPOINT pgmoat_block");
    in_block_ = true;
  }
}

void Run::EndBlock(bool keep) {
  if (keep) {
    transaction_.CheckAsCommitWould();
  } else {
    (void)database_.Run("ROLLBACK TO SAVEPOINT pgmoat_block");
  }
  (void)database_.Run("RELEASE SAVEPOINT pgmoat_block");
  in_block_ = false;
  if (keep) return;
  relations_ = ReadRelations(database_);
  locks_ = ReadLocks(database_);
}

void Run::Look(const ScriptStatement& statement, Step& step) {
  if (LeavesTablesAlone(statement.facts)) return;
  Relations relations = ReadRelations(database_);
  Locks locks = ReadLocks(database_);
  step.changes = Compare(original_, relations_, relations, locks_, locks);
  relations_ = std::move(relations);
  locks_ = std::move(locks);
}

// What we take for granted of the session, which a script may change.
void Run::CheckSession() const {
  if (database_.TransactionStatus() != PQTRANS_INTRANS) {
    throw ConnectionLost("the statement has ended the rehearsal's transaction");
  }
  if (database_.Reported("client_encoding") != "UTF8" ||
      database_.Reported("standard_conforming_strings") != "on") {
    throw ServerError(
        "the statement changes how the server reads those that follow (client_encoding, "
        "standard_conforming_strings); they cannot be rehearsed",
        "", "Leave these settings alone in a migration.", 0);
  }
}

// Each file is a transaction of its own, for most tools: COMMIT's checks come here.
void Run::EndOfFile(const Script& script) {
  if (script.statements.empty()) return;
  Step step;
  step.file = script.file;
  step.line = script.statements.back().line;
  step.tag = "COMMIT";
  try {
    if (in_block_) {
      rehearsal_.warnings.push_back(script.file + ": its BEGIN has no COMMIT");
      EndBlock(true);
    } else {
      transaction_.CheckAsCommitWould();
    }
  } catch (const ServerError& error) {
    Fail(script.statements.back(), error, step);
    rehearsal_.steps.push_back(step);
    told_(step);
  }
}

void Run::Fail(const ScriptStatement& statement, const ServerError& error, Step& step) {
  if (step.tag != "COMMIT") step.reason = WhyNotInTransaction(error.sqlstate);
  if (!step.reason.empty() && step.outcome == StepOutcome::kRan &&
      database_.TransactionStatus() == PQTRANS_INTRANS) {
    step.outcome = StepOutcome::kNotInTransaction;
    return;
  }
  step.reason.clear();
  step.outcome = StepOutcome::kFailed;
  step.error = StepError{error.what(), error.sqlstate, AdviceOn(error, skipped_),
                         error.position > 0 ? LineOf(statement, error.position) : step.line};
  failed_ = true;
  rehearsal_.result = Rehearsal::Result::kFailed;
  rehearsal_.message = step.file + ":" + std::to_string(step.error->line) + ": " + step.tag +
                       " fails: " + error.what();
}

void Run::FindLosses() {
  std::string names;
  for (const TableRows& table : rehearsal_.tables) {
    if (table.lost == 0 || table.LostPercent() <= options_.max_row_loss_percent) continue;
    names += (names.empty() ? "" : ", ") + table.name;
  }
  if (names.empty()) {
    FindUncounted();
    return;
  }
  rehearsal_.result = Rehearsal::Result::kRowLoss;
  rehearsal_.message = "rows are lost of " + names + ", more than --max-row-loss allows";
}

// Who names a table wants to know.
void Run::FindUncounted() {
  if (options_.watched.empty()) return;
  for (const TableRows& table : rehearsal_.tables) {
    if (table.problem.empty()) continue;
    rehearsal_.result = Rehearsal::Result::kFailed;
    rehearsal_.message = table.name + " could not be counted: " + table.problem;
  }
}

// Sequences are outside of all transactions.
void TellOfSequences(const std::map<std::string, std::string>& before,
                     const std::map<std::string, std::string>& after, Rehearsal& rehearsal) {
  for (const auto& [name, value] : after) {
    const auto was = before.find(name);
    if (was == before.end() || was->second == value) continue;
    rehearsal.warnings.push_back("sequence " + name + " went on from " +
                                 (was->second.empty() ? "its start" : was->second) + " to " +
                                 value + ", which a rollback does not take back");
  }
}

void TellOfCatalog(const Relations& before, const Relations& after, Rehearsal& rehearsal) {
  const auto same = [](const auto& a, const auto& b) {
    return a.first == b.first && a.second.name == b.second.name &&
           a.second.filenode == b.second.filenode;
  };
  rehearsal.catalog_unchanged = before.size() == after.size() &&
                                std::equal(before.begin(), before.end(), after.begin(), same);
  if (rehearsal.catalog_unchanged || rehearsal.fate != Fate::kAborted) return;
  rehearsal.warnings.emplace_back(
      "another session has changed tables or indexes meanwhile: the catalog is not what it "
      "was, and the rehearsal's transaction is aborted");
}

void ByException(Rehearsal& rehearsal, Rehearsal::Result result, std::string message) {
  rehearsal.result = result;
  rehearsal.message = std::move(message);
}

}  // namespace

Rehearsal Rehearse(const DatabaseUrl& url, const Interrupts& interrupts, Database& database,
                   const std::vector<Script>& scripts, const RehearseOptions& options,
                   const std::function<void(const Step&)>& told) {
  Rehearsal rehearsal;
  const auto sequences = ReadSequences(database);
  Run run(database, url, options, told, rehearsal);
  const auto begin = Clock::now();
  try {
    run.Steps(scripts);
  } catch (const Interrupted& interrupted) {
    if (!run.transaction().begun()) throw;
    ByException(rehearsal, Rehearsal::Result::kInterrupted, interrupted.what());
  } catch (const std::exception& error) {
    if (!run.transaction().begun()) throw;
    const bool lost = dynamic_cast<const ConnectionLost*>(&error) != nullptr;
    ByException(rehearsal,
                lost ? Rehearsal::Result::kConnectionLost : Rehearsal::Result::kFailed,
                error.what());
  }
  const bool whole = run.transaction().RollBack();
  rehearsal.duration = Since<std::chrono::milliseconds>(begin);
  rehearsal.warnings.insert(rehearsal.warnings.begin(), run.transaction().warnings().begin(),
                            run.transaction().warnings().end());
  try {
    std::unique_ptr<Database> another;
    if (!whole) {
      another = std::make_unique<Database>(url, interrupts, kReconnectPatience,
                                           Database::Signals::kIgnored);
    }
    Database& witness = whole ? database : *another;
    rehearsal.fate = run.transaction().AskFate(witness, interrupts);
    TellOfCatalog(run.original(), ReadRelations(witness), rehearsal);
    TellOfSequences(sequences, ReadSequences(witness), rehearsal);
  } catch (const std::exception& error) {
    rehearsal.warnings.push_back(
        std::string("what became of the transaction could not be asked: ") + error.what());
  }
  if (rehearsal.fate == Fate::kCommitted) {
    ByException(rehearsal, Rehearsal::Result::kFailed,
                "the server says that the transaction was committed");
  }
  return rehearsal;
}

}  // namespace pgmoat::database
