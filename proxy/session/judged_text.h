// The string of a Query or Parse message together with what policy and audit need
// of it.  Shared by all executions of a prepared statement.
//
// Threads: belongs to one session, and so to one thread at a time: a long text is made and
//   judged on another, and handed over.  Audit records share only the immutable AuditedText
//   inside.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/decision.h"
#include "policy/facts.h"
#include "proxy/session/audit_trail.h"
#include "proxy/session/migration_steps.h"

namespace pgmoat::session {

// How a text gets into the audit trail.
struct AuditedTextOptions {
  std::size_t max_bytes = std::size_t{64} << 10;  // of each statement; the rest is cut
  bool redact_literals = false;                   // passwords always are
  std::size_t full_bytes = 0;  // of a text of which only the beginning is here; 0: it is whole
  // Its statements are to be held against migrations.  Borrowed for the constructor's call.
  const policy::MigrationRules* migrations = nullptr;
  std::shared_ptr<const policy::LintContext> lint = nullptr;  // null: no linter is asked
};

class JudgedText;
using JudgedTextPtr = std::shared_ptr<JudgedText>;

class JudgedText {
 public:
  JudgedText() = default;  // of nothing: Become is to follow
  JudgedText(const JudgedText&) = delete;
  JudgedText& operator=(const JudgedText&) = delete;
  JudgedText(std::string_view text, policy::TextFacts facts, AuditedTextOptions options);

  // Becomes another text, in the memory that it has.  Nobody else may hold it.
  void Become(std::string_view text, policy::TextFacts facts, AuditedTextOptions options);
  // What ReadFacts may write over; Become is to follow.
  [[nodiscard]] policy::TextFacts TakeFacts() { return std::move(facts_); }

  // Judges by `rules`; remembers the answer for as long as the rules are the same and
  // `circumstances_version`, which tells the session's circumstances apart.
  const policy::Decision& Judge(const policy::Rules& rules,
                                const policy::Circumstances& circumstances,
                                std::uint64_t circumstances_version);

  // Judge() has the answer already.
  [[nodiscard]] bool IsJudged(const policy::Rules& rules,
                              std::chrono::system_clock::time_point time,
                              std::uint64_t circumstances_version) const;

  [[nodiscard]] const policy::TextFacts& facts() const { return facts_; }
  // The statements on which later decisions may depend: they prepare, execute, set, or
  // change more than rows.  The others of a long text need not be gone through again.
  [[nodiscard]] const std::vector<const policy::StatementFacts*>& telling() const {
    return telling_;
  }
  // One for each statement; one for the whole text when it holds none or was not
  // understood.
  [[nodiscard]] const std::vector<std::shared_ptr<const AuditedText>>& audited() const {
    return audited_;
  }
  // What a PREPARE or DECLARE among its statements gives its name to: a text of that statement
  // alone, which names nothing when it runs.  Null: `statement`, one of facts(), is neither.
  [[nodiscard]] JudgedTextPtr PreparedBy(const policy::StatementFacts& statement) const;
  // True once, for a text that has a name by Parse or Bind alone: where SQL's EXECUTE or FETCH
  // uses that, no other record says what it means.
  bool TakeNamedOffRecord() { return !std::exchange(named_on_record_, true); }
  // All of the text, for a refusal: kinds and relations of all its statements.
  [[nodiscard]] std::shared_ptr<const AuditedText> Whole() const { return whole_; }

  // What a migration window asks of it.
  [[nodiscard]] const MigrationSteps& migration() const;

  // Then its parameters are not shown either: dblink's connection string may be one.
  [[nodiscard]] bool MayHoldSecrets() const { return may_hold_secrets_; }

  // What of it may count as a write, or as data definition, is decided once.
  [[nodiscard]] bool OnlyReads() const;
  [[nodiscard]] bool DefinesData() const;

  // What this object keeps in memory on account of the client, roughly.
  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }

 private:
  void BecomePrepared(const JudgedText& text, std::size_t statement);
  void KeepPrepared();

  policy::TextFacts facts_;
  std::shared_ptr<AuditedText> first_;  // of audited_
  std::vector<std::shared_ptr<const AuditedText>> audited_;
  std::vector<const policy::StatementFacts*> telling_;  // into facts_
  std::vector<JudgedTextPtr> prepared_;  // one for each statement, if any is a PREPARE
  std::shared_ptr<const AuditedText> whole_;
  std::size_t held_bytes_ = 0;
  bool may_hold_secrets_ = false;
  bool named_on_record_ = false;
  mutable std::optional<bool> only_reads_;
  mutable std::optional<MigrationSteps> migration_;
  policy::Decision decision_;
  const policy::Rules* judged_by_ = nullptr;  // never followed: it may be gone
  std::uint64_t judged_by_version_ = 0;
  std::uint64_t judged_in_ = 0;  // the circumstances' version
  std::chrono::system_clock::time_point judged_at_;
};

// `text` without what it says, when a reload wants that: length and hash remain.
std::shared_ptr<const AuditedText> Withheld(const AuditedText& text);

}  // namespace pgmoat::session
