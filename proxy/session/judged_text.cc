#include "proxy/session/judged_text.h"

#include <algorithm>
#include <utility>

#include "policy/redaction.h"
#include "proxy/session/limits.h"
#include "proxy/session/migration_digest.h"

namespace pgmoat::session {

namespace {

using policy::Kind;
using policy::StatementFacts;

// The trail lists this many relations of a text; a person reads no more, and nobody else
// should wait for a million.
constexpr std::size_t kMaxAuditedRelations = 1000;

void Withhold(AuditedText& audited) {
  audited.form = TextForm::kWithheld;
  audited.text.clear();
  audited.truncated = false;
}

// All of `audited` but what facts say.  `secrets`: it may hold passwords.  `understood`: it was
// parsed, so that it can be redacted.
void SetText(AuditedText& audited, std::string_view text, const AuditedTextOptions& options,
             bool understood, bool secrets) {
  audited.mark.Set(0, 0);
  audited.form = TextForm::kAsSent;
  audited.has_sha256 = false;
  audited.full_bytes = std::max(options.full_bytes, text.size());
  const bool whole = audited.full_bytes == text.size();
  std::optional<std::string> redacted;
  if (options.redact_literals || secrets) {
    const auto what =
        options.redact_literals ? policy::Redaction::kLiterals : policy::Redaction::kSecrets;
    if (understood) redacted = policy::Redact(text, what);
    if (redacted && options.redact_literals) audited.form = TextForm::kRedacted;
    if (!redacted) Withhold(audited);
  }
  const std::string_view shown = redacted ? std::string_view(*redacted) : text;
  if (audited.form != TextForm::kWithheld) {
    audited.text = shown.substr(0, options.max_bytes);
    audited.truncated = audited.text.size() < shown.size() || !whole;
  }
  // A hash over a password is a way to guess it.
  const bool shows_part = audited.truncated || audited.form == TextForm::kWithheld;
  if (whole && !secrets && shows_part) {
    audited.has_sha256 = true;
    audited.sha256 = Sha256(text);
  }
}

void SetFacts(AuditedText& audited, const StatementFacts& facts) {
  audited.kinds = facts.kinds;
  const std::size_t taken = std::min(kMaxAuditedRelations, facts.relations.size());
  audited.relations.assign(facts.relations.begin(),
                           facts.relations.begin() + static_cast<std::ptrdiff_t>(taken));
}

void AddFacts(AuditedText& audited, const StatementFacts& facts) {
  audited.kinds.AddAll(facts.kinds);
  const std::size_t room = kMaxAuditedRelations - audited.relations.size();
  const std::size_t taken = std::min(room, facts.relations.size());
  audited.relations.insert(audited.relations.end(), facts.relations.begin(),
                           facts.relations.begin() + static_cast<std::ptrdiff_t>(taken));
}

// What the session follows: where names without schema are looked for (TemporaryTracker)
// and how texts are encoded.  On a setting of any other name nothing in it depends.
bool IsFollowed(const policy::SettingChange& change) {
  return change.name.empty() || change.name == "search_path" ||
         change.name == "client_encoding";
}

// Reads and writes rows, and sets what matters to nobody here.
bool TellsNothing(const StatementFacts& statement) {
  constexpr policy::KindSet kRows = {
      Kind::kRead,    Kind::kInsert, Kind::kUpdate, Kind::kDelete,  Kind::kMerge,
      Kind::kRowLock, Kind::kEmpty,  Kind::kShow,   Kind::kCopyOut, Kind::kSetting};
  return kRows.HasAll(statement.kinds) && statement.executes.empty() &&
         statement.prepares.empty() &&
         std::none_of(statement.settings.begin(), statement.settings.end(), IsFollowed);
}

}  // namespace

JudgedText::JudgedText(std::string_view text, policy::TextFacts facts,
                       AuditedTextOptions options) {
  Become(text, std::move(facts), options);
}

void JudgedText::Become(std::string_view text, policy::TextFacts facts,
                        AuditedTextOptions options) {
  facts_ = std::move(facts);
  audited_.clear();
  telling_.clear();
  prepared_.clear();
  whole_ = nullptr;
  held_bytes_ = 0;
  only_reads_.reset();
  named_on_record_ = false;
  migration_.reset();
  judged_by_ = nullptr;

  const auto& statements = facts_.statements;
  const bool understood = facts_.status == policy::TextStatus::kUnderstood;
  if (options.migrations != nullptr) {
    migration_ = ReadMigrationSteps(text, facts_, *options.migrations, options.lint.get());
  }
  bool any_secrets = !understood && policy::MentionsSecrets(text);
  audited_.reserve(std::max<std::size_t>(1, statements.size()));
  for (const StatementFacts& statement : statements) {
    // One statement: the text as it was sent, comments included.
    const std::string_view own =
        statements.size() == 1
            ? text
            : text.substr(std::min(statement.offset, text.size()), statement.length);
    const bool secrets = understood ? policy::MayHoldSecrets(statement) : any_secrets;
    any_secrets |= secrets;
    if (first_.use_count() != 1 && audited_.empty()) first_ = std::make_shared<AuditedText>();
    const auto audited = audited_.empty() ? first_ : std::make_shared<AuditedText>();
    SetText(*audited, own, options, understood, secrets);
    SetFacts(*audited, statement);
    held_bytes_ += audited->text.size() + sizeof(StatementFacts);
    audited_.push_back(audited);
    if (!TellsNothing(statement)) telling_.push_back(&statement);
  }
  may_hold_secrets_ = any_secrets;
  if (audited_.size() == 1) {
    whole_ = audited_.front();
    return KeepPrepared();
  }
  const auto whole = std::make_shared<AuditedText>();
  SetText(*whole, text, options, understood, any_secrets);
  for (const StatementFacts& statement : statements) AddFacts(*whole, statement);
  held_bytes_ += whole->text.size();
  whole_ = whole;
  if (audited_.empty()) audited_.push_back(whole_);
  KeepPrepared();
}

void JudgedText::KeepPrepared() {
  for (const StatementFacts* statement : telling_) {
    if (statement->prepares.empty() && statement->declares_cursor.empty()) continue;
    prepared_.resize(facts_.statements.size());
    const auto at = static_cast<std::size_t>(statement - facts_.statements.data());
    prepared_[at] = std::make_shared<JudgedText>();
    prepared_[at]->BecomePrepared(*this, at);
    held_bytes_ += prepared_[at]->held_bytes_;
  }
}

// Of what runs by that name, whatever stood beside the PREPARE or DECLARE is no part.
void JudgedText::BecomePrepared(const JudgedText& text, std::size_t statement) {
  facts_.statements = {text.facts_.statements[statement]};
  facts_.statements.front().prepares.clear();
  facts_.statements.front().declares_cursor.clear();
  named_on_record_ = true;
  audited_ = {text.audited_[statement]};
  whole_ = audited_.front();
  telling_ = {&facts_.statements.front()};
  may_hold_secrets_ = policy::MayHoldSecrets(facts_.statements.front());
  held_bytes_ = whole_->text.size() + sizeof(StatementFacts);
  if (text.migration_) migration_ = StepsOfStatement(*text.migration_, statement);
}

JudgedTextPtr JudgedText::PreparedBy(const StatementFacts& statement) const {
  if (prepared_.empty()) return nullptr;
  return prepared_[static_cast<std::size_t>(&statement - facts_.statements.data())];
}

// As the built-in role readonly would be let run it, or it sets and ends what is no data.
bool JudgedText::OnlyReads() const {
  constexpr policy::KindSet kNoData = {Kind::kTransaction, Kind::kSetting, Kind::kShow,
                                       Kind::kDeallocate,  Kind::kListen,  Kind::kEmpty};
  if (only_reads_) return *only_reads_;
  only_reads_ = facts_.status == policy::TextStatus::kUnderstood;
  for (std::size_t i = 0; i < facts_.statements.size() && *only_reads_; ++i) {
    only_reads_ = kNoData.HasAll(facts_.statements[i].kinds) ||
                  session::OnlyReads(facts_, i, {Kind::kPrepare});
  }
  return *only_reads_;
}

const MigrationSteps& JudgedText::migration() const {
  if (!migration_) migration_ = StepsOfFacts(facts_);
  return *migration_;
}

// As for the server's log_statement = ddl; and what may hide such a statement.
bool JudgedText::DefinesData() const {
  constexpr policy::KindSet kDefining = {Kind::kSelectInto,
                                         Kind::kCreate,
                                         Kind::kAlterAdditive,
                                         Kind::kAlterChanging,
                                         Kind::kAlterDestructive,
                                         Kind::kRename,
                                         Kind::kDrop,
                                         Kind::kPrivilege,
                                         Kind::kRoleManagement,
                                         Kind::kDatabase,
                                         Kind::kDo,
                                         Kind::kReplication,
                                         Kind::kServerControl,
                                         Kind::kExtension,
                                         Kind::kComment,
                                         Kind::kForeignServer,
                                         Kind::kLanguage,
                                         Kind::kNotUnderstood};
  if (facts_.status != policy::TextStatus::kUnderstood) return true;
  return std::any_of(facts_.statements.begin(), facts_.statements.end(),
                     [&](const StatementFacts& s) { return kDefining.HasAny(s.kinds); });
}

std::shared_ptr<const AuditedText> Withheld(const AuditedText& text) {
  auto withheld = std::make_shared<AuditedText>(text);
  if (!text.has_sha256 && text.text.size() == text.full_bytes) {
    withheld->has_sha256 = true;
    withheld->sha256 = Sha256(text.text);
  }
  Withhold(*withheld);
  return withheld;
}

bool JudgedText::IsJudged(const policy::Rules& rules,
                          std::chrono::system_clock::time_point time,
                          std::uint64_t circumstances_version) const {
  if (judged_by_ != &rules || judged_by_version_ != rules.version ||
      judged_in_ != circumstances_version) {
    return false;
  }
  // Time windows begin and end with a minute.
  using std::chrono::floor;
  using std::chrono::minutes;
  return !rules.DependsOnTime() || floor<minutes>(judged_at_) == floor<minutes>(time);
}

const policy::Decision& JudgedText::Judge(const policy::Rules& rules,
                                          const policy::Circumstances& circumstances,
                                          std::uint64_t circumstances_version) {
  if (!IsJudged(rules, circumstances.time, circumstances_version)) {
    decision_ = policy::Judge(rules, facts_, circumstances);
    judged_by_ = &rules;
    judged_by_version_ = rules.version;
    judged_in_ = circumstances_version;
    judged_at_ = circumstances.time;
  }
  return decision_;
}

}  // namespace pgmoat::session
