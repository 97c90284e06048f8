#include "proxy/session/judged_text.h"

#include <algorithm>
#include <utility>

namespace pgmoat::session {

namespace {

using policy::Kind;
using policy::StatementFacts;

// The trail lists this many relations of a text; a person reads no more, and nobody else
// should wait for a million.
constexpr std::size_t kMaxAuditedRelations = 1000;

std::shared_ptr<AuditedText> Audited(std::string_view text, std::size_t max_bytes) {
  auto audited = std::make_shared<AuditedText>();
  audited->text = text.substr(0, max_bytes);
  audited->full_bytes = text.size();
  return audited;
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
                       std::size_t max_audited_bytes)
    : facts_(std::move(facts)) {
  const auto& statements = facts_.statements;
  audited_.reserve(std::max<std::size_t>(1, statements.size()));
  for (const StatementFacts& statement : statements) {
    // One statement: the text as it was sent, comments included.
    const std::string_view own =
        statements.size() == 1
            ? text
            : text.substr(std::min(statement.offset, text.size()), statement.length);
    auto audited = Audited(own, max_audited_bytes);
    AddFacts(*audited, statement);
    held_bytes_ += audited->text.size() + sizeof(StatementFacts);
    audited_.push_back(std::move(audited));
    if (!TellsNothing(statement)) telling_.push_back(&statement);
  }
  if (audited_.size() == 1) {
    whole_ = audited_.front();
    return;
  }
  auto whole = Audited(text, max_audited_bytes);
  for (const StatementFacts& statement : statements) AddFacts(*whole, statement);
  held_bytes_ += whole->text.size();
  whole_ = std::move(whole);
  if (audited_.empty()) audited_.push_back(whole_);
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
