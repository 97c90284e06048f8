// Private to proxy/session/: the state behind session.h.  Its functions stand in
//
//   session.cc          events from outside, forwarding, ends of a session
//   login.cc            from the first byte to the server's startup packet
//   authentication.cc   from there to the first ReadyForQuery
//   client_messages.cc  reading what the client sends
//   decisions.cc        judging and forwarding it
//   server_messages.cc  keeping step with what the server answers
//   time_limits.cc      limits in time, cancels, places of a role
//   result_limits.cc    limits of a result
//   application_name.cc who came through, as the server is told
//   migrations.cc       the migration window
//   break_glass.cc      grants
//   right_place.cc      pgmoat's own settings in a startup packet, the greeting
//   catalog.cc          the catalog snapshot, and what else a decision depends on
//   reporting.cc        audit records and metrics
//   parameters.cc       parameters on record
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/backend.h"
#include "protocol/framer.h"
#include "protocol/parameters.h"
#include "protocol/startup.h"
#include "proxy/session/break_glass.h"
#include "proxy/session/catalog_reader.h"
#include "proxy/session/limits.h"
#include "proxy/session/login_states.h"
#include "proxy/session/migration_window.h"
#include "proxy/session/reply_queue.h"
#include "proxy/session/session.h"
#include "proxy/session/statement_names.h"
#include "proxy/session/temporary_tracker.h"

namespace pgmoat::session {

// Of one message that are on record; those behind them are told as unseen.
inline constexpr std::size_t kMaxAuditedParameters = 1000;

class SessionImpl {
 public:
  SessionImpl(Surroundings surroundings, SessionOptions options,
              std::shared_ptr<const auth::Directory> directory);

  // As in session.h.
  std::size_t OnClientBytes(protocol::Bytes input, Now now, Output& out);
  std::size_t OnServerBytes(protocol::Bytes input, Now now, Output& out);
  void OnDirectTls(Now now, Output& out);
  void OnClientTls(std::string_view server_name, bool has_alpn);
  void OnServerConnected(bool same_certificate, Now now, Output& out);
  void OnServerConnectFailed(std::string_view reason, Now now, Output& out);
  void OnServerConnectStarved(Now now, Output& out);
  void OnCancelSent(bool delivered, Now now, Output& out);
  void OnTick(Now now, Output& out);
  void OnJudged(JudgedTextPtr text, Now now, Output& out);
  void OnClientClosed(std::string_view reason, Now now, Output& out);
  void OnServerClosed(std::string_view reason, Now now, Output& out);
  void OnLoginTimeout(Now now, Output& out);
  void RefuseConnection(std::string_view sqlstate, std::string_view message);
  void Drain(Now now, Output& out);
  void Kill(Now now, Output& out);
  void SetDirectory(std::shared_ptr<const auth::Directory> directory, Now now, Output& out);
  [[nodiscard]] bool WantsClientBytes() const;
  [[nodiscard]] bool WantsServerBytes() const;
  [[nodiscard]] bool EndsServerStream() const {
    return client_ended_ && state_ == State::kReady;
  }
  [[nodiscard]] bool LoggedIn() const { return state_ == State::kReady; }
  [[nodiscard]] bool HasTimeLimits() const;
  [[nodiscard]] bool Idle() const;
  [[nodiscard]] const SessionSubject& subject() const { return *subject_; }

 private:
  using Piece = protocol::Piece;
  using Bytes = protocol::Bytes;

  // What ends a session, as the client sees it.
  struct End {
    std::string_view sqlstate;
    std::string message;
    std::string hint;
    std::string_view rule = "";  // static storage; set when pgmoat's own rules end it
    RecordId id = {};            // of the record of the end; null: one nobody is told
  };

  // --- session.cc ---
  [[nodiscard]] bool TurnIsOver(Bytes rest, Output& out) const;
  bool Advance(LoginEvent event);  // the only place that changes state_
  void Forward(Gather& gather, Bytes bytes) const;
  void EndSession(const End& end, Now now, Output& out);
  void ClientViolation(std::string_view what, Now now, Output& out);
  void ServerViolation(std::string_view what, Now now, Output& out);
  void EndAtBoundary(Now now, Output& out);
  void ApplyDirectory(Now now, Output& out);

  // --- login.cc ---
  void ReadStartup(Bytes& input, Now now, Output& out);
  void AnswerEncryptionRequest(bool tls, Bytes rest, Now now, Output& out);
  void AcceptStartup(protocol::StartupMessage message, Now now, Output& out);
  void NameSubject(const protocol::StartupMessage& message);
  // Of the config in force, where the login was identified.
  [[nodiscard]] const auth::Environment& Environment() const;
  bool IdentifyLogin(Now now, Output& out);
  bool JudgeStartup(const protocol::StartupMessage& message, Now now, Output& out);
  policy::Decision JudgeStartupParameter(std::string_view name, std::string_view value) const;
  void NoteSearchPath(std::string_view name, std::string_view value);
  void PrepareServerStartup(protocol::StartupMessage message);
  void RefuseFullRole(Now now, Output& out);
  void RefuseLogin(const policy::Decision& decision, Now now, Output& out);

  // --- authentication.cc ---
  void ReadClientAuth(Bytes& input, Now now, Output& out);
  void HandleLoginMessage(const Piece& piece, Now now, Output& out);
  void HandleAuthentication(const Piece& piece, Now now, Output& out);
  void HandleLoginError(const Piece& piece, Now now, Output& out);
  void HandleNegotiation(const Piece& piece, Now now, Output& out);
  void AnswerNegotiation(Output& out);
  void FinishLogin(const Piece& piece, Now now, Output& out);
  void UseStatementLimit();
  void UseServerTable();

  // --- client_messages.cc ---
  void HandleClientPiece(const Piece& piece, Now now, Output& out);
  void HandleClientMessage(const Piece& piece, Now now, Output& out);
  void EndOpenMessage(Now now, Output& out);
  bool SkippedByServer(const Piece& piece, Now now);
  void HandleText(const Piece& piece, Now now, Output& out);
  JudgedTextPtr ReadShortText(std::string_view text);
  void HandleLongText(const Piece& piece, Now now, Output& out);
  void AskToJudge(Output& out);
  void JudgeText(const Piece& piece, JudgedTextPtr judged, Now now, Output& out);
  void HandleBind(const Piece& piece, Now now, Output& out);
  void HandleExecute(const Piece& piece, Now now, Output& out);
  void HandleFunctionCall(const Piece& piece, Now now, Output& out);
  void HandleObject(const Piece& piece, ReplyKind kind, Now now, Output& out);
  void HandleCopyEnd(const Piece& piece, Now now, Output& out);
  void HandleTerminate(const Piece& piece, Now now, Output& out);
  void FinishTerminate(Now now, Output& out);

  // --- decisions.cc ---
  // What may be behind a name of the protocol, also one that is not answered yet.
  [[nodiscard]] Texts TextsOfStatement(std::string_view name) const;
  [[nodiscard]] Texts TextsOfPortal(std::string_view name) const;
  [[nodiscard]] bool MayBeCutElsewhere(std::string_view name) const;
  // All that may be run must be allowed; an allowing decision when `texts` is empty.
  policy::Decision Decide(const Texts& texts, Now now);
  // What a message runs besides its texts.
  struct Run {
    const MigrationValues* values = nullptr;  // that the portal was bound to
    bool is_query = false;                    // at whose end everything is committed
    bool in_part = false;                     // an Execute that may end after some rows
  };
  policy::Decision DecideToRun(const Texts& texts, Run run, Now now);
  // With what EXECUTE and FETCH in it name.
  policy::Decision DecideWithNamed(const Texts& texts, Now now);
  policy::Decision DecideExecutes(const JudgedText& text, Now now);
  policy::Decision DecideBehind(const Texts& texts, const policy::TemporaryTables& temporary,
                                Now now) const;
  policy::Decision DecideNamed(const Texts& named, Now now);
  // The name that a text of one EXECUTE uses and nobody prepared; null when there is none.
  const std::string* UnknownExecute(const JudgedText& text) const;
  void AskForUnknown(std::string_view name, ExpectedReply&& reply, Output& out);
  void ExpectPrepared(const Texts& texts);
  // Where a PREPARE or DECLARE puts its name, and which that is.
  [[nodiscard]] StatementNames& NamesOf(const policy::StatementFacts& statement) {
    return statement.prepares.empty() ? portals_ : statements_;
  }
  [[nodiscard]] static const std::string& NameIn(const policy::StatementFacts& statement) {
    return statement.prepares.empty() ? statement.declares_cursor : statement.prepares;
  }
  policy::Decision DecideFetch(const policy::StatementFacts& statement, Now now);
  void ForgetFresh(const Texts& texts);
  void Deny(const policy::Decision& decision, ExpectedReply&& reply, Now now, Output& out);
  void Allow(const Piece& piece, ExpectedReply&& reply, Output& out);

  // --- migrations.cc ---
  [[nodiscard]] MigrationWindow::Terms MigrationTerms(Now now) const;
  [[nodiscard]] MigrationWindow WindowNow() const;
  [[nodiscard]] std::vector<MigrationStep> StepsOf(const JudgedText& text) const;
  policy::Decision DecideInWindow(const Texts& texts, Run run, Now now);
  policy::Decision DecideStepsOf(JudgedText& text, MigrationWindow& window, Run run, Now now);
  policy::Decision DecideFunctionInWindow(std::uint32_t function_oid, Now now);
  const policy::Decision* JudgeAccepted(const JudgedText& text, Now now) const;
  const policy::Decision* JudgeAs(const JudgedText& text, const std::vector<bool>& accepted,
                                  Now now) const;
  [[nodiscard]] policy::Decision RefusedBy(const MigrationVerdict& verdict) const;
  [[nodiscard]] std::shared_ptr<const policy::LintContext> LintContextNow() const;
  MigrationVerdict Lint(const JudgedText& text, std::size_t statement,
                        const MigrationVerdict& verdict);
  void SendLintWarnings(Output& out);
  void EndMigrationAtSync(Now now, Output& out);
  void KeepLedgerValues(std::string_view portal, const Texts& texts, Bytes bind);
  [[nodiscard]] const MigrationValues* LedgerValuesOf(std::string_view portal) const;
  void NoteMigrationStep(const ExpectedReply& reply, std::uint64_t rows);
  void SettleMigrations(Now now);

  // --- server_messages.cc ---
  [[nodiscard]] static bool EndsSession(const Piece& piece);  // an error that is FATAL
  void HandleServerPiece(const Piece& piece, Now now, Output& out);
  void HandleParameterStatus(const Piece& piece, Now now, Output& out);
  void HandleReply(const Piece& piece, Now now, Output& out);
  void HandleProgress(const Piece& piece, Now now, Output& out);
  void HandleStatementDone(const Piece& piece, bool reply_done, Now now, Output& out);
  void FinishHead(Now now, Output& out);
  void HandleReplyDone(const Piece& piece, Now now, Output& out);
  void HandleError(const Piece& piece, Now now, Output& out);
  void ReportFailed(ExpectedReply& head, std::string_view sqlstate, const Denial* limit,
                    Now now);
  void HandleReady(const Piece& piece, Now now, Output& out);
  void SettleTexts();
  void ConfirmStatementNames(const ExpectedReply& reply);
  void WithdrawNames(const ExpectedReply& reply);
  void NoteEffects(const ExpectedReply& reply, std::string_view command_tag);

  // --- break_glass.cc ---
  // Of the login's role, whatever holds meanwhile.
  [[nodiscard]] const policy::Rules& OwnRules() const;
  void OpenGrantAskedBy(const ExpectedReply& reply, std::string_view command_tag, Now now,
                        Output& out);
  void OpenGrantAskedAtLogin(Now now, Output& out);
  void OpenGrant(std::string_view reason, std::string_view protocol_event, Now now,
                 Output& out);
  void WarnOfGrant(Now now, Output& out);
  [[nodiscard]] static bool EndsGrant(const ExpectedReply& reply);
  void NoteUnderGrant(const ExpectedReply& reply, Output& out);
  void NoteReportedUnderGrant(std::string_view name, std::string_view value);
  void ExpireGrant(Now now, Output& out);
  void KeepGrant(Now now, Output& out);
  void EndGrant(std::string_view cause, Now now, Output& out);
  void CloseGrant(std::string_view cause, Now now);
  void EndBehindGrant(Now now, Output& out);
  bool EndsBehindGrant(protocol::FrontendType type, Now now, Output& out);
  void EndForGrant(Now now, Output& out);
  // With a hint that a grant is over, where there was one.
  [[nodiscard]] policy::Decision WithGrantOver(policy::Decision decision) const;
  [[nodiscard]] std::string UntilText(Now now) const;
  void Notice(std::string_view message, std::string_view detail, std::string_view hint,
              Output& out) const;
  void LogGrant(const std::string& what) const;
  void NameGrant(std::string id, std::string granted_role);
  void UseRules(std::shared_ptr<const policy::Rules> rules);

  // --- right_place.cc ---
  // Takes them out of the packet.  False: the login was refused.
  bool UseOwnSettings(protocol::StartupMessage& message, Now now, Output& out);
  void RefuseWrongEnvironment(std::string_view expected, Now now, Output& out);
  void Greet(Output& out) const;

  // --- application_name.cc ---
  void TellServerWho(protocol::StartupMessage& message);
  void RenameClient(std::string_view name);
  void HandleApplicationName(const Piece& piece, std::string_view reported, Output& out);
  void RestoreApplicationName(Output& out);
  void HandleNamePiece(const Piece& piece, Now now, Output& out);
  // Something of pgmoat's own is under way: its answers stay here, and the client waits.
  [[nodiscard]] bool Asking() const { return catalog_reader_ || setting_name_; }

  // --- catalog.cc ---
  void OpenCatalog();
  [[nodiscard]] bool IsFresh(const CatalogSnapshot& snapshot, Now now) const;
  bool RefreshCatalog(Now now, Output& out);
  void UseCatalog(CatalogSnapshot snapshot);
  void HandleCatalogPiece(const Piece& piece, Now now, Output& out);
  void NoteForwarded(ExpectedReply& reply);
  void NoteNamed(const Texts& texts, const ExpectedReply& by);
  void NoteEncoding(const policy::StatementFacts& statement);
  [[nodiscard]] bool AsciiOnly() const { return not_utf8_ && rules_->Restricted(); }
  void NoteCatalogChange(const JudgedText& text, std::size_t statement);
  void NoteLostChanges(const ExpectedReply& lost);
  void SettleCatalogChange(bool rolled_back);
  void PublishCatalogChange();
  [[nodiscard]] policy::Circumstances CircumstancesAt(Now now) const;
  [[nodiscard]] std::uint64_t CircumstancesVersion() const;
  const policy::Decision& JudgeNow(JudgedText& text, Now now) const;

  // --- time_limits.cc ---
  [[nodiscard]] const policy::RoleLimits& Limits() const;
  [[nodiscard]] const policy::RoleLimits& LimitsOf(const ExpectedReply& reply) const;
  void KeepLimitsOfSent();
  void TickStatement(const ExpectedReply& owed, Now now, Output& out);
  void TickIdle(std::chrono::steady_clock::time_point since, Now now, Output& out);
  // In front of a message that the client sends.
  void FlushBehindExecute(const Piece& piece, Now now, Output& out);
  void CancelServer(std::string_view rule, Now now, Output& out);
  void SendCancel(Now now, Output& out);
  void UnblockServer(Now now, Output& out);
  [[nodiscard]] bool TargetIsOwed() const;
  void ReleaseClient();
  // What the client is told instead of an error that a cancel of ours has made.
  std::optional<Denial> LimitBehindCancel(const ExpectedReply& reply, std::string_view sqlstate,
                                          Now now);
  void HandleCancelled(ExpectedReply& head, Denial limit, Now now, Output& out);
  void TellCancelled(const Denial& limit, Output& out);
  [[nodiscard]] bool AllStatementsEnded(const ExpectedReply& reply) const;
  void FinishLateCancel(ExpectedReply& head, Now now, Output& out);
  void EndByLimit(const policy::Decision& decision, Now now, Output& out);
  void EndUncancelled(std::string_view why, Now now, Output& out);
  void CountLimit(std::string_view rule);
  [[nodiscard]] bool RoleIsFull() const;
  [[nodiscard]] bool TakePlace(std::size_t limit);

  // --- result_limits.cc ---
  void Deliver(const Piece& piece, Output& out);
  void PassRows(const Piece& first, Bytes& rest, Output& out);
  void CountResult(const Piece& piece, Now now, Output& out);
  void BeginCut(const policy::Decision& decision, Now now, Output& out);
  void ReportDone(ExpectedReply& reply, RowCounts rows, Now now);
  [[nodiscard]] bool RepliesOnlyRead(const ExpectedReply& reply) const;
  void ContinueCut(const ExpectedReply& done, Now now, Output& out);
  void RefuseStandIn(ReplyKind kind, Now now, Output& out);
  void FinishCut(const Piece& piece, Now now, Output& out);
  void HandleErrorOfCut(ExpectedReply& head, std::string_view sqlstate, Now now, Output& out);
  [[nodiscard]] bool UndoneByError(const ExpectedReply& head) const;
  void EndCut(Now now, Output& out);

  // --- reporting.cc ---
  [[nodiscard]] AuditRecord NewRecord(AuditEvent event, std::string_view protocol_event,
                                      Now now);
  void ReportLogin(Outcome outcome, std::string_view rule, std::string_view reason,
                   std::string_view sqlstate, Now now);
  [[nodiscard]] RecordId NewId(Now now) { return surroundings_.audit->NewId(now.system); }
  [[nodiscard]] bool OnRecord(const ExpectedReply& reply) const;
  [[nodiscard]] bool OnlyReads(const JudgedText& text) const;
  [[nodiscard]] std::shared_ptr<const AuditedText> OnRecord(
      std::shared_ptr<const AuditedText> text) const;
  [[nodiscard]] AuditedTextOptions TextOptions() const;
  [[nodiscard]] AuditRecord StatementRecord(const ExpectedReply& reply);
  // In front of its way to the server.
  void BeginStatement(ExpectedReply& reply);
  void ReportStatement(ExpectedReply& reply, std::size_t statement, Outcome outcome,
                       std::string_view sqlstate, RowCounts rows, Now now,
                       const Denial* limit = nullptr);
  void ReportRest(ExpectedReply& reply, Outcome outcome,
                  Now now);  // statements not ended yet
  void AppendEnded(AuditRecord record, const AuditEnd& end);
  void ReportNamed(const JudgedText& text, Now now);
  void ReportSkipped(ExpectedReply& reply, Now now);

  // --- parameters.cc ---
  void KeepParameters(std::string_view portal, Bytes bind);
  void ForgetParameters(std::string_view portal);
  [[nodiscard]] std::shared_ptr<const AuditedParameters> ParametersOf(std::string_view portal,
                                                                      const Texts& texts) const;
  [[nodiscard]] std::shared_ptr<const AuditedParameters> OnRecord(
      const std::vector<protocol::ParameterValue>& values) const;
  void ReportDenial(const ExpectedReply& reply, Now now);
  void ReportEnd(std::string_view reason, std::string_view sqlstate, std::string_view rule,
                 Now now, const RecordId& id = {});
  // Counts it, notes on the reply what a `log` rule or shadow mode would have refused, and
  // begins its record.
  void NoteAllowed(const policy::Decision& decision, ExpectedReply& reply);

  Surroundings surroundings_;
  SessionOptions options_;
  std::shared_ptr<const auth::Directory> directory_;
  std::shared_ptr<const policy::Rules> rules_;  // null until identified
  std::shared_ptr<const SessionSubject> subject_;

  State state_ = State::kAwaitStartup;
  protocol::Framer client_framer_;
  protocol::Framer server_framer_;
  protocol::GatherTable client_table_;  // of kReady; depends on the rules
  std::size_t statements_in_turn_ = 0;  // judged or ended in this call
  Bytes current_input_;                 // of the call that is running: what Forward may borrow

  // Login.
  std::vector<std::byte> startup_bytes_;      // a first packet that is not complete yet
  std::vector<std::byte> server_startup_;     // what OnServerConnected sends
  std::vector<std::string> refused_options_;  // _pq_.… that nobody here knows
  std::optional<End> refusal_;                // what a StartupMessage will be answered with
  bool asked_tls_ = false;
  bool asked_gss_ = false;
  bool direct_tls_ = false;  // the client began with TLS instead of asking for it
  bool tls_ = false;
  protocol::ProtocolVersion sent_version_;  // what the server was asked for
  bool negotiation_owed_ = false;
  bool binds_channel_ = false;  // the client's channel binding is right for the server
  bool plus_stripped_ = false;  // the server offered SCRAM-SHA-256-PLUS, and it was not passed
  bool reported_login_ = false;
  std::string_view asked_for_;  // what the server wanted of the login, for SessionSubject
  std::string server_name_;
  std::string session_authorization_;  // as first reported

  // Statements.
  ReplyQueue replies_;
  StatementNames statements_;
  StatementNames portals_;
  // The newest Parse and Bind since the last Sync, Query or FunctionCall.  What uses their
  // names up to the next one means these and nothing older: had they failed, the server
  // would skip it.
  struct FreshName {
    bool any = false;
    std::string name;
    Texts texts;
    [[nodiscard]] bool Is(std::string_view wanted) const { return any && name == wanted; }
  };
  FreshName fresh_statement_;
  FreshName fresh_portal_;
  std::array<JudgedTextPtr, 2> kept_texts_;  // whose memory may be used again
  TemporaryTracker temporary_;
  protocol::TransactionStatus transaction_ = protocol::TransactionStatus::kIdle;
  std::uint64_t transactions_ = 1;  // the number of the present one
  bool ran_ = false;                // something in it was answered
  // Of portals, where the role's parameters are on record.
  std::map<std::string, std::shared_ptr<const AuditedParameters>, std::less<>> parameters_;
  std::shared_ptr<const std::vector<std::byte>> judged_message_;  // waits for OnJudged
  Now judged_message_arrived_;
  bool judging_ = false;
  bool dropping_until_sync_ = false;  // a denial made the server skip, or will
  bool dropping_message_ = false;     // the rest of a refused message is still coming in
  bool client_message_open_ =
      false;  // part of a message went to the server, the rest is to come
  bool server_message_open_ = false;  // likewise to the client
  bool terminating_ = false;          // Terminate was forwarded; answers are still owed
  bool client_ended_ = false;         // likewise, by the end of its stream
  bool draining_ = false;

  // Migrations.
  MigrationWindow window_;
  std::shared_ptr<const policy::LintContext> lint_context_;            // behind what was sent
  std::vector<std::pair<std::string, std::string>> lint_warnings_;     // message and hint
  std::map<std::string, MigrationValues, std::less<>> ledger_values_;  // of portals
  mutable policy::Decision accepted_decision_;                         // of JudgeAccepted

  // Limits.
  std::vector<std::byte> server_key_;  // of BackendKeyData; a secret: for cancels only
  SessionPlace place_;
  ServerCancel cancel_;
  std::unique_ptr<Denial> late_cancel_;  // of the head, until its ReadyForQuery
  std::unique_ptr<ResultCut> cut_;       // while a result is being cut
  bool server_message_dropped_ = false;  // the rest of a message that is not handed on
  bool wrote_ = false;       // since the last ReadyForQuery something ran that may have written
  bool reply_open_ = false;  // the message that the last reply is for is not whole yet
  std::chrono::steady_clock::time_point owed_since_;       // of the answer that came last
  std::chrono::steady_clock::time_point client_bytes_at_;  // of the client's last bytes
  policy::RoleLimits earlier_limits_;  // of the replies up to earlier_limits_until_
  std::uint64_t earlier_limits_until_ = 0;
  // break_glass.cc
  std::unique_ptr<Grant> grant_;  // while one is open; rules_ are then the granted role's
  std::string reason_at_login_;   // of one that the startup packet asks for
  std::string grant_over_;        // what refusals say behind one
  bool ends_behind_grant_ = false;
  // What decisions depend on (catalog.cc).
  DatabaseCatalog* database_catalog_ = nullptr;  // the store's; null: there is no store
  CatalogSnapshot catalog_;
  std::unique_ptr<CatalogReader> catalog_reader_;  // while the server is asked
  bool catalog_change_pending_ = false;            // this session's DDL, not committed yet
  bool last_was_rollback_ = false;                 // the statement that completed last
  std::uint64_t circumstances_version_ = 0;
  // application_name.cc
  auth::ApplicationName application_name_;
  bool name_reported_ = false;  // the client was told one
  bool name_lost_ = false;      // the server has one without pgmoat's part
  bool setting_name_ = false;   // pgmoat's own SET is under way
  int name_attempts_ = 0;       // since one that worked
  // Texts may be in another encoding than UTF-8: of a restricted role only ASCII is read.
  bool not_utf8_ = false;       // until the server, with nothing under way, tells otherwise
  bool utf8_reported_ = false;  // what the server told last
  bool began_in_utf8_ = false;  // what it told at the login
};

}  // namespace pgmoat::session
