// What a decision depends on besides rules and text: the database's catalog snapshot,
// read between two messages of the client (catalog_reader.h), and who and where.
#include <algorithm>
#include <chrono>

#include "policy/setting_rules.h"
#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

using policy::Kind;
using protocol::BackendType;

// After a failed reading; without a catalog little is allowed, so soon, but not at once.
constexpr std::chrono::seconds kRetryAfter{5};

// What may change the answers of the catalog query.  CALL may, too, and is not here: an
// application calls all the time; the snapshot's age covers it.
constexpr policy::KindSet kChangesCatalog = {
    Kind::kCreate,        Kind::kAlterAdditive, Kind::kAlterChanging, Kind::kAlterDestructive,
    Kind::kDrop,          Kind::kSelectInto,    Kind::kExtension,     Kind::kDo,
    Kind::kForeignServer, Kind::kTwoPhase,      Kind::kLanguage,      Kind::kDatabase,
    Kind::kRoleManagement};

}  // namespace

void SessionImpl::OpenCatalog() {
  if (surroundings_.catalogs == nullptr || database_catalog_ != nullptr) return;
  database_catalog_ = &surroundings_.catalogs->Of(subject_->environment, subject_->database);
}

bool SessionImpl::IsFresh(const CatalogSnapshot& snapshot, Now now) const {
  return snapshot.catalog && snapshot.generation == database_catalog_->generation() &&
         now.steady - snapshot.taken < options_.catalog_max_age;
}

// True: the server was asked, and the client has to wait.  In a transaction or a pipeline
// the session goes on with what it has.
bool SessionImpl::RefreshCatalog(Now now, Output& out) {
  if (database_catalog_ == nullptr || !rules_->NeedsCatalog() || IsFresh(catalog_, now)) {
    return false;
  }
  if (CatalogSnapshot shared = database_catalog_->Current(); IsFresh(shared, now)) {
    UseCatalog(std::move(shared));
    return false;
  }
  const bool asked_in_vain = !catalog_.catalog && catalog_.generation != 0 &&
                             now.steady - catalog_.taken < kRetryAfter;
  const bool may_ask = state_ == State::kStarting || Idle();
  if (asked_in_vain || !may_ask) return false;
  catalog_reader_ = std::make_unique<CatalogReader>(
      CatalogSnapshot{nullptr, database_catalog_->generation(), now.steady});
  UseServerTable();
  out.to_server.Own([](std::vector<std::byte>& bytes) { CatalogReader::EncodeQuery(bytes); });
  return true;
}

void SessionImpl::UseCatalog(CatalogSnapshot snapshot) {
  catalog_ = std::move(snapshot);
  ++circumstances_version_;
}

void SessionImpl::HandleCatalogPiece(const Piece& piece, Now now, Output& out) {
  if (EndsSession(piece)) {
    return state_ == State::kReady ? HandleError(piece, now, out)
                                   : HandleLoginError(piece, now, out);
  }
  switch (catalog_reader_->Take(piece)) {
    case CatalogReader::Step::kMore:
      return;
    case CatalogReader::Step::kPassOn:
      if (static_cast<BackendType>(piece.type) == BackendType::kParameterStatus) {
        return HandleParameterStatus(piece, now, out);
      }
      return Forward(out.to_client, piece.bytes);
    case CatalogReader::Step::kViolation:
      return ServerViolation("an answer to nothing that was asked", now, out);
    case CatalogReader::Step::kDone:
      break;
  }
  const std::unique_ptr<CatalogReader> reader = std::move(catalog_reader_);
  UseServerTable();
  if (!reader->last_client_encoding().empty()) {
    Piece status;
    status.kind = Piece::Kind::kMessage;
    status.type = static_cast<std::uint8_t>(BackendType::kParameterStatus);
    status.bytes = reader->last_client_encoding();
    status.last = true;
    HandleParameterStatus(status, now, out);
    if (state_ == State::kClosed) return;
  }
  CatalogSnapshot result = reader->Result();
  surroundings_.metrics->CatalogRead(subject_->environment, result.catalog != nullptr,
                                     now.steady - reader->asked());
  if (result.catalog) database_catalog_->Keep(result);
  // One that failed leaves the session without: no benefit of the doubt.
  UseCatalog(std::move(result));
  if (state_ == State::kStarting) return FinishLogin(piece, now, out);
  transaction_ = reader->status();
}

// The texts of a message that is sent on and runs.
void SessionImpl::NoteForwarded(ExpectedReply& reply) {
  reply.forwarded = temporary_.now();
  for (const JudgedTextPtr& text : reply.texts) {
    if (text->facts().status != policy::TextStatus::kUnderstood) temporary_.ForwardedUnread();
    for (const policy::StatementFacts* statement : text->telling()) {
      temporary_.Forwarded(*statement);
      NoteEncoding(*statement);
      for (const std::string& name : statement->executes) {
        NoteNamed(statements_.Find(name), reply);
      }
      if (!statement->fetches.empty()) NoteNamed(portals_.Find(statement->fetches), reply);
    }
  }
}

// The texts behind it read and write rows; but `SELECT set_config(…)` is one, too.
void SessionImpl::NoteNamed(const Texts& texts, const ExpectedReply& by) {
  for (const JudgedTextPtr& text : texts) {
    if (OnRecord(by) && text->TakeNamedOffRecord()) ReportNamed(*text, by.arrived);
    for (const policy::StatementFacts* statement : text->telling()) {
      if (policy::MovesTemporarySchema(*statement)) temporary_.ForwardedUnread();
      NoteEncoding(*statement);
    }
  }
}

// RESET and DISCARD ALL go back to what the session began with.  That a change to UTF-8 was
// made, only the server tells.
void SessionImpl::NoteEncoding(const policy::StatementFacts& statement) {
  if (statement.deallocates_all) not_utf8_ |= !began_in_utf8_;
  for (const policy::SettingChange& change : statement.settings) {
    if (change.name != "client_encoding" && !change.is_reset_all) continue;
    not_utf8_ |= change.is_default ? !began_in_utf8_ : !policy::IsUtf8(change.value);
  }
}

// Called as statements complete; others see what they did once it is committed.
void SessionImpl::NoteCatalogChange(const JudgedText& text, std::size_t statement) {
  const policy::TextFacts& facts = text.facts();
  if (facts.status == policy::TextStatus::kUnderstood) {
    if (statement >= facts.statements.size()) return;
    const policy::StatementFacts& done = facts.statements[statement];
    if (done.temporary || !done.kinds.HasAny(kChangesCatalog)) return;
  }
  catalog_change_pending_ = true;
}

// What was sent and not answered may have run, and committed.
void SessionImpl::NoteLostChanges(const ExpectedReply& lost) {
  for (const JudgedTextPtr& text : lost.texts) {
    const std::size_t count = std::max<std::size_t>(1, text->facts().statements.size());
    for (std::size_t i = lost.statement; i < count; ++i) NoteCatalogChange(*text, i);
  }
}

// At a ReadyForQuery without open transaction; `rolled_back`: it was a ROLLBACK alone that
// ended the one before, and nothing of that came to be.
void SessionImpl::SettleCatalogChange(bool rolled_back) {
  if (rolled_back) catalog_change_pending_ = false;
  PublishCatalogChange();
}

void SessionImpl::PublishCatalogChange() {
  if (!catalog_change_pending_) return;
  catalog_change_pending_ = false;
  if (database_catalog_ != nullptr) database_catalog_->Invalidate();
}

policy::Circumstances SessionImpl::CircumstancesAt(Now now) const {
  policy::Circumstances circumstances;
  circumstances.database = subject_->database;
  circumstances.application_name = subject_->application_name;
  circumstances.client = options_.client_ip ? &*options_.client_ip : nullptr;
  circumstances.time = now.system;
  circumstances.temporary_tables = &temporary_.tables();
  circumstances.catalog = catalog_.catalog.get();
  circumstances.catalog_required = database_catalog_ != nullptr;
  return circumstances;
}

std::uint64_t SessionImpl::CircumstancesVersion() const {
  return circumstances_version_ + temporary_.version();
}

const policy::Decision& SessionImpl::JudgeNow(JudgedText& text, Now now) const {
  if (rules_->migrations) {
    if (const policy::Decision* accepted = JudgeAccepted(text, now)) return *accepted;
  }
  return text.Judge(*rules_, CircumstancesAt(now), CircumstancesVersion());
}

}  // namespace pgmoat::session
