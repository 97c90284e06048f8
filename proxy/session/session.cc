#include "proxy/session/session.h"

#include <algorithm>
#include <utility>

#include "protocol/backend.h"
#include "protocol/frontend.h"
#include "proxy/session/session_impl.h"

namespace pgmoat::session {

namespace {

// The server buffers at most 8 KiB of answers before it sends them, which is 1,638
// ParseCompletes; waiting for answers with more messages than that outstanding can
// therefore not deadlock.
constexpr std::size_t kMaxOutstandingReplies = 65'536;
// Of statements per call: to judge one, or to record its end, takes microseconds, and
// other sessions of the worker wait.
constexpr std::size_t kStatementsPerTurn = 512;
constexpr std::size_t kMaxHeldBytes = std::size_t{256} << 20;

constexpr std::string_view kDrainMessage =
    "terminating connection because pgmoat is shutting down";
constexpr std::string_view kDrainHint =
    "Connect again; another instance or the restarted one will answer.";

}  // namespace

SessionImpl::SessionImpl(Surroundings surroundings, SessionOptions options,
                         std::shared_ptr<const auth::Directory> directory)
    : surroundings_(surroundings),
      options_(std::move(options)),
      directory_(std::move(directory)),
      client_framer_(client_table_),
      server_framer_(client_table_) {
  auto subject = std::make_shared<SessionSubject>();
  // Nobody has told the session the time yet.
  subject->session_id = surroundings_.audit->NewId(std::chrono::system_clock::now()).Text();
  subject->client_address = options_.client_address;
  subject_ = std::move(subject);
}

bool SessionImpl::Advance(LoginEvent event) {
  const std::optional<State> next = NextState(state_, event);
  if (next) state_ = *next;
  if (state_ == State::kClosed) place_.GiveBack();
  return next.has_value();
}

// What lies in the input of this call is lent; what the framer gathered moves with its
// next call and is copied.
void SessionImpl::Forward(Gather& gather, Bytes bytes) const {
  const std::byte* begin = current_input_.data();
  const bool lent = !current_input_.empty() && bytes.data() >= begin &&
                    bytes.data() + bytes.size() <= begin + current_input_.size();
  if (lent) {
    gather.Borrow(bytes);
  } else {
    gather.Own([&](std::vector<std::byte>& out) {
      out.insert(out.end(), bytes.begin(), bytes.end());
    });
  }
}

bool SessionImpl::WantsClientBytes() const {
  if (judging_ || terminating_ || Asking()) return false;
  // A message that has begun is ended: the server waits for it.
  if (cancel_.holding && !client_message_open_) return false;
  if (state_ == State::kReady) {
    return replies_.size() < kMaxOutstandingReplies && replies_.held_bytes() < kMaxHeldBytes;
  }
  return state_ == State::kAwaitStartup || state_ == State::kAwaitClientAuth;
}

bool SessionImpl::WantsServerBytes() const {
  return state_ == State::kAwaitServerAuth || state_ == State::kAwaitClientAuth ||
         state_ == State::kStarting || state_ == State::kReady;
}

bool SessionImpl::Idle() const {
  return state_ == State::kReady && transaction_ == protocol::TransactionStatus::kIdle &&
         !judging_ && !Asking() && !dropping_message_ && !client_message_open_ &&
         replies_.Idle();
}

bool SessionImpl::TurnIsOver(Bytes rest, Output& out) const {
  if (statements_in_turn_ < kStatementsPerTurn || rest.empty()) return false;
  out.turn_over = true;
  return true;
}

std::size_t SessionImpl::OnClientBytes(Bytes input, Now now, Output& out) {
  current_input_ = input;
  Bytes rest = input;
  client_bytes_at_ = now.steady;
  statements_in_turn_ = 0;
  ExpireGrant(now, out);
  while (WantsClientBytes() && !TurnIsOver(rest, out)) {
    if (state_ == State::kAwaitStartup) {
      if (rest.empty()) break;
      ReadStartup(rest, now, out);
      continue;
    }
    if (state_ == State::kAwaitClientAuth) {
      if (rest.empty()) break;
      ReadClientAuth(rest, now, out);
      continue;
    }
    if (rest.empty() || RefreshCatalog(now, out)) break;
    const Piece piece = client_framer_.Next(rest);
    if (piece.kind == Piece::Kind::kNeedMore) break;
    if (piece.kind == Piece::Kind::kViolation) {
      ClientViolation("a message of unknown type or impossible length", now, out);
      break;
    }
    HandleClientPiece(piece, now, out);
  }
  current_input_ = {};
  return input.size() - rest.size();
}

std::size_t SessionImpl::OnServerBytes(Bytes input, Now now, Output& out) {
  current_input_ = input;
  Bytes rest = input;
  statements_in_turn_ = 0;
  while (WantsServerBytes() && !TurnIsOver(rest, out)) {
    const Piece piece = server_framer_.Next(rest);
    if (piece.kind == Piece::Kind::kNeedMore) break;
    if (piece.kind == Piece::Kind::kViolation || piece.kind == Piece::Kind::kPrefix) {
      ServerViolation("a message of unknown type or impossible length", now, out);
      break;
    }
    if (catalog_reader_) {
      HandleCatalogPiece(piece, now, out);
    } else if (setting_name_) {
      HandleNamePiece(piece, now, out);
    } else if (state_ == State::kReady) {
      HandleServerPiece(piece, now, out);
      if (piece.kind == Piece::Kind::kFirst && piece.last) PassRows(piece, rest, out);
    } else {
      HandleLoginMessage(piece, now, out);
    }
  }
  ReleaseClient();
  EndBehindGrant(now, out);
  RestoreApplicationName(out);
  if (client_ended_ && state_ == State::kReady && replies_.Idle()) FinishTerminate(now, out);
  if (draining_ && Idle()) EndAtBoundary(now, out);
  current_input_ = {};
  return input.size() - rest.size();
}

void SessionImpl::OnClientClosed(std::string_view reason, Now now, Output& out) {
  if (state_ == State::kClosed) return;
  // As the server, which finds the end of the stream behind what came before: that still
  // runs and is answered, and a client that only stopped sending reads it.
  if (reason.empty() && state_ == State::kReady && !replies_.Idle()) {
    terminating_ = client_ended_ = true;
    return;
  }
  out.action = Action::kClose;
  ReportEnd(reason.empty() ? std::string_view("client closed the connection") : reason, "", "",
            now);
  Advance(LoginEvent::kEnd);
}

void SessionImpl::OnServerClosed(std::string_view reason, Now now, Output& out) {
  if (state_ == State::kClosed) return;
  if (terminating_ && reason.empty()) return FinishTerminate(now, out);
  EndSession({"08006",
              "the database server closed the connection" +
                  (reason.empty() ? std::string() : " (" + std::string(reason) + ")"),
              "See the database server's log; connect again.", ""},
             now, out);
}

void SessionImpl::OnLoginTimeout(Now now, Output& out) {
  if (state_ == State::kReady || state_ == State::kClosed) return;
  EndSession({"08006", "the login took too long",
              "See limits.login_timeout in pgmoat's config.", "login.timeout"},
             now, out);
}

// Drivers read an error only in answer to a startup message, after the TLS question.
void SessionImpl::RefuseConnection(std::string_view sqlstate, std::string_view message) {
  refusal_ = End{sqlstate, std::string(message), "Try again later.", "login.not-accepting"};
}

void SessionImpl::Drain(Now now, Output& out) {
  draining_ = true;
  if (Idle()) EndAtBoundary(now, out);
}

void SessionImpl::Kill(Now now, Output& out) {
  if (state_ == State::kClosed) return;
  EndSession({"57P01", std::string(kDrainMessage), std::string(kDrainHint), ""}, now, out);
}

void SessionImpl::EndAtBoundary(Now now, Output& out) {
  EndSession({"57P01", std::string(kDrainMessage), std::string(kDrainHint), ""}, now, out);
}

// Says why on the wire wherever that is possible: not in the middle of a message that
// was streamed in part, where the bytes of an error would be taken for data.
void SessionImpl::EndSession(const End& end, Now now, Output& out) {
  if (state_ == State::kClosed) return;
  if (!server_message_open_) {
    out.to_client.Own([&](std::vector<std::byte>& bytes) {
      protocol::ErrorResponse error;
      error.severity = "FATAL";
      error.sqlstate = end.sqlstate;
      error.message = end.message;
      error.hint = end.hint;
      const std::string detail =
          end.id.IsNull() ? std::string() : DetailOf(end.rule, end.id.Text());
      error.detail = detail;
      protocol::EncodeError(bytes, error);
    });
  }
  const bool server_listens = state_ == State::kReady && !client_message_open_ && !terminating_;
  if (server_listens && replies_.Idle()) {
    out.to_server.Own([](std::vector<std::byte>& bytes) { protocol::EncodeTerminate(bytes); });
  }
  ReportEnd(end.message, end.sqlstate, end.rule, now, end.id);
  Advance(LoginEvent::kEnd);
  out.action = Action::kClose;
}

void SessionImpl::ClientViolation(std::string_view what, Now now, Output& out) {
  EndSession({"08P01", "protocol violation by the client: " + std::string(what),
              "Check that the program speaks the PostgreSQL protocol, version 3.",
              "any.protocol-violation"},
             now, out);
}

void SessionImpl::ServerViolation(std::string_view what, Now now, Output& out) {
  EndSession(
      {"08P01", "protocol violation by the database server: " + std::string(what),
       "Check that the upstream is a PostgreSQL server.", "any.server-protocol-violation"},
      now, out);
}

void SessionImpl::SetDirectory(std::shared_ptr<const auth::Directory> directory, Now now,
                               Output& out) {
  directory_ = std::move(directory);
  if (rules_ && state_ != State::kClosed) ApplyDirectory(now, out);
}

// A login keeps its session over a reload as long as the new config lets the session be
// what it is: the same environment, and no wall that only a startup packet can raise.
void SessionImpl::ApplyDirectory(Now now, Output& out) {
  const auth::Identity identity = auth::Identify(
      *directory_, {subject_->login, subject_->database, server_name_, options_.listener});
  if (identity.status != auth::Identity::Status::kKnown ||
      identity.environment->name != subject_->environment) {
    EndSession({"57P01", "the config of pgmoat no longer lets this login into this environment",
                "Ask the operator of pgmoat.", "login.withdrawn"},
               now, out);
    return;
  }
  if (identity.rules->ReadOnlyWall() && !OwnRules().ReadOnlyWall()) {
    EndSession({"57P01", "the config of pgmoat gives this login another role",
                "Connect again; the new session has the new role.", "login.role-changed"},
               now, out);
    return;
  }
  if (const std::string_view role = identity.rules->RoleName(); role != subject_->role) {
    if (state_ == State::kReady) {
      surroundings_.metrics->SessionEnded(subject_->environment, subject_->role);
      surroundings_.metrics->LoginAccepted(subject_->environment, role);
    }
    auto subject = std::make_shared<SessionSubject>(*subject_);
    subject->role = role;
    subject_ = std::move(subject);
  }
  const policy::Rules& before = OwnRules();
  if (before.RoleName() != identity.rules->RoleName() ||
      before.enforce != identity.rules->enforce) {
    temporary_.ForwardedByOtherRules();
  }
  KeepLimitsOfSent();
  rules_ = identity.rules;
  ++circumstances_version_;
  UseStatementLimit();
  // A session stays, even where the role has too many.
  if (place_.taken()) (void)TakePlace(0);
  KeepGrant(now, out);
}

// --- session.h ---

Session::Session(Surroundings surroundings, SessionOptions options,
                 std::shared_ptr<const auth::Directory> directory)
    : impl_(std::make_unique<SessionImpl>(surroundings, std::move(options),
                                          std::move(directory))) {}
Session::~Session() = default;

std::size_t Session::OnClientBytes(protocol::Bytes input, Now now, Output& out) {
  return impl_->OnClientBytes(input, now, out);
}
std::size_t Session::OnServerBytes(protocol::Bytes input, Now now, Output& out) {
  return impl_->OnServerBytes(input, now, out);
}
void Session::OnDirectTls(Now now, Output& out) { impl_->OnDirectTls(now, out); }
void Session::OnClientTls(std::string_view server_name, bool has_alpn) {
  impl_->OnClientTls(server_name, has_alpn);
}
void Session::OnServerConnected(bool same_certificate, Now now, Output& out) {
  impl_->OnServerConnected(same_certificate, now, out);
}
void Session::OnServerConnectFailed(std::string_view reason, Now now, Output& out) {
  impl_->OnServerConnectFailed(reason, now, out);
}
void Session::OnServerConnectStarved(Now now, Output& out) {
  impl_->OnServerConnectStarved(now, out);
}
void Session::OnJudged(std::shared_ptr<JudgedText> text, Now now, Output& out) {
  impl_->OnJudged(std::move(text), now, out);
}
void Session::OnCancelSent(bool delivered, Now now, Output& out) {
  impl_->OnCancelSent(delivered, now, out);
}
void Session::OnTick(Now now, Output& out) { impl_->OnTick(now, out); }
void Session::OnClientClosed(std::string_view reason, Now now, Output& out) {
  impl_->OnClientClosed(reason, now, out);
}
void Session::OnServerClosed(std::string_view reason, Now now, Output& out) {
  impl_->OnServerClosed(reason, now, out);
}
void Session::OnLoginTimeout(Now now, Output& out) { impl_->OnLoginTimeout(now, out); }
void Session::RefuseConnection(std::string_view sqlstate, std::string_view message) {
  impl_->RefuseConnection(sqlstate, message);
}
void Session::Drain(Now now, Output& out) { impl_->Drain(now, out); }
void Session::Kill(Now now, Output& out) { impl_->Kill(now, out); }
void Session::SetDirectory(std::shared_ptr<const auth::Directory> directory, Now now,
                           Output& out) {
  impl_->SetDirectory(std::move(directory), now, out);
}
bool Session::WantsClientBytes() const { return impl_->WantsClientBytes(); }
bool Session::WantsServerBytes() const { return impl_->WantsServerBytes(); }
bool Session::EndsServerStream() const { return impl_->EndsServerStream(); }
bool Session::LoggedIn() const { return impl_->LoggedIn(); }
bool Session::HasTimeLimits() const { return impl_->HasTimeLimits(); }
bool Session::Idle() const { return impl_->Idle(); }
std::string_view Session::environment() const { return impl_->subject().environment; }
std::string_view Session::role() const { return impl_->subject().role; }

}  // namespace pgmoat::session
