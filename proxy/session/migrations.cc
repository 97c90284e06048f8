// The migration window (migration_window.h) in the session: what is about to run is held
// against it, and what came of that is told to it.
#include <algorithm>
#include <utility>

#include "protocol/parameters.h"
#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

using policy::LedgerAct;

// Rules that refuse what destroys, or what belongs to databases without data.
bool IsAboutDestruction(std::string_view rule) {
  return rule.starts_with("deploy.") && rule != "deploy.server-file";
}

}  // namespace

MigrationWindow::Terms SessionImpl::MigrationTerms(Now now) const {
  MigrationWindow::Terms terms;
  terms.rules = rules_->migrations.get();
  terms.now = now.system;
  if (surroundings_.migrations != nullptr &&
      terms.rules->require >= policy::MigrationRequirement::kApproved) {
    terms.known = surroundings_.migrations->Known(subject_->environment);
  }
  return terms;
}

// With nothing under way the server knows best; it may have been asked while other rules
// were in force.
MigrationWindow SessionImpl::WindowNow() const {
  MigrationWindow window = window_;
  if (replies_.Idle()) {
    window.SetInTransaction(transaction_ != protocol::TransactionStatus::kIdle);
  }
  return window;
}

// A failed transaction commits nothing: its COMMIT is a ROLLBACK.  What EXECUTE runs is a
// change if that is one; which, nobody has read off it.
std::vector<MigrationStep> SessionImpl::StepsOf(const JudgedText& text) const {
  std::vector<MigrationStep> steps = text.migration().steps;
  const auto& statements = text.facts().statements;
  const bool failed = transaction_ == protocol::TransactionStatus::kFailed && replies_.Idle();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool ends = steps[i].transaction == TransactionStep::kCommit ||
                      steps[i].transaction == TransactionStep::kPrepare;
    if (failed && i == 0 && ends) {
      steps[i].transaction = TransactionStep::kRollback;
    }
    if (i >= statements.size()) continue;
    for (const std::string& name : statements[i].executes) {
      for (const JudgedTextPtr& named : statements_.Find(name)) {
        for (const MigrationStep& step : named->migration().steps) {
          const bool changes = step.changes || step.ledger.act != LedgerAct::kNone;
          steps[i].changes |= changes;
          steps[i].needs_record |= changes;
        }
      }
    }
  }
  return steps;
}

policy::Decision SessionImpl::RefusedBy(const MigrationVerdict& verdict) const {
  return policy::RefuseMigration(*rules_, verdict.rule, verdict.action, verdict.hint);
}

// What the role may not do counts first: it says more than that there is no migration.
policy::Decision SessionImpl::DecideStepsOf(JudgedText& text, MigrationWindow& window, Run run,
                                            Now now) {
  if (text.migration().tool) window.NoteTool(*text.migration().tool);
  MigrationWindow::Terms terms = MigrationTerms(now);
  terms.in_part = run.in_part;
  MigrationVerdict refused;
  std::string hint;
  std::vector<bool> accepted;
  for (const MigrationStep& step : StepsOf(text)) {
    MigrationVerdict verdict = window.Take(step, run.values, terms);
    if (verdict.rule.empty() && step.changes) verdict = Lint(text, accepted.size(), verdict);
    accepted.push_back(verdict.accepted);
    if (!verdict.accepted && hint.empty()) hint = verdict.hint;
    if (!verdict.rule.empty()) {
      refused = std::move(verdict);
      break;
    }
  }
  const policy::Decision* with_accepted = JudgeAs(text, accepted, now);
  policy::Decision judged = with_accepted != nullptr ? *with_accepted
                                                     : text.Judge(*rules_, CircumstancesAt(now),
                                                                  CircumstancesVersion());
  if (!judged.allowed && IsAboutDestruction(judged.rule)) {
    judged.hint = hint.empty() || refused.rule == "deploy.ledger" ? window.HintInstead() : hint;
  }
  policy::Decision whole;
  if (!Add(judged, whole) || !Add(DecideExecutes(text, now), whole)) return whole;
  if (!refused.rule.empty()) Add(RefusedBy(refused), whole);
  return whole;
}

policy::Decision SessionImpl::DecideInWindow(const Texts& texts, Run run, Now now) {
  MigrationWindow window = WindowNow();
  policy::Decision whole;
  lint_warnings_.clear();
  for (const JudgedTextPtr& text : texts) {
    // Which of several texts it is, the server will tell; each must be right by itself.
    MigrationWindow alone = WindowNow();
    if (!Add(DecideStepsOf(*text, alone, run, now), whole)) break;
    if (run.is_query && !whole.would_deny) {
      const MigrationVerdict end = alone.TakeEnd(MigrationTerms(now));
      if (!end.rule.empty() && !Add(RefusedBy(end), whole)) break;
    }
    window = std::move(alone);
  }
  if (!whole.allowed) {
    lint_warnings_.clear();
    if (!texts.empty() && texts.front()->migration().tool) {
      window_.NoteTool(*texts.front()->migration().tool);
    }
    return whole;
  }
  window_ = std::move(window);
  if (!texts.empty() && texts.front()->migration().lint_behind) {
    lint_context_ = texts.front()->migration().lint_behind;
  }
  return whole;
}

// --- the linter ---

// What it knows in front of the next text.  Null: no finding matters.
std::shared_ptr<const policy::LintContext> SessionImpl::LintContextNow() const {
  if (!rules_->migrations) return nullptr;
  if (!rules_->migrations->lint.on_wire) return nullptr;
  auto context = lint_context_ ? std::make_shared<policy::LintContext>(*lint_context_)
                               : std::make_shared<policy::LintContext>();
  context->in_transaction = WindowNow().InTransaction();
  return context;
}

// `verdict` is what the window said of the statement, and stays unless a finding refuses it.
MigrationVerdict SessionImpl::Lint(const JudgedText& text, std::size_t statement,
                                   const MigrationVerdict& verdict) {
  const bool alone = text.migration().steps.size() == 1;
  for (const policy::Finding& finding : text.migration().findings) {
    if (finding.statement != statement || (alone && finding.kind->of_whole_text)) continue;
    const policy::FindingKind& kind = *finding.kind;
    if (verdict.approved != nullptr) {
      const auto& accepted = verdict.approved->accepted_findings;
      if (std::find(accepted.begin(), accepted.end(), kind.id) != accepted.end()) continue;
    }
    const std::string rule = "lint." + std::string(kind.id);
    const std::string hint =
        std::string(kind.explanation) + "  Safer: " + std::string(kind.safer);
    switch (rules_->migrations->lint.EffectOf(kind.id)) {
      case policy::FindingEffect::kIgnore:
        break;
      case policy::FindingEffect::kWarn:
        lint_warnings_.emplace_back(
            rule + (finding.object.empty() ? "" : ": " + finding.object), hint);
        break;
      case policy::FindingEffect::kRefuse: {
        MigrationVerdict refused;
        refused.rule = policy::Intern(rule);
        refused.action = policy::Intern("What the linter calls " + std::string(kind.id));
        refused.hint = hint;
        return refused;
      }
    }
  }
  return verdict;
}

// Between two messages of the server; in the middle of one there is no place for them.
void SessionImpl::SendLintWarnings(Output& out) {
  for (const auto& [message, hint] : std::exchange(lint_warnings_, {})) {
    if (!server_message_open_) Notice(message, "", hint, out);
  }
}

// A Parse or Bind of what is accepted where the migration stands now.  Null: nothing of it
// is.
const policy::Decision* SessionImpl::JudgeAccepted(const JudgedText& text, Now now) const {
  MigrationWindow window = WindowNow();
  const MigrationWindow::Terms terms = MigrationTerms(now);
  std::vector<bool> accepted;
  for (const MigrationStep& step : StepsOf(text)) {
    const MigrationVerdict verdict = window.Take(step, nullptr, terms);
    accepted.push_back(verdict.accepted);
    if (!verdict.rule.empty()) break;
  }
  return JudgeAs(text, accepted, now);
}

// Null: nothing is accepted, and the text's own memory of its decision serves.
const policy::Decision* SessionImpl::JudgeAs(const JudgedText& text,
                                             const std::vector<bool>& accepted, Now now) const {
  if (std::find(accepted.begin(), accepted.end(), true) == accepted.end()) return nullptr;
  policy::Circumstances circumstances = CircumstancesAt(now);
  circumstances.destruction_accepted = &accepted;
  accepted_decision_ = policy::Judge(*rules_, text.facts(), circumstances);
  return &accepted_decision_;
}

policy::Decision SessionImpl::DecideFunctionInWindow(std::uint32_t function_oid, Now now) {
  policy::StatementFacts call;
  call.functions.push_back(
      {.schema = "pg_catalog", .name = std::string(policy::BuiltinFunctionName(function_oid))});
  MigrationStep step;
  step.changes = step.needs_record = policy::Changes(call);
  MigrationWindow window = WindowNow();
  MigrationVerdict verdict = window.Take(step, nullptr, MigrationTerms(now));
  if (verdict.rule.empty()) verdict = window.TakeEnd(MigrationTerms(now));
  if (!verdict.rule.empty()) return RefusedBy(verdict);
  window_ = std::move(window);
  return {};
}

// Outside of a transaction block Sync commits the pipeline.  A stand-in in front of it makes
// the server roll back instead.
void SessionImpl::EndMigrationAtSync(Now now, Output& out) {
  if (dropping_until_sync_ || replies_.Skipping()) return;
  MigrationWindow window = WindowNow();
  if (replies_.PipelineOpen()) window = window_;
  const MigrationVerdict verdict = window.TakeEnd(MigrationTerms(now));
  window_ = std::move(window);
  if (verdict.rule.empty()) return;
  const policy::Decision decision = RefusedBy(verdict);
  if (decision.allowed) return;  // shadow mode
  ExpectedReply reply;
  reply.kind = ReplyKind::kParse;
  reply.arrived = now;
  reply.texts = {std::make_shared<JudgedText>("the commit that Sync makes", policy::TextFacts{},
                                              AuditedTextOptions{})};
  Deny(decision, std::move(reply), now, out);
}

// --- what the ledger gets ---

void SessionImpl::KeepLedgerValues(std::string_view portal, const Texts& texts, Bytes bind) {
  constexpr std::size_t kMostColumns = 100;  // of a ledger
  if (const auto old = ledger_values_.find(portal); old != ledger_values_.end()) {
    ledger_values_.erase(old);
  }
  const bool writes = std::any_of(texts.begin(), texts.end(), [](const JudgedTextPtr& text) {
    const auto& steps = text->migration().steps;
    return std::any_of(steps.begin(), steps.end(), [](const MigrationStep& step) {
      return step.ledger.act != LedgerAct::kNone;
    });
  });
  if (!writes) return;
  MigrationValues& values = ledger_values_[std::string(portal)];
  for (const protocol::ParameterValue& value : protocol::BindParameters(bind, kMostColumns)) {
    std::optional<std::string>& kept = values.emplace_back();
    if (!value.null && !value.unseen) kept = value.value;
  }
}

const MigrationValues* SessionImpl::LedgerValuesOf(std::string_view portal) const {
  const auto found = ledger_values_.find(portal);
  return found == ledger_values_.end() ? nullptr : &found->second;
}

// --- what came of it ---

void SessionImpl::NoteMigrationStep(const ExpectedReply& reply, std::uint64_t rows) {
  if (reply.texts.size() != 1 || reply.settled) return;
  const auto& steps = reply.texts.front()->migration().steps;
  if (reply.statement < steps.size()) window_.Completed(steps[reply.statement], rows);
}

void SessionImpl::SettleMigrations(Now now) {
  window_.Settle(transaction_ != protocol::TransactionStatus::kIdle);
  // What a migration that is over has made, others may use.
  if (window_.Idle() && lint_context_ && !lint_context_->new_tables.empty()) {
    auto context = std::make_shared<policy::LintContext>(*lint_context_);
    context->new_tables.clear();
    lint_context_ = std::move(context);
  }
  for (MigrationSuccess& success : window_.TakeSuccesses()) {
    success.environment = subject_->environment;
    success.duration = now.system - std::exchange(success.finished, now.system);
    if (surroundings_.migrations != nullptr && rules_->migrations->records_proofs) {
      surroundings_.migrations->Succeeded(success);
    }
  }
}

}  // namespace pgmoat::session
