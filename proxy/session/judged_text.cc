#include "proxy/session/judged_text.h"

#include <algorithm>
#include <utility>

namespace pgmoat::session {

namespace {

std::shared_ptr<const AuditedText> Audited(std::string_view text,
                                           const policy::StatementFacts* facts,
                                           std::size_t max_bytes) {
  auto audited = std::make_shared<AuditedText>();
  audited->text = text.substr(0, max_bytes);
  audited->full_bytes = text.size();
  if (facts != nullptr) {
    audited->kinds = facts->kinds;
    audited->relations = facts->relations;
  }
  return audited;
}

}  // namespace

JudgedText::JudgedText(std::string_view text, policy::TextFacts facts,
                       std::size_t max_audited_bytes)
    : facts_(std::move(facts)), full_bytes_(text.size()) {
  const auto& statements = facts_.statements;
  audited_.reserve(std::max<std::size_t>(1, statements.size()));
  for (const policy::StatementFacts& statement : statements) {
    // One statement: the text as it was sent, comments included.
    const std::string_view own =
        statements.size() == 1
            ? text
            : text.substr(std::min(statement.offset, text.size()), statement.length);
    audited_.push_back(Audited(own, &statement, max_audited_bytes));
    held_bytes_ += audited_.back()->text.size() + sizeof(policy::StatementFacts);
  }
  if (statements.size() > 1) {
    several_ = text.substr(0, max_audited_bytes);
    held_bytes_ += several_.size();
  }
  if (audited_.empty()) {
    audited_.push_back(Audited(text, nullptr, max_audited_bytes));
    held_bytes_ += audited_.back()->text.size();
  }
}

std::shared_ptr<const AuditedText> JudgedText::Whole() const {
  if (audited_.size() == 1) return audited_.front();
  auto whole = std::make_shared<AuditedText>();
  whole->text = several_;
  whole->full_bytes = full_bytes_;
  for (const auto& statement : audited_) {
    whole->kinds.AddAll(statement->kinds);
    whole->relations.insert(whole->relations.end(), statement->relations.begin(),
                            statement->relations.end());
  }
  return whole;
}

const policy::Decision& JudgedText::Judge(const policy::Rules& rules,
                                          const policy::Circumstances& circumstances,
                                          std::uint64_t circumstances_version) {
  const bool known = judged_by_ == &rules && judged_by_version_ == rules.version &&
                     judged_in_ == circumstances_version && !rules.DependsOnTime();
  if (!known) {
    decision_ = policy::Judge(rules, facts_, circumstances);
    judged_by_ = &rules;
    judged_by_version_ = rules.version;
    judged_in_ = circumstances_version;
  }
  return decision_;
}

}  // namespace pgmoat::session
